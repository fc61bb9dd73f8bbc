//! The copy as a page for people.

use foundation::calendar::beijing_minute_text;

use super::content::Part;
use crate::web::escape;

/// One page with everything, without scripts or pictures.
pub(super) fn html(institute: &str, parts: &[Part], made_at: i64) -> String {
    let mut body = format!("<h1>个人信息副本</h1><p>{}，{} 生成</p>", escape(institute), beijing_minute_text(made_at));
    for part in parts {
        body.push_str(&format!("<h2>{}</h2>", escape(&part.title)));
        if part.entries.is_empty() {
            body.push_str("<p>没有记录</p>");
        }
        for entry in &part.entries {
            body.push_str("<table>");
            for (name, value) in entry {
                body.push_str(&format!("<tr><th>{}</th><td>{}</td></tr>", escape(name), escape(value)));
            }
            body.push_str("</table>");
        }
    }
    format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>个人信息副本</title><style>body{{font:16px/1.6 \
         sans-serif;max-width:46em;margin:2em auto;padding:0 1em}}table{{border-collapse:collapse;margin:.6em \
         0;width:100%}}th,td{{border:1px solid #ccc;padding:.3em .6em;text-align:left}}th{{width:9em}}</style>{body}</html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_typed_is_no_markup() {
        let part =
            Part { title: "账号".to_owned(), entries: vec![vec![("姓名".to_owned(), "<b>张三</b>".to_owned())]] };
        let page = html("示例特检院", &[part], 0);
        assert!(page.contains("&lt;b&gt;张三") && !page.contains("<b>张三"), "{page}");
    }
}

//! What serde and axum say, in words for people.

use axum::http::StatusCode;
use foundation::problem::Problem;
use serde_json::error::Category;

/// 413.
pub fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", "内容太大，没有接收").advice("请减小内容后重试")
}

/// 400 with the place where the text stops being JSON.
pub fn malformed_json(error: &serde_json::Error) -> Problem {
    let place = match error.line() {
        0 => String::new(),
        line => format!("（第 {line} 行第 {} 列）", error.column()),
    };
    Problem::bad_request("malformed_json", format!("请求内容不是有效的 JSON{place}")).cause(error)
}

/// A text that is not JSON, or JSON that does not fit: then the field is named.
pub fn json_problem(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = error.path().to_string();
    let inner = error.into_inner();
    if inner.classify() != Category::Data {
        return malformed_json(&inner);
    }
    let told = inner.to_string();
    let told = told.rsplit_once(" at line ").map_or(told.as_str(), |(message, _)| message);
    unacceptable_field(&path, told)
}

/// A query string that does not fit. axum says `Failed to deserialize query string: limit: invalid digit …`.
pub fn query_problem(told: &str) -> Problem {
    let told = told.strip_prefix("Failed to deserialize query string: ").unwrap_or(told);
    match told.split_once(": ") {
        Some((field, reason)) if !field.contains(' ') => unacceptable_field(field, reason),
        _ => unacceptable_field(".", told),
    }
}

fn unacceptable_field(path: &str, told: &str) -> Problem {
    let (name, reason) = field_and_reason(path, told);
    Problem::unacceptable("invalid_fields", "有内容填写得不对")
        .advice("请按提示修改后重试")
        .field(name, reason)
        .cause(told)
}

/// The field that is really meant (a missing one is told at its parent) and the reason in Chinese.
fn field_and_reason(path: &str, told: &str) -> (String, String) {
    let child = |name: &str| {
        let parent = path.trim_matches('.');
        if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
    };
    let here = || {
        let name = path.trim_matches('.');
        if name.is_empty() { "content".to_owned() } else { name.to_owned() }
    };
    if let Some(name) = quoted_after(told, "missing field ") {
        return (child(name), "缺少这一项".to_owned());
    }
    if quoted_after(told, "unknown field ").is_some() {
        // The path already ends with the unknown field.
        return (here(), "不认识这一项".to_owned());
    }
    if let Some(name) = quoted_after(told, "duplicate field ") {
        return (child(name), "这一项重复了".to_owned());
    }
    let reason = if told.starts_with("unknown variant") {
        "不是可选的值"
    } else if told.starts_with("invalid type") || told.starts_with("invalid digit") {
        "类型不对"
    } else if told.starts_with("invalid value") || told.starts_with("number too") {
        "超出允许的范围"
    } else if told.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character)) {
        told
    } else {
        "填写得不对"
    };
    (here(), reason.to_owned())
}

fn quoted_after<'a>(told: &'a str, start: &str) -> Option<&'a str> {
    told.strip_prefix(start)?.strip_prefix('`')?.split('`').next()
}

#[cfg(test)]
mod tests {
    use super::field_and_reason;

    #[test]
    fn the_field_is_named_where_a_person_would_look() {
        let told = |path: &str, told: &str| {
            let (name, reason) = field_and_reason(path, told);
            format!("{name}:{reason}")
        };
        assert_eq!(told(".", "missing field `phone`"), "phone:缺少这一项");
        assert_eq!(told("invoice.title", "missing field `name`"), "invoice.title.name:缺少这一项");
        assert_eq!(told("delivery.kind", "unknown variant `ship`, expected …"), "delivery.kind:不是可选的值");
        assert_eq!(told("fee_ids[3]", "编号不对"), "fee_ids[3]:编号不对");
        assert_eq!(told(".", "invalid type: sequence"), "content:类型不对");
    }
}

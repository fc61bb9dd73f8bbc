//! Where a round trip may end: on a page of our own, never elsewhere (open redirect).

use url::Url;

/// The home page.
pub const HOME: &str = "/h5/";
const LENGTH_MAX: usize = 1_024;

/// The address within `/h5/`, percent-encoded, with its hash; anything else becomes the home page.
pub fn safe(wanted: Option<&str>) -> String {
    wanted.and_then(within_h5).unwrap_or_else(|| HOME.to_owned())
}

fn within_h5(wanted: &str) -> Option<String> {
    if !wanted.starts_with(HOME) || wanted.len() > LENGTH_MAX || wanted.chars().any(char::is_control) {
        return None;
    }
    // The parser browsers use: it also resolves `..` and turned slashes, before the check below.
    let url = Url::parse("https://here.invalid").ok()?.join(wanted).ok()?;
    let is_ours = url.host_str() == Some("here.invalid") && url.path().starts_with(HOME);
    is_ours.then(|| {
        let path_and_more = &url[url::Position::BeforePath..];
        path_and_more.to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_ours_are_kept_with_query_and_hash() {
        for page in ["/h5/", "/h5/#/pages/confirm/confirm?all=1&unit=unt_1", "/h5/?from=menu#/pages/home/home"] {
            assert_eq!(safe(Some(page)), page);
        }
        assert_eq!(
            safe(Some("/h5/#/pages/fees/fees?q=两江 电梯")),
            "/h5/#/pages/fees/fees?q=%E4%B8%A4%E6%B1%9F%20%E7%94%B5%E6%A2%AF"
        );
    }

    #[test]
    fn everything_else_leads_home() {
        let long = format!("/h5/#{}", "a".repeat(1_100));
        for page in [
            "https://evil.example/h5/",
            "//evil.example/h5/",
            "/\\evil.example/",
            "/h5/../../evil",
            "/h5/..//evil.example/",
            "/h5/%2e%2e/api/v1/session",
            "/h5/\\..\\..\\evil",
            "javascript:alert(1)",
            "/api/v1/session",
            "/h5/\r\nSet-Cookie: a=b",
            "",
            &long,
        ] {
            assert_eq!(safe(Some(page)), HOME, "{page}");
        }
        assert_eq!(safe(None), HOME);
    }
}

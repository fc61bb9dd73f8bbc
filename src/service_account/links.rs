//! Links that are opened inside WeChat.

use foundation::config::Config;
use url::form_urlencoded::byte_serialize;

/// The address that opens a page of ours (`/h5/#/pages/…`) signed in: it leads through the OAuth round trip.
pub fn oauth_entry(config: &Config, page: &str) -> String {
    let return_to: String = byte_serialize(page.as_bytes()).collect();
    format!("{}/wechat/oauth/start?return_to={return_to}", config.service.public_base_url)
}

/// Fills what the texts of the service account may name: `{institute}`, `{phone}`, `{hours}` and `{link:/h5/…}`.
pub(super) fn value(config: &Config, name: &str) -> Option<String> {
    if let Some(page) = name.strip_prefix("link:") {
        return page.starts_with("/h5/").then(|| oauth_entry(config, page));
    }
    let service = &config.service;
    match name {
        "institute" => Some(service.institute_name.clone()),
        "phone" => Some(service.service_phone.clone()),
        "hours" => Some(service.service_hours.clone()),
        _ => None,
    }
}

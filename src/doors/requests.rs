//! Small texts: of requests (headers, queries, identifiers, amounts), and what we once gave out or stored.

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, Uri};
use foundation::config::Config;
use foundation::money::Fen;
use foundation::paging::PageRequest;
use foundation::sealed::{FieldKeys, Findable, Sealed, install};
use foundation::signed_token::TokenSigner;
use foundation::telemetry::one_line;
use foundation::text::{
    cut, fold_width, is_mobile_phone, like_pattern, mask_code, mask_email, mask_name, mask_phone, name_form,
    search_form,
};
use foundation::vault::Vault;
use wechat::pay::authorization::Authorization;

use crate::downloads::door::part_of;
use crate::orders::OrderId;
use crate::web::door::address_of;

/// Keys as a demonstration has them; they protect nothing.
static KEYS: LazyLock<()> = LazyLock::new(|| {
    let demonstration = [("TEJIAN__SERVICE__ENVIRONMENT".to_owned(), "demo".to_owned())];
    let config = Config::load_from(None, demonstration).expect("the defaults are complete");
    install(FieldKeys::of_config(&config).expect("keys of a demonstration"));
});

/// What stands in addresses, headers and fields.
pub fn request_texts(bytes: &[u8]) {
    let (choice, rest) = super::choice(bytes);
    let text = super::text(rest);
    match choice % 8 {
        0 => {
            if let Ok(value) = HeaderValue::from_bytes(rest) {
                for size in [0, 1, 1_000, u64::MAX] {
                    if let Some(part) = part_of(&value, size) {
                        assert!(part.start < part.end && part.end <= size, "a part lies within its file: {part:?}");
                    }
                }
            }
        }
        1 => {
            if let Ok(value) = HeaderValue::from_bytes(rest) {
                let mut headers = HeaderMap::new();
                headers.append("x-forwarded-for", value);
                let address = address_of(&headers);
                assert!(address.len() <= 45 && !address.contains(char::is_control), "{address}");
            }
        }
        2 => {
            if let Ok(address) = format!("/staff/v1/list?{text}").parse::<Uri>() {
                let page = axum::extract::Query::<PageRequest>::try_from_uri(&address);
                if let Ok(axum::extract::Query(page)) = page {
                    assert!((1..=100).contains(&page.limit()));
                    let key = page.after_key().unwrap_or_default();
                    assert!(key.len() <= 200 && !key.contains(char::is_control));
                    let _number = page.after_number();
                }
                let _filter = crate::exports::parse_query::<crate::fees::StaffFeeSearch>(&address);
            }
        }
        3 => {
            if let Ok(amount) = Fen::from_yuan_text(&text) {
                assert_eq!(Fen::from_yuan_text(&amount.to_yuan_text()), Ok(amount));
                assert!(amount.to_capitals().ends_with(['整', '分']));
            }
        }
        4 => {
            assert_eq!(fold_width(&fold_width(&text)), fold_width(&text), "folding once is enough");
            assert_eq!(search_form(&search_form(&text)), search_form(&text), "one form for one word");
            assert_eq!(name_form(&name_form(&text)), name_form(&text));
            let pattern = like_pattern(&search_form(&text));
            assert!(pattern.len() <= 3 * search_form(&text).len() + 2);
            assert!(cut(&text, 10).chars().count() <= 10 + 1);
        }
        5 => {
            let characters = text.chars().count();
            for masked in [mask_phone(&text), mask_code(&text), mask_name(&text), mask_email(&text)] {
                assert!(masked.chars().count() <= characters + 8);
                assert!(characters < 4 || masked.contains('*') || masked != text, "{characters} characters unmasked");
            }
            assert!(!is_mobile_phone(&text) || text.len() == 11);
            let line = one_line(rest);
            assert!(!super::text(&line).contains(char::is_control), "one line of a log stays one");
        }
        6 => {
            if let Ok(id) = text.parse::<OrderId>() {
                assert_eq!(id.as_str(), text);
                assert!(id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
            }
            let plain = wechat::uscc::normalize(&text);
            if wechat::uscc::check(&plain).is_ok() {
                assert_eq!(plain.len(), 18);
            }
        }
        _ => {
            if let Ok(read) = Authorization::parse(&text) {
                assert_eq!(Authorization::parse(&read.to_header()), Ok(read));
            }
        }
    }
}

/// Links and sealed texts that come back changed: nothing opens that we did not make.
pub fn stored_texts(bytes: &[u8]) {
    let (choice, rest) = super::choice(bytes);
    let text = super::text(rest);
    match choice % 4 {
        0 => {
            assert!(TokenSigner::new("secret").open(&text, 0).is_err(), "signed by nobody");
        }
        1 => {
            let vault = Vault::of_key("one", &[7; 32]).expect("a key");
            if text.starts_with("sealed:") {
                assert!(vault.open("field", &text).is_err(), "sealed by nobody");
            } else {
                assert_eq!(vault.open("field", &text).ok().as_deref(), Some(&*text), "from before there were seals");
            }
            let _stale = vault.is_stale(&text);
            let _keys = Vault::parse(&text);
        }
        2 => {
            LazyLock::force(&KEYS);
            for opened in [
                serde_json::from_value::<Findable>(text.clone().into()).map(|field| field.as_str().to_owned()),
                serde_json::from_value::<Sealed>(text.clone().into()).map(|field| field.as_str().to_owned()),
            ] {
                // In the clear from before, or refused; never something else.
                assert!(opened.is_err() || opened.is_ok_and(|opened| opened == text));
            }
            let _stale = (Findable::is_stale(&text), Sealed::is_stale(&text));
        }
        _ => {
            let vault = Vault::of_key("one", &[7; 32]).expect("a key");
            let sealed = vault.seal("field", &text);
            assert_eq!(vault.open("field", &sealed).ok().as_deref(), Some(&*text));
            assert!(vault.open("another", &sealed).is_err(), "it belongs to its owner alone");
        }
    }
}

//! What the audit trail keeps of the filter of an export. The trail is never deleted and never changed, so nothing of a person
//! may stand in it: words that were looked for may be a phone, an account number or a name.

use axum::http::Uri;
use foundation::text::mask_told;
use url::form_urlencoded;

/// Filters whose values are ours: states, kinds, days, ids. What is not named here is not kept.
const KEPT: [&str; 10] =
    ["state", "method", "from", "to", "takes_money", "needs_person", "kind", "object", "actor", "on"];
/// What somebody looked for, in every list.
const WORDS: &str = "q";
/// That something was looked for.
const GIVEN: &str = "****";

/// The filter that the address carries, as it may be kept for ever: `state=open&q=****`.
pub(super) fn told(address: &Uri) -> String {
    let pairs = form_urlencoded::parse(address.query().unwrap_or_default().as_bytes());
    let told = pairs.filter(|(_, value)| !value.trim().is_empty()).filter_map(|(name, value)| match &*name {
        WORDS => Some(format!("{WORDS}={GIVEN}")),
        // Whoever writes a phone where a state should stand finds nothing, and leaves nothing behind.
        name if KEPT.contains(&name) => Some(format!("{name}={}", mask_told(&value))),
        _ => None,
    });
    told.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn of_a_filter_only_what_tells_nothing_of_a_person_is_kept() {
        for (query, kept) in [
            ("", ""),
            ("?state=payable", "state=payable"),
            ("?state=open%2Cpart&from=2026-08-01&to=2026-08-03", "state=open,part&from=2026-08-01&to=2026-08-03"),
            ("?q=13900000001&state=dead", "q=****&state=dead"),
            ("?q=6222%200000%201111%202222", "q=****"),
            ("?%71=13900000001", "q=****"),
            ("?q=+&needs_person=true", "needs_person=true"),
            ("?state=13900000001&13900000001=1&phone=13900000001", "state=139****0001"),
            ("?actor=stf_01a20496522377bc8e6c5557c3c77883", "actor=stf_01a20496522377bc8e6c5557c3c77883"),
        ] {
            assert_eq!(told(&format!("/staff/v1/exports/fees.xlsx{query}").parse().unwrap()), kept, "{query}");
        }
    }
}

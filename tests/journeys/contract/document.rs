//! `docs/openapi.json` is checked in, so that clients are generated from what is really served.

#[test]
fn the_checked_in_document_is_the_served_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
    let checked_in = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        checked_in == tejian::web::document_text(),
        "docs/openapi.json is out of date: run `make openapi` and check the difference in"
    );
}

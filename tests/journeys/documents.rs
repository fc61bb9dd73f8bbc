//! Documents that are made from the code say what the code says. Run with `TEJIAN_WRITE_DOCUMENTS=1` to write them anew.

use std::path::Path;

#[test]
fn the_table_of_states_is_what_the_code_does() {
    let head = "# States\n\nMade from the code (`TEJIAN_WRITE_DOCUMENTS=1 cargo test --test journeys documents`); do not edit.\n\n";
    let table =
        format!("{head}## Payment order 缴款订单\n\nFrom `src/orders/model.rs`.\n\n{}", tejian::orders::states_table());
    same_as_file("docs/states.md", &table);
}

fn same_as_file(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("TEJIAN_WRITE_DOCUMENTS").is_some() {
        std::fs::write(&path, expected).expect("the document can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{} is out of date", path.display());
}

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

/// Every name that a detail of the audit trail may carry has its word for people in the console.
#[test]
fn every_detail_of_the_audit_trail_has_a_word_for_people() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let words = std::fs::read_to_string(root.join("console/src/text/detail.ts")).expect("the words of the console");
    let words = words.split("const NAMES").nth(1).and_then(|rest| rest.split("\n}").next()).expect("a table of names");
    let mut sources = vec![root.join("src")];
    let (mut files, mut missing) = (0, Vec::new());
    while let Some(path) = sources.pop() {
        if path.is_dir() {
            sources.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap_or_default();
        if !source.contains("entry(Action::") && !source.contains("entry(action") {
            continue;
        }
        files += 1;
        for name in names_of_details(&source) {
            if !words.contains(&format!("\n  {name}: ")) {
                missing.push(format!("{name} of {}", path.display()));
            }
        }
    }
    assert!(files > 20, "the places that write the audit trail were found");
    assert!(missing.is_empty(), "without a word in console/src/text/detail.ts: {missing:?}");
}

/// The names in all `json!({ … })` of a source.
fn names_of_details(source: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for rest in source.split("json!({").skip(1) {
        let mut depth = 1;
        let end = rest.find(|character| {
            depth += match character {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            depth == 0
        });
        let literal = &rest[..end.unwrap_or(0)];
        for (at, _) in literal.match_indices("\":") {
            let name = literal[..at].rsplit('"').next().unwrap_or_default();
            names.push(name);
        }
    }
    names
}

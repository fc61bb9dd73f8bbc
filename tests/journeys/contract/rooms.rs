//! The map in `ARCHITECTURE.md` is that of the code.

use std::collections::BTreeSet;

use regex::Regex;

use super::named::{files_below, root};

/// Arrows of the map, upstream first; rooms that stand beside each other do not know each other.
const ARROWS: [&[&str]; 7] = [
    &["accounts"],
    &["reports"],
    &["fees"],
    &["invoice_titles"],
    &["orders"],
    &["payments"],
    &["transfers", "remittances", "invoices", "messages"],
];
/// What goes against the arrows, as the map says. It may become less.
const AGAINST: [(&str, &str); 2] = [("payments", "invoices"), ("reports", "orders")];

/// Rooms that a room imports, outside of its tests.
fn imports(room: &str) -> BTreeSet<String> {
    let one = Regex::new(r"\bcrate::([a-z_]+)").unwrap();
    let several = Regex::new(r"use crate::\{([^;]*)\};").unwrap();
    let within_a_room = Regex::new(r"::\{[^{}]*\}").unwrap();
    let name = Regex::new(r"(?:^|,)\s*([a-z_]+)").unwrap();
    let place = root().join("src").join(room);
    let mut files = Vec::new();
    files_below(&place, ".rs", &mut files);
    let mut found = BTreeSet::new();
    for file in files {
        if file.strip_prefix(&place).unwrap().to_string_lossy().contains("tests") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let code = code.join("\n");
        found.extend(one.captures_iter(&code).map(|found| found[1].to_owned()));
        for group in several.captures_iter(&code) {
            let rooms = within_a_room.replace_all(&group[1], "");
            found.extend(name.captures_iter(&rooms).map(|found| found[1].to_owned()));
        }
    }
    found
}

#[test]
fn every_room_stands_in_the_map() {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rooms = std::fs::read_dir(root().join("src")).unwrap();
    let rooms = rooms.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let missing: Vec<String> = rooms
        .filter(|name| !name.starts_with('.') && name != "lib.rs" && name != "main.rs")
        .filter(|name| !map.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md does not know {missing:?}");
}

#[test]
fn rooms_upstream_import_nothing_of_what_comes_after_them() {
    let mut against = Vec::new();
    for (position, rooms) in ARROWS.iter().enumerate() {
        for room in *rooms {
            let imported = imports(room);
            assert!(imported.contains("app") || imported.contains("accounts"), "{room}: {imported:?}");
            let after = ARROWS[position..].iter().copied().flatten().copied();
            against
                .extend(after.filter(|other| other != room && imported.contains(*other)).map(|other| (*room, other)));
        }
    }
    against.sort_unstable();
    assert_eq!(against, AGAINST);
}

//! File names for people: readable, and safe on every system.

use std::collections::HashSet;
use std::fmt::Write as _;

use foundation::text::is_seen_in_file_name;

const NAME_CHARACTERS_MAX: usize = 80;

/// A text as a file name without extension: what file systems refuse, and what could hide an extension (control and
/// direction characters), is left out.
pub(super) fn safe_name(text: &str) -> String {
    let name: String = text
        .chars()
        .filter(|character| is_seen_in_file_name(*character))
        .map(|character| if r#"/\:*?"<>|"#.contains(character) { '_' } else { character })
        .take(NAME_CHARACTERS_MAX)
        .collect();
    let name = name.trim().trim_matches('.').trim();
    if name.is_empty() { "文件".to_owned() } else { name.to_owned() }
}

/// Gives equal names a number: `甲.pdf`, `甲(2).pdf`.
#[derive(Debug, Default)]
pub(super) struct UniqueNames {
    taken: HashSet<String>,
}

impl UniqueNames {
    /// A name with `extension` that was not given before; names that differ only in letter case count as equal.
    pub(super) fn unique(&mut self, title: &str, extension: &str) -> String {
        let base = safe_name(title);
        let mut name = format!("{base}.{extension}");
        let mut number = 2;
        while !self.taken.insert(name.to_lowercase()) {
            name = format!("{base}({number}).{extension}");
            number += 1;
        }
        name
    }
}

/// The `Content-Disposition` of a file: an ASCII name for old clients, the real one by RFC 5987.
pub fn content_disposition(file_name: &str, inline: bool) -> String {
    let mut ascii: String =
        file_name.chars().filter(|character| character.is_ascii_alphanumeric() || "-_.".contains(*character)).collect();
    if ascii.trim_matches(['.', '_', '-']).is_empty() || ascii.starts_with('.') {
        ascii.insert_str(0, "file");
    }
    let mut encoded = String::new();
    for byte in file_name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _infallible = write!(encoded, "%{byte:02X}");
        }
    }
    let kind = if inline { "inline" } else { "attachment" };
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_climb_or_hide_are_tamed() {
        assert_eq!(safe_name("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(safe_name("DT-1_电梯\u{202E}fdp.exe\r\n"), "DT-1_电梯fdp.exe");
        assert_eq!(safe_name(" . "), "文件");
        assert_eq!(safe_name(&"梯".repeat(300)).chars().count(), 80);
    }

    #[test]
    fn equal_names_are_numbered() {
        let mut names = UniqueNames::default();
        assert_eq!(names.unique("a/b", "pdf"), "a_b.pdf");
        assert_eq!(names.unique("A_B", "pdf"), "A_B(2).pdf");
    }

    #[test]
    fn a_header_carries_any_name_without_breaking() {
        let header = content_disposition("DT-1_电梯\"; x=\u{20BB7}.pdf", false);
        assert_eq!(
            header,
            "attachment; filename=\"DT-1_x.pdf\"; filename*=UTF-8''DT-1_%E7%94%B5%E6%A2%AF%22%3B%20x%3D%F0%A0%AE%B7.pdf"
        );
        assert!(header.is_ascii());
        assert!(content_disposition("报告.pdf", true).starts_with("inline; filename=\"file.pdf\""));
    }
}

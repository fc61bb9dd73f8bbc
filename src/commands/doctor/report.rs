//! The findings of a doctor, as they are printed.

use std::fmt::{self, Display};

#[derive(Debug)]
enum Line {
    Plain(String),
    Wrong { what: String, remedy: String },
}

/// Findings in the order they were made.
#[derive(Debug, Default)]
pub struct Report {
    lines: Vec<Line>,
    wrong: usize,
    notes: usize,
}

impl Report {
    /// A headline.
    pub fn section(&mut self, title: &str) {
        self.lines.push(Line::Plain(format!("\n{title}")));
    }
    /// All is well here.
    pub fn fine(&mut self, what: impl Display) {
        self.lines.push(Line::Plain(format!("  [正常] {what}")));
    }
    /// Works, but somebody should know.
    pub fn note(&mut self, what: impl Display) {
        self.notes += 1;
        self.lines.push(Line::Plain(format!("  [提示] {what}")));
    }
    /// Does not work; `remedy` says what to do. What stands together and has one remedy is told it once.
    pub fn wrong(&mut self, what: impl Display, remedy: impl Display) {
        self.wrong += 1;
        self.lines.push(Line::Wrong { what: what.to_string(), remedy: remedy.to_string() });
    }
    /// Whether nothing is wrong.
    pub fn is_healthy(&self) -> bool {
        self.wrong == 0
    }
}

impl Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.lines.iter().peekable();
        while let Some(line) = lines.next() {
            match line {
                Line::Plain(text) => writeln!(formatter, "{text}")?,
                Line::Wrong { what, remedy } => {
                    writeln!(formatter, "  [问题] {what}")?;
                    let goes_on = matches!(lines.peek(), Some(Line::Wrong { remedy: next, .. }) if next == remedy);
                    if !goes_on {
                        writeln!(formatter, "         办法：{remedy}")?;
                    }
                }
            }
        }
        match (self.wrong, self.notes) {
            (0, 0) => writeln!(formatter, "\n一切正常。"),
            (0, notes) => writeln!(formatter, "\n没有问题，有 {notes} 条提示。"),
            (wrong, _) => writeln!(formatter, "\n发现 {wrong} 个问题，请先解决。"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn one_remedy_for_several_settings_is_told_once_after_the_last_of_them() {
        let mut report = Report::default();
        for setting in ["a.one", "a.two", "a.three"] {
            report.wrong(format!("{setting} 没有设置"), "照默认配置填写");
        }
        report.wrong("别的问题", "别的办法");
        report.fine("其他");
        report.wrong("a.four 没有设置", "照默认配置填写");
        let text = report.to_string();
        let remedies: Vec<&str> = text.lines().filter(|line| line.contains("办法：")).map(str::trim).collect();
        assert_eq!(remedies, ["办法：照默认配置填写", "办法：别的办法", "办法：照默认配置填写"], "{text}");
        let position = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} in {text}"));
        assert!(position("a.three") < position("办法：照默认配置填写"), "{text}");
        assert!(text.contains("发现 5 个问题"), "{text}");
    }
}

//! The findings of a doctor, as they are printed.

use std::fmt::{self, Display};

/// Findings in the order they were made.
#[derive(Debug, Default)]
pub struct Report {
    lines: Vec<String>,
    wrong: usize,
    notes: usize,
}

impl Report {
    /// A headline.
    pub fn section(&mut self, title: &str) {
        self.lines.push(format!("\n{title}"));
    }
    /// All is well here.
    pub fn fine(&mut self, what: impl Display) {
        self.lines.push(format!("  [正常] {what}"));
    }
    /// Works, but somebody should know.
    pub fn note(&mut self, what: impl Display) {
        self.notes += 1;
        self.lines.push(format!("  [提示] {what}"));
    }
    /// Does not work; `remedy` says what to do.
    pub fn wrong(&mut self, what: impl Display, remedy: impl Display) {
        self.wrong += 1;
        self.lines.push(format!("  [问题] {what}\n         办法：{remedy}"));
    }
    /// Whether nothing is wrong.
    pub fn is_healthy(&self) -> bool {
        self.wrong == 0
    }
}

impl Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(formatter, "{line}")?;
        }
        match (self.wrong, self.notes) {
            (0, 0) => writeln!(formatter, "\n一切正常。"),
            (0, notes) => writeln!(formatter, "\n没有问题，有 {notes} 条提示。"),
            (wrong, _) => writeln!(formatter, "\n发现 {wrong} 个问题，请先解决。"),
        }
    }
}

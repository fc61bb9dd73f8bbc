//! How complaints about a configuration are collected.

/// What is not as it must be.
#[derive(Default)]
pub(super) struct Demands {
    complaints: Vec<String>,
}

impl Demands {
    /// Complains unless it is fine.
    pub(super) fn demand(&mut self, is_fine: bool, complaint: impl Into<String>) {
        if !is_fine {
            self.add(complaint);
        }
    }

    /// Complains; the same complaint is told once.
    pub(super) fn add(&mut self, complaint: impl Into<String>) {
        let complaint = complaint.into();
        if !self.complaints.contains(&complaint) {
            self.complaints.push(complaint);
        }
    }

    /// Everything that was found.
    pub(super) fn complaints(self) -> Vec<String> {
        self.complaints
    }
}

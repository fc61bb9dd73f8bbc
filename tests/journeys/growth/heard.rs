//! The statements that the product sends, as they were sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use sea_orm::Statement;

/// What was heard since somebody last took it; cheap to clone.
#[derive(Clone, Default)]
pub struct Heard {
    by_text: Arc<Mutex<BTreeMap<String, Statement>>>,
}

impl Heard {
    /// Keeps one statement of each text, with the values that it came with last.
    pub fn keep(&self, statement: &Statement) {
        let mut kept = self.by_text.lock().expect("nobody panics while holding it");
        kept.insert(statement.sql.clone(), statement.clone());
    }

    /// What was heard, and forgets it.
    pub fn take(&self) -> Vec<Statement> {
        let mut kept = self.by_text.lock().expect("nobody panics while holding it");
        std::mem::take(&mut *kept).into_values().collect()
    }
}

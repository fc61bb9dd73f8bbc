//! What is wrong with what somebody typed: everything at once, field by field, so that he corrects it in one go.

use crate::problem::Problem;

/// Collects wrong fields into one refusal.
#[derive(Debug)]
pub struct Complaints {
    refusal: Problem,
    is_fine: bool,
}

impl Complaints {
    /// Nothing is wrong yet; `refusal` is what is said once something is.
    pub fn new(refusal: Problem) -> Self {
        Self { refusal, is_fine: true }
    }

    /// This field is wrong, and why, in Chinese. Of two reasons for one field the later one is told.
    pub fn add(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.refusal.name_field(field, reason);
        self.is_fine = false;
    }

    /// The refusal with what was added so far, where it is known that something was.
    pub fn into_refusal(self) -> Problem {
        self.refusal
    }

    /// Gives back `value` when nothing is wrong.
    ///
    /// # Errors
    /// The refusal with every field that is wrong.
    pub fn end_with<T>(self, value: T) -> Result<T, Problem> {
        if self.is_fine { Ok(value) } else { Err(self.refusal) }
    }

    /// As [`Self::end_with`], where there is nothing to give back.
    ///
    /// # Errors
    /// The refusal with every field that is wrong.
    pub fn end(self) -> Result<(), Problem> {
        self.end_with(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_told_at_once_and_nothing_when_all_is_fine() {
        let refusal = || Problem::unacceptable("form_wrong", "没有保存");
        assert!(Complaints::new(refusal()).end().is_ok());
        let mut wrong = Complaints::new(refusal());
        wrong.add("name", "请填写名称");
        wrong.add("phone", "请填写电话");
        assert_eq!(wrong.end().expect_err("two fields").told_to_operator(), "没有保存；请填写名称；请填写电话");
    }
}

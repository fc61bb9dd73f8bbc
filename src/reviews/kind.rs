//! Kinds of reviews: what a room says of the decisions on its subjects, and what a decision brings about there.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use foundation::problem::Problem;
use sea_orm::DatabaseTransaction;
use serde_json::Value;

use super::model::{Review, Verdict};
use crate::app::App;
use crate::staff::{Officer, Permission};

/// One kind of decision, registered in `App::open`.
#[async_trait]
pub trait ReviewKind: Send + Sync {
    /// As stored, such as `remittance`; also the code of its desk in the work list.
    fn code(&self) -> &'static str;

    /// For people, such as 汇款审核.
    fn text(&self) -> &'static str;

    /// What it takes to see, claim and decide it.
    fn permission(&self) -> Permission;

    /// Whether an approval demands password and code again.
    fn needs_step_up(&self) -> bool {
        false
    }

    /// Checks what an approval is to grant beside the opinion, and returns what is kept with the review. Most kinds know
    /// no terms.
    async fn check_terms(
        &self,
        _app: &App,
        _review: &Review,
        _verdict: Verdict,
        given: Option<Value>,
    ) -> Result<Option<Value>, Problem> {
        match given {
            None => Ok(None),
            Some(_) => Err(Problem::unacceptable("terms_unknown", "这类审核没有批准条件，没有提交")
                .field("terms", "请不要填写")
                .advice("请刷新页面后重试")),
        }
    }

    /// What the verdict brings about, in the transaction that writes it. No network here: write a job row. An error undoes
    /// the verdict as well. The review's row is already decided.
    async fn apply(
        &self,
        app: &App,
        transaction: &DatabaseTransaction,
        review: &Review,
        verdict: Verdict,
        officer: &Officer,
    ) -> Result<(), Problem>;

    /// What the decider sees beside the decision, as JSON of the kind's own form.
    async fn subject(&self, app: &App, review: &Review) -> Result<serde_json::Value, Problem>;
}

/// All kinds that this process knows.
#[derive(Default, Clone)]
pub struct ReviewKinds {
    by_code: BTreeMap<&'static str, Arc<dyn ReviewKind>>,
}

impl ReviewKinds {
    /// With one more.
    pub fn with(mut self, kind: impl ReviewKind + 'static) -> Self {
        let replaced = self.by_code.insert(kind.code(), Arc::new(kind));
        assert!(replaced.is_none(), "two kinds of reviews have the same code");
        self
    }

    /// The kind of a stored review.
    pub fn of(&self, code: &str) -> Result<&Arc<dyn ReviewKind>, Problem> {
        self.by_code.get(code).ok_or_else(|| Problem::internal(format!("no kind of review is called {code}")))
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn ReviewKind>> {
        self.by_code.values()
    }

    /// Codes of those that an officer may see.
    pub fn seen_by(&self, officer: &Officer) -> Vec<&'static str> {
        self.all().filter(|kind| officer.may(kind.permission())).map(|kind| kind.code()).collect()
    }
}

//! Lines that leave no doubt claim themselves after an import (B-18).

use std::sync::Arc;

use async_trait::async_trait;
use foundation::jobs::{Handler, Handlers, LONG_WORK, Outcome};
use foundation::money::Fen;
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};

use super::candidates::{Candidate, candidates};
use super::claims::{Wish, claim};
use super::model::{BankTransactionId, Claimer, TransactionState};
use super::payee_accounts::PayeeAccounts;
use super::store::{self, TransactionRow};
use crate::app::{App, SharedApp};
use crate::orders::{OrderId, OrderRow, OrderState};

/// Looks through the open lines of a statement.
pub(super) const JOB_MATCH: &str = "bank.match";

/// Payload of [`JOB_MATCH`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MatchJob {
    pub(super) statement_id: String,
}

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_MATCH, Arc::new(MatchStatement(app.clone())));
}

struct MatchStatement(SharedApp);

#[async_trait]
impl Handler for MatchStatement {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: MatchJob = serde_json::from_str(payload)?;
        let app = &self.0;
        for id in store::unclaimed_of(app.database.reader(), &job.statement_id).await? {
            // A line that cannot be claimed stays in the work list for a person; the others go on.
            if let Err(problem) = match_line(app, &BankTransactionId::from_stored(id.clone())).await {
                tracing::warn!(line = id, %problem, "a line could not be claimed by itself");
            }
        }
        Ok(Outcome::Done)
    }

    fn time_limit(&self) -> std::time::Duration {
        LONG_WORK
    }
}

/// Claims a line for the orders that it leaves no doubt about; returns for how many.
pub async fn match_line(app: &App, id: &BankTransactionId) -> Result<usize, Problem> {
    let reader = app.database.reader();
    let Some(line) = store::find(reader, id.as_str()).await? else { return Ok(0) };
    if line.state()? != TransactionState::Open || line.twin_of.is_some() {
        return Ok(0);
    }
    let candidates = candidates(reader, &line).await?;
    let wishes = without_doubt(&candidates, line.rest_fen, app.config.bank.automatic_score)?;
    if wishes.is_empty() || came_to_another_payee(&PayeeAccounts::load(reader).await?, &line, &candidates, &wishes) {
        return Ok(0);
    }
    claim(app, id, &wishes, &Claimer::Automatic).await?;
    Ok(wishes.len())
}

/// Whether the account of the line belongs to another payee than one of the orders.
fn came_to_another_payee(
    accounts: &PayeeAccounts,
    line: &TransactionRow,
    candidates: &[Candidate],
    wishes: &[Wish],
) -> bool {
    let is_wanted = |order: &OrderRow| wishes.iter().any(|wish| wish.order_id.as_str() == order.id);
    let mut wanted = candidates.iter().map(|candidate| &candidate.order).filter(|order| is_wanted(order));
    wanted.any(|order| accounts.is_of_another_payee(line, order))
}

/// What may be claimed without a person: exactly one order, or several that the payer named, that take exactly what is
/// there, on what nobody can choose for somebody else's money. What a person reviews, or what is being paid through WeChat,
/// waits for a person.
fn without_doubt(candidates: &[Candidate], rest_fen: i64, score_min: i64) -> Result<Vec<Wish>, Problem> {
    let sure: Vec<&Candidate> = candidates.iter().filter(|candidate| candidate.sure.score >= score_min).collect();
    for candidate in candidates {
        let likely = candidate.found.score >= score_min || candidate.sure.score >= score_min;
        if !likely {
            continue;
        }
        if candidate.order.under_review || candidate.order.state()? == OrderState::Paying {
            return Ok(Vec::new());
        }
    }
    let sum: i64 = sure.iter().map(|candidate| candidate.takes_fen).sum();
    let several_named = sure.len() == 1 || sure.iter().all(|candidate| candidate.sure.named);
    if sure.is_empty() || sum != rest_fen || !several_named {
        return Ok(Vec::new());
    }
    let wish = |candidate: &&Candidate| Wish {
        order_id: OrderId::from_stored(candidate.order.id.clone()),
        amount: Fen(candidate.takes_fen),
    };
    Ok(sure.iter().map(wish).collect())
}

//! Whether a request is paid by now, or owed again: looked at whenever one of its fees changed.

use async_trait::async_trait;
use foundation::jobs::{Handler, Outcome};
use foundation::money::Fen;
use foundation::problem::Problem;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::Expr;

use super::entity::requests::Column;
use super::model::{CreditState, Step};
use super::remind;
use super::review::KIND;
use super::store::{self, RequestRow};
use crate::app::{App, SharedApp};
use crate::fees;
use crate::happenings::{Happening, publish};
use crate::reviews::{self, Submitter};

/// Looks whether a request is paid.
pub const JOB_CHECK: &str = "credit.check";

/// Handler of [`JOB_CHECK`].
pub(super) struct Check(pub(super) SharedApp);

#[async_trait]
impl Handler for Check {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let Happening::CreditChanged { credit_id } = serde_json::from_str(payload)? else {
            anyhow::bail!("only a changed fee on credit is looked at");
        };
        let app = &self.0;
        let transaction = app.database.begin_write().await?;
        end_if_paid(app, &*transaction, &credit_id).await?;
        let row = store::hold(&*transaction, &credit_id, app.now_ms()).await?;
        settle_or_reopen(app, &*transaction, &row).await?;
        transaction.commit().await?;
        app.wake_workers.notify_one();
        Ok(Outcome::Done)
    }
}

/// What is owed of one request, fen.
pub(super) async fn owed<C: ConnectionTrait>(connection: &C, credit_id: &str) -> Result<Fen, Problem> {
    let owed = fees::owed_on_credit(connection, [credit_id]).await?;
    Ok(owed.get(credit_id).map_or(Fen::ZERO, |total| total.amount))
}

/// Submitted → withdrawn when its fees were paid, or taken out of it, meanwhile: nobody has to decide on it. Nothing of it is
/// held before.
async fn end_if_paid<C: ConnectionTrait>(app: &App, connection: &C, credit_id: &str) -> Result<(), Problem> {
    let now = app.now_ms();
    let row = store::find(connection, credit_id).await?.ok_or_else(store::not_found)?;
    if row.stored_state()? != CreditState::Submitted || fees::is_still_owed(connection, &row.id).await? {
        return Ok(());
    }
    // The review first, as the one who decides does: so they never wait for each other in a circle.
    let by = Submitter { id: "system".to_owned(), name: "系统".to_owned() };
    let withdrawn = reviews::withdraw(connection, app, KIND, &row.id, &by).await?;
    let update = store::change(&row.id, CreditState::Submitted, CreditState::Withdrawn, now);
    if update.exec(connection).await?.rows_affected == 0 {
        if withdrawn {
            return Err(Problem::internal(format!("request {} was decided without its review", row.id)));
        }
        return Ok(());
    }
    fees::leave_credit(connection, &row.id, now).await?;
    let why = Some("费用都已缴清，或不再由本单位缴纳，不用再审批".to_owned());
    store::note(connection, &row.id, Step::Withdrawn, "system", why, now).await?;
    Ok(())
}

/// Approved → settled when nothing is owed any more, and back when it is again. The caller holds the row.
pub(super) async fn settle_or_reopen<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    row: &RequestRow,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let owed = owed(connection, &row.id).await?;
    match row.stored_state()? {
        CreditState::Approved if owed == Fen::ZERO => {
            let update = store::change(&row.id, CreditState::Approved, CreditState::Settled, now)
                .col_expr(Column::SettledAt, Expr::value(now));
            if update.exec(connection).await?.rows_affected == 1 {
                store::note(connection, &row.id, Step::Settled, "system", None, now).await?;
                publish(connection, &Happening::CreditSettled { credit_id: row.id.clone() }, now).await?;
            }
        }
        CreditState::Settled if owed > Fen::ZERO => {
            let update = store::change(&row.id, CreditState::Settled, CreditState::Approved, now)
                .col_expr(Column::SettledAt, Expr::value(None::<i64>));
            if update.exec(connection).await?.rows_affected == 1 {
                store::note(connection, &row.id, Step::Reopened, "system", None, now).await?;
                remind::again(app, connection, row).await?;
            }
        }
        _ => {}
    }
    Ok(())
}

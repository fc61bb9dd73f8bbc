//! Taking a request back before it is decided.

use foundation::problem::Problem;

use super::model::{CreditId, CreditState, Step};
use super::review::KIND;
use super::store::{self, RequestRow};
use crate::accounts::Scope;
use crate::app::App;
use crate::fees;
use crate::reviews::{self, Submitter};

/// Submitted → withdrawn; its fees may be asked for again.
pub(super) async fn withdraw(app: &App, scope: &Scope, id: &CreditId) -> Result<RequestRow, Problem> {
    scope.demand_payer()?;
    let row = store::find_for(app.database.reader(), scope, id).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    // The review first, as the one who decides does: so they never wait for each other in a circle.
    let by = Submitter { id: scope.account_id().to_string(), name: row.unit_name.clone() };
    reviews::withdraw(&*transaction, app, KIND, &row.id, &by).await?;
    let update = store::change(&row.id, CreditState::Submitted, CreditState::Withdrawn, now);
    if update.exec(&*transaction).await?.rows_affected == 0 {
        let state = store::hold(&*transaction, &row.id, now).await?.stored_state()?;
        return Err(Problem::conflict("credit_decided", format!("这个申请{}，不能撤回", state.text()))
            .advice("请刷新页面查看最新状态"));
    }
    fees::leave_credit(&*transaction, &row.id, now).await?;
    store::note(&*transaction, &row.id, Step::Withdrawn, "payer", None, now).await?;
    transaction.commit().await?;
    store::find_for(app.database.reader(), scope, id).await
}

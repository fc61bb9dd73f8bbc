//! Lines that are perhaps known already: nothing is made of them until a person says that each is another one. Who finds that
//! it is the same puts it aside as any line that is not for orders.

use std::collections::HashMap;

use axum::extract::State;
use foundation::jobs::{NewJob, enqueue};
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::BankTransaction;
use super::automatic::{JOB_MATCH, MatchJob};
use super::claims::line_not_found;
use super::model::BankTransactionId;
use super::routes::whole_by_id;
use super::store::{self, TransactionRow};
use crate::app::SharedApp;
use crate::audit::{self, Action};
use crate::staff::{May, may};
use crate::web::{Json, Path};

/// Routes of this file.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(distinct))
}

/// The known line that a line perhaps is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Twin {
    /// Which.
    id: BankTransactionId,
    /// 可能已经导入过，与 … 同日同额, for people.
    text: String,
}

impl Twin {
    /// For people.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    fn of(known: &TransactionRow) -> Result<Self, Problem> {
        let serial = known.serial_no.as_ref().map(|number| format!("（流水号 {number}）")).unwrap_or_default();
        let state = known.state()?.text();
        Ok(Self {
            id: BankTransactionId::from_stored(known.id.clone()),
            text: format!(
                "可能已经导入过，与 {} {}{serial}的到账同日同额（{state}）",
                known.booked_on, known.payer_name
            ),
        })
    }
}

/// The known lines that these perhaps are, by the id of each of these.
pub(super) async fn twins_of<C: ConnectionTrait>(
    connection: &C,
    rows: &[TransactionRow],
) -> Result<HashMap<String, Twin>, Problem> {
    let ids: Vec<String> = rows.iter().filter_map(|row| row.twin_of.clone()).collect();
    let known: HashMap<String, TransactionRow> =
        store::by_ids(connection, &ids).await?.into_iter().map(|row| (row.id.clone(), row)).collect();
    let mut twins = HashMap::new();
    for row in rows {
        if let Some(known) = row.twin_of.as_ref().and_then(|id| known.get(id)) {
            twins.insert(row.id.clone(), Twin::of(known)?);
        }
    }
    Ok(twins)
}

/// 409 for a line that is perhaps known: its money may be taken already.
pub(super) fn refuse_perhaps_known(line: &TransactionRow) -> Result<(), Problem> {
    if line.twin_of.is_none() {
        return Ok(());
    }
    Err(Problem::conflict("line_perhaps_known", "这笔流水可能已经导入过，没有改变")
        .advice("请与同日同额的那笔到账核对：确实是另一笔的，先点“确实是另一笔”；是同一笔的，请登记为不认领"))
}

/// The line is another one, as a person says: it takes part as every other line from now on.
#[utoipa::path(post, path = "/staff/v1/bank/transactions/{id}/distinct", tag = "bank", params(("id" = BankTransactionId, Path, description = "line")), responses(
    (status = 200, body = BankTransaction),
    (status = 404, description = "bank_transaction_not_found", body = ErrorAnswer),
    (status = 409, description = "line_is_distinct", body = ErrorAnswer),
))]
async fn distinct(
    State(app): State<SharedApp>,
    officer: May<may::BankClaim>,
    Path(id): Path<BankTransactionId>,
) -> Result<Json<BankTransaction>, Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let line = store::find(&*transaction, id.as_str()).await?.ok_or_else(line_not_found)?;
    if !store::tell_apart(&*transaction, id.as_str(), now).await? {
        return Err(Problem::conflict("line_is_distinct", "这笔流水没有等待核对，没有改变").advice("请刷新后查看"));
    }
    let job = MatchJob { statement_id: line.statement_id };
    enqueue(&*transaction, NewJob::new(JOB_MATCH, &job, now)).await?;
    let detail = json!({ "twin_of": line.twin_of, "amount_fen": line.amount_fen });
    audit::record(&*transaction, &app, officer.entry(Action::BankLineDistinct, id.as_str(), detail)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    let axum::Json(answer) = whole_by_id(&app, id.as_str()).await?;
    Ok(Json(answer))
}

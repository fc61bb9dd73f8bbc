//! What later capabilities may know of a request.

use foundation::money::Fen;
use foundation::problem::Problem;
use sea_orm::ConnectionTrait;

use super::check::owed;
use super::store;
use crate::accounts::{UnitId, View};

/// The facts of a request for messages and other systems.
#[derive(Debug, Clone)]
pub struct CreditFacts {
    /// Which.
    pub id: String,
    /// Its number for people.
    pub request_no: String,
    /// Whose.
    pub unit_id: UnitId,
    /// 单位名称.
    pub unit_name: String,
    /// 报检人电话, if an applicant made it.
    pub applicant_phone: Option<String>,
    /// What was asked for.
    pub amount: Fen,
    /// Reports.
    pub count: i64,
    /// Granted and not paid yet.
    pub owed: Fen,
    /// Where it stands, as stored.
    pub state: String,
    /// Why.
    pub reason: String,
    /// Until when to pay, `YYYY-MM-DD`.
    pub due_on: Option<String>,
    /// Its fees as they were when it was made.
    pub lines: Vec<CreditLineFacts>,
}

/// One fee of a request.
#[derive(Debug, Clone)]
pub struct CreditLineFacts {
    /// The fee.
    pub fee_id: String,
    /// 报告编号.
    pub report_no: String,
    /// Fen.
    pub amount_fen: i64,
}

/// Whether somebody sees a request.
pub async fn is_seen<C: ConnectionTrait>(connection: &C, view: &View, id: &str) -> Result<bool, Problem> {
    store::is_seen(connection, view, id).await
}

/// Facts of one request, or nothing.
pub async fn facts<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<CreditFacts>, Problem> {
    let Some(row) = store::find(connection, id).await? else { return Ok(None) };
    let lines = store::lines_of(connection, id).await?;
    let owed = owed(connection, id).await?;
    let lines = lines.into_iter().map(|line| CreditLineFacts {
        fee_id: line.fee_id,
        report_no: line.report_no,
        amount_fen: line.amount_fen,
    });
    Ok(Some(CreditFacts {
        lines: lines.collect(),
        owed,
        id: row.id,
        request_no: row.request_no,
        unit_id: UnitId::from_stored(row.unit_id),
        unit_name: row.unit_name,
        applicant_phone: row.applicant_phone.map(String::from),
        amount: Fen(row.amount_fen),
        count: row.fee_count,
        state: row.state,
        reason: row.reason,
        due_on: row.due_on,
    }))
}

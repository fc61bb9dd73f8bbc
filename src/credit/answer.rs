//! A request as the payer sees it.

use std::collections::HashMap;

use foundation::calendar::beijing_date;
use foundation::money::Fen;
use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{CreditId, CreditState, Step};
use super::store::{self, RequestRow};
use crate::app::App;
use crate::fees;

/// 欠费申请.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CreditRequest {
    /// Which.
    pub(super) id: CreditId,
    /// Its number for people.
    request_no: String,
    /// Where it stands.
    state: CreditState,
    /// The same for people.
    state_text: String,
    /// What was asked for, fen.
    amount_fen: i64,
    /// Reports.
    count: i64,
    /// Granted and not paid yet, fen.
    owed_fen: Fen,
    /// Why.
    reason: String,
    /// Until when the payer wanted to pay.
    proposed_due_on: String,
    /// Until when he must.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_on: Option<String>,
    /// What the decider said.
    #[serde(skip_serializing_if = "Option::is_none")]
    opinion: Option<String>,
    /// Epoch milliseconds.
    created_at: i64,
    /// What can be done with it.
    can: CreditCan,
    /// Its way through the offices, oldest first; only in the answer for one request.
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<Vec<CreditStep>>,
    /// Its reports; only in the answer for one request.
    #[serde(skip_serializing_if = "Option::is_none")]
    fees: Option<Vec<CreditFee>>,
}

/// What can be done with a request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CreditCan {
    /// 撤回.
    withdraw: bool,
    /// 补缴.
    pay: bool,
}

/// One step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CreditStep {
    /// Epoch milliseconds.
    at: i64,
    /// What happened.
    title: String,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// 申请单位, 检验机构.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
}

/// A report of a request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CreditFee {
    /// The fee.
    fee_id: String,
    /// The report.
    report_id: String,
    /// 报告编号.
    report_no: String,
    /// 设备名称.
    device_name: String,
    /// What is owed for it now, or was when it was asked for; fen.
    amount_fen: i64,
    /// `payable`, `locked` (in an order), `paid`, `cancelled`.
    state: String,
    /// The same for people.
    state_text: String,
}

/// Requests for a list.
pub(super) async fn summaries(app: &App, rows: Vec<RequestRow>) -> Result<Vec<CreditRequest>, Problem> {
    let owed = fees::owed_on_credit(app.database.reader(), rows.iter().map(|row| row.id.as_str())).await?;
    rows.into_iter().map(|row| summary(app, row, &owed)).collect()
}

fn summary(app: &App, row: RequestRow, owed: &HashMap<String, fees::FeeTotal>) -> Result<CreditRequest, Problem> {
    let state = row.state_on(beijing_date(app.now_ms()))?;
    let granted = matches!(state, CreditState::Approved | CreditState::Overdue);
    let owed = owed.get(&row.id).filter(|_| granted).map_or(Fen::ZERO, |total| total.amount);
    Ok(CreditRequest {
        can: CreditCan { withdraw: state == CreditState::Submitted, pay: owed > Fen::ZERO },
        state,
        state_text: state.text().to_owned(),
        owed_fen: owed,
        id: CreditId::from_stored(row.id),
        request_no: row.request_no,
        amount_fen: row.amount_fen,
        count: row.fee_count,
        reason: row.reason,
        proposed_due_on: row.proposed_due_on,
        due_on: row.due_on,
        opinion: row.opinion,
        created_at: row.created_at,
        flow: None,
        fees: None,
    })
}

/// One request whole.
pub(super) async fn full(app: &App, row: RequestRow) -> Result<CreditRequest, Problem> {
    let id = row.id.clone();
    let steps = store::steps(app.database.reader(), &id).await?;
    let flow = steps.into_iter().map(|step| CreditStep {
        at: step.at,
        title: Step::text_of(&step.kind).to_owned(),
        detail: step.detail,
        by: match step.actor.as_str() {
            "payer" => Some("申请单位".to_owned()),
            "institute" => Some("检验机构".to_owned()),
            _ => None,
        },
    });
    let flow = flow.collect();
    let fees = lines(app, &id).await?;
    let mut answer = summaries(app, vec![row]).await?.pop().ok_or_else(store::not_found)?;
    answer.flow = Some(flow);
    answer.fees = Some(fees);
    Ok(answer)
}

/// The reports of a request with what became of their fees.
pub(super) async fn lines(app: &App, credit_id: &str) -> Result<Vec<CreditFee>, Problem> {
    let reader = app.database.reader();
    let lines = store::lines_of(reader, credit_id).await?;
    let now = fees::standing_of(reader, lines.iter().map(|line| line.fee_id.as_str())).await?;
    let lines = lines.into_iter().map(|line| {
        let standing = now.get(&line.fee_id);
        CreditFee {
            amount_fen: standing.map_or(line.amount_fen, |standing| standing.amount.0),
            state: standing.map_or("cancelled", |standing| standing.state.as_str()).to_owned(),
            state_text: standing.map_or("已撤销", |standing| standing.state.text()).to_owned(),
            fee_id: line.fee_id,
            report_id: line.report_id,
            report_no: line.report_no,
            device_name: line.device_name,
        }
    });
    Ok(lines.collect())
}

//! Fees as the institute's people look for them: everybody's, page by page, with what the fee desk may do.

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::search::{FEES, containing};
use foundation::text::mask_phone;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::entity::fees;
use super::intake::FeeState;
use super::model::{FeeId, PayeeId, ReceiptClass};
use super::store::payees_by_id;

/// A fee as the institute's people see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffFee {
    /// Which.
    pub id: FeeId,
    /// Its key in the core system; `desk:…` for one that was posted by hand.
    pub external_id: String,
    /// Where it stands.
    pub state: FeeState,
    /// The same for people.
    pub state_text: String,
    /// The live or paid order it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The report.
    pub report_id: String,
    /// 报告编号.
    pub report_no: String,
    /// The unit.
    pub unit_id: String,
    /// 单位名称.
    pub unit_name: String,
    /// 报检人电话 with its middle hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applicant_phone_masked: Option<String>,
    /// 设备名称.
    pub device_name: String,
    /// 设备种类.
    pub device_kind: String,
    /// 注册代码.
    pub registration_code: String,
    /// 出厂编号.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factory_serial_no: Option<String>,
    /// Fen.
    pub amount_fen: i64,
    /// Which kind of receipt.
    pub receipt_class: ReceiptClass,
    /// Who receives the money.
    pub payee_name: String,
    /// Epoch milliseconds.
    pub posted_at: i64,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<i64>,
    /// What the fee desk may do.
    pub can: FeeCan,
}

/// What the fee desk may do with a fee.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FeeCan {
    /// 更正.
    pub correct: bool,
    /// 撤销.
    pub cancel: bool,
    /// Why not, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_not: Option<String>,
}

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StaffFeeSearch {
    /// `payable`, `locked`, `paid`, `cancelled`.
    pub state: Option<String>,
    /// Part of unit name, report number, codes; several words narrow each other.
    pub q: Option<String>,
}

/// One page of all fees, newest first.
pub async fn staff_fee_page<C: ConnectionTrait>(
    connection: &C,
    search: &StaffFeeSearch,
    wanted: &PageRequest,
) -> Result<Page<StaffFee>, Problem> {
    let mut select = fees::Entity::find().order_by_desc(fees::Column::Id).limit(wanted.limit() + 1);
    if let Some(state) = search.state.as_deref().filter(|state| !state.is_empty()) {
        select = select.filter(fees::Column::State.eq(state));
    }
    select = select.filter(containing(connection, FEES, search.q.as_deref().unwrap_or("")));
    if let Some(after) = wanted.after_key() {
        select = select.filter(fees::Column::Id.lt(after));
    }
    let found = Page::from_rows(select.all(connection).await?, wanted.limit(), |row| row.id.clone());
    Ok(Page { items: answers(connection, found.items).await?, next: found.next })
}

async fn answers<C: ConnectionTrait>(connection: &C, rows: Vec<fees::Model>) -> Result<Vec<StaffFee>, Problem> {
    let ids = rows.iter().map(|row| PayeeId::from_stored(row.payee_id.clone()));
    let payees = payees_by_id(connection, ids).await?;
    rows.into_iter()
        .map(|row| {
            let state: FeeState = row.state.parse()?;
            let payee = payees.get(&PayeeId::from_stored(row.payee_id)).map(|payee| payee.name.clone());
            Ok(StaffFee {
                can: can(state, row.order_id.is_some()),
                state_text: state.text().to_owned(),
                applicant_phone_masked: row.applicant_phone.as_deref().map(mask_phone),
                payee_name: payee.unwrap_or_default(),
                id: FeeId::from_stored(row.id),
                external_id: row.external_id,
                state,
                order_id: row.order_id,
                report_id: row.report_id,
                report_no: row.report_no,
                unit_id: row.unit_id,
                unit_name: row.unit_name,
                device_name: row.device_name,
                device_kind: row.device_kind,
                registration_code: row.registration_code,
                factory_serial_no: row.factory_serial_no,
                amount_fen: row.amount_fen,
                receipt_class: row.receipt_class.parse()?,
                posted_at: row.posted_at,
                paid_at: row.paid_at,
            })
        })
        .collect()
}

fn can(state: FeeState, had_order: bool) -> FeeCan {
    let no = |reason: &str| FeeCan { correct: false, cancel: false, reason_not: Some(reason.to_owned()) };
    match state {
        // What the core system told as settled can have been a mistake; no money of ours goes back with it.
        FeeState::Paid if !had_order => FeeCan { correct: true, cancel: true, reason_not: None },
        FeeState::Payable => FeeCan { correct: true, cancel: true, reason_not: None },
        FeeState::Cancelled => FeeCan { correct: true, cancel: false, reason_not: None },
        FeeState::Locked => no("在缴款订单里，请先让缴款人作废订单"),
        FeeState::Paid => no("已经缴费，如有差错请办理退款"),
    }
}

/// One fee as stored, or 404.
pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &FeeId) -> Result<fees::Model, Problem> {
    let row = fees::Entity::find_by_id(id.as_str()).one(connection).await?;
    row.ok_or_else(not_found)
}

fn not_found() -> Problem {
    Problem::not_found("fee_not_found", "没有找到这笔费用")
}

/// One fee as stored, kept from changing until the transaction ends, or 404.
pub(super) async fn hold<C: ConnectionTrait>(connection: &C, id: &FeeId) -> Result<fees::Model, Problem> {
    let row = fees::Entity::find_by_id(id.as_str()).lock_exclusive().one(connection).await?;
    row.ok_or_else(not_found)
}

/// One fee as the desk shows it, or 404.
pub(super) async fn one<C: ConnectionTrait>(connection: &C, id: &FeeId) -> Result<StaffFee, Problem> {
    let row = find(connection, id).await?;
    answers(connection, vec![row]).await?.pop().ok_or_else(|| Problem::internal("a fee without an answer"))
}

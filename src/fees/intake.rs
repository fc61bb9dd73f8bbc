//! Fees and payees in bulk, for imports. Imports and the fee desk make fees, one after another; orders may lock a fee at any
//! moment, so the fees of a batch are read for update.

use std::collections::{BTreeSet, HashMap};

use foundation::batches::{key_batches, row_batches};
use foundation::money::Fen;
use foundation::problem::Problem;
use foundation::sealed::Findable;
use foundation::text::search_form;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::entity::{fees, payees};
use super::model::{FeeId, PayeeId, ReceiptClass};
use super::price_basis::PriceBasis;

/// Who receives the money, as the core system knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayeeRecord {
    /// Its key over there.
    pub code: String,
    /// 收款单位.
    pub name: String,
    /// 户名.
    pub account_name: String,
    /// 开户行.
    pub bank_name: String,
    /// 账号.
    pub bank_account: String,
    /// The one kind of receipt this payee gives.
    pub receipt_class: ReceiptClass,
}

/// Payees by code.
pub async fn payees_by_code<C: ConnectionTrait>(
    connection: &C,
    codes: &BTreeSet<String>,
) -> Result<HashMap<String, (PayeeId, PayeeRecord)>, Problem> {
    let mut found = HashMap::new();
    for batch in key_batches(codes) {
        let rows = payees::Entity::find().filter(payees::Column::Code.is_in(batch)).all(connection).await?;
        for row in rows {
            let record = PayeeRecord {
                code: row.code,
                name: row.name,
                account_name: row.account_name,
                bank_name: row.bank_name,
                bank_account: row.bank_account,
                receipt_class: row.receipt_class.parse()?,
            };
            found.insert(record.code.clone(), (PayeeId::from_stored(row.id), record));
        }
    }
    Ok(found)
}

/// Makes payees. One that is there stays as it is: where its money goes is changed by two people
/// ([`super::ask_payee_change`]).
pub async fn save_payees<C: ConnectionTrait>(
    connection: &C,
    saved: Vec<(PayeeId, PayeeRecord)>,
    now_ms: i64,
) -> Result<(), DbErr> {
    let rows = saved.into_iter().map(|(id, record)| payees::ActiveModel {
        id: Set(id.into()),
        code: Set(record.code),
        name: Set(record.name),
        account_name: Set(record.account_name),
        bank_name: Set(record.bank_name),
        bank_account: Set(record.bank_account),
        receipt_class: Set(record.receipt_class.as_str().to_owned()),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
    });
    let keep = OnConflict::column(payees::Column::Id).do_nothing().to_owned();
    for batch in row_batches(rows) {
        payees::Entity::insert_many(batch).on_conflict(keep.clone()).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Where a fee stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeeState {
    /// Waits for its payer.
    Payable,
    /// In a live order.
    Locked,
    /// Settled: by an order, elsewhere, or because nothing was owed.
    Paid,
    /// Taken back by the institute.
    Cancelled,
}

impl FeeState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            FeeState::Payable => "payable",
            FeeState::Locked => "locked",
            FeeState::Paid => "paid",
            FeeState::Cancelled => "cancelled",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            FeeState::Payable => "待缴费",
            FeeState::Locked => "已下单",
            FeeState::Paid => "已缴费",
            FeeState::Cancelled => "已撤销",
        }
    }
}

impl std::str::FromStr for FeeState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "payable" => FeeState::Payable,
            "locked" => FeeState::Locked,
            "paid" => FeeState::Paid,
            "cancelled" => FeeState::Cancelled,
            other => anyhow::bail!("unknown fee state {other}"),
        })
    }
}

/// What the core system says of a fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeRecord {
    /// Its key over there.
    pub external_id: String,
    /// Our report.
    pub report_id: String,
    /// Our unit.
    pub unit_id: String,
    /// 报检人电话.
    pub applicant_phone: Option<String>,
    /// Our payee.
    pub payee_id: String,
    /// Which kind of receipt.
    pub receipt_class: ReceiptClass,
    /// Fen.
    pub amount: Fen,
    /// 报告编号.
    pub report_no: String,
    /// 单位名称.
    pub unit_name: String,
    /// 设备名称.
    pub device_name: String,
    /// 设备种类.
    pub device_kind: String,
    /// 注册代码.
    pub registration_code: String,
    /// 出厂编号.
    pub factory_serial_no: Option<String>,
    /// 使用地点.
    pub place: Option<String>,
    /// Day of the inspection.
    pub inspected_on: Option<String>,
    /// Why it costs what it costs.
    pub price_basis: Option<PriceBasis>,
}

/// A fee with where it stands.
#[derive(Debug, Clone)]
pub struct StoredFee {
    /// Which.
    pub id: FeeId,
    /// What the core system says.
    pub record: FeeRecord,
    /// Where it stands.
    pub state: FeeState,
    /// When it became payable, epoch milliseconds.
    pub posted_at: i64,
    /// When it was settled, epoch milliseconds.
    pub paid_at: Option<i64>,
    /// The request for credit that it is in.
    pub credit_id: Option<String>,
    /// The order that it is in, was paid by, or was taken back with. Only read: saving a fee does not put it into an order.
    pub order_id: Option<String>,
}

impl StoredFee {
    /// Told as settled, or as nothing owed: no order of ours took money for it.
    pub fn is_told_settled(&self) -> bool {
        self.state == FeeState::Paid && self.order_id.is_none()
    }
}

/// Until the transaction ends nobody else makes a fee or lets a cancelled one live again, on any node: of one report one fee
/// lives, and whoever looks for it after this sees what the others did. (On SQLite the writing transaction itself keeps
/// everybody out.)
pub async fn one_maker_at_a_time<C: ConnectionTrait>(connection: &C) -> Result<(), DbErr> {
    if connection.get_database_backend() == DatabaseBackend::Postgres {
        connection.execute_unprepared("SELECT pg_advisory_xact_lock(7465657816)").await?;
    }
    Ok(())
}

/// Fees by their external id, kept from changing until the transaction ends.
pub async fn fees_for_update<C: ConnectionTrait>(
    connection: &C,
    external_ids: &BTreeSet<String>,
) -> Result<HashMap<String, StoredFee>, Problem> {
    let mut found = HashMap::new();
    for batch in key_batches(external_ids) {
        let rows =
            fees::Entity::find().filter(fees::Column::ExternalId.is_in(batch)).lock_exclusive().all(connection).await?;
        for row in rows {
            let fee = stored_fee(row)?;
            found.insert(fee.record.external_id.clone(), fee);
        }
    }
    Ok(found)
}

/// External id of the fee of each report: of the one that lives, where another one was cancelled.
pub async fn fees_of_reports<C: ConnectionTrait>(
    connection: &C,
    report_ids: &BTreeSet<String>,
) -> Result<HashMap<String, String>, DbErr> {
    let mut found = HashMap::new();
    for batch in key_batches(report_ids) {
        let rows: Vec<(String, String, String)> = fees::Entity::find()
            .select_only()
            .columns([fees::Column::ReportId, fees::Column::ExternalId, fees::Column::State])
            .filter(fees::Column::ReportId.is_in(batch))
            .order_by_asc(fees::Column::Id)
            .into_tuple()
            .all(connection)
            .await?;
        for (report_id, external_id, state) in rows {
            if state == FeeState::Cancelled.as_str() {
                found.entry(report_id).or_insert(external_id);
            } else {
                found.insert(report_id, external_id);
            }
        }
    }
    Ok(found)
}

/// The order of a fee that was taken back with its refund is its order no longer, once it is owed or settled anew: what
/// happens to that money later has nothing to do with it.
const ORDER_ID: &str =
    "CASE WHEN fees.state = 'cancelled' AND excluded.state <> 'cancelled' THEN NULL ELSE fees.order_id END";
/// What one unit was granted, or asked for, another one does not owe on credit.
const CREDIT_ID: &str = "CASE WHEN fees.unit_id <> excluded.unit_id THEN NULL ELSE fees.credit_id END";
const CREDIT_DUE_ON: &str = "CASE WHEN fees.unit_id <> excluded.unit_id THEN NULL ELSE fees.credit_due_on END";

/// Makes or updates fees by their id; the order that a live fee is in stays, and so does its credit while its unit does. The
/// caller tells of the requests for credit that the fees were in.
pub async fn save_fees<C: ConnectionTrait>(connection: &C, saved: Vec<StoredFee>, now_ms: i64) -> Result<(), DbErr> {
    use fees::Column as C;
    let update = OnConflict::column(C::Id)
        .update_columns([
            C::ReportId,
            C::UnitId,
            C::ApplicantPhone,
            C::PayeeId,
            C::ReceiptClass,
            C::AmountFen,
            C::State,
            C::ReportNo,
            C::UnitName,
            C::DeviceName,
            C::DeviceKind,
            C::RegistrationCode,
            C::FactorySerialNo,
            C::Place,
            C::InspectedOn,
            C::SearchText,
            C::PostedAt,
            C::PaidAt,
            C::UpdatedAt,
            C::PriceBasis,
        ])
        .value(C::OrderId, Expr::cust(ORDER_ID))
        .value(C::CreditId, Expr::cust(CREDIT_ID))
        .value(C::CreditDueOn, Expr::cust(CREDIT_DUE_ON))
        .to_owned();
    for batch in row_batches(saved.into_iter().map(|fee| row_of_fee(fee, now_ms))) {
        fees::Entity::insert_many(batch).on_conflict(update.clone()).exec_without_returning(connection).await?;
    }
    Ok(())
}

fn stored_fee(row: fees::Model) -> Result<StoredFee, Problem> {
    Ok(StoredFee {
        id: FeeId::from_stored(row.id),
        state: row.state.parse()?,
        posted_at: row.posted_at,
        paid_at: row.paid_at,
        credit_id: row.credit_id,
        order_id: row.order_id,
        record: FeeRecord {
            external_id: row.external_id,
            report_id: row.report_id,
            unit_id: row.unit_id,
            applicant_phone: row.applicant_phone.map(String::from),
            payee_id: row.payee_id,
            receipt_class: row.receipt_class.parse()?,
            amount: Fen(row.amount_fen),
            report_no: row.report_no,
            unit_name: row.unit_name,
            device_name: row.device_name,
            device_kind: row.device_kind,
            registration_code: row.registration_code,
            factory_serial_no: row.factory_serial_no,
            place: row.place,
            inspected_on: row.inspected_on,
            price_basis: row.price_basis.as_deref().and_then(PriceBasis::from_stored),
        },
    })
}

fn row_of_fee(fee: StoredFee, now_ms: i64) -> fees::ActiveModel {
    let record = fee.record;
    fees::ActiveModel {
        search_text: Set(search_text(&record)),
        id: Set(fee.id.into()),
        external_id: Set(record.external_id),
        report_id: Set(record.report_id),
        unit_id: Set(record.unit_id),
        applicant_phone: Set(record.applicant_phone.map(Findable::from)),
        payee_id: Set(record.payee_id),
        receipt_class: Set(record.receipt_class.as_str().to_owned()),
        amount_fen: Set(record.amount.0),
        state: Set(fee.state.as_str().to_owned()),
        order_id: Set(None),
        report_no: Set(record.report_no),
        unit_name: Set(record.unit_name),
        device_name: Set(record.device_name),
        device_kind: Set(record.device_kind),
        registration_code: Set(record.registration_code),
        factory_serial_no: Set(record.factory_serial_no),
        place: Set(record.place),
        inspected_on: Set(record.inspected_on),
        posted_at: Set(fee.posted_at),
        paid_at: Set(fee.paid_at),
        updated_at: Set(now_ms),
        credit_id: Set(None),
        credit_due_on: Set(None),
        price_basis: Set(record.price_basis.map(|basis| basis.to_stored())),
    }
}

/// What S0-13…15 search: the parts are kept apart by a line break, which no search word contains.
fn search_text(record: &FeeRecord) -> String {
    let serial = record.factory_serial_no.as_deref().unwrap_or("");
    [&record.unit_name, &record.registration_code, serial, &record.report_no, &record.device_name]
        .map(search_form)
        .join("\n")
}

//! The fee desk (D5): posting, correcting and cancelling by hand, each with a reason. What is in a live order is not
//! touched: the order is the payer's, and a payment may be under way.

use foundation::ids::new_id_text;
use foundation::problem::{Money, Problem};
use foundation::sealed::Findable;
use foundation::text::search_form;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::desk_list::{StaffFee, find, hold, one};
use super::entity::{fees, payees};
use super::intake::{FeeState, one_maker_at_a_time};
use super::model::{FeeId, PayeeId, ReceiptClass};
use crate::app::App;
use crate::audit::{self, Action};
use crate::happenings::{Happening, publish};
use crate::reports::{self, ReportByHand, ReportFacts};
use crate::staff::Officer;

/// A hundred million yuan: nobody owes more for one report.
const AMOUNT_FEN_MAX: i64 = 10_000_000_000;
const REASON_CHARACTERS_MAX: usize = 100;

/// A fee posted by hand: for a report that is there, or (with unit, device and code) for one that the core system has not
/// told of yet.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFee {
    /// 报告编号 of a report that has no fee yet, or whose fee was cancelled.
    #[schema(max_length = 64)]
    pub report_no: String,
    /// Whose it should be: refused if the report belongs to another unit.
    #[serde(default)]
    #[schema(max_length = 18)]
    pub unit_uscc: Option<String>,
    /// What the page showed beside the code; the name we know counts.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub unit_name: Option<String>,
    /// 设备名称, for a report that is not there.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub device_name: Option<String>,
    /// 注册代码, for a report that is not there.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub registration_code: Option<String>,
    /// 报检人电话, for a report that is not there.
    #[serde(default)]
    #[schema(max_length = 20)]
    pub applicant_phone: Option<String>,
    /// Who receives the money; decides the kind of receipt.
    #[serde(default)]
    pub payee_id: Option<PayeeId>,
    /// Instead of the payee: the first one of this class.
    #[serde(default)]
    pub receipt_class: Option<ReceiptClass>,
    /// Fen.
    pub amount_fen: i64,
    /// Why it is posted by hand.
    #[schema(max_length = 100)]
    pub reason: String,
}

/// Posts a fee; people are told as of any other.
pub(super) async fn post(app: &App, officer: &Officer, new: &NewFee) -> Result<StaffFee, Problem> {
    let reason = checked(new.amount_fen, &new.reason)?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    one_maker_at_a_time(&*transaction).await?;
    let report = match reports::hold_by_number(&*transaction, new.report_no.trim(), now).await? {
        Some(report) => report,
        None => report_by_hand(&*transaction, new, now).await?,
    };
    demand_unit(&*transaction, &report, new.unit_uscc.as_deref()).await?;
    let payee = payee_of(&*transaction, new).await?;
    refuse_second(&*transaction, &report.id).await?;
    let id = FeeId::new();
    fees::Entity::insert(row_of(&id, &report, &payee, new.amount_fen, now))
        .exec_without_returning(&*transaction)
        .await?;
    let phone = report.applicant_phone.as_deref().map(Findable::from);
    tell_posted(&*transaction, id.to_string(), &report.unit_id, phone, new.amount_fen, now).await?;
    let detail = json!({
        "report_no": report.report_no,
        "unit_name": new.unit_name.as_deref().unwrap_or(&report.unit_name),
        "amount_fen": new.amount_fen,
        "reason": reason,
    });
    let posted = one(&*transaction, &id).await?;
    audit::record(&*transaction, app, officer.entry(Action::FeePosted, id.as_str(), detail)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(posted)
}

async fn tell_posted<C: ConnectionTrait>(
    connection: &C,
    batch: String,
    unit_id: &str,
    applicant_phone: Option<Findable>,
    amount_fen: i64,
    now: i64,
) -> Result<(), Problem> {
    let unit_id = unit_id.to_owned();
    let happening = Happening::FeesPosted { batch, unit_id, applicant_phone, fee_count: 1, amount_fen };
    Ok(publish(connection, &happening, now).await?)
}

async fn payee_of<C: ConnectionTrait>(connection: &C, new: &NewFee) -> Result<payees::Model, Problem> {
    let select = payees::Entity::find().order_by_asc(payees::Column::Code);
    let select = match (&new.payee_id, new.receipt_class) {
        (Some(id), _) => select.filter(payees::Column::Id.eq(id.as_str())),
        (None, Some(class)) => select.filter(payees::Column::ReceiptClass.eq(class.as_str())),
        (None, None) => select.filter(payees::Column::Id.eq("")),
    };
    select.one(connection).await?.ok_or_else(|| {
        Problem::unacceptable("payee_unknown", "没有这个收款单位，没有录入")
            .field("receipt_class", "请重新选择票据种类或收款单位")
            .advice("请按提示修改后重试")
    })
}

/// A report that the core system has not told of yet; it takes it over by its number later.
async fn report_by_hand<C: ConnectionTrait>(connection: &C, new: &NewFee, now: i64) -> Result<ReportFacts, Problem> {
    let text = |text: &Option<String>| text.as_deref().unwrap_or("").trim().to_owned();
    let (uscc, device_name) = (text(&new.unit_uscc), text(&new.device_name));
    let unit = crate::accounts::unit_by_uscc(connection, &uscc).await?;
    let mut problem = Problem::unacceptable("report_unknown", "没有这个编号的报告，没有录入")
        .advice("请核对报告编号；补录新报告需要填写单位信用代码和设备名称");
    let number_fits = (4..=64).contains(&new.report_no.trim().chars().count());
    if !number_fits {
        problem = problem.field("report_no", "请填写报告编号（4–64 位）");
    }
    if unit.is_none() {
        problem = problem.field("unit_uscc", "没有这个统一社会信用代码的单位");
    }
    if device_name.is_empty() {
        problem = problem.field("device_name", "请填写设备名称");
    }
    let Some(unit) = unit.filter(|_| number_fits && !device_name.is_empty()) else { return Err(problem) };
    let phone = text(&new.applicant_phone);
    let report = ReportByHand {
        report_no: new.report_no.trim().to_owned(),
        unit_id: unit.id.to_string(),
        unit_name: unit.name,
        applicant_phone: foundation::text::is_mobile_phone(&phone).then_some(phone),
        device_name: device_name.chars().take(100).collect(),
        registration_code: text(&new.registration_code).chars().take(40).collect(),
    };
    reports::insert_by_hand(connection, report, now).await
}

async fn demand_unit<C: ConnectionTrait>(
    connection: &C,
    report: &ReportFacts,
    uscc: Option<&str>,
) -> Result<(), Problem> {
    let Some(uscc) = uscc.map(str::trim).filter(|uscc| !uscc.is_empty()) else { return Ok(()) };
    let unit = crate::accounts::UnitId::from_stored(report.unit_id.clone());
    let unit = crate::accounts::unit(connection, &unit).await?;
    if unit.and_then(|unit| unit.uscc).is_some_and(|known| known.eq_ignore_ascii_case(uscc)) {
        return Ok(());
    }
    Err(Problem::unacceptable("unit_differs", "这份报告不属于所填的单位，没有录入")
        .field("unit_uscc", format!("该报告属于 {}", report.unit_name)))
}

async fn refuse_second<C: ConnectionTrait>(connection: &C, report_id: &str) -> Result<(), Problem> {
    let live = fees::Entity::find()
        .filter(fees::Column::ReportId.eq(report_id))
        .filter(fees::Column::State.ne(FeeState::Cancelled.as_str()))
        .one(connection)
        .await?;
    let Some(live) = live else { return Ok(()) };
    Err(Problem::conflict(
        "fee_exists",
        format!("这份报告已有一笔费用（{}），没有重复录入", live.state.parse::<FeeState>()?.text()),
    )
    .advice("如金额有误，请更正原来的费用"))
}

fn row_of(id: &FeeId, report: &ReportFacts, payee: &payees::Model, amount_fen: i64, now: i64) -> fees::ActiveModel {
    let serial = report.factory_serial_no.clone().unwrap_or_default();
    let searched = [&report.unit_name, &report.registration_code, &serial, &report.report_no, &report.device_name]
        .map(|text| search_form(text));
    fees::ActiveModel {
        id: Set(id.to_string()),
        external_id: Set(format!("desk:{}", new_id_text("fee"))),
        report_id: Set(report.id.clone()),
        unit_id: Set(report.unit_id.clone()),
        applicant_phone: Set(report.applicant_phone.as_deref().map(Findable::from)),
        payee_id: Set(payee.id.clone()),
        receipt_class: Set(payee.receipt_class.clone()),
        amount_fen: Set(amount_fen),
        state: Set(FeeState::Payable.as_str().to_owned()),
        order_id: Set(None),
        report_no: Set(report.report_no.clone()),
        unit_name: Set(report.unit_name.clone()),
        device_name: Set(report.device_name.clone()),
        device_kind: Set(report.device_kind.clone()),
        registration_code: Set(report.registration_code.clone()),
        factory_serial_no: Set(report.factory_serial_no.clone()),
        place: Set(None),
        inspected_on: Set(report.inspected_on.clone()),
        search_text: Set(searched.join("\n")),
        posted_at: Set(now),
        paid_at: Set(None),
        updated_at: Set(now),
        credit_id: Set(None),
        credit_due_on: Set(None),
        price_basis: Set(None),
    }
}

/// What the desk may take back: what waits for its payer, and what the core system told as settled (an order of ours took no
/// money for it).
fn untouched_by_orders() -> Condition {
    Condition::any()
        .add(fees::Column::State.eq(FeeState::Payable.as_str()))
        .add(fees::Column::State.eq(FeeState::Paid.as_str()).and(fees::Column::OrderId.is_null()))
}

/// Another amount; a fee that was cancelled, or told as settled by mistake, becomes payable with it.
pub(super) async fn correct(
    app: &App,
    officer: &Officer,
    id: &FeeId,
    amount_fen: i64,
    reason: &str,
) -> Result<StaffFee, Problem> {
    let reason = checked(amount_fen, reason)?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    one_maker_at_a_time(&*transaction).await?;
    let before = hold(&*transaction, id).await?;
    let was_payable = before.state == FeeState::Payable.as_str();
    if before.state == FeeState::Cancelled.as_str() {
        refuse_second(&*transaction, &before.report_id).await?;
    }
    let changed = fees::Entity::update_many()
        .col_expr(fees::Column::AmountFen, Expr::value(amount_fen))
        // What explained the old amount does not explain the new one.
        .col_expr(fees::Column::PriceBasis, Expr::value(None::<String>))
        .col_expr(fees::Column::State, Expr::value(FeeState::Payable.as_str()))
        .col_expr(fees::Column::OrderId, Expr::value(None::<String>))
        .col_expr(fees::Column::PaidAt, Expr::value(None::<i64>))
        .col_expr(fees::Column::PostedAt, Expr::value(if was_payable { before.posted_at } else { now }))
        .col_expr(fees::Column::UpdatedAt, Expr::value(now))
        .filter(fees::Column::Id.eq(id.as_str()))
        .filter(untouched_by_orders().add(fees::Column::State.eq(FeeState::Cancelled.as_str())))
        .exec(&*transaction)
        .await?;
    if changed.rows_affected == 0 {
        return Err(refused(&*transaction, id).await?);
    }
    close_report(&*transaction, &before, now).await?;
    note_credit(&*transaction, &before, now).await?;
    if !was_payable {
        // Its payer hears of it as of a new one; it may become payable more than once.
        let batch = format!("{id}:{now}");
        tell_posted(&*transaction, batch, &before.unit_id, before.applicant_phone.clone(), amount_fen, now).await?;
    }
    let after = one(&*transaction, id).await?;
    let detail = json!({
        "report_no": before.report_no,
        "state_before": before.state,
        "amount_fen_before": before.amount_fen,
        "amount_fen": amount_fen,
        "reason": reason,
    });
    audit::record(&*transaction, app, officer.entry(Action::FeeCorrected, id.as_str(), detail)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(after)
}

/// Nothing is owed any more.
pub(super) async fn cancel(app: &App, officer: &Officer, id: &FeeId, reason: &str) -> Result<StaffFee, Problem> {
    let reason = checked(1, reason)?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let before = hold(&*transaction, id).await?;
    let cancelled = fees::Entity::update_many()
        .col_expr(fees::Column::State, Expr::value(FeeState::Cancelled.as_str()))
        .col_expr(fees::Column::PaidAt, Expr::value(None::<i64>))
        .col_expr(fees::Column::UpdatedAt, Expr::value(now))
        .filter(fees::Column::Id.eq(id.as_str()))
        .filter(untouched_by_orders())
        .exec(&*transaction)
        .await?;
    if cancelled.rows_affected == 0 {
        return Err(refused(&*transaction, id).await?);
    }
    close_report(&*transaction, &before, now).await?;
    note_credit(&*transaction, &before, now).await?;
    let after = one(&*transaction, id).await?;
    let detail = json!({ "report_no": before.report_no, "amount_fen": before.amount_fen, "reason": reason });
    audit::record(&*transaction, app, officer.entry(Action::FeeCancelled, id.as_str(), detail)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(after)
}

/// The report of a fee that was told as settled was open; nobody has paid for it.
async fn close_report<C: ConnectionTrait>(connection: &C, before: &fees::Model, now: i64) -> Result<(), Problem> {
    if before.state == FeeState::Paid.as_str() {
        reports::close_told_settled(connection, std::slice::from_ref(&before.report_id), now).await?;
    }
    Ok(())
}

/// What is owed on credit changed with this fee.
async fn note_credit<C: ConnectionTrait>(connection: &C, fee: &fees::Model, now: i64) -> Result<(), Problem> {
    let Some(credit_id) = fee.credit_id.clone().filter(|_| fee.credit_due_on.is_some()) else { return Ok(()) };
    Ok(publish(connection, &Happening::CreditChanged { credit_id }, now).await?)
}

/// Why a fee cannot be touched now; read after nothing was changed.
async fn refused<C: ConnectionTrait>(connection: &C, id: &FeeId) -> Result<Problem, Problem> {
    let fee = find(connection, id).await?;
    let order = json!({ "order_id": fee.order_id });
    Ok(match fee.state.parse::<FeeState>()? {
        FeeState::Locked => Problem::conflict("fee_in_order", "这笔费用在缴款订单里，可能正在支付，没有改变")
            .money(Money::Unknown)
            .advice("请先由缴款人作废订单，或等订单过期后再处理")
            .details(order),
        FeeState::Paid => Problem::conflict("fee_paid", "这笔费用已经缴纳，没有改变")
            .money(Money::Taken)
            .advice("如有差错请在订单上办理退款")
            .details(order),
        _ => Problem::conflict("fee_cancelled", "这笔费用已经撤销，没有改变").advice("如需恢复请用“更正”填写金额"),
    })
}

fn checked(amount_fen: i64, reason: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    let reason_fits = !reason.is_empty() && reason.chars().count() <= REASON_CHARACTERS_MAX;
    let amount_fits = (1..=AMOUNT_FEN_MAX).contains(&amount_fen);
    if reason_fits && amount_fits {
        return Ok(reason.to_owned());
    }
    let mut problem = Problem::unacceptable("fee_wrong", "填写的内容不对，没有改变").advice("请按提示修改后重试");
    if !amount_fits {
        problem = problem.field("amount_fen", "金额应大于 0，且不超过一亿元");
    }
    if !reason_fits {
        problem = problem.field("reason", "请填写原因（100 字以内）");
    }
    Err(problem)
}

//! The confirmation (S0-28): reports become orders, exactly once per key of the confirm page.

use foundation::clock::DAY_MS;
use foundation::complaints::Complaints;
use foundation::jobs::{NewJob, enqueue};
use foundation::money::Fen;
use foundation::problem::Problem;
use foundation::sealed::Findable;
use foundation::secret_hash::sha256_hex;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::elsewhere::method_not_offered;
use super::entity::{checkouts, order_lines, orders};
use super::model::{Delivery, OrderId, OrderState, PaymentMethod};
use super::preview::{method_unavailable, missing, nothing_payable, part_key, parts, sum_of, unavailable};
use super::store::OrderRow;
use super::timeline::{Actor, TimelineKind, record};
use crate::accounts::Scope;
use crate::app::App;
use crate::fees::{self, Fee, FeeId, Payee, PayeeId, ReceiptClass};
use crate::happenings;
use crate::invoice_titles::{self, InvoiceKind, NewInvoiceTitle, TitleFacts, TitleId};
use crate::offices;
use crate::paper_numbers::{Paper, next_number};

/// Asks for an unpaid order when its time is over.
pub const JOB_EXPIRE: &str = "payments.expire_order";
/// Rows in one INSERT: both databases limit the number of bound values.
const LINES_PER_INSERT: usize = 200;

/// What the payer confirms.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckoutRequest {
    /// Made by the confirm page once per visit, 8–64 characters; the same key gives the same orders.
    pub key: String,
    /// The fees that were shown.
    pub fee_ids: Vec<FeeId>,
    /// The sum that was shown, fen; if it is not the same any more nothing is ordered.
    pub expected_amount_fen: Fen,
    /// How to pay.
    pub method: PaymentMethod,
    /// How to pay by part (`Group.key`), where it differs: a mixed selection knows a way per receipt class.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub method_by_group: BTreeMap<String, PaymentMethod>,
    /// What receipt.
    pub invoice: InvoiceChoice,
    /// How reports arrive.
    pub delivery: Delivery,
}

/// What receipt, made out to whom.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceChoice {
    /// Kind by part (`Group.key`); a part that is not named gets its first kind.
    #[serde(default)]
    pub kind_by_group: BTreeMap<String, InvoiceKind>,
    /// A saved title …
    #[serde(default)]
    pub title_id: Option<TitleId>,
    /// … or a new one, which is saved.
    #[serde(default)]
    pub title: Option<NewInvoiceTitle>,
}

/// Makes the orders, or returns those that this key made before.
pub async fn submit(app: &App, scope: &Scope, request: CheckoutRequest) -> Result<Vec<OrderRow>, Problem> {
    scope.demand_payer()?;
    validate(app, &request)?;
    let request_hash = sha256_hex(&serde_json::to_vec(&request).map_err(Problem::internal)?);
    let title = invoice_titles::resolve(
        app.database.reader(),
        scope,
        request.invoice.title_id.as_ref(),
        request.invoice.title.as_ref(),
    )
    .await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let checkout_id = foundation::ids::new_id_text("chk");
    let checkout = checkouts::ActiveModel {
        id: Set(checkout_id.clone()),
        account_id: Set(scope.account_id().to_string()),
        client_key: Set(request.key.clone()),
        unit_id: Set(scope.unit_id().to_string()),
        request_hash: Set(request_hash.clone()),
        created_at: Set(now),
    };
    let inserted = checkouts::Entity::insert(checkout)
        .on_conflict(
            OnConflict::columns([checkouts::Column::AccountId, checkouts::Column::ClientKey]).do_nothing().to_owned(),
        )
        .exec_without_returning(&*transaction)
        .await?;
    if inserted == 0 {
        return made_before(&*transaction, scope, &request.key, &request_hash).await;
    }
    if let Delivery::Counter { office } = &request.delivery {
        offices::demand_hands_out(&*transaction, office).await?;
    }
    let chosen = fees::hold_payable_by_ids(&*transaction, scope, &request.fee_ids).await?;
    refuse_changes(&request, &chosen)?;
    let payees = fees::payees_by_id(&*transaction, chosen.iter().map(|fee| fee.payee_id.clone())).await?;
    let mut prepared = Vec::new();
    for ((class, payee_id), fees) in parts(chosen) {
        let payee = payees.get(&payee_id);
        let method = chosen_method(app, scope, &request, class, &payee_id, payee)?;
        let payee_name = payee.map(|payee| payee.name.clone()).unwrap_or_default();
        let invoice_kind = chosen_kind(&request.invoice, class, &payee_id, &title)?;
        let part = Part { id: OrderId::new(), class, payee_id, payee_name, fees, method, invoice_kind };
        prepare_order(app, &*transaction, scope, &part, now).await?;
        prepared.push(part);
    }
    invoice_titles::remember(&*transaction, scope, &title, now).await?;
    // Whoever has taken a number of the day keeps everybody else who wants one waiting until the commit: so it comes last.
    let mut made = Vec::with_capacity(prepared.len());
    for part in prepared {
        made.push(make_order(app, &*transaction, scope, &request, &title, &checkout_id, part, now).await?);
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    metrics::counter!("tejian_orders_created_total").increment(made.len() as u64);
    Ok(made)
}

fn validate(app: &App, request: &CheckoutRequest) -> Result<(), Problem> {
    let refusal = Problem::unacceptable("checkout_incomplete", "还有内容没有填对").advice("请按提示修改后再提交");
    let mut wrong = Complaints::new(refusal);
    let key_fits = (8..=64).contains(&request.key.len())
        && request.key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if !key_fits {
        wrong.add("key", "提交标识不对，请刷新页面");
    }
    if request.fee_ids.is_empty() || request.fee_ids.len() > app.config.checkout.fees_per_order_max {
        wrong.add("fee_ids", format!("请选择 1–{} 份报告", app.config.checkout.fees_per_order_max));
    }
    for (field, message) in request.delivery.complaints() {
        wrong.add(field, message);
    }
    wrong.end()
}

async fn made_before<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    key: &str,
    request_hash: &str,
) -> Result<Vec<OrderRow>, Problem> {
    let checkout = checkouts::Entity::find()
        .filter(checkouts::Column::AccountId.eq(scope.account_id().as_str()))
        .filter(checkouts::Column::ClientKey.eq(key))
        .one(connection)
        .await?;
    let checkout = checkout.ok_or_else(|| Problem::internal("the checkout vanished"))?;
    if checkout.request_hash != request_hash {
        return Err(Problem::conflict("key_reused", "这次提交的内容和上次不同，没有重复下单")
            .advice("请返回待缴费列表，重新选择后提交"));
    }
    let orders = scope
        .select::<orders::Entity>()
        .filter(orders::Column::CheckoutId.eq(checkout.id))
        .order_by_asc(orders::Column::Id)
        .all(connection)
        .await?;
    Ok(orders)
}

fn refuse_changes(request: &CheckoutRequest, chosen: &[Fee]) -> Result<(), Problem> {
    let mut asked = request.fee_ids.clone();
    asked.sort();
    asked.dedup();
    let unavailable = missing(&asked, chosen);
    if chosen.is_empty() {
        return Err(nothing_payable(&unavailable));
    }
    let amount = sum_of(chosen)?;
    if !unavailable.is_empty() || amount != request.expected_amount_fen {
        return Err(Problem::conflict("fees_changed", "待缴费报告有变化，还没有下单")
            .advice("请核对最新的报告和金额后重新提交")
            .details(serde_json::json!({ "unavailable": unavailable, "amount_fen": amount })));
    }
    Ok(())
}

/// What becomes one order.
struct Part {
    id: OrderId,
    class: ReceiptClass,
    payee_id: PayeeId,
    payee_name: String,
    fees: Vec<Fee>,
    method: PaymentMethod,
    invoice_kind: InvoiceKind,
}

/// The way chosen for a part, if its receipt class and payee allow it (S0-23, S0-24).
fn chosen_method(
    app: &App,
    scope: &Scope,
    request: &CheckoutRequest,
    class: ReceiptClass,
    payee_id: &PayeeId,
    payee: Option<&Payee>,
) -> Result<PaymentMethod, Problem> {
    let key = part_key(class, payee_id);
    let method = request.method_by_group.get(&key).copied().unwrap_or(request.method);
    if !PaymentMethod::of_class(class).contains(&method) {
        return Err(method_not_offered(method));
    }
    match unavailable(app, Some(scope.level()), method, payee) {
        None => Ok(method),
        Some(reason) => Err(method_unavailable(reason)),
    }
}

/// Until when an order that is made or switched now can be paid this way, epoch milliseconds.
pub fn expires_at(app: &App, method: PaymentMethod, now_ms: i64) -> i64 {
    match method {
        PaymentMethod::Online => now_ms + app.config.orders.expire_hours * 3_600_000,
        PaymentMethod::Transfer => now_ms + app.config.transfer.valid_days * DAY_MS,
        PaymentMethod::Remitted => now_ms + app.config.remittance.valid_days * DAY_MS,
    }
}

/// Looks at an order when its time is over.
pub(super) fn expire_job(order_id: &str, run_at: i64) -> NewJob {
    NewJob::new(JOB_EXPIRE, &ExpireOrder { order_id: order_id.to_owned() }, run_at)
}

/// Everything of an order but itself: its lines, its fees, its first step, and the end of its time.
async fn prepare_order<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    scope: &Scope,
    part: &Part,
    now: i64,
) -> Result<(), Problem> {
    let id = part.id.as_str();
    insert_lines(connection, &part.id, &part.fees).await?;
    let fee_ids: Vec<FeeId> = part.fees.iter().map(|fee| fee.id.clone()).collect();
    let locked = fees::lock_for_order(connection, scope, &fee_ids, id, now).await?;
    if locked != fee_ids.len() as u64 {
        // Somebody was faster between reading and locking: nothing is ordered.
        return Err(Problem::conflict("fees_changed", "有报告刚刚被其他人下单，还没有下单")
            .advice("请刷新待缴费列表后重新提交"));
    }
    let actor = Actor::Account(scope.account_id().clone());
    record(connection, id, TimelineKind::Created, &actor, None, now).await?;
    enqueue(connection, expire_job(id, expires_at(app, part.method, now))).await?;
    Ok(())
}

#[allow(clippy::too_many_arguments)] // one call, every argument a different kind of thing
async fn make_order<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    scope: &Scope,
    request: &CheckoutRequest,
    title: &TitleFacts,
    checkout_id: &str,
    part: Part,
    now: i64,
) -> Result<OrderRow, Problem> {
    let order_no = next_number(connection, Paper::Order, now).await?;
    let row = OrderRow {
        id: part.id.to_string(),
        checkout_id: checkout_id.to_owned(),
        account_id: scope.account_id().to_string(),
        unit_id: scope.unit_id().to_string(),
        unit_name: scope.unit_name().to_owned(),
        applicant_phone: scope.applicant_phone().map(Findable::from),
        receipt_class: part.class.as_str().to_owned(),
        payee_id: part.payee_id.to_string(),
        payee_name: part.payee_name,
        method: part.method.as_str().to_owned(),
        state: OrderState::PendingPayment.as_str().to_owned(),
        amount_fen: sum_of(&part.fees)?.0,
        fee_count: part.fees.len() as i64,
        title: order_title(&part.fees),
        invoice_kind: part.invoice_kind.as_str().to_owned(),
        invoice_title: title.to_stored(),
        delivery: serde_json::to_string(&request.delivery).map_err(Problem::internal)?.into(),
        year: i64::from(foundation::calendar::beijing_date(now).year()),
        search_text: search_text(&order_no, scope.unit_name(), &part.fees),
        order_no,
        paid_attempt_id: None,
        came_on: None,
        paid_by: None,
        paid_reference: None,
        received_fen: 0,
        under_review: false,
        void_reason: None,
        created_at: now,
        expires_at: expires_at(app, part.method, now),
        paid_at: None,
        completed_at: None,
        voided_at: None,
        updated_at: now,
        refunded_fen: 0,
    };
    orders::Entity::insert(orders::ActiveModel::from(row.clone())).exec_without_returning(connection).await?;
    happenings::method_chosen(connection, &row, now).await?;
    happenings::order_made(connection, &row, now).await?;
    Ok(row)
}

/// Payload of [`JOB_EXPIRE`].
#[derive(Debug, Serialize, Deserialize)]
pub struct ExpireOrder {
    /// Which order.
    pub order_id: String,
}

fn chosen_kind(
    choice: &InvoiceChoice,
    class: ReceiptClass,
    payee_id: &PayeeId,
    title: &TitleFacts,
) -> Result<InvoiceKind, Problem> {
    let offered = InvoiceKind::of_class(class);
    let kind = choice.kind_by_group.get(&part_key(class, payee_id)).or(offered.first()).copied();
    let Some(kind) = kind.filter(|kind| offered.contains(kind)) else {
        return Err(Problem::unacceptable("invoice_kind_not_offered", "这类费用不能开所选的票据")
            .field("invoice.kind", "请重新选择开票方式"));
    };
    invoice_titles::demand_fit(kind, title)?;
    Ok(kind)
}

async fn insert_lines<C: ConnectionTrait>(connection: &C, order_id: &OrderId, fees: &[Fee]) -> Result<(), Problem> {
    let lines: Vec<order_lines::ActiveModel> = fees
        .iter()
        .enumerate()
        .map(|(position, fee)| order_lines::ActiveModel {
            order_id: Set(order_id.to_string()),
            position: Set(position as i64),
            fee_id: Set(fee.id.to_string()),
            report_id: Set(fee.report_id.clone()),
            report_no: Set(fee.report_no.clone()),
            device_name: Set(fee.device_name.clone()),
            registration_code: Set(fee.registration_code.clone()),
            factory_serial_no: Set(fee.factory_serial_no.clone()),
            amount_fen: Set(fee.amount.0),
        })
        .collect();
    for chunk in lines.chunks(LINES_PER_INSERT) {
        order_lines::Entity::insert_many(chunk.to_vec()).exec_without_returning(connection).await?;
    }
    Ok(())
}

fn order_title(fees: &[Fee]) -> String {
    let first = fees.first().map_or("检验", |fee| fee.device_name.as_str());
    match fees.len() {
        1 => first.to_owned(),
        count => format!("{first} 等 {count} 份报告"),
    }
}

fn search_text(order_no: &str, unit_name: &str, fees: &[Fee]) -> String {
    let mut text = foundation::text::search_form(&format!("{order_no}|{unit_name}"));
    for fee in fees.iter().take(50) {
        text.push('|');
        text.push_str(&foundation::text::search_form(&format!("{}|{}", fee.report_no, fee.registration_code)));
    }
    text
}

//! Opening a payment: first with us, then at WeChat, then the answer.

use foundation::jobs::{NewJob, enqueue};
use foundation::problem::{Money, Problem};
use foundation::secret_hash::new_token;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use time::OffsetDateTime;
use wechat::pay::{NewOrder, PayError};

use super::close::{CloseOutcome, close_attempt};
use super::entity::payment_attempts::{self, Model as Attempt};
use super::model::{AttemptId, AttemptState, Channel};
use super::watch::{JOB_WATCH, WatchJob};
use super::{disputes, store};
use crate::accounts::{self, Act, Scope, UnitId};
use crate::app::App;
use crate::fees::ReceiptClass;
use crate::orders::{self, Actor, OrderId, OrderRow, OrderState, PaymentMethod, TimelineKind};

/// An attempt that is younger than this may still be on its way to WeChat in another request.
const IN_FLIGHT_MS: i64 = 20_000;
/// An attempt with less time left than this is not handed out again.
const TIME_LEFT_MIN_MS: i64 = 120_000;

enum Reserved {
    /// New with us, unknown to WeChat.
    Fresh(Box<Attempt>),
    /// Already at WeChat and good: the same answer again.
    Usable(Box<Attempt>),
    /// To be closed at WeChat before a new one is opened.
    CloseFirst(Vec<Attempt>),
}

/// Who opens a payment; he need not be of the unit.
#[derive(Debug, Clone)]
pub struct PayingPerson {
    /// For the timeline.
    pub actor: Actor,
    /// As WeChat knows him: (app id, openid).
    pub wechat: Option<(String, String)>,
    /// How he came to the order without being of the unit (S2-38, B-09); nothing for its own people.
    pub guest: Option<String>,
}

/// Opens (or finds) an attempt that the payer can pay now.
pub async fn start(
    app: &App,
    scope: &Scope,
    order_id: &OrderId,
    key: &str,
    channel: Channel,
) -> Result<Attempt, Problem> {
    scope.demand_payer()?;
    let order = orders::find_for(app.database.reader(), scope, order_id).await?;
    let actor = Actor::Account(scope.account_id().clone());
    let person = PayingPerson { actor, wechat: scope.session().wechat.clone(), guest: None };
    open(app, &order, &person, key, channel).await
}

/// The same for whoever pays; the caller knows that he may pay this order.
pub(super) async fn open(
    app: &App,
    order: &OrderRow,
    person: &PayingPerson,
    key: &str,
    channel: Channel,
) -> Result<Attempt, Problem> {
    let unit = accounts::unit(app.database.reader(), &UnitId::from_stored(order.unit_id.clone())).await?;
    if let Some(unit) = unit {
        app.policy.demand(Act::PayOnline, unit.level)?;
    }
    let payer = payer_of(app, person, channel)?;
    // Closing what is open may itself take a moment in which another phone opens the next: a few rounds, then say so.
    for _ in 0..3 {
        match reserve(app, person, &order.id, key, channel, &payer).await? {
            Reserved::Usable(attempt) => return Ok(*attempt),
            Reserved::Fresh(attempt) => return order_at_channel(app, order, *attempt).await,
            Reserved::CloseFirst(attempts) => close_all(app, &attempts).await?,
        }
    }
    Err(still_confirming())
}

struct Payer {
    app_id: String,
    openid: Option<String>,
}

fn payer_of(app: &App, person: &PayingPerson, channel: Channel) -> Result<Payer, Problem> {
    let wanted = match channel {
        Channel::Native => return Ok(Payer { app_id: app.config.wechat.mp.app_id.clone(), openid: None }),
        Channel::Jsapi => &app.config.wechat.mp.app_id,
        Channel::MiniProgram => &app.config.wechat.mini.app_id,
    };
    match &person.wechat {
        // The openid belongs to one app: the order must be made with the same (pitfalls B9).
        Some((app_id, openid)) if app_id == wanted => {
            Ok(Payer { app_id: app_id.clone(), openid: Some(openid.clone()) })
        }
        _ => Err(Problem::conflict("openid_missing", "还没有取得微信身份，不能在本机调起支付")
            .advice("请从服务号菜单重新进入，或使用扫码支付")),
    }
}

async fn reserve(
    app: &App,
    person: &PayingPerson,
    order_id: &str,
    key: &str,
    channel: Channel,
    payer: &Payer,
) -> Result<Reserved, Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let order = orders::lock_row(&*transaction, order_id, now).await?;
    let order = order.ok_or_else(|| Problem::internal("the order vanished"))?;
    refuse_unless_waiting(&order, now)?;
    refuse_other_methods(&order)?;
    if disputes::is_disputed(&*transaction, order_id).await? {
        return Err(disputes::waits_for_a_person());
    }
    let open = store::open_attempts(&*transaction, order_id).await?;
    let usable = |attempt: &&Attempt| {
        attempt.state == AttemptState::Pending.as_str()
            && attempt.channel == channel.as_str()
            && attempt.app_id == payer.app_id
            && attempt.openid == payer.openid
            && attempt.expires_at - now > TIME_LEFT_MIN_MS
    };
    if let Some(attempt) = open.iter().find(usable) {
        return Ok(Reserved::Usable(Box::new(attempt.clone())));
    }
    let in_flight =
        |attempt: &Attempt| attempt.state == AttemptState::Created.as_str() && now - attempt.created_at < IN_FLIGHT_MS;
    if open.iter().any(in_flight) {
        return Err(Problem::conflict("payment_starting", "正在发起支付，请稍等几秒")
            .advice("请等几秒后再点一次，不会重复扣款")
            .retry_after_s(3));
    }
    if !open.is_empty() {
        return Ok(Reserved::CloseFirst(open));
    }
    if store::by_client_key(&*transaction, order_id, key).await?.is_some() {
        return Err(closed_meanwhile());
    }
    let id = AttemptId::new();
    let attempt = Attempt {
        id: id.to_string(),
        order_id: order_id.to_owned(),
        client_key: key.to_owned(),
        out_trade_no: out_trade_no(&order.order_no),
        channel: channel.as_str().to_owned(),
        app_id: payer.app_id.clone(),
        mch_id: app.pay.mch_id().to_owned(),
        openid: payer.openid.clone(),
        amount_fen: order.amount_fen,
        state: AttemptState::Created.as_str().to_owned(),
        prepay_id: None,
        code_url: None,
        transaction_id: None,
        paid_at: None,
        failure: None,
        asked_at: None,
        created_at: now,
        expires_at: (now + app.config.payments.attempt_minutes * 60_000).min(order.expires_at),
        updated_at: now,
        guest: person.guest.clone(),
    };
    payment_attempts::Entity::insert(attempt.clone().into_active_model()).exec_without_returning(&*transaction).await?;
    orders::note_attempt_opened(&*transaction, order_id, now).await?;
    orders::record(&*transaction, order_id, TimelineKind::PaymentStarted, &person.actor, None, now).await?;
    let first_look = app.config.payments.query_schedule().ok().and_then(|steps| steps.first().copied());
    let watch = WatchJob { attempt_id: attempt.id.clone() };
    enqueue(&*transaction, NewJob::new(JOB_WATCH, &watch, now + first_look.unwrap_or(5_000))).await?;
    transaction.commit().await?;
    Ok(Reserved::Fresh(Box::new(attempt)))
}

/// Readable in WeChat's bill: the order number and eight random hex digits; 6–32 characters (pay v3 §5).
fn out_trade_no(order_no: &str) -> String {
    format!("{order_no}-{}", &new_token()[..8])
}

fn refuse_unless_waiting(order: &OrderRow, now: i64) -> Result<(), Problem> {
    match order.state()? {
        OrderState::PendingPayment | OrderState::Paying if order.expires_at - now > TIME_LEFT_MIN_MS => Ok(()),
        OrderState::PendingPayment | OrderState::Paying => {
            Err(Problem::conflict("order_expired", "这个订单已超过支付期限").advice("请返回待缴费列表，重新提交缴费"))
        }
        OrderState::Void => {
            Err(Problem::conflict("order_void", "这个订单已经作废，没有扣款").advice("请返回待缴费列表，重新提交缴费"))
        }
        _ => Err(Problem::conflict("order_paid", "这个订单已经支付，无需再付")
            .money(Money::Taken)
            .advice("可以直接查看报告和发票")),
    }
}

/// An order that is paid by transfer is not also paid through WeChat; a part that came stays where it is.
fn refuse_other_methods(order: &OrderRow) -> Result<(), Problem> {
    let method = order.payment_method()?;
    if method == PaymentMethod::Online && order.received_fen == 0 {
        return Ok(());
    }
    Err(Problem::conflict("order_method_differs", format!("这个订单的缴款方式是{}，没有扣款", method.text()))
        .advice("如需线上支付，请先在订单里更换缴款方式"))
}

async fn close_all(app: &App, attempts: &[Attempt]) -> Result<(), Problem> {
    for attempt in attempts {
        match close_attempt(app, attempt).await? {
            CloseOutcome::Closed => {}
            CloseOutcome::Paid => return Err(just_paid()),
            CloseOutcome::Disputed => return Err(disputes::waits_for_a_person()),
            CloseOutcome::Unknown => return Err(still_confirming()),
        }
    }
    Ok(())
}

fn just_paid() -> Problem {
    Problem::conflict("order_paid", "这个订单刚刚支付成功，无需再付")
        .money(Money::Taken)
        .advice("可以直接查看报告和发票")
}

fn closed_meanwhile() -> Problem {
    Problem::conflict("payment_closed", "这次支付已经关闭，没有扣款").advice("请重新点“去支付”")
}

fn still_confirming() -> Problem {
    Problem::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, "payment_confirming", "上一次支付的结果还在确认")
        .money(Money::Unknown)
        .advice("请稍等一分钟再试，不会重复扣款")
        .retry_after_s(30)
}

async fn order_at_channel(app: &App, order: &OrderRow, attempt: Attempt) -> Result<Attempt, Problem> {
    let new_order = new_order(app, order, &attempt)?;
    let ordered = match &attempt.openid {
        Some(openid) => app.pay.order_jsapi(&new_order, openid).await.map(|id| (Some(id), None)),
        None => app.pay.order_native(&new_order).await.map(|url| (None, Some(url))),
    };
    match ordered {
        Ok((prepay_id, code_url)) => keep_prepaid(app, attempt, prepay_id, code_url).await,
        Err(error) => Err(channel_refused(app, &attempt, error).await?),
    }
}

fn new_order(app: &App, order: &OrderRow, attempt: &Attempt) -> Result<NewOrder, Problem> {
    let time_expire = OffsetDateTime::from_unix_timestamp(attempt.expires_at / 1_000).map_err(Problem::internal)?;
    let description: String = format!("检验费 {} {}", order.order_no, order.title).chars().take(127).collect();
    Ok(NewOrder {
        app_id: attempt.app_id.clone(),
        description,
        out_trade_no: attempt.out_trade_no.clone(),
        time_expire: Some(time_expire),
        attach: Some(order.order_no.clone()),
        notify_url: format!("{}/wechat/pay/notify/payment", app.config.service.public_base_url),
        amount_fen: attempt.amount_fen,
        support_fapiao: order.receipt_class == ReceiptClass::Vat.as_str(),
    })
}

async fn keep_prepaid(
    app: &App,
    mut attempt: Attempt,
    prepay_id: Option<String>,
    code_url: Option<String>,
) -> Result<Attempt, Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let kept = payment_attempts::Entity::update_many()
        .col_expr(payment_attempts::Column::State, Expr::value(AttemptState::Pending.as_str()))
        .col_expr(payment_attempts::Column::PrepayId, Expr::value(prepay_id.clone()))
        .col_expr(payment_attempts::Column::CodeUrl, Expr::value(code_url.clone()))
        .col_expr(payment_attempts::Column::UpdatedAt, Expr::value(now))
        .filter(payment_attempts::Column::Id.eq(&attempt.id))
        .filter(payment_attempts::Column::State.eq(AttemptState::Created.as_str()))
        .exec(&*transaction)
        .await?;
    transaction.commit().await?;
    if kept.rows_affected == 0 {
        // Closed (or even paid) while WeChat was answering: nobody gets to see this prepay id.
        return Err(match close_attempt(app, &attempt).await? {
            CloseOutcome::Paid => just_paid(),
            CloseOutcome::Closed => closed_meanwhile(),
            CloseOutcome::Disputed => disputes::waits_for_a_person(),
            CloseOutcome::Unknown => still_confirming(),
        });
    }
    attempt.state = AttemptState::Pending.as_str().to_owned();
    attempt.prepay_id = prepay_id;
    attempt.code_url = code_url;
    Ok(attempt)
}

/// A refusal ends the attempt; an unknown outcome leaves it to the watch job. Either way the phone got nothing to pay
/// with, so no money can have moved.
async fn channel_refused(app: &App, attempt: &Attempt, error: PayError) -> Result<Problem, Problem> {
    let refused_for_good = matches!(error, PayError::Rejected { .. } | PayError::Unreachable(_) | PayError::Invalid(_));
    if refused_for_good {
        let now = app.now_ms();
        let transaction = app.database.begin_write().await?;
        let from = [AttemptState::Created];
        let failure = error.to_string();
        store::move_state(&*transaction, &attempt.id, &from, AttemptState::Failed, Some(&failure), now).await?;
        store::note_if_last_closed(&*transaction, &attempt.order_id, now).await?;
        transaction.commit().await?;
    }
    metrics::counter!("tejian_payment_start_failures_total").increment(1);
    let problem = Problem::new(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        "channel_unavailable",
        "微信支付暂时没有响应，没有扣款",
    )
    .money(Money::None)
    .advice("请稍后重新点“去支付”；若多次失败请致电客服")
    .retry_after_s(10)
    .cause(error);
    Ok(problem)
}

//! Taking money at the window.

use std::str::FromStr;

use foundation::calendar::{beijing_date, print_date};
use foundation::define_id;
use foundation::money::Fen;
use foundation::problem::{Money, Problem};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::entity::counter_payments::{Column, Entity, Model};
use crate::app::App;
use crate::audit::{self, Action};
use crate::orders::{self, Actor, OrderId, OrderState, PaidBy, Payment, PaymentMethod, Received};
use crate::staff::Officer;
use crate::{payments, transfers};

define_id!(
    /// Money taken at a service window.
    CounterPaymentId, "cnt"
);

/// As stored: it counts.
pub(super) const LIVE: &str = "live";
/// As stored: it was given back at the window.
pub(super) const UNDONE: &str = "undone";

/// What was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CounterKind {
    /// 现金.
    Cash,
    /// 刷卡.
    Pos,
}

impl CounterKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            CounterKind::Cash => "cash",
            CounterKind::Pos => "pos",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            CounterKind::Cash => "现金",
            CounterKind::Pos => "刷卡",
        }
    }
}

impl FromStr for CounterKind {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "cash" => Ok(CounterKind::Cash),
            "pos" => Ok(CounterKind::Pos),
            other => anyhow::bail!("unknown kind of counter payment {other}"),
        }
    }
}

/// What is being taken.
#[derive(Debug)]
pub(super) struct NewCounterPayment {
    /// Made by the form: the same key again is the same money.
    pub(super) key: String,
    pub(super) kind: CounterKind,
    pub(super) amount: Fen,
    pub(super) receipt_no: Option<String>,
    pub(super) note: Option<String>,
}

/// Takes it for an order; what is open at WeChat is closed first. A late counter payment never revives a voided order: the
/// payer stands at the window, and a new order is made with him. Sent again under its key, because the answer was lost, it is
/// answered with what was taken then.
pub(super) async fn receive(
    app: &App,
    officer: &Officer,
    order_id: &OrderId,
    new: NewCounterPayment,
) -> Result<Model, Problem> {
    let not_found = || Problem::not_found("order_not_found", "没有找到这个订单");
    let order = orders::find_row(app.database.reader(), order_id.as_str()).await?.ok_or_else(not_found)?;
    if let Some(row) = taken_before(app.database.reader(), order_id, &new).await? {
        return Ok(row);
    }
    if order.state()? == OrderState::Paying {
        payments::close_for_other_money(app, order_id.as_str()).await?;
    }
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let order = orders::lock_row(&*transaction, order_id.as_str(), now).await?.ok_or_else(not_found)?;
    // Once more behind the lock: two taps may have come at once.
    if let Some(row) = taken_before(&*transaction, order_id, &new).await? {
        return Ok(row);
    }
    if order.state()? == OrderState::Void || orders::is_word_of_mouth(&order) {
        return Err(Problem::conflict("order_not_waiting", format!("订单 {} 不在待支付，没有收款", order.order_no))
            .advice("请为付款人重新下单后再收款"));
    }
    let row = Model {
        id: CounterPaymentId::new().into(),
        order_id: order.id.clone(),
        kind: new.kind.as_str().to_owned(),
        amount_fen: new.amount.0,
        receipt_no: new.receipt_no,
        note: new.note,
        taken_by: officer.display_name.clone(),
        created_at: now,
        state: LIVE.to_owned(),
        undo_reason: None,
        undone_by: None,
        undone_at: None,
        client_key: Some(new.key),
    };
    let actor = Actor::Officer(officer.id.to_string());
    let today = print_date(beijing_date(now));
    let payment = Payment { by: PaidBy::Counter(&row.id), actor: &actor, paid_at: now, came_on: Some(&today) };
    let received = orders::receive(&*transaction, &order, new.amount, payment, now).await?;
    Entity::insert(row.clone().into_active_model()).exec_without_returning(&*transaction).await?;
    if received == Received::Whole && order.payment_method()? == PaymentMethod::Transfer {
        // The code is not needed any more; money that carries it all the same is found in the statement.
        transfers::leave(&*transaction, &order.id, now).await?;
    }
    let detail = json!({ "kind": new.kind, "amount_fen": new.amount, "receipt_no": row.receipt_no });
    audit::record(&*transaction, app, officer.entry(Action::CounterReceived, &order.id, detail)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    metrics::counter!("tejian_counter_payments_total", "kind" => new.kind.as_str()).increment(1);
    Ok(row)
}

/// What was taken for an order under this key. Refused when it was something else: then the key does not say what is meant.
async fn taken_before<C: ConnectionTrait>(
    connection: &C,
    order_id: &OrderId,
    new: &NewCounterPayment,
) -> Result<Option<Model>, Problem> {
    let row = Entity::find()
        .filter(Column::OrderId.eq(order_id.as_str()))
        .filter(Column::ClientKey.eq(new.key.as_str()))
        .one(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let is_same = row.kind == new.kind.as_str()
        && row.amount_fen == new.amount.0
        && row.receipt_no == new.receipt_no
        && row.note == new.note;
    if is_same && row.state == LIVE {
        return Ok(Some(row));
    }
    if is_same {
        return Err(Problem::conflict("counter_payment_undone", "这笔收款登记后已经撤销，没有再次登记")
            .advice("请刷新订单；如果又收了款，请重新打开“窗口收款”登记"));
    }
    let (kind, amount): (CounterKind, Fen) = (row.kind.parse()?, Fen(row.amount_fen));
    let what = format!("这次收款已登记为{} {amount} 元，和现在填写的不同，没有再次登记", kind.text());
    Err(Problem::conflict("key_reused", what)
        .money(Money::Taken)
        .advice("请刷新订单核对已收金额；如果确实又收了一笔，请重新打开“窗口收款”登记"))
}

/// What was taken at windows for an order, newest first.
pub(super) async fn payments_of<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::OrderId.eq(order_id)).order_by_desc(Column::Id).all(connection).await
}

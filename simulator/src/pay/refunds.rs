//! Refunds: applying, querying, settling.

use serde_json::{Value, json};

use super::orders::check_notify_url;
use super::refund_notice::queue_notice;
use super::schema::{Field, Kind, check, may, need};
use super::{PayAnswer, PayError, PayRequest};
use crate::faults::RefundOutcome;
use crate::instants::{self, DAY_S};
use crate::random;
use crate::shared::Shared;
use crate::world::World;
use crate::world::orders::{Order, TradeState};
use crate::world::refunds::{Refund, RefundState};

/// Partial refunds of one order.
const REFUNDS_PER_ORDER_MAX: usize = 50;
/// Between two partial refunds of one order.
const REFUND_PAUSE_S: i64 = 60;
/// A payment can be refunded so long.
const REFUNDABLE_DAYS: i64 = 365;

const GOODS: &[Field] = &[
    need("merchant_goods_id", "商户侧商品编码", Kind::Text(1, 32)),
    may("wechatpay_goods_id", "微信侧商品编码", Kind::Text(1, 32)),
    may("goods_name", "商品名称", Kind::Text(1, 256)),
    need("unit_price", "商品单价", Kind::Integer(0)),
    need("refund_amount", "商品退款金额", Kind::Integer(0)),
    need("refund_quantity", "商品退货数量", Kind::Integer(1)),
];
const REFUND: &[Field] = &[
    may("transaction_id", "微信支付订单号", Kind::Text(1, 32)),
    may("out_trade_no", "商户订单号", Kind::Text(6, 32)),
    need("out_refund_no", "商户退款单号", Kind::Text(1, 64)),
    may("reason", "退款原因", Kind::Text(1, 80)),
    may("notify_url", "退款结果回调url", Kind::Text(1, 256)),
    may("funds_account", "退款资金来源", Kind::Text(1, 32)),
    need(
        "amount",
        "金额信息",
        Kind::Object(&[
            need("refund", "退款金额", Kind::Integer(1)),
            need("total", "原订单金额", Kind::Integer(1)),
            need("currency", "退款币种", Kind::Text(1, 16)),
            may(
                "from",
                "退款出资账户及金额",
                Kind::List(
                    &[need("account", "出资账户类型", Kind::Text(1, 32)), need("amount", "出资金额", Kind::Integer(1))],
                    10,
                ),
            ),
        ]),
    ),
    may("goods_detail", "退款商品", Kind::List(GOODS, 100)),
];

/// POST /v3/refund/domestic/refunds: 200 means accepted.
pub(crate) fn create(shared: &Shared, request: &PayRequest) -> Result<PayAnswer, PayError> {
    let body = request.json()?;
    check(&body, REFUND)?;
    if let Some(url) = body["notify_url"].as_str() {
        check_notify_url(url)?;
    }
    if body["amount"]["currency"] != "CNY" {
        return Err(PayError::parameter("币种仅支持CNY"));
    }
    shared.change(|world| {
        let number = body["out_refund_no"].as_str().unwrap_or_default();
        if let Some(known) = world.refunds.get(number) {
            return if known.request == body {
                Ok(PayAnswer::json(&answer(world, known)))
            } else {
                Err(PayError::invalid("订单金额或退款金额与之前请求不一致，请核实后再试"))
            };
        }
        let refund = accept(shared, world, &body)?;
        let answered = answer(world, &refund);
        if let Some(order) = world.orders.get_mut(&refund.out_trade_no) {
            order.state = TradeState::Refund;
        }
        world.refunds.insert(refund.out_refund_no.clone(), refund);
        Ok(PayAnswer::json(&answered))
    })
}

fn accept(shared: &Shared, world: &World, body: &Value) -> Result<Refund, PayError> {
    let now = shared.now();
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let order = find_order(world, body)?;
    let payment = order.payment.as_ref().ok_or_else(no_order)?;
    let refund_fen = body["amount"]["refund"].as_i64().unwrap_or_default();
    if body["amount"]["total"].as_i64() != Some(order.amount_fen) {
        return Err(PayError::invalid("订单金额或退款金额与之前请求不一致，请核实后再试"));
    }
    if now - payment.paid_at > REFUNDABLE_DAYS * DAY_S {
        return Err(PayError::new(403, "TRADE_OVERDUE", "订单已经超过退款期限"));
    }
    let earlier: Vec<&Refund> =
        world.refunds.values().filter(|refund| refund.out_trade_no == order.out_trade_no).collect();
    let taken_fen: i64 =
        earlier.iter().filter(|refund| refund.state != RefundState::Closed).map(|refund| refund.refund_fen).sum();
    if taken_fen + refund_fen > order.amount_fen {
        return Err(PayError::invalid("退款金额大于可退金额"));
    }
    if earlier.len() >= REFUNDS_PER_ORDER_MAX {
        return Err(PayError::invalid("订单退款次数超过限制"));
    }
    if earlier.iter().any(|refund| now - refund.created_at < REFUND_PAUSE_S) {
        return Err(PayError::new(429, "FREQUENCY_LIMITED", "同一笔订单的部分退款请间隔1分钟"));
    }
    let faults = shared.faults.settings();
    let settles_at = shared.settles_at() + faults.refund_delay_s.max(0);
    let (settles_at, settles_as) = match faults.refund_outcome {
        RefundOutcome::NotEnough => {
            return Err(PayError::new(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起"));
        }
        RefundOutcome::Success => (Some(settles_at), RefundState::Success),
        RefundOutcome::Abnormal => (Some(settles_at), RefundState::Abnormal),
        RefundOutcome::Closed => (Some(settles_at), RefundState::Closed),
        RefundOutcome::Processing => (None, RefundState::Processing),
    };
    let day = instants::compact(now);
    Ok(Refund {
        out_refund_no: text("out_refund_no").unwrap_or_default(),
        refund_id: format!("5030{}{}{}", random::digits(4), &day[..8], random::digits(13)),
        out_trade_no: order.out_trade_no.clone(),
        transaction_id: payment.transaction_id.clone(),
        refund_fen,
        total_fen: order.amount_fen,
        reason: text("reason"),
        notify_url: text("notify_url"),
        state: RefundState::Processing,
        created_at: now,
        settles_at,
        settles_as,
        succeeded_at: None,
        request: body.clone(),
    })
}

fn no_order() -> PayError {
    PayError::new(404, "RESOURCE_NOT_EXISTS", "订单不存在")
}

fn find_order<'a>(world: &'a World, body: &Value) -> Result<&'a Order, PayError> {
    let (transaction_id, out_trade_no) = (body["transaction_id"].as_str(), body["out_trade_no"].as_str());
    if transaction_id.is_none() && out_trade_no.is_none() {
        return Err(PayError::parameter("transaction_id和out_trade_no必须二选一"));
    }
    world
        .orders
        .values()
        .find(|order| {
            let same_id = transaction_id
                .is_none_or(|id| order.payment.as_ref().is_some_and(|payment| payment.transaction_id == id));
            same_id && out_trade_no.is_none_or(|number| order.out_trade_no == number)
        })
        .ok_or_else(no_order)
}

/// GET /v3/refund/domestic/refunds/{out_refund_no}
pub(crate) fn query(shared: &Shared, number: &str) -> Result<PayAnswer, PayError> {
    shared.read(|world| {
        let refund =
            world.refunds.get(number).ok_or_else(|| PayError::new(404, "RESOURCE_NOT_EXISTS", "退款单不存在"))?;
        Ok(PayAnswer::json(&answer(world, refund)))
    })
}

/// The Refund object: `status`, while the notice says `refund_status`.
fn answer(world: &World, refund: &Refund) -> Value {
    let (payer_total, payer_refund) = payer_amounts(world, refund);
    let mut answer = json!({
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": refund.transaction_id,
        "out_trade_no": refund.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": instants::rfc3339(refund.created_at),
        "status": refund.state.as_str(),
        "funds_account": "AVAILABLE",
        "amount": {
            "total": refund.total_fen,
            "refund": refund.refund_fen,
            "payer_total": payer_total,
            "payer_refund": payer_refund,
            "settlement_refund": refund.refund_fen,
            "settlement_total": refund.total_fen,
            "discount_refund": refund.refund_fen - payer_refund,
            "currency": "CNY",
        },
        "promotion_detail": [],
    });
    if let Some(at) = refund.succeeded_at {
        answer["success_time"] = json!(instants::rfc3339(at));
    }
    answer
}

/// What the payer paid and gets back, fen: a coupon shrinks both in proportion.
pub(crate) fn payer_amounts(world: &World, refund: &Refund) -> (i64, i64) {
    let payer_total = world
        .orders
        .get(&refund.out_trade_no)
        .and_then(|order| order.payment.as_ref())
        .map_or(refund.total_fen, |payment| payment.payer_total_fen);
    let share = i128::from(refund.refund_fen) * i128::from(payer_total) / i128::from(refund.total_fen.max(1));
    (payer_total, i64::try_from(share).unwrap_or(refund.refund_fen))
}

/// Settles what is due and queues the notices; gives the settled numbers.
pub(crate) fn settle_refunds(shared: &Shared) -> Vec<String> {
    let now = shared.now();
    shared.change(|world| {
        let due: Vec<String> = world
            .refunds
            .values()
            .filter(|refund| refund.state == RefundState::Processing && refund.settles_at.is_some_and(|at| at <= now))
            .map(|refund| refund.out_refund_no.clone())
            .collect();
        for number in &due {
            if let Some(refund) = world.refunds.get_mut(number) {
                refund.state = refund.settles_as;
                if refund.state == RefundState::Success {
                    refund.succeeded_at = Some(now);
                }
            }
            queue_notice(shared, world, number);
        }
        due
    })
}

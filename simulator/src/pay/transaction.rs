//! An order as query and notice tell it.

use serde_json::{Map, Value, json};

use crate::faults::FaultSettings;
use crate::instants;
use crate::world::orders::Order;

/// The Transaction object: an unpaid order lacks most of the optional parts.
pub(crate) fn transaction(order: &Order, mch_id: &str, faults: &FaultSettings) -> Value {
    let mut object = Map::new();
    object.insert("mchid".into(), json!(mch_id));
    object.insert("appid".into(), json!(order.app_id));
    object.insert("out_trade_no".into(), json!(order.out_trade_no));
    object.insert("trade_state".into(), json!(order.state.as_str()));
    object.insert("trade_state_desc".into(), json!(order.state.description()));
    if let Some(attach) = order.attach.as_ref().filter(|_| !faults.attach_missing) {
        object.insert("attach".into(), json!(attach));
    }
    match &order.payment {
        None => {
            object.insert("amount".into(), json!({"payer_currency": "CNY", "total": order.amount_fen}));
            object.insert("promotion_detail".into(), json!([]));
        }
        Some(payment) => {
            object.insert("transaction_id".into(), json!(payment.transaction_id));
            object.insert("trade_type".into(), json!(order.product.trade_type()));
            object.insert("bank_type".into(), json!(payment.bank_type));
            object.insert("success_time".into(), json!(instants::rfc3339(payment.paid_at)));
            object.insert("payer".into(), json!({"openid": payment.openid}));
            object.insert(
                "amount".into(),
                json!({
                    "total": order.amount_fen,
                    "payer_total": payment.payer_total_fen,
                    "currency": "CNY",
                    "payer_currency": "CNY",
                }),
            );
            let coupon_fen = order.amount_fen - payment.payer_total_fen;
            if coupon_fen > 0 {
                object.insert("promotion_detail".into(), promotion(coupon_fen));
            }
        }
    }
    if faults.unknown_fields {
        object.insert("field_of_tomorrow".into(), json!({"level": 3, "tags": ["新字段"]}));
        object["amount"]["settlement_of_tomorrow"] = json!("1.5");
    }
    Value::Object(object)
}

fn promotion(coupon_fen: i64) -> Value {
    json!([{
        "coupon_id": "109519",
        "name": "单品惠-6",
        "scope": "GLOBAL",
        "type": "CASH",
        "amount": coupon_fen,
        "stock_id": "931386",
        "wechatpay_contribute": coupon_fen,
        "merchant_contribute": 0,
        "other_contribute": 0,
        "currency": "CNY",
    }])
}

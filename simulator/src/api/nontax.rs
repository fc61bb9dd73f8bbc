//! 非税缴费: orders with a number of a payment notice, which the fiscal side behind WeChat gives a moment later.

use serde_json::{Value, json};

use super::{ApiAnswer, ApiError, ApiRequest};
use crate::random;
use crate::shared::Shared;
use crate::world::providers::NontaxOrder;

fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, ApiError> {
    let missing = || ApiError::new(47001, format!("data format error: {name}"));
    body[name].as_str().filter(|text| !text.is_empty()).ok_or_else(missing)
}

fn demand_app(shared: &Shared, body: &Value) -> Result<(), ApiError> {
    if text(body, "appid")? == shared.identities.mp.app_id {
        return Ok(());
    }
    Err(ApiError::new(40013, "invalid appid"))
}

/// POST /nontax/unifiedorder
pub(super) fn create(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let body = request.json()?;
    demand_app(shared, &body)?;
    for name in ["desc", "ip", "department_code", "department_name", "region_code", "return_url", "scene"] {
        text(&body, name)?;
    }
    let (order_no, expires_on) = (text(&body, "order_no")?.to_owned(), text(&body, "payment_expire_date")?.to_owned());
    let fee = body["fee"].as_i64().filter(|fee| *fee > 0).ok_or_else(|| ApiError::new(47001, "fee"))?;
    let items = body["items"].as_array().cloned().unwrap_or_default();
    let sum: i64 = items.iter().filter_map(|item| item["fee"].as_i64()).sum();
    let numbered = items.iter().enumerate().all(|(index, item)| item["no"] == json!(index + 1));
    if sum != fee || !numbered || items.iter().any(|item| item["item_id"].as_str().is_none_or(str::is_empty)) {
        return Err(ApiError::new(47001, "items"));
    }
    if expires_on.len() != 8 || body["payment_notice_create_time"].as_i64().is_none() {
        return Err(ApiError::new(47001, "payment_expire_date"));
    }
    let made = NontaxOrder {
        order_id: format!("AQ{}", random::digits(26)),
        order_no,
        region_code: text(&body, "region_code")?.to_owned(),
        department_code: text(&body, "department_code")?.to_owned(),
        fee,
        noticed_at: shared.settles_at(),
        payment_notice_no: format!("50{}", random::digits(18)),
        expires_on,
        paid_fee: None,
        created_at: shared.now(),
    };
    let answer = json!({ "errcode": 0, "errmsg": "ok", "order_id": made.order_id,
        "pay_url": format!("https://payapp.weixin.qq.com/nontax/pay?order_id={}", made.order_id) });
    shared.change(|world| world.nontax_orders.push(made));
    Ok(ApiAnswer::Json(answer))
}

/// POST /nontax/getorderlist
pub(super) fn list(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let body = request.json()?;
    demand_app(shared, &body)?;
    let (number, region) = (text(&body, "order_no")?, text(&body, "region_code")?);
    let department = text(&body, "department_code")?;
    let answer = shared.read(|world| {
        let found: Vec<&NontaxOrder> = world
            .nontax_orders
            .iter()
            .filter(|order| order.order_no == number)
            .filter(|order| order.region_code == region && order.department_code == department)
            .collect();
        let paid = found.iter().find(|order| order.paid_fee.is_some()).map_or("", |order| order.order_id.as_str());
        let ids: Vec<&str> = found.iter().map(|order| order.order_id.as_str()).collect();
        json!({ "errcode": 0, "errmsg": "ok", "order_id_list": ids, "paid_order_id": paid })
    });
    Ok(ApiAnswer::Json(answer))
}

/// POST /nontax/getorder
pub(super) fn detail(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let body = request.json()?;
    demand_app(shared, &body)?;
    let wanted = text(&body, "order_id")?;
    let now = shared.now();
    let answer = shared.read(|world| {
        let order = world.nontax_orders.iter().find(|order| order.order_id == wanted)?;
        let noticed = order.noticed_at <= now || order.paid_fee.is_some();
        Some(json!({
            "errcode": 0,
            "errmsg": "ok",
            "appid": shared.identities.mp.app_id,
            "order_id": order.order_id,
            "order_no": order.order_no,
            "create_time": order.created_at,
            "fee": order.paid_fee.unwrap_or(order.fee),
            "fee_type": 1,
            "status": if order.paid_fee.is_some() { 3 } else { 1 },
            "payment_notice_no": if noticed { order.payment_notice_no.as_str() } else { "" },
            "payment_expire_date": order.expires_on,
            "region_code": order.region_code,
            "department_code": order.department_code,
            "partial_refund_info": [],
        }))
    });
    answer.map(ApiAnswer::Json).ok_or_else(|| ApiError::new(40097, "order not exist"))
}

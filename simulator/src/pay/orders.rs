//! Ordering, querying and closing: Native and JSAPI.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::{Value, json};

use super::schema::{Field, Kind, check, may, need};
use super::transaction::transaction;
use super::{PayAnswer, PayError, PayRequest, paying};
use crate::instants;
use crate::random;
use crate::shared::Shared;
use crate::world::World;
use crate::world::orders::{EXPIRY_MAX_S, EXPIRY_MIN_S, Order, PREPAY_LIFE_S, Product, TradeState};

const GOODS: &[Field] = &[
    need("merchant_goods_id", "商户侧商品编码", Kind::Text(1, 32)),
    may("wechatpay_goods_id", "微信支付商品编码", Kind::Text(1, 32)),
    may("goods_name", "商品名称", Kind::Text(1, 256)),
    need("quantity", "商品数量", Kind::Integer(1)),
    need("unit_price", "商品单价", Kind::Integer(0)),
];
const STORE: &[Field] = &[
    need("id", "门店编号", Kind::Text(1, 32)),
    may("name", "门店名称", Kind::Text(1, 256)),
    may("area_code", "地区编码", Kind::Text(1, 32)),
    may("address", "详细地址", Kind::Text(1, 512)),
];
const ORDER: &[Field] = &[
    need("appid", "公众号ID", Kind::Text(1, 32)),
    need("mchid", "直连商户号", Kind::Text(1, 32)),
    need("description", "商品描述", Kind::Text(1, 127)),
    need("out_trade_no", "商户订单号", Kind::Text(6, 32)),
    may("time_expire", "交易结束时间", Kind::Time),
    may("attach", "附加数据", Kind::Text(1, 128)),
    need("notify_url", "通知地址", Kind::Text(1, 255)),
    may("goods_tag", "订单优惠标记", Kind::Text(1, 32)),
    may("support_fapiao", "电子发票入口开放标识", Kind::Bool),
    need(
        "amount",
        "订单金额",
        Kind::Object(&[need("total", "总金额", Kind::Integer(1)), may("currency", "货币类型", Kind::Text(1, 16))]),
    ),
    may("payer", "支付者", Kind::Object(&[need("openid", "用户标识", Kind::Text(1, 128))])),
    may(
        "detail",
        "优惠功能",
        Kind::Object(&[
            may("cost_price", "订单原价", Kind::Integer(0)),
            may("invoice_id", "商品小票ID", Kind::Text(1, 32)),
            may("goods_detail", "单品列表", Kind::List(GOODS, 6000)),
        ]),
    ),
    may(
        "scene_info",
        "场景信息",
        Kind::Object(&[
            need("payer_client_ip", "用户终端IP", Kind::Text(1, 45)),
            may("device_id", "商户端设备号", Kind::Text(1, 32)),
            may("store_info", "商户门店信息", Kind::Object(STORE)),
        ]),
    ),
    may("settle_info", "结算信息", Kind::Object(&[may("profit_sharing", "是否指定分账", Kind::Bool)])),
    may("limit_pay", "指定支付方式", Kind::Texts),
];

/// Which number a query names.
pub(crate) enum Number<'a> {
    OutTradeNo(&'a str),
    TransactionId(&'a str),
}

/// POST /v3/pay/transactions/{native,jsapi}
pub(crate) async fn create(
    shared: &Arc<Shared>,
    request: &PayRequest,
    product: Product,
) -> Result<PayAnswer, PayError> {
    let body = request.json()?;
    check(&body, ORDER)?;
    let order = read_order(shared, request, product, body)?;
    let out_trade_no = order.out_trade_no.clone();
    let legacy = shared.faults.settings().legacy_codes;
    let answer = shared.change(|world| place(world, order, shared.now(), legacy))?;
    if let Some(openid) = shared.faults.take_text(|faults| &mut faults.notify_before_answer_by) {
        let paid = shared.change(|world| paying::pay(shared, world, &out_trade_no, &openid));
        if paid.is_ok() {
            crate::delivery::deliver_notices(shared).await;
        }
    }
    Ok(PayAnswer::json(&answer))
}

/// Puts the order into the world, or repeats the answer for an equal one.
fn place(world: &mut World, order: Order, now: i64, legacy: bool) -> Result<Value, PayError> {
    let placed = match world.orders.get_mut(&order.out_trade_no) {
        None => world.orders.entry(order.out_trade_no.clone()).or_insert(order),
        Some(known) => {
            known.pass_time(now);
            repeat(known, &order, now, legacy)?;
            known
        }
    };
    Ok(match &placed.code_url {
        Some(code_url) => json!({"code_url": code_url}),
        None => json!({"prepay_id": placed.prepay_id}),
    })
}

/// The same number again: a fresh prepay_id when everything is equal, else a refusal.
fn repeat(known: &mut Order, again: &Order, now: i64, legacy: bool) -> Result<(), PayError> {
    let used = || PayError::new(403, "OUT_TRADE_NO_USED", "201 商户订单号重复");
    match known.state {
        TradeState::Closed => {
            let code = if legacy { "ORDERCLOSED" } else { "ORDER_CLOSED" };
            Err(PayError::new(400, code, "该订单已关闭"))
        }
        TradeState::Success | TradeState::Refund if legacy => Err(PayError::new(400, "ORDERPAID", "该订单已支付")),
        TradeState::Success | TradeState::Refund => Err(used()),
        TradeState::NotPay if known.product != again.product || known.request != again.request => Err(used()),
        TradeState::NotPay if now > known.time_expire => Err(PayError::new(400, "ORDER_CLOSED", "订单已过期")),
        TradeState::NotPay => {
            known.prepay_id.clone_from(&again.prepay_id);
            known.code_url.clone_from(&again.code_url);
            known.prepay_expires_at = again.prepay_expires_at;
            Ok(())
        }
    }
}

/// Business checks beyond the shape.
fn read_order(shared: &Shared, request: &PayRequest, product: Product, body: Value) -> Result<Order, PayError> {
    let text = |path: &str| body.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let need_text = |path: &str| text(path).unwrap_or_default();
    if need_text("/mchid") != request.mch_id {
        return Err(PayError::parameter("http header中的mchid与post payload中的mchid不匹配"));
    }
    let app_id = need_text("/appid");
    if app_id != shared.identities.mp.app_id && app_id != shared.identities.mini.app_id {
        return Err(PayError::new(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配"));
    }
    let out_trade_no = need_text("/out_trade_no");
    let permitted = |letter: char| letter.is_ascii_alphanumeric() || "_-|*".contains(letter);
    if !out_trade_no.chars().all(permitted) {
        return Err(PayError::parameter(
            "输入源“/body/out_trade_no”映射到字符串字段“商户订单号”字符串规则校验失败，字符串只能包含数字、大小写字母_-|*",
        ));
    }
    let notify_url = need_text("/notify_url");
    check_notify_url(&notify_url)?;
    if text("/amount/currency").is_some_and(|currency| currency != "CNY") {
        return Err(PayError::parameter("币种仅支持CNY"));
    }
    let openid = text("/payer/openid");
    match (product, &openid) {
        (Product::Jsapi, None) => return Err(PayError::parameter("JSAPI支付必须传openid")),
        (Product::Jsapi, Some(openid)) => check_openid(shared, &app_id, openid)?,
        (Product::Native, Some(_)) => {
            return Err(PayError::parameter("无法将输入源“/body/payer”映射到任何字段，请检查是否传入了多余的参数"));
        }
        (Product::Native, None) => {}
    }
    let now = shared.now();
    let asked = text("/time_expire").as_deref().and_then(instants::parse_rfc3339);
    let time_expire = asked.unwrap_or(now + 7 * instants::DAY_S).clamp(now + EXPIRY_MIN_S, now + EXPIRY_MAX_S);
    Ok(Order {
        product,
        app_id,
        out_trade_no,
        description: need_text("/description"),
        attach: text("/attach"),
        notify_url,
        amount_fen: body.pointer("/amount/total").and_then(Value::as_i64).unwrap_or_default(),
        openid,
        support_fapiao: body["support_fapiao"].as_bool().unwrap_or(false),
        created_at: now,
        time_expire,
        prepay_id: format!("wx{}{}0000", instants::compact(now), random::hex(16)),
        code_url: (product == Product::Native)
            .then(|| format!("weixin://wxpay/bizpayurl/up?pr={}&groupid=00", random::letters(7))),
        prepay_expires_at: now + PREPAY_LIFE_S,
        scanned_by: None,
        state: TradeState::NotPay,
        payment: None,
        request: body,
    })
}

/// A full address without query; loopback stands for the public internet of the simulation.
pub(crate) fn check_notify_url(text: &str) -> Result<(), PayError> {
    let wrong = |issue: &str| {
        Err(PayError::parameter(format!(
            "输入源“/body/notify_url”映射到字符串字段“通知地址”字符串规则校验失败，{issue}"
        )))
    };
    let Ok(parsed) = url::Url::parse(text) else {
        return wrong("字符串必须是完整的URL");
    };
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return wrong("URL不能携带参数");
    }
    if !matches!(parsed.scheme(), "http" | "https") {
        return wrong("URL必须以http或https开头");
    }
    if crate::delivery::is_loopback(&parsed) {
        return Ok(());
    }
    let intranet = match parsed.host_str().unwrap_or_default().parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(_)) | Err(_) => false,
    };
    if intranet {
        return wrong("URL不能是内网地址");
    }
    if parsed.scheme() != "https" {
        return wrong("公网域名必须使用https");
    }
    Ok(())
}

fn check_openid(shared: &Shared, app_id: &str, openid: &str) -> Result<(), PayError> {
    let of_mp = app_id == shared.identities.mp.app_id;
    let fits = shared.read(|world| {
        world.person(openid).map(|person| (if of_mp { &person.mp_openid } else { &person.mini_openid }) == openid)
    });
    match fits {
        Some(true) => Ok(()),
        Some(false) => Err(PayError::parameter("appid和openid不匹配")),
        None => Err(PayError::parameter("无效的openid")),
    }
}

/// GET by either number.
pub(crate) fn query(shared: &Shared, request: &PayRequest, number: &Number<'_>) -> Result<PayAnswer, PayError> {
    check_mch_id(request, request.parameter("mchid"))?;
    let faults = shared.faults.settings();
    let now = shared.now();
    shared.change(|world| {
        let found = world.orders.values_mut().find(|order| match number {
            Number::OutTradeNo(number) => order.out_trade_no == *number,
            Number::TransactionId(number) => {
                order.payment.as_ref().is_some_and(|payment| payment.transaction_id == *number)
            }
        });
        let order = found.ok_or_else(|| not_exist(faults.legacy_codes))?;
        order.pass_time(now);
        Ok(PayAnswer::json(&transaction(order, &request.mch_id, &faults)))
    })
}

fn not_exist(legacy: bool) -> PayError {
    let code = if legacy { "ORDERNOTEXIST" } else { "ORDER_NOT_EXIST" };
    PayError::new(404, code, "订单不存在")
}

fn check_mch_id(request: &PayRequest, given: Option<&str>) -> Result<(), PayError> {
    match given {
        None => Err(PayError::parameter("输入源“/query/mchid”映射到值字段“商户号”必填性规则校验失败，此字段为必填项")),
        Some(mch_id) if mch_id != request.mch_id => {
            Err(PayError::parameter("http header中的mchid与post payload中的mchid不匹配"))
        }
        Some(_) => Ok(()),
    }
}

/// POST …/close: 204 for an unpaid or closed order.
pub(crate) fn close(shared: &Shared, request: &PayRequest, out_trade_no: &str) -> Result<PayAnswer, PayError> {
    let body = request.json()?;
    check(&body, &[need("mchid", "直连商户号", Kind::Text(1, 32))])?;
    check_mch_id(request, body["mchid"].as_str())?;
    let faults = shared.faults.settings();
    shared.change(|world| {
        if !world.orders.contains_key(out_trade_no) {
            return Err(not_exist(faults.legacy_codes));
        }
        if let Some(openid) = shared.faults.take_text(|faults| &mut faults.paid_at_close_by) {
            // The payment wins the race by a hair; a refusal leaves the order as it was.
            let _raced = paying::pay(shared, world, out_trade_no, &openid);
        }
        let order = world.orders.get_mut(out_trade_no).ok_or_else(|| not_exist(faults.legacy_codes))?;
        if order.is_paid() {
            let code = if faults.legacy_codes { "ORDERPAID" } else { "ORDER_PAID" };
            return Err(PayError::new(400, code, "该订单已支付"));
        }
        order.state = TradeState::Closed;
        Ok(PayAnswer::empty(204))
    })
}

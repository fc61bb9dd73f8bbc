//! The moment of paying: scanning, checking the front-end parameters, taking the money.

use serde_json::{Value, json};

use super::transaction::transaction;
use crate::instants;
use crate::random;
use crate::shared::Shared;
use crate::world::World;
use crate::world::chat::{Chat, ChatEntry, Content};
use crate::world::orders::{Order, PayRefused, Payment, Product, TradeState};
use crate::world::outbox::{NoticeForm, NoticeState, QueuedNotice};

/// The order behind a scanned code, bound to the first scanner from then on.
pub(crate) fn scan<'a>(
    shared: &Shared,
    world: &'a mut World,
    code_url: &str,
    openid: &str,
) -> Result<&'a Order, PayRefused> {
    let now = shared.now();
    let app_openid = app_openids(world, openid);
    let order = world
        .orders
        .values_mut()
        .find(|order| order.code_url.as_deref() == Some(code_url))
        .ok_or(PayRefused::UnknownCode)?;
    order.pass_time(now);
    let openid = openid_for(shared, order, app_openid, openid);
    order.may_pay(&openid, now)?;
    order.scanned_by.get_or_insert(openid);
    Ok(order)
}

/// The order behind the parameters of getBrandWCPayRequest or wx.requestPayment.
///
/// `app_id` is what the mini-program runtime knows without being told.
pub(crate) fn prepaid<'a>(
    shared: &Shared,
    world: &'a mut World,
    parameters: &Value,
    app_id: Option<&str>,
    openid: &str,
) -> Result<&'a Order, PayRefused> {
    let text = |name: &'static str| {
        parameters[name].as_str().filter(|value| !value.is_empty()).ok_or(PayRefused::Parameter { name: name.into() })
    };
    let app_id = match app_id {
        Some(app_id) => app_id,
        None => text("appId")?,
    };
    let (time_stamp, nonce) = (text("timeStamp")?, text("nonceStr")?);
    let (package, signature) = (text("package")?, text("paySign")?);
    if text("signType")? != "RSA" || nonce.len() > 32 {
        return Err(PayRefused::WrongPaySign);
    }
    let seconds = time_stamp.parse::<i64>().ok().filter(|_| time_stamp.len() <= 10);
    seconds.ok_or(PayRefused::Parameter { name: "timeStamp".into() })?;
    let message = format!("{app_id}\n{time_stamp}\n{nonce}\n{package}\n");
    if !shared.keys.merchant_signed(message.as_bytes(), signature) {
        return Err(PayRefused::WrongPaySign);
    }
    let prepay_id = package.strip_prefix("prepay_id=").ok_or(PayRefused::Parameter { name: "package".into() })?;
    let now = shared.now();
    let app_openid = app_openids(world, openid);
    let order = world
        .orders
        .values_mut()
        .find(|order| order.prepay_id == prepay_id && order.product == Product::Jsapi)
        .ok_or(PayRefused::PrepayExpired)?;
    order.pass_time(now);
    if order.app_id != app_id {
        return Err(PayRefused::WrongApp);
    }
    let openid = openid_for(shared, order, app_openid, openid);
    order.may_pay(&openid, now)?;
    Ok(order)
}

/// Takes the money and queues the notice.
pub(crate) fn pay(shared: &Shared, world: &mut World, out_trade_no: &str, openid: &str) -> Result<String, PayRefused> {
    let transaction_id = take_money(shared, world, out_trade_no, openid)?;
    queue_notice(shared, world, out_trade_no);
    Ok(transaction_id)
}

/// Takes the money and tells nobody.
pub(crate) fn take_money(
    shared: &Shared,
    world: &mut World,
    out_trade_no: &str,
    openid: &str,
) -> Result<String, PayRefused> {
    let now = shared.now();
    let coupon_fen = shared.faults.settings().coupon_fen.max(0);
    let app_openid = app_openids(world, openid);
    let order = world.orders.get_mut(out_trade_no).ok_or(PayRefused::UnknownCode)?;
    order.pass_time(now);
    let payer = openid_for(shared, order, app_openid, openid);
    order.may_pay(&payer, now)?;
    if shared.faults.take(|faults| &mut faults.bank_fails_next) {
        return Err(PayRefused::BankFailed);
    }
    let day = instants::compact(now);
    let transaction_id = format!("420000{}{}{}", random::digits(4), &day[..8], random::digits(10));
    order.state = TradeState::Success;
    order.payment = Some(Payment {
        transaction_id: transaction_id.clone(),
        paid_at: now,
        openid: payer,
        payer_total_fen: (order.amount_fen - coupon_fen).max(0),
        bank_type: "OTHERS".into(),
    });
    receipt(world, shared, out_trade_no, openid, now);
    Ok(transaction_id)
}

/// The line in the chat 微信支付.
fn receipt(world: &mut World, shared: &Shared, out_trade_no: &str, openid: &str, now: i64) {
    let Some(order) = world.orders.get(out_trade_no) else { return };
    let paid_fen = order.payment.as_ref().map_or(0, |payment| payment.payer_total_fen);
    let mut fields = vec![
        ("付款金额".to_owned(), crate::documents::yuan(paid_fen)),
        ("收款方".to_owned(), shared.identities.mch_name.clone()),
        ("商品".to_owned(), order.description.clone()),
    ];
    if order.support_fapiao {
        fields.push(("电子发票".to_owned(), "可在商户页面申请".to_owned()));
    }
    let owner = world.person(openid).map_or_else(|| openid.to_owned(), |person| person.mp_openid.clone());
    let id = world.next_number();
    world.chat.push(ChatEntry {
        id,
        at: now,
        openid: owner,
        chat: Chat::Pay,
        mine: false,
        content: Content::Card { title: "微信支付凭证".into(), fields, url: None, page: None },
    });
}

fn queue_notice(shared: &Shared, world: &mut World, out_trade_no: &str) {
    let faults = shared.faults.settings();
    let Some(order) = world.orders.get(out_trade_no) else { return };
    let mut plain = transaction(order, &shared.identities.mch_id, &faults);
    if let Some(tamper) = &faults.tamper {
        let total = plain["amount"]["total"].as_i64().unwrap_or_default();
        plain["amount"]["total"] = json!(total + tamper.amount_delta_fen);
        let mut replace = |pointer: &str, value: &Option<String>| {
            if let (Some(place), Some(value)) = (plain.pointer_mut(pointer), value) {
                *place = json!(value);
            }
        };
        replace("/appid", &tamper.app_id);
        replace("/mchid", &tamper.mch_id);
        replace("/out_trade_no", &tamper.out_trade_no);
        replace("/amount/currency", &tamper.currency);
        replace("/trade_state", &tamper.trade_state);
    }
    let now = shared.now();
    let lost = shared.faults.take(|faults| &mut faults.notice_lost_next);
    world.notices.push(QueuedNotice {
        id: uuid::Uuid::new_v4().to_string(),
        event_type: "TRANSACTION.SUCCESS".into(),
        key: out_trade_no.to_owned(),
        summary: "支付成功".into(),
        original_type: Some("transaction".into()),
        plaintext: plain.to_string(),
        form: NoticeForm::V3,
        url: order.notify_url.clone(),
        created_at: now,
        due_at: now + faults.notice_delay_s.max(0),
        state: if lost { NoticeState::Lost } else { NoticeState::Waiting },
        tries: Vec::new(),
    });
}

/// Both openids of a person, when known.
fn app_openids(world: &World, openid: &str) -> Option<(String, String)> {
    world.person(openid).map(|person| (person.mp_openid.clone(), person.mini_openid.clone()))
}

/// The person's openid under the order's app; a stranger keeps the one given.
fn openid_for(shared: &Shared, order: &Order, known: Option<(String, String)>, given: &str) -> String {
    match known {
        None => given.to_owned(),
        Some((_, mini)) if order.app_id == shared.identities.mini.app_id => mini,
        Some((mp, _)) => mp,
    }
}

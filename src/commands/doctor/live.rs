//! `tejian doctor --live`: walks the way of a payment through a running installation without moving any money. Our address
//! is called as WeChat calls it, a forged notice must be refused there, and an order of one fen is placed and closed again.

use std::time::Duration;

use foundation::clock::SharedClock;
use foundation::config::Config;
use reqwest::StatusCode;
use time::OffsetDateTime;
use wechat::pay::{NewOrder, PayClient, PayError, TradeState};

use super::plain::{plain, whole};
use super::report::Report;
use crate::app;

/// Where WeChat reports payments.
const NOTICES: &str = "/wechat/pay/notify/payment";
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// WeChat takes no order that ends sooner than a minute from now.
const ORDER_LIVES_S: i64 = 300;

/// Tries the whole way.
pub async fn examine(config: &Config, clock: &SharedClock, report: &mut Report) {
    let base = config.service.public_base_url.trim_end_matches('/');
    match reqwest::Client::builder().timeout(ANSWER_WITHIN).redirect(reqwest::redirect::Policy::none()).build() {
        Ok(client) => {
            examine_address(&client, base, report).await;
            examine_refusal(&client, base, report).await;
        }
        Err(error) => report.wrong(format!("无法建立网络客户端：{}", plain(&whole(&error))), "检查系统证书"),
    }
    if config.wechat.pay.mch_id.is_empty() {
        return report.note("没有设置商户号，没有试下单");
    }
    // A key that cannot be read has been told of already.
    let Ok(pay) = app::pay_client(config, app::unix_clock(clock)) else { return };
    let apps = [("服务号", 's', &config.wechat.mp.app_id), ("小程序", 'm', &config.wechat.mini.app_id)];
    for (name, mark, app_id) in apps.into_iter().filter(|(_, _, app_id)| !app_id.is_empty()) {
        let number = format!("tejiandoctor{}{mark}", clock.now_ms());
        examine_order(&pay, name, trial_order(app_id, number, base, clock.now_ms()), report).await;
    }
}

async fn examine_address(client: &reqwest::Client, base: &str, report: &mut Report) {
    match client.get(format!("{base}/readyz")).send().await {
        Ok(answer) if answer.status().is_success() => report.fine(format!("{base} 可以从本机访问，服务已就绪")),
        Ok(answer) => report.wrong(
            format!("{base}/readyz 回答 {}", answer.status().as_u16()),
            "检查 service.public_base_url 是否指向本系统，服务是否已启动，反向代理是否转发",
        ),
        Err(error) => report.wrong(
            format!("打不开 {base}：{}", plain(&whole(&error.without_url()))),
            "检查域名解析、证书和反向代理；微信也要能从公网打开它",
        ),
    }
}

/// A notice without a signature: whoever takes it would take a forged one.
async fn examine_refusal(client: &reqwest::Client, base: &str, report: &mut Report) {
    let forged = client.post(format!("{base}{NOTICES}")).header("content-type", "application/json").body("{}");
    match forged.send().await.map(|answer| answer.status()) {
        Ok(StatusCode::UNAUTHORIZED) => report.fine("支付通知能到达，没有签名的会被拒绝"),
        Ok(status) => report.wrong(
            format!("伪造的支付通知得到了 {}，应为 401", status.as_u16()),
            format!("检查反向代理是否把 {NOTICES} 原样转给本系统"),
        ),
        // The address does not answer: told already.
        Err(_) => {}
    }
}

async fn examine_order(pay: &PayClient, name: &str, order: NewOrder, report: &mut Report) {
    if let Err(error) = pay.order_native(&order).await {
        return report.wrong(
            format!("用{name}下一笔 1 分钱的单失败：{}", said(&error)),
            format!("在商户平台确认{name}的 AppID 已与商户号绑定，且已开通 Native 支付"),
        );
    }
    if let Err(error) = pay.close(&order.out_trade_no).await {
        return report.wrong(
            format!("试下的单 {} 关不掉：{}", order.out_trade_no, said(&error)),
            "它五分钟后自行失效，没有人能看到它的二维码；稍后再试",
        );
    }
    match pay.query(&order.out_trade_no).await {
        Ok(found) if found.trade_state == TradeState::Closed => {
            report.fine(format!("用{name}下单、查单、关单都正常（1 分钱，已关闭，没有动钱）"));
        }
        Ok(found) => report.note(format!("试下的单关闭后，微信说它的状态是 {:?}", found.trade_state)),
        Err(error) => report.wrong(format!("试下的单查不到：{}", said(&error)), "稍后再试"),
    }
}

fn trial_order(app_id: &str, out_trade_no: String, base: &str, now_ms: i64) -> NewOrder {
    NewOrder {
        app_id: app_id.to_owned(),
        description: "系统自检，请勿支付".to_owned(),
        out_trade_no,
        time_expire: OffsetDateTime::from_unix_timestamp(now_ms / 1_000 + ORDER_LIVES_S).ok(),
        attach: None,
        notify_url: format!("{base}{NOTICES}"),
        amount_fen: 1,
        support_fapiao: false,
    }
}

fn said(error: &PayError) -> String {
    match error {
        PayError::Rejected { code, message, .. } => format!("{code} {message}"),
        other => plain(&other.to_string()),
    }
}

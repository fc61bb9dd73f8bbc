//! WeChat's servers: can they be reached, do they know us, does our clock agree with theirs.

use std::sync::Arc;
use std::time::Duration;

use foundation::clock::{Clock, SharedClock, SystemClock};
use foundation::config::Config;
use secrecy::SecretString;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use wechat::api::ApiError;
use wechat::mini::{MiniClient, MiniConfig};
use wechat::mp::{MessageMode, MpClient, MpConfig};
use wechat::pay::PayError;
use wechat::token::MemoryTokenStore;

use super::plain::{plain, whole};
use super::report::Report;
use crate::app;

/// WeChat refuses signatures further away than five minutes; a note comes well before.
const CLOCK_DRIFT_MAX_S: i64 = 60;
/// An order nobody ever made: WeChat's "not found" proves that it accepted our signature.
const NO_ORDER: &str = "tejiandoctor00000000";

/// Asks every host once.
pub async fn examine(config: &Config, report: &mut Report) {
    examine_clock(config, report).await;
    if !config.wechat.pay.mch_id.is_empty() {
        examine_pay(config, report).await;
    }
    examine_service_account(config, report).await;
    examine_mini_program(config, report).await;
}

async fn examine_clock(config: &Config, report: &mut Report) {
    let address = &config.wechat.api_base;
    let client = match reqwest::Client::builder().timeout(Duration::from_secs(10)).build() {
        Ok(client) => client,
        Err(error) => return report.wrong(format!("无法建立网络客户端：{}", plain(&whole(&error))), "检查系统证书"),
    };
    let answer = match client.get(address).send().await {
        Ok(answer) => answer,
        Err(error) => {
            return report.wrong(
                format!("连接不上 {address}：{}", plain(&whole(&error.without_url()))),
                "检查网络、DNS、代理和防火墙（需要能访问 api.weixin.qq.com 与 api.mch.weixin.qq.com 的 443 端口）",
            );
        }
    };
    let date = answer.headers().get("date").and_then(|value| value.to_str().ok());
    match date.and_then(|text| OffsetDateTime::parse(text, &Rfc2822).ok()) {
        Some(theirs) => {
            let drift_s = SystemClock.now_ms().div_euclid(1_000) - theirs.unix_timestamp();
            if drift_s.abs() > CLOCK_DRIFT_MAX_S {
                report.wrong(
                    format!("本机时间与微信相差 {drift_s} 秒"),
                    "开启时间同步（NTP）；相差 5 分钟以上时微信拒绝所有请求",
                );
            } else {
                report.fine("本机时间与微信一致");
            }
        }
        None => report.note(format!("{address} 没有告诉时间，无法核对本机时钟")),
    }
}

async fn examine_pay(config: &Config, report: &mut Report) {
    let clock: SharedClock = Arc::new(SystemClock);
    // A key that cannot be read has been told of already.
    let Ok(pay) = app::pay_client(config, app::unix_clock(&clock)) else { return };
    match pay.query(NO_ORDER).await {
        Ok(_) => report.fine("微信支付接受我们的签名"),
        Err(error) if error.not_found() => report.fine("微信支付接受我们的签名"),
        Err(PayError::Rejected { status: 401, code, message, .. }) => report.wrong(
            format!("微信支付不接受我们的签名（{code} {message}）"),
            "核对商户号、证书序列号与私钥是否为同一套；用 --merchant-certificate 可以离线核对",
        ),
        Err(PayError::Unreachable(reason)) => {
            report.wrong(format!("连接不上微信支付：{}", plain(&reason)), "检查 wechat.pay_base、网络和防火墙");
        }
        Err(error) => report.wrong(
            format!("微信支付的回答不对：{}", plain(&error.to_string())),
            "稍后再试；若一直如此，把这一行发给技术支持",
        ),
    }
    if config.wechat.pay.download_certificates {
        match pay.refresh_certificates().await {
            Ok(count) => report.fine(format!("下载了 {count} 张平台证书，APIv3 密钥正确")),
            Err(error) => report.wrong(
                format!("平台证书下载失败：{}", plain(&error.to_string())),
                "核对 APIv3 密钥；只有公钥模式的商户应设 wechat.pay.download_certificates = false",
            ),
        }
    }
}

async fn examine_service_account(config: &Config, report: &mut Report) {
    let mp = &config.wechat.mp;
    if mp.app_id.is_empty() {
        return report.note("没有设置服务号（wechat.mp.app_id）：菜单、登录和消息推送不可用");
    }
    let settings = MpConfig {
        base_url: config.wechat.api_base.clone(),
        open_base_url: config.wechat.open_base.clone(),
        app_id: mp.app_id.clone(),
        app_secret: SecretString::from(mp.app_secret.expose()),
        token: SecretString::from(mp.token.expose()),
        token_old: None,
        encoding_aes_keys: vec![SecretString::from(mp.encoding_aes_key.expose())],
        message_mode: MessageMode::Secure,
        timeout_ms: 10_000,
    };
    let clock: SharedClock = Arc::new(SystemClock);
    let unix_clock = app::unix_clock(&clock);
    let store = Arc::new(MemoryTokenStore::new(unix_clock.clone()));
    match MpClient::new(&settings, store, unix_clock) {
        Ok(client) => tell_token("服务号", client.tokens().access_token().await, report),
        Err(error) => report.wrong(
            format!("服务号配置不对：{}", plain(&error.to_string())),
            "检查 [wechat.mp] 一节，与公众平台“基本配置”一致",
        ),
    }
}

async fn examine_mini_program(config: &Config, report: &mut Report) {
    let mini = &config.wechat.mini;
    if mini.app_id.is_empty() {
        return report.note("没有设置小程序（wechat.mini.app_id）：只能使用服务号网页");
    }
    let settings = MiniConfig {
        base_url: config.wechat.api_base.clone(),
        app_id: mini.app_id.clone(),
        app_secret: SecretString::from(mini.app_secret.expose()),
        timeout_ms: 10_000,
    };
    let clock: SharedClock = Arc::new(SystemClock);
    let unix_clock = app::unix_clock(&clock);
    let store = Arc::new(MemoryTokenStore::new(unix_clock.clone()));
    match MiniClient::new(&settings, store, unix_clock) {
        Ok(client) => tell_token("小程序", client.tokens().access_token().await, report),
        Err(error) => report.wrong(format!("小程序配置不对：{}", plain(&error.to_string())), "检查 [wechat.mini] 一节"),
    }
}

fn tell_token(account: &str, token: Result<String, ApiError>, report: &mut Report) {
    let error = match token {
        Ok(_) => return report.fine(format!("{account}的 AppID 与 AppSecret 正确")),
        Err(error) => error,
    };
    let remedy = match error.errcode() {
        Some(40164) => "把本机的公网地址加入公众平台的 IP 白名单",
        Some(40013) => "核对 AppID",
        Some(40001 | 40125) => "核对 AppSecret（重置后旧的立即失效）",
        Some(_) => "按错误码查询微信开放文档",
        None => "检查网络后再试",
    };
    let what = match &error {
        ApiError::Rejected { errcode, errmsg } | ApiError::Configuration { errcode, errmsg } => {
            format!("微信拒绝（{errcode} {errmsg}）")
        }
        other => plain(&other.to_string()),
    };
    report.wrong(format!("取不到{account}的接口凭证：{what}"), remedy);
}

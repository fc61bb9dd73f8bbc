//! Keys that can be judged without asking anybody.

use std::path::Path;

use foundation::clock::{Clock, SystemClock};
use foundation::config::{Changing, Config, Environment};
use wechat::clock::UnixClock;
use wechat::crypto::certificate::Certificate;
use wechat::crypto::keys::SigningKey;

use super::plain::plain;
use super::report::Report;
use crate::app::{self, WrongSetting};

/// A certificate this close to its end is worth a note, seconds.
const RENEW_BEFORE_S: i64 = 30 * 86_400;

/// Looks at the merchant's key, serial, certificates, and at the secrets of our own.
pub fn examine(config: &Config, merchant_certificate: Option<&Path>, report: &mut Report) {
    let pay = &config.wechat.pay;
    if pay.mch_id.is_empty() {
        report.note("没有设置商户号（wechat.pay.mch_id）：不能收款");
    } else {
        let unix_clock: UnixClock = std::sync::Arc::new(now_s);
        match app::pay_client(config, unix_clock) {
            Ok(_) => report.fine(format!("商户 {} 的私钥、APIv3 密钥和微信支付公钥可以使用", pay.mch_id)),
            Err(WrongSetting { what, remedy, .. }) => report.wrong(what, remedy),
        }
        if !pay.api_v3_key_old.is_empty() {
            report.note("还设着第二把 APIv3 密钥（wechat.pay.api_v3_key_old）：在商户平台改完一天后去掉");
        }
        match merchant_certificate {
            Some(path) => compare_file(config, path, report),
            None if !pay.merchant_certificate.is_empty() => {
                compare_certificate(config, "wechat.pay.merchant_certificate", &pay.merchant_certificate, report);
            }
            None => report.note("用 --merchant-certificate apiclient_cert.pem 可以核对私钥、证书和序列号是否为同一套"),
        }
    }
    // Production has complained of it already.
    if config.links.secret.is_empty() && config.service.environment != Environment::Production {
        report.note("没有设置 links.secret：重启后，已发出的下载链接失效");
    }
    if config.integration.secret.is_empty() {
        report.note("没有设置 integration.secret：业务系统对接接口关闭");
    }
    tell_of_changes(config, report);
}

/// Second values are for the days of a change: one that stays is one more that may be stolen.
fn tell_of_changes(config: &Config, report: &mut Report) {
    for Changing { key, value, old } in config.changing().into_iter().filter(|changing| !changing.old.is_empty()) {
        if old.expose() == value.expose() {
            report.note(format!("{key}_old 与 {key} 相同，等于没有填：换密钥期间两处应一新一旧，不在换就留空"));
            continue;
        }
        let until = match key {
            "links.secret" => "所有节点都改用新的以后，再过两小时去掉",
            "integration.secret" => "业务系统改用新的以后去掉",
            _ => "在微信后台改完一天后去掉",
        };
        report.note(format!("还设着第二把密钥（{key}_old），它签名、加密的内容也被接受：{until}"));
    }
}

fn compare_file(config: &Config, path: &Path, report: &mut Report) {
    let shown = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => compare_certificate(config, &shown, &text, report),
        Err(error) => report.wrong(format!("无法读取 {shown}：{}", plain(&error.to_string())), "检查文件路径和权限"),
    }
}

/// `shown` says where `text` comes from.
fn compare_certificate(config: &Config, shown: &str, text: &str, report: &mut Report) {
    let Ok(certificate) = Certificate::from_pem(text) else {
        return report.wrong(format!("{shown} 不是 PEM 格式的证书"), "应为商户平台下载的 apiclient_cert.pem");
    };
    let pay = &config.wechat.pay;
    if !certificate.serial().eq_ignore_ascii_case(&pay.merchant_serial) {
        report.wrong(
            format!("证书序列号是 {}，配置的是 {}", certificate.serial(), pay.merchant_serial),
            "把 wechat.pay.merchant_serial 改成证书上的序列号",
        );
    }
    match SigningKey::from_pem(pay.merchant_private_key.expose()) {
        Ok(key) if key.verifying_key().spki_der() == certificate.key().spki_der() => {
            report.fine("商户私钥与证书是一对");
        }
        Ok(_) => report.wrong("商户私钥与证书不是一对", "请使用与证书同时下载的 apiclient_key.pem"),
        // The unreadable key has been told of already.
        Err(_) => {}
    }
    let left_s = certificate.not_after() - now_s();
    if left_s < 0 {
        report.wrong("商户证书已过期", "在商户平台重新申请 API 证书，并更新私钥和序列号");
    } else if left_s < RENEW_BEFORE_S {
        report.note(format!("商户证书还有 {} 天过期", left_s / 86_400));
    }
}

fn now_s() -> i64 {
    SystemClock.now_ms().div_euclid(1_000)
}

//! Keys that can be judged without asking anybody.

use std::path::Path;

use foundation::clock::{Clock, SystemClock};
use foundation::config::{Config, Environment};
use wechat::clock::UnixClock;
use wechat::crypto::certificate::Certificate;
use wechat::crypto::rsa_key::SigningKey;

use super::plain::plain;
use super::report::Report;
use crate::app;

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
            Err(error) => {
                let (what, remedy) = explain(&error);
                report.wrong(what, remedy);
            }
        }
        match merchant_certificate {
            Some(path) => compare_certificate(config, path, report),
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
}

fn compare_certificate(config: &Config, path: &Path, report: &mut Report) {
    let shown = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            return report.wrong(format!("无法读取 {shown}：{}", plain(&error.to_string())), "检查文件路径和权限");
        }
    };
    let Ok(certificate) = Certificate::from_pem(&text) else {
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

/// The client names the field in English; here it is said so that the operator finds it in the merchant platform.
fn explain(error: &anyhow::Error) -> (String, &'static str) {
    let Some(config_error) = error.chain().find_map(|cause| cause.downcast_ref::<wechat::config::ConfigError>()) else {
        return (plain(&format!("{error:#}")), "检查 [wechat.pay] 一节");
    };
    let (what, remedy) = match config_error.field {
        "base_url" => ("wechat.pay_base 不是有效地址", "应为 https://api.mch.weixin.qq.com"),
        "mch_id" => ("商户号（wechat.pay.mch_id）应全为数字", "在商户平台“账户中心”查看商户号"),
        "merchant_serial" => {
            ("商户证书序列号（wechat.pay.merchant_serial）应为 40 位十六进制", "在商户平台“API 安全”查看证书序列号")
        }
        "merchant_private_key_pem" => (
            "商户私钥（wechat.pay.merchant_private_key）无法读取",
            "应为 apiclient_key.pem 的全部内容，可用 merchant_private_key_file 指定文件",
        ),
        "api_v3_key" => ("APIv3 密钥（wechat.pay.api_v3_key）应为 32 个字符", "在商户平台“API 安全”设置 APIv3 密钥"),
        "public_key.id" => {
            ("微信支付公钥 ID（wechat.pay.public_key_id）应以 PUB_KEY_ID_ 开头", "在商户平台“API 安全”查看微信支付公钥")
        }
        "public_key.pem" => (
            "微信支付公钥（wechat.pay.public_key）不对：无法读取，或误用了商户自己的公钥",
            "应为商户平台下载的 pub_key.pem",
        ),
        "platform_certificates_pem" => (
            "平台证书（wechat.pay.platform_certificates）不对：无法读取，或误用了商户自己的证书",
            "应为微信支付平台证书，不是 apiclient_cert.pem",
        ),
        "public_key" => (
            "缺少验签密钥",
            "设置 wechat.pay.public_key_id 与 public_key；老商户也可以设置平台证书或 download_certificates = true",
        ),
        field => return (format!("[wechat.pay] 的 {field} 不对"), "检查 [wechat.pay] 一节"),
    };
    (what.to_owned(), remedy)
}

fn now_s() -> i64 {
    SystemClock.now_ms().div_euclid(1_000)
}

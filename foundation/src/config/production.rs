//! What must be there, and must not be, where real people pay: nothing of demonstrations and tests, and every secret.

use super::Config;
use super::demands::Demands;
use super::values::{host_of, is_this_machine};

/// Complains of everything that only demonstrations and tests may do, and of every secret that is missing or short.
pub(super) fn check(config: &Config, demands: &mut Demands) {
    demands.demand(
        config.service.public_base_url.starts_with("https://"),
        "生产环境 service.public_base_url 必须是 https 地址",
    );
    demands.demand(config.links.secret.len() >= 32, "生产环境必须设置 links.secret（至少 32 个字符）");
    demands.demand(
        !config.secrets.keys.is_empty(),
        "生产环境必须设置 secrets.keys（如 a1:后接 openssl rand -base64 32 的输出），用于加密验证器和通知密钥",
    );
    demands.demand(
        !config.secrets.index_key.is_empty(),
        "生产环境必须设置 secrets.index_key（openssl rand -base64 32 的输出），用于按手机号查找加密的个人信息",
    );
    demands.demand(
        config.integration.secret.is_empty() || config.integration.secret.len() >= 32,
        "integration.secret 至少 32 个字符",
    );
    for (key, old) in
        [("links.secret_old", &config.links.secret_old), ("integration.secret_old", &config.integration.secret_old)]
    {
        demands.demand(old.is_empty() || old.len() >= 32, format!("{key} 至少 32 个字符，没有就留空"));
    }
    let pay = &config.wechat.pay;
    demands.demand(!pay.mch_id.is_empty(), "缺少 wechat.pay.mch_id（商户号）");
    demands.demand(!pay.merchant_private_key.is_empty(), "缺少 wechat.pay.merchant_private_key（商户 API 私钥）");
    demands.demand(pay.api_v3_key.len() == 32, "wechat.pay.api_v3_key 应为 32 个字符（未设置时微信不会发送回调）");
    demands.demand(
        !pay.public_key_id.is_empty() || !pay.platform_certificates.is_empty() || pay.download_certificates,
        "缺少验签密钥：请设置 wechat.pay.public_key_id 与 public_key，或平台证书",
    );
    if config.sms.provider == "log" {
        demands.add("生产环境 sms.provider 不能是 log（短信只写入日志，用户收不到验证码）");
    }
    if config.mail.provider == "log" {
        demands.add("生产环境 mail.provider 不能是 log（邮件只写入日志）；没有邮件服务器时设为 none");
    }
    for (key, address) in [
        ("wechat.api_base", &config.wechat.api_base),
        ("wechat.pay_base", &config.wechat.pay_base),
        ("wechat.open_base", &config.wechat.open_base),
    ] {
        if host_of(address).is_some_and(is_this_machine) {
            demands.add(format!("生产环境 {key} 不能指向本机（模拟器只用于演示和测试）"));
        } else if !address.starts_with("https://") {
            demands.add(format!("生产环境 {key} 必须是 https 地址"));
        }
    }
    let mp = &config.wechat.mp;
    for (key, what, missing) in [
        ("wechat.mp.app_id", "服务号 AppID", mp.app_id.is_empty()),
        ("wechat.mp.app_secret", "服务号 AppSecret", mp.app_secret.is_empty()),
        ("wechat.mp.token", "服务号消息推送 Token", mp.token.is_empty()),
        ("wechat.mp.encoding_aes_key", "服务号消息加解密密钥", mp.encoding_aes_key.is_empty()),
    ] {
        if missing {
            demands.add(format!("缺少 {key}（{what}）"));
        }
    }
}

//! The client of WeChat Pay as the configuration describes it, and what is wrong with it in the operator's words.

use foundation::config::{Config, Secret, WechatPayConfig};
use secrecy::SecretString;
use wechat::clock::UnixClock;
use wechat::config::ConfigError;
use wechat::crypto::certificate::Certificate;
use wechat::crypto::suite::Suite;
use wechat::pay::{PayClient, PayConfig, PublicKeyConfig};

const SHANGMI: &str = "shangmi";
const ONE_SUITE: &str =
    "商户私钥、微信支付公钥和平台证书应同为 RSA（suite = \"international\"）或同为国密 SM2（suite = \"shangmi\"）";

/// A setting of `[wechat.pay]` that cannot work: nothing is served with it.
#[derive(Debug, thiserror::Error)]
#[error("微信支付配置不对：{what}。{remedy}")]
pub struct WrongSetting {
    /// What is wrong, with the name of the setting.
    pub what: String,
    /// What to do.
    pub remedy: &'static str,
    #[source]
    source: ConfigError,
}

/// The client of WeChat Pay that the configuration describes; an error names the key that cannot be used.
pub fn pay_client(config: &Config, clock: UnixClock) -> Result<PayClient, WrongSetting> {
    let WechatPayConfig { mch_id, merchant_serial, public_key_id, public_key, platform_certificates, .. } =
        &config.wechat.pay;
    let pay = &config.wechat.pay;
    merchant_certificate(config)?;
    let has_public_key = !public_key_id.is_empty();
    let secret = |secret: &Secret| SecretString::from(secret.expose());
    let pay_config = PayConfig {
        suite: if pay.suite == SHANGMI { Suite::ShangMi } else { Suite::International },
        base_url: config.wechat.pay_base.clone(),
        mch_id: mch_id.clone(),
        merchant_serial: merchant_serial.clone(),
        merchant_private_key_pem: secret(&pay.merchant_private_key),
        api_v3_key: secret(&pay.api_v3_key),
        api_v3_key_old: (!pay.api_v3_key_old.is_empty()).then(|| secret(&pay.api_v3_key_old)),
        public_key: has_public_key.then(|| PublicKeyConfig { id: public_key_id.clone(), pem: public_key.clone() }),
        platform_certificates_pem: split_certificates(platform_certificates),
        download_certificates: pay.download_certificates,
        timeout_ms: pay.timeout_ms,
    };
    PayClient::new(pay_config, clock).map_err(in_words)
}

/// The merchant's own certificate, where it is given: it is looked at for its end alone.
///
/// # Errors
/// When it is none, or not the one whose serial is set.
pub fn merchant_certificate(config: &Config) -> Result<Option<Certificate>, WrongSetting> {
    let pay = &config.wechat.pay;
    if pay.merchant_certificate.is_empty() {
        return Ok(None);
    }
    let wrong = |field, reason: &str| in_words(ConfigError::new(field, reason));
    let certificate = Certificate::from_pem(&pay.merchant_certificate)
        .map_err(|_| wrong("merchant_certificate", "no certificate in PEM"))?;
    if !certificate.serial().eq_ignore_ascii_case(&pay.merchant_serial) {
        return Err(wrong("merchant_certificate.serial", "another certificate than merchant_serial names"));
    }
    Ok(Some(certificate))
}

fn split_certificates(pem: &str) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    pem.split_inclusive(END).filter(|part| part.contains(END)).map(|part| part.trim().to_owned()).collect()
}

/// The client names the field in English; here it is said so that the operator finds it in the merchant platform.
fn in_words(source: ConfigError) -> WrongSetting {
    let (what, remedy) = match source.field {
        "base_url" => ("wechat.pay_base 不是有效地址", "应为 https://api.mch.weixin.qq.com"),
        "mch_id" => ("商户号（wechat.pay.mch_id）应全为数字", "在商户平台“账户中心”查看商户号"),
        "merchant_serial" => {
            ("商户证书序列号（wechat.pay.merchant_serial）应为 40 位十六进制", "在商户平台“API 安全”查看证书序列号")
        }
        "merchant_certificate" => (
            "商户证书（wechat.pay.merchant_certificate）无法读取",
            "应为 apiclient_cert.pem 的全部内容，可用 merchant_certificate_file 指定文件；不填也可以，只是不知道何时到期",
        ),
        "merchant_certificate.serial" => (
            "商户证书（wechat.pay.merchant_certificate）与证书序列号（wechat.pay.merchant_serial）不是同一份",
            "换证书时，证书、序列号与私钥一起换",
        ),
        "merchant_private_key_pem" => (
            "商户私钥（wechat.pay.merchant_private_key）无法读取",
            "应为 apiclient_key.pem 的全部内容，可用 merchant_private_key_file 指定文件",
        ),
        "merchant_private_key_pem.suite" => {
            ("商户私钥（wechat.pay.merchant_private_key）与约定的算法（wechat.pay.suite）不是一套", ONE_SUITE)
        }
        "public_key.pem.suite" => {
            ("微信支付公钥（wechat.pay.public_key）与约定的算法（wechat.pay.suite）不是一套", ONE_SUITE)
        }
        "platform_certificates_pem.suite" => {
            ("平台证书（wechat.pay.platform_certificates）与约定的算法（wechat.pay.suite）不是一套", ONE_SUITE)
        }
        "api_v3_key" => ("APIv3 密钥（wechat.pay.api_v3_key）应为 32 个字符", "在商户平台“API 安全”设置 APIv3 密钥"),
        "api_v3_key_old" => {
            ("第二把 APIv3 密钥（wechat.pay.api_v3_key_old）应为 32 个字符", "只在更换 APIv3 密钥期间填写，平时留空")
        }
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
        field => {
            let what = format!("[wechat.pay] 的 {field} 不对");
            return WrongSetting { what, remedy: "检查 [wechat.pay] 一节", source };
        }
    };
    WrongSetting { what: what.to_owned(), remedy, source }
}

//! The configuration of an installation whose WeChat, fiscal system and SMS provider are a simulator.

use foundation::config::{Config, Environment, Secret};
use simulator::Identities;

use crate::messages::Wording;

/// Points everything outside at the simulator at `base_url`, with the merchant's half of its identities.
///
/// # Errors
/// In production: there the simulator must never stand in for WeChat.
pub fn point_at_simulator(config: &mut Config, identities: &Identities, base_url: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        config.service.environment != Environment::Production,
        "模拟器不能用于生产环境（service.environment = production）"
    );
    let wechat = &mut config.wechat;
    wechat.api_base = base_url.to_owned();
    wechat.pay_base = base_url.to_owned();
    wechat.open_base = base_url.to_owned();
    wechat.pay.suite = if identities.is_shangmi() { "shangmi" } else { "international" }.to_owned();
    wechat.pay.mch_id.clone_from(&identities.mch_id);
    wechat.pay.merchant_serial.clone_from(&identities.merchant_serial);
    wechat.pay.merchant_private_key = Secret::new(&identities.merchant_private_key_pem);
    wechat.pay.merchant_certificate.clear();
    wechat.pay.api_v3_key = Secret::new(&identities.api_v3_key);
    wechat.pay.public_key_id.clone_from(&identities.public_key_id);
    wechat.pay.public_key.clone_from(&identities.public_key_pem);
    // Both kinds of keys, so that the simulator may sign with either.
    wechat.pay.download_certificates = true;
    wechat.mp.app_id.clone_from(&identities.mp.app_id);
    wechat.mp.app_secret = Secret::new(&identities.mp.app_secret);
    wechat.mp.original_id.clone_from(&identities.mp.original_id);
    wechat.mp.token = Secret::new(&identities.mp.token);
    wechat.mp.encoding_aes_key = Secret::new(&identities.mp.encoding_aes_key);
    wechat.mini.app_id.clone_from(&identities.mini.app_id);
    wechat.mini.app_secret = Secret::new(&identities.mini.app_secret);
    wechat.mini.token = Secret::new(&identities.mini.token);
    wechat.mini.encoding_aes_key = Secret::new(&identities.mini.encoding_aes_key);
    for kind in Wording::load()?.kinds_with_templates() {
        let id = kind.as_str().replace('_', "-");
        wechat.templates.set(kind.as_str(), &format!("demo-{id}"));
        wechat.templates.set(&format!("mini_{}", kind.as_str()), &format!("demo-mini-{id}"));
    }
    "http".clone_into(&mut config.fiscal.provider);
    base_url.clone_into(&mut config.fiscal.url);
    config.fiscal.secret = Secret::new(&identities.fiscal_secret);
    "http".clone_into(&mut config.sms.provider);
    base_url.clone_into(&mut config.sms.url);
    config.sms.secret = Secret::new(&identities.sms_secret);
    Ok(())
}

/// Sends mails to the mailbox of a simulator at this port of this machine.
pub fn mail_to_simulator(config: &mut Config, port: u16) {
    let mail = &mut config.mail;
    "smtp".clone_into(&mut mail.provider);
    "127.0.0.1".clone_into(&mut mail.host);
    mail.port = port;
    "none".clone_into(&mut mail.security);
    mail.user.clear();
    "示例特种设备检验检测院 <receipts@example.com>".clone_into(&mut mail.from);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simulator_is_refused_in_production() {
        let mut config = Config::load_from(None, []).expect("the defaults are complete");
        let refusal = point_at_simulator(&mut config, &Identities::fixed(), "http://127.0.0.1:1").unwrap_err();
        assert!(refusal.to_string().contains("生产"), "{refusal}");
        assert!(config.wechat.pay.mch_id.is_empty());
    }
}

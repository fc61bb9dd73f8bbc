//! What is wrong with single values, whatever the others are.

use std::net::IpAddr;

use super::{Config, ENDED_SESSIONS_DAYS_MIN, Environment};

/// Where our own second confirmation may be shown: methods and channels (S0-28).
const CONFIRMATIONS: [&str; 5] = ["jsapi", "mini_program", "native", "transfer", "remitted"];

/// A complaint for every value that cannot work, in the order of `config/default.toml`.
pub(super) fn complaints(config: &Config) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut demand = |fine: bool, complaint: String| {
        if !fine {
            complaints.push(complaint);
        }
    };
    demand(host_of(&config.service.public_base_url).is_some(), not_an_address("service.public_base_url"));
    demand(is_listen_address(&config.http.listen), not_a_listen_address("http.listen"));
    let metrics_listen = &config.http.metrics_listen;
    demand(metrics_listen.is_empty() || is_listen_address(metrics_listen), not_a_listen_address("http.metrics_listen"));
    for (key, value) in [
        ("http.body_limit_bytes", config.http.body_limit_bytes as i64),
        ("http.import_limit_bytes", config.http.import_limit_bytes as i64),
        ("database.max_connections", i64::from(config.database.max_connections)),
        ("login.failures_max", config.login.failures_max),
        ("login.lock_minutes", config.login.lock_minutes),
        ("login.session_days", config.login.session_days),
        ("login.sms_code_minutes", config.login.sms_code_minutes),
        ("login.sms_code_wrong_max", config.login.sms_code_wrong_max),
        ("members.invitation_days", config.members.invitation_days),
        ("wechat.pay.timeout_ms", config.wechat.pay.timeout_ms as i64),
        ("checkout.fees_per_order_max", config.checkout.fees_per_order_max as i64),
        ("orders.expire_hours", config.orders.expire_hours),
        ("payments.ask_interval_s", config.payments.ask_interval_s),
        ("links.ttl_minutes", config.links.ttl_minutes),
    ] {
        demand(value > 0, format!("{key} 必须大于 0"));
    }
    demand(
        (ENDED_SESSIONS_DAYS_MIN..=3_650).contains(&config.login.ended_sessions_days),
        format!(
            "login.ended_sessions_days 应在 {ENDED_SESSIONS_DAYS_MIN} 与 3650 之间（网络日志依法留存不少于六个月）"
        ),
    );
    demand(config.staff.password_days_max >= 0, "staff.password_days_max 不能小于 0（0 为不限期）".to_owned());
    demand(
        config.http.large_bodies_limit_bytes >= config.http.import_limit_bytes,
        "http.large_bodies_limit_bytes 不能小于 http.import_limit_bytes，否则最大的文件永远传不上来".to_owned(),
    );
    demand(config.http.request_timeout_ms >= 1_000, "http.request_timeout_ms 至少 1000（1 秒）".to_owned());
    demand(
        config.http.large_request_timeout_ms >= config.http.request_timeout_ms,
        "http.large_request_timeout_ms 不能小于 http.request_timeout_ms".to_owned(),
    );
    demand(
        ["log", "http"].contains(&config.sms.provider.as_str()),
        not_offered("sms.provider", &config.sms.provider, &["log", "http"]),
    );
    demand(
        config.sms.provider != "http" || host_of(&config.sms.url).is_some(),
        "sms.provider 为 http 时，sms.url 应为 http:// 或 https:// 开头的地址".to_owned(),
    );
    let mail = &config.mail;
    demand(
        ["none", "log", "smtp"].contains(&mail.provider.as_str()),
        not_offered("mail.provider", &mail.provider, &["none", "log", "smtp"]),
    );
    demand(
        ["tls", "starttls", "none"].contains(&mail.security.as_str()),
        not_offered("mail.security", &mail.security, &["tls", "starttls", "none"]),
    );
    demand(
        mail.provider != "smtp" || (!mail.host.is_empty() && mail.from.contains('@')),
        "mail.provider 为 smtp 时，必须设置 mail.host 与 mail.from（发件邮箱）".to_owned(),
    );
    for (key, address) in [
        ("wechat.api_base", &config.wechat.api_base),
        ("wechat.pay_base", &config.wechat.pay_base),
        ("wechat.open_base", &config.wechat.open_base),
    ] {
        demand(host_of(address).is_some(), not_an_address(key));
    }
    for entry in config.checkout.second_confirmation() {
        demand(
            CONFIRMATIONS.contains(&entry.as_str()),
            not_offered("checkout.second_confirmation", &entry, &CONFIRMATIONS),
        );
    }
    // A prepay id lives two hours at WeChat, and what ends within two minutes is not handed out again.
    demand(
        (5..=120).contains(&config.payments.attempt_minutes),
        "payments.attempt_minutes 应在 5 与 120 之间".to_owned(),
    );
    let schedule = config.payments.query_schedule();
    demand(
        schedule.is_ok_and(|steps| steps.iter().all(|step| *step > 0)),
        "payments.query_schedule_s 应为逗号分隔的秒数，如 5,30,60".to_owned(),
    );
    demand(
        (0..=10_000).contains(&config.invoices.vat_tax_rate_per_10000),
        "invoices.vat_tax_rate_per_10000 应在 0 与 10000 之间（600 即 6%）".to_owned(),
    );
    demand(
        ["none", "http"].contains(&config.fiscal.provider.as_str()),
        not_offered("fiscal.provider", &config.fiscal.provider, &["none", "http"]),
    );
    demand(
        config.fiscal.provider != "http" || (host_of(&config.fiscal.url).is_some() && !config.fiscal.secret.is_empty()),
        "fiscal.provider 为 http 时，必须设置 fiscal.url（http:// 或 https:// 开头）与 fiscal.secret".to_owned(),
    );
    demand(
        ["fiscal", "wechat"].contains(&config.fiscal.payment_codes.as_str()),
        not_offered("fiscal.payment_codes", &config.fiscal.payment_codes, &["fiscal", "wechat"]),
    );
    let nontax = &config.wechat.nontax;
    let nontax_named = [&nontax.department_code, &nontax.department_name, &nontax.region_code, &nontax.item_id];
    demand(
        config.fiscal.payment_codes != "wechat" || nontax_named.iter().all(|text| !text.is_empty()),
        "fiscal.payment_codes 为 wechat 时，必须设置 wechat.nontax 的 department_code、department_name、region_code 与 item_id"
            .to_owned(),
    );
    demand(
        (100..=30_000).contains(&config.webhooks.timeout_ms),
        "webhooks.timeout_ms 应在 100 与 30000 之间".to_owned(),
    );
    demand(config.webhooks.kept_days >= 90, "webhooks.kept_days 至少 90，其他系统才来得及补收".to_owned());
    demand(config.credit.due_days_max > 0, "credit.due_days_max 必须大于 0".to_owned());
    demand(config.credit.limit_fen >= 0, "credit.limit_fen 不能小于 0".to_owned());
    demand(
        config.credit.reminders().is_ok_and(|days| days.iter().all(|day| day.abs() <= 3_650)),
        "credit.remind_days 与 credit.overdue_days 应为逗号分隔的天数，如 7,1,0".to_owned(),
    );
    complaints
}

/// A complaint for everything that only demonstrations and tests may do.
pub(super) fn complaints_of_production(config: &Config) -> Vec<String> {
    let mut complaints = Vec::new();
    if config.service.environment != Environment::Production {
        return complaints;
    }
    if config.sms.provider == "log" {
        complaints.push("生产环境 sms.provider 不能是 log（短信只写入日志，用户收不到验证码）".to_owned());
    }
    if config.mail.provider == "log" {
        complaints.push("生产环境 mail.provider 不能是 log（邮件只写入日志）；没有邮件服务器时设为 none".to_owned());
    }
    for (key, address) in [
        ("wechat.api_base", &config.wechat.api_base),
        ("wechat.pay_base", &config.wechat.pay_base),
        ("wechat.open_base", &config.wechat.open_base),
    ] {
        if host_of(address).is_some_and(is_this_machine) {
            complaints.push(format!("生产环境 {key} 不能指向本机（模拟器只用于演示和测试）"));
        } else if !address.starts_with("https://") {
            complaints.push(format!("生产环境 {key} 必须是 https 地址"));
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
            complaints.push(format!("缺少 {key}（{what}）"));
        }
    }
    complaints
}

fn not_an_address(key: &str) -> String {
    format!("{key} 应为 http:// 或 https:// 开头的地址")
}

fn not_a_listen_address(key: &str) -> String {
    format!("{key} 应为 地址:端口，如 127.0.0.1:8080")
}

fn not_offered(key: &str, value: &str, offered: &[&str]) -> String {
    format!("{key} 的值“{value}”不对，可以是 {}", offered.join("、"))
}

/// `127.0.0.1:8080`, `[::]:8080`, `localhost:8080`.
fn is_listen_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let host_fits = match host.strip_prefix('[') {
        Some(host) => host.strip_suffix(']').is_some_and(|host| host.parse::<IpAddr>().is_ok()),
        None => !host.is_empty() && !host.contains(|character: char| character == ':' || character.is_whitespace()),
    };
    host_fits && port.parse::<u16>().is_ok()
}

/// The host of an `http://` or `https://` address, without port; nothing for everything else.
fn host_of(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host_and_port.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => host_and_port.split(':').next()?,
    };
    let fits = !host.is_empty() && !host.contains(char::is_whitespace);
    fits.then_some(host)
}

fn is_this_machine(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
        }
        Ok(address) => address.is_loopback() || address.is_unspecified(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine_are_known_in_every_spelling() {
        for here in [
            "http://127.0.0.1:9000",
            "https://127.8.8.8",
            "http://localhost./",
            "http://LOCALHOST",
            "https://a.localhost",
            "http://0.0.0.0:9000",
            "http://[::1]:9000/x",
            "http://[::]",
            "http://user@127.0.0.1",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(host_of(here).is_some_and(is_this_machine), "{here}");
        }
        for elsewhere in ["https://api.weixin.qq.com", "https://127.0.0.1.example.com", "https://localhost.example.com"]
        {
            assert!(host_of(elsewhere).is_some_and(|host| !is_this_machine(host)), "{elsewhere}");
        }
        for none in ["ftp://a", "https://", "api.weixin.qq.com", ""] {
            assert_eq!(host_of(none), None, "{none}");
        }
    }

    #[test]
    fn a_listen_address_has_a_host_and_a_port() {
        for good in ["127.0.0.1:8080", "[::]:8080", "localhost:80", "0.0.0.0:1"] {
            assert!(is_listen_address(good), "{good}");
        }
        for bad in ["8080", ":8080", "127.0.0.1", "127.0.0.1:99999", "::1:80x", "a b:80", "[x]:80"] {
            assert!(!is_listen_address(bad), "{bad}");
        }
    }
}

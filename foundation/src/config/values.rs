//! What is wrong with single values, whatever the others are.

use std::net::IpAddr;

use super::demands::Demands;
use super::{Config, ENDED_SESSIONS_DAYS_MIN};

/// Where our own second confirmation may be shown: methods and channels (S0-28).
const CONFIRMATIONS: [&str; 5] = ["jsapi", "mini_program", "native", "transfer", "remitted"];

/// Complains of every value that cannot work.
pub(super) fn check(config: &Config, demands: &mut Demands) {
    check_service(config, demands);
    check_channels(config, demands);
    check_money(config, demands);
}

/// The process, its doors, and who comes in.
fn check_service(config: &Config, demands: &mut Demands) {
    demands.demand(!config.service.public_base_url.ends_with('/'), "service.public_base_url 末尾不要加斜杠");
    demands.demand(host_of(&config.service.public_base_url).is_some(), not_an_address("service.public_base_url"));
    demands.demand(is_listen_address(&config.http.listen), not_a_listen_address("http.listen"));
    let metrics_listen = &config.http.metrics_listen;
    demands.demand(
        metrics_listen.is_empty() || is_listen_address(metrics_listen),
        not_a_listen_address("http.metrics_listen"),
    );
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
        demands.demand(value > 0, format!("{key} 必须大于 0"));
    }
    demands.demand(
        (ENDED_SESSIONS_DAYS_MIN..=3_650).contains(&config.login.ended_sessions_days),
        format!(
            "login.ended_sessions_days 应在 {ENDED_SESSIONS_DAYS_MIN} 与 3650 之间（网络日志依法留存不少于六个月）"
        ),
    );
    demands.demand(
        (1..=1_000_000).contains(&config.staff.export_rows_max),
        "staff.export_rows_max 应在 1 与 1000000 之间（一张表格最多一百多万行）",
    );
    demands.demand(config.staff.password_days_max >= 0, "staff.password_days_max 不能小于 0（0 为不限期）");
    demands.demand(
        config.http.large_bodies_limit_bytes >= config.http.import_limit_bytes,
        "http.large_bodies_limit_bytes 不能小于 http.import_limit_bytes，否则最大的文件永远传不上来",
    );
    demands.demand(config.http.request_timeout_ms >= 1_000, "http.request_timeout_ms 至少 1000（1 秒）");
    demands.demand(
        config.http.large_request_timeout_ms >= config.http.request_timeout_ms,
        "http.large_request_timeout_ms 不能小于 http.request_timeout_ms",
    );
    demands.demand(
        config.archive.after_months == 0 || (6..=1_200).contains(&config.archive.after_months),
        "archive.after_months 应为 0（不归档）或在 6 与 1200 之间",
    );
}

/// How people are reached, and WeChat.
fn check_channels(config: &Config, demands: &mut Demands) {
    demands.demand(
        ["log", "http"].contains(&config.sms.provider.as_str()),
        not_offered("sms.provider", &config.sms.provider, &["log", "http"]),
    );
    demands.demand(
        config.sms.provider != "http" || host_of(&config.sms.url).is_some(),
        "sms.provider 为 http 时，sms.url 应为 http:// 或 https:// 开头的地址",
    );
    let mail = &config.mail;
    demands.demand(
        ["none", "log", "smtp"].contains(&mail.provider.as_str()),
        not_offered("mail.provider", &mail.provider, &["none", "log", "smtp"]),
    );
    demands.demand(
        ["tls", "starttls", "none"].contains(&mail.security.as_str()),
        not_offered("mail.security", &mail.security, &["tls", "starttls", "none"]),
    );
    demands.demand(
        mail.provider != "smtp" || (!mail.host.is_empty() && mail.from.contains('@')),
        "mail.provider 为 smtp 时，必须设置 mail.host 与 mail.from（发件邮箱）",
    );
    for (key, address) in [
        ("wechat.api_base", &config.wechat.api_base),
        ("wechat.pay_base", &config.wechat.pay_base),
        ("wechat.open_base", &config.wechat.open_base),
    ] {
        demands.demand(host_of(address).is_some(), not_an_address(key));
    }
    demands.demand(
        (1..=3_650).contains(&config.messages.conversation_days),
        "messages.conversation_days 应在 1 与 3650 之间",
    );
}

/// What is owed, paid, receipted and told to other systems.
fn check_money(config: &Config, demands: &mut Demands) {
    for entry in config.checkout.second_confirmation() {
        demands.demand(
            CONFIRMATIONS.contains(&entry.as_str()),
            not_offered("checkout.second_confirmation", &entry, &CONFIRMATIONS),
        );
    }
    // A prepay id lives two hours at WeChat, and what ends within two minutes is not handed out again.
    demands.demand((5..=120).contains(&config.payments.attempt_minutes), "payments.attempt_minutes 应在 5 与 120 之间");
    let schedule = config.payments.query_schedule();
    demands.demand(
        schedule.is_ok_and(|steps| steps.iter().all(|step| *step > 0)),
        "payments.query_schedule_s 应为逗号分隔的秒数，如 5,30,60",
    );
    demands.demand(
        (0..=10_000).contains(&config.invoices.vat_tax_rate_per_10000),
        "invoices.vat_tax_rate_per_10000 应在 0 与 10000 之间（600 即 6%）",
    );
    demands.demand(
        ["none", "http"].contains(&config.fiscal.provider.as_str()),
        not_offered("fiscal.provider", &config.fiscal.provider, &["none", "http"]),
    );
    demands.demand(
        config.fiscal.provider != "http" || (host_of(&config.fiscal.url).is_some() && !config.fiscal.secret.is_empty()),
        "fiscal.provider 为 http 时，必须设置 fiscal.url（http:// 或 https:// 开头）与 fiscal.secret",
    );
    demands.demand(
        ["fiscal", "wechat"].contains(&config.fiscal.payment_codes.as_str()),
        not_offered("fiscal.payment_codes", &config.fiscal.payment_codes, &["fiscal", "wechat"]),
    );
    let nontax = &config.wechat.nontax;
    let nontax_named = [&nontax.department_code, &nontax.department_name, &nontax.region_code, &nontax.item_id];
    demands.demand(
        config.fiscal.payment_codes != "wechat" || nontax_named.iter().all(|text| !text.is_empty()),
        "fiscal.payment_codes 为 wechat 时，必须设置 wechat.nontax 的 department_code、department_name、region_code 与 item_id"
            .to_owned(),
    );
    demands.demand((100..=30_000).contains(&config.webhooks.timeout_ms), "webhooks.timeout_ms 应在 100 与 30000 之间");
    demands.demand(config.webhooks.kept_days >= 90, "webhooks.kept_days 至少 90，其他系统才来得及补收");
    demands.demand(config.credit.due_days_max > 0, "credit.due_days_max 必须大于 0");
    demands.demand(config.credit.limit_fen >= 0, "credit.limit_fen 不能小于 0");
    demands.demand(
        config.credit.reminders().is_ok_and(|days| days.iter().all(|day| day.abs() <= 3_650)),
        "credit.remind_days 与 credit.overdue_days 应为逗号分隔的天数，如 7,1,0",
    );
    demands.demand(
        config.transfer.remind_days < config.transfer.code_valid_days
            && config.transfer.code_valid_days <= config.transfer.valid_days,
        "应有 transfer.remind_days < transfer.code_valid_days <= transfer.valid_days",
    );
    demands.demand((80..=100).contains(&config.bank.automatic_score), "bank.automatic_score 应在 80 与 100 之间");
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
pub(super) fn host_of(address: &str) -> Option<&str> {
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

/// Whether a host is the machine itself, in any spelling.
pub(super) fn is_this_machine(host: &str) -> bool {
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

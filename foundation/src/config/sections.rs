//! The sections of the configuration; every key is explained in `config/default.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The whole configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Config {
    pub service: ServiceConfig,
    pub http: HttpConfig,
    pub database: DatabaseConfig,
    pub redis: RedisConfig,
    pub files: FilesConfig,
    pub archive: ArchiveConfig,
    pub login: LoginConfig,
    pub sms: SmsConfig,
    pub mail: MailConfig,
    pub messages: MessagesConfig,
    pub wechat: WechatConfig,
    pub checkout: CheckoutConfig,
    pub orders: OrdersConfig,
    pub transfer: TransferConfig,
    pub remittance: RemittanceConfig,
    pub uploads: UploadsConfig,
    pub bank: BankConfig,
    pub shares: SharesConfig,
    pub guest: GuestConfig,
    pub payments: PaymentsConfig,
    pub invoices: InvoicesConfig,
    pub fiscal: FiscalConfig,
    pub links: LinksConfig,
    pub documents: DocumentsConfig,
    pub imports: ImportsConfig,
    pub integration: IntegrationConfig,
    pub webhooks: WebhooksConfig,
    pub credit: CreditConfig,
    pub secrets: SecretsConfig,
    pub staff: StaffConfig,
    pub members: MembersConfig,
    pub policy: PolicyConfig,
    pub agreements: AgreementsConfig,
    pub registration: RegistrationConfig,
    pub captcha: CaptchaConfig,
    pub traces: TracesConfig,
}

/// A text that never shows in logs.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The text itself; say why where you call it.
    pub fn expose(&self) -> &str {
        &self.0
    }
    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Bytes of the text.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.0.is_empty() { "(未设置)" } else { "***" })
    }
}

/// Where this process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Real people and money.
    Production,
    /// The built-in simulator and demo data.
    Demo,
    /// Automatic tests.
    Test,
}

macro_rules! section {
    ($(#[$meta:meta])* $name:ident { $($field:ident : $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs)]
        pub struct $name { $(pub $field: $type),* }
    };
}

section!(
    /// `[service]`
    ServiceConfig {
        environment: Environment, institute_name: String, service_phone: String, service_hours: String,
        public_base_url: String, calendar_file: String, log_level: String, log_json: bool,
    }
);
section!(
    /// `[http]`
    HttpConfig {
        listen: String, metrics_listen: String, body_limit_bytes: usize, import_limit_bytes: usize,
        large_bodies_limit_bytes: usize, request_timeout_ms: u64, large_request_timeout_ms: u64, in_flight_max: usize,
        notices_in_flight_max: usize, trust_forwarded_for: bool, api_documents: bool, h5_directory: String,
        console_directory: String,
    }
);
section!(
    /// `[database]`
    DatabaseConfig {
        url: Secret, max_connections: u32, migrate_on_start: bool, replica_url: Secret, replica_max_connections: u32,
        replica_lag_max_ms: i64,
    }
);
section!(
    /// `[redis]`
    RedisConfig { url: Secret, prefix: String }
);
section!(
    /// `[files]`
    FilesConfig {
        directory: String, s3_bucket: String, s3_endpoint: String, s3_region: String, s3_access_key: String,
        s3_secret_key: Secret,
    }
);
section!(
    /// `[archive]`
    ArchiveConfig { after_months: i64 }
);
section!(
    /// `[login]`
    LoginConfig {
        failures_max: i64, lock_minutes: i64, captcha_after_wrong: u64, captcha_after_wrong_per_address: u64, password_tries_per_address_per_hour: u64, session_days: i64, ended_sessions_days: i64, sms_code_minutes: i64, sms_code_wrong_max: i64,
        sms_per_phone_per_hour: u64, sms_per_address_per_hour: u64, sms_per_device_per_hour: u64, sms_per_day_max: u64, sms_resend_s: i64, temporary_password_hours: i64, argon2_memory_kib: u32,
        argon2_passes: u32,
    }
);
section!(
    /// `[sms]`
    SmsConfig { provider: String, url: String, secret: Secret }
);
section!(
    /// `[mail]`
    MailConfig {
        provider: String, host: String, port: u16, security: String, user: String, password: Secret, from: String,
        per_unit_per_day: u64,
    }
);
section!(
    /// `[messages]`
    MessagesConfig {
        template_per_day: i64, template_per_minute: i64, subscription_per_day: i64, subscription_per_minute: i64,
        sms_per_day: i64, sms_per_minute: i64, urgent_percent: i64, quiet_from: String, quiet_until: String,
        digest_at: String, tries_max: i64, conversation_days: i64,
    }
);
section!(
    /// `[wechat]`
    WechatConfig {
        api_base: String, pay_base: String, open_base: String, pay: WechatPayConfig, mp: WechatMpConfig,
        mini: WechatMiniConfig, templates: WechatTemplatesConfig, nontax: WechatNontaxConfig,
        verification_directory: String,
    }
);
section!(
    /// `[wechat.nontax]`
    WechatNontaxConfig {
        service_id: String, bank_id: String, department_code: String, department_name: String, region_code: String,
        item_id: String, item_name: String,
    }
);
section!(
    /// `[wechat.pay]`
    WechatPayConfig {
        suite: String, mch_id: String, merchant_serial: String, merchant_private_key: Secret, merchant_certificate: String, api_v3_key: Secret,
        api_v3_key_old: Secret, public_key_id: String, public_key: String, platform_certificates: String, download_certificates: bool,
        timeout_ms: u64,
    }
);
section!(
    /// `[wechat.mp]`
    WechatMpConfig {
        app_id: String, app_secret: Secret, original_id: String, token: Secret, encoding_aes_key: Secret,
        token_old: Secret, encoding_aes_key_old: Secret,
    }
);
section!(
    /// `[wechat.mini]`
    WechatMiniConfig {
        app_id: String, app_secret: Secret, token: Secret, encoding_aes_key: Secret, token_old: Secret,
        encoding_aes_key_old: Secret,
    }
);
/// `[wechat.templates]`: ids of message templates by kind of message, `mini_…` for those of the mini-program. Which kinds
/// there are the product knows; it checks the keys at the start.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct WechatTemplatesConfig(BTreeMap<String, String>);

section!(
    /// `[checkout]`
    CheckoutConfig { second_confirmation: String, fees_per_order_max: usize }
);
section!(
    /// `[orders]`
    OrdersConfig { expire_hours: i64 }
);
section!(
    /// `[transfer]`
    TransferConfig { valid_days: i64, code_valid_days: i64, remind_days: i64, code_pattern: String }
);
section!(
    /// `[remittance]`
    RemittanceConfig { valid_days: i64, review_working_days: u32, proofs_max: usize }
);
section!(
    /// `[uploads]`
    UploadsConfig { file_limit_bytes: i64, part_limit_bytes: usize, unfinished_per_unit_max: u64, per_account_per_day: u64, pdf_pages_max: usize }
);
section!(
    /// `[bank]`
    BankConfig { statement_limit_bytes: usize, automatic_score: i64 }
);
section!(
    /// `[captcha]`
    CaptchaConfig { minutes: i64, per_address_per_hour: u64, words_per_address_per_hour: u64 }
);
section!(
    /// `[members]`
    MembersConfig {
        invitation_days: i64, invitations_open_max: u64, invitations_per_unit_per_day: u64, members_max: u64, deletion_days: i64,
        invitation_sms_per_phone_per_day: u64, invitation_sms_per_account_per_day: u64, invitation_sms_per_address_per_day: u64,
        phone_change_member_days: i64, phone_change_delay_hours: i64,
    }
);
section!(
    /// `[shares]`
    SharesConfig { fetches_per_link_per_hour: u64, fetches_per_address_per_hour: u64 }
);
section!(
    /// `[guest]`
    GuestConfig {
        finds_per_address_per_hour: u64,
        finds_per_number_per_hour: u64, starts_per_address_per_hour: u64, ticket_minutes: i64, ask_days: i64,
        asks_per_order_max: u64,
    }
);
section!(
    /// `[payments]`
    PaymentsConfig { attempt_minutes: i64, query_schedule_s: String, ask_interval_s: i64 }
);
section!(
    /// `[invoices]`
    InvoicesConfig { vat_tax_code: String, vat_goods_name: String, vat_tax_rate_per_10000: i64, drawer: String }
);
section!(
    /// `[fiscal]`
    FiscalConfig { provider: String, url: String, secret: Secret, payment_codes: String }
);
section!(
    /// `[links]`
    LinksConfig { secret: Secret, secret_old: Secret, ttl_minutes: i64 }
);
section!(
    /// `[documents]`
    DocumentsConfig { font_file: String }
);
section!(
    /// `[imports]`
    ImportsConfig { allowed_url_hosts: String }
);
section!(
    /// `[integration]`
    IntegrationConfig { client_id: String, secret: Secret, secret_old: Secret }
);
section!(
    /// `[webhooks]`
    WebhooksConfig { allow_private: bool, timeout_ms: u64, kept_days: i64 }
);
section!(
    /// `[credit]`
    CreditConfig {
        review_working_days: u32, due_days_max: i64, limit_fen: i64, remind_days: String, overdue_days: String,
    }
);
section!(
    /// `[secrets]`
    SecretsConfig { keys: Secret, index_key: Secret }
);

section!(
    /// `[policy]`
    PolicyConfig { pay_online: String, credit: String, electronic_report: String }
);
section!(
    /// `[agreements]`
    AgreementsConfig { directory: String, reading_seconds: i64, opened_minutes: i64 }
);
section!(
    /// `[registration]`
    RegistrationConfig {
        review_working_days: u32, open_max: u64, code_checks_per_account_per_hour: u64,
        code_checks_per_address_per_hour: u64, files_per_purpose_max: usize,
    }
);
section!(
    /// `[traces]`
    TracesConfig { endpoint: String, per_thousand: u32, service_name: String }
);
section!(
    /// `[staff]`
    StaffConfig {
        session_hours: i64, idle_minutes: i64, step_up_minutes: i64, first_password_hours: i64, password_days_max: i64,
        export_rows_max: usize,
    }
);

impl WechatTemplatesConfig {
    /// The service account's template of a kind; empty when there is none.
    pub fn template(&self, kind: &str) -> &str {
        self.0.get(kind).map_or("", String::as_str)
    }

    /// The mini-program's template of a kind; empty when there is none.
    pub fn subscription(&self, kind: &str) -> &str {
        self.0.get(&format!("mini_{kind}")).map_or("", String::as_str)
    }

    /// The mini-program's templates that are set: what it may ask consent for.
    pub fn mini_ids(&self) -> Vec<&str> {
        self.iter().filter(|(key, id)| key.starts_with("mini_") && !id.is_empty()).map(|(_, id)| id).collect()
    }

    /// Keys and ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, id)| (key.as_str(), id.as_str()))
    }

    /// Sets the id under a key.
    pub fn set(&mut self, key: &str, id: &str) {
        self.0.insert(key.to_owned(), id.to_owned());
    }
}

impl FromIterator<(String, String)> for WechatTemplatesConfig {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl PaymentsConfig {
    /// When to ask WeChat about an open attempt, milliseconds after it was made (B-16).
    pub fn query_schedule(&self) -> Result<Vec<i64>, std::num::ParseIntError> {
        self.query_schedule_s.split(',').map(|part| part.trim().parse::<i64>().map(|seconds| seconds * 1_000)).collect()
    }
}

impl CreditConfig {
    /// Days before (and, negative, after) the day of payment on which the payer is reminded, the earliest first.
    ///
    /// # Errors
    /// When one of the lists is none of numbers.
    pub fn reminders(&self) -> Result<Vec<i64>, std::num::ParseIntError> {
        let days = |text: &str| -> Result<Vec<i64>, std::num::ParseIntError> {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::parse::<i64>).collect()
        };
        let mut all = days(&self.remind_days)?;
        all.extend(days(&self.overdue_days)?.into_iter().map(|day| -day));
        all.sort_unstable_by(|left, right| right.cmp(left));
        all.dedup();
        Ok(all)
    }
}

impl CheckoutConfig {
    /// Methods and channels for which our own second confirmation is shown.
    pub fn second_confirmation(&self) -> Vec<String> {
        self.second_confirmation.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    }
}

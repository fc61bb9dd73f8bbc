//! What is said, from `config/messages.toml`: checked at the start with the longest values that can occur, so that no
//! message fails at WeChat's field limits (mp §10) when it matters.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use foundation::config::WechatTemplatesConfig;
use serde::{Deserialize, Serialize};
use wechat::mp::fields::{FieldKind, check, fit};

use super::pattern::fill;

/// What fills the `{names}` of a text.
pub type Values = BTreeMap<String, String>;

/// The value that names another body of the same kind (`[kind.bodies]`); without it, or where the kind has no such body,
/// the usual one is taken.
pub const VARIANT: &str = "variant";

/// Longer titles do not fit one line of the inbox.
const TITLE_CHARACTERS_MAX: usize = 24;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// New reports wait to be paid.
    FeePosted,
    /// An order was paid.
    OrderPaid,
    /// All reports of an order can be downloaded.
    ReportReady,
    /// The receipt can be downloaded.
    InvoiceReady,
    /// The receipt could not be issued.
    InvoiceFailed,
    /// An order was voided.
    OrderVoid,
    /// Money goes back.
    Refund,
    /// A part of the money came by transfer.
    PartReceived,
    /// A remittance was rejected while other money of its order is here.
    RemittanceRejected,
    /// The payment code of an order ends soon.
    CodeExpiring,
    /// A remittance was not reviewed in the promised time.
    ReviewLate,
    /// 欠费申请 was handed in.
    CreditSubmitted,
    /// It was granted.
    CreditGranted,
    /// It was not.
    CreditRejected,
    /// Its day of payment comes near.
    CreditDue,
    /// Its day of payment is over.
    CreditOverdue,
    /// Everything of it is paid.
    CreditSettled,
    /// Printed reports were posted.
    ReportsPosted,
}

impl MessageKind {
    /// All kinds.
    pub const ALL: [MessageKind; 18] = [
        MessageKind::FeePosted,
        MessageKind::OrderPaid,
        MessageKind::ReportReady,
        MessageKind::InvoiceReady,
        MessageKind::InvoiceFailed,
        MessageKind::OrderVoid,
        MessageKind::Refund,
        MessageKind::PartReceived,
        MessageKind::RemittanceRejected,
        MessageKind::CodeExpiring,
        MessageKind::ReviewLate,
        MessageKind::CreditSubmitted,
        MessageKind::CreditGranted,
        MessageKind::CreditRejected,
        MessageKind::CreditDue,
        MessageKind::CreditOverdue,
        MessageKind::CreditSettled,
        MessageKind::ReportsPosted,
    ];

    /// As stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            MessageKind::FeePosted => "fee_posted",
            MessageKind::OrderPaid => "order_paid",
            MessageKind::ReportReady => "report_ready",
            MessageKind::InvoiceReady => "invoice_ready",
            MessageKind::InvoiceFailed => "invoice_failed",
            MessageKind::OrderVoid => "order_void",
            MessageKind::Refund => "refund",
            MessageKind::PartReceived => "part_received",
            MessageKind::RemittanceRejected => "remittance_rejected",
            MessageKind::CodeExpiring => "code_expiring",
            MessageKind::ReviewLate => "review_late",
            MessageKind::CreditSubmitted => "credit_submitted",
            MessageKind::CreditGranted => "credit_granted",
            MessageKind::CreditRejected => "credit_rejected",
            MessageKind::CreditDue => "credit_due",
            MessageKind::CreditOverdue => "credit_overdue",
            MessageKind::CreditSettled => "credit_settled",
            MessageKind::ReportsPosted => "reports_posted",
        }
    }

    /// The kind of a stored message.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One field of a message template.
#[derive(Debug, Clone, Deserialize)]
struct TemplateField(String, String, String);

/// The texts of one kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindWording {
    title: String,
    body: String,
    link: String,
    /// What is said instead of `body` in certain states, by their names.
    #[serde(default)]
    bodies: BTreeMap<String, String>,
    /// The name of the template in WeChat's console.
    #[serde(default)]
    template_title: String,
    /// The fields of the service account's template, and of the mini-program's when it has no own ones.
    #[serde(default)]
    template_fields: Vec<TemplateField>,
    /// The fields of the mini-program's subscription template, when they differ.
    #[serde(default)]
    subscription_fields: Vec<TemplateField>,
}

impl KindWording {
    fn body_for(&self, values: &Values) -> &str {
        values.get(VARIANT).and_then(|variant| self.bodies.get(variant)).unwrap_or(&self.body)
    }

    fn subscription_fields(&self) -> &[TemplateField] {
        if self.subscription_fields.is_empty() { &self.template_fields } else { &self.subscription_fields }
    }
}

/// A message template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Label and key of each field, such as `("缴费单位", "thing1")`.
    pub fields: Vec<(String, String)>,
}

/// A message ready for the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worded {
    /// Headline.
    pub title: String,
    /// One or two sentences.
    pub body: String,
    /// The page it opens: `/h5/#/pages/…`.
    pub link: String,
}

/// The texts of all kinds.
#[derive(Debug, Clone)]
pub struct Wording {
    kinds: BTreeMap<MessageKind, KindWording>,
}

impl Wording {
    /// Reads and checks the texts that are compiled in.
    pub fn load() -> anyhow::Result<Self> {
        Self::parse(include_str!("../../config/messages.toml")).context("config/messages.toml")
    }

    /// Reads and checks texts. Errors name the kind and the field.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let kinds: BTreeMap<MessageKind, KindWording> = toml::from_str(text)?;
        let wording = Self { kinds };
        for kind in MessageKind::ALL {
            wording.check(kind).with_context(|| kind.as_str().to_owned())?;
        }
        Ok(wording)
    }

    /// The texts of one kind.
    fn of(&self, kind: MessageKind) -> anyhow::Result<&KindWording> {
        self.kinds.get(&kind).with_context(|| format!("no texts for {}", kind.as_str()))
    }

    /// Kind, headline and text of every kind, names in braces still open.
    pub fn texts(&self) -> impl Iterator<Item = (MessageKind, &str, &str)> {
        self.kinds.iter().map(|(kind, texts)| (*kind, texts.title.as_str(), texts.body.as_str()))
    }

    /// The message for the inbox.
    pub fn inbox(&self, kind: MessageKind, values: &Values) -> anyhow::Result<Worded> {
        let texts = self.of(kind)?;
        Ok(Worded {
            title: filled(&texts.title, values)?,
            body: filled(texts.body_for(values), values)?,
            link: filled(&texts.link, values)?,
        })
    }

    /// The fields of the service account's template message, within WeChat's limits.
    pub fn template_data(&self, kind: MessageKind, values: &Values) -> anyhow::Result<BTreeMap<String, String>> {
        fitted(&self.of(kind)?.template_fields, values)
    }

    /// The fields of the mini-program's subscription message, within WeChat's limits.
    pub fn subscription_data(&self, kind: MessageKind, values: &Values) -> anyhow::Result<BTreeMap<String, String>> {
        fitted(self.of(kind)?.subscription_fields(), values)
    }

    /// The templates as WeChat's console would list them: id, title, and label and key of each field.
    pub fn templates(&self, ids: &WechatTemplatesConfig) -> Vec<Template> {
        let templates = [
            (&ids.fee_posted, MessageKind::FeePosted),
            (&ids.order_paid, MessageKind::OrderPaid),
            (&ids.report_ready, MessageKind::ReportReady),
            (&ids.invoice_ready, MessageKind::InvoiceReady),
        ];
        let subscriptions = [
            (&ids.mini_fee_posted, MessageKind::FeePosted),
            (&ids.mini_order_paid, MessageKind::OrderPaid),
            (&ids.mini_report_ready, MessageKind::ReportReady),
            (&ids.mini_invoice_ready, MessageKind::InvoiceReady),
        ];
        let of = |(id, kind): (&String, MessageKind), subscription: bool| {
            let texts = self.kinds.get(&kind)?;
            let fields = if subscription { texts.subscription_fields() } else { &texts.template_fields };
            let fields = fields.iter().map(|TemplateField(key, label, _)| (label.clone(), key.clone())).collect();
            (!id.is_empty()).then(|| Template { id: id.clone(), title: texts.template_title.clone(), fields })
        };
        let templates = templates.into_iter().filter_map(|template| of(template, false));
        templates.chain(subscriptions.into_iter().filter_map(|template| of(template, true))).collect()
    }

    fn check(&self, kind: MessageKind) -> anyhow::Result<()> {
        let longest = longest_values();
        let texts = self.of(kind)?;
        let worded = self.inbox(kind, &longest)?;
        for (state, body) in &texts.bodies {
            filled(body, &longest).with_context(|| format!("bodies.{state}"))?;
        }
        ensure!(worded.title.chars().count() <= TITLE_CHARACTERS_MAX, "title 太长：{}", worded.title);
        ensure!(worded.link.starts_with("/h5/#/pages/"), "link 应以 /h5/#/pages/ 开头");
        for TemplateField(key, _, text) in texts.template_fields.iter().chain(&texts.subscription_fields) {
            // A long name may be cut, our own words may not.
            let names_may_be_cut = text.contains("{unit}");
            let value = filled(text, &longest)?;
            if !names_may_be_cut {
                check(FieldKind::of_field(key), &value).with_context(|| format!("{key} = {value}"))?;
            }
        }
        Ok(())
    }
}

fn fitted(fields: &[TemplateField], values: &Values) -> anyhow::Result<BTreeMap<String, String>> {
    fields
        .iter()
        .map(|TemplateField(key, _, text)| Ok((key.clone(), fit(FieldKind::of_field(key), &filled(text, values)?))))
        .collect()
}

fn filled(pattern: &str, values: &Values) -> anyhow::Result<String> {
    fill(pattern, |name| values.get(name).cloned()).map_err(|name| anyhow::anyhow!("不认识的名称 {{{name}}}"))
}

/// The longest of everything: 100,000 reports, a hundred million yuan, the longest name of a unit.
fn longest_values() -> Values {
    [
        ("unit", "重庆市".repeat(33)),
        ("unit_id", format!("unt_{}", "f".repeat(32))),
        ("order_id", format!("ord_{}", "f".repeat(32))),
        ("order_no", "9".repeat(32)),
        ("amount", "100,000,000.00 元".to_owned()),
        ("amount_plain", "100000000.00元".to_owned()),
        ("count", "100000".to_owned()),
        ("new", "100000".to_owned()),
        ("ready", "100000".to_owned()),
        ("time", "2026年12月31日 23:59".to_owned()),
        ("reason", "原因".repeat(100)),
        ("title", "曳引驱动乘客电梯 等 100000 份报告".to_owned()),
        ("phone", "023-00000000".to_owned()),
        ("received", "100,000,000.00 元".to_owned()),
        ("missing", "100,000,000.00 元".to_owned()),
        ("until", "2026年12月31日 23:59".to_owned()),
        ("credit_id", format!("crd_{}", "f".repeat(32))),
        ("credit_no", "QF2026366999999".to_owned()),
        ("owed", "100,000,000.00 元".to_owned()),
        ("due", "2026年12月31日".to_owned()),
        ("days", "3650".to_owned()),
        ("carrier", "快递".repeat(20)),
        ("tracking_no", "9".repeat(40)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: &str = include_str!("../../config/messages.toml");

    fn refusal(from: &str, to: &str) -> String {
        assert!(TEXTS.contains(from), "{from}");
        format!("{:#}", Wording::parse(&TEXTS.replace(from, to)).expect_err("must be refused"))
    }

    #[test]
    fn the_texts_fit_everywhere_even_with_the_longest_names() {
        let wording = Wording::load().expect("the texts that are compiled in");
        for kind in MessageKind::ALL {
            for (key, value) in wording.template_data(kind, &longest_values()).expect("filled") {
                assert_eq!(check(FieldKind::of_field(&key), &value), Ok(()), "{kind:?} {key} {value}");
            }
        }
    }

    #[test]
    fn texts_that_wechat_would_refuse_stop_the_start() {
        assert!(refusal("新增{new}份，共待缴{count}份", "新增检验报告 {new} 份，共待缴 {count} 份").contains("thing2"));
        assert!(refusal("{amount_plain}", "{amount}").contains("amount3"));
        assert!(
            refusal(
                "\"character_string1\", \"订单编号\", \"{order_no}",
                "\"character_string1\", \"订单编号\", \"编号{order_no}"
            )
            .contains("character_string1")
        );
    }

    #[test]
    fn unknown_names_and_missing_kinds_stop_the_start() {
        assert!(refusal("{count}", "{number}").contains("{number}"));
        assert!(refusal("[refund]", "[refunds]").contains("refunds"));
        assert!(refusal("/h5/#/pages/confirm", "https://evil.example/").contains("link"));
    }

    #[test]
    fn a_long_name_is_cut_where_the_field_ends() {
        let wording = Wording::load().expect("the texts that are compiled in");
        let data = wording.template_data(MessageKind::FeePosted, &longest_values()).expect("filled");
        assert_eq!(data["thing1"].chars().count(), 20);
        assert!(data["thing1"].ends_with('…'));
    }
}

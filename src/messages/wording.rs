//! What is said, from `config/messages.toml`: checked at the start with the longest values that can occur, so that no
//! message fails at WeChat's field limits (mp §10) when it matters.

use std::cell::RefCell;
use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use foundation::config::WechatTemplatesConfig;
use foundation::text::cut;
use serde::Deserialize;
use wechat::mp::fields::{FieldKind, check, fit};

use super::channels::Channel;
use super::kinds::MessageKind;
use super::longest::longest_values;
use super::pace::Manner;
use super::pattern::fill;
use crate::accounts::Role;
use crate::unit_profile::ContactRole;

/// What fills the `{names}` of a text.
pub type Values = BTreeMap<String, String>;

/// The value that names another body (`[kind.bodies]`) or headline (`[kind.titles]`) of the same kind; without it, or where
/// the kind has none of that name, the usual one is taken.
pub const VARIANT: &str = "variant";

/// Longer titles do not fit one line of the inbox.
const TITLE_CHARACTERS_MAX: usize = 24;
/// Three parts of a long text message; providers refuse more, and each part costs.
const SMS_CHARACTERS_MAX: usize = 200;
/// What others wrote (names, reasons) may fill so much of a text message.
const SMS_VALUE_CHARACTERS_MAX: usize = 40;

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
    /// What the kind is called where people switch it off; without it the title.
    #[serde(default)]
    name: String,
    /// Under which heading it stands there.
    #[serde(default = "other_group")]
    group: String,
    /// Goes out at night too: it answers what the reader just did.
    #[serde(default)]
    at_night: bool,
    /// The mini-program asks for consent after a payment: its place among the three that WeChat asks at a time.
    #[serde(default)]
    ask_after_paying: Option<u8>,
    /// Beside the inbox, in the order in which they are tried.
    #[serde(default = "wechat_channels")]
    channels: Vec<Channel>,
    /// Who of a unit hears of it, where it concerns a unit.
    #[serde(default = "all_roles")]
    audience: Vec<Role>,
    /// Whom of those that a unit has named itself it goes to as well (S2-06).
    #[serde(default)]
    contacts: Vec<ContactRole>,
    /// Goes out at night too, and cannot be switched off.
    #[serde(default)]
    urgent: bool,
    /// What a text message says.
    #[serde(default)]
    sms: String,
    /// What is said instead of `body` in certain states, by their names.
    #[serde(default)]
    bodies: BTreeMap<String, String>,
    /// The headlines of such states, where `title` would not be true.
    #[serde(default)]
    titles: BTreeMap<String, String>,
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

fn other_group() -> String {
    "其他".to_owned()
}

fn wechat_channels() -> Vec<Channel> {
    vec![Channel::Template, Channel::Subscription]
}

fn all_roles() -> Vec<Role> {
    vec![Role::Owner, Role::Admin, Role::Finance, Role::Viewer, Role::Applicant]
}

impl KindWording {
    fn body_for(&self, values: &Values) -> &str {
        values.get(VARIANT).and_then(|variant| self.bodies.get(variant)).unwrap_or(&self.body)
    }

    fn title_for(&self, values: &Values) -> &str {
        values.get(VARIANT).and_then(|variant| self.titles.get(variant)).unwrap_or(&self.title)
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
        for kind in MessageKind::ALL.iter().copied() {
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
            title: filled(texts.title_for(values), values)?,
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

    /// What a text message says, and what fills it; names and reasons are cut, so that it stays short.
    pub fn sms(&self, kind: MessageKind, values: &Values) -> anyhow::Result<(String, Values)> {
        let used = RefCell::new(Values::new());
        let value = |name: &str| {
            let short = cut(values.get(name)?, SMS_VALUE_CHARACTERS_MAX);
            used.borrow_mut().insert(name.to_owned(), short.clone());
            Some(short)
        };
        let text = fill(&self.of(kind)?.sms, value).map_err(|name| anyhow::anyhow!("不认识的名称 {{{name}}}"))?;
        Ok((text, used.into_inner()))
    }

    /// The channels of a kind beside the inbox, in the order in which they are tried.
    pub fn channels(&self, kind: MessageKind) -> &[Channel] {
        self.kinds.get(&kind).map_or(&[], |texts| &texts.channels)
    }

    /// Whom of those that a unit has named itself a kind goes to as well.
    pub fn contacts(&self, kind: MessageKind) -> &[ContactRole] {
        self.kinds.get(&kind).map_or(&[], |texts| &texts.contacts)
    }

    /// Who of a unit hears of a kind.
    pub fn audience(&self, kind: MessageKind) -> &[Role] {
        self.kinds.get(&kind).map_or(&[], |texts| &texts.audience)
    }

    /// Whether a kind goes out at night too and cannot be switched off.
    pub fn is_urgent(&self, kind: MessageKind) -> bool {
        self.kinds.get(&kind).is_some_and(|texts| texts.urgent)
    }

    /// The templates as WeChat's console would list them: id, title, and label and key of each field.
    pub fn templates(&self, ids: &WechatTemplatesConfig) -> Vec<Template> {
        let of = |kind: &MessageKind, id: &str, subscription: bool| {
            let texts = self.kinds.get(kind)?;
            let fields = if subscription { texts.subscription_fields() } else { &texts.template_fields };
            let fields = fields.iter().map(|TemplateField(key, label, _)| (label.clone(), key.clone())).collect();
            (!id.is_empty()).then(|| Template { id: id.to_owned(), title: texts.template_title.clone(), fields })
        };
        let templates = MessageKind::ALL.iter().filter_map(|kind| of(kind, ids.template(kind.as_str()), false));
        templates
            .chain(MessageKind::ALL.iter().filter_map(|kind| of(kind, ids.subscription(kind.as_str()), true)))
            .collect()
    }

    /// What a kind is called where people switch it off.
    pub fn name(&self, kind: MessageKind) -> &str {
        self.kinds.get(&kind).map_or("", |texts| if texts.name.is_empty() { &texts.title } else { &texts.name })
    }

    /// Under which heading it stands there.
    pub fn group(&self, kind: MessageKind) -> &str {
        self.kinds.get(&kind).map_or("", |texts| &texts.group)
    }

    /// How a kind may disturb.
    pub fn manner(&self, kind: MessageKind) -> Manner {
        match self.kinds.get(&kind) {
            Some(texts) if texts.urgent => Manner::Urgent,
            Some(texts) if texts.at_night => Manner::Prompt,
            _ => Manner::Ordinary,
        }
    }

    /// Kinds whose consent is asked for after a payment, the most wanted first.
    pub fn kinds_asked_for_after_paying(&self) -> impl Iterator<Item = MessageKind> {
        let mut kinds: Vec<(u8, MessageKind)> =
            self.kinds.iter().filter_map(|(kind, texts)| Some((texts.ask_after_paying?, *kind))).collect();
        kinds.sort_unstable();
        kinds.into_iter().map(|(_, kind)| kind)
    }

    /// Kinds that can be sent through WeChat.
    pub fn kinds_with_templates(&self) -> impl Iterator<Item = MessageKind> {
        self.kinds.iter().filter(|(_, texts)| !texts.template_fields.is_empty()).map(|(kind, _)| *kind)
    }

    /// Refuses template ids that belong to no kind, or to a kind without fields.
    ///
    /// # Errors
    /// Names the key of the configuration.
    pub fn check_templates(&self, ids: &WechatTemplatesConfig) -> anyhow::Result<()> {
        for (key, id) in ids.iter() {
            let kind = MessageKind::from_stored(key.strip_prefix("mini_").unwrap_or(key));
            let texts = kind.and_then(|kind| self.kinds.get(&kind));
            let texts = texts.with_context(|| format!("wechat.templates.{key}：没有这种消息"))?;
            ensure!(
                id.is_empty() || !texts.template_fields.is_empty(),
                "wechat.templates.{key}：config/messages.toml 里没有这种消息的模板字段"
            );
        }
        Ok(())
    }

    fn check(&self, kind: MessageKind) -> anyhow::Result<()> {
        let longest = longest_values();
        let texts = self.of(kind)?;
        let worded = self.inbox(kind, &longest)?;
        for (state, body) in &texts.bodies {
            filled(body, &longest).with_context(|| format!("bodies.{state}"))?;
        }
        for (state, title) in &texts.titles {
            let title = filled(title, &longest).with_context(|| format!("titles.{state}"))?;
            ensure!(title.chars().count() <= TITLE_CHARACTERS_MAX, "titles.{state} 太长：{title}");
        }
        ensure!(worded.title.chars().count() <= TITLE_CHARACTERS_MAX, "title 太长：{}", worded.title);
        ensure!(worded.link.starts_with("/h5/#/pages/"), "link 应以 /h5/#/pages/ 开头");
        let by_sms = texts.channels.contains(&Channel::Sms) || !texts.contacts.is_empty();
        ensure!(by_sms != texts.sms.is_empty(), "channels 里有 sms，或有 contacts，就要有 sms 的文字，反之亦然");
        let (sms, _) = self.sms(kind, &longest)?;
        ensure!(sms.chars().count() <= SMS_CHARACTERS_MAX, "sms 太长：{sms}");
        ensure!(!texts.audience.is_empty(), "audience 里没有人");
        ensure!(!texts.group.is_empty(), "group 不能为空");
        ensure!(!self.name(kind).contains('{'), "name 里不能有花括号；标题里有时要另写 name");
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
        for kind in MessageKind::ALL.iter().copied() {
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
        assert!(refusal("[member_joined]", "[members_joined]").contains("members_joined"));
        assert!(refusal("/h5/#/pages/confirm", "https://evil.example/").contains("link"));
    }

    #[test]
    fn a_text_message_is_short_and_only_where_it_is_wished() {
        let wording = Wording::load().expect("the texts that are compiled in");
        let by_sms: Vec<_> =
            MessageKind::ALL.iter().filter(|kind| wording.channels(**kind).contains(&Channel::Sms)).collect();
        assert!(!by_sms.is_empty());
        for kind in by_sms {
            let (text, _) = wording.sms(*kind, &longest_values()).expect("filled");
            assert!(!text.is_empty() && text.chars().count() <= SMS_CHARACTERS_MAX, "{text}");
        }
        assert!(refusal("\nsms = ", "\nsubject = ").contains("subject"));
        assert!(refusal("\"sms\"]", "\"pigeon\"]").contains("pigeon"));
    }

    #[test]
    fn template_ids_of_unknown_kinds_stop_the_start() {
        let wording = Wording::load().expect("the texts that are compiled in");
        let ids = |key: &str| WechatTemplatesConfig::from_iter([(key.to_owned(), "an-id".to_owned())]);
        assert!(wording.check_templates(&ids("mini_fee_posted")).is_ok());
        for key in ["fee_postet", "mini_", "order_void"] {
            let refused = wording.check_templates(&ids(key)).expect_err("must be refused");
            assert!(refused.to_string().contains(key), "{refused}");
        }
    }

    #[test]
    fn a_long_name_is_cut_where_the_field_ends() {
        let wording = Wording::load().expect("the texts that are compiled in");
        let data = wording.template_data(MessageKind::FeePosted, &longest_values()).expect("filled");
        assert_eq!(data["thing1"].chars().count(), 20);
        assert!(data["thing1"].ends_with('…'));
    }
}

//! What the account answers, from `config/replies.toml`, checked and filled in at the start.

use std::sync::Arc;

use anyhow::{Context, ensure};
use foundation::config::Config;
use foundation::problem::Problem;
use foundation::text::search_form;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::links;
use super::versions::{self, VersionKind};
use crate::app::App;
use crate::messages::pattern::fill;

/// WeChat cuts longer texts.
const TEXT_BYTES_MAX: usize = 2_048;

/// What the account says, as people write it. `{institute} {phone} {hours}` and `{link:/h5/#/pages/…}` are filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RepliesContent {
    /// To a new follower.
    pub welcome: String,
    /// To what no word fits.
    pub unknown: String,
    /// To a picture, a place, a recording without words.
    pub received: String,
    /// The first with a fitting word is given.
    #[schema(max_items = 200)]
    pub answers: Vec<ReplyAnswer>,
}

impl RepliesContent {
    /// What `config/replies.toml` says.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_file() -> anyhow::Result<Self> {
        Ok(toml::from_str(include_str!("../../config/replies.toml"))?)
    }
}

/// An answer to some words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplyAnswer {
    /// By which a menu button names it.
    pub key: String,
    /// Words that lead to it.
    pub words: Vec<String>,
    /// What is said, at most 2,048 bytes.
    pub text: String,
    /// Whether the service desk hears of it, too.
    #[serde(default)]
    pub hand_over: bool,
}

/// What is answered to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spoken<'a> {
    /// The words.
    pub text: &'a str,
    /// Whether the service desk hears of it, too.
    pub hand_over: bool,
}

/// The account's texts, ready to be said.
#[derive(Clone, Debug)]
pub struct Replies {
    welcome: String,
    unknown: String,
    received: String,
    answers: Vec<ReplyAnswer>,
}

/// What the account says now: the version that was made live last, else what stands in the file. Of a version nothing
/// is read or filled in twice by one process.
///
/// # Errors
/// When the database fails.
pub async fn current(app: &App) -> Result<Arc<Replies>, Problem> {
    let Some(row) = versions::live(app.database.reader(), VersionKind::Replies).await? else {
        return Ok(app.replies.clone());
    };
    let key = (row.number, row.live_at);
    let mut kept = app.replies_live.lock().await;
    if let Some((known, replies)) = &*kept
        && *known == key
    {
        return Ok(replies.clone());
    }
    // It was checked when it was kept; an installation whose texts changed since falls back to its file.
    let replies = match Replies::of(&versions::content(&row)?, &app.config) {
        Ok(replies) => Arc::new(replies),
        Err(error) => {
            tracing::error!(version = row.number, error = %format!("{error:#}"), "the replies cannot be used");
            app.replies.clone()
        }
    };
    *kept = Some((key, replies.clone()));
    Ok(replies)
}

/// The version that was read last, by number and when it was made live.
pub type LiveReplies = tokio::sync::Mutex<Option<((i64, Option<i64>), Arc<Replies>)>>;

impl Replies {
    /// Reads, fills and checks the texts that are compiled in.
    pub fn load(config: &Config) -> anyhow::Result<Self> {
        Self::parse(include_str!("../../config/replies.toml"), config).context("config/replies.toml")
    }

    fn parse(text: &str, config: &Config) -> anyhow::Result<Self> {
        Self::of(&toml::from_str(text)?, config)
    }

    /// Fills and checks texts.
    ///
    /// # Errors
    /// Names what is wrong.
    pub fn of(content: &RepliesContent, config: &Config) -> anyhow::Result<Self> {
        let file = content.clone();
        for answer in &file.answers {
            let same_key = file.answers.iter().filter(|other| other.key == answer.key).count();
            ensure!(!answer.key.trim().is_empty() && same_key == 1, "标识“{}”为空或重复", answer.key);
            ensure!(answer.words.iter().all(|word| !search_form(word).is_empty()), "{} 有空的关键词", answer.key);
        }
        let ready = |text: &str| {
            let filled = fill(text.trim(), |name| links::value(config, name))
                .map_err(|name| anyhow::anyhow!("不认识的名称 {{{name}}}"))?;
            ensure!(filled.len() <= TEXT_BYTES_MAX, "超过 {TEXT_BYTES_MAX} 字节：{filled}");
            Ok(filled)
        };
        let answers = file
            .answers
            .into_iter()
            .map(|answer| {
                let text = ready(&answer.text).with_context(|| answer.key.clone())?;
                let words = answer.words.iter().map(|word| search_form(word)).collect();
                Ok(ReplyAnswer { key: answer.key, words, text, hand_over: answer.hand_over })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self {
            welcome: ready(&file.welcome)?,
            unknown: ready(&file.unknown)?,
            received: ready(&file.received)?,
            answers,
        })
    }

    /// To a new follower.
    pub fn welcome(&self) -> &str {
        &self.welcome
    }

    /// To what a person wrote: the answer of the first word that fits; what nothing fits goes to the service desk.
    pub fn to_text(&self, text: &str) -> Spoken<'_> {
        let form = search_form(text);
        let fitting = self.answers.iter().find(|answer| {
            // Short Latin words must stand alone, otherwise they are found inside of others.
            answer.words.iter().any(|word| if word.is_ascii() { form == *word } else { form.contains(word.as_str()) })
        });
        fitting.map_or(self.lost(), |answer| Spoken { text: &answer.text, hand_over: answer.hand_over })
    }

    /// To what nobody understands.
    pub fn lost(&self) -> Spoken<'_> {
        Spoken { text: &self.unknown, hand_over: true }
    }

    /// To a picture, a place, a recording without words.
    pub fn to_picture(&self) -> Spoken<'_> {
        Spoken { text: &self.received, hand_over: true }
    }

    /// To a menu button with this key.
    pub fn to_key(&self, key: &str) -> &str {
        self.answers.iter().find(|answer| answer.key == key).map_or(self.unknown.as_str(), |answer| &answer.text)
    }

    /// Keys that a menu button may name.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.answers.iter().map(|answer| answer.key.as_str())
    }

    /// Whether a menu button may name this key.
    pub fn knows_key(&self, key: &str) -> bool {
        self.answers.iter().any(|answer| answer.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replies() -> Replies {
        Replies::load(&crate::testing::config()).expect("the texts that are compiled in")
    }

    #[test]
    fn words_lead_to_pages_however_they_are_written() {
        let replies = replies();
        let home = "return_to=%2Fh5%2F%23%2Fpages%2Fhome%2Fhome";
        for text in ["缴费", "我要交费！", " 付 款 ", "ＪＦ", "JF"] {
            assert!(replies.to_text(text).text.contains(home), "{text}");
        }
        assert!(replies.to_text("电梯报告在哪里下载").text.contains("reports"));
        assert!(replies.to_text("怎么开发票").text.contains("titles"));
    }

    #[test]
    fn what_nobody_understands_is_answered_with_the_phone_number() {
        let replies = replies();
        for text in ["asdf", "", "😀", "jfk", "<a href=\"x\">", "{phone}"] {
            assert!(replies.to_text(text).text.contains("023-"), "{text}");
            assert!(replies.to_text(text).hand_over, "{text}");
        }
    }

    #[test]
    fn unknown_names_and_foreign_links_stop_the_start() {
        let config = crate::testing::config();
        for broken in ["{nobody}", "{link:https://evil.example/}", "{link:/api/v1}"] {
            let text = format!("welcome = \"{broken}\"\nunknown = \"\"\nreceived = \"\"\nanswers = []");
            assert!(Replies::parse(&text, &config).is_err(), "{broken}");
        }
    }
}

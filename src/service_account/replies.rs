//! What the account answers, from `config/replies.toml`, checked and filled in at the start.

use anyhow::{Context, ensure};
use foundation::config::Config;
use foundation::text::search_form;
use serde::Deserialize;

use super::links;
use crate::messages::pattern::fill;

/// WeChat cuts longer texts.
const TEXT_BYTES_MAX: usize = 2_048;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    welcome: String,
    unknown: String,
    answers: Vec<Answer>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    key: String,
    words: Vec<String>,
    text: String,
}

/// The account's texts, ready to be said.
#[derive(Clone, Debug)]
pub struct Replies {
    welcome: String,
    unknown: String,
    answers: Vec<Answer>,
}

impl Replies {
    /// Reads, fills and checks the texts that are compiled in.
    pub fn load(config: &Config) -> anyhow::Result<Self> {
        Self::parse(include_str!("../../config/replies.toml"), config).context("config/replies.toml")
    }

    fn parse(text: &str, config: &Config) -> anyhow::Result<Self> {
        let file: File = toml::from_str(text)?;
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
                Ok(Answer { key: answer.key, words, text })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self { welcome: ready(&file.welcome)?, unknown: ready(&file.unknown)?, answers })
    }

    /// To a new follower.
    pub fn welcome(&self) -> &str {
        &self.welcome
    }

    /// To what a person wrote: the answer of the first word that fits, else what else can be done.
    pub fn to_text(&self, text: &str) -> &str {
        let form = search_form(text);
        let fitting = self.answers.iter().find(|answer| {
            // Short Latin words must stand alone, otherwise they are found inside of others.
            answer.words.iter().any(|word| if word.is_ascii() { form == *word } else { form.contains(word.as_str()) })
        });
        fitting.map_or(self.unknown.as_str(), |answer| &answer.text)
    }

    /// To a menu button with this key.
    pub fn to_key(&self, key: &str) -> &str {
        self.answers.iter().find(|answer| answer.key == key).map_or(self.unknown.as_str(), |answer| &answer.text)
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
            assert!(replies.to_text(text).contains(home), "{text}");
        }
        assert!(replies.to_text("电梯报告在哪里下载").contains("reports"));
        assert!(replies.to_text("怎么开发票").contains("titles"));
    }

    #[test]
    fn what_nobody_understands_is_answered_with_the_phone_number() {
        let replies = replies();
        for text in ["asdf", "", "😀", "jfk", "<a href=\"x\">", "{phone}"] {
            assert!(replies.to_text(text).contains("023-"), "{text}");
        }
    }

    #[test]
    fn unknown_names_and_foreign_links_stop_the_start() {
        let config = crate::testing::config();
        for broken in ["{nobody}", "{link:https://evil.example/}", "{link:/api/v1}"] {
            let text = format!("welcome = \"{broken}\"\nunknown = \"\"\nanswers = []");
            assert!(Replies::parse(&text, &config).is_err(), "{broken}");
        }
    }
}

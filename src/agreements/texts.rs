//! The texts, from `config/agreements/NAME.md`: a head of `title`, `version`, `timed`, `optional`, then paragraphs.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, ensure};
use foundation::config::Config;
use foundation::secret_hash::sha256_hex;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// For what somebody agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConsentPurpose)]
pub enum Purpose {
    /// 用户注册协议 (S1-04).
    Registration,
    /// 企业客户服务条款 (S2-04).
    EnterpriseService,
    /// 个人信息处理说明.
    PersonalInformation,
    /// 服务回访; nobody must.
    FollowUp,
}

impl Purpose {
    /// All purposes in the order in which they are shown.
    pub const ALL: [Purpose; 4] =
        [Purpose::Registration, Purpose::EnterpriseService, Purpose::PersonalInformation, Purpose::FollowUp];

    /// As stored, and the name of its file.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Registration => "registration",
            Purpose::EnterpriseService => "enterprise_service",
            Purpose::PersonalInformation => "personal_information",
            Purpose::FollowUp => "follow_up",
        }
    }

    fn built_in(self) -> &'static str {
        match self {
            Purpose::Registration => include_str!("../../config/agreements/registration.md"),
            Purpose::EnterpriseService => include_str!("../../config/agreements/enterprise_service.md"),
            Purpose::PersonalInformation => include_str!("../../config/agreements/personal_information.md"),
            Purpose::FollowUp => include_str!("../../config/agreements/follow_up.md"),
        }
    }
}

impl FromStr for Purpose {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|purpose| purpose.as_str() == text);
        found.ok_or_else(|| anyhow::anyhow!("unknown purpose of a consent {text}"))
    }
}

/// What a paragraph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParagraphKind {
    /// A headline.
    Heading,
    /// Running text.
    Text,
    /// One point of a list.
    Item,
}

/// One paragraph of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Paragraph {
    /// What it is.
    pub kind: ParagraphKind,
    /// Its words.
    pub text: String,
}

/// A text in its present version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// For what.
    pub purpose: Purpose,
    /// Its headline.
    pub title: String,
    /// Changes with the words.
    pub version: String,
    /// Whether it must have been open for a while.
    pub timed: bool,
    /// Whether it may be refused and withdrawn.
    pub optional: bool,
    /// The words.
    pub paragraphs: Vec<Paragraph>,
    /// The words as they were written.
    pub body: String,
    /// SHA-256 of the file, or of title and words.
    pub sha256: String,
}

/// All texts of this installation.
#[derive(Debug, Clone)]
pub struct Agreements {
    by_purpose: BTreeMap<Purpose, Agreement>,
}

impl Agreements {
    /// Reads the texts: from `agreements.directory`, or those that are compiled in.
    ///
    /// # Errors
    /// When a file cannot be read, or has no title, version or words.
    pub fn load(config: &Config) -> anyhow::Result<Self> {
        let directory = &config.agreements.directory;
        let mut by_purpose = BTreeMap::new();
        for purpose in Purpose::ALL {
            let file = format!("{}.md", purpose.as_str());
            let text = match directory.as_str() {
                "" => purpose.built_in().to_owned(),
                directory => {
                    let path = Path::new(directory).join(&file);
                    std::fs::read_to_string(&path).with_context(|| format!("无法读取 {}", path.display()))?
                }
            };
            by_purpose.insert(purpose, parse(purpose, &text).with_context(|| format!("协议文本 {file}"))?);
        }
        Ok(Self { by_purpose })
    }

    /// The text for a purpose that the installation came with.
    pub fn installed(&self, purpose: Purpose) -> &Agreement {
        self.by_purpose.get(&purpose).expect("every purpose was loaded")
    }
}

fn parse(purpose: Purpose, text: &str) -> anyhow::Result<Agreement> {
    let rest = text.trim_start_matches('\u{feff}').strip_prefix("---\n").context("开头应为 --- 一行")?;
    let (head, body) = rest.split_once("\n---\n").context("抬头应以 --- 一行结束")?;
    let value = |key: &str| {
        head.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| name.trim() == key).map(|(_, v)| v.trim())
    };
    let demanded = |key: &str| value(key).filter(|value| !value.is_empty()).with_context(|| format!("缺少 {key}"));
    let paragraphs = paragraphs(body);
    ensure!(!paragraphs.is_empty(), "没有正文");
    let version = demanded("version")?;
    ensure!(version.len() <= 32 && version.is_ascii(), "version 应为 32 个以内的字母、数字和符号");
    Ok(Agreement {
        purpose,
        title: demanded("title")?.to_owned(),
        version: version.to_owned(),
        timed: value("timed") == Some("yes"),
        optional: value("optional") == Some("yes"),
        paragraphs,
        body: body.trim().to_owned(),
        sha256: sha256_hex(text.as_bytes()),
    })
}

/// The paragraphs of a text: `# ` begins a headline, `- ` a point of a list, each line is one.
pub(super) fn paragraphs(body: &str) -> Vec<Paragraph> {
    body.lines().map(str::trim).filter(|line| !line.is_empty()).map(paragraph).collect()
}

fn paragraph(line: &str) -> Paragraph {
    let (kind, text) = if let Some(text) = line.strip_prefix('#') {
        (ParagraphKind::Heading, text.trim_start_matches('#'))
    } else if let Some(text) = line.strip_prefix("- ") {
        (ParagraphKind::Item, text)
    } else {
        (ParagraphKind::Text, line)
    };
    Paragraph { kind, text: text.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_that_are_compiled_in_can_be_read() {
        for purpose in Purpose::ALL {
            let text = parse(purpose, purpose.built_in()).expect("a text");
            assert!(text.paragraphs.len() > 1, "{}", text.title);
        }
        let registration = parse(Purpose::Registration, Purpose::Registration.built_in()).expect("a text");
        assert!(registration.timed && !registration.optional);
    }

    #[test]
    fn a_text_without_a_version_is_refused() {
        let refused = parse(Purpose::FollowUp, "---\ntitle: 甲\n---\n乙").expect_err("no version");
        assert!(refused.to_string().contains("version"));
    }
}

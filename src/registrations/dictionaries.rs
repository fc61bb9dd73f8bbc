//! What one chooses from: districts, industries, kinds of units; from `config/dictionaries.toml`.

use std::sync::LazyLock;

use anyhow::ensure;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

static BUILT_IN: LazyLock<Dictionaries> = LazyLock::new(|| {
    Dictionaries::parse(include_str!("../../config/dictionaries.toml")).expect("the compiled-in lists are well-formed")
});

/// 区县.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct District {
    /// GB/T 2260.
    pub code: String,
    /// Name.
    pub name: String,
}

/// 所属行业: a section of GB/T 4754.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Industry {
    /// A letter.
    pub code: String,
    /// Name.
    pub name: String,
}

/// 单位类型 (S2-05).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitKind {
    /// As stored.
    pub code: String,
    /// Name.
    pub name: String,
}

/// All lists.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dictionaries {
    /// 单位类型.
    pub unit_kinds: Vec<UnitKind>,
    /// 所属行业.
    pub industries: Vec<Industry>,
    /// What a 制造单位 may be qualified for (S1-58).
    pub manufacturing_kinds: Vec<UnitKind>,
    /// 注册地.
    pub districts: Vec<District>,
}

impl Dictionaries {
    /// The lists of this installation.
    pub fn get() -> &'static Dictionaries {
        &BUILT_IN
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let read: Self = toml::from_str(text)?;
        ensure!(
            !read.districts.is_empty() && !read.industries.is_empty() && !read.unit_kinds.is_empty(),
            "a list is empty"
        );
        Ok(read)
    }

    /// Name of a district; empty for an unknown code.
    pub fn district(&self, code: &str) -> &str {
        self.districts.iter().find(|one| one.code == code).map_or("", |one| &one.name)
    }

    /// Name of an industry; empty for an unknown code.
    pub fn industry(&self, code: &str) -> &str {
        self.industries.iter().find(|one| one.code == code).map_or("", |one| &one.name)
    }

    /// Name of what may be made; empty for an unknown code.
    pub fn manufacturing_kind(&self, code: &str) -> &str {
        self.manufacturing_kinds.iter().find(|one| one.code == code).map_or("", |one| &one.name)
    }

    /// Name of a kind of units; empty for an unknown code.
    pub fn unit_kind(&self, code: &str) -> &str {
        self.unit_kinds.iter().find(|one| one.code == code).map_or("", |one| &one.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_and_belong_to_one_name() {
        let lists = Dictionaries::get();
        assert_eq!(lists.district("500103"), "渝中区");
        assert_eq!(lists.industry("K"), "房地产业（含物业管理）");
        assert_eq!(lists.unit_kind("use"), "使用单位");
        let mut codes: Vec<&str> = lists.districts.iter().map(|one| one.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), lists.districts.len());
    }
}

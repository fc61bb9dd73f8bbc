//! What a place is.

use std::str::FromStr;

use foundation::complaints::Complaints;
use foundation::problem::Problem;
use foundation::text::fold_width;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfficeKind {
    /// 总部.
    Head,
    /// 服务大厅窗口.
    Window,
    /// 检验站.
    Station,
    /// 区县监管部门: makes the accounts of units (S3-03).
    Bureau,
}

impl OfficeKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            OfficeKind::Head => "head",
            OfficeKind::Window => "window",
            OfficeKind::Station => "station",
            OfficeKind::Bureau => "bureau",
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            OfficeKind::Head => "总部",
            OfficeKind::Window => "服务大厅",
            OfficeKind::Station => "检验站",
            OfficeKind::Bureau => "区县监管部门",
        }
    }
}

impl FromStr for OfficeKind {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Head, Self::Window, Self::Station, Self::Bureau];
        all.into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| anyhow::anyhow!("unknown kind of office {text}"))
    }
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Office {
    /// Which; stays the same when the name changes.
    pub id: String,
    /// What of it can be changed.
    #[serde(flatten)]
    pub facts: OfficeFacts,
    /// Its kind for people.
    pub kind_text: String,
    /// When it was changed last, epoch milliseconds; 0 as it was installed.
    pub updated_at: i64,
}

/// Where somebody chose to fetch papers: as the list says now, or said last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// Its phone.
    pub phone: String,
    /// When it is open.
    pub hours: String,
    /// Whether papers are still handed out there; if not, somebody must ask where they are.
    pub hands_out_papers: bool,
}

impl Place {
    /// Of what is told of it.
    pub(super) fn of(facts: OfficeFacts, is_listed: bool) -> Self {
        let OfficeFacts { name, address, phone, hours, hands_out_papers, .. } = facts;
        Self { name, address, phone, hours, hands_out_papers: hands_out_papers && is_listed }
    }
}

/// What is told of a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfficeFacts {
    /// Its name.
    #[schema(max_length = 40)]
    pub name: String,
    /// What it is.
    pub kind: OfficeKind,
    /// 区县.
    #[schema(max_length = 20)]
    pub district: String,
    /// Where it is.
    #[schema(max_length = 120)]
    pub address: String,
    /// Its phone.
    #[schema(max_length = 30)]
    pub phone: String,
    /// When it is open.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub hours: String,
    /// Whether reports and receipts on paper are handed out there (S0-27).
    #[serde(default)]
    pub hands_out_papers: bool,
}

impl OfficeFacts {
    /// Without blanks around, digits in their usual form; 422 names what is wrong, field by field.
    pub(super) fn tidy(self) -> Result<Self, Problem> {
        let trimmed = |text: String| text.trim().to_owned();
        let facts = Self {
            name: trimmed(self.name),
            kind: self.kind,
            district: trimmed(self.district),
            address: trimmed(self.address),
            phone: fold_width(self.phone.trim()),
            hours: trimmed(self.hours),
            hands_out_papers: self.hands_out_papers,
        };
        let fits = |text: &str, least: usize, most: usize| (least..=most).contains(&text.chars().count());
        let digits = facts.phone.bytes().filter(u8::is_ascii_digit).count();
        let phone_fits = (3..=20).contains(&digits)
            && facts.phone.len() <= 30
            && facts.phone.chars().all(|one| one.is_ascii_digit() || "-()+ 转,、".contains(one));
        let wrong = [
            (!fits(&facts.name, 2, 40), "name", "2–40 个字"),
            (!fits(&facts.district, 0, 20), "district", "20 字以内"),
            (!fits(&facts.address, 4, 120), "address", "4–120 个字"),
            (!phone_fits, "phone", "请填写能拨通的电话，如 023-12345678"),
            (!fits(&facts.hours, 0, 60), "hours", "60 字以内"),
            (facts.hands_out_papers && facts.kind == OfficeKind::Bureau, "hands_out_papers", "监管部门不发放检验报告"),
        ];
        let refusal = Problem::unacceptable("office_wrong", "网点信息没有填对，没有保存").advice("请按提示修改");
        let mut complaints = Complaints::new(refusal);
        for (_, field, message) in wrong.into_iter().filter(|(is_wrong, ..)| *is_wrong) {
            complaints.add(field, message);
        }
        complaints.end_with(facts)
    }
}

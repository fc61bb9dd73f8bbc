//! Profile and qualifications as the front ends see them.

use foundation::problem::Problem;
use foundation::text::mask_phone;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;

use super::contacts::{self, ContactRole};
use super::entity::{profile_changes, qualifications};
use super::papers;
use super::qualification::QualificationId;
use crate::accounts::{UnitCard, UnitId, UnitLevel};
use crate::app::App;
use crate::registrations::Dictionaries;
use crate::uploads::Upload;

/// Somebody named for something.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Contact {
    /// His name.
    pub name: String,
    /// His phone; with its middle hidden for whom it does not concern.
    pub phone: String,
}

/// What is kept of a unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitProfile {
    /// Which.
    pub unit_id: String,
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码.
    pub uscc: String,
    /// What it is certified as.
    pub level: UnitLevel,
    /// For people.
    pub level_text: String,
    /// 法定代表人.
    pub legal_rep: String,
    /// Address of record.
    pub address: String,
    /// 单位类型.
    pub unit_kind: String,
    /// For people.
    pub unit_kind_text: String,
    /// 注册地.
    pub district_code: String,
    /// For people.
    pub district_text: String,
    /// 所属行业.
    pub industry_code: String,
    /// For people.
    pub industry_text: String,
    /// Phone of the unit.
    pub phone: String,
    /// E-mail of the unit.
    pub email: String,
    /// 安全管理负责人.
    pub safety_manager: Contact,
    /// 申请联系人.
    pub applicant: Contact,
    /// Whether the core system knows it: name and address are then kept there too.
    pub from_core: bool,
}

/// What is kept of a unit; phones of contacts in full only where `in_full`.
pub(super) async fn profile<C: ConnectionTrait>(
    connection: &C,
    card: UnitCard,
    in_full: bool,
) -> Result<UnitProfile, Problem> {
    let named = contacts::of_unit(connection, &card.id).await?;
    let contact = |role: ContactRole| {
        let found = named.iter().find(|one| one.role == role.as_str());
        found.map_or_else(Contact::default, |one| Contact {
            name: one.name.clone().into(),
            phone: if in_full { one.phone.clone().into() } else { mask_phone(&one.phone) },
        })
    };
    let lists = Dictionaries::get();
    let text = |value: Option<String>| value.unwrap_or_default();
    let (unit_kind, district_code, industry_code) =
        (text(card.unit_kind), text(card.district_code), text(card.industry_code));
    Ok(UnitProfile {
        unit_id: card.id.to_string(),
        name: card.name,
        uscc: text(card.uscc),
        level: card.level,
        level_text: card.level.text().to_owned(),
        legal_rep: text(card.legal_rep),
        address: text(card.address),
        unit_kind_text: if unit_kind == "person" {
            "个人".to_owned()
        } else {
            lists.unit_kind(&unit_kind).to_owned()
        },
        unit_kind,
        district_text: lists.district(&district_code).to_owned(),
        district_code,
        industry_text: lists.industry(&industry_code).to_owned(),
        industry_code,
        phone: text(card.phone),
        email: text(card.email),
        safety_manager: contact(ContactRole::SafetyManager),
        applicant: contact(ContactRole::Applicant),
        from_core: card.from_core,
    })
}

/// A change of key fields.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProfileChange {
    /// `submitted`, `approved`, `rejected`.
    pub state: String,
    /// For people.
    pub state_text: String,
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码.
    pub uscc: String,
    /// 法定代表人.
    pub legal_rep: String,
    /// Address of record.
    pub address: String,
    /// What the reviewer said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
    /// Epoch milliseconds.
    pub submitted_at: i64,
    /// Epoch milliseconds.
    pub due_at: i64,
}

pub(super) fn state_text(state: &str) -> &'static str {
    match state {
        "submitted" => "审核中",
        "approved" => "已通过",
        "rejected" => "审核未通过",
        "expired" => "已过期",
        _ => "",
    }
}

impl From<profile_changes::Model> for ProfileChange {
    fn from(row: profile_changes::Model) -> Self {
        Self {
            state_text: state_text(&row.state).to_owned(),
            state: row.state,
            name: row.name,
            uscc: row.uscc,
            legal_rep: row.legal_rep,
            address: row.address,
            opinion: row.opinion,
            submitted_at: row.submitted_at,
            due_at: row.due_at,
        }
    }
}

/// A manufacturing qualification.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Qualification {
    /// Which.
    pub id: QualificationId,
    /// Whose.
    #[schema(value_type = String)]
    pub unit_id: UnitId,
    /// What may be made.
    pub kind_code: String,
    /// For people.
    pub kind_text: String,
    /// 证书编号.
    pub certificate_no: String,
    /// `YYYY-MM-DD`.
    pub valid_from: String,
    /// `YYYY-MM-DD`.
    pub valid_until: String,
    /// `submitted`, `approved`, `rejected`, `expired`.
    pub state: String,
    /// For people.
    pub state_text: String,
    /// What the reviewer said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
    /// The certificate.
    pub papers: Vec<Upload>,
    /// Epoch milliseconds.
    pub submitted_at: i64,
    /// Epoch milliseconds.
    pub due_at: i64,
}

pub(super) async fn qualification(app: &App, row: qualifications::Model) -> Result<Qualification, Problem> {
    Ok(Qualification {
        papers: papers::of_subject(app, &row.id).await?,
        id: QualificationId::from_stored(row.id),
        unit_id: UnitId::from_stored(row.unit_id),
        kind_text: Dictionaries::get().manufacturing_kind(&row.kind_code).to_owned(),
        kind_code: row.kind_code,
        certificate_no: row.certificate_no,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
        state_text: state_text(&row.state).to_owned(),
        state: row.state,
        opinion: row.opinion,
        submitted_at: row.submitted_at,
        due_at: row.due_at,
    })
}

//! Registrations as the front ends see them.

use foundation::problem::Problem;
use foundation::text::mask_phone;
use serde::Serialize;
use utoipa::ToSchema;

use super::dictionaries::Dictionaries;
use super::model::{ReceivedBy, RegistrationId, RegistrationKind, RegistrationState, Source};
use super::store::{self, RegistrationRow};
use crate::accounts::{self, AccountId};
use crate::app::App;
use crate::uploads::{Purpose, Upload};

/// What somebody says of himself or his unit, and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Registration {
    /// Which.
    pub id: RegistrationId,
    /// For people and telephones.
    pub registration_no: String,
    /// As what.
    pub kind: RegistrationKind,
    /// For people.
    pub kind_text: String,
    /// Where it stands.
    pub state: RegistrationState,
    /// For people.
    pub state_text: String,
    /// Typed, or on paper.
    pub source: Source,
    /// The uncertified unit that is to be certified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upgrade_unit_id: Option<String>,
    /// 统一社会信用代码.
    pub uscc: String,
    /// 企业名称.
    pub unit_name: String,
    /// 单位类型.
    pub unit_kind: String,
    /// For people.
    pub unit_kind_text: String,
    /// 注册地.
    pub district_code: String,
    /// For people.
    pub district_text: String,
    /// 详细地址.
    pub address: String,
    /// 法人姓名.
    pub legal_rep: String,
    /// 所属行业.
    pub industry_code: String,
    /// For people.
    pub industry_text: String,
    /// 注册人姓名.
    pub registrant_name: String,
    /// His phone with its middle hidden.
    pub registrant_phone_masked: String,
    /// 邮箱.
    pub email: String,
    /// 登录账号.
    pub login_name: String,
    /// 安全管理负责人.
    pub safety_manager_name: String,
    /// His phone; with its middle hidden for staff.
    pub safety_manager_phone: String,
    /// 营业执照.
    pub licences: Vec<Upload>,
    /// The sealed 注册申请书.
    pub forms: Vec<Upload>,
    /// Paper that staff have scanned.
    pub papers: Vec<Upload>,
    /// How the paper came, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_by_text: Option<String>,
    /// What the reviewer said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
    /// The unit it led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_id: Option<String>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<i64>,
    /// Until when it is decided, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<i64>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<i64>,
    /// When it was kept last, epoch milliseconds.
    pub updated_at: i64,
}

/// A line of a list of registrations.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RegistrationLine {
    /// Which.
    pub id: RegistrationId,
    /// For people and telephones.
    pub registration_no: String,
    /// As what, for people.
    pub kind_text: String,
    /// Where it stands.
    pub state: RegistrationState,
    /// For people.
    pub state_text: String,
    /// Typed, or on paper.
    pub source: Source,
    /// The unit, or the person.
    pub name: String,
    /// 注册人姓名.
    pub registrant_name: String,
    /// The review, for its desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_id: Option<String>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<i64>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<i64>,
}

impl RegistrationLine {
    /// As stored.
    pub fn of(row: RegistrationRow) -> Result<Self, Problem> {
        let (kind, state) = (row.kind()?, row.state()?);
        Ok(Self {
            kind_text: kind.text().to_owned(),
            state_text: state.text().to_owned(),
            state,
            source: row.source.parse()?,
            name: if row.unit_name.is_empty() { row.registrant_name.clone() } else { row.unit_name },
            registrant_name: row.registrant_name,
            review_id: row.review_id,
            submitted_at: row.submitted_at,
            due_at: row.due_at,
            registration_no: row.registration_no,
            id: RegistrationId::from_stored(row.id),
        })
    }
}

/// For the registrant himself.
pub async fn answer(app: &App, row: RegistrationRow) -> Result<Registration, Problem> {
    let reader = app.database.reader();
    let account = accounts::account(reader, &AccountId::from_stored(row.account_id.clone())).await?;
    let phone = account.and_then(|account| account.phone).map(|phone| mask_phone(&phone)).unwrap_or_default();
    let (mut licences, mut forms, mut papers) = (Vec::new(), Vec::new(), Vec::new());
    for (purpose, upload) in store::files_of(reader, &row.id).await? {
        let shown = Upload::of(app, upload)?;
        match purpose {
            Purpose::BusinessLicence => licences.push(shown),
            Purpose::ApplicationForm => forms.push(shown),
            _ => papers.push(shown),
        }
    }
    let (kind, state, lists) = (row.kind()?, row.state()?, Dictionaries::get());
    Ok(Registration {
        id: RegistrationId::from_stored(row.id),
        registration_no: row.registration_no,
        kind,
        kind_text: kind.text().to_owned(),
        state,
        state_text: state.text().to_owned(),
        source: row.source.parse()?,
        upgrade_unit_id: row.upgrade_unit_id,
        uscc: row.uscc,
        unit_name: row.unit_name,
        unit_kind_text: lists.unit_kind(&row.unit_kind).to_owned(),
        unit_kind: row.unit_kind,
        district_text: lists.district(&row.district_code).to_owned(),
        district_code: row.district_code,
        address: row.address,
        legal_rep: row.legal_rep,
        industry_text: lists.industry(&row.industry_code).to_owned(),
        industry_code: row.industry_code,
        registrant_name: row.registrant_name,
        registrant_phone_masked: phone,
        email: row.email.into(),
        login_name: row.login_name,
        safety_manager_name: row.safety_manager_name.into(),
        safety_manager_phone: row.safety_manager_phone.into(),
        licences,
        forms,
        papers,
        received_by_text: row.received_by.as_deref().map(|way| ReceivedBy::text_of(way).to_owned()),
        opinion: row.opinion,
        unit_id: row.unit_id,
        submitted_at: row.submitted_at,
        due_at: row.due_at,
        decided_at: row.decided_at,
        updated_at: row.updated_at,
    })
}

/// For who decides: phones with their middle hidden.
pub(super) async fn answer_for_staff(app: &App, row: RegistrationRow) -> Result<Registration, Problem> {
    let mut shown = answer(app, row).await?;
    shown.safety_manager_phone = mask_phone(&shown.safety_manager_phone);
    Ok(shown)
}

//! What somebody types, kept at every change as it is; it is checked when it is handed in.

use foundation::complaints::Complaints;
use foundation::problem::Problem;
use foundation::sealed::Sealed;
use foundation::text::{fold_width, phone_form, plain_line, search_form};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::Deserialize;
use utoipa::ToSchema;

use super::model::{RegistrationId, RegistrationKind, RegistrationState, Source};
use super::store::{self, RegistrationRow};
use crate::accounts::{self, Account, AccountId, UnitId, UnitLevel};
use crate::app::App;
use crate::paper_numbers::{Paper, next_number};
use crate::uploads::{self, Purpose, UploadId};

/// Everything one may type (S1-07, S1-10, S2-05, S2-06), as far as he has got.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegistrationDraft {
    /// As what.
    pub(super) kind: RegistrationKind,
    /// 统一社会信用代码.
    #[serde(default)]
    pub(super) uscc: String,
    /// 企业名称.
    #[serde(default)]
    pub(super) unit_name: String,
    /// 单位类型, of `/dictionaries`.
    #[serde(default)]
    pub(super) unit_kind: String,
    /// 注册地, of `/dictionaries`.
    #[serde(default)]
    pub(super) district_code: String,
    /// 详细地址.
    #[serde(default)]
    pub(super) address: String,
    /// 法人姓名.
    #[serde(default)]
    pub(super) legal_rep: String,
    /// 所属行业, of `/dictionaries`.
    #[serde(default)]
    pub(super) industry_code: String,
    /// 注册人姓名.
    #[serde(default)]
    pub(super) registrant_name: String,
    /// 邮箱.
    #[serde(default)]
    pub(super) email: String,
    /// 登录账号; nobody needs one, his phone is enough.
    #[serde(default)]
    pub(super) login_name: String,
    /// 安全管理负责人.
    #[serde(default)]
    pub(super) safety_manager_name: String,
    /// His phone.
    #[serde(default)]
    pub(super) safety_manager_phone: String,
    /// 营业执照.
    #[serde(default)]
    pub(super) licence_ids: Vec<UploadId>,
    /// The sealed 注册申请书.
    #[serde(default)]
    pub(super) form_ids: Vec<UploadId>,
}

impl RegistrationDraft {
    /// Brings texts to their form; refuses what is too long to be kept at all.
    pub(super) fn tidy(mut self, files_max: usize) -> Result<Self, Problem> {
        self.uscc = wechat::uscc::normalize(&self.uscc);
        self.login_name = fold_width(self.login_name.trim());
        self.email = fold_width(self.email.trim());
        self.safety_manager_phone = phone_form(&self.safety_manager_phone);
        for text in [
            &mut self.unit_name,
            &mut self.address,
            &mut self.legal_rep,
            &mut self.registrant_name,
            &mut self.safety_manager_name,
        ] {
            *text = plain_line(text);
        }
        let refusal = Problem::unacceptable("registration_too_long", "有内容太长，没有保存")
            .advice("请按提示修改，其他内容会继续保留");
        let mut wrong = Complaints::new(refusal);
        let texts = [
            ("uscc", &self.uscc, 32),
            ("unit_name", &self.unit_name, 100),
            ("unit_kind", &self.unit_kind, 20),
            ("district_code", &self.district_code, 12),
            ("address", &self.address, 200),
            ("legal_rep", &self.legal_rep, 50),
            ("industry_code", &self.industry_code, 4),
            ("registrant_name", &self.registrant_name, 50),
            ("email", &self.email, 100),
            ("login_name", &self.login_name, 32),
            ("safety_manager_name", &self.safety_manager_name, 50),
            ("safety_manager_phone", &self.safety_manager_phone, 20),
        ];
        for (field, text, max) in texts {
            if text.chars().count() > max {
                wrong.add(field, format!("最多 {max} 个字"));
            }
        }
        for (field, ids) in [("licence_ids", &self.licence_ids), ("form_ids", &self.form_ids)] {
            if ids.len() > files_max {
                wrong.add(field, format!("最多 {files_max} 个文件"));
            }
        }
        wrong.end_with(self)
    }

    /// Writes what was typed into a row.
    pub(super) fn put_into(&self, row: &mut RegistrationRow) {
        row.kind = self.kind.as_str().to_owned();
        row.uscc = self.uscc.clone();
        row.unit_name = self.unit_name.clone();
        row.unit_kind = self.unit_kind.clone();
        row.district_code = self.district_code.clone();
        row.address = self.address.clone();
        row.legal_rep = self.legal_rep.clone();
        row.industry_code = self.industry_code.clone();
        row.registrant_name = self.registrant_name.clone();
        row.email = self.email.as_str().into();
        row.login_name = self.login_name.clone();
        row.safety_manager_name = self.safety_manager_name.as_str().into();
        row.safety_manager_phone = self.safety_manager_phone.as_str().into();
        let found_by = [&row.registration_no, &row.unit_name, &row.uscc, &row.registrant_name, &row.legal_rep];
        row.search_text = found_by.map(|text| search_form(text)).join("\n");
    }
}

/// A row that nobody has typed into yet.
pub(super) fn blank(
    account: &AccountId,
    source: Source,
    kind: RegistrationKind,
    registration_no: String,
    now_ms: i64,
) -> RegistrationRow {
    RegistrationRow {
        id: RegistrationId::new().into(),
        search_text: search_form(&registration_no),
        registration_no,
        account_id: account.to_string(),
        source: source.as_str().to_owned(),
        kind: kind.as_str().to_owned(),
        state: RegistrationState::Draft.as_str().to_owned(),
        upgrade_unit_id: None,
        uscc: String::new(),
        unit_name: String::new(),
        unit_kind: String::new(),
        district_code: String::new(),
        address: String::new(),
        legal_rep: String::new(),
        industry_code: String::new(),
        registrant_name: String::new(),
        email: Sealed::default(),
        login_name: String::new(),
        safety_manager_name: Sealed::default(),
        safety_manager_phone: Sealed::default(),
        received_by: None,
        entered_by: None,
        review_id: None,
        opinion: None,
        unit_id: None,
        submitted_at: None,
        due_at: None,
        decided_at: None,
        created_at: now_ms,
        updated_at: now_ms,
    }
}

/// Begins a registration, or goes on with the one that is being written. An uncertified unit is named to be certified.
pub(super) async fn start(
    app: &App,
    account: &Account,
    kind: RegistrationKind,
    upgrade: Option<&UnitId>,
) -> Result<RegistrationRow, Problem> {
    if account.phone.is_none() {
        return Err(Problem::conflict("phone_needed", "单位账号不能办理注册，没有开始")
            .advice("请退出后用手机号和短信验证码登录，再办理注册"));
    }
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    // Held from here on: of two taps the second one finds what the first one made.
    let registration_no = next_number(&*transaction, Paper::Registration, now).await?;
    if let Some(known) = store::draft_of(&*transaction, &account.id).await? {
        // A draft about something else is not turned into this one behind its writer's back.
        if upgrade.is_some_and(|unit| known.upgrade_unit_id.as_deref() != Some(unit.as_str())) {
            return Err(Problem::conflict("draft_open", "您还有一份填写中的注册申请，没有开始新的")
                .advice("请先在“单位注册与认证”里提交填写中的那一份"));
        }
        return Ok(known);
    }
    let mut row = blank(&account.id, Source::Online, kind, registration_no, now);
    if let Some(unit) = upgrade {
        fill_in_from(&*transaction, account, unit, &mut row).await?;
    }
    store::insert(&*transaction, row.clone()).await?;
    transaction.commit().await?;
    Ok(row)
}

/// What is known of an uncertified unit that its owner wants to have certified.
async fn fill_in_from<C: ConnectionTrait>(
    connection: &C,
    account: &Account,
    unit: &UnitId,
    row: &mut RegistrationRow,
) -> Result<(), Problem> {
    let access = accounts::unit_access(connection, &account.id, unit).await?;
    let access = access.filter(|access| access.role == accounts::Role::Owner);
    let access = access.ok_or_else(|| Problem::not_found("unit_not_found", "没有找到这个单位"))?;
    if access.unit.level != UnitLevel::Uncertified {
        return Err(
            Problem::conflict("unit_not_uncertified", "这个单位不需要升级认证").advice("请刷新页面查看单位状态")
        );
    }
    let earlier = store::approved_for(connection, unit.as_str()).await?;
    row.upgrade_unit_id = Some(unit.to_string());
    row.unit_name = access.unit.name;
    if let Some(earlier) = earlier {
        let kept = RegistrationRow {
            id: row.id.clone(),
            registration_no: row.registration_no.clone(),
            state: row.state.clone(),
            kind: row.kind.clone(),
            upgrade_unit_id: row.upgrade_unit_id.clone(),
            search_text: row.search_text.clone(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            review_id: None,
            opinion: None,
            unit_id: None,
            submitted_at: None,
            due_at: None,
            decided_at: None,
            ..earlier
        };
        *row = kept;
    }
    Ok(())
}

/// Keeps what was typed; only while the registrant writes.
pub(super) async fn save(
    app: &App,
    account: &Account,
    id: &RegistrationId,
    draft: RegistrationDraft,
) -> Result<RegistrationRow, Problem> {
    let draft = draft.tidy(app.config.registration.files_per_purpose_max)?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let mut row = store::find_for(&*transaction, &account.id, id).await?;
    if !row.state()?.is_written() {
        return Err(submitted_already());
    }
    draft.put_into(&mut row);
    row.updated_at = now;
    if !store::replace_written(&*transaction, &row).await? {
        return Err(submitted_already());
    }
    keep_files(&transaction, account.id.as_str(), &row.id, Purpose::BusinessLicence, &draft.licence_ids).await?;
    keep_files(&transaction, account.id.as_str(), &row.id, Purpose::ApplicationForm, &draft.form_ids).await?;
    transaction.commit().await?;
    Ok(row)
}

/// Replaces the papers of one purpose by files that their owner has sent.
pub(super) async fn keep_files(
    transaction: &DatabaseTransaction,
    owner_id: &str,
    registration_id: &str,
    purpose: Purpose,
    ids: &[UploadId],
) -> Result<(), Problem> {
    let field = match purpose {
        Purpose::ApplicationForm => "form_ids",
        Purpose::PaperScan => "paper_ids",
        _ => "licence_ids",
    };
    let ready = uploads::ready_of(transaction, owner_id, purpose, ids, field).await?;
    let upload_ids: Vec<String> = ready.into_iter().map(|upload| upload.id).collect();
    Ok(store::set_files(transaction, registration_id, purpose, &upload_ids).await?)
}

pub(super) fn submitted_already() -> Problem {
    Problem::conflict("registration_submitted", "注册申请已经提交，不能再修改")
        .advice("请等待审核结果；审核未通过时可以修改后重新提交")
}

//! A registration on paper, entered by staff with its scan (S2-09); somebody else decides.

use foundation::problem::Problem;
use foundation::text::is_mobile_phone;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::check::{complaints, demand_complete};
use super::draft::{self, RegistrationDraft};
use super::model::{ReceivedBy, RegistrationState, Source};
use super::store::{self, RegistrationRow};
use super::submit;
use crate::accounts;
use crate::app::App;
use crate::audit::{self, Action};
use crate::paper_numbers::{Paper, next_number};
use crate::reviews::Submitter;
use crate::staff::Officer;
use crate::uploads::{Purpose, UploadId};

/// A paper that came.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct PaperRegistration {
    /// Phone of the applicant; he signs in with it.
    #[schema(max_length = 20)]
    pub(super) phone: String,
    /// How the paper came.
    pub(super) received_by: ReceivedBy,
    /// Its scan.
    pub(super) paper_ids: Vec<UploadId>,
    /// What stands on it; certified kinds only.
    #[serde(flatten)]
    pub(super) fields: RegistrationDraft,
}

/// Enters a paper and hands it in for review.
pub(super) async fn enter(app: &App, officer: &Officer, paper: PaperRegistration) -> Result<RegistrationRow, Problem> {
    let phone: String = foundation::text::fold_width(&paper.phone).chars().filter(|one| one.is_ascii_digit()).collect();
    let files_max = app.config.registration.files_per_purpose_max;
    let fields = paper.fields.tidy(files_max)?;
    let mut wrong = complaints();
    if !is_mobile_phone(&phone) {
        wrong.add("phone", "请输入 11 位手机号");
    }
    if paper.paper_ids.is_empty() || paper.paper_ids.len() > files_max {
        wrong.add("paper_ids", format!("请上传申请表和营业执照的扫描件，最多 {files_max} 个文件"));
    }
    if !fields.kind.is_reviewed() {
        wrong.add("kind", "线下只受理认证单位注册");
    }
    if !fields.login_name.is_empty() || !fields.licence_ids.is_empty() || !fields.form_ids.is_empty() {
        wrong.add("login_name", "线下注册用手机号登录，不设登录账号");
    }
    wrong.end()?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let registration_no = next_number(&*transaction, Paper::Registration, now).await?;
    let account = accounts::ensure_person(&*transaction, &phone, &fields.registrant_name, now).await?;
    let mut row = draft::blank(&account.id, Source::Offline, fields.kind, registration_no, now);
    fields.put_into(&mut row);
    // Never a draft: the registrant may be writing one of his own.
    row.state = RegistrationState::Rejected.as_str().to_owned();
    row.received_by = Some(paper.received_by.as_str().to_owned());
    row.entered_by = Some(officer.display_name.clone());
    store::insert(&*transaction, row.clone()).await?;
    let officer_id = officer.id.to_string();
    draft::keep_files(&transaction, &officer_id, &row.id, Purpose::PaperScan, &paper.paper_ids).await?;
    demand_complete(&row, &[Purpose::PaperScan])?;
    let submitter = Submitter::officer(officer);
    submit::hand_in(app, &transaction, &row, &[RegistrationState::Rejected], submitter).await?;
    let detail = json!({ "registration_no": row.registration_no, "unit_name": row.unit_name, "uscc": row.uscc });
    audit::record(&*transaction, app, officer.entry(Action::RegistrationEntered, &row.id, detail)).await?;
    let row = store::find(&*transaction, &row.id).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(row)
}

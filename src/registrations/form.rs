//! 注册申请书 behind a short-lived link (S1-06): the paper with what was typed.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, header};
use axum::routing::get;
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};

use super::dictionaries::Dictionaries;
use super::store::{self, RegistrationRow};
use crate::accounts::{self, AccountId};
use crate::app::{App, SharedApp};
use crate::documents::{self, RegistrationForm};
use crate::downloads::{content_disposition, pdf_name};
use crate::web::{Path, link_for_asker, open_asked_link};

/// What a link is for; other tokens of ours have another form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FormOf {
    registration_form: String,
}

/// The address of the paper, for whoever asks.
pub(super) fn address(app: &App, id: &str) -> Result<String, Problem> {
    link_for_asker(app, "registration-forms", FormOf { registration_form: id.to_owned() })
}

/// What the paper is called.
pub(super) fn file_name(row: &RegistrationRow) -> String {
    pdf_name(&format!("注册申请书_{}", row.registration_no))
}

/// Where links lead; not documented, because nobody makes such an address himself.
pub fn files_router() -> Router<SharedApp> {
    Router::new().route("/files/registration-forms/{token}", get(fetch))
}

async fn fetch(State(app): State<SharedApp>, Path(token): Path<String>) -> Result<Response<Body>, Problem> {
    let link: FormOf = open_asked_link(&app, &token).await?;
    let row = store::find(app.database.reader(), &link.registration_form).await?;
    let name = file_name(&row);
    let form = form_of(&app, row).await?;
    let typeface = app.typeface.clone();
    let content = tokio::task::spawn_blocking(move || documents::registration_form(&typeface, &form))
        .await
        .map_err(Problem::internal)?
        .map_err(Problem::internal)?;
    Response::builder()
        .header(header::CONTENT_TYPE, "application/pdf")
        .header(header::CONTENT_DISPOSITION, content_disposition(&name, true))
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(Body::from(content))
        .map_err(Problem::internal)
}

async fn form_of(app: &App, row: RegistrationRow) -> Result<RegistrationForm, Problem> {
    let account = accounts::account(app.database.reader(), &AccountId::from_stored(row.account_id.clone())).await?;
    let lists = Dictionaries::get();
    Ok(RegistrationForm {
        institute_name: app.config.service.institute_name.clone(),
        service_phone: app.config.service.service_phone.clone(),
        kind_text: row.kind()?.text().to_owned(),
        registration_no: row.registration_no,
        unit_name: row.unit_name,
        uscc: row.uscc,
        unit_kind: lists.unit_kind(&row.unit_kind).to_owned(),
        district: lists.district(&row.district_code).to_owned(),
        address: row.address,
        legal_rep: row.legal_rep,
        industry: lists.industry(&row.industry_code).to_owned(),
        registrant_name: row.registrant_name,
        registrant_phone: account.and_then(|account| account.phone).unwrap_or_default(),
        email: row.email.into(),
        safety_manager_name: row.safety_manager_name.into(),
        safety_manager_phone: row.safety_manager_phone.into(),
        printed_at: app.now_ms(),
    })
}

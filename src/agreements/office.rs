//! `/staff/v1/agreements`: texts written and published in the console.

use axum::extract::State;
use foundation::calendar::{beijing_date, print_date};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::agreement_versions::Model;
use super::texts::Purpose;
use super::versions;
use crate::app::{App, SharedApp};
use crate::staff::{May, may};
use crate::web::{Json, Path};

/// Routes of the console.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(write)).routes(routes!(publish))
}

/// How a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AgreementVersionState)]
enum VersionState {
    /// Not published.
    Draft,
    /// Published, its day has not come.
    Planned,
    /// People agree to it now.
    Live,
    /// People agreed to it before.
    Past,
}

/// A version written in the console.
#[derive(Debug, Serialize, ToSchema)]
struct AgreementVersion {
    /// Which.
    id: String,
    /// How it stands.
    state: VersionState,
    /// Its name, once it is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// From which day on it holds, YYYY-MM-DD.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_on: Option<String>,
    /// Headline.
    title: String,
    /// The words: `# ` begins a headline, `- ` a point.
    body: String,
    /// What was changed.
    note: String,
    /// Who wrote it.
    made_by: String,
    /// Epoch milliseconds.
    made_at: i64,
}

/// A text with all its versions.
#[derive(Debug, Serialize, ToSchema)]
struct StaffAgreement {
    /// For what.
    purpose: Purpose,
    /// Headline of the text that holds today.
    title: String,
    /// Its version.
    version: String,
    /// Its words.
    body: String,
    /// Whether it is what the installation came with.
    installed: bool,
    /// Whether it may be refused and withdrawn.
    optional: bool,
    /// Written in the console, the draft on top, then the newest first.
    versions: Vec<AgreementVersion>,
}

/// All texts.
#[derive(Debug, Serialize, ToSchema)]
struct StaffAgreements {
    items: Vec<StaffAgreement>,
}

fn state_of(row: &Model, live: &str, today: &str) -> VersionState {
    match (&row.version, &row.effective_on) {
        (Some(version), _) if version == live => VersionState::Live,
        (Some(_), Some(day)) if day.as_str() > today => VersionState::Planned,
        (Some(_), _) => VersionState::Past,
        (None, _) => VersionState::Draft,
    }
}

async fn shown(app: &App) -> Result<Json<StaffAgreements>, Problem> {
    let reader = app.database.reader();
    let today = print_date(beijing_date(app.now_ms()));
    let mut items = Vec::new();
    for (purpose, text) in versions::current(reader, app).await? {
        let rows = versions::all_of(reader, purpose).await?;
        let versions: Vec<AgreementVersion> = rows
            .into_iter()
            .map(|row| AgreementVersion {
                state: state_of(&row, &text.version, &today),
                id: row.id,
                version: row.version,
                effective_on: row.effective_on,
                title: row.title,
                body: row.body,
                note: row.note,
                made_by: row.made_by_name,
                made_at: row.made_at,
            })
            .collect();
        items.push(StaffAgreement {
            purpose,
            installed: versions.iter().all(|one| one.state != VersionState::Live),
            title: text.title,
            version: text.version,
            body: text.body,
            optional: text.optional,
            versions,
        });
    }
    Ok(Json(StaffAgreements { items }))
}

/// The texts that people agree to, and every version of them.
#[utoipa::path(get, path = "/staff/v1/agreements", tag = "staff", responses((status = 200, body = StaffAgreements)))]
async fn show(State(app): State<SharedApp>, _officer: May<may::ContentEdit>) -> Result<Json<StaffAgreements>, Problem> {
    shown(&app).await
}

/// What a draft says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgreementDraft {
    /// Headline.
    #[schema(max_length = 30)]
    title: String,
    /// The words: one paragraph a line, `# ` begins a headline, `- ` a point.
    #[schema(max_length = 30000)]
    body: String,
    /// What was changed.
    #[serde(default)]
    #[schema(max_length = 100)]
    note: String,
}

/// Writes the draft of a text over; people see nothing of it.
#[utoipa::path(put, path = "/staff/v1/agreements/{purpose}/draft", tag = "staff", params(("purpose" = Purpose, Path, description = "for what")), request_body = AgreementDraft, responses((status = 200, body = StaffAgreements), (status = 422, description = "agreement_wrong", body = ErrorAnswer)))]
async fn write(
    State(app): State<SharedApp>,
    officer: May<may::ContentEdit>,
    Path(purpose): Path<Purpose>,
    Json(draft): Json<AgreementDraft>,
) -> Result<Json<StaffAgreements>, Problem> {
    versions::write_draft(&app, &officer, purpose, (&draft.title, &draft.body, &draft.note)).await?;
    shown(&app).await
}

/// From when a draft holds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgreementPublication {
    /// YYYY-MM-DD, today or later.
    #[schema(max_length = 10)]
    effective_on: String,
}

/// Publishes the draft from a day on: whoever agreed to an older version is asked again. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/agreements/{purpose}/publish", tag = "staff", params(("purpose" = Purpose, Path, description = "for what")), request_body = AgreementPublication, responses((status = 200, body = StaffAgreements), (status = 403, description = "step_up_needed", body = ErrorAnswer), (status = 409, description = "agreement_no_draft", body = ErrorAnswer), (status = 422, description = "agreement_wrong", body = ErrorAnswer)))]
async fn publish(
    State(app): State<SharedApp>,
    officer: May<may::ContentEdit>,
    Path(purpose): Path<Purpose>,
    Json(wanted): Json<AgreementPublication>,
) -> Result<Json<StaffAgreements>, Problem> {
    officer.demand_step_up(app.now_ms())?;
    versions::publish(&app, &officer, purpose, &wanted.effective_on).await?;
    shown(&app).await
}

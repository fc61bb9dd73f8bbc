//! `/api/v1/agreements` and `/api/v1/consents`.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::consents::{self, Consent, Origin};
use super::texts::{Agreement, Paragraph, Purpose};
use super::{opened, versions};
use crate::accounts::Session;
use crate::app::{App, SharedApp};
use crate::web::{ClientAddress, Json, Path};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(open))
        .routes(routes!(mine, agree))
        .routes(routes!(withdraw))
}

/// A text as it is listed.
#[derive(Debug, Serialize, ToSchema)]
struct AgreementLine {
    /// For what.
    purpose: Purpose,
    /// Its headline.
    title: String,
    /// Present version.
    version: String,
    /// Seconds it must have been open before it can be agreed to.
    reading_seconds: i64,
    /// Whether it may be refused and withdrawn.
    optional: bool,
}

impl AgreementLine {
    fn of(app: &App, agreement: &Agreement) -> Self {
        Self {
            purpose: agreement.purpose,
            title: agreement.title.clone(),
            version: agreement.version.clone(),
            reading_seconds: if agreement.timed { app.config.agreements.reading_seconds } else { 0 },
            optional: agreement.optional,
        }
    }
}

/// The texts of this installation.
#[derive(Debug, Serialize, ToSchema)]
struct AgreementLines {
    items: Vec<AgreementLine>,
}

/// A text that was opened.
#[derive(Debug, Serialize, ToSchema)]
struct OpenedAgreement {
    #[serde(flatten)]
    line: AgreementLine,
    /// The words.
    paragraphs: Vec<Paragraph>,
    /// Remembers since when it is open; goes with the consent.
    opened_token: String,
}

/// What can be agreed to; open for everybody.
#[utoipa::path(get, path = "/api/v1/agreements", tag = "agreements", responses((status = 200, body = AgreementLines)))]
async fn list(State(app): State<SharedApp>) -> Result<Json<AgreementLines>, Problem> {
    let texts = versions::current(app.database.reader(), &app).await?;
    Ok(Json(AgreementLines { items: texts.values().map(|agreement| AgreementLine::of(&app, agreement)).collect() }))
}

/// Opens a text; its reading time begins (S2-04). Open for everybody.
#[utoipa::path(get, path = "/api/v1/agreements/{purpose}", tag = "agreements", params(("purpose" = Purpose, Path, description = "for what")), responses((status = 200, body = OpenedAgreement), (status = 404, body = ErrorAnswer)))]
async fn open(State(app): State<SharedApp>, Path(purpose): Path<Purpose>) -> Result<Json<OpenedAgreement>, Problem> {
    let agreement = versions::current_of(app.database.reader(), &app, purpose).await?;
    Ok(Json(OpenedAgreement {
        line: AgreementLine::of(&app, &agreement),
        opened_token: opened::token(&app, &agreement),
        paragraphs: agreement.paragraphs,
    }))
}

/// What somebody agrees to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConsentRequest {
    /// For what.
    purpose: Purpose,
    /// The version that was shown.
    #[schema(max_length = 32)]
    version: String,
    /// Of the text that was opened.
    #[schema(max_length = 1000)]
    opened_token: String,
}

/// What an account agreed to.
#[derive(Debug, Serialize, ToSchema)]
struct GivenConsents {
    /// Newest first.
    items: Vec<Consent>,
}

/// What I agreed to, and what has a newer version.
#[utoipa::path(get, path = "/api/v1/consents", tag = "agreements", responses((status = 200, body = GivenConsents), (status = 401, body = ErrorAnswer)))]
async fn mine(State(app): State<SharedApp>, session: Session) -> Result<Json<GivenConsents>, Problem> {
    Ok(Json(GivenConsents { items: consents::agreed_by(app.database.reader(), &app, &session.account.id).await? }))
}

/// Agrees to the present version of a text. The same consent again changes nothing.
#[utoipa::path(post, path = "/api/v1/consents", tag = "agreements", request_body = ConsentRequest, responses(
    (status = 204),
    (status = 401, body = ErrorAnswer),
    (status = 409, description = "agreement_changed", body = ErrorAnswer),
    (status = 422, description = "agreement_not_opened", body = ErrorAnswer),
    (status = 425, description = "agreement_read_too_fast: details.wait_s", body = ErrorAnswer),
))]
async fn agree(
    State(app): State<SharedApp>,
    session: Session,
    ClientAddress(address): ClientAddress,
    Json(request): Json<ConsentRequest>,
) -> Result<StatusCode, Problem> {
    let from = Origin { client: session.client.as_str(), address: &address };
    let ConsentRequest { purpose, version, opened_token } = request;
    consents::agree(&app, &session.account.id, purpose, &version, &opened_token, from).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a consent back that nothing depends on.
#[utoipa::path(delete, path = "/api/v1/consents/{purpose}", tag = "agreements", params(("purpose" = Purpose, Path, description = "for what")), responses(
    (status = 204),
    (status = 401, body = ErrorAnswer),
    (status = 409, description = "consent_needed", body = ErrorAnswer),
))]
async fn withdraw(
    State(app): State<SharedApp>,
    session: Session,
    Path(purpose): Path<Purpose>,
) -> Result<StatusCode, Problem> {
    consents::withdraw(&app, &session.account.id, purpose).await?;
    Ok(StatusCode::NO_CONTENT)
}

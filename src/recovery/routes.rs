//! `/api/v1/recovery` for who cannot sign in, `/api/v1/security-question` for who can.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answers::{self, Answered};
use super::{by_phone, questions};
use crate::accounts::Visitor;
use crate::app::SharedApp;
use crate::sign_in::{Caller, CaptchaAnswer, CodeSent, Proof};
use crate::web::Json;

/// Routes of this capability, paths in full.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(send_code))
        .routes(routes!(by_code))
        .routes(routes!(ask_question))
        .routes(routes!(by_answer))
        .routes(routes!(own_question, set_question, forget_question))
}

/// Whose password is forgotten.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecoveryPhone {
    /// Mobile number, 11 digits.
    #[schema(max_length = 20)]
    phone: String,
}

/// Sends a code to any mobile phone, to set a new password with.
#[utoipa::path(post, path = "/api/v1/recovery/code", tag = "session", request_body = RecoveryPhone,
    responses((status = 202, body = CodeSent), (status = 422, body = ErrorAnswer), (status = 429, body = ErrorAnswer)))]
async fn send_code(
    State(app): State<SharedApp>,
    caller: Caller,
    Json(wanted): Json<RecoveryPhone>,
) -> Result<(StatusCode, Json<CodeSent>), Problem> {
    by_phone::send(&app, &caller, &wanted.phone).await?;
    Ok((StatusCode::ACCEPTED, Json(CodeSent::of(&app))))
}

/// A new password, proved by the phone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecoveryByCode {
    /// Mobile number, 11 digits.
    #[schema(max_length = 20)]
    phone: String,
    /// The six digits of the message.
    #[schema(max_length = 12)]
    code: String,
    /// 8–64 characters with letters and digits.
    #[schema(max_length = 64)]
    new_password: String,
}

/// Sets a new password with the code; every session ends, a locked account is unlocked. 401 `bad_code`, 422
/// `password_too_weak`.
#[utoipa::path(post, path = "/api/v1/recovery/password", tag = "session", request_body = RecoveryByCode,
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn by_code(
    State(app): State<SharedApp>,
    _caller: Caller,
    Json(wanted): Json<RecoveryByCode>,
) -> Result<StatusCode, Problem> {
    by_phone::reset(&app, &wanted.phone, &wanted.code, &wanted.new_password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuestionRequest {
    /// 报检人电话 or 单位账号.
    #[schema(max_length = 64)]
    login: String,
    /// Of `POST /api/v1/captcha`.
    captcha: CaptchaAnswer,
}

/// A security question.
#[derive(Debug, Serialize, ToSchema)]
struct SecurityQuestion {
    /// What is asked.
    question: String,
}

/// The security question of a login (S4-04); every login seems to have one.
#[utoipa::path(post, path = "/api/v1/recovery/question", tag = "session", request_body = QuestionRequest,
    responses((status = 200, body = SecurityQuestion), (status = 422, body = ErrorAnswer), (status = 429, body = ErrorAnswer)))]
async fn ask_question(
    State(app): State<SharedApp>,
    caller: Caller,
    Json(wanted): Json<QuestionRequest>,
) -> Result<Json<SecurityQuestion>, Problem> {
    let question = answers::question_of(&app, &caller, &wanted.login, &wanted.captcha).await?;
    Ok(Json(SecurityQuestion { question }))
}

/// A new password, proved by an answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecoveryByAnswer {
    /// 报检人电话 or 单位账号.
    #[schema(max_length = 64)]
    login: String,
    /// To the account's question.
    #[schema(max_length = 40)]
    answer: String,
    /// 8–64 characters with letters and digits.
    #[schema(max_length = 64)]
    new_password: String,
    /// Of `POST /api/v1/captcha`.
    captcha: CaptchaAnswer,
}

/// Sets a new password with the right answer. 401 `answer_wrong`, 423 `answer_locked` after three wrong ones.
#[utoipa::path(post, path = "/api/v1/recovery/answer", tag = "session", request_body = RecoveryByAnswer,
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 422, body = ErrorAnswer),
        (status = 423, body = ErrorAnswer), (status = 429, body = ErrorAnswer)))]
async fn by_answer(
    State(app): State<SharedApp>,
    caller: Caller,
    Json(wanted): Json<RecoveryByAnswer>,
) -> Result<StatusCode, Problem> {
    let answered = Answered {
        login: &wanted.login,
        answer: &wanted.answer,
        new_password: &wanted.new_password,
        captcha: &wanted.captcha,
    };
    answers::reset(&app, &caller, answered).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's own security question.
#[derive(Debug, Serialize, ToSchema)]
struct OwnQuestion {
    /// What is asked; nothing when none is set.
    question: Option<String>,
    /// When it was set, epoch milliseconds.
    set_at: Option<i64>,
    /// What can be chosen.
    choices: Vec<String>,
}

/// One's own security question, and those to choose from (S1-17, S4-04).
#[utoipa::path(get, path = "/api/v1/security-question", tag = "session",
    responses((status = 200, body = OwnQuestion), (status = 401, body = ErrorAnswer)))]
async fn own_question(State(app): State<SharedApp>, visitor: Visitor) -> Result<Json<OwnQuestion>, Problem> {
    let session = visitor.demand_session()?;
    let own = questions::of_account(app.database.reader(), &session.account.id).await?;
    let (question, set_at) = own.map(|own| (own.question, own.updated_at)).unzip();
    let choices = questions::QUESTIONS.iter().map(|text| (*text).to_owned()).collect();
    Ok(Json(OwnQuestion { question, set_at, choices }))
}

/// What to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuestionChoice {
    /// One of the choices.
    #[schema(max_length = 40)]
    question: String,
    /// 2–40 characters.
    #[schema(max_length = 40)]
    answer: String,
    /// That it is oneself.
    proof: Proof,
}

/// Sets or replaces the security question. 401 `bad_code`, 403 `proof_needed`.
#[utoipa::path(put, path = "/api/v1/security-question", tag = "session", request_body = QuestionChoice,
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn set_question(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Json(choice): Json<QuestionChoice>,
) -> Result<StatusCode, Problem> {
    let session = visitor.demand_session()?;
    questions::set(&app, &session, &choice.question, &choice.answer, &choice.proof).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets the security question.
#[utoipa::path(delete, path = "/api/v1/security-question", tag = "session",
    responses((status = 204), (status = 401, body = ErrorAnswer)))]
async fn forget_question(State(app): State<SharedApp>, visitor: Visitor) -> Result<StatusCode, Problem> {
    let session = visitor.demand_session()?;
    let transaction = app.database.begin_write().await?;
    questions::forget_questions(&*transaction, &session.account).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

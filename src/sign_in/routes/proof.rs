//! Codes that confirm something one does while signed in.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};

use super::session::CodeSent;
use crate::app::SharedApp;
use crate::sign_in::caller::Caller;
use crate::sign_in::proof;
use crate::web::Json;

/// Sends a code to the phone of the account, to confirm an important act with. 409 `no_phone`: confirm with the password.
#[utoipa::path(post, path = "/api/v1/proofs/code", tag = "session", responses(
    (status = 202, body = CodeSent),
    (status = 401, body = ErrorAnswer),
    (status = 409, description = "no_phone", body = ErrorAnswer),
    (status = 429, description = "sms_too_often: details.retry_after_s", body = ErrorAnswer),
))]
pub async fn send_code(State(app): State<SharedApp>, caller: Caller) -> Result<(StatusCode, Json<CodeSent>), Problem> {
    let session = caller.session.clone().ok_or_else(Problem::not_signed_in)?;
    proof::send(&app, &caller, &session.account).await?;
    Ok((StatusCode::ACCEPTED, Json(CodeSent::of(&app))))
}

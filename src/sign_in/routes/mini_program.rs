//! Signing in from the mini-program.

use axum::extract::State;
use axum::http::HeaderMap;
use foundation::problem::{ErrorAnswer, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::SharedApp;
use crate::sign_in::answer::{self, SessionAnswer};
use crate::sign_in::by_mini_program::{self, Outcome};
use crate::sign_in::caller::Caller;
use crate::sign_in::reply::{self, SessionReply};
use crate::web::Json;

/// The code of `wx.login`.
#[derive(Deserialize, ToSchema)]
pub struct MiniProgramLogin {
    /// Good once, for five minutes.
    #[schema(max_length = 128)]
    code: String,
}

/// The code of the phone-number button.
#[derive(Deserialize, ToSchema)]
pub struct PhoneLogin {
    /// Good once, for five minutes; not the code of `wx.login`.
    #[schema(max_length = 128)]
    code: String,
    /// From `/session/mini-program`.
    #[schema(max_length = 128)]
    bind_ticket: String,
}

/// In by `wx.login`. An identity that is not bound yet is answered with `signed_in: false` and a `bind_ticket`.
#[utoipa::path(post, path = "/api/v1/session/mini-program", tag = "session", request_body = MiniProgramLogin, responses(
    (status = 200, body = SessionAnswer),
    (status = 401, description = "bad_wechat_code: call wx.login again", body = ErrorAnswer),
    (status = 503, description = "wechat_unavailable, channel_unavailable", body = ErrorAnswer),
))]
pub async fn by_login_code(
    State(app): State<SharedApp>,
    caller: Caller,
    Json(login): Json<MiniProgramLogin>,
) -> Result<SessionReply, Problem> {
    match by_mini_program::sign_in(&app, &caller, &login.code).await? {
        Outcome::Entered(entered) => reply::entered(&app, &entered).await,
        Outcome::Ticket(ticket) => {
            let mut answer = answer::of_visitor(&app, true);
            answer.bind_ticket = Some(ticket);
            Ok((HeaderMap::new(), Json(answer)))
        }
    }
}

/// The mini-program's first login, with the phone number WeChat vouches for (B-01).
#[utoipa::path(post, path = "/api/v1/session/phone", tag = "session", request_body = PhoneLogin, responses(
    (status = 200, body = SessionAnswer),
    (status = 401, description = "bad_wechat_code: let the person tap again", body = ErrorAnswer),
    (status = 409, description = "bind_ticket_expired: begin with wx.login again", body = ErrorAnswer),
    (status = 422, description = "bad_phone: not a mainland mobile number", body = ErrorAnswer),
    (status = 503, description = "wechat_unavailable, channel_unavailable", body = ErrorAnswer),
))]
pub async fn by_phone(
    State(app): State<SharedApp>,
    caller: Caller,
    Json(login): Json<PhoneLogin>,
) -> Result<SessionReply, Problem> {
    let entered = by_mini_program::sign_in_by_phone(&app, &caller, &login.code, &login.bind_ticket).await?;
    reply::entered(&app, &entered).await
}

//! `/api/v1/captcha`.

use axum::extract::State;
use foundation::problem::{ErrorAnswer, Problem};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Captcha;
use crate::app::{App, SharedApp};
use crate::sign_in::Caller;
use crate::web::{Json, Query, wait_after_hourly};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(ask_question))
}

/// How it is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CaptchaQuery {
    /// In words instead of a picture, for who cannot see it.
    #[serde(default)]
    in_words: bool,
}

/// A new question that only people answer; good for one try. 429 `captcha_too_often`.
#[utoipa::path(post, path = "/api/v1/captcha", tag = "session", params(CaptchaQuery),
    responses((status = 200, body = Captcha), (status = 429, body = ErrorAnswer)))]
async fn ask_question(
    State(app): State<SharedApp>,
    caller: Caller,
    Query(query): Query<CaptchaQuery>,
) -> Result<Json<Captcha>, Problem> {
    let settings = &app.config.captcha;
    demand_few(&app, "captcha:address", &caller.address, settings.per_address_per_hour).await?;
    if query.in_words {
        demand_few(&app, "captcha:words", &caller.address, settings.words_per_address_per_hour).await?;
    }
    Ok(Json(super::issue(&app, query.in_words).await?))
}

async fn demand_few(app: &App, what: &str, address: &str, max: u64) -> Result<(), Problem> {
    match wait_after_hourly(app, what, address, max).await? {
        None => Ok(()),
        Some(wait_s) => Err(Problem::too_often("captcha_too_often", "换题太频繁，请稍后再试", wait_s)
            .advice("请稍后再试，或改用短信验证码登录")),
    }
}

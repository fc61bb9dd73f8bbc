//! `/api/v1/captcha`.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};
use foundation::secret_hash::token_hash;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Captcha;
use crate::app::{App, SharedApp};
use crate::sign_in::Caller;
use crate::web::{Json, Query};

const HOUR: Duration = Duration::from_secs(3_600);
const HOUR_MS: i64 = 3_600_000;

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
    demand_few(&app, "", &caller.address, settings.per_address_per_hour).await?;
    if query.in_words {
        demand_few(&app, "words:", &caller.address, settings.words_per_address_per_hour).await?;
    }
    Ok(Json(super::issue(&app, query.in_words).await?))
}

async fn demand_few(app: &App, sort: &str, address: &str, max: u64) -> Result<(), Problem> {
    let now = app.now_ms();
    let key = format!("captcha:address:{sort}{}:{}", token_hash(address), now.div_euclid(HOUR_MS));
    if app.cache.count_up(&key, HOUR).await? <= max {
        return Ok(());
    }
    let retry_after_s = (HOUR_MS - now.rem_euclid(HOUR_MS)) / 1_000 + 1;
    Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "captcha_too_often", "换题太频繁，请稍后再试")
        .advice("请稍后再试，或改用短信验证码登录")
        .details(json!({ "retry_after_s": retry_after_s }))
        .retry_after_s(u64::try_from(retry_after_s).unwrap_or(1)))
}

//! When a sign-in by password has to answer a question that only people answer: after a wrong try for the same account,
//! from the same device, or after some from the same address. An account that does not exist is remembered like one that
//! does. The question is asked before the try is counted: programs neither guess on nor lock other people out.

use std::time::Duration;

use foundation::problem::Problem;
use foundation::secret_hash::token_hash;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::caller::Caller;
use crate::app::App;
use crate::captcha;

/// For so long a wrong try is remembered.
const KEPT: Duration = Duration::from_secs(1_800);
const KEPT_MS: i64 = 1_800_000;

/// The answer to a question of `POST /api/v1/captcha`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaptchaAnswer {
    /// Which question.
    #[schema(max_length = 64)]
    captcha_id: String,
    /// What the picture shows, or the sum in words.
    #[schema(max_length = 20)]
    captcha_answer: String,
}

impl CaptchaAnswer {
    /// Uses the question up; 422 `captcha_wrong` when the answer is wrong.
    pub async fn redeem(&self, app: &App) -> Result<(), Problem> {
        captcha::redeem(app, &self.captcha_id, &self.captcha_answer).await
    }
}

fn keys(app: &App, caller: &Caller, login: &str) -> [(String, u64); 3] {
    // Two windows in turn: by any clock, a test's as well, a wrong try is forgotten after its time.
    let window = app.now_ms().div_euclid(KEPT_MS);
    let settings = &app.config.login;
    let device = caller.device_key.clone().unwrap_or_else(|| token_hash(&format!("address:{}", caller.address)));
    [
        (
            format!("login:wrong:login:{}:{window}", token_hash(&login.to_ascii_lowercase())),
            settings.captcha_after_wrong,
        ),
        (format!("login:wrong:device:{device}:{window}"), settings.captcha_after_wrong),
        (format!("login:wrong:address:{}:{window}", caller.address), settings.captcha_after_wrong_per_address),
    ]
}

/// Whether the next try has to answer a question.
pub async fn is_suspect(app: &App, caller: &Caller, login: &str) -> Result<bool, Problem> {
    for (key, max) in keys(app, caller, login) {
        if app.cache.count_of(&key).await? >= max {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Refuses a suspect try without a right answer: 422 `captcha_needed`, `captcha_wrong`.
pub async fn demand_person(
    app: &App,
    caller: &Caller,
    login: &str,
    answer: Option<&CaptchaAnswer>,
) -> Result<(), Problem> {
    if !is_suspect(app, caller, login).await? {
        return Ok(());
    }
    match answer {
        Some(answer) => answer.redeem(app).await,
        None => Err(Problem::unacceptable("captcha_needed", "请先回答验证题，再登录")
            .field("captcha_answer", "请按图片或文字题填写")
            .advice("也可以改用短信验证码登录")
            .details(json!({ "captcha_needed": true }))),
    }
}

/// Remembers a wrong try.
pub async fn note_wrong(app: &App, caller: &Caller, login: &str) -> Result<(), Problem> {
    for (key, _) in keys(app, caller, login) {
        app.cache.count_up(&key, KEPT).await?;
    }
    Ok(())
}

/// Forgets the wrong tries of an account and of the device that got in; those of the address stay.
pub async fn forget(app: &App, caller: &Caller, login: &str) -> Result<(), Problem> {
    let [login, device, _] = keys(app, caller, login);
    app.cache.remove(&login.0).await?;
    Ok(app.cache.remove(&device.0).await?)
}

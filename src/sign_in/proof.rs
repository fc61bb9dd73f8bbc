//! Confirming something important while signed in: a code sent to the account's own phone, or, by an account without a
//! phone, its password.

use axum::http::StatusCode;
use foundation::problem::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

use super::by_password;
use super::by_sms::{redeem_code, send_code_for};
use super::caller::Caller;
use crate::accounts::{Account, Session};
use crate::app::App;
use crate::sms::CodePurpose;

/// What confirms.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The six digits sent by `POST /api/v1/proofs/code`.
    #[serde(default)]
    #[schema(max_length = 12)]
    code: Option<String>,
    /// The password, where the account has no phone.
    #[serde(default)]
    #[schema(max_length = 64)]
    password: Option<String>,
}

/// Sends the code to the account's phone. 409 where there is none.
pub(super) async fn send(app: &App, caller: &Caller, account: &Account) -> Result<(), Problem> {
    let phone = account.phone.as_deref().ok_or_else(|| {
        Problem::conflict("no_phone", "这个账号没有手机号，没有发送验证码").advice("请用登录密码确认")
    })?;
    send_code_for(app, caller, phone, CodePurpose::Confirm).await
}

/// Refuses unless the account's own phone (or password) confirms. A code confirms once.
pub async fn demand_proof(app: &App, session: &Session, proof: &Proof) -> Result<(), Problem> {
    let account = &session.account;
    match (&account.phone, &proof.code, &proof.password) {
        (Some(phone), Some(code), _) => redeem_code(app, phone, CodePurpose::Confirm, code).await,
        (None, _, Some(password)) => {
            let right = by_password::check(app, account.clone(), password).await?;
            right.map(drop).ok_or_else(|| refused("password", "密码不对，没有办理"))
        }
        (Some(_), None, _) => Err(refused("code", "请先获取短信验证码并填写")),
        (None, _, None) => Err(refused("password", "请填写登录密码以确认")),
    }
}

fn refused(field: &str, message: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "proof_needed", message).field(field, message).advice("确认是您本人后才能办理")
}

//! Setting up the second factor: a secret for the authenticator app, proved by its first code, and recovery codes that are
//! shown once.

use axum::http::StatusCode;
use foundation::problem::Problem;
use foundation::secret_hash::{new_token, token_hash};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::Stage;
use super::sessions::{self, Origin, SessionRow};
use super::store::{self, StaffRow};
use super::{lockout, second_factor, sign_in, totp};
use crate::app::App;
use crate::audit::{self, Action};

/// Recovery codes given out at once.
const RECOVERY_CODES: usize = 8;

/// What an authenticator app needs; shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Enrolment {
    /// Base32.
    pub secret: String,
    /// To be shown as a QR code.
    pub otpauth_url: String,
    /// For the day the phone is lost; each works once.
    pub recovery_codes: Vec<String>,
}

/// Makes a new secret; nothing counts before [`confirm`].
pub async fn begin(app: &App, session: &SessionRow, account: &StaffRow) -> Result<Enrolment, Problem> {
    demand_stage(session)?;
    let secret = totp::new_secret();
    // 64 bits each.
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| new_token().chars().take(16).collect::<String>()).collect();
    let hashes: Vec<String> = codes.iter().map(|code| token_hash(code)).collect();
    let transaction = app.database.begin_write().await?;
    let sealed = second_factor::seal(app, &account.id, &secret);
    sessions::keep_new_factor(&*transaction, &session.id, &sealed, &hashes.join(",")).await?;
    transaction.commit().await?;
    Ok(Enrolment {
        otpauth_url: totp::otpauth_url(&app.config.service.institute_name, &account.login, &secret),
        secret,
        recovery_codes: codes,
    })
}

/// The first code proves that the app has the secret; then he is in.
pub async fn confirm(
    app: &App,
    origin: &Origin,
    session: &SessionRow,
    account: &StaffRow,
    code: &str,
) -> Result<String, Problem> {
    demand_stage(session)?;
    let (Some(sealed), Some(hashes)) = (&session.new_totp_secret, &session.new_recovery_hashes) else {
        return Err(Problem::conflict("enrolment_not_begun", "还没有生成验证器密钥").advice("请先扫描二维码"));
    };
    lockout::count_try(app, &account.id, origin.tries(&account.id)).await?;
    let secret = second_factor::open(app, &account.id, sealed)?;
    let step = totp::matching_step(&secret, code.trim(), app.now_ms()).ok_or_else(sign_in::bad_code)?;
    let transaction = app.database.begin_write().await?;
    // Somebody else who knows the first password may have been half way in as well: whoever sets it up first has it.
    if !store::set_second_factor(&*transaction, &account.id, sealed, hashes, app.now_ms()).await? {
        return Err(not_due());
    }
    store::spend_step(&*transaction, &account.id, step).await?;
    let token = sign_in::enter(app, &*transaction, origin, session, account).await?;
    audit::record(&*transaction, app, sign_in::entry_of(account, Action::SecondFactorSet, json!({}))).await?;
    transaction.commit().await?;
    Ok(token)
}

fn demand_stage(session: &SessionRow) -> Result<(), Problem> {
    if Stage::from_stored(&session.stage) == Stage::Enrol {
        return Ok(());
    }
    Err(not_due())
}

fn not_due() -> Problem {
    Problem::new(StatusCode::CONFLICT, "enrolment_not_due", "这个账号不需要设置验证器").advice("请直接登录")
}

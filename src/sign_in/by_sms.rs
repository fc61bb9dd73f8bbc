//! In by a code sent to the phone. A phone nobody knows yet becomes a person without units, so that the answer does not
//! tell who is a customer.

use axum::http::StatusCode;
use foundation::problem::Problem;
use foundation::text::{fold_width, is_mobile_phone, mask_phone, phone_form};

use super::caller::Caller;
use super::entrance::{self, Entered};
use super::phone_proof;
use super::sms_codes;
use crate::accounts::{self, Account};
use crate::app::App;
use crate::sms::CodePurpose;

/// The phone as people type or paste it, with blanks, dashes and +86.
pub fn normal_phone(text: &str) -> Result<String, Problem> {
    let typed = phone_form(text);
    let phone = typed.strip_prefix("+86").unwrap_or(&typed);
    if is_mobile_phone(phone) {
        return Ok(phone.to_owned());
    }
    Err(Problem::unacceptable("bad_phone", "手机号不对，没有发送验证码")
        .field("phone", "请输入 11 位手机号")
        .advice("请输入 11 位手机号"))
}

/// Sends a code for signing in to any mobile phone.
pub async fn send_code(app: &App, caller: &Caller, phone: &str) -> Result<(), Problem> {
    let phone = normal_phone(phone)?;
    send_code_for(app, caller, &phone, CodePurpose::SignIn).await
}

/// Sends a code for one purpose, within the limits of phone, device, address and day.
pub async fn send_code_for(app: &App, caller: &Caller, phone: &str, purpose: CodePurpose) -> Result<(), Problem> {
    sms_codes::demand_quiet(app, phone, purpose, caller).await?;
    let transaction = app.database.begin_write().await?;
    let code = sms_codes::issue(app, &*transaction, phone, purpose).await?;
    transaction.commit().await?;
    if let Err(error) = app.sms.send_code(phone, &code, purpose, app.config.login.sms_code_minutes).await {
        sms_codes::forget_pause(app, phone, purpose).await?;
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "sms_unavailable", "短信暂时发不出去")
            .advice("请稍后再试，或改用密码登录")
            .cause(format!("{error:#}")));
    }
    Ok(())
}

/// The phone's code, redeemed and committed, or the refusal that names the field `code`.
pub async fn redeem_code(app: &App, phone: &str, purpose: CodePurpose, code: &str) -> Result<(), Problem> {
    let code = fold_width(code.trim());
    let transaction = app.database.begin_write().await?;
    let fits = sms_codes::redeem(app, &*transaction, phone, purpose, &code).await?;
    // The count of wrong tries must last.
    transaction.commit().await?;
    if fits { Ok(()) } else { Err(bad_code()) }
}

/// Signs in with the code; unlocks an account locked by wrong passwords.
pub async fn sign_in(
    app: &App,
    caller: &Caller,
    phone: &str,
    code: &str,
    ticket: Option<&str>,
) -> Result<Entered, Problem> {
    let phone = normal_phone(phone)?;
    let code = fold_width(code.trim());
    let transaction = app.database.begin_write().await?;
    if !sms_codes::redeem(app, &*transaction, &phone, CodePurpose::SignIn, &code).await? {
        // The count of wrong tries must last.
        transaction.commit().await?;
        return Err(bad_code());
    }
    let account = account_of_phone(app, &*transaction, &phone).await?;
    accounts::clear_failures(&*transaction, &account.id).await?;
    let person = entrance::wechat_person_of(&*transaction, caller, ticket, app.now_ms()).await?;
    let entered = entrance::enter(app, &*transaction, caller, account, person).await?;
    transaction.commit().await?;
    entrance::leave_previous(app, caller).await?;
    phone_proof::keep(app, &entered.session.id).await?;
    Ok(entered)
}

/// The account of a phone whose owner has just proved to hold it; whoever had it before sees nothing by it any more.
pub async fn account_of_phone<C: sea_orm::ConnectionTrait>(
    app: &App,
    connection: &C,
    phone: &str,
) -> Result<Account, Problem> {
    accounts::earlier_phones::forget(connection, phone).await?;
    accounts::ensure_person(connection, phone, &mask_phone(phone), app.now_ms()).await
}

pub(super) fn bad_code() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "bad_code", "验证码不对或已过期")
        .field("code", "请核对短信里的 6 位数字")
        .advice("请核对短信，或重新获取验证码")
}

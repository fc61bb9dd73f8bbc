//! In from the mini-program: `wx.login` signs a known person in by itself; an unknown one gives the phone number with
//! one tap (`getPhoneNumber`), which is as good as an SMS code.

use axum::http::StatusCode;
use foundation::problem::Problem;
use foundation::text::is_mobile_phone;
use wechat::api::ApiError;

use super::by_sms::account_of_phone;
use super::caller::Caller;
use super::entrance::{self, Entered, WechatPerson};
use super::tickets;
use crate::accounts;
use crate::app::App;

/// What `wx.login` led to.
pub enum Outcome {
    /// Signed in silently.
    Entered(Box<Entered>),
    /// Not bound yet: the ticket for the first login.
    Ticket(String),
}

/// Exchanges the code of `wx.login`.
pub async fn sign_in(app: &App, caller: &Caller, code: &str) -> Result<Outcome, Problem> {
    let mini = app.wechat.demand_mini()?;
    let found = mini.code2session(code).await.map_err(refused)?;
    let person = WechatPerson { app_id: mini.app_id().to_owned(), openid: found.openid, unionid: found.unionid };
    let account = entrance::account_of(app.database.reader(), &person).await?;
    let transaction = app.database.begin_write().await?;
    let outcome = match account {
        Some(account) => {
            Outcome::Entered(Box::new(entrance::enter(app, &*transaction, caller, account, Some(person)).await?))
        }
        None => Outcome::Ticket(tickets::issue(&*transaction, &person, app.now_ms()).await?),
    };
    transaction.commit().await?;
    if matches!(outcome, Outcome::Entered(_)) {
        entrance::leave_previous(app, caller).await?;
    }
    Ok(outcome)
}

/// Exchanges the code of the phone-number button; the ticket says whose phone it is.
pub async fn sign_in_by_phone(app: &App, caller: &Caller, code: &str, ticket: &str) -> Result<Entered, Problem> {
    let mini = app.wechat.demand_mini()?;
    // Looked at before the code is spent: every exchange costs the institute money.
    if tickets::look(app.database.reader(), ticket, app.now_ms()).await?.is_none() {
        return Err(ticket_over());
    }
    let number = mini.get_user_phone_number(code).await.map_err(refused)?;
    if number.country_code != "86" || !is_mobile_phone(&number.pure_phone_number) {
        return Err(Problem::unacceptable("bad_phone", "微信绑定的手机号不是大陆手机号，没有登录")
            .advice("请改用短信验证码登录"));
    }
    let transaction = app.database.begin_write().await?;
    let person = tickets::take(&*transaction, ticket, app.now_ms()).await?.ok_or_else(ticket_over)?;
    let account = account_of_phone(app, &*transaction, &number.pure_phone_number).await?;
    accounts::clear_failures(&*transaction, &account.id).await?;
    let entered = entrance::enter(app, &*transaction, caller, account, Some(person)).await?;
    transaction.commit().await?;
    entrance::leave_previous(app, caller).await?;
    Ok(entered)
}

fn ticket_over() -> Problem {
    Problem::conflict("bind_ticket_expired", "登录等待的时间太长，没有登录").advice("请重新点一次“微信登录”")
}

/// What WeChat's refusal of a code means for the person.
fn refused(error: ApiError) -> Problem {
    let problem = if error.code_invalid_or_used() || matches!(error, ApiError::Invalid(_)) {
        Problem::new(StatusCode::UNAUTHORIZED, "bad_wechat_code", "微信登录已过期，没有登录")
            .advice("请重新点一次“微信登录”")
    } else {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "wechat_unavailable", "微信登录暂时没有应答，没有登录")
            .advice("请稍后再试，或改用短信验证码登录")
    };
    problem.cause(error)
}

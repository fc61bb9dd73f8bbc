//! While a credit code or login name is typed: is it right, and is it taken (B-37). Never tells by whom, and only so often
//! (nobody shall learn a list of customers here).

use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::check::demand_login_name;
use super::dictionaries::Dictionaries;
use crate::accounts::{self, AccountId};
use crate::app::App;
use crate::web::wait_after_hourly;

/// What is known of a credit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CodeStanding {
    /// Not well-formed.
    Wrong,
    /// Nobody has it.
    Free,
    /// The unit has devices or fees here, and nobody has registered for it.
    Known,
    /// Somebody has registered for it.
    Registered,
}

/// The answer while somebody types.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CodeCheck {
    /// What is known.
    standing: CodeStanding,
    /// For people.
    message: String,
    /// 企业名称 as the institute knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_name: Option<String>,
    /// 注册地 that the code names, if it is one of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    district_code: Option<String>,
}

/// Looks a credit code up.
pub(super) async fn check_code(
    app: &App,
    account: &AccountId,
    address: &str,
    typed: &str,
) -> Result<CodeCheck, Problem> {
    let uscc = wechat::uscc::normalize(typed);
    if let Err(error) = wechat::uscc::check(&uscc) {
        let message = error.to_string();
        return Ok(CodeCheck { standing: CodeStanding::Wrong, message, unit_name: None, district_code: None });
    }
    demand_few(app, account, address).await?;
    let district = uscc.get(2..8).filter(|code| !Dictionaries::get().district(code).is_empty()).map(str::to_owned);
    let found = accounts::registered_or_known(app.database.reader(), &uscc).await?;
    let (standing, message, unit_name) = match found {
        None => (CodeStanding::Free, "可以注册", None),
        Some(unit) if unit.level.is_certified() => {
            (CodeStanding::Registered, "该单位已注册，请联系单位管理员邀请您加入", None)
        }
        Some(unit) => (CodeStanding::Known, "已找到该单位的检验记录，审核通过后即可查看", Some(unit.name)),
    };
    Ok(CodeCheck { standing, message: message.to_owned(), unit_name, district_code: district })
}

/// Whether a login name can be had.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LoginNameCheck {
    /// Whether it can.
    free: bool,
    /// For people.
    message: String,
}

/// Looks a login name up.
pub(super) async fn check_login_name(
    app: &App,
    account: &AccountId,
    address: &str,
    typed: &str,
) -> Result<LoginNameCheck, Problem> {
    let name = foundation::text::fold_width(typed.trim());
    if let Err(message) = demand_login_name(&name) {
        return Ok(LoginNameCheck { free: false, message });
    }
    demand_few(app, account, address).await?;
    let free = accounts::login_name_is_free(app.database.reader(), account, &name).await?;
    let message = if free { "可以使用" } else { "已被使用，请换一个" };
    Ok(LoginNameCheck { free, message: message.to_owned() })
}

async fn demand_few(app: &App, account: &AccountId, address: &str) -> Result<(), Problem> {
    let limits = &app.config.registration;
    for (what, whom, max) in [
        ("registration:check:account", account.as_str(), limits.code_checks_per_account_per_hour),
        ("registration:check:address", address, limits.code_checks_per_address_per_hour),
    ] {
        if let Some(wait_s) = wait_after_hourly(app, what, whom, max).await? {
            return Err(Problem::too_often("checks_too_often", "查询得太频繁，请稍后再试", wait_s)
                .advice("可以继续填写，提交时会再核对"));
        }
    }
    Ok(())
}

//! How long a password may be used: `staff.password_days_max` days, then whoever signs in with it chooses another one before
//! anything else, as he did with his first one. It is judged as of the sign-in, so that nobody is stopped in the middle of
//! his work.

use axum::http::StatusCode;
use foundation::clock::DAY_MS;
use foundation::problem::Problem;

use super::sessions::SessionRow;
use super::store::StaffRow;

/// Whether the password had been used for too long when this session began. `days_max` is the setting; 0 = never.
pub(super) fn is_over(days_max: i64, session: &SessionRow, account: &StaffRow) -> bool {
    // Nothing stands there only where a node of the release before made the account.
    let changed_at = account.password_changed_at.unwrap_or(account.created_at);
    days_max > 0 && session.created_at - changed_at >= days_max.saturating_mul(DAY_MS)
}

/// 422 for a new password that is the present one.
pub(super) fn demand_another(current: &str, new: &str) -> Result<(), Problem> {
    if current != new {
        return Ok(());
    }
    Err(Problem::unacceptable("password_unchanged", "新密码和现在的一样，没有修改")
        .field("new_password", "不能和现在的密码一样")
        .advice("请换一个不同的密码"))
}

/// 403 until he has another one.
pub(super) fn refusal() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "new_password_needed", "您的密码已经用满规定的天数，要先换一个新的")
        .advice("请在“我的账号”里修改密码，再继续")
}

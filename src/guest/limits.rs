//! How often one address, or everybody for one number, may do something within an hour.

use foundation::problem::Problem;

use crate::app::App;
use crate::web::wait_after_hourly;

/// Counts one more of `what` by (or for) `whom`; refused (429) when there were `max` already in this hour.
pub(super) async fn demand_few(app: &App, what: &str, whom: &str, max: u64) -> Result<(), Problem> {
    let Some(retry_after_s) = wait_after_hourly(app, &format!("guest:{what}"), whom, max).await? else {
        return Ok(());
    };
    Err(Problem::too_often("guest_too_often", "操作得太频繁，这次没有办理，没有扣款", retry_after_s)
        .advice("请稍后再试；缴款单位登录后可以直接付款"))
}

//! Handing over ownership.

use foundation::problem::Problem;

use super::change::{described, hold};
use super::events::{EventKind, record};
use crate::accounts::{self, AccountId, Limits, Role, Scope};
use crate::app::App;
use crate::sign_in::{Proof, demand_proof};

/// Makes a member the owner; who was it becomes an administrator. Confirmed by whoever gives it away ([`demand_proof`]).
pub(super) async fn hand_over(app: &App, scope: &Scope, account: &AccountId, proof: &Proof) -> Result<(), Problem> {
    if scope.role() != Role::Owner {
        return Err(Problem::new(axum::http::StatusCode::FORBIDDEN, "only_owner_hands_over", "只有负责人可以移交")
            .advice("请联系本单位的负责人办理"));
    }
    if scope.account_id() == account {
        return Err(Problem::unacceptable("handover_to_self", "您已经是负责人").advice("请选择另一位成员"));
    }
    let member = accounts::member(app.database.reader(), scope.unit_id(), account).await?;
    let member = member.ok_or_else(super::change::not_found)?;
    if member.account.home_unit_id.is_some() {
        return Err(Problem::conflict("sub_account_may_not_manage", "子账号不能当负责人，没有移交")
            .advice("请移交给用自己手机号登录的成员"));
    }
    demand_proof(app, scope.session(), proof).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let (actor, member) = hold(&*transaction, scope, account).await?;
    if actor.role != Role::Owner {
        return Err(Problem::conflict("handed_over_already", "您已经不是负责人，没有移交").advice("请返回成员列表刷新"));
    }
    let all = Limits::default();
    accounts::change_member(&*transaction, scope.unit_id(), account, Role::Owner, &all).await?;
    accounts::change_member(&*transaction, scope.unit_id(), scope.account_id(), Role::Admin, &all).await?;
    let detail = format!("{} → {}", described(member.role, &member.limits), Role::Owner.text());
    let whom = (member.account.display_name.as_str(), Some(detail));
    record(&*transaction, scope.unit_id(), EventKind::HandedOver, &actor.account, whom, now).await?;
    Ok(transaction.commit().await?)
}

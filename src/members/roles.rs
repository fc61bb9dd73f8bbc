//! Who may do what to whom.

use axum::http::StatusCode;
use foundation::problem::Problem;

use crate::accounts::{DEVICES_MAX, KINDS_MAX, Limits, PLACES_MAX, Role};

/// Whether a member in the role `actor` may give `wanted` to somebody who has `present` now (nothing: a newcomer), or take
/// him out (`wanted` is nothing).
pub(super) fn demand_may_change(actor: Role, present: Option<Role>, wanted: Option<Role>) -> Result<(), Problem> {
    let reaches = |role: Role| match actor {
        Role::Owner => role != Role::Owner,
        Role::Admin => !role.may_manage(),
        Role::Finance | Role::Applicant | Role::Viewer => false,
    };
    if present.is_none_or(reaches) && wanted.is_none_or(reaches) && actor.may_manage() {
        return Ok(());
    }
    let advice = if actor == Role::Owner {
        "负责人只能通过“移交负责人”更换"
    } else {
        "管理员由负责人设置；负责人只能由本人移交"
    };
    Err(Problem::new(StatusCode::FORBIDDEN, "role_out_of_reach", "您不能这样设置这位成员，没有修改").advice(advice))
}

/// Limits that make sense for a role, tidied: sorted, without doubles. 422 where they do not.
pub(super) fn checked_limits(role: Role, limits: Option<Limits>) -> Result<Limits, Problem> {
    let mut limits = limits.unwrap_or_default();
    for list in [&mut limits.devices, &mut limits.places, &mut limits.kinds] {
        list.sort_unstable();
        list.dedup();
    }
    let wrong = |message: &str| {
        Problem::unacceptable("bad_limits", "办理范围设置得不对，没有保存")
            .field("limits", message)
            .advice(message.to_owned())
    };
    if role.may_manage() && !limits.is_none() {
        return Err(wrong("负责人和管理员不能限制范围，请先改为财务、报检人或只查看"));
    }
    let too_many =
        limits.devices.len() > DEVICES_MAX || limits.places.len() > PLACES_MAX || limits.kinds.len() > KINDS_MAX;
    let mut texts = limits.devices.iter().chain(&limits.places).chain(&limits.kinds);
    if too_many || texts.any(|text| text.is_empty() || text.chars().count() > 200) {
        return Err(wrong("选择得太多了，请改为按地址或设备种类限制"));
    }
    Ok(limits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Admin, Applicant, Finance, Owner, Viewer};

    #[test]
    fn nobody_gives_or_takes_what_is_at_or_above_his_own_place() {
        let may = |actor, present, wanted| demand_may_change(actor, present, wanted).is_ok();
        for actor in [Owner, Admin, Finance, Applicant, Viewer] {
            for other in [Owner, Admin, Finance, Applicant, Viewer] {
                let reaches = match actor {
                    Owner => other != Owner,
                    Admin => matches!(other, Finance | Applicant | Viewer),
                    _ => false,
                };
                assert_eq!(may(actor, None, Some(other)), reaches, "{actor:?} invites {other:?}");
                assert_eq!(may(actor, Some(other), None), reaches, "{actor:?} removes {other:?}");
                assert_eq!(may(actor, Some(Viewer), Some(other)), reaches, "{actor:?} promotes to {other:?}");
                assert_eq!(may(actor, Some(other), Some(Viewer)), reaches, "{actor:?} demotes {other:?}");
            }
        }
    }

    #[test]
    fn who_manages_has_no_limits() {
        let limits = || Some(Limits { kinds: vec!["电梯".into(), "电梯".into()], ..Limits::default() });
        assert!(checked_limits(Admin, limits()).is_err());
        assert_eq!(checked_limits(Finance, limits()).unwrap().kinds, ["电梯"]);
        assert!(checked_limits(Admin, None).is_ok());
    }
}

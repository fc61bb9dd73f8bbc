//! `/api/v1/members`.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use foundation::text::mask_phone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::devices::{self, LimitDevice, LimitGroups};
use super::events::{self, MemberEvent};
use super::roles::demand_may_change;
use super::{change, handover};
use crate::accounts::{self, AccountId, Limits, Member, Role, Scope};
use crate::app::SharedApp;
use crate::sign_in::Proof;
use crate::web::{Json, Path, Query};

/// Routes of members.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(change_member, remove))
        .routes(routes!(hand_over))
        .routes(routes!(history))
        .routes(routes!(limit_groups))
        .routes(routes!(limit_devices))
}

/// A member of the unit.
#[derive(Debug, Serialize, ToSchema)]
struct MemberLine {
    /// Which account.
    id: AccountId,
    /// Name.
    name: String,
    /// Phone with its middle hidden, or the name one signs in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    /// What he may do.
    role: Role,
    /// 负责人, 管理员, 财务, 报检人, 只查看.
    role_text: String,
    /// What part of the unit he sees.
    limits: Limits,
    /// The same in words; nothing for all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits_text: Option<String>,
    /// Epoch milliseconds.
    joined_at: i64,
    /// Oneself.
    me: bool,
    /// Whether one may change or remove him.
    can_change: bool,
    /// Whether one may make him the owner.
    can_hand_over: bool,
    /// A sub-account of this unit, whose password its administrators may reset (S1-60).
    can_reset_password: bool,
}

impl MemberLine {
    fn of(scope: &Scope, member: Member) -> Self {
        let me = member.account.id == *scope.account_id();
        let can_change = !me && demand_may_change(scope.role(), Some(member.role), None).is_ok();
        let is_sub_account = member.account.home_unit_id.is_some();
        Self {
            can_change,
            can_hand_over: !me && scope.role() == Role::Owner && member.role != Role::Owner && !is_sub_account,
            can_reset_password: can_change && member.account.home_unit_id.as_ref() == Some(scope.unit_id()),
            login: member.account.phone.as_deref().map(mask_phone).or(member.account.login_name),
            id: member.account.id,
            name: member.account.display_name,
            role: member.role,
            role_text: member.role.text().to_owned(),
            limits_text: member.limits.text(),
            limits: member.limits,
            joined_at: member.joined_at,
            me,
        }
    }
}

/// Members of the unit. Who does not manage it sees whom to ask: owner and administrators.
#[utoipa::path(get, path = "/api/v1/members", tag = "members", params(PageRequest),
    responses((status = 200, body = Page<MemberLine>), (status = 401, body = ErrorAnswer)))]
async fn list(
    State(app): State<SharedApp>,
    scope: Scope,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<MemberLine>>, Problem> {
    let roles: Option<&[Role]> = if scope.role().may_manage() { None } else { Some(&[Role::Owner, Role::Admin]) };
    let page = accounts::member_page(app.database.reader(), scope.unit_id(), roles, &page).await?;
    Ok(Json(page.map(|member| MemberLine::of(&scope, member))))
}

/// What a member shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberChange {
    /// `owner` only by hand-over.
    role: Role,
    /// What part of the unit he sees; missing = all of it.
    #[serde(default)]
    limits: Option<Limits>,
}

/// Changes role and limits, from the member's next request on. 403 `role_may_not_manage`, `role_out_of_reach`; 422
/// `bad_limits`.
#[utoipa::path(put, path = "/api/v1/members/{id}", tag = "members", params(("id" = AccountId, Path, description = "member")),
    request_body = MemberChange,
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn change_member(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<AccountId>,
    Json(wanted): Json<MemberChange>,
) -> Result<StatusCode, Problem> {
    change::change(&app, &scope, &id, wanted.role, wanted.limits).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a member, or leaves when it is oneself. 409 `last_owner`, `unit_account_stays`.
#[utoipa::path(delete, path = "/api/v1/members/{id}", tag = "members", params(("id" = AccountId, Path, description = "member")),
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn remove(State(app): State<SharedApp>, scope: Scope, Path(id): Path<AccountId>) -> Result<StatusCode, Problem> {
    change::remove(&app, &scope, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a member the owner in one's own place; confirmed by SMS code. 401 `bad_code`, 403 `proof_needed`.
#[utoipa::path(post, path = "/api/v1/members/{id}/handover", tag = "members", params(("id" = AccountId, Path, description = "member")),
    request_body = Proof,
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn hand_over(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<AccountId>,
    Json(proof): Json<Proof>,
) -> Result<StatusCode, Problem> {
    handover::hand_over(&app, &scope, &id, &proof).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was changed among the members, newest first.
#[utoipa::path(get, path = "/api/v1/member-events", tag = "members", params(PageRequest),
    responses((status = 200, body = Page<MemberEvent>), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer)))]
async fn history(
    State(app): State<SharedApp>,
    scope: Scope,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<MemberEvent>>, Problem> {
    scope.demand_manager()?;
    Ok(Json(events::page(app.database.reader(), scope.unit_id(), &page).await?))
}

/// Places and kinds of the unit's devices, for limits.
#[utoipa::path(get, path = "/api/v1/member-limits/groups", tag = "members",
    responses((status = 200, body = LimitGroups), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer)))]
async fn limit_groups(State(app): State<SharedApp>, scope: Scope) -> Result<Json<LimitGroups>, Problem> {
    Ok(Json(devices::groups(&app, &scope).await?))
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DeviceQuery {
    /// Part of name, place or code.
    q: Option<String>,
}

/// Devices of the unit, for limits.
#[utoipa::path(get, path = "/api/v1/member-limits/devices", tag = "members", params(DeviceQuery, PageRequest),
    responses((status = 200, body = Page<LimitDevice>), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer)))]
async fn limit_devices(
    State(app): State<SharedApp>,
    scope: Scope,
    Query(query): Query<DeviceQuery>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<LimitDevice>>, Problem> {
    Ok(Json(devices::page(&app, &scope, query.q.as_deref(), &page).await?))
}

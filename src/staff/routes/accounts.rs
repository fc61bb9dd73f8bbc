//! Staff administration (desk D13).

use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::SharedApp;
use crate::staff::administration::{self, By, NewOfficer};
use crate::staff::answer::{RoleAnswer, StaffAnswer};
use crate::staff::confirmation;
use crate::staff::model::StaffId;
use crate::staff::officer::May;
use crate::staff::roles::Role;
use crate::staff::{may, store};
use crate::web::{Json, Path, Query};

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStaffRequest {
    /// 2–32 of a–z, 0–9, `.`, `_`, `-`.
    #[schema(max_length = 32)]
    login: String,
    /// His name.
    #[schema(max_length = 30)]
    display_name: String,
    /// Codes of roles.
    roles: Vec<String>,
}

/// What is changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffChange {
    /// Codes of roles; all of them.
    roles: Vec<String>,
    /// Whether the account may not be used.
    disabled: bool,
}

/// An account and the password that is shown once.
#[derive(Serialize, ToSchema)]
pub struct AddedStaff {
    /// The account.
    staff: StaffAnswer,
    /// To be handed over; he changes it.
    first_password: String,
    /// Until when it can be used, epoch milliseconds.
    first_password_until: i64,
}

/// The password that is shown once.
#[derive(Serialize, ToSchema)]
pub struct ResetStaff {
    /// To be handed over; he changes it.
    first_password: String,
    /// Until when it can be used, epoch milliseconds.
    first_password_until: i64,
}

/// A role and what it may do.
#[derive(Serialize, ToSchema)]
pub struct RoleTable {
    /// Every role.
    items: Vec<RoleLine>,
}

/// One role.
#[derive(Serialize, ToSchema)]
pub struct RoleLine {
    /// The role.
    #[serde(flatten)]
    role: RoleAnswer,
    /// What it may do, for people.
    permissions: Vec<&'static str>,
}

fn roles_of(codes: &[String]) -> Result<Vec<Role>, Problem> {
    codes
        .iter()
        .map(|code| {
            code.parse().map_err(|error: anyhow::Error| {
                Problem::unacceptable("role_unknown", "有不认识的角色，没有修改")
                    .field("roles", error.to_string())
                    .advice("请刷新页面后重新选择")
            })
        })
        .collect()
}

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StaffSearch {
    /// Only those that wait for a second person.
    awaits_confirmation: Option<bool>,
}

/// All accounts, newest first.
#[utoipa::path(get, path = "/staff/v1/staff", tag = "staff", params(StaffSearch, PageRequest), responses((status = 200, body = Page<StaffAnswer>)))]
pub async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::StaffConfirm>,
    Query(search): Query<StaffSearch>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<StaffAnswer>>, Problem> {
    let only_resting = search.awaits_confirmation.unwrap_or(false);
    let found = store::page(app.database.reader(), only_resting, &page).await?;
    Ok(Json(StaffAnswer::of_page(&app, found).await?))
}

/// Adds an account. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/staff", tag = "staff", request_body = NewStaffRequest, responses((status = 201, body = AddedStaff)))]
pub async fn add(
    State(app): State<SharedApp>,
    officer: May<may::StaffManage>,
    Json(new): Json<NewStaffRequest>,
) -> Result<(StatusCode, Json<AddedStaff>), Problem> {
    officer.demand_step_up(app.now_ms())?;
    let new = NewOfficer { roles: roles_of(&new.roles)?, login: new.login, display_name: new.display_name };
    let (row, first_password) = administration::add_by(&app, By::Officer(&officer), new).await?;
    let first_password_until = administration::first_password_until(&app);
    let staff = StaffAnswer::of(&app, row).await?;
    Ok((StatusCode::CREATED, Json(AddedStaff { staff, first_password, first_password_until })))
}

/// Changes roles, disables or enables; his sessions end at once. Needs a step-up.
#[utoipa::path(put, path = "/staff/v1/staff/{id}", tag = "staff", params(("id" = StaffId, Path, description = "account")), request_body = StaffChange, responses((status = 200, body = StaffAnswer)))]
pub async fn change(
    State(app): State<SharedApp>,
    officer: May<may::StaffManage>,
    Path(id): Path<StaffId>,
    Json(change): Json<StaffChange>,
) -> Result<Json<StaffAnswer>, Problem> {
    officer.demand_step_up(app.now_ms())?;
    let roles = roles_of(&change.roles)?;
    let row = administration::change(&app, &officer, &id, &roles, change.disabled).await?;
    Ok(Json(StaffAnswer::of(&app, row).await?))
}

/// A new first password and no second factor. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/staff/{id}/reset", tag = "staff", params(("id" = StaffId, Path, description = "account")), responses((status = 200, body = ResetStaff)))]
pub async fn reset(
    State(app): State<SharedApp>,
    officer: May<may::StaffManage>,
    Path(id): Path<StaffId>,
) -> Result<Json<ResetStaff>, Problem> {
    officer.demand_step_up(app.now_ms())?;
    let first_password = administration::reset(&app, By::Officer(&officer), &id).await?;
    Ok(Json(ResetStaff { first_password, first_password_until: administration::first_password_until(&app) }))
}

/// Confirms what another administrator gave this account. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/staff/{id}/confirm", tag = "staff", params(("id" = StaffId, Path, description = "account")), responses(
    (status = 200, body = StaffAnswer),
    (status = 409, description = "second_person_needed, nothing_to_confirm, not_yet_his_own", body = ErrorAnswer),
))]
pub async fn confirm(
    State(app): State<SharedApp>,
    officer: May<may::StaffConfirm>,
    Path(id): Path<StaffId>,
) -> Result<Json<StaffAnswer>, Problem> {
    officer.demand_step_up(app.now_ms())?;
    let row = confirmation::confirm(&app, By::Officer(&officer), &id).await?;
    Ok(Json(StaffAnswer::of(&app, row).await?))
}

/// Every role and what it may do.
#[utoipa::path(get, path = "/staff/v1/roles", tag = "staff", responses((status = 200, body = RoleTable)))]
pub async fn roles(_officer: May<may::StaffConfirm>) -> Json<RoleTable> {
    let line = |role: Role| RoleLine {
        role: role.into(),
        permissions: role.permissions().iter().map(|permission| permission.text()).collect(),
    };
    Json(RoleTable { items: Role::ALL.into_iter().map(line).collect() })
}

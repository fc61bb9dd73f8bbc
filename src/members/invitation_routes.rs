//! `/api/v1/member-invitations` for who invites, `/api/v1/invitations` for who is invited.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use foundation::text::{mask_name, mask_phone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accept::{self, Named};
use super::entity::member_invitations::Model;
use super::invite::{self, NewInvitation};
use crate::accounts::{self, Limits, Role, Scope, UnitId, Visitor};
use crate::app::{App, SharedApp};
use crate::sign_in::{Caller, SessionAnswer, normal_phone};
use crate::web::{Json, Path, Query};

/// Routes of invitations.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(invite_member, list))
        .routes(routes!(revoke))
        .routes(routes!(mine))
        .routes(routes!(look))
        .routes(routes!(accept_invitation))
}

/// Whom to invite as what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InviteRequest {
    /// What he may do.
    role: Role,
    /// What part of the unit he sees; missing = all of it.
    #[serde(default)]
    limits: Option<Limits>,
    /// Only who holds this phone may accept; missing = whoever gets the link.
    #[serde(default)]
    #[schema(max_length = 20)]
    phone: Option<String>,
}

/// A link by which a colleague joins.
#[derive(Debug, Serialize, ToSchema)]
struct InviteAnswer {
    /// Which.
    id: String,
    /// For any browser.
    url: String,
    /// For sharing inside the mini-program.
    path: String,
    /// What the card says.
    title: String,
    /// Epoch milliseconds.
    expires_at: i64,
    /// Whether a text message goes to the phone; otherwise the link is to be passed on.
    told_by_sms: bool,
}

/// Makes an invitation: a link that works once. 403 `role_may_not_manage`, `role_out_of_reach`; 409 `already_member`,
/// `invitations_too_many`; 422 `bad_limits`, `bad_phone`.
#[utoipa::path(post, path = "/api/v1/member-invitations", tag = "members", request_body = InviteRequest,
    responses((status = 200, body = InviteAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer), (status = 429, body = ErrorAnswer)))]
async fn invite_member(
    State(app): State<SharedApp>,
    scope: Scope,
    caller: Caller,
    Json(wanted): Json<InviteRequest>,
) -> Result<Json<InviteAnswer>, Problem> {
    let phone = wanted.phone.as_deref().map(normal_phone).transpose()?;
    let new = NewInvitation { role: wanted.role, limits: wanted.limits, phone };
    let invited = invite::invite(&app, &scope, &caller.address, new).await?;
    let path = format!("/pages/unit/accept?token={}", invited.token);
    Ok(Json(InviteAnswer {
        id: invited.id,
        url: app.page_url(&path),
        path,
        title: format!("邀请您加入{}，办理检验缴费", scope.unit_name()),
        expires_at: invited.expires_at,
        told_by_sms: invited.told_by_sms,
    }))
}

/// An invitation that waits.
#[derive(Debug, Serialize, ToSchema)]
struct InvitationLine {
    /// Which.
    id: String,
    /// What the invited one may do.
    role: Role,
    /// In words.
    role_text: String,
    /// What part of the unit, in words; nothing for all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits_text: Option<String>,
    /// For which phone, its middle hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_masked: Option<String>,
    /// Who invited.
    invited_by: String,
    /// Epoch milliseconds.
    created_at: i64,
    /// Epoch milliseconds.
    expires_at: i64,
}

/// Invitations of the unit that nobody has accepted yet, newest first.
#[utoipa::path(get, path = "/api/v1/member-invitations", tag = "members", params(PageRequest),
    responses((status = 200, body = Page<InvitationLine>), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer)))]
async fn list(
    State(app): State<SharedApp>,
    scope: Scope,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<InvitationLine>>, Problem> {
    let Page { items, next } = invite::page(&app, &scope, &page).await?;
    let lines = items.into_iter().map(|row| {
        let role: Role = row.role.parse()?;
        Ok(InvitationLine {
            id: row.id,
            role,
            role_text: role.text().to_owned(),
            limits_text: Limits::from_stored(row.limits.as_deref())?.text(),
            phone_masked: row.phone.as_deref().map(mask_phone),
            invited_by: row.invited_by_name,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    });
    Ok(Json(Page { items: lines.collect::<Result<_, Problem>>()?, next }))
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/api/v1/member-invitations/{id}", tag = "members", params(("id" = String, Path, description = "invitation")),
    responses((status = 204, description = "the link does not work any more"), (status = 401, body = ErrorAnswer),
        (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn revoke(State(app): State<SharedApp>, scope: Scope, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    invite::revoke(&app, &scope, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An invitation as the invited one sees it.
#[derive(Debug, Serialize, ToSchema)]
struct Invitation {
    /// Which.
    id: String,
    /// 单位名称.
    unit_name: String,
    /// What he may do there.
    role: Role,
    /// In words.
    role_text: String,
    /// What part of the unit, in words; nothing for all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits_text: Option<String>,
    /// For which phone, its middle hidden; nothing for whoever has the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_masked: Option<String>,
    /// Who invites, with most of the name hidden.
    invited_by_masked: String,
    /// Epoch milliseconds.
    expires_at: i64,
}

impl Invitation {
    async fn of(app: &App, row: Model) -> Result<Self, Problem> {
        let unit = accounts::unit(app.database.reader(), &UnitId::from_stored(row.unit_id)).await?;
        let role: Role = row.role.parse()?;
        Ok(Self {
            id: row.id,
            unit_name: unit.map(|unit| unit.name).unwrap_or_default(),
            role,
            role_text: role.text().to_owned(),
            limits_text: Limits::from_stored(row.limits.as_deref())?.text(),
            phone_masked: row.phone.as_deref().map(mask_phone),
            invited_by_masked: mask_name(&row.invited_by_name),
            expires_at: row.expires_at,
        })
    }
}

/// Invitations that wait for me.
#[derive(Debug, Serialize, ToSchema)]
struct MyInvitations {
    /// Newest first.
    items: Vec<Invitation>,
}

/// Invitations made for the phone of this account.
#[utoipa::path(get, path = "/api/v1/invitations", tag = "members",
    responses((status = 200, body = MyInvitations), (status = 401, body = ErrorAnswer)))]
async fn mine(State(app): State<SharedApp>, visitor: Visitor) -> Result<Json<MyInvitations>, Problem> {
    let session = visitor.demand_session()?;
    let mut items = Vec::new();
    for row in accept::of_phone(&app, &session).await? {
        items.push(Invitation::of(&app, row).await?);
    }
    Ok(Json(MyInvitations { items }))
}

/// What a link invites to, also before signing in. 410 `invitation_over`.
#[utoipa::path(get, path = "/api/v1/invitations/{token}", tag = "members", params(("token" = String, Path, description = "of the link")),
    responses((status = 200, body = Invitation), (status = 404, body = ErrorAnswer), (status = 410, body = ErrorAnswer)))]
async fn look(State(app): State<SharedApp>, Path(token): Path<String>) -> Result<Json<Invitation>, Problem> {
    let row = accept::look(&app, &token).await?;
    Ok(Json(Invitation::of(&app, row).await?))
}

/// Which invitation: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptRequest {
    /// Of the link.
    #[serde(default)]
    #[schema(max_length = 64)]
    token: Option<String>,
    /// Of [`MyInvitations`].
    #[serde(default)]
    #[schema(max_length = 40)]
    id: Option<String>,
}

/// Joins the unit and acts for it from now on. Accepting twice is as good as once. 403 `invitation_for_other_phone`; 409
/// `already_member`, `person_needed`; 410 `invitation_over`.
#[utoipa::path(post, path = "/api/v1/invitations/accept", tag = "members", request_body = AcceptRequest,
    responses((status = 200, body = SessionAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer), (status = 410, body = ErrorAnswer),
        (status = 422, body = ErrorAnswer)))]
async fn accept_invitation(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Json(wanted): Json<AcceptRequest>,
) -> Result<Json<SessionAnswer>, Problem> {
    let mut session = visitor.demand_session()?;
    let named = match (&wanted.token, &wanted.id) {
        (Some(token), _) => Named::Token(token),
        (None, Some(id)) => Named::Id(id),
        (None, None) => {
            return Err(Problem::unacceptable("invitation_missing", "没有说明是哪个邀请").advice("请重新打开邀请链接"));
        }
    };
    session.unit_id = Some(accept::accept(&app, &session, named).await?);
    Ok(Json(SessionAnswer::of_session(&app, &session).await?))
}

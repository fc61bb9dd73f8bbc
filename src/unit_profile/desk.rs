//! The unit desk (D1): finding a unit, and seeing all that is kept of it.

use axum::extract::State;
use foundation::paging::{Cursor, Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{self, Qualification, UnitProfile};
use super::qualification;
use crate::accounts::{self, Role, UnitCard, UnitId, UnitLevel};
use crate::app::SharedApp;
use crate::registrations::{self, Dictionaries, RegistrationLine};
use crate::staff::{May, may};
use crate::web::{Json, Path, Query};

/// Routes of staff.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UnitQuery {
    /// Part of the name, or the whole credit code.
    q: Option<String>,
    /// What it is certified as.
    #[param(inline)]
    level: Option<UnitLevel>,
    /// Where the previous page ended.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows wanted, 1–100.
    limit: Option<u32>,
}

/// A line of the list of units.
#[derive(Debug, Serialize, ToSchema)]
struct UnitLine {
    /// Which.
    id: String,
    /// 单位名称.
    name: String,
    /// 统一社会信用代码.
    uscc: String,
    /// What it is certified as.
    level: UnitLevel,
    /// For people.
    level_text: String,
    /// 注册地, for people.
    district_text: String,
    /// Whether the core system knows it.
    from_core: bool,
    /// Epoch milliseconds.
    created_at: i64,
}

impl From<UnitCard> for UnitLine {
    fn from(card: UnitCard) -> Self {
        let code = card.district_code.unwrap_or_default();
        let named = Dictionaries::get().district(&code);
        Self {
            id: card.id.to_string(),
            name: card.name,
            uscc: card.uscc.unwrap_or_default(),
            level: card.level,
            level_text: card.level.text().to_owned(),
            district_text: if named.is_empty() { code.clone() } else { named.to_owned() },
            from_core: card.from_core,
            created_at: card.created_at,
        }
    }
}

/// Somebody who acts for the unit.
#[derive(Debug, Serialize, ToSchema)]
struct UnitMember {
    /// Which account.
    account_id: String,
    /// His name.
    name: String,
    /// Phone with its middle hidden, or the name he signs in with.
    login_masked: String,
    /// What he may do.
    role: Role,
    /// Epoch milliseconds.
    since: i64,
}

/// All that is kept of a unit.
#[derive(Debug, Serialize, ToSchema)]
struct UnitFile {
    profile: UnitProfile,
    /// Owners first.
    members: Vec<UnitMember>,
    /// Registrations that led here, newest first.
    registrations: Vec<RegistrationLine>,
    /// Newest first.
    qualifications: Vec<Qualification>,
}

/// Units, newest first.
#[utoipa::path(get, path = "/staff/v1/units", tag = "staff", params(UnitQuery), responses((status = 200, body = Page<UnitLine>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::PayersRead>,
    Query(query): Query<UnitQuery>,
) -> Result<Json<Page<UnitLine>>, Problem> {
    let page = PageRequest { after: query.after, limit: query.limit };
    let found = accounts::unit_cards(app.database.reader(), query.q.as_deref(), query.level, &page).await?;
    Ok(Json(found.map(UnitLine::from)))
}

/// One unit with its people, registrations and qualifications.
#[utoipa::path(get, path = "/staff/v1/units/{id}", tag = "staff", params(("id" = UnitId, Path, description = "unit")), responses((status = 200, body = UnitFile), (status = 404, body = ErrorAnswer)))]
async fn show(
    State(app): State<SharedApp>,
    _officer: May<may::PayersRead>,
    Path(id): Path<UnitId>,
) -> Result<Json<UnitFile>, Problem> {
    let reader = app.database.reader();
    let card = accounts::unit_card(reader, &id).await?;
    let card = card.ok_or_else(|| Problem::not_found("unit_not_found", "没有找到这个单位"))?;
    let members = accounts::member_lines(reader, &id).await?.into_iter().map(|line| UnitMember {
        account_id: line.account.to_string(),
        name: line.display_name,
        login_masked: line.login_masked,
        role: line.role,
        since: line.since,
    });
    let led_here = registrations::of_unit(reader, id.as_str()).await?;
    let mut qualifications = Vec::new();
    for row in qualification::of_unit(reader, &id).await? {
        qualifications.push(answer::qualification(&app, row).await?);
    }
    Ok(Json(UnitFile {
        profile: answer::profile(reader, card, false).await?,
        members: members.collect(),
        registrations: led_here.into_iter().map(RegistrationLine::of).collect::<Result<_, _>>()?,
        qualifications,
    }))
}

//! `/api/v1/home`.

use axum::extract::State;
use foundation::calendar::{beijing_date, print_date};
use foundation::money::Fen;
use foundation::problem::{ErrorAnswer, Problem};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::Scope;
use crate::agreements;
use crate::app::SharedApp;
use crate::fees;
use crate::messages::{self, Message};
use crate::orders::{self, OrderCounts};
use crate::web::Json;

/// Routes of this capability, paths in full.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(home))
}

/// The numbers of the first page, for the unit one acts for.
#[derive(Serialize, ToSchema)]
pub struct Home {
    /// What is due.
    payable: Payable,
    /// What of it was let go on credit and is to be paid by a day (S1-56).
    #[serde(skip_serializing_if = "Option::is_none")]
    owed: Option<Owed>,
    /// Orders by state (S0-10).
    orders: OrderCounts,
    /// Unread messages of the account, over all its units.
    unread_messages: i64,
    /// Agreements that were agreed to in an older version only.
    #[serde(skip_serializing_if = "Option::is_none")]
    outdated_agreements: Option<Vec<String>>,
    /// The newest unread message.
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_message: Option<Message>,
}

/// How many reports wait to be paid, and how much together (S0-09).
#[derive(Serialize, ToSchema)]
pub struct Payable {
    /// Reports.
    count: i64,
    /// Fen.
    amount_fen: Fen,
}

/// Reports that came before they were paid.
#[derive(Serialize, ToSchema)]
pub struct Owed {
    /// Reports.
    count: i64,
    /// Fen.
    amount_fen: Fen,
    /// The first day by which some of it is to be paid, `YYYY-MM-DD`.
    due_on: String,
    /// Whether that day is over.
    overdue: bool,
}

/// The first page in one request.
#[utoipa::path(get, path = "/api/v1/home", tag = "home", responses(
    (status = 200, body = Home),
    (status = 401, body = ErrorAnswer),
    (status = 409, description = "unit_not_chosen", body = ErrorAnswer),
))]
async fn home(State(app): State<SharedApp>, scope: Scope) -> Result<Json<Home>, Problem> {
    let reader = app.database.reader();
    let total = fees::payable_total(reader, &scope, None).await?;
    let today = print_date(beijing_date(app.now_ms()));
    let owed = fees::owed_in_scope(reader, &scope).await?.map(|owed| Owed {
        count: owed.total.count,
        amount_fen: owed.total.amount,
        overdue: owed.first_due_on < today,
        due_on: owed.first_due_on,
    });
    let outdated = agreements::outdated_titles(reader, &app, scope.account_id()).await?;
    Ok(Json(Home {
        outdated_agreements: (!outdated.is_empty()).then_some(outdated),
        owed,
        payable: Payable { count: total.count, amount_fen: total.amount },
        orders: orders::counts(reader, &scope).await?,
        unread_messages: messages::unread_count(reader, scope.account_id()).await?,
        latest_message: messages::latest_unread(reader, scope.account_id()).await?,
    }))
}

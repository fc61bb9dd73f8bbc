//! 待缴费报告明细 (S0-12…17).

use axum::extract::State;
use foundation::money::Fen;
use foundation::paging::{Cursor, PageRequest};
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::FeeAnswer;
use super::model::{Fee, FeeId};
use super::payable_list::payable_list;
use super::store;
use crate::accounts::Scope;
use crate::app::{App, SharedApp};
use crate::web::{Json, Query};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(lookup))
}

/// Ids in one look-up.
const LOOKUP_MAX: usize = 200;

/// What to search for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FeeSearch {
    /// Part of 单位名称, 注册代码, 出厂编号, 报告编号 or 设备名称; blanks, width and case do not matter.
    q: Option<String>,
    /// Where the previous page ended.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows wanted, 1–100.
    limit: Option<u32>,
}

/// A page of payable fees with the total of everything that matches.
#[derive(Debug, Serialize, ToSchema)]
struct FeePage {
    items: Vec<FeeAnswer>,
    next: Option<String>,
    total: Total,
}

/// Count and sum.
#[derive(Debug, Serialize, ToSchema)]
struct Total {
    count: i64,
    amount_fen: Fen,
}

/// Payable fees of the unit, newest first.
#[utoipa::path(get, path = "/api/v1/fees", tag = "fees", params(FeeSearch), responses((status = 200, body = FeePage)))]
async fn list(
    State(app): State<SharedApp>,
    scope: Scope,
    Query(search): Query<FeeSearch>,
) -> Result<axum::Json<FeePage>, Problem> {
    let page = PageRequest { after: search.after, limit: search.limit };
    let (fees, total) = payable_list(app.database.reader(), &scope, search.q.as_deref(), &page).await?;
    let items = fees.items.into_iter().map(|listed| FeeAnswer::of(listed.fee, &listed.payee_name)).collect();
    let total = Total { count: total.count, amount_fen: total.amount };
    Ok(axum::Json(FeePage { items, next: fees.next, total }))
}

/// Which fees to show.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LookupRequest {
    /// At most 200.
    ids: Vec<FeeId>,
}

/// Fees in full.
#[derive(Debug, Serialize, ToSchema)]
struct LookupAnswer {
    items: Vec<FeeAnswer>,
}

/// Payable fees by id, to unfold a long confirmation piece by piece (S0-19).
#[utoipa::path(post, path = "/api/v1/fees/lookup", tag = "fees", request_body = LookupRequest, responses((status = 200, body = LookupAnswer)))]
async fn lookup(
    State(app): State<SharedApp>,
    scope: Scope,
    Json(request): Json<LookupRequest>,
) -> Result<axum::Json<LookupAnswer>, Problem> {
    if request.ids.len() > LOOKUP_MAX {
        return Err(Problem::unacceptable("too_many_ids", format!("一次最多查 {LOOKUP_MAX} 条")));
    }
    let fees = store::payable_by_ids(app.database.reader(), &scope, &request.ids).await?;
    Ok(axum::Json(LookupAnswer { items: answers(&app, fees).await? }))
}

async fn answers(app: &App, fees: Vec<Fee>) -> Result<Vec<FeeAnswer>, Problem> {
    let payees = store::payees_by_id(app.database.reader(), fees.iter().map(|fee| fee.payee_id.clone())).await?;
    let named = fees.into_iter().map(|fee| {
        let payee_name = payees.get(&fee.payee_id).map_or("", |payee| payee.name.as_str()).to_owned();
        FeeAnswer::of(fee, &payee_name)
    });
    Ok(named.collect())
}

//! Payments that need a person, in the work list and over HTTP: an officer looks, and has them ended.

use async_trait::async_trait;
use axum::extract::State;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::disputes::{Dispute, DisputeEnd, count, disputes, end_dispute};
use super::model::AttemptId;
use crate::app::{App, SharedApp};
use crate::staff::{May, Officer, Permission, may};
use crate::web::{Json, Path, Query};
use crate::worklist::{Desk, DeskCounts, Task};

/// The institute's routes of this capability.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(end))
}

/// Payments that came and do not fit our books, newest first.
#[utoipa::path(get, path = "/staff/v1/payment-disputes", tag = "staff", params(PageRequest), responses((status = 200, body = Page<Dispute>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::ReconciliationRead>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<Dispute>>, Problem> {
    Ok(Json(disputes(app.database.reader(), &page).await?))
}

/// Nothing to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EndRequest {}

/// How it ended.
#[derive(Debug, Serialize, ToSchema)]
struct EndAnswer {
    end: DisputeEnd,
    /// For people.
    text: &'static str,
}

/// Ends a dispute: WeChat is asked once more, and its answer decides. Needs a step-up: money may go back.
#[utoipa::path(post, path = "/staff/v1/payment-disputes/{id}/end", tag = "staff", params(("id" = AttemptId, Path, description = "payment attempt")), request_body = EndRequest, responses(
    (status = 200, body = EndAnswer),
    (status = 403, description = "step_up_needed, not_permitted", body = ErrorAnswer),
    (status = 404, description = "dispute_not_found", body = ErrorAnswer),
    (status = 503, description = "channel_unavailable", body = ErrorAnswer),
))]
async fn end(
    State(app): State<SharedApp>,
    officer: May<may::ReconciliationSettle>,
    Path(id): Path<AttemptId>,
    Json(EndRequest {}): Json<EndRequest>,
) -> Result<Json<EndAnswer>, Problem> {
    officer.demand_step_up(app.now_ms())?;
    let end = end_dispute(&app, &id, &officer).await?;
    Ok(Json(EndAnswer { end, text: end.text() }))
}

/// The desk in the work list.
pub struct DisputeDesk;

#[async_trait]
impl Desk for DisputeDesk {
    fn code(&self) -> &'static str {
        "payment_disputes"
    }

    fn title(&self) -> &'static str {
        "付款争议"
    }

    fn permission(&self) -> Permission {
        Permission::ReconciliationRead
    }

    async fn counts(&self, app: &App, _officer: &Officer) -> Result<DeskCounts, Problem> {
        Ok(DeskCounts { count: count(app.database.reader()).await?, ..DeskCounts::default() })
    }

    async fn tasks(
        &self,
        app: &App,
        _officer: &Officer,
        mine: bool,
        page: &PageRequest,
    ) -> Result<Page<Task>, Problem> {
        if mine {
            // Nobody claims one: it is ended at once.
            return Ok(Page { items: Vec::new(), next: None });
        }
        let found = disputes(app.database.reader(), page).await?;
        Ok(found.map(|dispute| Task {
            id: dispute.id.to_string(),
            desk: self.code().to_owned(),
            kind: self.title().to_owned(),
            title: format!("商户订单号 {}", dispute.out_trade_no),
            subtitle: dispute.reason,
            amount_fen: Some(dispute.amount_fen.0),
            created_at: dispute.since,
            due_at: None,
            overdue: false,
            claimed_by: None,
            link: format!("/orders/{}", dispute.order_id),
        }))
    }
}

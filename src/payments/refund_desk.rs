//! The refund desk over HTTP and in the work list (desk D6).

use async_trait::async_trait;
use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::refunds::Entity;
use super::refund_list::{self, RefundAnswer, RefundSearch};
use super::refund_payee::RefundPayee;
use super::refund_proposal;
use crate::app::{App, SharedApp};
use crate::orders::OrderId;
use crate::reviews::{self, ReviewAnswer};
use crate::staff::{May, Officer, Permission, may};
use crate::web::{Json, Path, Query};
use crate::worklist::{Desk, DeskCounts, Task};

/// Routes of the institute's side of this capability.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(propose))
        .routes(routes!(list))
        .merge(super::refund_payee::router())
        .merge(super::event_desk::router())
        .merge(super::dispute_desk::staff_router())
}

/// A refund to be proposed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefundRequest {
    /// Fen; at most what is left of what was paid.
    amount_fen: i64,
    /// For the payer, at most 60 characters.
    #[schema(max_length = 60)]
    reason: String,
    /// The account it goes to, for money that did not come through WeChat; may be told later.
    #[serde(default)]
    payee: Option<RefundPayee>,
}

/// Proposes a refund; another member of staff decides. Of an order that waits for the rest of its money all that came goes
/// back, and the order is voided with the decision. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/orders/{id}/refunds", tag = "staff", params(("id" = OrderId, Path, description = "order")), request_body = RefundRequest, responses(
    (status = 201, body = ReviewAnswer),
    (status = 403, description = "step_up_needed", body = ErrorAnswer),
    (status = 409, description = "order_not_paid", body = ErrorAnswer),
    (status = 422, description = "refund_too_much: details.refundable_fen", body = ErrorAnswer),
))]
async fn propose(
    State(app): State<SharedApp>,
    officer: May<may::RefundsPropose>,
    Path(id): Path<OrderId>,
    Json(request): Json<RefundRequest>,
) -> Result<(StatusCode, Json<ReviewAnswer>), Problem> {
    let payee = request.payee.map(RefundPayee::checked).transpose()?;
    let wish = refund_proposal::RefundWish { amount_fen: request.amount_fen, reason: &request.reason, payee };
    let review = refund_proposal::propose(&app, &officer, &id, wish).await?;
    Ok((StatusCode::CREATED, Json(reviews::full(&app, &officer, review).await?)))
}

/// Refunds, newest first.
#[utoipa::path(get, path = "/staff/v1/refunds", tag = "staff", params(RefundSearch, PageRequest), responses((status = 200, body = Page<RefundAnswer>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::RefundsRead>,
    Query(search): Query<RefundSearch>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<RefundAnswer>>, Problem> {
    Ok(Json(refund_list::refund_page(&app, &search, &page).await?))
}

/// Refunds that a person must carry out or look after.
pub struct PayoutDesk;

#[async_trait]
impl Desk for PayoutDesk {
    fn code(&self) -> &'static str {
        "refund_payout"
    }

    fn title(&self) -> &'static str {
        "待银行退款"
    }

    fn permission(&self) -> Permission {
        Permission::RefundsConfirm
    }

    async fn counts(&self, app: &App, _officer: &Officer) -> Result<DeskCounts, Problem> {
        let count = Entity::find().filter(refund_list::needs_person()).count(app.database.reader()).await?;
        Ok(DeskCounts { count, ..DeskCounts::default() })
    }

    async fn tasks(
        &self,
        app: &App,
        _officer: &Officer,
        mine: bool,
        page: &PageRequest,
    ) -> Result<Page<Task>, Problem> {
        if mine {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let found = refund_list::waiting_for_person(app.database.reader(), page).await?;
        let items = refund_list::answer_of(app, found.items).await?;
        let task = |refund: RefundAnswer| Task {
            link: format!("/refunds?view=all&needs_person=true&q={}", refund.order_no),
            id: refund.id,
            desk: self.code().to_owned(),
            kind: self.title().to_owned(),
            title: format!("{} {}", refund.order_no, refund.unit_name),
            subtitle: format!("{}：{}", refund.state_text, refund.reason),
            amount_fen: Some(refund.amount_fen),
            created_at: refund.created_at,
            due_at: None,
            overdue: false,
            claimed_by: None,
        };
        Ok(Page { items: items.into_iter().map(task).collect(), next: found.next })
    }
}

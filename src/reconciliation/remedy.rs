//! What is proposed about a difference, done by a press: asking WeChat about a payment, or telling the core system of an order
//! once more. A person still settles the difference, or the next comparison finds that it is gone.

use axum::extract::State;
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::differences;
use super::model::{DifferenceId, DifferenceKind, Remedy};
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::orders;
use crate::payments::AskedByNumber;
use crate::staff::{May, Officer, may};
use crate::web::{Json, Path};
use crate::webhooks::ToldAgain;
use crate::{payments, webhooks};

/// Routes of this file.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(apply))
}

/// What the remedy came to.
#[derive(Debug, Serialize, ToSchema)]
struct RemedyDone {
    /// For people.
    text: String,
}

/// Does what is proposed about an open difference, where that can be done from here.
#[utoipa::path(post, path = "/staff/v1/reconciliation/differences/{id}/remedy", tag = "staff", params(("id" = DifferenceId, Path, description = "difference")), responses(
    (status = 200, body = RemedyDone),
    (status = 404, description = "difference_not_found", body = ErrorAnswer),
    (status = 409, description = "difference_settled, remedy_by_hand", body = ErrorAnswer),
))]
async fn apply(
    State(app): State<SharedApp>,
    officer: May<may::ReconciliationSettle>,
    Path(id): Path<DifferenceId>,
) -> Result<Json<RemedyDone>, Problem> {
    let row = differences::Entity::find_by_id(id.as_str()).one(app.database.reader()).await?;
    let row = row.ok_or_else(|| Problem::not_found("difference_not_found", "没有找到这条差异"))?;
    if row.state != "open" {
        return Err(Problem::conflict("difference_settled", "这条差异已经处理过了").advice("请刷新列表"));
    }
    let kind: DifferenceKind = row.kind.parse()?;
    let text = match kind.proposal() {
        Remedy::AskChannel if kind.is_about_payment() => ask(&app, &officer, &id, &row.reference).await?,
        Remedy::TellCore => tell(&app, &officer, &row.reference).await?,
        Remedy::AskChannel | Remedy::LookIntoIt => {
            return Err(Problem::conflict("remedy_by_hand", "这处差异要人工核对，没有改变")
                .advice("请核对两边的原始记录，处理后登记说明"));
        }
    };
    Ok(Json(RemedyDone { text }))
}

async fn ask(app: &App, officer: &Officer, id: &DifferenceId, number: &str) -> Result<String, Problem> {
    let (end, text) = match payments::ask_by_number(app, number).await? {
        AskedByNumber::Booked => ("booked", "微信确认这笔已付款，已入账。请重新对账，差异会自动消除"),
        AskedByNumber::GivenBack => {
            ("given_back", "这笔付款与订单不一致，之前已核对并原路退回，账上没有改变。请重新对账，差异会自动消除")
        }
        AskedByNumber::Disputed => {
            ("disputed", "微信确认这笔已付款，但与订单不一致，没有入账。请先在“付款争议”里处理，再重新对账")
        }
        AskedByNumber::NothingCame => ("nothing_came", "微信没有这笔付款，账上没有改变。请核对后登记说明"),
    };
    let transaction = app.database.begin_write().await?;
    let detail = json!({ "out_trade_no": number, "end": end });
    audit::record(&*transaction, app, officer.entry(Action::DifferenceAsked, id.as_str(), detail)).await?;
    transaction.commit().await?;
    Ok(text.to_owned())
}

async fn tell(app: &App, officer: &Officer, order_no: &str) -> Result<String, Problem> {
    let order_id = order_of(app.database.reader(), order_no).await?;
    match webhooks::tell_paid_again(app, officer, &order_id).await? {
        ToldAgain::Told => Ok("已向业务系统补推这张订单。业务系统入账后重新对账，差异会自动消除".to_owned()),
        ToldAgain::NobodyListens => Err(Problem::conflict("remedy_by_hand", "没有启用的接收地址，没有补推")
            .advice("请在“导入与接口”里启用业务系统的接收地址，或请业务系统自行补录")),
        ToldAgain::Forgotten => {
            Err(Problem::conflict("remedy_by_hand", "这张订单的支付事件已过保存期，没有补推")
                .advice("请业务系统自行补录"))
        }
    }
}

async fn order_of<C: ConnectionTrait>(connection: &C, order_no: &str) -> Result<String, Problem> {
    let order = orders::find_by_number(connection, order_no).await?;
    Ok(order.ok_or_else(|| Problem::not_found("order_not_found", "没有找到这个订单"))?.id)
}

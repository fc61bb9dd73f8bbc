//! What a visitor holds after he found an order: a signed text that is good for this order, and for an hour or so.

use axum::http::StatusCode;
use foundation::problem::Problem;
use foundation::signed_token::TokenRefused;
use serde::{Deserialize, Serialize};

use super::asks;
use crate::app::App;
use crate::orders::{self, OrderRow};

/// For which order a ticket is, and how its holder came to it; other tokens of ours have another form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ticket {
    guest_order: String,
    /// `number`, or the id of the link.
    pub(super) by: String,
}

impl Ticket {
    /// For somebody who knew name and number (S2-38).
    pub(super) fn by_number(order: &OrderRow) -> Self {
        Self { guest_order: order.id.clone(), by: "number".to_owned() }
    }

    /// For somebody who was asked (B-09).
    pub(super) fn by_ask(order: &OrderRow, ask_id: &str) -> Self {
        Self { guest_order: order.id.clone(), by: ask_id.to_owned() }
    }

    /// The signed text.
    pub(super) fn sign(&self, app: &App) -> String {
        let payload = serde_json::to_string(self).expect("a ticket is plain data");
        app.links.sign(&payload, app.now_ms() + app.config.guest.ticket_minutes * 60_000)
    }
}

/// The order of a ticket. 410 when its time is over or the link behind it was taken back, 404 when it is none of ours.
pub(super) async fn open(app: &App, text: &str) -> Result<(Ticket, OrderRow), Problem> {
    let payload = app.links.open(text, app.now_ms()).map_err(|refused| match refused {
        TokenRefused::Expired => over(),
        TokenRefused::Forged => invalid(),
    })?;
    let ticket: Ticket = serde_json::from_str(&payload).map_err(|_| invalid())?;
    if ticket.by.starts_with("ask_") && !asks::is_live(app, &ticket.by).await? {
        return Err(asks::over());
    }
    let order = orders::find_row(app.database.reader(), &ticket.guest_order).await?.ok_or_else(invalid)?;
    Ok((ticket, order))
}

fn over() -> Problem {
    Problem::new(StatusCode::GONE, "ticket_expired", "停留的时间太长，这笔缴费需要重新查找")
        .advice("请重新查找，或重新打开付款链接；已经付的款不受影响")
}

fn invalid() -> Problem {
    Problem::not_found("ticket_invalid", "没有找到这笔缴费").advice("请重新查找，或重新打开付款链接")
}

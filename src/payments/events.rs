//! Notices as they are stored: raw, with what was made of them.

use axum::body::Bytes;
use axum::http::HeaderMap;
use foundation::ids::new_id_text;
use foundation::problem::Problem;
use foundation::secret_hash::sha256_hex;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::Deserialize;
use wechat::pay::{Notice, Transaction};

use super::entity::channel_events::{self, Column, Entity};
use crate::app::App;

/// Which address a notice came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Payment,
    Refund,
    /// A refund in the old XML form ([`super::old_notices`]).
    OldRefund,
    Fapiao,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Kind::Payment => "payment",
            Kind::Refund => "refund",
            Kind::OldRefund => "old_refund",
            Kind::Fapiao => "fapiao",
        }
    }

    pub(super) fn of_stored(text: &str) -> anyhow::Result<Self> {
        match text {
            "payment" => Ok(Kind::Payment),
            "refund" => Ok(Kind::Refund),
            "old_refund" => Ok(Kind::OldRefund),
            "fapiao" => Ok(Kind::Fapiao),
            other => anyhow::bail!("unknown kind of notice {other}"),
        }
    }
}

/// What became of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = ChannelEventState)]
pub enum Applied {
    /// Booked, or known already.
    #[serde(rename = "applied")]
    Done,
    #[serde(rename = "rejected")]
    /// Does not fit our books: kept for a person, not repeated.
    Rejected,
    #[serde(rename = "unmatched")]
    /// No attempt of ours yet.
    Unmatched,
    #[serde(rename = "received")]
    /// Stored; a job books it.
    Later,
}

impl Applied {
    /// Of a stored text; what is not known waits for a person.
    pub(super) fn of_stored(text: &str) -> Self {
        match text {
            "applied" => Applied::Done,
            "rejected" => Applied::Rejected,
            "received" => Applied::Later,
            _ => Applied::Unmatched,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Applied::Done => "applied",
            Applied::Rejected => "rejected",
            Applied::Unmatched => "unmatched",
            Applied::Later => "received",
        }
    }
}

/// A verified notice with the bytes it came in.
#[derive(Debug)]
pub(super) struct Received {
    pub kind: Kind,
    pub notice: Notice,
    headers: String,
    body: Bytes,
}

impl Received {
    /// Only WeChat's own headers are worth keeping; the signature can be checked again with them.
    pub(super) fn new(kind: Kind, notice: Notice, headers: &HeaderMap, body: Bytes) -> Self {
        let kept: Vec<(&str, String)> = headers
            .iter()
            .filter(|(name, _)| name.as_str().starts_with("wechatpay-") || *name == "request-id")
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        Self { kind, notice, headers: serde_json::to_string(&kept).unwrap_or_default(), body }
    }

    /// The payment it tells of, if it tells of one.
    pub(super) fn payment(&self) -> Option<Transaction> {
        let pays = self.kind == Kind::Payment && self.notice.event_type == "TRANSACTION.SUCCESS";
        if pays { self.notice.transaction().ok() } else { None }
    }

    fn row(&self, app: &App) -> channel_events::ActiveModel {
        channel_events::ActiveModel {
            id: Set(new_id_text("evt")),
            kind: Set(self.kind.as_str().to_owned()),
            envelope_id: Set(self.notice.id.clone()),
            headers: Set(self.headers.clone()),
            body: Set(self.body.to_vec()),
            plaintext: Set(String::from_utf8(self.notice.resource_plaintext.clone()).ok()),
            out_trade_no: Set(number_in(&self.notice.resource_plaintext)),
            state: Set(Applied::Later.as_str().to_owned()),
            note: Set(None),
            seen_count: Set(1),
            received_at: Set(app.now_ms()),
            applied_at: Set(None),
        }
    }
}

fn number_in(plaintext: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Numbered {
        out_trade_no: Option<String>,
    }
    serde_json::from_slice::<Numbered>(plaintext).ok().and_then(|content| content.out_trade_no)
}

/// A repeat of the same envelope is counted, not stored again.
fn counted() -> OnConflict {
    OnConflict::columns([Column::Kind, Column::EnvelopeId])
        .value(Column::SeenCount, Expr::col((Entity, Column::SeenCount)).add(1))
        .to_owned()
}

/// Stores a notice; returns the id of its row.
pub(super) async fn keep<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    received: &Received,
) -> Result<String, Problem> {
    let inserted = Entity::insert(received.row(app)).on_conflict(counted()).exec_with_returning(connection).await?;
    Ok(inserted.id)
}

/// Stores a refund notice in the old form, told apart by what it says; returns the id of its row, or nothing when it is a
/// repeat.
pub(super) async fn keep_old_refund<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    body: &Bytes,
) -> Result<Option<String>, Problem> {
    let row = channel_events::ActiveModel {
        id: Set(new_id_text("evt")),
        kind: Set(Kind::OldRefund.as_str().to_owned()),
        envelope_id: Set(sha256_hex(body)),
        headers: Set("[]".to_owned()),
        body: Set(body.to_vec()),
        plaintext: Set(None),
        out_trade_no: Set(None),
        state: Set(Applied::Later.as_str().to_owned()),
        note: Set(None),
        seen_count: Set(1),
        received_at: Set(app.now_ms()),
        applied_at: Set(None),
    };
    let stored = Entity::insert(row).on_conflict(counted()).exec_with_returning(connection).await?;
    Ok((stored.seen_count == 1).then_some(stored.id))
}

/// How many refund notices in the old form were stored since then (epoch milliseconds).
pub(super) async fn old_refunds_since<C: ConnectionTrait>(connection: &C, since: i64) -> Result<u64, Problem> {
    let recent = Entity::find()
        .filter(Column::Kind.eq(Kind::OldRefund.as_str()))
        .filter(Column::ReceivedAt.gt(since))
        .count(connection)
        .await?;
    Ok(recent)
}

/// Stores notices that were booked in this transaction, each with what it came to.
pub(super) async fn keep_booked<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    booked: &[&Received],
    note: &str,
) -> Result<(), Problem> {
    if booked.is_empty() {
        return Ok(());
    }
    let rows = booked.iter().map(|received| channel_events::ActiveModel {
        state: Set(Applied::Done.as_str().to_owned()),
        note: Set(Some(note.to_owned())),
        applied_at: Set(Some(app.now_ms())),
        ..received.row(app)
    });
    // One that could not be booked before is booked now.
    let counted = counted().update_columns([Column::State, Column::Note, Column::AppliedAt]).to_owned();
    Entity::insert_many(rows).on_conflict(counted).exec_without_returning(connection).await?;
    Ok(())
}

/// Writes down what a stored notice came to.
pub(super) async fn close<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    id: &str,
    applied: Applied,
    note: Option<&str>,
) -> Result<(), Problem> {
    let applied_at = (applied == Applied::Done).then(|| app.now_ms());
    Entity::update_many()
        .col_expr(Column::State, Expr::value(applied.as_str()))
        .col_expr(Column::Note, Expr::value(note))
        .col_expr(Column::AppliedAt, Expr::value(applied_at))
        .filter(Column::Id.eq(id))
        // What was booked stays booked, whatever a later repeat comes to.
        .filter(Column::State.ne(Applied::Done.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

//! Versions of what the account shows and says: each change makes a new one, none is ever changed, and any can be made
//! live again. The files in `config/` are what holds before the first.

use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::entity::account_versions::{ActiveModel, Column, Entity, Model};

/// Notes say why in a few words.
const NOTE_CHARACTERS_MAX: usize = 100;
/// Nobody scrolls further back.
const SHOWN_MAX: u64 = 50;

/// What is versioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionKind {
    /// The menu.
    Menu,
    /// What the account says.
    Replies,
}

impl VersionKind {
    fn as_str(self) -> &'static str {
        match self {
            VersionKind::Menu => "menu",
            VersionKind::Replies => "replies",
        }
    }
}

/// A version without its content.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountVersion {
    /// 1, 2, 3 …
    number: i64,
    /// Why.
    note: String,
    /// Who made it.
    made_by: String,
    /// Epoch milliseconds.
    made_at: i64,
    /// When it was made live last, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    live_at: Option<i64>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    live_by: Option<String>,
    /// Whether it is the live one.
    live: bool,
}

/// Versions, the newest first.
pub async fn list<C: ConnectionTrait>(connection: &C, kind: VersionKind) -> Result<Vec<AccountVersion>, Problem> {
    let live = live(connection, kind).await?.map(|row| row.number);
    let rows = Entity::find()
        .filter(Column::Kind.eq(kind.as_str()))
        .order_by_desc(Column::Number)
        .limit(SHOWN_MAX)
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| AccountVersion {
            live: live == Some(row.number),
            number: row.number,
            note: row.note,
            made_by: row.made_by,
            made_at: row.made_at,
            live_at: row.live_at,
            live_by: row.live_by,
        })
        .collect())
}

/// The version that was made live last.
pub async fn live<C: ConnectionTrait>(connection: &C, kind: VersionKind) -> Result<Option<Model>, Problem> {
    Ok(Entity::find()
        .filter(Column::Kind.eq(kind.as_str()))
        .filter(Column::LiveAt.is_not_null())
        .order_by_desc(Column::LiveAt)
        .order_by_desc(Column::Number)
        .one(connection)
        .await?)
}

/// The version that was made last.
pub async fn newest<C: ConnectionTrait>(connection: &C, kind: VersionKind) -> Result<Option<Model>, Problem> {
    Ok(Entity::find().filter(Column::Kind.eq(kind.as_str())).order_by_desc(Column::Number).one(connection).await?)
}

/// One version.
pub async fn find<C: ConnectionTrait>(connection: &C, kind: VersionKind, number: i64) -> Result<Model, Problem> {
    let row = Entity::find_by_id((kind.as_str().to_owned(), number)).one(connection).await?;
    row.ok_or_else(|| Problem::not_found("version_not_found", "没有找到这个版本"))
}

/// Keeps a new version; gives its number. Pass a transaction: of two at once one is refused.
pub async fn add<C: ConnectionTrait>(
    connection: &C,
    kind: VersionKind,
    content: &impl Serialize,
    note: &str,
    made_by: &str,
    now_ms: i64,
) -> Result<i64, Problem> {
    let number = newest(connection, kind).await?.map_or(0, |row| row.number) + 1;
    let row = ActiveModel {
        kind: Set(kind.as_str().to_owned()),
        number: Set(number),
        content: Set(serde_json::to_string(content).map_err(Problem::internal)?),
        note: Set(note.trim().chars().take(NOTE_CHARACTERS_MAX).collect()),
        made_by: Set(made_by.to_owned()),
        made_at: Set(now_ms),
        live_at: Set(None),
        live_by: Set(None),
    };
    Entity::insert(row).exec_without_returning(connection).await?;
    Ok(number)
}

/// Makes a version the live one. Its moment is later than that of the one before, whatever the clock says.
pub async fn go_live<C: ConnectionTrait>(
    connection: &C,
    kind: VersionKind,
    number: i64,
    by: &str,
    now_ms: i64,
) -> Result<(), Problem> {
    let before = live(connection, kind).await?.and_then(|row| row.live_at);
    let now_ms = before.map_or(now_ms, |before| now_ms.max(before + 1));
    let changed = Entity::update_many()
        .col_expr(Column::LiveAt, Expr::value(now_ms))
        .col_expr(Column::LiveBy, Expr::value(by))
        .filter(Column::Kind.eq(kind.as_str()))
        .filter(Column::Number.eq(number))
        .exec(connection)
        .await?;
    if changed.rows_affected == 1 {
        return Ok(());
    }
    Err(Problem::not_found("version_not_found", "没有找到这个版本"))
}

/// The content of a stored version.
pub fn content<T: DeserializeOwned>(row: &Model) -> Result<T, Problem> {
    serde_json::from_str(&row.content).map_err(Problem::internal)
}

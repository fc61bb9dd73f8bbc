//! Versions written in the console: one draft per purpose, published from a day on, kept for good.

use std::collections::BTreeMap;

use foundation::calendar::{beijing_date, parse_date, print_date};
use foundation::ids::new_id_text;
use foundation::problem::Problem;
use foundation::secret_hash::sha256_hex;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::entity::agreement_versions::{ActiveModel, Column, Entity, Model};
use super::texts::{Agreement, Purpose, paragraphs};
use crate::app::App;
use crate::audit::{self, Action};
use crate::staff::Officer;

/// Nobody agrees to more.
const BODY_CHARACTERS_MAX: usize = 30_000;
const TITLE_CHARACTERS_MAX: usize = 30;
const NOTE_CHARACTERS_MAX: usize = 100;
/// A version may be published so long ahead.
const DAYS_AHEAD_MAX: i64 = 365;

/// The texts that hold today: the newest version whose day has come, or what the installation came with.
pub async fn current<C: ConnectionTrait>(connection: &C, app: &App) -> Result<BTreeMap<Purpose, Agreement>, Problem> {
    let mut texts: BTreeMap<Purpose, Agreement> =
        Purpose::ALL.into_iter().map(|purpose| (purpose, app.agreements.installed(purpose).clone())).collect();
    let rows = Entity::find()
        .filter(Column::PublishedAt.is_not_null())
        .filter(Column::EffectiveOn.lte(print_date(beijing_date(app.now_ms()))))
        .order_by_asc(Column::EffectiveOn)
        .order_by_asc(Column::Id)
        .all(connection)
        .await?;
    for row in rows {
        let purpose: Purpose = row.purpose.parse()?;
        texts.insert(purpose, text_of(app, purpose, row));
    }
    Ok(texts)
}

/// The text for one purpose that holds today.
pub async fn current_of<C: ConnectionTrait>(connection: &C, app: &App, purpose: Purpose) -> Result<Agreement, Problem> {
    let found = current(connection, app).await?.remove(&purpose);
    found.ok_or_else(|| Problem::internal("every purpose has a text"))
}

/// Whether it is timed or optional belongs to the purpose and stays.
fn text_of(app: &App, purpose: Purpose, row: Model) -> Agreement {
    let installed = app.agreements.installed(purpose);
    Agreement {
        purpose,
        version: row.version.unwrap_or_default(),
        timed: installed.timed,
        optional: installed.optional,
        paragraphs: paragraphs(&row.body),
        sha256: sha256_hex(format!("{}\n{}", row.title, row.body).as_bytes()),
        title: row.title,
        body: row.body,
    }
}

/// Everything that was ever written for a purpose, the newest first; the draft on top.
pub(super) async fn all_of<C: ConnectionTrait>(connection: &C, purpose: Purpose) -> Result<Vec<Model>, Problem> {
    let rows = Entity::find().filter(Column::Purpose.eq(purpose.as_str())).order_by_desc(Column::Id).all(connection);
    let mut rows = rows.await?;
    rows.sort_by_key(|row| row.published_at.is_some());
    Ok(rows)
}

/// Writes the draft of a purpose over.
pub(super) async fn write_draft(
    app: &App,
    officer: &Officer,
    purpose: Purpose,
    (title, body, note): (&str, &str, &str),
) -> Result<(), Problem> {
    let (title, body, note) = (title.trim(), body.trim(), note.trim());
    let wrong = |field: &str, message: &str| {
        Err(Problem::unacceptable("agreement_wrong", "协议草稿没有保存")
            .field(field, message)
            .advice(message.to_owned()))
    };
    if title.is_empty() || title.chars().count() > TITLE_CHARACTERS_MAX {
        return wrong("title", "标题应为 1–30 个字");
    }
    if paragraphs(body).len() < 2 || body.chars().count() > BODY_CHARACTERS_MAX {
        return wrong("body", "正文至少两段，最多 30000 个字");
    }
    if note.chars().count() > NOTE_CHARACTERS_MAX {
        return wrong("note", "说明最多 100 个字");
    }
    let transaction = app.database.begin_write().await?;
    Entity::delete_many().filter(draft_of(purpose)).exec(&*transaction).await?;
    let row = ActiveModel {
        id: Set(new_id_text("agv")),
        purpose: Set(purpose.as_str().to_owned()),
        title: Set(title.to_owned()),
        body: Set(body.to_owned()),
        version: Set(None),
        effective_on: Set(None),
        note: Set(note.to_owned()),
        made_by_name: Set(officer.display_name.clone()),
        made_at: Set(app.now_ms()),
        published_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(&*transaction).await?;
    audit::record(
        &*transaction,
        app,
        officer.entry(Action::AgreementWritten, purpose.as_str(), json!({ "title": title })),
    )
    .await?;
    Ok(transaction.commit().await?)
}

fn draft_of(purpose: Purpose) -> sea_orm::Condition {
    sea_orm::Condition::all().add(Column::Purpose.eq(purpose.as_str())).add(Column::PublishedAt.is_null())
}

/// Publishes the draft from a day on. What is published is never changed: another version takes its place.
pub(super) async fn publish(app: &App, officer: &Officer, purpose: Purpose, effective_on: &str) -> Result<(), Problem> {
    let now = app.now_ms();
    let today = beijing_date(now);
    let day = parse_date(effective_on).ok().filter(|day| (0..=DAYS_AHEAD_MAX).contains(&(*day - today).whole_days()));
    let Some(day) = day.map(print_date) else {
        return Err(Problem::unacceptable("agreement_wrong", "协议没有发布")
            .field("effective_on", "生效日期应为今天起一年内的一天")
            .advice("请重新选择生效日期"));
    };
    let transaction = app.database.begin_write().await?;
    let same_day = Entity::find()
        .filter(Column::Purpose.eq(purpose.as_str()))
        .filter(Column::EffectiveOn.eq(&day))
        .count(&*transaction)
        .await?;
    // Later than what the installation came with, even when that names the same day.
    let taken = same_day + u64::from(app.agreements.installed(purpose).version == day);
    let version = if taken == 0 { day.clone() } else { format!("{day}-{}", taken + 1) };
    let published = Entity::update_many()
        .col_expr(Column::Version, Expr::value(version.as_str()))
        .col_expr(Column::EffectiveOn, Expr::value(day.as_str()))
        .col_expr(Column::PublishedAt, Expr::value(now))
        .filter(draft_of(purpose))
        .exec(&*transaction)
        .await?;
    if published.rows_affected == 0 {
        return Err(Problem::conflict("agreement_no_draft", "没有可以发布的草稿").advice("请先保存草稿，或刷新查看"));
    }
    let detail = json!({ "version": version, "effective_on": day });
    audit::record(&*transaction, app, officer.entry(Action::AgreementPublished, purpose.as_str(), detail)).await?;
    Ok(transaction.commit().await?)
}

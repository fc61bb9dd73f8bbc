//! The inbox: one message per account and event, whether or not WeChat takes it further.

use foundation::define_id;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::messages;
use super::kinds::MessageKind;
use super::wording::{Values, Worded};
use crate::accounts::{AccountId, UnitId};
use crate::app::App;

define_id!(
    /// One message to one account.
    MessageId, "msg"
);

/// Nobody reads that many.
const DIGEST_MAX: u64 = 1_000;

/// A message as its reader sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Message {
    /// Which.
    #[schema(value_type = String)]
    pub id: MessageId,
    /// What it is about: `fee_posted`, `order_paid` …, as in `config/messages.toml`.
    pub kind: String,
    /// Headline.
    pub title: String,
    /// One or two sentences.
    pub body: String,
    /// The page it opens: `/h5/#/pages/…`.
    pub link: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds; missing while unread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<i64>,
}

impl From<messages::Model> for Message {
    fn from(row: messages::Model) -> Self {
        Self {
            id: MessageId::from_stored(row.id),
            kind: row.kind,
            title: row.title,
            body: row.body,
            link: row.link,
            created_at: row.created_at,
            read_at: row.read_at,
        }
    }
}

/// Whom a message is for.
pub enum Recipient<'a> {
    /// Whose inbox.
    Account(&'a AccountId),
    /// A phone without an inbox.
    Phone {
        /// As [`seal_phone`] gives it.
        phone_sealed: String,
    },
}

/// A phone as it is kept with a message.
pub(super) fn seal_phone(app: &App, message: &MessageId, phone: &str) -> String {
    app.vault.seal(&format!("message:{message}"), phone)
}

/// The phone that a message without an account is for.
///
/// # Errors
/// When the keys of the installation do not open it.
pub(super) fn open_phone(app: &App, message: &messages::Model) -> anyhow::Result<Option<String>> {
    let owner = format!("message:{}", message.id);
    message.phone_sealed.as_deref().map(|sealed| app.vault.open(&owner, sealed)).transpose()
}

/// Seals anew the phones that an older key has sealed; how many there were.
///
/// # Errors
/// When one does not open.
pub async fn seal_stale(app: &App) -> anyhow::Result<u64> {
    let newest = format!("sealed:{}:%", app.vault.newest());
    let mut sealed = 0;
    loop {
        let rows = messages::Entity::find()
            .filter(messages::Column::PhoneSealed.is_not_null())
            .filter(messages::Column::PhoneSealed.not_like(&newest))
            .order_by_asc(messages::Column::Id)
            .limit(200)
            .all(app.database.reader())
            .await?;
        if rows.is_empty() {
            return Ok(sealed);
        }
        let transaction = app.database.begin_write().await?;
        for row in rows {
            let Some(phone) = open_phone(app, &row)? else { continue };
            let anew = app.vault.seal(&format!("message:{}", row.id), &phone);
            messages::Entity::update_many()
                .col_expr(messages::Column::PhoneSealed, Expr::value(anew))
                .filter(messages::Column::Id.eq(&row.id))
                .exec(&*transaction)
                .await?;
            sealed += 1;
        }
        transaction.commit().await?;
    }
}

/// A message to be put into an inbox.
pub struct NewMessage<'a> {
    /// Its id.
    pub id: MessageId,
    /// Whom it is for.
    pub recipient: Recipient<'a>,
    /// About which unit, if any.
    pub unit: Option<&'a UnitId>,
    /// What it is about.
    pub kind: MessageKind,
    /// The same event is told to the same account once.
    pub dedup_key: String,
    /// What it says.
    pub worded: Worded,
    /// What fills its template fields.
    pub values: &'a Values,
}

/// Puts a message into an inbox; nothing if it is there already.
pub async fn put<C: ConnectionTrait>(
    connection: &C,
    new: NewMessage<'_>,
    now_ms: i64,
) -> Result<Option<MessageId>, DbErr> {
    let id = new.id;
    let (account_id, phone_sealed) = match new.recipient {
        Recipient::Account(account) => (account.to_string(), None),
        Recipient::Phone { phone_sealed } => (String::new(), Some(phone_sealed)),
    };
    let row = messages::ActiveModel {
        id: Set(id.to_string()),
        account_id: Set(account_id),
        unit_id: Set(new.unit.map(ToString::to_string)),
        kind: Set(new.kind.as_str().to_owned()),
        dedup_key: Set(new.dedup_key),
        title: Set(new.worded.title),
        body: Set(new.worded.body),
        link: Set(new.worded.link),
        created_at: Set(now_ms),
        read_at: Set(None),
        template_values: Set(serde_json::to_string(new.values).ok()),
        phone_sealed: Set(phone_sealed),
        tries: Set(0),
        dead_at: Set(None),
        failure: Set(None),
    };
    let inserted = messages::Entity::insert(row)
        .on_conflict(OnConflict::column(messages::Column::DedupKey).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok((inserted == 1).then_some(id))
}

/// When the message with this key was put into its inbox, epoch milliseconds; nothing if it was not.
pub(super) async fn put_at<C: ConnectionTrait>(connection: &C, dedup_key: &str) -> Result<Option<i64>, DbErr> {
    let row = messages::Entity::find().filter(messages::Column::DedupKey.eq(dedup_key)).one(connection).await?;
    Ok(row.map(|row| row.created_at))
}

/// The message behind a delivery.
pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<messages::Model>, DbErr> {
    messages::Entity::find_by_id(id).one(connection).await
}

/// One failure more; gives how many there were.
pub(super) async fn count_try<C: ConnectionTrait>(connection: &C, id: &str) -> Result<i64, DbErr> {
    messages::Entity::update_many()
        .col_expr(messages::Column::Tries, Expr::col(messages::Column::Tries).add(1))
        .filter(messages::Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(find(connection, id).await?.map_or(0, |row| row.tries))
}

/// Nothing more is tried for a message; it waits for a person.
pub(super) async fn give_up<C: ConnectionTrait>(connection: &C, id: &str, why: &str, now_ms: i64) -> Result<(), DbErr> {
    messages::Entity::update_many()
        .col_expr(messages::Column::DeadAt, Expr::value(now_ms))
        .col_expr(messages::Column::Failure, Expr::value(why))
        .filter(messages::Column::Id.eq(id))
        .filter(messages::Column::DeadAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// A person wants it tried once more: it begins anew.
pub(super) async fn revive<C: ConnectionTrait>(connection: &C, id: &str) -> Result<(), DbErr> {
    messages::Entity::update_many()
        .col_expr(messages::Column::DeadAt, Expr::value(None::<i64>))
        .col_expr(messages::Column::Failure, Expr::value(None::<String>))
        .col_expr(messages::Column::Tries, Expr::value(0i64))
        .filter(messages::Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// A person says that nothing more is to be done for these, which were given up; tells how many of them still waited for
/// one. Why each failed stays.
pub(super) async fn settle<C: ConnectionTrait>(connection: &C, ids: &[String]) -> Result<u64, DbErr> {
    let settled = messages::Entity::update_many()
        .col_expr(messages::Column::DeadAt, Expr::value(None::<i64>))
        .filter(messages::Column::Id.is_in(ids.iter().map(String::as_str)))
        .filter(messages::Column::DeadAt.is_not_null())
        .exec(connection)
        .await?;
    Ok(settled.rows_affected)
}

/// What an account has not read of what came since a moment, the newest first; digests do not count.
pub(super) async fn unread_since<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    from_ms: i64,
) -> Result<Vec<Message>, DbErr> {
    let rows = messages::Entity::find()
        .filter(messages::Column::AccountId.eq(account.as_str()))
        .filter(messages::Column::ReadAt.is_null())
        .filter(messages::Column::CreatedAt.gte(from_ms))
        .filter(messages::Column::Kind.ne(MessageKind::Digest.as_str()))
        .order_by_desc(messages::Column::Id)
        .limit(DIGEST_MAX)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(Message::from).collect())
}

/// One page of an account's inbox, newest first.
pub async fn page<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    wanted: &PageRequest,
) -> Result<Page<Message>, DbErr> {
    let mut select = messages::Entity::find()
        .filter(messages::Column::AccountId.eq(account.as_str()))
        .order_by_desc(messages::Column::Id)
        .limit(wanted.limit() + 1);
    if let Some(after) = wanted.after_key() {
        select = select.filter(messages::Column::Id.lt(after));
    }
    let rows: Vec<Message> = select.all(connection).await?.into_iter().map(Message::from).collect();
    Ok(Page::from_rows(rows, wanted.limit(), |message| message.id.to_string()))
}

/// Removes everything from an account's inbox.
pub async fn forget_inbox<C: ConnectionTrait>(connection: &C, account: &AccountId) -> Result<(), DbErr> {
    messages::Entity::delete_many().filter(messages::Column::AccountId.eq(account.as_str())).exec(connection).await?;
    Ok(())
}

/// Unread messages of an account.
pub async fn unread_count<C: ConnectionTrait>(connection: &C, account: &AccountId) -> Result<i64, Problem> {
    let count = messages::Entity::find()
        .filter(messages::Column::AccountId.eq(account.as_str()))
        .filter(messages::Column::ReadAt.is_null())
        .count(connection)
        .await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The newest unread message of an account, for the home page.
pub async fn latest_unread<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
) -> Result<Option<Message>, Problem> {
    let row = messages::Entity::find()
        .filter(messages::Column::AccountId.eq(account.as_str()))
        .filter(messages::Column::ReadAt.is_null())
        .order_by_desc(messages::Column::Id)
        .one(connection)
        .await?;
    Ok(row.map(Message::from))
}

/// Marks one message as read, the first time only; false if the account has no such message.
pub async fn mark_read<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    id: &MessageId,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let mine = messages::Column::Id.eq(id.as_str()).and(messages::Column::AccountId.eq(account.as_str()));
    let marked = messages::Entity::update_many()
        .col_expr(messages::Column::ReadAt, Expr::value(now_ms))
        .filter(mine.clone())
        .filter(messages::Column::ReadAt.is_null())
        .exec(connection)
        .await?;
    Ok(marked.rows_affected == 1 || messages::Entity::find().filter(mine).one(connection).await?.is_some())
}

/// Marks all messages of an account as read.
pub async fn mark_all_read<C: ConnectionTrait>(connection: &C, account: &AccountId, now_ms: i64) -> Result<(), DbErr> {
    messages::Entity::update_many()
        .col_expr(messages::Column::ReadAt, Expr::value(now_ms))
        .filter(messages::Column::AccountId.eq(account.as_str()))
        .filter(messages::Column::ReadAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

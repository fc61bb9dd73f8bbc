//! Queries and conditional updates.

use axum::http::StatusCode;
use foundation::clock::DAY_MS;
use foundation::define_id;
use foundation::ids::new_id_text;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::sealed::Findable;
use foundation::secret_hash::{new_token, token_hash};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{report_share_openings, report_shares};
use crate::accounts::{self, AccountId, Scope, ScopedEntity, UnitId, View};
use crate::app::App;
use crate::reports::{self, ReportFile};

use report_shares::{Column, Entity, Model};

define_id!(
    /// One link to a report.
    ShareId, "shr"
);

/// Openings written down one by one; after that they are only counted.
const OPENINGS_MAX: i64 = 200;

impl ScopedEntity for Entity {
    fn unit_column() -> Column {
        Column::UnitId
    }
    fn applicant_column() -> Column {
        Column::ApplicantPhone
    }
    fn within(view: &View) -> Condition {
        Condition::all().add(Column::ReportId.in_subquery(reports::ids_within(view)))
    }
}

/// A link just made; its token leaves the house once.
pub(super) struct Shared {
    pub(super) id: ShareId,
    pub(super) token: String,
    pub(super) expires_at: i64,
}

/// Makes a link to a report that the scope may download.
pub(super) async fn share(app: &App, scope: &Scope, file: &ReportFile, days: i64) -> Result<Shared, Problem> {
    let now = app.now_ms();
    let (id, token) = (ShareId::new(), new_token());
    let expires_at = now + days * DAY_MS;
    let row = report_shares::ActiveModel {
        id: Set(id.to_string()),
        report_id: Set(file.report_id.clone()),
        unit_id: Set(scope.unit_id().to_string()),
        applicant_phone: Set(file.applicant_phone.as_deref().map(Findable::from)),
        account_id: Set(scope.account_id().to_string()),
        shared_by: Set(scope.unit_name().to_owned()),
        token_hash: Set(token_hash(&token)),
        created_at: Set(now),
        expires_at: Set(expires_at),
        revoked_at: Set(None),
        ended_reason: Set(None),
        opened_count: Set(0),
        last_opened_at: Set(None),
    };
    let transaction = app.database.begin_write().await?;
    Entity::insert(row).exec_without_returning(&*transaction).await?;
    transaction.commit().await?;
    Ok(Shared { id, token, expires_at })
}

/// One page of the links to a report, newest first.
pub(super) async fn page(
    app: &App,
    scope: &Scope,
    report_id: &str,
    wanted: &PageRequest,
) -> Result<Page<Model>, Problem> {
    let mut select = scope
        .select::<Entity>()
        .filter(Column::ReportId.eq(report_id))
        .order_by_desc(Column::Id)
        .limit(wanted.limit() + 1);
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.all(app.database.reader()).await?;
    Ok(Page::from_rows(rows, wanted.limit(), |row| row.id.clone()))
}

/// Takes a link back; 404 if the scope has no such link. One that was taken back before stays so.
pub(super) async fn revoke(app: &App, scope: &Scope, id: &ShareId) -> Result<(), Problem> {
    let found = scope.select::<Entity>().filter(Column::Id.eq(id.as_str())).one(app.database.reader()).await?;
    let found = found.ok_or_else(|| Problem::not_found("share_not_found", "没有找到这个分享链接"))?;
    scope.demand_payer_or_maker(&found.account_id)?;
    let transaction = app.database.begin_write().await?;
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(app.now_ms()))
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::RevokedAt.is_null())
        .exec(&*transaction)
        .await?;
    Ok(transaction.commit().await?)
}

/// The link with this token while it may be used; 410 when its time is over or it was taken back.
pub(super) async fn open(app: &App, token: &str) -> Result<Model, Problem> {
    let row = Entity::find().filter(Column::TokenHash.eq(token_hash(token))).one(app.database.reader()).await?;
    let row = row.ok_or_else(|| {
        Problem::not_found("share_not_found", "没有找到这个分享链接").advice("请向分享的人再要一次链接")
    })?;
    if row.revoked_at.is_some() || row.expires_at <= app.now_ms() || !maker_still_may(app, &row).await? {
        return Err(
            Problem::new(StatusCode::GONE, "share_over", "这个分享链接已经失效").advice("请向分享的人再要一次链接")
        );
    }
    Ok(row)
}

/// Whether who made the link could make it now: it ends with his membership, and with his view of the report (S1-59).
async fn maker_still_may(app: &App, share: &Model) -> Result<bool, Problem> {
    let reader = app.database.reader();
    let (account, unit) =
        (AccountId::from_stored(share.account_id.clone()), UnitId::from_stored(share.unit_id.clone()));
    let Some(account) = accounts::account(reader, &account).await? else { return Ok(false) };
    let Some(access) = accounts::unit_access(reader, &account.id, &unit).await? else { return Ok(false) };
    let view = View::of(reader, &account, &access).await?;
    reports::is_seen(reader, &view, &share.report_id).await
}

/// Counts an opening and writes down the first ones.
pub(super) async fn note_opening(app: &App, share: &Model, what: &str, device: &str) -> Result<(), Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    Entity::update_many()
        .col_expr(Column::OpenedCount, Expr::col(Column::OpenedCount).add(1))
        .col_expr(Column::LastOpenedAt, Expr::value(now))
        .filter(Column::Id.eq(&share.id))
        .exec(&*transaction)
        .await?;
    if share.opened_count < OPENINGS_MAX {
        let row = report_share_openings::ActiveModel {
            id: Set(new_id_text("shv")),
            share_id: Set(share.id.clone()),
            what: Set(what.to_owned()),
            device: Set(device.to_owned()),
            at: Set(now),
        };
        report_share_openings::Entity::insert(row).exec_without_returning(&*transaction).await?;
    }
    Ok(transaction.commit().await?)
}

//! Consents to subscription messages, counted: each `accept` of a one-time template allows one message, for as long as
//! it takes (mini-program §3).

use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
};

use super::entity::subscription_grants::{ActiveModel, Column, Entity};

/// Nobody needs more in store; what WeChat really allows it says itself (43101).
const REMAINING_MAX: i64 = 100;

/// Whose consent, to what.
#[derive(Debug, Clone, Copy)]
pub struct Consent<'a> {
    /// Of which app the openid is.
    pub app_id: &'a str,
    /// Who.
    pub openid: &'a str,
    /// To which template.
    pub template_id: &'a str,
}

/// One message more is allowed.
pub async fn add<C: ConnectionTrait>(connection: &C, consent: Consent<'_>, now_ms: i64) -> Result<(), DbErr> {
    let row = ActiveModel {
        app_id: Set(consent.app_id.to_owned()),
        openid: Set(consent.openid.to_owned()),
        template_id: Set(consent.template_id.to_owned()),
        remaining: Set(0),
        updated_at: Set(now_ms),
    };
    Entity::insert(row)
        .on_conflict(OnConflict::columns([Column::AppId, Column::Openid, Column::TemplateId]).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Entity::update_many()
        .col_expr(Column::Remaining, Expr::col(Column::Remaining).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(is(consent))
        .filter(Column::Remaining.lt(REMAINING_MAX))
        .exec(connection)
        .await?;
    Ok(())
}

/// Whether one is left.
pub async fn is_left<C: ConnectionTrait>(connection: &C, consent: Consent<'_>) -> Result<bool, DbErr> {
    let row = Entity::find().filter(is(consent)).filter(Column::Remaining.gt(0)).one(connection).await?;
    Ok(row.is_some())
}

/// How many people allow a message of a template now, and how many messages in all.
pub async fn left_of<C: ConnectionTrait>(connection: &C, template_id: &str) -> Result<(i64, i64), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        people: i64,
        messages: Option<i64>,
    }
    let row = Entity::find()
        .select_only()
        .column_as(Column::Openid.count().cast_as(Alias::new("bigint")), "people")
        .column_as(Column::Remaining.sum().cast_as(Alias::new("bigint")), "messages")
        .filter(Column::TemplateId.eq(template_id))
        .filter(Column::Remaining.gt(0))
        .into_model::<Row>()
        .one(connection)
        .await?;
    Ok(row.map_or((0, 0), |row| (row.people, row.messages.unwrap_or_default())))
}

/// Uses one up; false when none is left. Of two at once each gets its own or none.
pub async fn take<C: ConnectionTrait>(connection: &C, consent: Consent<'_>, now_ms: i64) -> Result<bool, DbErr> {
    let taken = Entity::update_many()
        .col_expr(Column::Remaining, Expr::col(Column::Remaining).sub(1))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(is(consent))
        .filter(Column::Remaining.gt(0))
        .exec(connection)
        .await?;
    Ok(taken.rows_affected == 1)
}

/// None are left: WeChat said so, or the person switched the template off.
pub async fn clear<C: ConnectionTrait>(connection: &C, consent: Consent<'_>, now_ms: i64) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Remaining, Expr::value(0i64))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(is(consent))
        .exec(connection)
        .await?;
    Ok(())
}

fn is(consent: Consent<'_>) -> sea_orm::sea_query::SimpleExpr {
    Column::AppId
        .eq(consent.app_id)
        .and(Column::Openid.eq(consent.openid))
        .and(Column::TemplateId.eq(consent.template_id))
}

//! Queries.

use std::collections::HashMap;

use foundation::calendar::{beijing_date, print_date};
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};

use super::entity::{scene_codes as codes, scene_days as days};

/// A code by what stands in it.
pub async fn by_scene<C: ConnectionTrait>(connection: &C, scene: &str) -> Result<Option<codes::Model>, Problem> {
    Ok(codes::Entity::find().filter(codes::Column::Scene.eq(scene)).one(connection).await?)
}

/// One page, the newest first.
pub async fn page<C: ConnectionTrait>(connection: &C, wanted: &PageRequest) -> Result<Page<codes::Model>, Problem> {
    let mut select = codes::Entity::find().order_by_desc(codes::Column::Id).limit(wanted.limit() + 1);
    if let Some(after) = wanted.after_key() {
        select = select.filter(codes::Column::Id.lt(after));
    }
    Ok(Page::from_rows(select.all(connection).await?, wanted.limit(), |row| row.id.clone()))
}

/// One scan more; `new` when he followed by it.
pub async fn count<C: ConnectionTrait>(connection: &C, scene: &str, new: bool, now_ms: i64) -> Result<(), Problem> {
    let on_day = print_date(beijing_date(now_ms));
    let row =
        days::ActiveModel { scene: Set(scene.to_owned()), on_day: Set(on_day.clone()), scans: Set(0), follows: Set(0) };
    days::Entity::insert(row)
        .on_conflict(OnConflict::columns([days::Column::Scene, days::Column::OnDay]).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    days::Entity::update_many()
        .col_expr(days::Column::Scans, Expr::col(days::Column::Scans).add(1))
        .col_expr(days::Column::Follows, Expr::col(days::Column::Follows).add(i64::from(new)))
        .filter(days::Column::Scene.eq(scene))
        .filter(days::Column::OnDay.eq(on_day))
        .exec(connection)
        .await?;
    Ok(())
}

/// What codes brought since a day: scans and new followers.
pub async fn sums<C: ConnectionTrait>(
    connection: &C,
    scenes: Vec<String>,
    from_day: &str,
) -> Result<HashMap<String, (i64, i64)>, Problem> {
    #[derive(FromQueryResult)]
    struct Row {
        scene: String,
        scans: i64,
        follows: i64,
    }
    let rows = days::Entity::find()
        .select_only()
        .column(days::Column::Scene)
        .column_as(days::Column::Scans.sum().cast_as(Alias::new("bigint")), "scans")
        .column_as(days::Column::Follows.sum().cast_as(Alias::new("bigint")), "follows")
        .filter(days::Column::Scene.is_in(scenes))
        .filter(days::Column::OnDay.gte(from_day))
        .group_by(days::Column::Scene)
        .into_model::<Row>()
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.scene, (row.scans, row.follows))).collect())
}

/// Day by day since a day.
pub async fn days_of<C: ConnectionTrait>(
    connection: &C,
    scene: &str,
    from_day: &str,
) -> Result<Vec<days::Model>, Problem> {
    Ok(days::Entity::find()
        .filter(days::Column::Scene.eq(scene))
        .filter(days::Column::OnDay.gte(from_day))
        .order_by_asc(days::Column::OnDay)
        .all(connection)
        .await?)
}

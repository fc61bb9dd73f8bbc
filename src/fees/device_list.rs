//! A unit's devices, for choosing among them.

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::text::{fold_width, like_pattern};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use super::entity::devices::{Column, Entity};
use crate::accounts::UnitId;

/// Places shown; more are found by searching devices.
const GROUPS_MAX: u64 = 200;

/// A device in a list.
#[derive(Debug, Clone)]
pub struct DeviceLine {
    /// Which.
    pub id: String,
    /// 设备名称.
    pub name: String,
    /// 设备种类.
    pub kind: String,
    /// 注册代码.
    pub registration_code: String,
    /// 设备所在地址.
    pub place: Option<String>,
}

/// Devices with the same place or kind.
#[derive(Debug, Clone, FromQueryResult)]
pub struct DeviceGroup {
    /// The place or the kind.
    pub name: String,
    /// How many.
    pub count: i64,
}

/// One page of a unit's devices; `words` is part of name, place or code.
pub async fn device_page<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    words: Option<&str>,
    wanted: &PageRequest,
) -> Result<Page<DeviceLine>, Problem> {
    let mut select =
        Entity::find().filter(Column::UnitId.eq(unit.as_str())).order_by_asc(Column::Id).limit(wanted.limit() + 1);
    if let Some(words) = words.map(str::trim).filter(|words| !words.is_empty()) {
        let pattern = like_pattern(&fold_width(words));
        let like = |column: Column| Expr::col((Entity, column)).like(LikeExpr::new(pattern.clone()).escape('\\'));
        let columns = [Column::Place, Column::RegistrationCode, Column::InternalNo, Column::FactorySerialNo];
        let any = columns.into_iter().fold(like(Column::Name), |any, column| any.or(like(column)));
        select = select.filter(any);
    }
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::Id.gt(after));
    }
    let page = Page::from_rows(select.all(connection).await?, wanted.limit(), |row| row.id.clone());
    Ok(page.map(|row| DeviceLine {
        id: row.id,
        name: row.name,
        kind: row.kind,
        registration_code: row.registration_code,
        place: row.place,
    }))
}

/// Places and kinds of a unit's devices, with how many there are.
pub async fn device_groups<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
) -> Result<(Vec<DeviceGroup>, Vec<DeviceGroup>), Problem> {
    let by = |column: Column| {
        Entity::find()
            .filter(Column::UnitId.eq(unit.as_str()))
            .filter(column.is_not_null())
            .filter(column.ne(""))
            .select_only()
            .column_as(column, "name")
            .column_as(Column::Id.count(), "count")
            .group_by(column)
            .order_by_desc(Column::Id.count())
            .order_by_asc(column)
            .limit(GROUPS_MAX)
            .into_model::<DeviceGroup>()
    };
    Ok((by(Column::Place).all(connection).await?, by(Column::Kind).all(connection).await?))
}

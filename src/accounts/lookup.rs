//! Finding units and people for the institute's people.

use std::collections::{BTreeSet, HashMap};

use foundation::problem::Problem;
use foundation::text::{fold_width, like_pattern, mask_phone};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{accounts, units};
use super::model::Unit;
use super::store::unit_of_row;

/// A unit or a person that was found.
#[derive(Debug, Clone)]
pub struct PayerFound {
    /// Which.
    pub id: String,
    /// 单位名称 or name.
    pub name: String,
    /// Numbers, phones with their middle hidden.
    pub detail: String,
    /// What finds his orders.
    pub search_word: String,
}

fn like(words: &str) -> LikeExpr {
    LikeExpr::new(like_pattern(&fold_width(words))).escape('\\')
}

/// Name, and phone with its middle hidden or 单位账号, of accounts by id.
pub async fn labels_of<C: ConnectionTrait>(
    connection: &C,
    ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, (String, String)>, Problem> {
    let ids: BTreeSet<&str> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = accounts::Entity::find().filter(accounts::Column::Id.is_in(ids)).all(connection).await?;
    let label = |row: accounts::Model| {
        let shown = row.phone.as_deref().map(mask_phone).or(row.login_name).unwrap_or_default();
        (row.id, (row.display_name, shown))
    };
    Ok(rows.into_iter().map(label).collect())
}

/// Units by part of the name, or by 统一社会信用代码 or the core system's key as a whole.
pub async fn find_units<C: ConnectionTrait>(
    connection: &C,
    words: &str,
    limit: u64,
) -> Result<Vec<PayerFound>, Problem> {
    let number = fold_width(words).to_uppercase();
    let named = Expr::col(units::Column::Name).like(like(words));
    let rows = units::Entity::find()
        .filter(named.or(units::Column::Uscc.eq(&number)).or(units::Column::ExternalId.eq(words)))
        .order_by_asc(units::Column::Name)
        .limit(limit)
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| PayerFound {
            detail: [row.uscc.as_deref(), row.address.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("　"),
            search_word: row.name.clone(),
            id: row.id,
            name: row.name,
        })
        .collect())
}

/// The unit with this 统一社会信用代码.
pub async fn unit_by_uscc<C: ConnectionTrait>(connection: &C, uscc: &str) -> Result<Option<Unit>, Problem> {
    let uscc = fold_width(uscc.trim()).to_uppercase();
    if uscc.is_empty() {
        return Ok(None);
    }
    let row = units::Entity::find()
        .filter(units::Column::Uscc.eq(uscc))
        .order_by_asc(units::Column::Id)
        .one(connection)
        .await?;
    row.map(unit_of_row).transpose()
}

/// Accounts by part of the name, or by phone or 单位账号 as a whole.
pub async fn find_accounts<C: ConnectionTrait>(
    connection: &C,
    words: &str,
    limit: u64,
) -> Result<Vec<PayerFound>, Problem> {
    let login = fold_width(words);
    let named = Expr::col(accounts::Column::DisplayName).like(like(words));
    let rows = accounts::Entity::find()
        .filter(named.or(accounts::Column::Phone.eq(&login)).or(accounts::Column::LoginName.eq(&login)))
        .order_by_asc(accounts::Column::DisplayName)
        .limit(limit)
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| PayerFound {
            detail: row.phone.as_deref().map(mask_phone).or(row.login_name).unwrap_or_default(),
            search_word: row.display_name.clone(),
            id: row.id,
            name: row.display_name,
        })
        .collect())
}

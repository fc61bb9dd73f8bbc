//! Requests as the institute finds them by words.

use foundation::problem::Problem;
use foundation::text::{like_pattern, search_form};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::Date;

use super::entity::requests::{Column, Entity};
use super::model::CreditState;

/// A request that was found.
#[derive(Debug, Clone)]
pub struct CreditFound {
    /// Which.
    pub id: String,
    /// QF and digits.
    pub request_no: String,
    /// 单位名称.
    pub unit_name: String,
    /// Fen.
    pub amount_fen: i64,
    /// Where it stands today.
    pub state: CreditState,
    /// Under which review it is decided.
    pub review_id: String,
}

/// The newest `limit` requests whose number, unit or report numbers hold the words.
pub async fn matching<C: ConnectionTrait>(
    connection: &C,
    words: &str,
    today: Date,
    limit: u64,
) -> Result<Vec<CreditFound>, Problem> {
    let pattern = LikeExpr::new(like_pattern(&search_form(words))).escape('\\');
    let rows = Entity::find()
        .filter(Expr::col(Column::SearchText).like(pattern))
        .filter(Column::ReviewId.is_not_null())
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(connection)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(CreditFound {
                state: row.state_on(today)?,
                review_id: row.review_id.unwrap_or_default(),
                id: row.id,
                request_no: row.request_no,
                unit_name: row.unit_name,
                amount_fen: row.amount_fen,
            })
        })
        .collect()
}

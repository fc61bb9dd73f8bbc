//! Vouchers as the institute finds them by words.

use foundation::problem::Problem;
use foundation::text::{like_pattern, search_form};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::pickup_vouchers::{Column, Entity};
use super::model::VoucherState;

/// A voucher that was found.
#[derive(Debug, Clone)]
pub struct VoucherFound {
    /// Which.
    pub id: String,
    /// LQ and digits.
    pub voucher_no: String,
    /// 单位名称.
    pub unit_name: String,
    /// Printed reports on it.
    pub report_count: i64,
    /// Where it stands.
    pub state: VoucherState,
}

/// The newest `limit` vouchers whose number, unit or report numbers hold the words.
pub async fn matching<C: ConnectionTrait>(
    connection: &C,
    words: &str,
    limit: u64,
) -> Result<Vec<VoucherFound>, Problem> {
    let pattern = LikeExpr::new(like_pattern(&search_form(words))).escape('\\');
    let rows = Entity::find()
        .filter(Expr::col(Column::SearchText).like(pattern))
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(connection)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(VoucherFound {
                state: row.state.parse()?,
                id: row.id,
                voucher_no: row.voucher_no,
                unit_name: row.unit_name,
                report_count: row.report_count,
            })
        })
        .collect()
}

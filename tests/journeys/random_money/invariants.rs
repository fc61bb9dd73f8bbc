//! The rules of the money, asserted.

use super::rules::{MONEY_RULES, NOTHING_IS_OPEN};
use crate::world::World;

pub async fn invariants_hold(world: &World) {
    for (rule, violations) in MONEY_RULES {
        assert_eq!(world.number(violations).await, 0, "{rule}");
    }
}

pub async fn nothing_is_open(world: &World) {
    for (rule, violations) in NOTHING_IS_OPEN {
        assert_eq!(world.number(violations).await, 0, "{rule}");
    }
    let proposed = "SELECT COUNT(*) FROM refunds WHERE state = 'proposed'";
    assert_eq!(world.number(proposed).await, 0, "every proposal was decided");
}

/// What WeChat holds is what the paid orders say, fen by fen.
pub async fn books_equal_channel(world: &World) {
    let taken: i64 = world.wechat.transactions().iter().map(|order| order.amount_fen).sum();
    let returned: i64 = world.wechat.refunds().iter().map(|refund| refund.refund_fen).sum();
    let paid = "SELECT CAST(COALESCE(SUM(amount_fen - refunded_fen), 0) AS bigint) FROM orders WHERE paid_by = 'attempt' \
         AND state IN ('paid', 'completed', 'refunding', 'refunded')";
    assert_eq!(taken - returned, world.number(paid).await, "books equal channel");
}

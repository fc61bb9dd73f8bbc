//! Steps of money that goes back by decision of two people, at whatever moment of the order and of its receipt.

use rand::Rng;
use rand::rngs::StdRng;
use serde_json::json;
use tejian::staff::Role;

use super::elsewhere::{any, somebody, texts};
use crate::world::World;

/// Somebody proposes, somebody else decides; both may be refused.
pub async fn refund_something(world: &World, random: &mut StdRng, step: usize) {
    let orders = texts(world, "SELECT id FROM orders WHERE paid_at IS NOT NULL OR received_fen > 0 ORDER BY id").await;
    if let Some(order) = any(random, &orders) {
        // Of one that waits for its rest, what came goes back and voids it.
        let amount = "SELECT CASE WHEN paid_at IS NULL THEN received_fen ELSE amount_fen END FROM orders WHERE id = ";
        let amount = world.number(&format!("{amount}'{order}'")).await;
        let part = if random.random_bool(0.5) { amount } else { random.random_range(1..=amount) };
        let mut cashier = somebody(world, step, Role::Cashier).await;
        cashier.step_up(world).await;
        let body = json!({ "amount_fen": part, "reason": "协商退款" });
        let _any_answer = cashier.try_post(&format!("/orders/{order}/refunds"), body).await;
    }
    let open = "SELECT id FROM reviews WHERE kind = 'refund' AND state = 'open' ORDER BY id";
    if let Some(review) = any(random, &texts(world, open).await) {
        let mut reviewer = somebody(world, step + 5_000, Role::FinanceReviewer).await;
        reviewer.step_up(world).await;
        let verdict = if random.random_bool(0.8) { "approved" } else { "rejected" };
        let body = json!({ "verdict": verdict, "opinion": "同意或不同意" });
        let _any_answer = reviewer.try_post(&format!("/reviews/{review}/verdict"), body).await;
    }
}

/// Somebody writes an account down, and he or somebody else pays it out.
pub async fn pay_something_out(world: &World, random: &mut StdRng, step: usize) {
    let by_hand = "SELECT id FROM refunds WHERE channel = 'bank' AND state IN ('proposed', 'requested') ORDER BY id";
    let Some(refund) = any(random, &texts(world, by_hand).await) else { return };
    let mut cashier = somebody(world, step, Role::Cashier).await;
    cashier.step_up(world).await;
    if random.random_bool(0.6) {
        let account = json!({ "name": "某个人", "account": "6222000011112222" });
        let _any_answer = cashier.put(&format!("/refunds/{refund}/payee"), account).await;
    }
    if random.random_bool(0.5) {
        cashier = somebody(world, step + 5_000, Role::Cashier).await;
        cashier.step_up(world).await;
    }
    let _any_answer = cashier.try_post(&format!("/refunds/{refund}/payee/reveal"), json!({})).await;
    let body = json!({ "reference_no": format!("BANK-{step}") });
    let _any_answer = cashier.try_post(&format!("/refunds/{refund}/confirm"), body).await;
}

/// What was proposed is declined, and what goes back by hand has gone.
pub async fn finish_refunds(world: &World) {
    let undecided =
        "SELECT id FROM reviews WHERE kind IN ('refund', 'counter_undo', 'line_return') AND state = 'open' ORDER BY id";
    for (number, review) in texts(world, undecided).await.into_iter().enumerate() {
        let mut reviewer = somebody(world, 7_000 + number, Role::FinanceReviewer).await;
        reviewer.step_up(world).await;
        let body = json!({ "verdict": "rejected", "opinion": "到此为止" });
        reviewer.try_post(&format!("/reviews/{review}/verdict"), body).await.expect(200);
    }
    // Where it goes is written down by somebody who does not pay it; of a line it is known.
    let unwritten = "SELECT id FROM refunds WHERE channel = 'bank' AND state = 'requested' AND line_id IS NULL \
                     AND payee_account IS NULL ORDER BY id";
    for (number, refund) in texts(world, unwritten).await.into_iter().enumerate() {
        let mut writer = somebody(world, 8_500 + number, Role::Cashier).await;
        writer.step_up(world).await;
        let account = json!({ "name": "某个人", "account": "6222000011112222" });
        assert_eq!(writer.put(&format!("/refunds/{refund}/payee"), account).await.status, 204);
    }
    let by_hand = "SELECT id FROM refunds WHERE channel = 'bank' AND state = 'requested' ORDER BY id";
    for (number, refund) in texts(world, by_hand).await.into_iter().enumerate() {
        let mut cashier = somebody(world, 8_000 + number, Role::Cashier).await;
        cashier.step_up(world).await;
        cashier.post(&format!("/refunds/{refund}/payee/reveal"), json!({})).await;
        let body = json!({ "reference_no": format!("BANK-{number}") });
        cashier.try_post(&format!("/refunds/{refund}/confirm"), body).await.expect(204);
    }
}

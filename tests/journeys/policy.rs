//! What units may do depends on how far they are certified, where the institute wants it so (S1-53, S0-04).

use serde_json::json;

use crate::paying::{one_order, open_payment};
use crate::previews::paid_report;
use crate::world::World;

#[tokio::test]
async fn where_only_certified_units_pay_online_others_are_refused_before_wechat_hears_of_it() {
    let world = World::start_with(|config| config.policy.pay_online = "imported,certified".to_owned()).await;
    let (seeded, phone, order) = one_order(&world, 126_500).await;
    // It ordered while it might; what it may now is asked again when the payment begins.
    world.tamper(&format!("UPDATE units SET level = 'uncertified' WHERE id = '{}'", seeded.unit)).await;
    let path = format!("/api/v1/orders/{order}/payments");
    for channel in ["jsapi", "native"] {
        let refused = world.post(&phone, &path, json!({ "key": "tap-00000001", "channel": channel })).await;
        assert_eq!(refused.body["error"]["money"], "none", "{}", refused.body);
        assert_eq!(refused.refused(403), "level_forbids");
    }
    assert!(world.wechat.orders().is_empty());
    world.tamper(&format!("UPDATE units SET level = 'certified' WHERE id = '{}'", seeded.unit)).await;
    open_payment(&world, &phone, &order, "tap-00000002", "jsapi").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_only_certified_units_get_reports_electronically_others_neither_read_nor_share_nor_save_them() {
    let world = World::start_with(|config| config.policy.electronic_report = "certified".to_owned()).await;
    let (phone, report) = paid_report(&world).await;
    let pages = format!("/api/v1/reports/{report}/pages");
    let link = json!({ "kind": "report", "id": report });
    assert_eq!(world.get(&phone, &pages).await.refused(403), "level_forbids");
    assert_eq!(world.post(&phone, "/api/v1/download-links", link.clone()).await.refused(403), "level_forbids");
    let share = world.post(&phone, &format!("/api/v1/reports/{report}/share"), json!({ "days": 7 })).await;
    assert_eq!(share.refused(403), "level_forbids");
    world.tamper(&format!("UPDATE units SET level = 'certified' WHERE id = '{}'", phone.unit)).await;
    world.get(&phone, &pages).await.ok();
    world.post(&phone, "/api/v1/download-links", link).await.ok();
}

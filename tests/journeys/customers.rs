//! The service desk for payers' accounts.

use serde_json::json;
use tejian::staff::Role;

use crate::recovery::{by_password, with_password};
use crate::seed::Class;
use crate::world::World;

const PHONE: &str = "13900000001";

#[tokio::test]
async fn the_desk_finds_an_account_masked_and_whoever_looks_behind_the_mask_is_written_down() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", PHONE).await;
    let mut desk = world.staff("kefu", &[Role::CustomerService]).await;
    for words in [PHONE, "测试一号", "物业001"] {
        let words: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
        let found = desk.get(&format!("/customers?q={words}")).await;
        let ids: Vec<&str> = found["items"].as_array().unwrap().iter().filter_map(|line| line["id"].as_str()).collect();
        assert!(ids.contains(&seeded.applicant.as_str()), "{found}");
        assert!(!found.to_string().contains(PHONE), "{found}");
    }
    let path = format!("/customers/{}", seeded.applicant);
    assert_eq!(desk.get(&path).await["phone_masked"], "139****0001");
    let reveal = format!("{path}/reveal");
    desk.try_post(&reveal, json!({ "reason": "" })).await.refused(422, "reason_missing");
    assert_eq!(desk.post(&reveal, json!({ "reason": "回拨来电" })).await["phone"], PHONE);
    let history = desk.get(&path).await["history"].clone();
    assert_eq!(history[0]["action"], "customer.revealed");
    assert_eq!(history[0]["detail"]["reason"], "回拨来电");
    let mut auditor = world.staff("shenji", &[Role::FeeClerk]).await;
    auditor.try_post(&format!("{path}/unlock"), json!({ "reason": "试试看" })).await.refused(403, "not_permitted");
}

#[tokio::test]
async fn the_desk_unlocks_resets_and_changes_a_phone_after_seeing_a_proof() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", PHONE).await;
    world.seed_fees(&seeded, Class::Nontax, &[100]).await;
    with_password(&world, PHONE, "tejian-2026").await;
    let mut visitor = world.visitor();
    for number in 0..5 {
        by_password(&mut visitor, PHONE, "wrong-0000", number > 0).await.refused(401, "bad_credentials");
    }
    by_password(&mut visitor, PHONE, "tejian-2026", true).await.refused(423, "account_locked");
    let mut desk = world.staff("kefu", &[Role::CustomerService]).await;
    let path = format!("/customers/{}", seeded.applicant);
    assert_eq!(desk.get(&path).await["state_text"], "已锁定");
    let unlocked = desk.post(&format!("{path}/unlock"), json!({ "reason": "本人来电，核对了单位名称" })).await;
    assert_eq!(unlocked["state_text"], "正常");
    by_password(&mut visitor, PHONE, "tejian-2026", true).await.expect(200);
    let change = json!({ "phone": "13900000044", "proof": "营业执照副本与身份证原件", "keep_old": true });
    world.clock.advance_ms(3_600_000 / 2);
    desk.try_post(&format!("{path}/phone"), change.clone()).await.refused(403, "step_up_needed");
    desk.step_up(&world).await;
    let changed = desk.post(&format!("{path}/phone"), change).await;
    assert_eq!(
        (&changed["phone_masked"], &changed["earlier_phones_masked"][0]),
        (&json!("139****0044"), &json!("139****0001"))
    );
    assert_eq!(visitor.get("/api/v1/session").await.expect(200)["signed_in"], false);
    world.clock.advance_ms(60_000);
    world.sign_in_by_sms(&mut visitor, "13900000044").await;
    assert_eq!(visitor.get("/api/v1/session").await.expect(200)["unit"]["payable_count"], 1);
    let made = desk.post(&format!("{path}/password"), json!({ "reason": "忘记密码，已核对身份证" })).await;
    let password = made["password"].as_str().unwrap();
    let signed_in = by_password(&mut visitor, "13900000044", password, false).await.expect(200);
    assert_eq!(signed_in["account"]["password_temporary"], true);
}

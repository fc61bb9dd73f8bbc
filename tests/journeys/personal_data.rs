//! A copy of one's data, and the end of an account.

use std::io::{Cursor, Read};

use serde_json::{Value, json};

use crate::paying::one_order;
use crate::seed::Class;
use crate::world::{Phone, World};

const PHONE: &str = "13900000001";
const DAY_MS: i64 = 86_400_000;

async fn proof(world: &World, phone: &Phone) -> Value {
    world.clock.advance_ms(3_600_000);
    world.post(phone, "/api/v1/proofs/code", json!({})).await.ok();
    json!({ "code": world.sms_code(PHONE) })
}

#[tokio::test]
async fn a_person_gets_a_copy_of_his_data_and_nobody_elses() {
    let world = World::start().await;
    let (seeded, phone, _) = one_order(&world, 126_500).await;
    assert_eq!(world.post(&phone, "/api/v1/personal-data/exports", json!({})).await.refused(403), "proof_needed");
    let asked = world.post(&phone, "/api/v1/personal-data/exports", proof(&world, &phone).await).await.ok();
    assert_eq!(asked["ready"], false);
    world.settle().await;
    let standing = world.get(&phone, "/api/v1/personal-data").await.ok();
    assert_eq!(standing["export"]["ready"], true);
    let path = format!("/api/v1/personal-data/exports/{}/link", asked["id"].as_str().unwrap());
    let other = world.phone(&seeded.unit_account, &seeded.unit, "other").await;
    assert_eq!(world.post(&other, &path, json!({})).await.refused(404), "export_not_found");
    let link = world.post(&phone, &path, json!({})).await.ok();
    let address = format!("{}{}", world.base_url, link["url"].as_str().unwrap());
    let bytes = world.http.get(&address).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(world.http.get(format!("{address}0")).send().await.unwrap().status(), 410);
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes.to_vec())).unwrap();
    let mut text = String::new();
    zip.by_name("personal-data.json").unwrap().read_to_string(&mut text).unwrap();
    let data: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(data["parts"][0]["entries"][0]["手机号"], PHONE);
    assert!(text.contains("1,265.00 元") && text.contains("示例物业"), "{text}");
    let mut page = String::new();
    zip.by_name("个人信息.html").unwrap().read_to_string(&mut page).unwrap();
    assert!(page.contains(PHONE) && !page.contains("<script"), "{page}");
    world.clock.advance_ms(DAY_MS);
    world.settle().await;
    assert_eq!(world.http.get(&address).send().await.unwrap().status(), 410);
    assert_eq!(world.post(&phone, &path, json!({})).await.refused(404), "export_not_found", "gone after a day");
}

#[tokio::test]
async fn a_copy_of_ones_data_that_did_not_come_back_with_a_backup_is_asked_for_again() {
    let world = World::start().await;
    let (_, phone, _) = one_order(&world, 126_500).await;
    let path = "/api/v1/personal-data/exports";
    let first = world.post(&phone, path, proof(&world, &phone).await).await.ok();
    world.settle().await;
    let id = first["id"].as_str().unwrap();
    world.app.files.delete(&format!("personal/{id}.zip")).await.unwrap();
    assert_eq!(world.get(&phone, "/api/v1/personal-data").await.ok()["export"], Value::Null);
    assert_eq!(world.post(&phone, &format!("{path}/{id}/link"), json!({})).await.refused(404), "export_not_found");
    let second = world.post(&phone, path, proof(&world, &phone).await).await.ok();
    assert_ne!(second["id"], first["id"]);
    world.settle().await;
    let standing = world.get(&phone, "/api/v1/personal-data").await.ok();
    assert_eq!((&standing["export"]["id"], &standing["export"]["ready"]), (&second["id"], &json!(true)));
}

#[tokio::test]
async fn an_account_ends_after_its_cooling_off_time_and_the_units_books_stay() {
    let world = World::start().await;
    let (seeded, phone, order) = one_order(&world, 126_500).await;
    world.seed_fees(&seeded, Class::Nontax, &[100]).await;
    let due = world.post(&phone, "/api/v1/personal-data/deletion", proof(&world, &phone).await).await.ok();
    let now = world.app.now_ms();
    assert_eq!(due["due_at"].as_i64(), Some(now + 15 * DAY_MS));
    assert_eq!(world.get(&phone, "/api/v1/session").await.ok()["signed_in"], false);
    world.settle().await;
    let warned = world.wechat.sms(PHONE).pop().expect("a text message");
    assert!(warned.params["due"].as_str().is_some_and(|day| day.ends_with('日')), "the phone is told of the day");
    world.clock.advance_ms(15 * DAY_MS);
    world.settle().await;
    let erased = format!("SELECT COUNT(*) FROM accounts WHERE id = '{}' AND phone IS NULL", seeded.applicant);
    assert_eq!(world.number(&erased).await, 1);
    let left = format!("SELECT COUNT(*) FROM memberships WHERE account_id = '{}'", seeded.applicant);
    assert_eq!(world.number(&left).await, 0);
    let unit = world.phone(&seeded.unit_account, &seeded.unit, "unit").await;
    world.get(&unit, &format!("/api/v1/orders/{order}")).await.ok();
    // The same phone begins anew, with nothing of before.
    let mut visitor = world.visitor();
    world.sign_in_by_sms(&mut visitor, PHONE).await;
    let session = visitor.get("/api/v1/session").await.expect(200);
    assert_eq!(session["units"], json!([]));
    assert_ne!(session["account"]["id"], json!(seeded.applicant));
}

#[tokio::test]
async fn signing_in_within_the_cooling_off_time_calls_the_deletion_off() {
    let world = World::start().await;
    let (seeded, phone, _) = one_order(&world, 126_500).await;
    world.post(&phone, "/api/v1/personal-data/deletion", proof(&world, &phone).await).await.ok();
    world.clock.advance_ms(14 * DAY_MS);
    world.settle().await;
    let mut visitor = world.visitor();
    world.sign_in_by_sms(&mut visitor, PHONE).await;
    world.clock.advance_ms(2 * DAY_MS);
    world.settle().await;
    let session = visitor.get("/api/v1/session").await.expect(200);
    assert_eq!(session["unit"]["id"], json!(seeded.unit));
}

#[tokio::test]
async fn the_last_owner_of_a_unit_hands_it_over_first() {
    let world = World::start().await;
    let (seeded, phone, _) = one_order(&world, 126_500).await;
    world.tamper(&format!("DELETE FROM memberships WHERE account_id = '{}'", seeded.unit_account)).await;
    world.tamper(&format!("UPDATE memberships SET role = 'owner' WHERE account_id = '{}'", seeded.applicant)).await;
    let standing = world.get(&phone, "/api/v1/personal-data").await.ok();
    assert!(standing["deletion_obstacle"].as_str().unwrap().contains("移交"), "{standing}");
    let code = proof(&world, &phone).await;
    assert_eq!(world.post(&phone, "/api/v1/personal-data/deletion", code).await.refused(409), "deletion_not_possible");
}

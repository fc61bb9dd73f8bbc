//! 企业信息: what a unit keeps itself, what is reviewed, and qualifications that end.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::seed::Seeded;
use crate::staff_world::Desk;
use crate::uploads::photo;
use crate::world::{Phone, World};

const DAY_MS: i64 = 86_400_000;

/// A unit and the phone of its owner.
async fn owner(world: &World) -> (Seeded, Phone) {
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let phone = world.phone(&unit.unit_account, &unit.unit, "openid").await;
    (unit, phone)
}

async fn paper(world: &World, phone: &Phone) -> String {
    let form = Form::new()
        .text("purpose", "unit_paper")
        .part("file", Part::bytes(photo(40, 30)).file_name("证书.png").mime_str("image/png").unwrap());
    let request = world.http.post(format!("{}/api/v1/uploads/whole", world.base_url)).bearer_auth(&phone.token);
    let response = request.header("x-client", "h5-wechat").multipart(form).send().await.unwrap();
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    body["id"].as_str().unwrap().to_owned()
}

async fn decide(desk: &mut Desk, kind: &str, verdict: &str, opinion: &str) -> Value {
    let open = desk.get(&format!("/reviews?kind={kind}&state=open")).await;
    let id = open["items"][0]["id"].as_str().expect("a review").to_owned();
    let shown = desk.get(&format!("/reviews/{id}")).await;
    desk.post(&format!("/reviews/{id}/verdict"), json!({ "verdict": verdict, "opinion": opinion })).await;
    shown["subject"].clone()
}

/// What a unit says of itself, with the person responsible for safety.
pub fn own_fields() -> Value {
    json!({
        "unit_kind": "use", "district_code": "500103", "industry_code": "K", "phone": "023-8888 9999",
        "email": "office@example.com", "safety_manager": { "name": "李安全", "phone": "139 0000 0077" },
        "applicant": { "name": "王小明", "phone": "13900000001" },
    })
}

#[tokio::test]
async fn a_unit_keeps_its_contacts_itself_and_others_see_them_masked() {
    let world = World::start().await;
    let (unit, phone) = owner(&world).await;
    let path = "/api/v1/unit-profile";
    let kept = world.ask(&phone, Method::PUT, path, Some(own_fields())).await.ok();
    assert_eq!(kept["profile"]["safety_manager"]["phone"], "13900000077");
    assert_eq!(
        (kept["profile"]["phone"].as_str(), kept["profile"]["unit_kind_text"].as_str()),
        (Some("02388889999"), Some("使用单位"))
    );
    let safety = tejian::unit_profile::contact_phone(
        world.app.database.reader(),
        &unit.unit,
        tejian::unit_profile::ContactRole::SafetyManager,
    );
    assert_eq!(safety.await.unwrap().as_deref(), Some("13900000077"));
    let mut wrong = own_fields();
    wrong["applicant"] = json!({ "name": "王小明", "phone": "" });
    wrong["industry_code"] = json!("ZZ");
    let refused = world.ask(&phone, Method::PUT, path, Some(wrong)).await;
    assert!(refused.body["error"]["fields"]["applicant.phone"].is_string(), "{}", refused.body);
    assert_eq!(refused.refused(422), "profile_wrong");
    // Who only applies for the unit sees it, and changes nothing.
    let applicant = world.phone(&unit.applicant, &unit.unit, "other").await;
    let seen = world.get(&applicant, path).await.ok();
    assert_eq!(
        (seen["may_manage"].as_bool(), seen["profile"]["safety_manager"]["phone"].as_str()),
        (Some(false), Some("139****0077"))
    );
    let refused = world.ask(&applicant, Method::PUT, path, Some(own_fields())).await;
    assert_eq!(refused.refused(403), "role_may_not_manage");
}

#[tokio::test]
async fn key_fields_change_only_by_review() {
    let world = World::start().await;
    let (_, phone) = owner(&world).await;
    let proof = paper(&world, &phone).await;
    let change = json!({
        "name": "示例新名物业有限公司", "uscc": "91500000DEM0000145", "legal_rep": "赵新", "address": "渝中区新路 2 号",
        "reason": "工商变更", "proof_ids": [proof],
    });
    let asked = world.post(&phone, "/api/v1/unit-profile/changes", change.clone()).await.ok();
    assert_eq!(
        (asked["change"]["state"].as_str(), asked["profile"]["name"].as_str()),
        (Some("submitted"), Some("示例物业001有限公司"))
    );
    assert_eq!(world.post(&phone, "/api/v1/unit-profile/changes", change.clone()).await.refused(409), "change_open");
    let remove = world.ask(&phone, Method::DELETE, &format!("/api/v1/uploads/{proof}"), None).await;
    assert_eq!(remove.refused(409), "upload_in_use");
    let mut desk = world.staff("registrar", &[tejian::staff::Role::Registrar]).await;
    let subject = decide(&mut desk, "profile_change", "rejected", "请上传新执照").await;
    assert_eq!(subject["before"]["name"], "示例物业001有限公司");
    let after = world.get(&phone, "/api/v1/unit-profile").await.ok();
    assert_eq!(
        (after["change"]["state"].as_str(), after["change"]["opinion"].as_str()),
        (Some("rejected"), Some("请上传新执照"))
    );
    world.post(&phone, "/api/v1/unit-profile/changes", change).await.ok();
    decide(&mut desk, "profile_change", "approved", "").await;
    let after = world.get(&phone, "/api/v1/unit-profile").await.ok();
    assert_eq!(
        (after["profile"]["name"].as_str(), after["profile"]["legal_rep"].as_str()),
        (Some("示例新名物业有限公司"), Some("赵新"))
    );
    world.settle().await;
    let told = world.get(&phone, "/api/v1/messages").await.ok();
    assert_eq!(
        told["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "profile_change_decided").count(),
        2
    );
    // Nothing to change is nothing to review; another unit's code is not taken.
    let proof = paper(&world, &phone).await;
    let same = json!({
        "name": "示例新名物业有限公司", "uscc": "91500000DEM0000145", "legal_rep": "赵新", "address": "渝中区新路 2 号", "proof_ids": [proof],
    });
    assert_eq!(world.post(&phone, "/api/v1/unit-profile/changes", same).await.refused(422), "profile_wrong");
}

#[tokio::test]
async fn the_unit_desk_finds_a_unit_and_shows_who_acts_for_it() {
    let world = World::start().await;
    let (unit, phone) = owner(&world).await;
    world.ask(&phone, Method::PUT, "/api/v1/unit-profile", Some(own_fields())).await.ok();
    let mut desk = world.staff("service", &[tejian::staff::Role::CustomerService]).await;
    let found = desk.get("/units?q=%E7%89%A9%E4%B8%9A001&level=imported").await;
    assert_eq!(found["items"][0]["id"], unit.unit.as_str());
    assert_eq!(desk.get("/units?level=certified").await["items"], json!([]));
    let file = desk.get(&format!("/units/{}", unit.unit)).await;
    assert_eq!(file["members"][0]["role"], "owner");
    assert_eq!(file["members"][1]["login_masked"], "139****0001");
    assert_eq!(file["profile"]["safety_manager"]["phone"], "139****0077");
    let mut content = world.staff("content", &[tejian::staff::Role::ContentOperator]).await;
    assert_eq!(content.caller.get("/staff/v1/units").await.status, 403);
}

#[tokio::test]
async fn a_qualification_is_reviewed_reminded_of_and_ends() {
    let world = World::start().await;
    let (unit, phone) = owner(&world).await;
    let proof = paper(&world, &phone).await;
    let certificate = json!({
        "kind_code": "boiler", "certificate_no": "TS2110A01-2026", "valid_from": "2022-08-13", "valid_until": "2026-08-12",
        "proof_ids": [proof],
    });
    assert_eq!(
        world.post(&phone, "/api/v1/qualifications", certificate.clone()).await.refused(409),
        "unit_no_manufacturer"
    );
    world.tamper("UPDATE units SET level = 'manufacturer'").await;
    let mut lift = certificate.clone();
    lift["kind_code"] = json!("lift");
    assert_eq!(world.post(&phone, "/api/v1/qualifications", lift).await.refused(422), "qualification_wrong");
    world.post(&phone, "/api/v1/qualifications", certificate.clone()).await.ok();
    assert_eq!(world.post(&phone, "/api/v1/qualifications", certificate).await.refused(409), "qualification_open");
    let qualified = async |on: &str| {
        tejian::unit_profile::is_qualified(world.app.database.reader(), &unit.unit, "boiler", on).await.unwrap()
    };
    assert!(!qualified("2026-08-03").await, "nobody has looked at it");
    let mut desk = world.staff("registrar", &[tejian::staff::Role::Registrar]).await;
    let subject = decide(&mut desk, "qualification", "approved", "").await;
    assert_eq!(subject["qualification"]["kind_text"], "锅炉");
    assert!(qualified("2026-08-12").await && !qualified("2026-08-13").await);
    let told = async || {
        world.settle().await;
        let messages = world.get(&phone, "/api/v1/messages").await.ok();
        let expiring =
            messages["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "qualification_expiring");
        expiring.map(|item| item["body"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // Nine days are left: the reminders of 60 and 30 days are over, those of 7 and 0 days come.
    assert!(told().await.is_empty());
    world.clock.advance_ms(3 * DAY_MS);
    assert!(told().await[0].contains("还有 7 天"));
    world.clock.advance_ms(6 * DAY_MS);
    assert_eq!(told().await.len(), 2);
    world.clock.advance_ms(DAY_MS);
    assert!(told().await.iter().any(|body| body.contains("已于 2026年8月12日 到期")));
    let listed = world.get(&phone, "/api/v1/qualifications").await.ok();
    assert_eq!(listed["items"][0]["state"], "expired");
}

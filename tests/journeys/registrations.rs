//! 注册: the wizard behind the page, the review, papers, and those who try to cheat.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tejian::staff::Role;

use crate::agreements::{agree, somebody};
use crate::staff_world::Desk;
use crate::uploads::photo;
use crate::world::{Answer, Phone, World};

const CODE: &str = "91500000DEM0000145";
const OTHER_CODE: &str = "91500000DEM000030T";

/// Sends a paper of somebody's own.
pub async fn paper(world: &World, phone: &Phone, purpose: &str) -> String {
    let form = Form::new()
        .text("purpose", purpose.to_owned())
        .part("file", Part::bytes(photo(40, 30)).file_name("照片.png").mime_str("image/png").unwrap());
    let request = world.http.post(format!("{}/api/v1/uploads/whole", world.base_url)).bearer_auth(&phone.token);
    let response = request.header("x-client", "h5-wechat").multipart(form).send().await.unwrap();
    assert_eq!(response.status(), 201);
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    body["id"].as_str().unwrap().to_owned()
}

fn fields(kind: &str, code: &str, licence: &str, form: &str) -> Value {
    json!({
        "kind": kind, "uscc": code, "unit_name": "示例新注册物业有限公司", "unit_kind": "use", "district_code": "500103",
        "address": "渝中区示例路 1 号", "legal_rep": "张法人", "industry_code": "K", "registrant_name": "王小明",
        "email": "wang@example.com", "safety_manager_name": "李安全", "safety_manager_phone": "13900000077",
        "licence_ids": [licence], "form_ids": [form],
    })
}

async fn start(world: &World, phone: &Phone, kind: &str) -> String {
    let started = world.post(phone, "/api/v1/registrations", json!({ "kind": kind })).await.ok();
    started["id"].as_str().unwrap().to_owned()
}

async fn save(world: &World, phone: &Phone, id: &str, fields: Value) -> Answer {
    world.ask(phone, Method::PUT, &format!("/api/v1/registrations/{id}"), Some(fields)).await
}

async fn submit(world: &World, phone: &Phone, id: &str) -> Answer {
    world.post(phone, &format!("/api/v1/registrations/{id}/submit"), json!({})).await
}

const CONSENTS: [&str; 3] = ["registration", "enterprise_service", "personal_information"];

/// A certified registration that waits for its review.
async fn handed_in(world: &World, number: &str, code: &str) -> (Phone, String) {
    let phone = somebody(world, number).await;
    agree(world, &phone, &CONSENTS).await;
    let id = start(world, &phone, "certified").await;
    let (licence, form) =
        (paper(world, &phone, "business_licence").await, paper(world, &phone, "application_form").await);
    save(world, &phone, &id, fields("certified", code, &licence, &form)).await.ok();
    let handed = submit(world, &phone, &id).await.ok();
    assert_eq!(handed["state"], "submitted");
    (phone, id)
}

async fn review_of(desk: &mut Desk, id: &str) -> Value {
    let open = desk.get("/reviews?kind=registration").await;
    let found = open["items"].as_array().unwrap().iter().find(|review| review["subject_id"] == id).cloned();
    found.expect("a review")
}

async fn decide(desk: &mut Desk, id: &str, verdict: &str, opinion: &str) -> crate::caller::Reply {
    let review = review_of(desk, id).await;
    let path = format!("/reviews/{}/verdict", review["id"].as_str().unwrap());
    desk.try_post(&path, json!({ "verdict": verdict, "opinion": opinion })).await
}

#[tokio::test]
async fn a_certified_unit_is_reviewed_and_its_registrant_becomes_owner() {
    let world = World::start().await;
    let phone = somebody(&world, "13900000061").await;
    let id = start(&world, &phone, "certified").await;
    // The tap was doubled: the same draft.
    assert_eq!(start(&world, &phone, "certified").await, id);
    // Half a form is kept as it is …
    let half =
        json!({ "kind": "certified", "uscc": " 9150 0000 dem0000145", "unit_name": "示例新\u{200B}注册物业有限公司" });
    let kept = save(&world, &phone, &id, half).await.ok();
    assert_eq!((kept["uscc"].as_str(), kept["state"].as_str()), (Some(CODE), Some("draft")));
    assert_eq!(kept["unit_name"], "示例新注册物业有限公司");
    // … but not handed in, neither without consent nor without what is missing.
    assert_eq!(submit(&world, &phone, &id).await.refused(409), "consent_missing");
    agree(&world, &phone, &CONSENTS).await;
    let incomplete = submit(&world, &phone, &id).await;
    for field in ["address", "legal_rep", "industry_code", "registrant_name", "licence_ids", "form_ids"] {
        assert!(incomplete.body["error"]["fields"][field].is_string(), "{field}: {}", incomplete.body);
    }
    assert_eq!(incomplete.refused(422), "registration_incomplete");
    let (licence, form) =
        (paper(&world, &phone, "business_licence").await, paper(&world, &phone, "application_form").await);
    save(&world, &phone, &id, fields("certified", CODE, &licence, &form)).await.ok();
    let handed = submit(&world, &phone, &id).await.ok();
    assert_eq!(handed["state"], "submitted");
    // Monday plus three working days: the end of Thursday.
    assert_eq!(handed["due_at"], 1_785_722_400_000_i64 + 3 * 86_400_000 + 14 * 3_600_000 - 1_000);
    assert_eq!(submit(&world, &phone, &id).await.refused(409), "registration_submitted");
    let late = save(&world, &phone, &id, fields("certified", CODE, &licence, &form)).await;
    assert_eq!(late.refused(409), "registration_submitted");
    let remove = world.ask(&phone, Method::DELETE, &format!("/api/v1/uploads/{licence}"), None).await;
    assert_eq!(remove.refused(409), "upload_in_use");

    let mut desk = world.staff("registrar", &[Role::Registrar]).await;
    let review = review_of(&mut desk, &id).await;
    let shown = desk.get(&format!("/reviews/{}", review["id"].as_str().unwrap())).await;
    let subject = &shown["subject"]["registration"];
    assert_eq!(subject["safety_manager_phone"], "139****0077");
    assert!(subject["licences"][0]["url"].as_str().unwrap().starts_with("/files/uploads/"));
    decide(&mut desk, &id, "approved", "").await.expect(200);
    let done = world.get(&phone, &format!("/api/v1/registrations/{id}")).await.ok();
    assert_eq!(done["state"], "approved");
    let session = world.get(&phone, "/api/v1/session").await.ok();
    assert_eq!(session["units"][0]["role"], "owner", "{session}");
    assert_eq!(session["units"][0]["name"], "示例新注册物业有限公司");
    assert_eq!(world.number("SELECT COUNT(*) FROM units WHERE level = 'certified'").await, 1);
    world.settle().await;
    let told = "SELECT COUNT(*) FROM messages WHERE kind IN ('registration_submitted', 'registration_approved')";
    assert_eq!(world.number(told).await, 2);
}

#[tokio::test]
async fn a_unit_that_the_core_system_knows_is_joined_and_its_fees_are_seen() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", "13900000062").await;
    let (phone, id) = handed_in(&world, "13900000062", CODE).await;
    let mut desk = world.staff("registrar", &[Role::Registrar]).await;
    let review = review_of(&mut desk, &id).await;
    let shown = desk.get(&format!("/reviews/{}", review["id"].as_str().unwrap())).await;
    assert_eq!(shown["subject"]["known_unit"]["name"], "示例物业001有限公司");
    assert!(shown["subject"]["warnings"][0].as_str().unwrap().contains("单位名称"), "{shown}");
    decide(&mut desk, &id, "approved", "已核对").await.expect(200);
    let done = world.get(&phone, &format!("/api/v1/registrations/{id}")).await.ok();
    assert_eq!(done["unit_id"], seeded.unit.as_str());
    let session = world.get(&phone, "/api/v1/session").await.ok();
    assert_eq!(session["units"].as_array().unwrap().len(), 1, "no second unit: {session}");
    assert_eq!(
        (session["units"][0]["role"].as_str(), session["units"][0]["name"].as_str()),
        (Some("owner"), Some("示例物业001有限公司"))
    );
}

#[tokio::test]
async fn a_rejected_registration_says_why_and_is_handed_in_again_with_everything_kept() {
    let world = World::start().await;
    let (phone, id) = handed_in(&world, "13900000063", CODE).await;
    let mut desk = world.staff("registrar", &[Role::Registrar]).await;
    decide(&mut desk, &id, "rejected", "营业执照看不清").await.expect(200);
    let rejected = world.get(&phone, &format!("/api/v1/registrations/{id}")).await.ok();
    assert_eq!((rejected["state"].as_str(), rejected["opinion"].as_str()), (Some("rejected"), Some("营业执照看不清")));
    assert_eq!(rejected["licences"].as_array().unwrap().len(), 1);
    world.settle().await;
    let told = "SELECT COUNT(*) FROM messages WHERE kind = 'registration_rejected' AND body LIKE '%营业执照看不清%'";
    assert_eq!(world.number(told).await, 1, "told to somebody who has no unit yet");
    let (licence, form) = (paper(&world, &phone, "business_licence").await, &rejected["forms"][0]["id"]);
    save(&world, &phone, &id, fields("certified", CODE, &licence, form.as_str().unwrap())).await.ok();
    assert_eq!(submit(&world, &phone, &id).await.ok()["state"], "submitted");
    // Taken back once more while nobody has decided, and handed in a third time.
    let back = world.post(&phone, &format!("/api/v1/registrations/{id}/withdraw"), json!({})).await.ok();
    assert_eq!(back["state"], "draft");
    assert_eq!(submit(&world, &phone, &id).await.ok()["state"], "submitted");
    let review = desk.get("/reviews?kind=registration&state=open").await;
    assert_eq!(review["items"].as_array().unwrap().len(), 1);
    decide(&mut desk, &id, "approved", "").await.expect(200);
}

#[tokio::test]
async fn a_registration_is_taken_back_as_it_is_decided_its_review_first() {
    let (world, changes) = crate::credit::overheard().await;
    let (phone, id) = handed_in(&world, "13900000063", CODE).await;
    let rows = ["reviews", "registrations"];
    changes.first_of(rows);
    world.post(&phone, &format!("/api/v1/registrations/{id}/withdraw"), json!({})).await.ok();
    assert_eq!(changes.first_of(rows), Some("reviews"));
}

#[tokio::test]
async fn a_person_and_an_uncertified_unit_are_active_at_once_and_own_no_credit_code() {
    let world = World::start().await;
    let phone = somebody(&world, "13900000064").await;
    agree(&world, &phone, &CONSENTS).await;
    let id = start(&world, &phone, "person").await;
    save(&world, &phone, &id, json!({ "kind": "person", "registrant_name": "王小明" })).await.ok();
    assert_eq!(submit(&world, &phone, &id).await.ok()["state"], "approved");
    let session = world.get(&phone, "/api/v1/session").await.ok();
    assert_eq!(
        (session["units"][0]["name"].as_str(), session["units"][0]["role"].as_str()),
        (Some("王小明"), Some("owner"))
    );
    // Typing the code of somebody else's unit gives nothing of it.
    world.seed_unit("示例物业001有限公司", "13900000001").await;
    let unit = start(&world, &phone, "uncertified").await;
    let typed = json!({ "kind": "uncertified", "unit_name": "冒名物业", "unit_kind": "use", "district_code": "500103", "uscc": CODE, "registrant_name": "王小明" });
    save(&world, &phone, &unit, typed).await.ok();
    let active = submit(&world, &phone, &unit).await.ok();
    assert_eq!(active["state"], "approved");
    let made = active["unit_id"].as_str().unwrap();
    assert_eq!(
        world
            .number(&format!(
                "SELECT COUNT(*) FROM units WHERE id = '{made}' AND uscc IS NULL AND level = 'uncertified'"
            ))
            .await,
        1
    );
    // Later it is certified: the unit stays, with a level and a code. A draft about something else is not turned into it.
    let upgrade = json!({ "kind": "certified", "upgrade_unit_id": made });
    let other = start(&world, &phone, "person").await;
    let refused = world.post(&phone, "/api/v1/registrations", upgrade.clone()).await;
    assert_eq!(refused.refused(409), "draft_open");
    save(&world, &phone, &other, json!({ "kind": "person", "registrant_name": "王小明" })).await.ok();
    submit(&world, &phone, &other).await.ok();
    let upgrade = world.post(&phone, "/api/v1/registrations", upgrade).await.ok();
    assert_eq!(upgrade["unit_name"], "冒名物业", "what is known is filled in");
    let id = upgrade["id"].as_str().unwrap();
    let (licence, form) =
        (paper(&world, &phone, "business_licence").await, paper(&world, &phone, "application_form").await);
    save(&world, &phone, id, fields("certified", OTHER_CODE, &licence, &form)).await.ok();
    submit(&world, &phone, id).await.ok();
    let mut desk = world.staff("registrar", &[Role::Registrar]).await;
    decide(&mut desk, id, "approved", "").await.expect(200);
    assert_eq!(
        world
            .number(&format!(
                "SELECT COUNT(*) FROM units WHERE id = '{made}' AND uscc = '{OTHER_CODE}' AND level = 'certified'"
            ))
            .await,
        1
    );
}

#[tokio::test]
async fn nobody_makes_uncertified_units_without_end() {
    let world = World::start().await;
    let phone = somebody(&world, "13900000065").await;
    agree(&world, &phone, &CONSENTS).await;
    for round in 0..4 {
        let id = start(&world, &phone, "person").await;
        save(&world, &phone, &id, json!({ "kind": "person", "registrant_name": "王小明" })).await.ok();
        let answer = submit(&world, &phone, &id).await;
        if round < 3 {
            answer.ok();
        } else {
            assert_eq!(answer.refused(409), "too_many_registrations");
        }
    }
}

#[tokio::test]
async fn a_stranger_gets_neither_draft_nor_papers() {
    let world = World::start().await;
    let (owner, id) = handed_in(&world, "13900000066", CODE).await;
    let stranger = somebody(&world, "13900000067").await;
    let path = format!("/api/v1/registrations/{id}");
    assert_eq!(world.get(&stranger, &path).await.refused(404), "registration_not_found");
    assert_eq!(submit(&world, &stranger, &id).await.refused(404), "registration_not_found");
    let withdrawn = world.post(&stranger, &format!("{path}/withdraw"), json!({})).await;
    assert_eq!(withdrawn.refused(404), "registration_not_found");
    let form = world.post(&stranger, &format!("{path}/application-form"), json!({})).await;
    assert_eq!(form.refused(404), "registration_not_found");
    // The papers of another cannot be put into one's own registration, nor seen.
    let mine = start(&world, &stranger, "certified").await;
    let foreign = world.get(&owner, &path).await.ok()["licences"][0]["id"].as_str().unwrap().to_owned();
    let stolen = json!({ "kind": "certified", "licence_ids": [foreign] });
    assert_eq!(save(&world, &stranger, &mine, stolen).await.refused(422), "proof_not_ready");
    assert_eq!(world.get(&stranger, &format!("/api/v1/uploads/{foreign}")).await.refused(404), "upload_not_found");
    // A paper of another purpose does not count either.
    let licence = paper(&world, &stranger, "business_licence").await;
    let swapped = json!({ "kind": "certified", "form_ids": [licence] });
    assert_eq!(save(&world, &stranger, &mine, swapped).await.refused(422), "proof_not_ready");
    assert_eq!(world.get(&stranger, "/api/v1/registrations").await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn of_two_who_register_one_unit_only_one_becomes_its_owner() {
    let world = World::start().await;
    let (first, one) = handed_in(&world, "13900000068", CODE).await;
    let (_, two) = handed_in(&world, "13900000069", CODE).await;
    let mut desk = world.staff("registrar", &[Role::Registrar]).await;
    let mut other = world.staff("registrar2", &[Role::Registrar]).await;
    let review = review_of(&mut desk, &one).await;
    let shown = desk.get(&format!("/reviews/{}", review["id"].as_str().unwrap())).await;
    assert!(
        shown["subject"]["warnings"].as_array().unwrap().iter().any(|text| text.as_str().unwrap().contains("其他申请"))
    );
    let claim = format!("/reviews/{}/claim", review["id"].as_str().unwrap());
    desk.post(&claim, json!({})).await;
    // Two reviewers at one desk: the second one is told who is at it.
    decide(&mut other, &one, "approved", "").await.refused(409, "review_claimed");
    decide(&mut desk, &one, "approved", "").await.expect(200);
    decide(&mut other, &two, "approved", "").await.refused(409, "unit_registered");
    decide(&mut other, &two, "rejected", "该单位已注册").await.expect(200);
    assert_eq!(world.number("SELECT COUNT(*) FROM memberships WHERE role = 'owner'").await, 1);
    assert_eq!(world.get(&first, "/api/v1/session").await.ok()["units"][0]["role"], "owner");
    // Whoever comes later learns so while typing, and not who it is.
    let late = somebody(&world, "13900000070").await;
    let check = world.get(&late, &format!("/api/v1/registrations/code-check?q={CODE}")).await.ok();
    assert_eq!(check["standing"], "registered");
    assert!(check.get("unit_name").is_none() && !check.to_string().contains("王小明"), "{check}");
}

#[tokio::test]
async fn credit_codes_cannot_be_tried_one_after_another() {
    let world = World::start_with(|config| config.registration.code_checks_per_account_per_hour = 3).await;
    let phone = somebody(&world, "13900000071").await;
    let check = |code: &'static str| format!("/api/v1/registrations/code-check?q={code}");
    let free = world.get(&phone, &check(CODE)).await.ok();
    assert_eq!((free["standing"].as_str(), free["district_code"].as_str()), (Some("free"), None));
    // A typing error costs nothing.
    for _ in 0..5 {
        assert_eq!(world.get(&phone, &check("91500000DEM0000146")).await.ok()["standing"], "wrong");
    }
    world.seed_unit("示例物业001有限公司", "13900000001").await;
    let known = world.get(&phone, &check(CODE)).await.ok();
    assert_eq!((known["standing"].as_str(), known["unit_name"].as_str()), (Some("known"), Some("示例物业001有限公司")));
    world.get(&phone, &check(OTHER_CODE)).await.ok();
    assert_eq!(world.get(&phone, &check(OTHER_CODE)).await.refused(429), "checks_too_often");
    world.clock.advance_ms(3_600_000);
    world.get(&phone, &check(OTHER_CODE)).await.ok();
}

#[tokio::test]
async fn a_login_name_belongs_to_one_and_a_password_is_set_once() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", "13900000001").await;
    let sign_up = async |number: &str, login: &str| {
        let phone = somebody(&world, number).await;
        agree(&world, &phone, &CONSENTS).await;
        let id = start(&world, &phone, "person").await;
        let typed = json!({ "kind": "person", "registrant_name": "王小明", "login_name": login });
        save(&world, &phone, &id, typed).await.ok();
        let (path, password) = (format!("/api/v1/registrations/{id}/submit"), json!({ "password": "lift2026ok" }));
        if number == "13900000072" && login.is_empty() {
            return (world.post(&phone, &path, password).await, phone);
        }
        // A session that is merely there gives no password to the account; one that began with a code does.
        if login.contains('.') {
            assert_eq!(world.post(&phone, &path, password.clone()).await.refused(422), "password_needs_phone");
        }
        let mut proved = world.visitor();
        world.sign_in_by_sms(&mut proved, number).await;
        let reply = proved.post(&path, &password).await;
        let body = serde_json::from_slice(&reply.bytes).unwrap();
        (Answer { status: reply.status, body }, phone)
    };
    sign_up("13900000072", "wang.xm").await.0.ok();
    let body = json!({ "login": "wang.xm", "password": "lift2026ok" });
    let request = world.http.post(format!("{}/api/v1/session/password", world.base_url)).json(&body);
    let entered = request.header("x-requested-with", "tejian").send().await.unwrap();
    assert_eq!(entered.status(), 200);
    assert_eq!(sign_up("13900000073", "wang.xm").await.0.refused(409), "login_name_taken");
    assert_eq!(sign_up("13900000074", "13900000001").await.0.refused(422), "registration_incomplete");
    let (again, phone) = sign_up("13900000072", "").await;
    assert_eq!(again.refused(422), "password_set_already");
    let check = world.get(&phone, "/api/v1/registrations/login-check?q=wang.xm").await.ok();
    assert_eq!(check["free"], true, "his own");
}

#[tokio::test]
async fn a_unit_account_is_sent_to_the_phone_first() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let phone = world.phone(&unit.unit_account, &unit.unit, "openid").await;
    let answer = world.post(&phone, "/api/v1/registrations", json!({ "kind": "certified" })).await;
    assert_eq!(answer.refused(409), "phone_needed");
}

#[tokio::test]
async fn the_form_is_a_pdf_behind_a_link_that_ends() {
    let world = World::start().await;
    let (phone, id) = handed_in(&world, "13900000075", CODE).await;
    let link = world.post(&phone, &format!("/api/v1/registrations/{id}/application-form"), json!({})).await.ok();
    let url = format!("{}{}", world.base_url, link["url"].as_str().unwrap());
    let file = world.http.get(&url).send().await.unwrap();
    assert_eq!(file.headers()["content-type"], "application/pdf");
    assert!(file.bytes().await.unwrap().starts_with(b"%PDF"));
    assert_eq!(
        world.http.get(url.replace("registration-forms/7b", "registration-forms/7c")).send().await.unwrap().status(),
        404
    );
    world.clock.advance_ms(11 * 60_000);
    assert_eq!(world.http.get(&url).send().await.unwrap().status(), 410);
}

async fn scan(desk: &mut Desk) -> String {
    let mut body = b"--part\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\npaper_scan\r\n--part\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"scan.png\"\r\nContent-Type: image/png\r\n\r\n"
        .to_vec();
    body.extend(photo(40, 30));
    body.extend(b"\r\n--part--\r\n");
    let form = Some("multipart/form-data; boundary=part");
    let upload = desk.caller.send(Method::POST, "/staff/v1/uploads/whole", form, body).await.expect(201);
    assert_eq!(upload["state"], "ready", "{upload}");
    upload["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn paper_is_entered_by_one_and_decided_by_another() {
    let world = World::start().await;
    let mut counter = world.staff("counter", &[Role::Registrar]).await;
    let mut paper = fields("certified", CODE, "", "");
    for key in ["licence_ids", "form_ids"] {
        paper.as_object_mut().unwrap().remove(key);
    }
    paper["phone"] = json!("139 0000 0076");
    paper["received_by"] = json!("post");
    paper["paper_ids"] = json!([]);
    counter.try_post("/registrations", paper.clone()).await.refused(422, "registration_incomplete");
    paper["paper_ids"] = json!([scan(&mut counter).await]);
    let entered = counter.post("/registrations", paper.clone()).await;
    assert_eq!((entered["state"].as_str(), entered["received_by_text"].as_str()), (Some("submitted"), Some("邮寄")));
    let id = entered["id"].as_str().unwrap();
    decide(&mut counter, id, "approved", "").await.refused(403, "four_eyes");
    let mut registrar = world.staff("registrar", &[Role::Registrar]).await;
    decide(&mut registrar, id, "approved", "").await.expect(200);
    // The applicant finds his unit when he signs in with his phone.
    let phone = somebody(&world, "13900000076").await;
    let session = world.get(&phone, "/api/v1/session").await.ok();
    assert_eq!(session["units"][0]["role"], "owner", "{session}");
    assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'registration.entered'").await, 1);
    // Somebody without the desk enters nothing.
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    assert_eq!(cashier.try_post("/registrations", paper).await.status, 403);
}

#[tokio::test]
async fn a_unit_that_registered_first_is_recognised_when_the_core_system_brings_it() {
    let world = World::start().await;
    let (phone, id) = handed_in(&world, "13900000078", CODE).await;
    let mut desk = world.staff("registrar", &[Role::Registrar]).await;
    decide(&mut desk, &id, "approved", "").await.expect(200);
    let template = include_str!("../../config/import-template.csv");
    let rows: Vec<&str> = template.lines().take(2).collect();
    let file = std::env::temp_dir().join(format!("{}.csv", foundation::ids::new_id_text("rows")));
    std::fs::write(&file, rows.join("\n").replace("91500000DEM009019M", CODE)).unwrap();
    let summary = tejian::imports::import_file(&world.app, &file, |_| ()).await.expect("a file");
    std::fs::remove_file(&file).unwrap();
    assert_eq!((summary.rows.new, summary.rows.rejected), (1, 0));
    // One unit on both sides: its owner sees the fee that came.
    let session = world.get(&phone, "/api/v1/session").await.ok();
    assert_eq!(session["units"].as_array().unwrap().len(), 1, "{session}");
    let unit = json!({ "unit_id": session["units"][0]["id"] });
    world.ask(&phone, Method::PUT, "/api/v1/session/unit", Some(unit)).await.ok();
    let fees = world.get(&phone, "/api/v1/fees").await.ok();
    assert_eq!(fees["items"].as_array().unwrap().len(), 1, "{fees}");
    assert_eq!(world.number("SELECT COUNT(*) FROM units").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM units WHERE level = 'certified' AND external_id = 'U901'").await, 1);
}

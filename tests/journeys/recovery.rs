//! Back in without the password, and another phone for an account.

use reqwest::Method;
use serde_json::{Value, json};

use crate::caller::{Caller, Reply};
use crate::guest::solve;
use crate::identity::sub_account;
use crate::members::person;
use crate::registrations::paper;
use crate::seed::Class;
use crate::world::{Answer, Phone, World};

const PHONE: &str = "13900000001";
const OLD: &str = "tejian-2026";
const NEW: &str = "another-2027";
const DAY_MS: i64 = 86_400_000;

/// A question for people, answered.
pub async fn answered(caller: &mut Caller) -> Value {
    let captcha = caller.post("/api/v1/captcha?in_words=true", &json!({})).await.expect(200);
    let answer = solve(captcha["question_text"].as_str().unwrap()).to_string();
    json!({ "captcha_id": captcha["captcha_id"], "captcha_answer": answer })
}

/// Signs in by password; `with_answer`: a question for people is answered first.
pub async fn by_password(caller: &mut Caller, login: &str, password: &str, with_answer: bool) -> Reply {
    let captcha = if with_answer { answered(caller).await } else { Value::Null };
    let body = json!({ "login": login, "password": password, "captcha": captcha });
    caller.post("/api/v1/session/password", &body).await
}

/// Gives the account of a phone a password.
pub async fn with_password(world: &World, phone: &str, password: &str) {
    let mut caller = world.visitor();
    caller.post("/api/v1/recovery/code", &json!({ "phone": phone })).await.expect(202);
    let code = world.sms_code(phone);
    let body = json!({ "phone": phone, "code": code, "new_password": password });
    caller.post("/api/v1/recovery/password", &body).await.expect(204);
    world.clock.advance_ms(3_600_000);
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_a_code_which_ends_sessions_and_unlocks() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", PHONE).await;
    with_password(&world, PHONE, OLD).await;
    let elsewhere = world.phone(&seeded.applicant, &seeded.unit, "elsewhere").await;
    let mut visitor = world.visitor();
    by_password(&mut visitor, PHONE, "wrong-0001", false).await.refused(401, "bad_credentials");
    for number in 2..6 {
        by_password(&mut visitor, PHONE, &format!("wrong-000{number}"), true).await.refused(401, "bad_credentials");
    }
    by_password(&mut visitor, PHONE, OLD, true).await.refused(423, "account_locked");
    visitor.post("/api/v1/recovery/code", &json!({ "phone": PHONE })).await.expect(202);
    let code = world.sms_code(PHONE);
    let body = |code: &str, password: &str| json!({ "phone": PHONE, "code": code, "new_password": password });
    visitor.post("/api/v1/recovery/password", &body(&code, "short")).await.refused(422, "password_too_weak");
    // A code of one purpose opens nothing else, and a code works once.
    let sign_in = json!({ "phone": PHONE, "code": code });
    visitor.post("/api/v1/session/sms", &sign_in).await.refused(401, "bad_code");
    visitor.post("/api/v1/recovery/password", &body(&code, NEW)).await.expect(204);
    visitor.post("/api/v1/recovery/password", &body(&code, OLD)).await.refused(401, "bad_code");
    assert_eq!(world.get(&elsewhere, "/api/v1/session").await.ok()["signed_in"], false);
    by_password(&mut visitor, PHONE, OLD, true).await.refused(401, "bad_credentials");
    by_password(&mut visitor, PHONE, NEW, true).await.expect(200);
}

#[tokio::test]
async fn a_question_for_people_is_asked_after_the_first_wrong_password_and_each_answer_works_once() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    with_password(&world, PHONE, OLD).await;
    for login in [PHONE, "13900000088"] {
        let mut visitor = Caller::browser(&world.base_url);
        visitor.put_header("x-device", &format!("device{}0123456789", &login[9..]));
        let first = by_password(&mut visitor, login, "wrong-0001", false).await.refused(401, "bad_credentials");
        assert_eq!(first["details"]["captcha_needed"], true);
        by_password(&mut visitor, login, "wrong-0002", false).await.refused(422, "captcha_needed");
        let answer = answered(&mut visitor).await;
        let body = json!({ "login": login, "password": "wrong-0003", "captcha": answer });
        visitor.post("/api/v1/session/password", &body).await.refused(401, "bad_credentials");
        visitor.post("/api/v1/session/password", &body).await.refused(422, "captcha_wrong");
    }
    // Refused for want of an answer is not a try: nobody locks other people out by program.
    let mut program = world.visitor();
    for _ in 0..20 {
        by_password(&mut program, PHONE, "wrong-0009", false).await.refused(422, "captcha_needed");
    }
    by_password(&mut program, PHONE, OLD, true).await.expect(200);
}

#[tokio::test]
async fn a_security_question_opens_with_its_answer_and_closes_after_three_wrong_ones() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", PHONE).await;
    let phone = world.phone(&seeded.applicant, &seeded.unit, "one").await;
    let choices = world.get(&phone, "/api/v1/security-question").await.ok();
    assert_eq!(choices["question"], Value::Null);
    let question = choices["choices"][2].clone();
    let set = |proof: Value| json!({ "question": question, "answer": "Wang Xiaoming ", "proof": proof });
    let put = |body: Value| world.ask(&phone, Method::PUT, "/api/v1/security-question", Some(body));
    assert_eq!(put(set(json!({}))).await.refused(403), "proof_needed");
    world.post(&phone, "/api/v1/proofs/code", json!({})).await.ok();
    assert_eq!(put(set(json!({ "code": world.sms_code(PHONE) }))).await.status, 204);
    assert_eq!(world.number("SELECT COUNT(*) FROM security_questions WHERE answer_hash LIKE '$argon2id%'").await, 1);
    let mut visitor = world.visitor();
    let ask = json!({ "login": PHONE, "captcha": answered(&mut visitor).await });
    assert_eq!(visitor.post("/api/v1/recovery/question", &ask).await.expect(200)["question"], question);
    let answer = async |visitor: &mut Caller, login: &str, text: &str| {
        let captcha = answered(visitor).await;
        let body = json!({ "login": login, "answer": text, "new_password": NEW, "captcha": captcha });
        visitor.post("/api/v1/recovery/answer", &body).await
    };
    answer(&mut visitor, PHONE, "wang xiaohong").await.refused(401, "answer_wrong");
    answer(&mut visitor, PHONE, "ＷＡＮＧxiaoming").await.expect(204);
    assert_eq!(world.get(&phone, "/api/v1/session").await.ok()["signed_in"], false);
    by_password(&mut visitor, PHONE, NEW, false).await.expect(200);
    // Known and unknown: the same question each time, the same refusals, the same lock.
    let mut seen = Vec::new();
    for login in [PHONE, "13900000066"] {
        let mut visitor = world.visitor();
        let mut asked = Vec::new();
        for _ in 0..2 {
            let ask = json!({ "login": login, "captcha": answered(&mut visitor).await });
            asked.push(visitor.post("/api/v1/recovery/question", &ask).await.expect(200)["question"].clone());
        }
        assert!(asked[0].is_string() && asked[0] == asked[1], "{asked:?}");
        let mut codes = Vec::new();
        for _ in 0..5 {
            codes.push(answer(&mut visitor, login, "不知道").await.error_code());
        }
        seen.push(codes);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].iter().filter(|code| *code == "answer_wrong").count(), 3, "{seen:?}");
    answer(&mut visitor, PHONE, "wang xiaoming").await.refused(423, "answer_locked");
    world.clock.advance_ms(86_400_000);
    answer(&mut visitor, PHONE, "wang xiaoming").await.expect(204);
}

#[tokio::test]
async fn a_question_that_a_password_alone_has_set_ends_with_that_password() {
    let world = World::start().await;
    let (owner, made, mut sub) = sub_account(&world).await;
    let (login, first) = (made["login_name"].as_str().unwrap(), made["password"].as_str().unwrap());
    let change = |from: &str, to: &str| json!({ "current_password": from, "new_password": to });
    sub.post("/api/v1/password", &change(first, OLD)).await.expect(204);
    let question = sub.get("/api/v1/security-question").await.expect(200)["choices"][2].clone();
    let keep = |password: &str| json!({ "question": question, "answer": "王小明", "proof": { "password": password } });
    let by_answer = async |visitor: &mut Caller| {
        let captcha = answered(visitor).await;
        let body = json!({ "login": login, "answer": "王小明", "new_password": "third-2028", "captcha": captcha });
        visitor.post("/api/v1/recovery/answer", &body).await
    };
    let mut thief = world.visitor();
    sub.json(Method::PUT, "/api/v1/security-question", &keep(OLD)).await.expect(204);
    sub.post("/api/v1/password", &change(OLD, NEW)).await.expect(204);
    assert_eq!(sub.get("/api/v1/security-question").await.expect(200)["question"], Value::Null);
    by_answer(&mut thief).await.refused(401, "answer_wrong");
    // The same where somebody else gives the next password.
    sub.json(Method::PUT, "/api/v1/security-question", &keep(NEW)).await.expect(204);
    let path = format!("/api/v1/sub-accounts/{}/password", made["id"].as_str().unwrap());
    world.post(&owner, &path, json!({})).await.ok();
    by_answer(&mut thief).await.refused(401, "answer_wrong");
}

#[tokio::test]
async fn a_phone_is_changed_by_both_codes_and_what_carries_the_old_one_stays_in_sight() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", PHONE).await;
    world.seed_fees(&seeded, Class::Nontax, &[100]).await;
    let phone = world.phone(&seeded.applicant, &seeded.unit, "one").await;
    let elsewhere = world.phone(&seeded.applicant, &seeded.unit, "two").await;
    let new = "13900000044";
    // Somebody signed in with the new phone once and never used it.
    let shell = person(&world, new).await;
    world.post(&phone, "/api/v1/phone-changes/code", json!({ "phone": new })).await.ok();
    let new_code = world.sms_code(new);
    world.post(&phone, "/api/v1/proofs/code", json!({})).await.ok();
    let code = world.sms_code(PHONE);
    let body = json!({ "phone": new, "new_code": new_code, "proof": { "code": code } });
    let wrong = json!({ "phone": new, "new_code": code, "proof": { "code": new_code } });
    assert_eq!(world.post(&phone, "/api/v1/phone-changes/by-old-phone", wrong).await.refused(401), "bad_code");
    let session = world.post(&phone, "/api/v1/phone-changes/by-old-phone", body.clone()).await.ok();
    assert_eq!(session["account"]["phone_masked"], "139****0044");
    assert_eq!(world.post(&phone, "/api/v1/phone-changes/by-old-phone", body).await.refused(401), "bad_code");
    assert_eq!(world.get(&phone, "/api/v1/fees").await.ok()["total"]["count"], 1, "the old phone still counts");
    for gone in [&elsewhere, &shell] {
        assert_eq!(world.get(gone, "/api/v1/session").await.ok()["signed_in"], false);
    }
    world.settle().await;
    let told = world.get(&phone, "/api/v1/messages").await.ok();
    assert_eq!(told["items"][0]["kind"], "phone_changed", "{told}");
    let to_old = world.wechat.sms(PHONE).pop().expect("the old phone is told");
    assert!(to_old.text.contains("139****0044"), "{}", to_old.text);
    // Somebody else gets the old number from the phone company: it shows him nothing, and no longer counts here.
    let mut next = world.visitor();
    world.clock.advance_ms(3_600_000);
    world.sign_in_by_sms(&mut next, PHONE).await;
    assert_eq!(next.get("/api/v1/session").await.expect(200)["units"], json!([]));
    assert_eq!(world.get(&phone, "/api/v1/fees").await.ok()["total"]["count"], 0);
}

#[tokio::test]
async fn a_phone_that_is_in_use_is_not_taken_from_its_account() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", PHONE).await;
    world.seed_unit("另一家单位", "13900000044").await;
    let phone = world.phone(&seeded.applicant, &seeded.unit, "one").await;
    world.post(&phone, "/api/v1/phone-changes/code", json!({ "phone": "13900000044" })).await.ok();
    let new_code = world.sms_code("13900000044");
    world.post(&phone, "/api/v1/proofs/code", json!({})).await.ok();
    let body = json!({ "phone": "13900000044", "new_code": new_code, "proof": { "code": world.sms_code(PHONE) } });
    assert_eq!(world.post(&phone, "/api/v1/phone-changes/by-old-phone", body).await.refused(409), "phone_taken");
    assert_eq!(world.get(&phone, "/api/v1/session").await.ok()["account"]["phone_masked"], "139****0001");
}

/// A colleague asks the administrators of his unit for a new phone.
async fn asked_for(world: &World, phone: &Phone, new: &str) -> Answer {
    world.post(phone, "/api/v1/phone-changes/code", json!({ "phone": new })).await.ok();
    let body = json!({ "phone": new, "new_code": world.sms_code(new) });
    world.post(phone, "/api/v1/phone-changes", body).await
}

#[tokio::test]
async fn an_administrator_confirms_a_colleagues_new_phone_and_nobody_his_own() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", PHONE).await;
    world.seed_fees(&seeded, Class::Nontax, &[100]).await;
    let phone = world.phone(&seeded.applicant, &seeded.unit, "one").await;
    let owner = world.phone(&seeded.unit_account, &seeded.unit, "owner").await;
    assert_eq!(asked_for(&world, &phone, "13900000044").await.refused(403), "unit_may_not_confirm");
    world.clock.advance_ms(7 * DAY_MS);
    let asked = asked_for(&world, &phone, "13900000044").await.ok();
    let path = format!("/api/v1/member-phone-changes/{}", asked["id"].as_str().unwrap());
    let yes = json!({ "confirmed": true });
    assert_eq!(world.post(&phone, &path, yes.clone()).await.refused(403), "role_may_not_manage");
    let waiting = world.get(&owner, "/api/v1/member-phone-changes").await.ok();
    assert_eq!(waiting["items"][0]["new_phone_masked"], "139****0044");
    assert_eq!(world.post(&owner, &path, yes.clone()).await.status, 204);
    assert_eq!(world.post(&owner, &path, yes).await.refused(409), "phone_change_decided");
    // The old phone hears of it at once, and has a day to object.
    world.settle().await;
    let told = world.wechat.sms(PHONE).pop().expect("the old phone is told");
    assert!(told.text.contains("139****0044") && told.text.contains("停止"), "{}", told.text);
    assert_eq!(world.get(&phone, "/api/v1/session").await.ok()["account"]["phone_masked"], "139****0001");
    world.pass_minutes(24 * 60).await;
    let mut browser = world.visitor();
    world.sign_in_by_sms(&mut browser, "13900000044").await;
    let session = browser.get("/api/v1/session").await.expect(200);
    assert_eq!(session["unit"]["id"], json!(seeded.unit), "the same person, in the same unit");
    // A colleague's word does not reach back: what carries the old phone is for staff to approve.
    assert_eq!(session["unit"]["payable_count"], 0);
}

#[tokio::test]
async fn the_old_phone_stops_a_change_that_was_confirmed_and_a_unit_speaks_for_nobody_elses_people() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", PHONE).await;
    world.clock.advance_ms(7 * DAY_MS);
    let phone = world.phone(&seeded.applicant, &seeded.unit, "one").await;
    let owner = world.phone(&seeded.unit_account, &seeded.unit, "owner").await;
    let asked = asked_for(&world, &phone, "13900000044").await.ok();
    let path = format!("/api/v1/member-phone-changes/{}", asked["id"].as_str().unwrap());
    assert_eq!(world.post(&owner, &path, json!({ "confirmed": true })).await.status, 204);
    let mut holder = world.visitor();
    world.sign_in_by_sms(&mut holder, PHONE).await;
    let mine = holder.get("/api/v1/phone-changes").await.expect(200);
    assert!(mine["waiting"]["due_at"].is_i64(), "{mine}");
    let stop = format!("/api/v1/phone-changes/{}", asked["id"].as_str().unwrap());
    holder.json(Method::DELETE, &stop, &json!({})).await.expect(204);
    holder.json(Method::DELETE, &stop, &json!({})).await.refused(409, "phone_change_decided");
    world.pass_minutes(25 * 60).await;
    assert_eq!(holder.get("/api/v1/session").await.expect(200)["account"]["phone_masked"], "139****0001");
    // A unit that anybody could have made confirms nothing.
    world.clock.advance_ms(3_600_000);
    world.tamper(&format!("UPDATE units SET level = 'uncertified' WHERE id = '{}'", seeded.unit)).await;
    assert_eq!(asked_for(&world, &phone, "13900000044").await.refused(403), "unit_may_not_confirm");
    world.tamper(&format!("UPDATE units SET level = 'imported' WHERE id = '{}'", seeded.unit)).await;
    // Nor one of several: it would open the others. Also when he joined the other only after it was confirmed.
    world.clock.advance_ms(3_600_000);
    let asked = asked_for(&world, &phone, "13900000044").await.ok();
    let path = format!("/api/v1/member-phone-changes/{}", asked["id"].as_str().unwrap());
    assert_eq!(world.post(&owner, &path, json!({ "confirmed": true })).await.status, 204);
    world.seed_unit("另一家单位", PHONE).await;
    world.pass_minutes(25 * 60).await;
    assert_eq!(holder.get("/api/v1/session").await.expect(200)["account"]["phone_masked"], "139****0001");
    assert_eq!(world.number("SELECT COUNT(*) FROM phone_changes WHERE state = 'void'").await, 1);
    assert_eq!(asked_for(&world, &phone, "13900000044").await.refused(403), "unit_may_not_confirm");
}

#[tokio::test]
async fn papers_that_staff_approve_give_an_account_its_new_phone_and_the_fresh_one_is_closed() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", PHONE).await;
    world.seed_fees(&seeded, Class::Nontax, &[100]).await;
    // The old phone is lost and nobody is signed in: only a fresh account under the new phone is left.
    let fresh = person(&world, "13900000044").await;
    let paper = paper(&world, &fresh, "phone_proof").await;
    let claim = json!({ "old_phone": PHONE, "phone": "13900000044", "proof_ids": [paper], "note": "手机丢了" });
    let nothing = json!({ "old_phone": PHONE, "phone": "13900000044", "proof_ids": [], "note": "" });
    let path = "/api/v1/phone-changes/by-proof";
    assert_eq!(world.post(&fresh, path, nothing).await.refused(422), "bad_phone_claim");
    world.post(&fresh, path, claim.clone()).await.ok();
    assert_eq!(world.post(&fresh, path, claim).await.refused(409), "phone_change_waiting");
    let mut desk = world.staff("kefu", &[tejian::staff::Role::CustomerService]).await;
    let queue = desk.get("/reviews?kind=phone_change").await;
    let review = desk.get(&format!("/reviews/{}", queue["items"][0]["id"].as_str().unwrap())).await;
    let shown = &review["subject"]["phone_change"];
    assert_eq!((&shown["account_id"], &shown["asked_from_new_phone"]), (&json!(seeded.applicant), &json!(true)));
    assert!(!review.to_string().contains(PHONE), "{review}");
    let id = review["id"].as_str().unwrap();
    desk.post(&format!("/reviews/{id}/claim"), json!({})).await;
    let verdict = format!("/reviews/{id}/verdict");
    let approved = json!({ "verdict": "approved", "opinion": "与执照一致" });
    world.clock.advance_ms(30 * 60_000);
    desk.try_post(&verdict, approved.clone()).await.refused(403, "step_up_needed");
    desk.step_up(&world).await;
    desk.try_post(&verdict, json!({ "verdict": "approved", "opinion": "" })).await.refused(422, "opinion_missing");
    desk.post(&verdict, approved).await;
    world.settle().await;
    // The account that changed hears of it, under both numbers; the shell it was asked from is closed.
    let told =
        format!("SELECT COUNT(*) FROM messages WHERE kind = 'phone_changed' AND account_id = '{}'", seeded.applicant);
    assert_eq!(world.number(&told).await, 1);
    for number in [PHONE, "13900000044"] {
        assert!(world.wechat.sms(number).iter().any(|sms| sms.text.contains("139****0044")), "{number}");
    }
    assert_eq!(world.get(&fresh, "/api/v1/session").await.ok()["signed_in"], false);
    let mut browser = world.visitor();
    world.sign_in_by_sms(&mut browser, "13900000044").await;
    let session = browser.get("/api/v1/session").await.expect(200);
    assert_eq!(session["account"]["id"], json!(seeded.applicant));
    assert_eq!(session["unit"]["payable_count"], 1, "the same person: what carries the old phone stays in sight");
}

//! Who one is cannot be taken by others: names of units, places in a unit, WeChat bindings, new phones.

use std::path::PathBuf;

use reqwest::Method;
use serde_json::{Value, json};
use tejian::imports::{ImportSummary, import_file};
use tejian::staff::Role;

use crate::agreements::{agree, somebody};
use crate::caller::Caller;
use crate::members::person;
use crate::recovery::{answered, by_password, with_password};
use crate::world::{Phone, World};

const HEADER: &str = "unit_id,unit_name,unit_login,applicant_name,applicant_phone,device_name,registration_code,report_no,issued_on,fee_id,amount,receipt_class,payee_code,payee_name,payee_bank_name,payee_bank_account";

fn line(unit: &str, login: &str, number: u32) -> String {
    format!(
        "{unit},示例物业{unit}有限公司,{login},测试一号,13900000001,乘客电梯,3110500112201603{number:04},DT-{number:07},\
         2026-07-10,F{number:07},605.00,非税,P1,示例特检院,示例银行,0011223344556677"
    )
}

/// Imports rows as the operator at the command line does.
async fn import(world: &World, lines: &[String]) -> ImportSummary {
    let path: PathBuf = std::env::temp_dir().join(format!("{}.csv", foundation::ids::new_id_text("rows")));
    std::fs::write(&path, format!("{HEADER}\n{}\n", lines.join("\n"))).unwrap();
    let summary = import_file(&world.app, &path, |_| {}).await.unwrap();
    std::fs::remove_file(path).unwrap();
    summary
}

async fn units_of(world: &World, phone: &Phone) -> usize {
    world.get(phone, "/api/v1/session").await.ok()["units"].as_array().unwrap().len()
}

#[tokio::test]
async fn nobody_becomes_owner_of_a_unit_by_choosing_its_login_name_first() {
    let world = World::start().await;
    let squatter = somebody(&world, "13900000071").await;
    agree(&world, &squatter, &["registration", "personal_information"]).await;
    let check = world.get(&squatter, "/api/v1/registrations/login-check?q=U021").await.ok();
    assert_eq!(check["free"], false, "{check}");
    let started = world.post(&squatter, "/api/v1/registrations", json!({ "kind": "person" })).await.ok();
    let path = format!("/api/v1/registrations/{}", started["id"].as_str().unwrap());
    let typed = json!({ "kind": "person", "registrant_name": "王小明", "login_name": "U021" });
    world.ask(&squatter, Method::PUT, &path, Some(typed)).await.ok();
    let handed_in = world.post(&squatter, &format!("{path}/submit"), json!({})).await;
    assert_eq!(handed_in.refused(422), "registration_incomplete");
    // One who had chosen the name before this was refused does not become owner either: the row is told instead.
    let legacy = format!("UPDATE accounts SET login_name = 'U021' WHERE id = '{}'", squatter.account);
    world.tamper(&legacy).await;
    let summary = import(&world, &[line("U021", "", 1), line("U022", "", 2), line("U023", "wang.xm", 3)]).await;
    assert_eq!((summary.rows.new, summary.rows.rejected), (1, 2), "{:?}", summary.errors);
    assert!(summary.errors[0].reason.contains("U021") && summary.errors[0].reason.contains("在用"), "{summary:?}");
    assert!(summary.errors[1].reason.contains("个人登录账号"), "{summary:?}");
    assert_eq!(units_of(&world, &squatter).await, 0);
    assert_eq!(world.number("SELECT COUNT(*) FROM memberships WHERE role = 'owner'").await, 1);
    // The desk takes the name back, and the next import gives it to the unit.
    let mut desk = world.staff("kefu", &[Role::CustomerService]).await;
    let release = format!("/customers/{}/release-login", squatter.account);
    desk.post(&release, json!({ "reason": "单位账号 U021 属于该单位" })).await;
    desk.try_post(&release, json!({ "reason": "再收一次" })).await.refused(409, "no_login_to_release");
    let summary = import(&world, &[line("U021", "", 1)]).await;
    assert_eq!((summary.rows.new, summary.rows.rejected), (1, 0), "{:?}", summary.errors);
    assert_eq!(units_of(&world, &squatter).await, 0);
}

#[tokio::test]
async fn an_import_brings_nobody_back_and_lifts_nobody() {
    let world = World::start().await;
    import(&world, &[line("U021", "", 1)]).await;
    let id = |name: &str| format!("SELECT id FROM accounts WHERE login_name = '{name}'");
    let unit = accounts_text(&world, "SELECT id FROM units WHERE external_id = 'U021'").await;
    let unit: tejian::accounts::UnitId = unit.parse().unwrap();
    let unit_account = accounts_text(&world, &id("U021")).await.parse().unwrap();
    let owner = world.phone(&unit_account, &unit, "owner").await;
    let listed = world.get(&owner, "/api/v1/members").await.ok();
    let listed_line =
        listed["items"].as_array().unwrap().iter().find(|line| line["role"] == "applicant").unwrap().clone();
    let applicant = listed_line["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/members/{applicant}");
    let limited = json!({ "role": "viewer", "limits": { "kinds": ["电梯"] } });
    world.ask(&owner, Method::PUT, &path, Some(limited)).await.ok();
    import(&world, &[line("U021", "", 2)]).await;
    let members = world.get(&owner, "/api/v1/members").await.ok();
    let line_of = |members: &serde_json::Value| {
        members["items"].as_array().unwrap().iter().find(|line| line["id"] == applicant.as_str()).cloned()
    };
    let still = line_of(&members).unwrap();
    assert_eq!((still["role"].as_str(), still["limits"]["kinds"][0].as_str()), (Some("viewer"), Some("电梯")));
    assert_eq!(world.ask(&owner, Method::DELETE, &path, None).await.status, 204);
    // Another 单位账号 for a unit that has its owner gets no key to it.
    import(&world, &[line("U021", "", 3), line("U021", "U021-NEW", 4)]).await;
    let members = world.get(&owner, "/api/v1/members").await.ok();
    assert_eq!(members["items"].as_array().unwrap().len(), 1, "{members}");
    // An invitation does bring him back.
    let made = world.post(&owner, "/api/v1/member-invitations", json!({ "role": "finance" })).await.ok();
    let token = made["path"].as_str().unwrap().split_once("token=").unwrap().1;
    let back = world.phone(&applicant.parse().unwrap(), &unit, "back").await;
    world.post(&back, "/api/v1/invitations/accept", json!({ "token": token })).await.ok();
    assert_eq!(units_of(&world, &back).await, 1);
}

async fn accounts_text(world: &World, query: &str) -> String {
    use sea_orm::{ConnectionTrait, Statement};
    let reader = world.app.database.reader();
    let statement = Statement::from_string(reader.get_database_backend(), query);
    reader.query_one_raw(statement).await.unwrap().expect("a row").try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn the_account_of_a_unit_signs_in_in_small_letters_too() {
    let world = World::start().await;
    import(&world, &[line("U021", "", 1)]).await;
    let other = person(&world, "13900000077").await;
    with_password(&world, "13900000077", "tejian-2026").await;
    world
        .tamper(&format!(
            "UPDATE accounts SET password_hash = (SELECT password_hash FROM accounts WHERE id = '{}') \
             WHERE login_name = 'U021'",
            other.account
        ))
        .await;
    let mut visitor = world.visitor();
    let session = by_password(&mut visitor, "u021", "tejian-2026", false).await.expect(200);
    assert_eq!(session["account"]["kind"], "unit");
    by_password(&mut visitor, "u0211", "tejian-2026", false).await.refused(401, "bad_credentials");
}

const PHONE: &str = "13900000001";
const OLD: &str = "tejian-2026";
const NEW: &str = "another-2027";

/// Whether the WeChat of this phone's holder signs in to an account by itself.
async fn comes_in_by_itself(world: &World, phone: &str) -> bool {
    let (mut caller, _) = world.open_in_wechat(phone, "/h5/#/pages/home/home").await;
    caller.get("/api/v1/session").await.expect(200)["signed_in"] == true
}

#[tokio::test]
async fn a_password_set_anew_leaves_no_wechat_that_signs_in_by_itself() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", PHONE).await;
    with_password(&world, PHONE, OLD).await;
    let thief = world.wechat.people()[1].phone.clone();
    let bind_thief = async || {
        world.clock.advance_ms(3_600_000);
        let (mut caller, _) = world.open_in_wechat(&thief, "/h5/#/pages/home/home").await;
        world.sign_in_by_sms(&mut caller, PHONE).await;
        assert!(comes_in_by_itself(&world, &thief).await);
        world.clock.advance_ms(120_000);
    };
    // By the phone.
    bind_thief().await;
    with_password(&world, PHONE, OLD).await;
    assert!(!comes_in_by_itself(&world, &thief).await, "after a recovery by phone");
    // By the service desk.
    let path = format!("/customers/{}", seeded.applicant);
    bind_thief().await;
    let mut desk = world.staff("kefu", &[Role::CustomerService]).await;
    desk.post(&format!("{path}/sign-out"), json!({ "reason": "本人来电说手机丢了" })).await;
    assert!(!comes_in_by_itself(&world, &thief).await, "after the desk signed out");
    bind_thief().await;
    let mut desk = world.staff("zuoxi", &[Role::CustomerService]).await;
    desk.step_up(&world).await;
    desk.post(&format!("{path}/password"), json!({ "reason": "本人到窗口，已核对身份证" })).await;
    assert!(!comes_in_by_itself(&world, &thief).await, "after the desk set a password");
}

#[tokio::test]
async fn a_session_of_wechat_alone_sets_no_password_and_who_changes_his_own_keeps_the_phone_in_his_hand() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    let other = world.wechat.people()[1].phone.clone();
    let (mut elsewhere, _) = world.open_in_wechat(&other, "/h5/#/pages/home/home").await;
    world.sign_in_by_sms(&mut elsewhere, PHONE).await;
    world.clock.advance_ms(3_600_000);
    world.signed_in_wechat(PHONE).await;
    world.clock.advance_ms(3_600_000);
    // Signed in by WeChat alone, long after the code.
    let (mut own, _) = world.open_in_wechat(PHONE, "/h5/#/pages/home/home").await;
    let bare = json!({ "new_password": NEW });
    own.post("/api/v1/password", &bare).await.refused(403, "proof_needed");
    own.post("/api/v1/password", &json!({ "new_password": NEW, "code": "000000" })).await.refused(401, "bad_code");
    own.post("/api/v1/proofs/code", &json!({})).await.expect(202);
    let proved = json!({ "new_password": NEW, "code": world.sms_code(PHONE) });
    own.post("/api/v1/password", &proved).await.expect(204);
    assert_eq!(own.get("/api/v1/session").await.expect(200)["signed_in"], true);
    assert!(comes_in_by_itself(&world, PHONE).await, "the phone in his hand");
    assert!(!comes_in_by_itself(&world, &other).await, "and no other");
    own.post("/api/v1/password", &bare).await.refused(403, "proof_needed");
    let wrong = json!({ "new_password": OLD, "current_password": "wrong-0001" });
    own.post("/api/v1/password", &wrong).await.refused(403, "current_password_wrong");
    world.clock.advance_ms(60_000);
    let right = json!({ "new_password": OLD, "current_password": NEW });
    own.post("/api/v1/password", &right).await.expect(204);
    world.settle().await;
    let told = world.wechat.sms(PHONE).into_iter().filter(|sms| sms.text.contains("登录密码已修改")).count();
    assert_eq!(told, 2, "each change is told by a text message");
}

/// Somebody who can read the text messages of [`PHONE`] signs in and has a code made that binds a WeChat; its ticket.
async fn signed_in_with_binding_code(world: &World, caller: &mut Caller) -> String {
    world.sign_in_by_sms(caller, PHONE).await;
    world.clock.advance_ms(60_000);
    caller.post("/api/v1/proofs/code", &json!({})).await.expect(202);
    let proof = json!({ "code": world.sms_code(PHONE) });
    let code = caller.post("/api/v1/wechat/bind-codes", &proof).await.expect(200);
    world.wechat.ticket_of(code["url"].as_str().unwrap()).expect("a code of WeChat")
}

#[tokio::test]
async fn a_code_of_somebody_else_takes_no_wechat_from_its_account() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    let victim = world.wechat.people()[1].clone();
    world.signed_in_wechat(&victim.phone).await;
    world.clock.advance_ms(3_600_000);
    let mut attacker = world.visitor();
    let ticket = signed_in_with_binding_code(&world, &mut attacker).await;
    let told = world.wechat.scan_scene(&victim.mp_openid, &ticket).await.expect("an answer");
    assert!(told.contains("另一个账号"), "{told}");
    let (mut still, _) = world.open_in_wechat(&victim.phone, "/h5/#/pages/home/home").await;
    let session = still.get("/api/v1/session").await.expect(200);
    assert_eq!(session["account"]["phone_masked"], foundation::text::mask_phone(&victim.phone));
    for _ in 0..4 {
        attacker.post("/api/v1/wechat/bind-codes", &json!({})).await.refused(403, "proof_needed");
    }
    attacker.post("/api/v1/wechat/bind-codes", &json!({})).await.refused(429, "bind_codes_too_often");
}

#[tokio::test]
async fn a_code_that_binds_a_wechat_ends_with_the_sign_in_that_made_it() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    let mut owner = world.visitor();
    world.sign_in_by_sms(&mut owner, PHONE).await;
    world.clock.advance_ms(60_000);
    let mut thief = world.visitor();
    let ticket = signed_in_with_binding_code(&world, &mut thief).await;
    // The owner signs everybody else out; what was made before leads nobody back in.
    owner.json(Method::DELETE, "/api/v1/sessions", &json!({})).await.expect(204);
    let his_wechat = world.wechat.people()[1].clone();
    let told = world.wechat.scan_scene(&his_wechat.mp_openid, &ticket).await.expect("an answer");
    assert!(told.contains("已过期"), "{told}");
    let (mut pages, _) = world.open_in_wechat(&his_wechat.phone, "/h5/#/pages/home/home").await;
    assert_eq!(pages.get("/api/v1/session").await.expect(200)["signed_in"], false);
}

/// The owner of a unit, an account that he made for somebody without a phone (its login and first password are told), and who
/// has come in with them.
pub async fn sub_account(world: &World) -> (Phone, Value, Caller) {
    let seeded = world.seed_unit("示例物业001有限公司", PHONE).await;
    let owner = world.phone(&seeded.unit_account, &seeded.unit, "owner").await;
    let wanted = json!({ "login_name": "chang3", "display_name": "三车间老张", "role": "viewer" });
    let made = world.post(&owner, "/api/v1/sub-accounts", wanted).await.ok();
    let mut sub = world.visitor();
    by_password(&mut sub, made["login_name"].as_str().unwrap(), made["password"].as_str().unwrap(), false)
        .await
        .expect(200);
    (owner, made, sub)
}

#[tokio::test]
async fn a_first_password_opens_nothing_but_the_way_to_ones_own_and_ends_after_a_day() {
    let world = World::start().await;
    let (owner, made, mut sub) = sub_account(&world).await;
    let (login, first) = (made["login_name"].as_str().unwrap(), made["password"].as_str().unwrap());
    for path in ["/api/v1/fees", "/api/v1/members", "/api/v1/messages", "/api/v1/sessions"] {
        sub.get(path).await.refused(403, "own_password_needed");
    }
    assert_eq!(sub.get("/api/v1/session").await.expect(200)["account"]["password_temporary"], true);
    let own = json!({ "new_password": NEW, "current_password": first });
    sub.post("/api/v1/password", &own).await.expect(204);
    sub.get("/api/v1/fees").await.expect(200);
    // The next one is left lying for a day.
    let path = format!("/api/v1/sub-accounts/{}/password", made["id"].as_str().unwrap());
    let reset = world.post(&owner, &path, json!({})).await.ok();
    sub.get("/api/v1/fees").await.refused(401, "not_signed_in");
    world.clock.advance_ms(24 * 3_600_000);
    let late = reset["password"].as_str().unwrap();
    by_password(&mut sub, login, late, false).await.refused(401, "first_password_over");
    by_password(&mut sub, login, "wrong-0001", false).await.refused(401, "bad_credentials");
}

#[tokio::test]
async fn who_leaves_his_device_unnamed_is_told_of_and_by_text_message_when_a_password_was_enough() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    with_password(&world, PHONE, OLD).await;
    let mut own = world.visitor();
    own.put_header("x-device", "first0123456789abcdef");
    world.sign_in_by_sms(&mut own, PHONE).await;
    world.settle().await;
    let mut thief = world.visitor();
    by_password(&mut thief, PHONE, OLD, false).await.expect(200);
    world.settle().await;
    let list = own.get("/api/v1/messages").await.expect(200);
    assert_eq!(list["items"][0]["kind"], "new_device_by_password", "{list}");
    let told = world.wechat.sms(PHONE).pop().expect("a text message");
    assert!(told.text.contains("用密码"), "{}", told.text);
}

#[tokio::test]
async fn invitations_by_text_message_are_few_and_never_carry_a_name_that_nobody_checked() {
    let world = World::start_with(|config| config.members.invitation_sms_per_phone_per_day = 2).await;
    let seeded = world.seed_unit("示例物业001有限公司", PHONE).await;
    let owner = world.phone(&seeded.unit_account, &seeded.unit, "owner").await;
    let invite = async || {
        let wanted = json!({ "role": "viewer", "phone": "13900000077" });
        world.post(&owner, "/api/v1/member-invitations", wanted).await
    };
    world.tamper(&format!("UPDATE units SET level = 'uncertified' WHERE id = '{}'", seeded.unit)).await;
    assert_eq!(invite().await.ok()["told_by_sms"], false);
    world.settle().await;
    assert!(world.wechat.sms("13900000077").is_empty(), "the link is passed on by hand");
    world.tamper(&format!("UPDATE units SET level = 'certified' WHERE id = '{}'", seeded.unit)).await;
    for _ in 0..2 {
        assert_eq!(invite().await.ok()["told_by_sms"], true);
    }
    assert_eq!(invite().await.refused(429), "invitations_too_often");
    world.settle().await;
    assert_eq!(world.wechat.sms("13900000077").len(), 2);
    world.clock.advance_ms(86_400_000);
    invite().await.ok();
}

#[tokio::test]
async fn answers_lock_and_open_again_alike_whether_there_is_an_account_or_not() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    let mut own = world.visitor();
    world.sign_in_by_sms(&mut own, PHONE).await;
    world.clock.advance_ms(60_000);
    own.post("/api/v1/proofs/code", &json!({})).await.expect(202);
    let question = own.get("/api/v1/security-question").await.expect(200)["choices"][0].clone();
    let proof = json!({ "code": world.sms_code(PHONE) });
    let kept = json!({ "question": question, "answer": "王老师", "proof": proof });
    own.json(Method::PUT, "/api/v1/security-question", &kept).await.expect(204);
    let mut visitor = world.visitor();
    // Two tries late in the evening, then more after midnight: the lock goes by tries, not by the day of the calendar.
    let hours_of_tries = [13, 13, 15, 15, 30, 40, 40, 40, 40];
    let mut seen = Vec::new();
    let start = world.app.now_ms();
    for login in [PHONE, "13911112222"] {
        let mut codes = Vec::new();
        world.clock.advance_ms(start + (seen.len() as i64) * 40 * 86_400_000 - world.app.now_ms());
        let begun = world.app.now_ms();
        for hour in hours_of_tries {
            world.clock.advance_ms(begun + hour * 3_600_000 - world.app.now_ms());
            let captcha = answered(&mut visitor).await;
            let body = json!({ "login": login, "answer": "不知道", "new_password": NEW, "captcha": captcha });
            codes.push(visitor.post("/api/v1/recovery/answer", &body).await.error_code());
        }
        seen.push(codes);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0][2..5], ["answer_wrong", "answer_locked", "answer_locked"]);
    assert_eq!(seen[0][5], "answer_wrong", "open again a day after the third try");
}

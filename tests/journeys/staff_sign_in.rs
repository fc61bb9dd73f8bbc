//! Staff at the door: password and code, locks, sessions, administration.

use reqwest::Method;
use serde_json::{Value, json};
use tejian::fees::PayeeId;
use tejian::staff::Role;

use crate::caller::Caller;
use crate::staff_world::Desk;
use crate::world::World;

#[tokio::test]
async fn a_first_sign_in_sets_up_the_second_factor_and_later_ones_ask_for_it() {
    let world = World::start().await;
    let mut first = world.staff("zhang", &[Role::FeeClerk]).await;
    let session = first.get("/session").await;
    assert_eq!(session["officer"]["roles"][0]["text"], "收费员");
    assert!(session["officer"]["permissions"].as_array().unwrap().contains(&json!("fees.edit")));
    assert!(session["demo"].is_null(), "nobody is told logins outside of the demonstration");

    let mut later = Caller::browser(&world.base_url);
    let login = json!({ "login": "ZHANG", "password": first.password });
    assert_eq!(later.post("/staff/v1/session", &login).await.expect(200)["stage"], "totp");
    later.get("/staff/v1/worklist").await.refused(401, "second_factor_needed");
    let used = json!({ "code": world.code(&first.secret) });
    later.post("/staff/v1/session/totp", &used).await.refused(401, "bad_code");
    world.clock.advance_ms(60_000);
    let code = json!({ "code": world.code(&first.secret) });
    let reply = later.post("/staff/v1/session/totp", &code).await;
    let cookie = reply.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/staff"));
    assert_eq!(reply.expect(200)["signed_in"], true);

    let sessions = later.get("/staff/v1/sessions").await.expect(200);
    let other = sessions["items"].as_array().unwrap().iter().find(|line| line["current"] == false).unwrap();
    let path = format!("/staff/v1/sessions/{}", other["id"].as_str().unwrap());
    later.json(Method::DELETE, &path, &json!({})).await.expect(204);
    first.caller.get("/staff/v1/sessions").await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn a_second_factor_is_set_up_once_although_two_who_know_the_first_password_began() {
    let world = World::start().await;
    world.staff("zhang", &[Role::FeeClerk]).await;
    let password = tejian::staff::reset_by_login(&world.app, "zhang").await.unwrap();
    let login = json!({ "login": "zhang", "password": password });
    let (mut owner, mut other) = (Caller::browser(&world.base_url), Caller::browser(&world.base_url));
    let mut secrets = Vec::new();
    for caller in [&mut owner, &mut other] {
        assert_eq!(caller.post("/staff/v1/session", &login).await.expect(200)["stage"], "enrol");
        let enrolment = caller.post("/staff/v1/session/enrol", &json!({})).await.expect(200);
        secrets.push(enrolment["secret"].as_str().unwrap().to_owned());
    }
    let code = |secret: &str| json!({ "code": world.code(secret) });
    owner.post("/staff/v1/session/enrol/confirm", &code(&secrets[0])).await.expect(200);
    let late = other.post("/staff/v1/session/enrol/confirm", &code(&secrets[1])).await;
    late.refused(409, "enrolment_not_due");

    // The first one still is the account's.
    world.clock.advance_ms(60_000);
    let mut later = Caller::browser(&world.base_url);
    assert_eq!(later.post("/staff/v1/session", &login).await.expect(200)["stage"], "totp");
    later.post("/staff/v1/session/totp", &code(&secrets[1])).await.refused(401, "bad_code");
    later.post("/staff/v1/session/totp", &code(&secrets[0])).await.expect(200);
}

#[tokio::test]
async fn the_second_factor_rests_sealed_and_one_in_the_clear_is_sealed_at_the_next_start() {
    let world = World::start().await;
    let officer = world.staff("zhang", &[Role::FeeClerk]).await;
    let in_clear = format!(
        "SELECT (SELECT COUNT(*) FROM staff_accounts WHERE totp_secret LIKE '%{0}%') + \
         (SELECT COUNT(*) FROM staff_sessions WHERE new_totp_secret LIKE '%{0}%')",
        officer.secret
    );
    assert_eq!(world.number(&in_clear).await, 0);
    world.tamper(&format!("UPDATE staff_accounts SET totp_secret = '{}'", officer.secret)).await;
    assert_eq!(world.number(&in_clear).await, 1, "as an older version left it");
    world.second_node().await;
    assert_eq!(world.number(&in_clear).await, 0);
    world.clock.advance_ms(60_000);
    let mut caller = Caller::browser(&world.base_url);
    caller.post("/staff/v1/session", &json!({ "login": "zhang", "password": officer.password })).await.expect(200);
    let code = json!({ "code": world.code(&officer.secret) });
    caller.post("/staff/v1/session/totp", &code).await.expect(200);
}

#[tokio::test]
async fn a_recovery_code_works_once() {
    let world = World::start().await;
    let officer = world.staff("zhang", &[Role::FeeClerk]).await;
    world.clock.advance_ms(60_000);
    tejian::staff::reset_by_login(&world.app, "zhang").await.unwrap();
    let password = tejian::staff::reset_by_login(&world.app, "zhang").await.unwrap();
    assert_ne!(password, officer.password);
    let login = json!({ "login": "zhang", "password": password });
    let mut caller = Caller::browser(&world.base_url);
    caller.post("/staff/v1/session", &login).await.expect(200);
    let enrolment = caller.post("/staff/v1/session/enrol", &json!({})).await.expect(200);
    let code = world.code(enrolment["secret"].as_str().unwrap());
    caller.post("/staff/v1/session/enrol/confirm", &json!({ "code": code })).await.expect(200);
    let recovery = json!({ "code": enrolment["recovery_codes"][0] });
    for expected in [200, 401] {
        let mut lost_phone = Caller::browser(&world.base_url);
        lost_phone.post("/staff/v1/session", &login).await.expect(200);
        lost_phone.post("/staff/v1/session/totp", &recovery).await.expect(expected);
    }
}

#[tokio::test]
async fn five_wrong_tries_lock_and_time_unlocks() {
    let world = World::start().await;
    let officer = world.staff("zhang", &[Role::FeeClerk]).await;
    let mut stranger = Caller::browser(&world.base_url);
    let guess = json!({ "login": "zhang", "password": "guess-1234" });
    for _ in 0..5 {
        stranger.post("/staff/v1/session", &guess).await.refused(401, "bad_credentials");
    }
    let right = json!({ "login": "zhang", "password": officer.password });
    stranger.post("/staff/v1/session", &right).await.refused(423, "account_locked");
    world.clock.advance_ms(31 * 60_000);
    stranger.post("/staff/v1/session", &right).await.expect(200);
    // Whoever has the password cannot go on guessing codes.
    for _ in 0..5 {
        stranger.post("/staff/v1/session/totp", &json!({ "code": "000000" })).await.refused(401, "bad_code");
        stranger.post("/staff/v1/session", &right).await;
    }
    stranger.post("/staff/v1/session", &right).await.refused(423, "account_locked");
}

#[tokio::test]
async fn a_stranger_who_locks_an_account_does_not_shut_its_officer_out() {
    let world = World::start().await;
    let mut officer = world.staff("zhang", &[Role::FeeClerk]).await;
    let mut stranger = Caller::browser(&world.base_url);
    let guess = json!({ "login": "zhang", "password": "guess-1234" });
    for _ in 0..5 {
        stranger.post("/staff/v1/session", &guess).await.refused(401, "bad_credentials");
    }
    let right = json!({ "login": "zhang", "password": officer.password });
    stranger.post("/staff/v1/session", &right).await.refused(423, "account_locked");
    // Signed in, he goes on, and he comes in again where he has been before.
    officer.step_up(&world).await;
    world.clock.advance_ms(60_000);
    officer.caller.post("/staff/v1/session", &right).await.expect(200);
    stranger.post("/staff/v1/session", &right).await.refused(423, "account_locked");
    let code = json!({ "code": world.code(&officer.secret) });
    officer.caller.post("/staff/v1/session/totp", &code).await.expect(200);
    // Whoever holds his browser guesses no more often than anybody.
    for _ in 0..5 {
        officer.caller.post("/staff/v1/session", &guess).await.refused(401, "bad_credentials");
    }
    officer.caller.post("/staff/v1/session", &right).await.refused(423, "account_locked");
    world.clock.advance_ms(31 * 60_000);
    officer.caller.post("/staff/v1/session", &right).await.expect(200);
    // The mark is the officer's: it helps nobody with another account.
    world.staff("li", &[Role::FeeClerk]).await;
    let other = json!({ "login": "li", "password": "guess-1234" });
    for _ in 0..5 {
        officer.caller.post("/staff/v1/session", &other).await.refused(401, "bad_credentials");
    }
    stranger.post("/staff/v1/session", &other).await.refused(423, "account_locked");
}

#[tokio::test]
async fn somebody_who_is_disabled_is_out_at_once() {
    let world = World::start().await;
    let mut clerk = world.staff("zhang", &[Role::FeeClerk]).await;
    let mut admin = world.staff("admin", &[Role::Admin]).await;
    let change = json!({ "roles": ["fee_clerk"], "disabled": true });
    admin.put(&format!("/staff/{}", clerk.id), change.clone()).await.refused(403, "step_up_needed");
    admin.step_up(&world).await;
    let added = json!({ "login": "li", "display_name": "李四", "roles": ["cashier"] });
    assert!(admin.post("/staff", added.clone()).await["first_password"].as_str().unwrap().len() > 12);
    admin.try_post("/staff", added).await.refused(409, "login_taken");
    clerk.get("/worklist").await;
    admin.put(&format!("/staff/{}", clerk.id), change).await.expect(200);
    clerk.caller.get("/staff/v1/worklist").await.refused(401, "not_signed_in");
    let login = json!({ "login": "zhang", "password": clerk.password });
    clerk.caller.post("/staff/v1/session", &login).await.refused(401, "bad_credentials");
    admin
        .put(&format!("/staff/{}", admin.id), json!({ "roles": ["admin"], "disabled": true }))
        .await
        .refused(409, "not_oneself");
    let trail = admin.get(&format!("/audit?object={}", clerk.id)).await;
    assert_eq!(trail["items"][0]["action"], "staff.changed", "{trail}");
    assert_eq!(trail["items"][0]["actor_name"], "员工admin");
}

#[tokio::test]
async fn roles_are_changed_only_from_those_by_which_it_was_judged_whether_a_second_person_is_needed() {
    let (world, changes) = crate::credit::overheard().await;
    let mut admin = world.staff("admin", &[Role::Admin]).await;
    let clerk = world.staff("zhang", &[Role::FinanceReviewer]).await;
    admin.step_up(&world).await;
    changes.take();
    let same = json!({ "roles": ["finance_reviewer"], "disabled": false });
    admin.put(&format!("/staff/{}", clerk.id), same).await.expect(200);
    let told = changes.take();
    let change = told.iter().find(|sql| sql.starts_with("UPDATE \"staff_accounts\" SET \"roles\"")).expect("a change");
    let (_, condition) = change.split_once(" WHERE ").expect("a condition");
    // Another administrator may have taken the role away between reading and writing: then this would give it back alone.
    assert!(condition.contains("\"roles\" = ") && condition.contains("\"state\" = "), "{change}");
}

#[tokio::test]
async fn a_console_that_is_left_alone_is_signed_out() {
    let world = World::start().await;
    let mut clerk = world.staff("zhang", &[Role::FeeClerk]).await;
    for _ in 0..3 {
        world.clock.advance_ms(50 * 60_000);
        clerk.get("/worklist").await;
    }
    world.clock.advance_ms(61 * 60_000);
    clerk.caller.get("/staff/v1/worklist").await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn another_sites_form_changes_nothing() {
    let world = World::start().await;
    let address = format!("{}/staff/v1/session", world.base_url);
    let body = json!({ "login": "a", "password": "b" });
    let answer = world.http.post(address).json(&body).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 403);
}

#[tokio::test]
async fn nobody_makes_himself_a_second_officer() {
    let world = World::start().await;
    let mut admin = world.staff("admin", &[Role::Admin]).await;
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let reviewer = world.staff("reviewer", &[Role::FinanceManager]).await;
    admin.step_up(&world).await;
    let reset = admin.post(&format!("/staff/{}/reset", reviewer.id), json!({})).await;

    // He signs in as the reviewer whose password he has just made, with an authenticator of his own.
    let mut posing = Caller::browser(&world.base_url);
    let login = json!({ "login": "reviewer", "password": reset["first_password"] });
    posing.post("/staff/v1/session", &login).await.expect(200);
    let enrolment = posing.post("/staff/v1/session/enrol", &json!({})).await.expect(200);
    let code = json!({ "code": world.code(enrolment["secret"].as_str().unwrap()) });
    posing.post("/staff/v1/session/enrol/confirm", &code).await.expect(200);
    posing.get("/staff/v1/worklist").await.refused(403, "own_password_needed");
    let own = json!({ "current_password": reset["first_password"], "new_password": "posing-2026-x" });
    posing.post("/staff/v1/password", &own).await.expect(204);
    posing.get("/staff/v1/worklist").await.expect(200);
    posing.get("/staff/v1/staff").await.refused(403, "confirmation_awaited");

    // Neither he nor an administrator of his own making may confirm it.
    let confirm = format!("/staff/{}/confirm", reviewer.id);
    admin.try_post(&confirm, json!({})).await.refused(409, "second_person_needed");
    let made = admin.post("/staff", json!({ "login": "two", "display_name": "第二", "roles": ["admin"] })).await;
    assert_eq!(made["staff"]["awaits_confirmation"], true, "{made}");
    let mut two = Caller::browser(&world.base_url);
    let login = json!({ "login": "two", "password": made["first_password"] });
    two.post("/staff/v1/session", &login).await.expect(200);
    let enrolment = two.post("/staff/v1/session/enrol", &json!({})).await.expect(200);
    let code = json!({ "code": world.code(enrolment["secret"].as_str().unwrap()) });
    two.post("/staff/v1/session/enrol/confirm", &code).await.expect(200);
    let own = json!({ "current_password": made["first_password"], "new_password": "second-2026-x" });
    two.post("/staff/v1/password", &own).await.expect(204);
    two.post(&format!("/staff/v1{confirm}"), &json!({})).await.refused(403, "confirmation_awaited");
    let payee = format!("/staff/v1/settings/payees/{}/changes", PayeeId::new());
    two.post(&payee, &json!({})).await.refused(403, "confirmation_awaited");

    manager.try_post(&confirm, json!({})).await.refused(403, "step_up_needed");
    manager.step_up(&world).await;
    assert_eq!(manager.post(&confirm, json!({})).await["awaits_confirmation"], false);
    manager.try_post(&confirm, json!({})).await.refused(409, "nothing_to_confirm");
    posing.get("/staff/v1/staff").await.expect(200);
    let trail = manager.get(&format!("/audit?object={}", reviewer.id)).await;
    assert_eq!(trail["items"][0]["action"], "staff.confirmed", "{trail}");
    assert_eq!(trail["items"][0]["actor_name"], "员工manager");
}

#[tokio::test]
async fn a_role_that_decides_about_money_rests_until_confirmed_and_one_that_does_not_works_at_once() {
    let world = World::start().await;
    let mut admin = world.staff("admin", &[Role::Admin]).await;
    let content = world.staff("content", &[Role::ContentOperator]).await;
    let path = format!("/staff/{}", content.id);
    admin.step_up(&world).await;
    let more =
        admin.put(&path, json!({ "roles": ["content_operator", "auditor"], "disabled": false })).await.expect(200);
    assert_eq!(more["awaits_confirmation"], false);
    let grave = admin.put(&path, json!({ "roles": ["auditor", "cashier"], "disabled": false })).await.expect(200);
    assert_eq!(grave["awaits_confirmation"], true);
    // Somebody else's harmless change does not let the first giver confirm his own gift.
    let mut other = world.staff("other", &[Role::Admin]).await;
    other.step_up(&world).await;
    other.put(&path, json!({ "roles": ["cashier", "fee_clerk"], "disabled": false })).await.expect(200);
    admin.step_up(&world).await;
    for giver in [&mut admin, &mut other] {
        giver.try_post(&format!("{path}/confirm"), json!({})).await.refused(409, "second_person_needed");
    }
    tejian::staff::confirm_by_login(&world.app, "content").await.unwrap();
}

/// Signs in for the first time, with an authenticator and a password of one's own.
async fn make_his_own(world: &World, login: &str, first_password: &Value) -> Caller {
    let mut caller = Caller::browser(&world.base_url);
    caller.post("/staff/v1/session", &json!({ "login": login, "password": first_password })).await.expect(200);
    let enrolment = caller.post("/staff/v1/session/enrol", &json!({})).await.expect(200);
    let code = json!({ "code": world.code(enrolment["secret"].as_str().unwrap()) });
    caller.post("/staff/v1/session/enrol/confirm", &code).await.expect(200);
    let own = json!({ "current_password": first_password, "new_password": format!("{login}-own-2026") });
    caller.post("/staff/v1/password", &own).await.expect(204);
    caller
}

/// What waits at the desk of confirmations for this officer: login, and where his console leads.
async fn to_confirm(desk: &mut Desk) -> Vec<Value> {
    let desks = desk.get("/worklist").await;
    let desks = desks["desks"].as_array().expect("desks");
    let counted = desks.iter().find(|one| one["code"] == "staff_confirmation").expect("the desk");
    let page = desk.get("/worklist/items?desk=staff_confirmation").await;
    let items = page["items"].as_array().expect("a page").clone();
    assert_eq!(counted["count"], items.len(), "{counted}");
    items
}

#[tokio::test]
async fn an_account_that_waits_is_a_task_of_those_who_may_confirm_it_until_one_of_them_does() {
    let world = World::start().await;
    let mut admin = world.staff("admin", &[Role::Admin]).await;
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    admin.step_up(&world).await;
    let new = |login: &str| json!({ "login": login, "display_name": "王复核", "roles": ["finance_reviewer"] });
    let made = admin.post("/staff", new("reviewer")).await;
    let harmless = json!({ "login": "looks", "display_name": "只看", "roles": ["auditor"] });
    admin.post("/staff", harmless).await;
    let id = made["staff"]["id"].as_str().expect("an id");

    let tasks = to_confirm(&mut manager).await;
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    assert_eq!(tasks[0]["id"], id);
    assert_eq!(tasks[0]["link"], format!("/staff?waiting=yes&id={id}"));
    let title = tasks[0]["title"].as_str().expect("a title");
    assert!(title.contains("王复核") && title.contains("reviewer"), "{title}");
    assert!(tasks[0]["subtitle"].as_str().expect("more").contains("员工admin"), "who gave it: {}", tasks[0]);
    let listed = manager.get("/staff?awaits_confirmation=true").await;
    assert_eq!((listed["items"].as_array().map(Vec::len), &listed["items"][0]["id"]), (Some(1), &json!(id)));
    // Neither he who gave it nor anybody who may not confirm is asked to.
    assert!(to_confirm(&mut admin).await.is_empty());
    let desks = cashier.get("/worklist").await.to_string();
    assert!(!desks.contains("staff_confirmation"), "{desks}");

    make_his_own(&world, "reviewer", &made["first_password"]).await;
    manager.step_up(&world).await;
    manager.post(&format!("/staff/{id}/confirm"), json!({})).await;
    assert!(to_confirm(&mut manager).await.is_empty());

    // Refused: the administrator closes the account.
    admin.step_up(&world).await;
    let made = admin.post("/staff", new("nobody")).await;
    let path = format!("/staff/{}", made["staff"]["id"].as_str().expect("an id"));
    assert_eq!(to_confirm(&mut manager).await.len(), 1);
    admin.put(&path, json!({ "roles": ["finance_reviewer"], "disabled": true })).await.expect(200);
    assert!(to_confirm(&mut manager).await.is_empty());
}

#[tokio::test]
async fn who_reset_an_account_does_not_confirm_what_a_colleague_gives_it_afterwards() {
    let world = World::start().await;
    let mut admin = world.staff("admin", &[Role::Admin]).await;
    let mut colleague = world.staff("colleague", &[Role::Admin]).await;
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let clerk = world.staff("clerk", &[Role::Cashier]).await;
    let path = format!("/staff/{}", clerk.id);
    // Nothing grave stands there while he makes the account his own.
    admin.step_up(&world).await;
    admin.put(&path, json!({ "roles": ["auditor"], "disabled": false })).await.expect(200);
    let reset = admin.post(&format!("{path}/reset"), json!({})).await;
    colleague.step_up(&world).await;
    let raised = colleague.put(&path, json!({ "roles": ["cashier"], "disabled": false })).await.expect(200);
    assert_eq!(raised["awaits_confirmation"], true, "{raised}");
    assert_eq!(raised["given_by"], json!(["员工admin", "员工colleague"]), "{raised}");
    let confirm = format!("{path}/confirm");
    admin.step_up(&world).await;
    admin.try_post(&confirm, json!({})).await.refused(409, "second_person_needed");

    // A third one waits until there is somebody to look at.
    manager.step_up(&world).await;
    manager.try_post(&confirm, json!({})).await.refused(409, "not_yet_his_own");
    make_his_own(&world, "clerk", &reset["first_password"]).await;
    let confirmed = manager.post(&confirm, json!({})).await;
    assert_eq!((&confirmed["awaits_confirmation"], &confirmed["given_by"]), (&json!(false), &json!([])), "{confirmed}");
}

#[tokio::test]
async fn a_first_password_ends_by_itself() {
    let world = World::start().await;
    world.staff("zhang", &[Role::FeeClerk]).await;
    let password = tejian::staff::reset_by_login(&world.app, "zhang").await.unwrap();
    world.clock.advance_ms((world.app.config.staff.first_password_hours * 60 + 1) * 60_000);
    let login = json!({ "login": "zhang", "password": password });
    Caller::browser(&world.base_url).post("/staff/v1/session", &login).await.refused(401, "first_password_over");
}

/// Signs in with the second factor that is there.
async fn enter(world: &World, officer: &Desk, password: &str) -> (Caller, Value) {
    let mut caller = Caller::browser(&world.base_url);
    caller.post("/staff/v1/session", &json!({ "login": "zhang", "password": password })).await.expect(200);
    let code = json!({ "code": world.code(&officer.secret) });
    let session = caller.post("/staff/v1/session/totp", &code).await.expect(200);
    (caller, session)
}

#[tokio::test]
async fn a_password_that_was_used_for_too_long_opens_only_the_way_to_another_one() {
    const DAYS: i64 = 30;
    let world = World::start_with(|config| config.staff.password_days_max = DAYS).await;
    let officer = world.staff("zhang", &[Role::FeeClerk]).await;
    world.clock.advance_ms(DAYS * 86_400_000 - 30 * 60_000);
    let (mut at_work, session) = enter(&world, &officer, &officer.password).await;
    assert_eq!(session["officer"]["password_over"], false, "{session}");
    at_work.get("/staff/v1/worklist").await.expect(200);
    world.clock.advance_ms(31 * 60_000);
    at_work.get("/staff/v1/worklist").await.expect(200);

    let (mut caller, session) = enter(&world, &officer, &officer.password).await;
    let flags = (&session["officer"]["must_change_password"], &session["officer"]["password_over"]);
    assert_eq!(flags, (&json!(true), &json!(true)), "{session}");
    for path in ["/staff/v1/worklist", "/staff/v1/fees", "/staff/v1/audit"] {
        let refused = caller.get(path).await.refused(403, "new_password_needed");
        assert!(refused["message"].as_str().unwrap().contains("用满规定的天数"), "{refused}");
    }
    let change = |new: &str| json!({ "current_password": officer.password, "new_password": new });
    let same = caller.post("/staff/v1/password", &change(&officer.password)).await.refused(422, "password_unchanged");
    assert!(same["fields"]["new_password"].is_string(), "{same}");
    caller.get("/staff/v1/worklist").await.refused(403, "new_password_needed");
    caller.post("/staff/v1/password", &change("zhang-next-2026")).await.expect(204);
    let session = caller.get("/staff/v1/session").await.expect(200);
    assert_eq!(session["officer"]["must_change_password"], false, "{session}");
    caller.get("/staff/v1/worklist").await.expect(200);
    at_work.get("/staff/v1/worklist").await.refused(401, "not_signed_in");

    world.clock.advance_ms(86_400_000);
    let (mut next_day, _) = enter(&world, &officer, "zhang-next-2026").await;
    next_day.get("/staff/v1/worklist").await.expect(200);
}

#[tokio::test]
async fn where_passwords_do_not_age_an_old_one_opens_everything() {
    let world = World::start_with(|config| config.staff.password_days_max = 0).await;
    let officer = world.staff("zhang", &[Role::FeeClerk]).await;
    world.clock.advance_ms(1_000 * 86_400_000);
    let (mut caller, session) = enter(&world, &officer, &officer.password).await;
    assert_eq!(session["officer"]["password_over"], false, "{session}");
    caller.get("/staff/v1/worklist").await.expect(200);
}

#[tokio::test]
async fn a_password_of_an_officer_that_is_too_simple_is_refused_with_the_reason() {
    let world = World::start().await;
    let mut officer = world.staff("zhang", &[Role::FeeClerk]).await;
    let too_long = "a1".repeat(33);
    for (password, reason) in [
        ("ab-2026", "至少 8 位"),
        ("20262026", "字母和数字"),
        ("no-number-here", "字母和数字"),
        ("--------", "字母和数字"),
        (too_long.as_str(), "最多 64 位"),
        (officer.password.as_str(), "和现在的密码一样"),
    ] {
        let body = json!({ "current_password": officer.password, "new_password": password });
        let reply = officer.caller.post("/staff/v1/password", &body).await;
        assert_eq!(reply.status.as_u16(), 422, "{password}: {}", reply.text());
        let error = reply.value()["error"].clone();
        assert!(error["fields"]["new_password"].as_str().unwrap().contains(reason), "{password}: {error}");
    }
    // Whoever looks for a good one is not taken for somebody who guesses the present one.
    let body = json!({ "current_password": officer.password, "new_password": "good-enough-2026" });
    officer.caller.post("/staff/v1/password", &body).await.expect(204);
}

//! Members of a unit: invited, limited, changed, removed, through HTTP.

use reqwest::Method;
use serde_json::{Value, json};
use tejian::accounts::{self, AccountId};

use crate::agreements::agree;
use crate::seed::{Class, Seeded, checkout};
use crate::world::{Answer, Phone, World};

async fn unit_of(world: &World) -> (Seeded, Phone) {
    let seeded = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let owner = world.phone(&seeded.unit_account, &seeded.unit, "owner").await;
    (seeded, owner)
}

/// Somebody with a phone who is no member of anything.
pub async fn person(world: &World, phone: &str) -> Phone {
    let now = world.app.now_ms();
    let transaction = world.app.database.begin_write().await.unwrap();
    let account = accounts::ensure_person(&*transaction, phone, "财务小李", now).await.unwrap();
    transaction.commit().await.unwrap();
    let nowhere = accounts::UnitId::new();
    world.phone(&account.id, &nowhere, &format!("openid of {phone}")).await
}

async fn invite(world: &World, by: &Phone, body: Value) -> String {
    let made = world.post(by, "/api/v1/member-invitations", body).await.ok();
    made["path"].as_str().unwrap().split_once("token=").unwrap().1.to_owned()
}

/// What everybody agrees to before he acts for a unit.
const NEEDED: [&str; 3] = ["registration", "personal_information", "enterprise_service"];

/// Accepts, and agrees to what is needed.
async fn accept(world: &World, phone: &Phone, token: &str) -> Answer {
    let answer = world.post(phone, "/api/v1/invitations/accept", json!({ "token": token })).await;
    if answer.status == 200 {
        agree(world, phone, &NEEDED).await;
    }
    answer
}

async fn count(world: &World, phone: &Phone) -> i64 {
    world.get(phone, "/api/v1/fees").await.ok()["total"]["count"].as_i64().unwrap()
}

async fn delete(world: &World, phone: &Phone, path: &str) -> Answer {
    world.ask(phone, Method::DELETE, path, None).await
}

#[tokio::test]
async fn a_colleague_joins_by_a_link_pays_and_the_link_is_used_up() {
    let world = World::start().await;
    let (seeded, owner) = unit_of(&world).await;
    let fees = world.seed_fees(&seeded, Class::Nontax, &[126_500]).await;
    let token = invite(&world, &owner, json!({ "role": "finance" })).await;
    let finance = person(&world, "13900000077").await;
    assert_eq!(world.get(&finance, "/api/v1/fees").await.refused(409), "unit_not_chosen");
    let shown = world.get(&finance, &format!("/api/v1/invitations/{token}")).await.ok();
    assert_eq!((shown["unit_name"].as_str(), shown["role_text"].as_str()), (Some("示例物业001有限公司"), Some("财务")));
    let session = accept(&world, &finance, &token).await.ok();
    assert_eq!(session["unit"]["id"], json!(seeded.unit));
    assert_eq!(session["unit"]["role"], "finance");
    assert_eq!(
        accept(&world, &finance, &token).await.ok()["unit"]["id"],
        json!(seeded.unit),
        "twice is as good as once"
    );
    let made = world.post(&finance, "/api/v1/checkouts", checkout("key-00000001", &fees, 126_500)).await.ok();
    assert_eq!(made["orders"].as_array().unwrap().len(), 1);
    let stranger = person(&world, "13900000078").await;
    assert_eq!(accept(&world, &stranger, &token).await.refused(410), "invitation_over");
    assert_eq!(world.get(&stranger, &format!("/api/v1/invitations/{token}")).await.refused(410), "invitation_over");
    let history = world.get(&owner, "/api/v1/member-events").await.ok();
    let texts: Vec<&str> =
        history["items"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["加入单位", "邀请成员"]);
}

#[tokio::test]
async fn of_two_who_accept_one_link_at_once_one_joins() {
    let world = World::start().await;
    let (seeded, owner) = unit_of(&world).await;
    let token = invite(&world, &owner, json!({ "role": "viewer" })).await;
    let (one, other) = (person(&world, "13900000077").await, person(&world, "13900000078").await);
    let (first, second) = tokio::join!(accept(&world, &one, &token), accept(&world, &other, &token));
    let joined = [&first, &second].iter().filter(|answer| answer.status.is_success()).count();
    assert_eq!(joined, 1, "{first:?} {second:?}");
    let members = format!("SELECT COUNT(*) FROM memberships WHERE unit_id = '{}'", seeded.unit);
    assert_eq!(world.number(&members).await, 3);
}

#[tokio::test]
async fn an_invitation_ends_with_its_time_its_maker_and_when_it_is_taken_back() {
    let world = World::start().await;
    let (seeded, owner) = unit_of(&world).await;
    let newcomer = person(&world, "13900000077").await;
    let late = invite(&world, &owner, json!({ "role": "viewer" })).await;
    world.clock.advance_ms(8 * 86_400_000);
    assert_eq!(accept(&world, &newcomer, &late).await.refused(410), "invitation_over");
    let made = world.post(&owner, "/api/v1/member-invitations", json!({ "role": "viewer" })).await.ok();
    let path = format!("/api/v1/member-invitations/{}", made["id"].as_str().unwrap());
    assert_eq!(delete(&world, &owner, &path).await.status, 204);
    let token = made["path"].as_str().unwrap().split_once("token=").unwrap().1;
    assert_eq!(accept(&world, &newcomer, token).await.refused(410), "invitation_over");
    // An administrator invites, and is then made a viewer himself: his links end with his right to make them.
    let admin = person(&world, "13900000079").await;
    let to_admin = invite(&world, &owner, json!({ "role": "admin" })).await;
    accept(&world, &admin, &to_admin).await.ok();
    let from_admin = invite(&world, &admin, json!({ "role": "finance" })).await;
    let path = format!("/api/v1/members/{}", admin.account);
    world.ask(&owner, Method::PUT, &path, Some(json!({ "role": "viewer" }))).await.ok();
    assert_eq!(accept(&world, &newcomer, &from_admin).await.refused(410), "invitation_over");
    assert_eq!(
        world.post(&admin, "/api/v1/member-invitations", json!({ "role": "viewer" })).await.refused(403),
        "role_may_not_manage"
    );
    assert_eq!(world.get(&newcomer, "/api/v1/session").await.ok()["units"], json!([]));
    let _ = seeded;
}

#[tokio::test]
async fn an_invitation_for_one_phone_waits_there_and_nobody_else_takes_it() {
    let world = World::start().await;
    let (_, owner) = unit_of(&world).await;
    let made = world
        .post(&owner, "/api/v1/member-invitations", json!({ "role": "finance", "phone": "139 0000 0077" }))
        .await
        .ok();
    let token = made["path"].as_str().unwrap().split_once("token=").unwrap().1;
    let other = person(&world, "13900000078").await;
    assert_eq!(accept(&world, &other, token).await.refused(403), "invitation_for_other_phone");
    let by_id = json!({ "id": made["id"] });
    assert_eq!(
        world.post(&other, "/api/v1/invitations/accept", by_id.clone()).await.refused(404),
        "invitation_not_found"
    );
    assert_eq!(world.get(&other, "/api/v1/invitations").await.ok()["items"], json!([]));
    let invited = person(&world, "13900000077").await;
    let waiting = world.get(&invited, "/api/v1/invitations").await.ok();
    assert_eq!(waiting["items"][0]["role_text"], "财务");
    assert_eq!(world.post(&invited, "/api/v1/invitations/accept", by_id).await.ok()["unit"]["role"], "finance");
    let again = json!({ "role": "viewer", "phone": "13900000077" });
    assert_eq!(world.post(&owner, "/api/v1/member-invitations", again).await.refused(409), "already_member");
    // A link for anybody is not taken by its id alone.
    let open = world.post(&owner, "/api/v1/member-invitations", json!({ "role": "viewer" })).await.ok();
    let by_id = json!({ "id": open["id"] });
    assert_eq!(world.post(&other, "/api/v1/invitations/accept", by_id).await.refused(404), "invitation_not_found");
}

#[tokio::test]
async fn a_member_who_is_removed_sees_nothing_from_the_next_request_on() {
    let world = World::start().await;
    let (seeded, owner) = unit_of(&world).await;
    world.seed_fees(&seeded, Class::Nontax, &[100]).await;
    let finance = person(&world, "13900000077").await;
    let token = invite(&world, &owner, json!({ "role": "finance" })).await;
    accept(&world, &finance, &token).await.ok();
    assert_eq!(count(&world, &finance).await, 1);
    let path = format!("/api/v1/members/{}", finance.account);
    assert_eq!(
        delete(&world, &finance, &format!("/api/v1/members/{}", owner.account)).await.refused(403),
        "role_may_not_manage"
    );
    assert_eq!(delete(&world, &owner, &path).await.status, 204);
    assert_eq!(world.get(&finance, "/api/v1/fees").await.refused(409), "unit_not_chosen");
    assert_eq!(world.get(&finance, "/api/v1/session").await.ok()["units"], json!([]));
    let back = json!({ "unit_id": seeded.unit });
    assert_eq!(
        world.ask(&finance, Method::PUT, "/api/v1/session/unit", Some(back)).await.refused(404),
        "unit_not_found"
    );
}

#[tokio::test]
async fn a_unit_never_loses_its_last_owner_and_ownership_is_handed_over_with_a_proof() {
    let world = World::start().await;
    let (seeded, _) = unit_of(&world).await;
    // The unit's own account is set aside: a person owns the unit alone.
    world.tamper(&format!("DELETE FROM memberships WHERE account_id = '{}'", seeded.unit_account)).await;
    world.tamper(&format!("UPDATE memberships SET role = 'owner' WHERE account_id = '{}'", seeded.applicant)).await;
    let owner = world.phone(&seeded.applicant, &seeded.unit, "one").await;
    let me = format!("/api/v1/members/{}", seeded.applicant);
    assert_eq!(delete(&world, &owner, &me).await.refused(409), "last_owner");
    let token = invite(&world, &owner, json!({ "role": "finance" })).await;
    let next = person(&world, "13900000077").await;
    accept(&world, &next, &token).await.ok();
    let path = format!("/api/v1/members/{}/handover", next.account);
    assert_eq!(world.post(&owner, &path, json!({})).await.refused(403), "proof_needed");
    assert_eq!(world.post(&owner, &path, json!({ "code": "000000" })).await.refused(401), "bad_code");
    assert_eq!(world.post(&next, &path, json!({ "code": "000000" })).await.refused(403), "only_owner_hands_over");
    assert_eq!(world.post(&owner, "/api/v1/proofs/code", json!({})).await.status, 202);
    let code = world.sms_code("13900000001");
    assert_eq!(world.post(&owner, &path, json!({ "code": code })).await.status, 204);
    assert_eq!(world.post(&owner, &path, json!({ "code": code })).await.refused(403), "only_owner_hands_over");
    let roles = world.get(&next, "/api/v1/members").await.ok();
    let role_of = |id: &AccountId| {
        let items = roles["items"].as_array().unwrap();
        items.iter().find(|line| line["id"] == json!(id)).unwrap()["role"].as_str().unwrap().to_owned()
    };
    assert_eq!((role_of(&next.account).as_str(), role_of(&owner.account).as_str()), ("owner", "admin"));
    assert_eq!(delete(&world, &owner, &me).await.status, 204, "who handed over may leave");
}

#[tokio::test]
async fn a_sub_account_is_in_at_once_and_its_unit_alone_resets_its_password() {
    let world = World::start().await;
    let (seeded, owner) = unit_of(&world).await;
    world.seed_fees(&seeded, Class::Nontax, &[100]).await;
    let wanted = json!({ "login_name": "chang3", "display_name": "三车间老张", "role": "viewer" });
    let made = world.post(&owner, "/api/v1/sub-accounts", wanted.clone()).await.ok();
    assert_eq!(world.post(&owner, "/api/v1/sub-accounts", wanted).await.refused(409), "login_name_taken");
    let sign_in = |password: Value| {
        let body = json!({ "login": made["login_name"], "password": password });
        let request = world.http.post(format!("{}/api/v1/session/password", world.base_url)).json(&body);
        request.header("x-client", "mini-program").send()
    };
    let session: Value = sign_in(made["password"].clone()).await.unwrap().json().await.unwrap();
    assert_eq!(session["unit"]["role"], "viewer", "{session}");
    assert_eq!(session["account"]["password_temporary"], true);
    let path = format!("/api/v1/sub-accounts/{}/password", made["id"].as_str().unwrap());
    let reset = world.post(&owner, &path, json!({})).await.ok();
    assert_ne!(reset["password"], made["password"]);
    assert_eq!(sign_in(made["password"].clone()).await.unwrap().status(), 401);
    let person = format!("/api/v1/sub-accounts/{}/password", seeded.applicant);
    assert_eq!(world.post(&owner, &person, json!({})).await.refused(409), "not_a_sub_account");
    let admin = json!({ "login_name": "boss", "display_name": "老板", "role": "admin" });
    assert_eq!(world.post(&owner, "/api/v1/sub-accounts", admin).await.refused(422), "sub_account_may_not_manage");
}

#[tokio::test]
async fn whoever_is_taken_in_by_a_colleague_agrees_before_his_first_act() {
    let world = World::start().await;
    let (seeded, owner) = unit_of(&world).await;
    let fees = world.seed_fees(&seeded, Class::Nontax, &[126_500]).await;
    let token = invite(&world, &owner, json!({ "role": "finance" })).await;
    let finance = person(&world, "13900000077").await;
    let joined = world.post(&finance, "/api/v1/invitations/accept", json!({ "token": token })).await.ok();
    assert_eq!(joined["consents_needed"], json!(NEEDED), "{joined}");
    assert_eq!(count(&world, &finance).await, 1, "he may look");
    let pay = checkout("key-00000001", &fees, 126_500);
    let refused = world.post(&finance, "/api/v1/checkouts", pay.clone()).await;
    assert_eq!(refused.body["error"]["details"]["purpose"], "registration");
    assert_eq!(refused.refused(409), "consent_missing");
    agree(&world, &finance, &NEEDED[..2]).await;
    let session = world.get(&finance, "/api/v1/session").await.ok();
    assert_eq!(session["consents_needed"], json!(["enterprise_service"]));
    agree(&world, &finance, &NEEDED[2..]).await;
    world.post(&finance, "/api/v1/checkouts", pay).await.ok();
    let session = world.get(&finance, "/api/v1/session").await.ok();
    assert_eq!(session["consents_needed"], json!([]));
    // Whoever the core system knows is not stopped between the message and paying.
    let applicant = world.phone(&seeded.applicant, &seeded.unit, "one").await;
    assert_eq!(world.get(&applicant, "/api/v1/session").await.ok()["consents_needed"], json!([]));
}

#[tokio::test]
async fn a_sub_account_does_not_become_the_owner() {
    let world = World::start().await;
    let (seeded, owner) = unit_of(&world).await;
    let wanted = json!({ "login_name": "chang3", "display_name": "三车间老张", "role": "viewer" });
    let made = world.post(&owner, "/api/v1/sub-accounts", wanted).await.ok();
    let members = world.get(&owner, "/api/v1/members").await.ok();
    let line = |id: &Value| {
        members["items"].as_array().unwrap().iter().find(|line| line["id"] == *id).unwrap()["can_hand_over"].clone()
    };
    assert_eq!((line(&made["id"]), line(&json!(seeded.applicant))), (json!(false), json!(true)));
    let path = format!("/api/v1/members/{}/handover", made["id"].as_str().unwrap());
    assert_eq!(world.post(&owner, &path, json!({})).await.refused(409), "sub_account_may_not_manage");
}

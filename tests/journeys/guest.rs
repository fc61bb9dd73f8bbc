//! Paying for somebody else: by name and number without a login, and by a link that a colleague was given.

use serde_json::{Value, json};

use crate::caller::{Caller, Reply};
use crate::paying::{one_order, open_payment, state_of};
use crate::seed::Class;
use crate::transfers::{order_by, order_page, transfer_order};
use crate::world::{Phone, World};

const UNIT: &str = "示例物业001有限公司";

/// Works a small story out, as people do: what comes counts, what goes is taken off, and numbers of lifts, houses and rows
/// do not matter.
pub fn solve(question: &str) -> i64 {
    const NUMERALS: &str = "零一二三四五六七八九十";
    const GOES: [&str; 5] = ["出来", "花了", "领走", "送走", "拆走"];
    let mut sum = 0;
    for clause in question.split('，') {
        let words: Vec<char> = clause.chars().collect();
        let is_numeral = |at: usize| words.get(at).is_some_and(|one| NUMERALS.contains(*one));
        let mut at = 0;
        while at < words.len() {
            let end = (at..=words.len()).find(|end| !is_numeral(*end)).unwrap_or(words.len());
            let names_a_place = at > 0 && words[at - 1] == '第' || words.get(end) == Some(&'号');
            if end > at && !names_a_place {
                let goes = GOES.iter().any(|verb| clause.contains(&format!("{verb}{}", words[at])));
                let text: String = words[at..end].iter().collect();
                sum += if goes { -number(&text) } else { number(&text) };
            }
            at = end.max(at + 1);
        }
    }
    sum
}

fn number(text: &str) -> i64 {
    let digit = |part: &str, empty: i64| match part.chars().next() {
        Some(character) => "零一二三四五六七八九".chars().position(|one| one == character).expect("a digit") as i64,
        None => empty,
    };
    match text.split_once('十') {
        Some((tens, ones)) => digit(tens, 1) * 10 + digit(ones, 0),
        None => digit(text, 0),
    }
}

async fn find_with(visitor: &mut Caller, name: &str, number: &str) -> Reply {
    let captcha = visitor.post("/api/v1/captcha?in_words=true", &json!({})).await.expect(200);
    let answer = solve(captcha["question_text"].as_str().unwrap()).to_string();
    let body = json!({
        "payer_name": name, "notice_no": number, "captcha_id": captcha["captcha_id"], "captcha_answer": answer,
    });
    visitor.post("/api/v1/guest/orders/find", &body).await
}

async fn number_of(world: &World, phone: &Phone, order: &str) -> String {
    order_page(world, phone, order).await["order_no"].as_str().unwrap().to_owned()
}

async fn ask(world: &World, phone: &Phone, order: &str) -> (Value, String) {
    let asked = world.post(phone, &format!("/api/v1/orders/{order}/ask"), json!({})).await.ok();
    let token = asked["path"].as_str().unwrap().strip_prefix("/pages/guest/asked?token=").unwrap().to_owned();
    (asked, token)
}

#[tokio::test]
async fn who_knows_name_and_number_pays_without_a_login_and_the_unit_keeps_order_and_reports() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let number = number_of(&world, &phone, &order).await;
    let mut visitor = world.visitor();
    // As it is typed: full-width brackets and blanks do not matter.
    let found =
        find_with(&mut visitor, " 示例物业 001有限公司", &format!(" {} ", number.to_lowercase())).await.expect(200);
    assert_eq!(found["unit_name_masked"], "示例****有限公司");
    assert_eq!(
        (&found["amount_fen"], &found["count"], &found["state"]),
        (&json!(126_500), &json!(1), &json!("pending_payment"))
    );
    assert!(!found.to_string().contains(UNIT) && !found.to_string().contains(&order), "{found}");
    let ticket = found["ticket"].as_str().unwrap();
    let body = json!({ "ticket": ticket, "key": "guest-key-0001", "channel": "native" });
    let payment = visitor.post("/api/v1/guest/orders/payments", &body).await.expect(200);
    let path = format!("/api/v1/guest/orders/payment-state?ticket={ticket}&ask=1");
    assert_eq!(visitor.get(&path).await.expect(200)["state"], "unpaid");
    world.wechat.pay_native("oSomebody", payment["code_url"].as_str().unwrap()).await.expect("paid");
    world.settle().await;
    let state = visitor.get(&path).await.expect(200);
    assert_eq!(state["state"], "paid", "{state}");
    assert_eq!(state["order"]["missing_fen"], 0);
    // The unit has it all; the timeline says that somebody else paid.
    let page = order_page(&world, &phone, &order).await;
    assert!(["paid", "completed"].contains(&page["state"].as_str().unwrap()), "{page}");
    let steps = page["timeline"].as_array().unwrap();
    let step = |kind: &str| steps.iter().find(|step| step["kind"] == kind).unwrap_or_else(|| panic!("{kind}: {page}"));
    assert_eq!(step("paid")["detail"], "由他人凭编号代付");
    assert_eq!(step("payment_started")["by"], "代付人");
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 1);
    // Nobody pays twice.
    let again = visitor
        .post(
            "/api/v1/guest/orders/payments",
            &json!({ "ticket": ticket, "key": "guest-key-0002", "channel": "native" }),
        )
        .await;
    again.refused(409, "order_paid");
}

#[tokio::test]
async fn inside_wechat_a_visitor_whom_nobody_knows_pays_in_the_sheet() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 5_000).await;
    let number = number_of(&world, &phone, &order).await;
    let person = world.wechat.people()[2].clone();
    let mut plain = world.visitor();
    let ticket = find_with(&mut plain, UNIT, &number).await.expect(200)["ticket"].clone();
    let body = json!({ "ticket": ticket, "key": "guest-key-0001", "channel": "jsapi" });
    plain.post("/api/v1/guest/orders/payments", &body).await.refused(409, "openid_missing");
    // One silent round trip, without a login.
    let (mut visitor, _) = world.open_in_wechat(&person.phone, "/h5/#/pages/guest/find").await;
    assert_eq!(visitor.get("/api/v1/session").await.expect(200)["signed_in"], false);
    let payment = visitor.post("/api/v1/guest/orders/payments", &body).await.expect(200);
    world.wechat.pay_jsapi(&person.mp_openid, &payment["parameters"]).await.expect("the sheet accepts it");
    world.settle().await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
    assert_eq!(visitor.get("/api/v1/session").await.expect(200)["signed_in"], false, "paying signs nobody in");
}

#[tokio::test]
async fn a_visitor_who_chooses_another_channel_while_the_unit_pays_costs_nobody_money() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let number = number_of(&world, &phone, &order).await;
    open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    let mut visitor = world.visitor();
    let ticket = find_with(&mut visitor, UNIT, &number).await.expect(200)["ticket"].clone();
    // He types his password while what he pays is to be closed for the visitor.
    let payer = phone.openid.clone();
    world.wechat.faults().set(|faults| faults.paid_at_close_by = Some(payer));
    let body = json!({ "ticket": ticket, "key": "guest-key-0001", "channel": "native" });
    let told = visitor.post("/api/v1/guest/orders/payments", &body).await.refused(409, "order_paid");
    assert_eq!(told["money"], "taken", "{told}");
    world.settle().await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
    assert_eq!(world.number("SELECT COUNT(*) FROM payment_attempts").await, 1, "nothing was opened for the visitor");
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds").await, 0);
}

#[tokio::test]
async fn a_wrong_name_and_an_unknown_number_look_the_same() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 5_000).await;
    let number = number_of(&world, &phone, &order).await;
    let mut visitor = world.visitor();
    let mut wrong_name =
        find_with(&mut visitor, "别家物业有限公司", &number).await.refused(404, "guest_order_not_found");
    let mut unknown = find_with(&mut visitor, UNIT, "WT2026999000001").await.refused(404, "guest_order_not_found");
    for refusal in [&mut wrong_name, &mut unknown] {
        refusal["trace_id"] = Value::Null;
    }
    assert_eq!(wrong_name, unknown);
    // A part of the name is not the name.
    find_with(&mut visitor, "示例物业001", &number).await.refused(404, "guest_order_not_found");
    find_with(&mut visitor, " ", &number).await.refused(422, "guest_question_malformed");
}

#[tokio::test]
async fn a_question_is_good_for_one_try_and_some_minutes() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 5_000).await;
    let number = number_of(&world, &phone, &order).await;
    let mut visitor = world.visitor();
    let ask = |captcha: &Value, answer: String| {
        json!({
            "payer_name": UNIT, "notice_no": number, "captcha_id": captcha["captcha_id"], "captcha_answer": answer,
        })
    };
    let captcha = visitor.post("/api/v1/captcha?in_words=true", &json!({})).await.expect(200);
    let right = solve(captcha["question_text"].as_str().unwrap()).to_string();
    let path = "/api/v1/guest/orders/find";
    let error = visitor.post(path, &ask(&captcha, "0".to_owned())).await.refused(422, "captcha_wrong");
    assert!(error["fields"]["captcha_answer"].is_string());
    visitor.post(path, &ask(&captcha, right)).await.refused(422, "captcha_wrong");
    let captcha = visitor.post("/api/v1/captcha?in_words=true", &json!({})).await.expect(200);
    let right = solve(captcha["question_text"].as_str().unwrap()).to_string();
    world.clock.advance_ms(5 * 60_000);
    visitor.post(path, &ask(&captcha, right)).await.refused(422, "captcha_wrong");
    visitor.post(path, &ask(&json!({ "captcha_id": "x" }), "1".to_owned())).await.refused(422, "captcha_wrong");
}

#[tokio::test]
async fn guessing_is_limited_by_address_and_by_number() {
    let world = World::start_with(|config| {
        config.guest.finds_per_number_per_hour = 2;
        config.guest.finds_per_address_per_hour = 6;
    })
    .await;
    let (_, phone, order) = one_order(&world, 5_000).await;
    let number = number_of(&world, &phone, &order).await;
    let mut visitor = world.visitor();
    for known in [number.as_str(), "WT2026999000001"] {
        for _ in 0..2 {
            find_with(&mut visitor, "别家物业有限公司", known).await.refused(404, "guest_order_not_found");
        }
        let error = find_with(&mut visitor, UNIT, known).await.refused(429, "guest_too_often");
        assert!(error["details"]["retry_after_s"].as_i64().is_some_and(|seconds| seconds > 0));
    }
    find_with(&mut visitor, UNIT, "WT2026999000002").await.refused(429, "guest_too_often");
    world.clock.advance_ms(3_600_000);
    find_with(&mut visitor, UNIT, &number).await.expect(200);
}

#[tokio::test]
async fn a_ticket_is_for_one_order_and_for_an_hour() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 5_000).await;
    let number = number_of(&world, &phone, &order).await;
    let mut visitor = world.visitor();
    let found = find_with(&mut visitor, UNIT, &number).await.expect(200);
    let ticket = found["ticket"].as_str().unwrap();
    let path = format!("/api/v1/guest/orders/payment-state?ticket={ticket}");
    visitor.get(&path).await.expect(200);
    visitor.get(&path.replace(&ticket[..8], "00000000")).await.refused(404, "ticket_invalid");
    // A link to a file is no ticket, and a ticket opens no file.
    visitor.get(&format!("/files/{ticket}")).await.refused(404, "link_invalid");
    world.clock.advance_ms(60 * 60_000);
    visitor.get(&path).await.refused(410, "ticket_expired");
}

#[tokio::test]
async fn a_colleague_who_was_asked_pays_and_the_timeline_says_who_asked() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["can"]["ask"], true);
    let (asked, token) = ask(&world, &phone, &order).await;
    assert!(asked["url"].as_str().unwrap().contains(&format!("/h5/#/pages/guest/asked?token={token}")));
    assert!(asked["title"].as_str().unwrap().contains("1,265.00"), "{asked}");
    assert_eq!(
        world.number(&format!("SELECT COUNT(*) FROM payment_asks WHERE token_hash = '{token}'")).await,
        0,
        "kept as a hash"
    );
    let mut colleague = world.visitor();
    let shown = colleague.get(&format!("/api/v1/asked/{token}")).await.expect(200);
    assert_eq!((&shown["asked_by_masked"], &shown["unit_name_masked"]), (&json!("测***"), &json!("示例****有限公司")));
    // The unit had begun to pay itself: only one of the two can be paid.
    let own = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    let body = json!({ "ticket": shown["ticket"], "key": "guest-key-0001", "channel": "native" });
    let payment = colleague.post("/api/v1/guest/orders/payments", &body).await.expect(200);
    assert!(world.wechat.pay_jsapi(&phone.openid, &own["parameters"]).await.is_err(), "the first was closed");
    world.wechat.pay_native("oColleague", payment["code_url"].as_str().unwrap()).await.expect("paid");
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    let steps = page["timeline"].as_array().unwrap();
    let step = |kind: &str| steps.iter().find(|step| step["kind"] == kind).unwrap_or_else(|| panic!("{kind}: {page}"));
    assert_eq!(step("asked")["detail"], "测试一号 请同事付款");
    assert_eq!(step("paid")["detail"], "由受邀的同事代付");
    assert_eq!(page["can"]["ask"], false);
    let after = colleague.get(&format!("/api/v1/asked/{token}")).await.expect(200);
    assert!(["paid", "completed"].contains(&after["state"].as_str().unwrap()), "so that nobody pays again: {after}");
    let refused = world.post(&phone, &format!("/api/v1/orders/{order}/ask"), json!({})).await;
    assert_eq!(refused.refused(409), "order_paid");
}

#[tokio::test]
async fn a_link_ends_when_it_is_taken_back_when_the_order_is_given_up_and_by_time() {
    let world = World::start().await;
    let (unit, phone, order) = one_order(&world, 5_000).await;
    let mut colleague = world.visitor();
    let (_, token) = ask(&world, &phone, &order).await;
    let path = format!("/api/v1/asked/{token}");
    let ticket = colleague.get(&path).await.expect(200)["ticket"].clone();
    world.ask(&phone, reqwest::Method::DELETE, &format!("/api/v1/orders/{order}/ask"), None).await.ok();
    colleague.get(&path).await.refused(410, "ask_over");
    let body = json!({ "ticket": ticket, "key": "guest-key-0001", "channel": "native" });
    colleague.post("/api/v1/guest/orders/payments", &body).await.refused(410, "ask_over");
    let (_, token) = ask(&world, &phone, &order).await;
    world.post(&phone, &format!("/api/v1/orders/{order}/void"), json!({})).await.ok();
    colleague.get(&format!("/api/v1/asked/{token}")).await.refused(410, "ask_over");
    let refused = world.post(&phone, &format!("/api/v1/orders/{order}/ask"), json!({})).await;
    assert_eq!(refused.refused(409), "order_void");
    let transfer = order_by(&world, &unit, &phone, Class::Nontax, "transfer", 20_000).await;
    let (_, token) = ask(&world, &phone, &transfer).await;
    world.clock.advance_ms(7 * 86_400_000);
    colleague.get(&format!("/api/v1/asked/{token}")).await.refused(410, "ask_over");
    colleague.get("/api/v1/asked/0000").await.refused(404, "ask_not_found");
}

#[tokio::test]
async fn a_colleague_sees_account_code_and_what_is_still_owed_of_a_transfer() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 20_000).await;
    world.settle().await;
    let (_, token) = ask(&world, &phone, &order).await;
    let mut colleague = world.visitor();
    let path = format!("/api/v1/asked/{token}");
    let shown = colleague.get(&path).await.expect(200);
    let notice = &shown["payment_notice"];
    assert_eq!((&notice["amount_fen"], &notice["account_no"]), (&json!(20_000), &json!("0000")));
    assert_eq!(notice["payment_code"].as_str().unwrap().len(), 20);
    let body = json!({ "ticket": shown["ticket"], "key": "guest-key-0001", "channel": "native" });
    colleague.post("/api/v1/guest/orders/payments", &body).await.refused(409, "order_method_differs");
    // A part comes: page and paper name the rest.
    let mut desk = world.staff("window", &[tejian::staff::Role::CounterClerk]).await;
    let part = crate::window::cash(15_000);
    desk.post(&format!("/orders/{order}/counter-payments"), part).await;
    let shown = colleague.get(&path).await.expect(200);
    assert_eq!((&shown["missing_fen"], &shown["payment_notice"]["amount_fen"]), (&json!(5_000), &json!(5_000)));
    assert_eq!(order_page(&world, &phone, &order).await["payment_notice"]["amount_fen"], 5_000);
    let request = json!({ "kind": "order_document", "id": order });
    let link = world.post(&phone, "/api/v1/download-links", request).await.ok();
    let address = format!("{}{}", world.base_url, link["url"].as_str().unwrap());
    let pdf = world.http.get(address).send().await.unwrap().bytes().await.unwrap();
    let text = lopdf::Document::load_mem(&pdf).unwrap().extract_text(&[1]).unwrap();
    assert!(text.contains("尚需缴款") && text.contains("￥50.00") && text.contains("已收 ￥150.00"), "{text}");
    // Found by the payment code as well.
    let code = notice["payment_code"].as_str().unwrap().to_owned();
    let found = find_with(&mut colleague, UNIT, &code).await.expect(200);
    assert_eq!(found["missing_fen"], 5_000);
}

#[tokio::test]
async fn in_the_mini_program_the_ticket_of_a_stranger_tells_whom_to_charge() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 5_000).await;
    let number = number_of(&world, &phone, &order).await;
    let found = find_with(&mut world.visitor(), UNIT, &number).await.expect(200);
    let person = world.wechat.people()[2].clone();
    let post = async |path: &str, body: Value| {
        let request = world.http.post(format!("{}{path}", world.base_url)).header("x-client", "mini-program");
        request.json(&body).send().await.unwrap()
    };
    let login =
        post("/api/v1/session/mini-program", json!({ "code": world.wechat.login_code(&person.mini_openid) })).await;
    let session: Value = login.json().await.unwrap();
    assert_eq!(session["signed_in"], false);
    let mut body = json!({ "ticket": found["ticket"], "key": "guest-key-0001", "channel": "mini_program" });
    assert_eq!(post("/api/v1/guest/orders/payments", body.clone()).await.status().as_u16(), 409);
    body["bind_ticket"] = session["bind_ticket"].clone();
    let payment: Value = post("/api/v1/guest/orders/payments", body).await.json().await.unwrap();
    world.wechat.pay_jsapi(&person.mini_openid, &payment["parameters"]).await.expect("the sheet accepts it");
    world.settle().await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
}

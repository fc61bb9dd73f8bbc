//! People write to the service account, and the desk in the console answers within WeChat's window (desk D10).

use reqwest::Method;
use serde_json::{Value, json};
use simulator::{MessageKind, PushedMessage};
use tejian::staff::Role;

use crate::staff_world::Desk;
use crate::world::World;

const PHONE: &str = "13900000001";
const HOUR_MINUTES: i64 = 60;

fn openid(world: &World) -> String {
    world.person(PHONE).mp_openid.clone()
}

/// What the desk sent to the phone.
fn answers(world: &World) -> Vec<PushedMessage> {
    let reached = world.wechat.pushed_messages(&openid(world)).into_iter();
    reached.filter(|message| message.kind == MessageKind::Custom).collect()
}

/// Answers go out one after the other.
async fn let_them_go_out(world: &World) {
    world.settle().await;
    for _ in 0..5 {
        world.pass_minutes(1).await;
    }
}

async fn only_thread(desk: &mut Desk, state: &str) -> Value {
    let list = desk.get(&format!("/conversations?state={state}")).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    list["items"][0].clone()
}

/// A PNG of a few pixels with something hidden behind it.
fn picture() -> Vec<u8> {
    let mut content = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(40, 30, image::Rgb([20, 120, 200]));
    image::DynamicImage::ImageRgb8(picture).write_to(&mut content, image::ImageFormat::Png).unwrap();
    let mut content = content.into_inner();
    content.extend_from_slice(b"<script>hidden</script>");
    content
}

#[tokio::test]
async fn what_nobody_understands_reaches_the_desk_and_is_answered_there_with_words_and_pictures() {
    let world = World::start().await;
    let mut desk = world.staff("service", &[Role::CustomerService]).await;
    world.wechat.follow(&openid(&world)).await;
    let known = world.wechat.send_text(&openid(&world), "我要缴费").await.expect("an answer");
    assert!(known.contains("home%2Fhome"), "{known}");
    assert!(desk.get("/conversations").await["items"].as_array().unwrap().is_empty(), "a known word needs no desk");

    let told = world.wechat.send_text(&openid(&world), "去年的合格标志丢了怎样补").await.expect("an answer");
    assert!(told.contains("已转给客服"), "{told}");
    assert_eq!(world.wechat.send_text(&openid(&world), "是渝中区那台电梯").await, None, "the desk is talking now");
    assert_eq!(world.wechat.send_image(&openid(&world), &picture()).await, None);
    world.settle().await;

    let thread = only_thread(&mut desk, "waiting").await;
    assert_eq!(
        (&thread["unread"], &thread["window_left"], &thread["can_answer"]),
        (&json!(3), &json!(5), &json!(true))
    );
    let work = desk.get("/worklist").await.to_string();
    assert!(work.contains("conversations") && work.contains("客服会话"), "{work}");
    let path = format!("/conversations/{}", thread["id"].as_str().unwrap());
    let shown = desk.get(&path).await;
    assert_eq!(shown["conversation"]["unread"], 0);
    let said = shown["said"].as_array().unwrap();
    assert_eq!(said.len(), 3);
    assert_eq!((&said[0]["kind"], &said[0]["has_picture"]), (&json!("picture"), &json!(true)));
    assert_eq!(said[2]["text"], "去年的合格标志丢了怎样补");
    let address = format!("/staff/v1{path}/pictures/{}", said[0]["id"].as_str().unwrap());
    let seen = desk.caller.get(&address).await;
    assert!(seen.bytes.starts_with(&[0xff, 0xd8, 0xff]), "written anew as JPEG");
    assert!(!seen.bytes.windows(6).any(|window| window == b"hidden"));

    let replied = desk.post(&format!("{path}/replies"), json!({ "text": "请拍一张旧标志发来" })).await;
    assert_eq!((&replied["window_left"], &replied["claimed_by"]["name"]), (&json!(4), &json!("员工service")));
    let sent = desk
        .caller
        .send(Method::POST, &format!("/staff/v1{path}/pictures"), Some("application/octet-stream"), picture())
        .await
        .expect(200);
    assert_eq!(sent["window_left"], 3);
    desk.post(&format!("{path}/replies"), json!({ "text": "这是样张" })).await;
    let_them_go_out(&world).await;
    let came = answers(&world);
    let kinds: Vec<&str> = came.iter().map(|one| one.data["msgtype"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["text", "image", "text"], "in the order in which they were written");
    assert_eq!(came[0].data["text"]["content"], "请拍一张旧标志发来");
    assert!(desk.get("/conversations?state=waiting").await["items"].as_array().unwrap().is_empty());

    let mut colleague = world.staff("colleague", &[Role::CustomerService]).await;
    let text = json!({ "text": "我也来答" });
    colleague.try_post(&format!("{path}/replies"), text.clone()).await.refused(409, "conversation_claimed");
    desk.post(&format!("{path}/close"), json!({})).await;
    only_thread(&mut colleague, "closed").await;
    let again = world.wechat.send_text(&openid(&world), "补好了吗我想问").await.expect("an answer");
    assert!(again.contains("已转给客服"), "{again}");
    only_thread(&mut colleague, "waiting").await;
    colleague.post(&format!("{path}/replies"), text).await;
    world.settle().await;
    assert_eq!(answers(&world).len(), 4);
}

#[tokio::test]
async fn the_window_of_five_answers_and_48_hours_is_counted_and_then_the_inbox_is_offered() {
    let world = World::start().await;
    let mut desk = world.staff("service", &[Role::CustomerService]).await;
    let unit = world.seed_unit("示例物业001有限公司", PHONE).await;
    world.wechat.follow(&openid(&world)).await;
    let (mut browser, _) = world.open_in_wechat(PHONE, "/h5/").await;
    world.sign_in_by_sms(&mut browser, PHONE).await;
    world.wechat.send_text(&openid(&world), "我想问一件事").await;
    let thread = only_thread(&mut desk, "waiting").await;
    assert_eq!(thread["units"], json!(["示例物业001有限公司"]));
    let path = format!("/conversations/{}", thread["id"].as_str().unwrap());
    for number in 0..5 {
        desk.post(&format!("{path}/replies"), json!({ "text": format!("第 {number} 条") })).await;
    }
    let text = json!({ "text": "第六条" });
    let refusal = desk.try_post(&format!("{path}/replies"), text.clone()).await.refused(409, "reply_window_closed");
    assert!(refusal.to_string().contains("站内信"), "{refusal}");
    let_them_go_out(&world).await;
    assert_eq!(answers(&world).len(), 5);
    desk.post(&format!("{path}/notices"), text.clone()).await;
    world.settle().await;
    let phone = world.phone(&unit.applicant, &unit.unit, &openid(&world)).await;
    let inbox = world.get(&phone, "/api/v1/messages").await.ok();
    assert_eq!((&inbox["items"][0]["kind"], &inbox["items"][0]["body"]), (&json!("staff_answer"), &json!("第六条")));

    world.wechat.send_text(&openid(&world), "还有一件事").await;
    desk.post(&format!("{path}/replies"), json!({ "text": "请说" })).await;
    world.settle().await;
    assert_eq!(answers(&world).len(), 6, "who writes again opens it again");
    desk.post(&format!("{path}/release"), json!({})).await;
    world.pass_minutes(48 * HOUR_MINUTES + 1).await;
    let mut desk = world.staff("later", &[Role::CustomerService]).await;
    desk.try_post(&format!("{path}/replies"), text).await.refused(409, "reply_window_closed");
}

#[tokio::test]
async fn a_picture_that_is_none_is_refused_and_one_that_wechat_forgot_says_so() {
    let world = World::start().await;
    let mut desk = world.staff("service", &[Role::CustomerService]).await;
    world.wechat.follow(&openid(&world)).await;
    world.wechat.send_image(&openid(&world), &picture()).await;
    world.wechat.faults().errcode("/cgi-bin/media/get", 40007, 1);
    world.settle().await;
    let thread = only_thread(&mut desk, "waiting").await;
    let path = format!("/conversations/{}", thread["id"].as_str().unwrap());
    let said = desk.get(&path).await["said"][0].clone();
    assert_eq!((&said["state"], &said["has_picture"]), (&json!("failed"), &json!(false)));
    let form = Some("application/octet-stream");
    for content in [b"<html>".to_vec(), b"%PDF-1.4".to_vec(), Vec::new()] {
        let address = format!("/staff/v1{path}/pictures");
        desk.caller.send(Method::POST, &address, form, content).await.refused(422, "picture_wrong");
    }
    assert_eq!(desk.get(&path).await["conversation"]["window_left"], 5, "nothing was used up");
}

#[tokio::test]
async fn canned_answers_are_kept_in_their_order() {
    let world = World::start().await;
    let mut desk = world.staff("service", &[Role::CustomerService]).await;
    let answers = json!({ "items": [
        { "title": "问候", "text": "您好，请问有什么可以帮您？" },
        { "title": "补标志", "text": "请带旧标志到窗口补领。" },
    ] });
    assert_eq!(desk.put("/canned-answers", answers.clone()).await.expect(200), answers);
    assert_eq!(desk.get("/canned-answers").await, answers);
    let nameless = json!({ "items": [{ "title": " ", "text": "x" }] });
    desk.put("/canned-answers", nameless).await.refused(422, "canned_answer_wrong");
    assert_eq!(desk.get("/canned-answers").await, answers);
}

#[tokio::test]
async fn a_thread_is_found_by_its_words_and_its_person_and_ends_with_its_pictures_after_its_time() {
    let world = World::start_with(|config| config.messages.conversation_days = 30).await;
    let unit = world.seed_unit("示例物业001有限公司", PHONE).await;
    world.wechat.follow(&openid(&world)).await;
    let (mut browser, _) = world.open_in_wechat(PHONE, "/h5/").await;
    world.sign_in_by_sms(&mut browser, PHONE).await;
    world.wechat.send_text(&openid(&world), "合格标志丢了怎么补领").await;
    world.wechat.send_image(&openid(&world), &picture()).await;
    world.settle().await;
    let mut desk = world.staff("service", &[Role::CustomerService]).await;
    let id = only_thread(&mut desk, "waiting").await["id"].as_str().unwrap().to_owned();
    for words in ["补领", "测试一号", PHONE] {
        let found = desk.get(&format!("/search?q={words}")).await;
        let groups = found["groups"].as_array().expect("groups");
        let threads = groups.iter().find(|group| group["kind"] == "conversation").expect("threads");
        assert_eq!(threads["items"][0]["link"], format!("/conversations/{id}"), "{words}");
    }
    let reader = world.app.database.reader();
    let identities = tejian::accounts::wechat_identities(reader, &unit.applicant).await.unwrap();
    let said = tejian::conversations::said_with(reader, &identities, 10).await.unwrap();
    assert!(said.iter().all(|one| one.by_person) && said.iter().any(|one| one.text == "合格标志丢了怎么补领"));

    let shown = desk.get(&format!("/conversations/{id}")).await;
    let with_picture = shown["said"].as_array().unwrap().iter().find(|one| one["has_picture"] == true).unwrap();
    let key = format!("conversations/{}.jpg", with_picture["id"].as_str().unwrap());
    assert!(world.app.files.exists(&key).await.unwrap());
    world.pass_minutes(20 * 24 * 60).await;
    world.wechat.send_text(&openid(&world), "还有一件事").await;
    world.pass_minutes(11 * 24 * 60).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM conversation_messages").await, 1, "only what is younger is left");
    assert!(!world.app.files.exists(&key).await.unwrap(), "the picture is gone as well");
    world.pass_minutes(20 * 24 * 60).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM conversations").await, 0);
}

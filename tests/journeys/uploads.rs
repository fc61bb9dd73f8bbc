//! Files from people: in parts, whole, broken off, and of the wrong kind.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tejian::staff::Role;

use crate::caller::Caller;
use crate::world::{Answer, Phone, World};

/// A picture of noise, so that it does not compress to nothing.
pub fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let picture = image::RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Rgb([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8])
    });
    let mut content = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut content, image::ImageFormat::Png).unwrap();
    content.into_inner()
}

/// Sends a whole file as a mini-program does.
pub async fn send_whole(world: &World, phone: &Phone, name: &str, content: Vec<u8>) -> Answer {
    let form = Form::new()
        .text("purpose", "remittance_proof")
        .part("file", Part::bytes(content).file_name(name.to_owned()).mime_str("image/png").unwrap());
    let request = world
        .http
        .post(format!("{}/api/v1/uploads/whole", world.base_url))
        .bearer_auth(&phone.token)
        .header("x-client", "h5-wechat")
        .multipart(form);
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

async fn fetch(world: &World, url: &Value) -> reqwest::Response {
    world.http.get(format!("{}{}", world.base_url, url.as_str().expect("an address"))).send().await.unwrap()
}

async fn someone(world: &World) -> Phone {
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    world.phone(&unit.applicant, &unit.unit, "openid").await
}

#[tokio::test]
async fn files_of_payers_of_officers_and_of_the_core_system_share_one_room() {
    let world = World::start_with(|config| {
        config.http.import_limit_bytes = 8 * 1_048_576;
        config.http.large_bodies_limit_bytes = 8 * 1_048_576;
    })
    .await;
    let phone = someone(&world).await;
    let content = photo(180, 150);
    assert!(content.len() > 65_536, "a small one needs no room");
    // Somebody else's file, which takes its time.
    let bodies = &world.app.large_bodies;
    let taken = bodies.take(8 * 1_048_576).unwrap();
    let refused = send_whole(&world, &phone, "回单.png", content.clone()).await;
    assert_eq!(refused.body["error"]["money"], "none", "{}", refused.body);
    assert_eq!(refused.refused(503), "too_many_large_bodies");
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    let (statements, form) = ("/staff/v1/bank/statements", Some("multipart/form-data; boundary=x"));
    let statement = vec![b','; 70_000];
    let refused = desk.caller.send(Method::POST, statements, form, statement.clone()).await;
    refused.refused(503, "too_many_large_bodies");
    assert_eq!(world.number("SELECT COUNT(*) FROM uploads").await, 0);
    drop(taken);
    send_whole(&world, &phone, "回单.png", content).await.ok();
    let broken = desk.caller.send(Method::POST, statements, form, statement).await;
    broken.refused(400, "unreadable_form");
    assert_eq!(bodies.taken_bytes(), 0, "what was answered takes nothing");
}

#[tokio::test]
async fn a_file_in_parts_goes_on_where_it_broke_off() {
    let world = World::start().await;
    let phone = someone(&world).await;
    let content = photo(700, 600);
    let begin = json!({ "purpose": "remittance_proof", "file_name": "../../回单\u{202e}.exe", "bytes": content.len() });
    let upload = world.post(&phone, "/api/v1/uploads", begin).await.ok();
    assert_eq!((upload["state"].as_str(), upload["file_name"].as_str()), (Some("receiving"), Some("回单.exe")));
    let id = upload["id"].as_str().unwrap();
    let mut caller = Caller::with_token(&world.base_url, &phone.token);
    let middle = content.len() / 2;
    assert!(middle < 1_048_576, "two parts are enough");
    let path = |offset: usize| format!("/api/v1/uploads/{id}/content?offset={offset}");
    let bytes = Some("application/octet-stream");
    // The second half first leaves a gap.
    let gap = caller.send(Method::PUT, &path(middle), bytes, content[middle..].to_vec()).await;
    assert_eq!(gap.refused(409, "part_out_of_order")["details"]["received_bytes"], 0);
    caller.send(Method::PUT, &path(0), bytes, content[..middle].to_vec()).await.expect(200);
    // The answer was lost; the same part again changes nothing.
    let half = caller.send(Method::PUT, &path(0), bytes, content[..middle].to_vec()).await.expect(200);
    assert_eq!(half["received_bytes"], middle);
    let beyond = caller.send(Method::PUT, &path(middle), bytes, content.clone()).await;
    assert!(beyond.status.is_client_error());
    let whole = caller.send(Method::PUT, &path(middle), bytes, content[middle..].to_vec()).await.expect(200);
    assert_eq!((whole["state"].as_str(), whole["content_type"].as_str()), (Some("ready"), Some("image/jpeg")));
    let file = fetch(&world, &whole["url"]).await;
    assert_eq!(file.headers()["content-type"], "image/jpeg");
    assert_eq!(file.headers()["x-content-type-options"], "nosniff");
    assert!(file.bytes().await.unwrap().starts_with(&[0xff, 0xd8, 0xff]), "written anew");
    assert!(fetch(&world, &whole["preview_url"]).await.status().is_success());
    assert_eq!(world.number("SELECT COUNT(*) FROM upload_parts").await, 0);
}

#[tokio::test]
async fn what_is_no_picture_and_no_pdf_is_refused_whatever_it_is_called() {
    let world = World::start().await;
    let phone = someone(&world).await;
    for content in [&b"<html><script>alert(1)</script></html>"[..], b"MZ\x90\x00", b"PK\x03\x04zip"] {
        let upload = send_whole(&world, &phone, "slip.png", content.to_vec()).await.ok();
        assert_eq!(upload["state"], "refused");
        assert!(upload["refusal"].as_str().unwrap().contains("JPG"), "{upload}");
        assert_eq!(upload["url"], Value::Null);
    }
    let large = send_whole(&world, &phone, "slip.png", vec![0_u8; 10_485_761]).await;
    assert_eq!(large.refused(413), "file_too_large");
    let empty = send_whole(&world, &phone, "slip.png", Vec::new()).await;
    assert_eq!(empty.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_damaged_file_is_noticed_by_its_hash() {
    let world = World::start().await;
    let phone = someone(&world).await;
    let content = photo(20, 20);
    let hash = "0".repeat(64);
    let begin =
        json!({ "purpose": "remittance_proof", "file_name": "回单.png", "bytes": content.len(), "content_hash": hash });
    let upload = world.post(&phone, "/api/v1/uploads", begin).await.ok();
    let mut caller = Caller::with_token(&world.base_url, &phone.token);
    let path = format!("/api/v1/uploads/{}/content?offset=0", upload["id"].as_str().unwrap());
    let done = caller.send(Method::PUT, &path, Some("application/octet-stream"), content).await.expect(200);
    assert_eq!(done["state"], "refused");
    assert!(done["refusal"].as_str().unwrap().contains("受损"));
}

#[tokio::test]
async fn a_file_belongs_to_its_unit_and_its_links_end() {
    let world = World::start().await;
    let phone = someone(&world).await;
    let upload = send_whole(&world, &phone, "回单.png", photo(30, 30)).await.ok();
    let other = world.seed_unit("另一家单位", "13900000002").await;
    let stranger = world.phone(&other.applicant, &other.unit, "other").await;
    let path = format!("/api/v1/uploads/{}", upload["id"].as_str().unwrap());
    assert_eq!(world.get(&stranger, &path).await.refused(404), "upload_not_found");
    assert_eq!(world.ask(&stranger, Method::DELETE, &path, None).await.refused(404), "upload_not_found");
    world.clock.advance_ms(11 * 60_000);
    assert_eq!(fetch(&world, &upload["url"]).await.status(), StatusCode::GONE);
    assert!(world.ask(&phone, Method::DELETE, &path, None).await.status.is_success());
    assert_eq!(world.get(&phone, &path).await.refused(404), "upload_not_found");
}

#[tokio::test]
async fn a_file_that_is_never_finished_is_forgotten_after_a_day() {
    let world = World::start().await;
    let phone = someone(&world).await;
    let begin = json!({ "purpose": "remittance_proof", "file_name": "回单.png", "bytes": 1_000 });
    world.post(&phone, "/api/v1/uploads", begin).await.ok();
    world.pass_minutes(25 * 60).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM uploads").await, 0);
}

#[tokio::test]
async fn a_file_that_nothing_refers_to_is_removed_after_a_week() {
    let world = World::start().await;
    let phone = someone(&world).await;
    let upload = send_whole(&world, &phone, "回单.png", photo(30, 30)).await.ok();
    world.pass_minutes(25 * 60).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM uploads").await, 1);
    world.pass_minutes(6 * 24 * 60).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM uploads").await, 0);
    let path = format!("/api/v1/uploads/{}", upload["id"].as_str().unwrap());
    assert_eq!(world.get(&phone, &path).await.refused(404), "upload_not_found");
}

#[tokio::test]
async fn a_link_ends_with_the_sign_in_that_asked_for_it() {
    let world = World::start().await;
    let phone = someone(&world).await;
    let upload = send_whole(&world, &phone, "回单.png", photo(30, 30)).await.ok();
    assert!(fetch(&world, &upload["url"]).await.status().is_success());
    assert!(world.ask(&phone, Method::DELETE, "/api/v1/session", None).await.status.is_success());
    for url in [&upload["url"], &upload["preview_url"]] {
        assert_eq!(fetch(&world, url).await.status(), StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_link_to_a_file_of_a_unit_ends_with_the_membership_of_who_asked_for_it() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let upload = send_whole(&world, &phone, "回单.png", photo(30, 30)).await.ok();
    assert!(fetch(&world, &upload["url"]).await.status().is_success());
    let owner = world.phone(&unit.unit_account, &unit.unit, "owner").await;
    let path = format!("/api/v1/members/{}", phone.account);
    assert!(world.ask(&owner, Method::DELETE, &path, None).await.status.is_success());
    assert_eq!(world.get(&phone, "/api/v1/session").await.ok()["signed_in"], true, "he is still somebody");
    for url in [&upload["url"], &upload["preview_url"]] {
        assert_eq!(fetch(&world, url).await.status(), StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn an_account_sends_so_many_files_a_day_whatever_they_are_for() {
    let world = World::start_with(|config| config.uploads.per_account_per_day = 2).await;
    let phone = someone(&world).await;
    send_whole(&world, &phone, "1.png", photo(20, 20)).await.ok();
    let begin = json!({ "purpose": "business_licence", "file_name": "执照.png", "bytes": 1_000 });
    world.post(&phone, "/api/v1/uploads", begin.clone()).await.ok();
    assert_eq!(world.post(&phone, "/api/v1/uploads", begin.clone()).await.refused(409), "too_many_uploads");
    assert_eq!(send_whole(&world, &phone, "2.png", photo(20, 20)).await.refused(409), "too_many_uploads");
    world.clock.advance_ms(86_400_000);
    world.post(&phone, "/api/v1/uploads", begin).await.ok();
}

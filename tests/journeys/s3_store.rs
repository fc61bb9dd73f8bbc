//! The product over an S3 store, where the other journeys have a directory.

#[path = "../../foundation/tests/file_store/s3.rs"]
mod s3;

use bytes::Bytes;
use foundation::ids::new_id_text;
use reqwest::Method;
use serde_json::json;
use tejian::backup::{Made, back_up};

use crate::caller::Caller;
use crate::downloads::{fetch, link, report_of};
use crate::receipts::{paid_order, upload_report};
use crate::seed::Class;
use crate::uploads::{photo, send_whole};
use crate::world::{Phone, World};

use s3::S3Store;

const GOOD: &str = "91500000DEM0000145";
const PDF: &[u8] = b"%PDF-1.7 a report";

#[tokio::test]
async fn papers_that_lie_in_an_s3_store_are_downloaded_and_copied() {
    let store = S3Store::start().await;
    let world = World::start_with(|config| store.lead(&mut config.files)).await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    let report = report_of(&world, &phone, &order).await;
    upload_report(&world, &report, PDF).await;
    for _ in 0..3 {
        world.pass_minutes(2).await;
    }
    let keys = store.keys();
    assert!(keys.contains(&format!("reports/{report}.pdf")), "{keys:?}");
    assert!(keys.len() > 1, "the receipt is a file: {keys:?}");

    let link = link(&world, &phone, "report", &report).await;
    let path = link["url"].as_str().expect("an address");
    store.stumble(1);
    let whole = fetch(&world, path).await;
    assert_eq!(whole.status(), 200);
    assert_eq!(whole.bytes().await.expect("a body"), PDF);
    assert_eq!(store.stumbles_left(), 0, "the store was asked again");
    let part = world.http.get(format!("{}{path}", world.base_url)).header("range", "bytes=1-3").send().await;
    let part = part.expect("an answer");
    assert_eq!(part.status(), 206);
    assert_eq!(part.bytes().await.expect("a body"), PDF[1..=3]);

    let directory = std::env::temp_dir().join(new_id_text("copies"));
    std::fs::create_dir_all(&directory).expect("a directory");
    let Made { manifest, .. } = back_up(&world.app.config, &directory, world.app.now_ms()).await.expect("a copy");
    let mut copied: Vec<String> = manifest.files.iter().map(|file| file.key.clone()).collect();
    copied.sort();
    assert_eq!(copied, keys);
    for key in keys {
        let copy = std::fs::read(directory.join("files").join(&key)).expect("a copied file");
        assert_eq!(world.app.files.get(&key).await.expect("a file"), copy, "{key}");
    }
    std::fs::remove_dir_all(&directory).expect("gone");
}

#[tokio::test]
async fn what_is_removed_by_design_while_a_copy_is_made_is_left_out_and_what_never_goes_is_missed() {
    let store = S3Store::start().await;
    let world = World::start_with(|config| store.lead(&mut config.files)).await;
    for key in ["reports/rpt_1.pdf", "uploads/upl_1.jpg", "uploads/upl_2.jpg"] {
        world.app.files.put(key, Bytes::from_static(PDF)).await.expect("stored");
    }
    let directory = std::env::temp_dir().join(new_id_text("copies"));
    store.lose("uploads/upl_1.jpg");
    let Made { manifest, .. } = back_up(&world.app.config, &directory, world.app.now_ms()).await.expect("a copy");
    let copied: Vec<&str> = manifest.files.iter().map(|file| file.key.as_str()).collect();
    assert_eq!(copied, ["reports/rpt_1.pdf", "uploads/upl_2.jpg"]);

    world.app.files.put("reports/rpt_2.pdf", Bytes::from_static(PDF)).await.expect("stored");
    store.lose("reports/rpt_2.pdf");
    world.clock.advance_ms(60_000);
    let refused = back_up(&world.app.config, &directory, world.app.now_ms()).await.expect_err("it was there");
    assert!(refused.to_string().contains("reports/rpt_2.pdf 在备份时不见了"), "{refused:#}");
    std::fs::remove_dir_all(&directory).expect("gone");
}

async fn payer(world: &World) -> Phone {
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    world.phone(&unit.applicant, &unit.unit, "openid").await
}

const UPLOADS: &str = "SELECT COUNT(*) FROM uploads";

#[tokio::test]
async fn a_file_that_is_removed_while_it_is_looked_at_leaves_nothing_behind() {
    let store = S3Store::start().await;
    let world = World::start_with(|config| store.lead(&mut config.files)).await;
    let phone = payer(&world).await;
    let content = photo(30, 30);
    let begin = json!({ "purpose": "remittance_proof", "file_name": "回单.png", "bytes": content.len() });
    let upload = world.post(&phone, "/api/v1/uploads", begin).await.ok();
    let path = format!("/api/v1/uploads/{}", upload["id"].as_str().expect("an id"));
    let whole = format!("{path}/content?offset=0");
    let mut caller = Caller::with_token(&world.base_url, &phone.token);

    let in_the_middle = store.hold_next_file();
    let removing = async {
        in_the_middle.wait().await;
        assert!(world.ask(&phone, Method::DELETE, &path, None).await.status.is_success());
        // Whatever the removal itself has to do is done before the file is stored.
        world.settle().await;
        in_the_middle.wait().await;
    };
    let sending = caller.send(Method::PUT, &whole, Some("application/octet-stream"), content);
    let (sent, ()) = tokio::join!(sending, removing);
    sent.refused(404, "upload_not_found");
    world.settle().await;
    assert_eq!(world.number(UPLOADS).await, 0);
    assert!(store.keys().is_empty(), "{:?}", store.keys());
}

#[tokio::test]
async fn files_that_are_removed_while_the_store_is_away_go_when_it_is_back() {
    let store = S3Store::start().await;
    let world = World::start_with(|config| store.lead(&mut config.files)).await;
    let phone = payer(&world).await;
    for is_swept in [false, true] {
        let upload = send_whole(&world, &phone, "回单.png", photo(30, 30)).await.ok();
        assert_eq!(store.keys().len(), 2, "the picture and a small one: {:?}", store.keys());
        store.stumble(u32::MAX);
        if is_swept {
            world.pass_minutes(8 * 24 * 60).await;
        } else {
            let path = format!("/api/v1/uploads/{}", upload["id"].as_str().expect("an id"));
            assert_eq!(world.ask(&phone, Method::DELETE, &path, None).await.status, 204, "it is removed");
            world.settle().await;
        }
        assert_eq!((world.number(UPLOADS).await, store.keys().len()), (0, 2), "swept: {is_swept}");
        store.stumble(0);
        world.pass_minutes(1).await;
        assert!(store.keys().is_empty(), "swept: {is_swept}: {:?}", store.keys());
    }
}

#[tokio::test]
async fn files_that_could_not_be_stored_do_not_count_among_the_unfinished_ones() {
    let store = S3Store::start().await;
    let world = World::start_with(|config| {
        store.lead(&mut config.files);
        config.uploads.unfinished_per_unit_max = 1;
    })
    .await;
    let phone = payer(&world).await;
    store.stumble(u32::MAX);
    for _ in 0..2 {
        let away = send_whole(&world, &phone, "回单.png", photo(30, 30)).await;
        assert!(away.status.is_server_error(), "{}", away.body);
        assert_eq!(world.number(UPLOADS).await, 0, "nobody was told of it");
    }
    store.stumble(0);
    let upload = send_whole(&world, &phone, "回单.png", photo(30, 30)).await.ok();
    assert_eq!(upload["state"], "ready");
    world.pass_minutes(1).await;
    assert_eq!((world.number(UPLOADS).await, store.keys().len()), (1, 2), "what is kept stays");
}

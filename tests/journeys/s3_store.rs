//! The product over an S3 store, where the other journeys have a directory.

#[path = "../../foundation/tests/file_store/s3.rs"]
mod s3;

use bytes::Bytes;
use foundation::ids::new_id_text;
use tejian::backup::{Made, back_up};

use crate::downloads::{fetch, link, report_of};
use crate::receipts::{paid_order, upload_report};
use crate::seed::Class;
use crate::world::World;

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

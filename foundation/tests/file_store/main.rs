//! Files in a directory and in an S3 store: what one place does, the other does, too.

mod s3;

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use foundation::config::{Config, FilesConfig, Secret};
use foundation::files::{FileFacts, FileStore};
use foundation::ids::new_id_text;
use foundation::outage::is_outage;
use foundation::secret_hash::sha256_hex;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;

use s3::S3Store;

const PART_BYTES: usize = 8 * 1024 * 1024;

/// A directory that is gone with its test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let path = std::env::temp_dir().join(new_id_text("tejian-files"));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn config(&self) -> FilesConfig {
        let mut config = Config::load_from(None, []).unwrap().files;
        config.directory = self.0.join("files").display().to_string();
        config
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// The name of a place, and what opens it.
async fn places(directory: &Directory) -> [(&'static str, FileStore); 2] {
    let mut config = directory.config();
    let local = FileStore::open(&config).unwrap();
    S3Store::start().await.lead(&mut config);
    [("a directory", local), ("an S3 store", FileStore::open(&config).unwrap())]
}

/// Bytes of which no two parts are the same.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place % 251) as u8 ^ (place / 65_521) as u8).collect()
}

async fn whole(stream: BoxStream<'static, object_store::Result<Bytes>>) -> Vec<u8> {
    stream.try_collect::<Vec<Bytes>>().await.unwrap().concat()
}

#[tokio::test]
async fn what_was_stored_comes_back_whole_and_in_part() {
    let directory = Directory::new();
    for (place, files) in places(&directory).await {
        let sent = content(100_000);
        let stored = files.put("reports/rpt_1.pdf", sent.clone().into()).await.unwrap();
        assert_eq!((stored.key.as_str(), stored.bytes), ("reports/rpt_1.pdf", 100_000), "{place}");
        assert_eq!(stored.sha256, sha256_hex(&sent), "{place}");
        assert_eq!(files.get("reports/rpt_1.pdf").await.unwrap(), sent, "{place}");
        assert_eq!(whole(files.stream("reports/rpt_1.pdf").await.unwrap()).await, sent, "{place}");
        for range in [0..1, 0..100_000, 500..99_999, 99_999..100_000] {
            let part = files.stream_range("reports/rpt_1.pdf", range.clone()).await.unwrap();
            assert_eq!(whole(part).await, sent[range.start as usize..range.end as usize], "{place}: {range:?}");
        }
        assert!(files.exists("reports/rpt_1.pdf").await.unwrap(), "{place}");
    }
}

#[tokio::test]
async fn what_is_replaced_is_the_new_content_in_another_version() {
    let directory = Directory::new();
    for (place, files) in places(&directory).await {
        files.put("reports/rpt_1.pdf", Bytes::from_static(b"first")).await.unwrap();
        let first = files.facts("reports/rpt_1.pdf").await.unwrap().unwrap();
        assert_eq!(files.facts("reports/rpt_1.pdf").await.unwrap().as_ref(), Some(&first), "{place}");
        files.put("reports/rpt_1.pdf", Bytes::from_static(b"the second")).await.unwrap();
        let second = files.facts("reports/rpt_1.pdf").await.unwrap().unwrap();
        assert_eq!((first.bytes, second.bytes), (5, 10), "{place}");
        assert_ne!(first.version, second.version, "{place}");
        assert_eq!(files.get("reports/rpt_1.pdf").await.unwrap(), "the second", "{place}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_told_so_and_is_no_outage() {
    let directory = Directory::new();
    for (place, files) in places(&directory).await {
        let error = files.get("reports/nobody.pdf").await.unwrap_err();
        assert!(!is_outage(error.as_ref()), "{place}: {error:#}");
        assert!(files.stream("reports/nobody.pdf").await.is_err(), "{place}");
        assert_eq!(files.facts("reports/nobody.pdf").await.unwrap(), None, "{place}");
        assert!(!files.exists("reports/nobody.pdf").await.unwrap(), "{place}");
    }
}

#[tokio::test]
async fn what_was_removed_is_gone_and_may_be_removed_again() {
    let directory = Directory::new();
    for (place, files) in places(&directory).await {
        for key in ["reports/rpt_1.pdf", "reports/rpt_2.pdf"] {
            files.put(key, Bytes::from_static(b"kept")).await.unwrap();
        }
        files.delete("reports/rpt_1.pdf").await.unwrap();
        files.delete("reports/rpt_1.pdf").await.unwrap();
        assert!(!files.exists("reports/rpt_1.pdf").await.unwrap(), "{place}");
        assert_eq!(files.get("reports/rpt_2.pdf").await.unwrap(), "kept", "{place}: its neighbour stays");
    }
}

#[tokio::test]
async fn a_file_that_was_listed_may_be_gone_when_it_is_asked_for() {
    let directory = Directory::new();
    let mut config = directory.config();
    let store = S3Store::start().await;
    store.lead(&mut config);
    let files = FileStore::open(&config).unwrap();
    files.put("uploads/upl_1.jpg", Bytes::from_static(b"kept")).await.unwrap();
    store.lose("uploads/upl_1.jpg");
    let listed: Vec<(String, FileFacts)> = files.list().await.unwrap().try_collect().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(files.stream("uploads/upl_1.jpg").await.is_err());
    assert!(!files.exists("uploads/upl_1.jpg").await.unwrap());
}

#[tokio::test]
async fn every_file_is_listed_with_its_size_and_another_version_when_it_is_another() {
    let directory = Directory::new();
    for (place, files) in places(&directory).await {
        assert!(files.list().await.unwrap().try_collect::<Vec<_>>().await.unwrap().is_empty(), "{place}");
        let mut sent = BTreeMap::new();
        for number in 1..=7 {
            let key = format!("of_{}/file_{number}.pdf", number % 3);
            files.put(&key, content(number).into()).await.unwrap();
            sent.insert(key, number as u64);
        }
        let listed: Vec<(String, FileFacts)> = files.list().await.unwrap().try_collect().await.unwrap();
        assert_eq!(listed.len(), sent.len(), "{place}: each of them once");
        let before: BTreeMap<String, FileFacts> = listed.into_iter().collect();
        let sizes = before.iter().map(|(key, facts)| (key.clone(), facts.bytes)).collect::<BTreeMap<_, _>>();
        assert_eq!(sizes, sent, "{place}");

        let other = Bytes::from_static(b"another");
        assert_eq!(sent["of_1/file_7.pdf"], other.len() as u64);
        files.put("of_1/file_7.pdf", other).await.unwrap();
        let after: BTreeMap<String, FileFacts> = files.list().await.unwrap().try_collect().await.unwrap();
        let changed: Vec<&str> =
            after.iter().filter(|(key, facts)| before[*key] != **facts).map(|(key, _)| key.as_str()).collect();
        assert_eq!(changed, ["of_1/file_7.pdf"], "{place}: of the same size");
    }
}

#[tokio::test]
async fn a_large_file_travels_in_parts_and_arrives_whole() {
    let directory = Directory::new();
    let source = directory.0.join("source");
    for (place, files) in places(&directory).await {
        for length in [0, 1, PART_BYTES, 2 * PART_BYTES + 5] {
            let sent = content(length);
            std::fs::write(&source, &sent).unwrap();
            let stored = files.put_file("imports/large.xlsx", &source).await.unwrap();
            assert_eq!(stored.bytes, length as i64, "{place}");
            assert_eq!(stored.sha256, sha256_hex(&sent), "{place}");
            let facts = files.facts("imports/large.xlsx").await.unwrap().unwrap();
            assert_eq!(facts.bytes, length as u64, "{place}");
            // Compared by their hash: a difference would print megabytes.
            let arrived = files.get("imports/large.xlsx").await.unwrap();
            assert_eq!(sha256_hex(&arrived), stored.sha256, "{place}: {length} bytes");
        }
    }
}

#[tokio::test]
async fn a_large_file_that_breaks_off_leaves_no_parts_behind() {
    let (directory, store) = (Directory::new(), S3Store::start().await);
    let source = directory.0.join("source");
    std::fs::write(&source, content(2 * PART_BYTES + 5)).unwrap();
    let mut config = directory.config();
    store.lead(&mut config);
    let files = FileStore::open(&config).unwrap();
    store.refuse_part(2);
    let error = files.put_file("imports/large.xlsx", &source).await.unwrap_err();
    assert!(format!("{error:#}").contains("AccessDenied"), "the first error is told: {error:#}");
    assert!(store.keys().is_empty());
    assert_eq!(store.unfinished(), 0, "nothing stays that would be billed");
}

#[tokio::test]
async fn a_store_that_stumbles_is_asked_again() {
    let (directory, store) = (Directory::new(), S3Store::start().await);
    let mut config = directory.config();
    store.lead(&mut config);
    let files = FileStore::open(&config).unwrap();
    for times in [1, 2] {
        store.stumble(times);
        files.put("reports/rpt_1.pdf", Bytes::from_static(b"kept")).await.unwrap();
        assert_eq!(store.stumbles_left(), 0);
        store.stumble(times);
        assert_eq!(files.get("reports/rpt_1.pdf").await.unwrap(), "kept");
        assert_eq!(store.stumbles_left(), 0);
    }
}

#[tokio::test]
async fn whoever_signs_with_another_secret_stores_nothing() {
    let (directory, store) = (Directory::new(), S3Store::start().await);
    let mut config = directory.config();
    store.lead(&mut config);
    config.s3_secret_key = Secret::new("another");
    let stranger = FileStore::open(&config).unwrap();
    stranger.put("reports/rpt_1.pdf", Bytes::from_static(b"kept")).await.unwrap_err();
    assert!(store.keys().is_empty());
    store.lead(&mut config);
    FileStore::open(&config).unwrap().put("reports/rpt_1.pdf", Bytes::from_static(b"kept")).await.unwrap();
    assert_eq!(store.keys(), ["reports/rpt_1.pdf"]);
    stranger.get("reports/rpt_1.pdf").await.unwrap_err();
}

use std::path::{Path, PathBuf};

use super::{DOORS, Door};

/// All of it together stays small.
const CORPUS_BYTES_MAX: u64 = 300 * 1024;
const FILES_MIN: usize = 3;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn files_of(name: &str) -> Vec<PathBuf> {
    let directory = fuzz().join("corpus").join(name);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

fn replay(name: &str) {
    let (_, door): (&str, Door) = *DOORS.iter().find(|(known, _)| *known == name).expect("a door");
    let files = files_of(name);
    assert!(files.len() >= FILES_MIN, "{name} has {} files", files.len());
    for file in files {
        let content = std::fs::read(&file).unwrap();
        // The name of the file stands before the panic in what the test prints.
        println!("{}", file.display());
        door(&content);
        // Cut off in the middle, and with one byte changed.
        door(&content[..content.len() / 2]);
        let mut changed = content;
        if let Some(byte) = changed.first_mut() {
            *byte ^= 0x80;
        }
        door(&changed);
    }
    door(&[]);
}

#[test]
fn every_door_has_a_target_a_corpus_and_a_replay_and_the_corpus_is_small() {
    let replays = include_str!("tests.rs");
    let mut bytes = 0;
    for (name, _) in DOORS {
        assert!(replays.contains(&format!("replay(\"{name}\")")), "{name} is not replayed");
        let target = std::fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(target.contains(&format!("tejian::doors::{name}")), "{name}");
        bytes += files_of(name).iter().map(|file| file.metadata().unwrap().len()).sum::<u64>();
    }
    let count = |place: &str| std::fs::read_dir(fuzz().join(place)).unwrap().count();
    assert_eq!((count("fuzz_targets"), count("corpus")), (DOORS.len(), DOORS.len()), "nothing without a door");
    assert!(bytes <= CORPUS_BYTES_MAX, "the corpus has {bytes} bytes");
}

#[test]
fn no_push_of_the_account_breaks_its_reader() {
    replay("account_push");
}

#[test]
fn no_bank_statement_breaks_its_reader() {
    replay("bank_statement");
}

#[test]
fn no_list_of_certificates_breaks_its_reader() {
    replay("certificate_list");
}

#[test]
fn no_batch_of_the_core_system_breaks_its_reader() {
    replay("core_system_batch");
}

#[test]
fn no_file_of_fees_breaks_its_reader() {
    replay("fee_file");
}

#[test]
fn no_content_behind_a_right_signature_breaks_its_reader() {
    replay("notice_content");
}

#[test]
fn no_payment_notice_breaks_its_reader() {
    replay("payment_notice");
}

#[test]
fn no_report_breaks_its_preview() {
    replay("report_preview");
}

#[test]
fn no_text_of_a_request_breaks_its_reader() {
    replay("request_texts");
}

#[test]
fn no_encrypted_push_breaks_its_reader() {
    replay("sealed_push");
}

#[test]
fn no_link_and_no_sealed_text_opens_that_we_did_not_make() {
    replay("stored_texts");
}

#[test]
fn no_bill_breaks_its_reader() {
    replay("trade_bill");
}

#[test]
fn no_pdf_file_breaks_the_look_at_it() {
    replay("uploaded_pdf");
}

#[test]
fn no_picture_breaks_the_look_at_it() {
    replay("uploaded_picture");
}

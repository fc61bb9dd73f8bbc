//! What WeChat Pay sends: notices, lists of certificates, answers, bills.

use std::sync::LazyLock;

use serde_json::{Value, json};
use wechat::crypto::aead;
use wechat::crypto::certificate::Certificate;
use wechat::crypto::keys::{SigningKey, VerifyingKey};
use wechat::crypto::suite::Suite;
use wechat::pay::bills::{BillReader, decimal};
use wechat::pay::keyring::Keyring;
use wechat::pay::verification::SignatureHeaders;
use wechat::pay::{ApiV3Key, Notice, answers, certificates, notices};

/// The moment of the vectors: their signatures are fresh then.
const NOW: i64 = 1_785_501_016;
const SERIAL: &str = "PUB_KEY_ID_011981868759202607010000000000";
const NONCE: &str = "0123456789ab";

struct Parties {
    keyring: Keyring,
    wechat: SigningKey,
    api_v3_keys: [ApiV3Key; 1],
}

/// The test keys of the vectors; they protect nothing.
static PARTIES: LazyLock<Parties> = LazyLock::new(|| {
    let keys: Value = serde_json::from_str(include_str!("../../tests/vectors/keys.json")).expect("keys.json");
    let key = |pointer: &str| keys.pointer(pointer).and_then(Value::as_str).expect("a key of keys.json").to_owned();
    let keyring = Keyring::new();
    keyring.insert_certificate(Certificate::from_pem(&key("/platform_cert/cert_pem")).expect("a certificate"));
    let public = VerifyingKey::from_pem(&key("/wechatpay_public_key/public_key_pem")).expect("a public key");
    keyring.insert_public_key(SERIAL, public);
    // A key of the national suite in the same ring, so that its signatures are read as well.
    let national = include_str!("../../simulator/src/test_keys/sm2/platform-1.cert.pem");
    keyring.insert_certificate(Certificate::from_pem(national).expect("a certificate"));
    let wechat = SigningKey::from_pem(&key("/wechatpay_public_key/private_key_pem")).expect("a private key");
    Parties { keyring, wechat, api_v3_keys: [ApiV3Key::new(&key("/apiv3_key")).expect("an APIv3 key")] }
});

/// Lines of `name: value`, a blank line, and the body, as on the wire.
fn message(bytes: &[u8]) -> (Vec<(String, Vec<u8>)>, &[u8]) {
    let mut headers = Vec::new();
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { break };
        headers.push((super::text(&line[..colon]).into_owned(), line[colon + 1..].to_vec()));
    }
    (headers, rest)
}

/// A notice from its headers to its content. What was not signed opens never; a genuine one with one bit changed opens
/// no more.
pub fn payment_notice(bytes: &[u8]) {
    let (headers, body) = message(bytes);
    let open = |body: &[u8]| notices::open(&PARTIES.keyring, &PARTIES.api_v3_keys, &headers, body, NOW);
    match open(body) {
        Ok(notice) => {
            assert!(
                notice.resource_plaintext.len() <= body.len(),
                "what was decrypted is no longer than what was sent"
            );
            read_content(&notice);
            let mut changed = body.to_vec();
            changed[0] ^= 1;
            let error = open(&changed).expect_err("a changed body under the same signature");
            assert_eq!(error.stage(), "signature");
        }
        Err(error) => {
            let told = error.to_string();
            assert!(!error.stage().is_empty() && told.len() <= bytes.len() + 200, "{told}");
        }
    }
}

fn signed(body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let signature = SignatureHeaders::sign(&PARTIES.wechat, SERIAL, NOW, "nonce", body);
    signature.to_pairs().into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect()
}

/// What stands behind a right signature: the envelope, its content, and answers. Amounts come out as they went in.
pub fn notice_content(bytes: &[u8]) {
    let (choice, rest) = super::choice(bytes);
    match choice % 4 {
        0 => {
            // The envelope itself.
            let headers = signed(rest);
            if let Ok(notice) = notices::open(&PARTIES.keyring, &PARTIES.api_v3_keys, &headers, rest, NOW) {
                read_content(&notice);
            }
        }
        1 => {
            // An answer to a request of ours, and an error.
            let headers = signed(rest);
            assert!(answers::verify(&PARTIES.keyring, &headers, rest, NOW).is_ok(), "what is signed right is believed");
            for status in [200, 204, 400, 404, 500, 502] {
                if let Err(error) = answers::interpret(status, &headers, rest.to_vec()) {
                    assert!(error.to_string().len() <= 4 * rest.len() + 400, "an error repeats no book");
                }
            }
        }
        _ => {
            let sealed =
                aead::encrypt(PARTIES.api_v3_keys[0].as_bytes(), NONCE.as_bytes(), b"a", rest).expect("sealed");
            let body = json!({
                "id": "1", "create_time": "2026-07-31T20:15:13+08:00", "event_type": "TRANSACTION.SUCCESS",
                "resource": { "algorithm": aead::ALGORITHM, "associated_data": "a", "nonce": NONCE, "ciphertext": sealed },
            })
            .to_string();
            let headers = signed(body.as_bytes());
            let notice = notices::open(&PARTIES.keyring, &PARTIES.api_v3_keys, &headers, body.as_bytes(), NOW);
            let notice = notice.expect("sealed and signed right");
            assert_eq!(notice.resource_plaintext, rest, "what was sealed comes out unchanged");
            read_content(&notice);
        }
    }
}

fn read_content(notice: &Notice) {
    if let Ok(transaction) = notice.transaction() {
        let written = serde_json::to_vec(&transaction).expect("what was read can be written");
        let again = serde_json::from_slice(&written).expect("what was written can be read");
        assert_eq!(transaction, again);
    }
    if let Ok(refund) = notice.refund() {
        let written = serde_json::to_vec(&refund).expect("what was read can be written");
        assert_eq!(refund, serde_json::from_slice(&written).expect("what was written can be read"));
    }
    if let Ok(fapiao) = notice.fapiao() {
        let written = serde_json::to_vec(&fapiao).expect("what was read can be written");
        assert_eq!(fapiao, serde_json::from_slice(&written).expect("what was written can be read"));
    }
}

/// A list of certificates, and certificates and keys as PEM and DER. Nothing is learned from a list that is not signed.
pub fn certificate_list(bytes: &[u8]) {
    let (choice, rest) = super::choice(bytes);
    match choice % 4 {
        0 => {
            let (headers, body) = message(rest);
            let keyring = Keyring::new();
            let suite = if choice & 4 == 0 { Suite::International } else { Suite::ShangMi };
            if certificates::install(&keyring, suite, &PARTIES.api_v3_keys, &headers, body, NOW).is_err() {
                assert!(keyring.certificate_ends().is_empty(), "a refused list teaches nothing");
            }
        }
        1 => {
            // A list of which the content is the stranger's and key and signature are right.
            let sealed = aead::encrypt(PARTIES.api_v3_keys[0].as_bytes(), NONCE.as_bytes(), b"certificate", rest);
            let body = json!({ "data": [{
                "serial_no": "1", "effective_time": "", "expire_time": "",
                "encrypt_certificate": {
                    "algorithm": aead::ALGORITHM, "nonce": NONCE, "associated_data": "certificate",
                    "ciphertext": sealed.expect("sealed"),
                },
            }] })
            .to_string();
            let keyring = Keyring::new();
            let _refused = certificates::install(
                &keyring,
                Suite::International,
                &PARTIES.api_v3_keys,
                &signed(body.as_bytes()),
                body.as_bytes(),
                NOW,
            );
        }
        2 => {
            if let Ok(certificate) = Certificate::from_der(rest) {
                assert!(certificate.serial().len() >= 40);
                let _valid = certificate.is_valid_at(NOW);
            }
        }
        _ => {
            let text = super::text(rest);
            let _certificate = Certificate::from_pem(&text).map(|certificate| certificate.serial().len());
            if let Ok(key) = VerifyingKey::from_pem(&text) {
                assert!(VerifyingKey::from_pem(&key.to_pem()).is_ok_and(|same| same.spki_der() == key.spki_der()));
            }
        }
    }
}

/// A trade or fund-flow bill. Every row has a value for every column, all rows together hold no more than the file, and
/// amounts are whole fen.
pub fn trade_bill(bytes: &[u8]) {
    let Ok(mut reader) = BillReader::new(bytes) else { return };
    let mut held = 0;
    while let Ok(Some(row)) = reader.next_row() {
        let (columns, values): (Vec<&str>, Vec<&str>) = row.iter().unzip();
        assert_eq!((columns.len(), values.len()), (reader.columns().len(), reader.columns().len()));
        held += values.iter().map(|value| value.len()).sum::<usize>();
        assert!(held <= bytes.len(), "rows hold no more than the file");
        for column in columns {
            if let Some(fen) = row.amount_fen(column) {
                let value = row.get(column).unwrap_or_default();
                assert_eq!(decimal(value, 2), Some(fen));
                assert_eq!(
                    decimal(
                        &format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, (fen / 100).abs(), (fen % 100).abs()),
                        2
                    ),
                    Some(fen)
                );
            }
        }
    }
    if let Some(sums) = reader.summary() {
        assert!(sums.iter().count() >= 1);
    }
}

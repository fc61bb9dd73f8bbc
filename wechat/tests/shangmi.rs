//! The national suite against messages that OpenSSL made (`tests/vectors/shangmi.py`), and the wall between the suites.

use std::path::PathBuf;

use serde_json::Value;
use wechat::crypto::certificate::Certificate;
use wechat::crypto::keys::{SigningKey, VerifyingKey};
use wechat::crypto::suite::Suite;
use wechat::crypto::{CryptoError, aead, sensitive};
use wechat::pay::keyring::Keyring;
use wechat::pay::verification::SignatureHeaders;
use wechat::pay::{ApiV3Key, Notice, NoticeError, authorization, certificates, notices};

type Headers = Vec<(String, Vec<u8>)>;

/// How often what is random is tried: about one number in 128 has leading zeros that its encoding leaves out.
const TRIES: usize = 200;

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn key(name: &str) -> SigningKey {
    SigningKey::from_pem(&read(&format!("simulator/src/test_keys/{name}.key.pem"))).expect("a private key")
}

fn certificate(name: &str) -> Certificate {
    Certificate::from_pem(&read(&format!("simulator/src/test_keys/{name}.cert.pem"))).expect("a certificate")
}

/// The file of messages, and who reads it: a merchant that knows WeChat's first certificate.
struct Merchant {
    messages: Value,
    keyring: Keyring,
    now: i64,
}

impl Merchant {
    fn new() -> Self {
        let messages: Value = serde_json::from_str(&read("tests/vectors/shangmi.json")).expect("JSON");
        let keyring = Keyring::new();
        keyring.insert_certificate(certificate("sm2/platform-1"));
        let now = messages["now"].as_i64().expect("a number");
        Self { messages, keyring, now }
    }

    fn text(&self, pointer: &str) -> &str {
        self.messages.pointer(pointer).and_then(Value::as_str).expect("a text")
    }

    fn texts(&self, pointer: &str) -> Vec<&str> {
        let list = self.messages.pointer(pointer).and_then(Value::as_array).expect("a list");
        list.iter().map(|text| text.as_str().expect("a text")).collect()
    }

    fn headers(&self, of: &str) -> Headers {
        let pairs = self.messages[of]["headers"].as_array().expect("a list").iter();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        pairs.map(|pair| (text(&pair[0]), text(&pair[1]).into_bytes())).collect()
    }

    fn api_v3_key(&self) -> ApiV3Key {
        ApiV3Key::new(self.text("/api_v3_key")).expect("32 characters")
    }

    fn open(&self, headers: &Headers, body: &str) -> Result<Notice, NoticeError> {
        notices::open(&self.keyring, &[self.api_v3_key()], headers, body.as_bytes(), self.now)
    }

    /// Headers of WeChat's first certificate of the national suite over this body.
    fn signed(&self, body: &str) -> Headers {
        let serial = certificate("sm2/platform-1").serial().to_owned();
        pairs(&SignatureHeaders::sign(&key("sm2/platform-1"), &serial, self.now, "nonce", body.as_bytes()))
    }
}

fn pairs(headers: &SignatureHeaders) -> Headers {
    headers.to_pairs().into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect()
}

/// The headers with another value under this name.
fn replaced(mut headers: Headers, name: &str, value: &str) -> Headers {
    let header = headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)).expect("the header");
    header.1 = value.as_bytes().to_vec();
    headers
}

#[test]
fn what_openssl_signed_is_verified_and_a_changed_letter_is_not() {
    let merchant = Merchant::new();
    let public = key("sm2/merchant").verifying_key();
    assert_eq!(public.suite(), Suite::ShangMi);
    assert_eq!(public.to_pem(), certificate("sm2/merchant").key().to_pem(), "key and certificate are one pair");
    let message = merchant.text("/request/message");
    let lines: Vec<&str> = message.splitn(5, '\n').collect();
    let body = lines[4].strip_suffix('\n').expect("the last line ends");
    assert_eq!(
        authorization::request_message(lines[0], lines[1], lines[2], lines[3], body.as_bytes()),
        message.as_bytes()
    );
    for signature in merchant.texts("/request/signatures") {
        assert_eq!(public.verify(message.as_bytes(), signature), Ok(()));
        assert_eq!(public.verify(message.trim_end().as_bytes(), signature), Err(CryptoError::Signature));
        let other = key("sm2/platform-1").verifying_key();
        assert_eq!(other.verify(message.as_bytes(), signature), Err(CryptoError::Signature));
        for place in [0, 9, 50, 80] {
            let letter = if signature.as_bytes()[place] == b'A' { "B" } else { "A" };
            let mut changed = signature.to_owned();
            changed.replace_range(place..=place, letter);
            assert_eq!(public.verify(message.as_bytes(), &changed), Err(CryptoError::Signature), "letter {place}");
        }
    }
}

#[test]
fn what_openssl_encrypted_is_opened_by_its_owner_alone() {
    let merchant = Merchant::new();
    let plaintext = merchant.text("/sensitive/plaintext");
    for ciphertext in merchant.texts("/sensitive/ciphertexts") {
        assert_eq!(sensitive::decrypt(&key("sm2/merchant"), ciphertext).as_deref(), Ok(plaintext));
        assert!(sensitive::decrypt(&key("sm2/platform-1"), ciphertext).is_err());
        assert!(sensitive::decrypt(&key("merchant"), ciphertext).is_err(), "an RSA key opens nothing of SM2");
        let mut changed = ciphertext.to_owned();
        let place = changed.trim_end_matches('=').len() - 3;
        let letter = if changed.as_bytes()[place] == b'A' { "B" } else { "A" };
        changed.replace_range(place..=place, letter);
        assert!(sensitive::decrypt(&key("sm2/merchant"), &changed).is_err());
    }
}

#[test]
fn what_is_signed_and_encrypted_here_is_verified_and_opened_however_its_numbers_fall() {
    let signing = key("sm2/merchant");
    let verifying = VerifyingKey::from_pem(&signing.verifying_key().to_pem()).expect("its own text");
    for number in 0..TRIES {
        let message = format!("message {number}");
        assert_eq!(verifying.verify(message.as_bytes(), &signing.sign(message.as_bytes())), Ok(()), "{message}");
        let sealed = sensitive::encrypt_for(&verifying, &message).expect("encrypts");
        assert_eq!(sensitive::decrypt(&signing, &sealed), Ok(message));
    }
    let long = "示例物业001有限公司".repeat(20);
    let sealed = sensitive::encrypt_for(&verifying, &long).expect("SM2 has no block that a text must fit into");
    assert_eq!(sensitive::decrypt(&signing, &sealed), Ok(long));
    let again = SigningKey::from_pem(&signing.to_pkcs8_pem().expect("PEM")).expect("its own text");
    assert_eq!(verifying.verify(b"message", &again.sign(b"message")), Ok(()));
}

#[test]
fn resources_sealed_by_openssl_open_and_are_sealed_the_same_here() {
    let merchant = Merchant::new();
    let resources = merchant.messages["resources"].as_array().expect("a list");
    assert!(!resources.is_empty());
    for resource in resources {
        let text = |name: &str| resource[name].as_str().expect("a text");
        let (key, nonce, associated_data) =
            (text("api_v3_key").as_bytes(), text("nonce").as_bytes(), text("associated_data").as_bytes());
        let (plaintext, ciphertext) = (text("plaintext"), text("ciphertext"));
        let open = |key, associated_data| aead::open(Suite::ShangMi, key, nonce, associated_data, ciphertext);
        assert_eq!(open(key, associated_data).as_deref(), Ok(plaintext.as_bytes()), "{plaintext}");
        let sealed = aead::seal(Suite::ShangMi, key, nonce, associated_data, plaintext.as_bytes());
        assert_eq!(sealed.as_deref(), Ok(ciphertext), "{plaintext}");
        assert!(open(b"another key of 32 letters.......", associated_data).is_err());
        assert!(open(key, b"other").is_err());
    }
}

#[test]
fn a_notice_of_the_suite_opens_and_a_list_that_its_new_certificate_signed_teaches_it() {
    let merchant = Merchant::new();
    let body = merchant.text("/notice/body");
    let notice = merchant.open(&merchant.headers("notice"), body).expect("a good notice");
    assert_eq!(notice.resource_plaintext, merchant.text("/notice/plaintext").as_bytes());
    assert_eq!(notice.transaction().expect("a payment").total_fen(), Some(126_500));
    let changed = body.replacen("支付成功", "支付失败", 1);
    assert_eq!(merchant.open(&merchant.headers("notice"), &changed).expect_err("changed").stage(), "signature");

    let next = certificate("sm2/platform-2");
    assert!(merchant.keyring.get(next.serial(), merchant.now).is_none());
    let list = merchant.text("/certificates/body").as_bytes();
    let install = |suite| {
        let headers = merchant.headers("certificates");
        certificates::install(&merchant.keyring, suite, &[merchant.api_v3_key()], &headers, list, merchant.now)
    };
    assert_eq!(install(Suite::International).expect_err("the other suite").stage(), "algorithm");
    assert!(merchant.keyring.get(next.serial(), merchant.now).is_none(), "a refused list teaches nothing");
    assert_eq!(install(Suite::ShangMi), Ok(2));
    assert!(merchant.keyring.get(next.serial(), merchant.now).is_some());
}

#[test]
fn a_message_of_the_other_suite_is_refused_whatever_it_calls_itself() {
    let merchant = Merchant::new();
    let body = merchant.text("/notice/body");
    let stage = |headers: &Headers, body: &str| merchant.open(headers, body).expect_err("refused").stage();

    // The signature is good, but the message names the other family.
    let named = replaced(merchant.headers("notice"), "Wechatpay-Signature-Type", Suite::International.scheme());
    assert_eq!(stage(&named, body), "headers");
    let unknown = replaced(merchant.headers("notice"), "Wechatpay-Signature-Type", "WECHATPAY2-NONE");
    assert_eq!(stage(&unknown, body), "headers");

    // An RSA key, even one of WeChat's, is nobody's in this suite; under a known serial its signature does not fit.
    let rsa = certificate("platform-1");
    let foreign = SignatureHeaders::sign(&key("platform-1"), rsa.serial(), merchant.now, "nonce", body.as_bytes());
    assert_eq!(stage(&pairs(&foreign), body), "serial");
    let known = certificate("sm2/platform-1").serial().to_owned();
    let borrowed = SignatureHeaders::sign(&key("platform-1"), &known, merchant.now, "nonce", body.as_bytes());
    assert_eq!(stage(&pairs(&borrowed), body), "headers");
    let disguised = replaced(pairs(&borrowed), "Wechatpay-Signature-Type", Suite::ShangMi.scheme());
    assert_eq!(stage(&disguised, body), "signature");

    // A body that asks for the other cipher, well signed and well sealed with it.
    let plaintext = merchant.text("/notice/plaintext").as_bytes();
    let api_v3_key = merchant.api_v3_key();
    let sealed = aead::encrypt(api_v3_key.as_bytes(), b"0123456789ab", b"transaction", plaintext).expect("sealed");
    let mut other: Value = serde_json::from_str(body).expect("JSON");
    other["resource"]["algorithm"] = Suite::International.resource_algorithm().into();
    other["resource"]["ciphertext"] = sealed.into();
    let other = other.to_string();
    assert_eq!(stage(&merchant.signed(&other), &other), "algorithm");
    // What is signed as itself still opens: it was not the signature that was wrong.
    assert!(merchant.open(&merchant.signed(body), body).is_ok());
}

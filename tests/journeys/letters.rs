//! Notices of payments that a test writes itself: as WeChat would, or as somebody would who likes to be taken for it.

use reqwest::Client;
use serde_json::json;
use simulator::Identities;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wechat::crypto::aead;
use wechat::crypto::keys::SigningKey;
use wechat::crypto::suite::Suite;
use wechat::pay::notices::{EncryptedResource, Envelope};
use wechat::pay::verification::SignatureHeaders;

use crate::world::World;

/// Who writes: with which key, under which name, at which time.
pub struct Channel {
    identities: Identities,
    key: SigningKey,
    serial: String,
    api_v3_key: String,
    now_s: i64,
}

/// One notice, ready to be sent.
pub struct Letter {
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Channel {
    /// WeChat itself, as it is in this world at this moment.
    pub fn of(world: &World) -> Self {
        Self::with(world, world.wechat.identities())
    }

    /// A WeChat with these keys and numbers that this world need not know.
    pub fn with(world: &World, identities: &Identities) -> Self {
        Self {
            key: SigningKey::from_pem(&identities.public_key_private_pem).expect("a fixed key"),
            serial: identities.public_key_id.clone(),
            api_v3_key: identities.api_v3_key.clone(),
            now_s: world.app.now_ms() / 1_000,
            identities: identities.clone(),
        }
    }

    /// Under another name than its own.
    pub fn named(self, serial: &str) -> Self {
        Self { serial: serial.to_owned(), ..self }
    }

    /// Sealing with another APIv3 key.
    pub fn sealing_with(self, api_v3_key: &str) -> Self {
        Self { api_v3_key: api_v3_key.to_owned(), ..self }
    }

    /// The payment of `out_trade_no` by scanning, in an envelope of this name.
    pub fn paid(&self, envelope: &str, out_trade_no: &str, transaction_id: &str, amount_fen: i64) -> Letter {
        let at = OffsetDateTime::from_unix_timestamp(self.now_s).unwrap().format(&Rfc3339).unwrap();
        let plaintext = json!({
            "mchid": self.identities.mch_id,
            "appid": self.identities.mp.app_id,
            "out_trade_no": out_trade_no,
            "transaction_id": transaction_id,
            "trade_type": "NATIVE",
            "trade_state": "SUCCESS",
            "success_time": at,
            "payer": { "openid": "oScanner" },
            "amount": { "total": amount_fen, "payer_total": amount_fen, "currency": "CNY", "payer_currency": "CNY" },
        });
        let (suite, nonce, content) = (self.key.suite(), "0123456789ab", plaintext.to_string());
        let api_v3_key = self.api_v3_key.as_bytes();
        let ciphertext = aead::seal(suite, api_v3_key, nonce.as_bytes(), b"transaction", content.as_bytes()).unwrap();
        let resource = EncryptedResource {
            algorithm: suite.resource_algorithm().to_owned(),
            original_type: Some("transaction".to_owned()),
            associated_data: Some("transaction".to_owned()),
            nonce: nonce.to_owned(),
            ciphertext,
        };
        let envelope = Envelope {
            id: envelope.to_owned(),
            create_time: at,
            event_type: "TRANSACTION.SUCCESS".to_owned(),
            resource_type: "encrypt-resource".to_owned(),
            summary: "支付成功".to_owned(),
            resource,
        };
        let body = serde_json::to_vec(&envelope).unwrap();
        let headers = SignatureHeaders::sign(&self.key, &self.serial, self.now_s, "nonce", &body).to_pairs();
        Letter { headers: headers.into_iter().collect(), body }
    }
}

impl Letter {
    /// The same letter that calls itself one of this suite.
    pub fn calling_itself(mut self, suite: Suite) -> Self {
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Wechatpay-Signature-Type"));
        self.headers.push(("Wechatpay-Signature-Type", suite.scheme().to_owned()));
        self
    }

    /// The same letter without its signature.
    pub fn unsigned(mut self) -> Self {
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Wechatpay-Signature"));
        self
    }

    /// Sends it to the node at this address; the status of the answer.
    pub async fn send(&self, http: &Client, base_url: &str) -> u16 {
        let mut request = http.post(format!("{base_url}/wechat/pay/notify/payment"));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(self.body.clone()).send().await.expect("an answer").status().as_u16()
    }
}

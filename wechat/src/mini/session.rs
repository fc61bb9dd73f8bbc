//! Login and the data of a session (miniprogram §1, §2). The session key never leaves the server.

use aes::Aes128;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::client::MiniClient;
use crate::api::ApiError;
use crate::crypto::digest::{hmac_sha256_hex, sha1_hex};

/// Who logged in.
#[derive(Debug, Clone)]
pub struct MiniSession {
    /// openid under this AppID.
    pub openid: String,
    /// unionid, when the mini-program is bound to an Open Platform account.
    pub unionid: Option<String>,
    /// base64 of 16 bytes; a new login makes it worthless.
    pub session_key: SecretString,
}

/// A phone number the person agreed to give.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneNumber {
    /// The number; foreign ones with prefix.
    pub phone_number: String,
    /// The number without prefix.
    pub pure_phone_number: String,
    /// For example `86`; WeChat writes it as text or as number.
    #[serde(deserialize_with = "text_or_number")]
    pub country_code: String,
}

/// Why encrypted user data is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Key or vector is not base64 of 16 bytes, or the data is not base64.
    #[error("session key, iv or data is malformed")]
    Malformed,
    /// Wrong session key (a new login replaced it), wrong vector, or damaged.
    #[error("the data cannot be decrypted with this session key")]
    Decrypt,
    /// Made for another mini-program.
    #[error("the data was made for another AppID")]
    AppId,
}

#[derive(Deserialize)]
struct Exchanged {
    openid: String,
    session_key: String,
    #[serde(default)]
    unionid: Option<String>,
}

#[derive(Deserialize)]
struct PhoneAnswer {
    phone_info: PhoneNumber,
}

impl MiniClient {
    /// Exchanges the code of `wx.login`: good once and for 5 minutes. `code_invalid_or_used()` on the error means to
    /// log in again.
    pub async fn code2session(&self, code: &str) -> Result<MiniSession, ApiError> {
        if code.is_empty() {
            return Err(ApiError::Invalid("code must not be empty".to_owned()));
        }
        let query = [
            ("appid", &*self.app_id),
            ("secret", self.app_secret.expose_secret()),
            ("js_code", code),
            ("grant_type", "authorization_code"),
        ];
        let found: Exchanged = self.api.transport().json("/sns/jscode2session", &query, None).await?;
        Ok(MiniSession {
            openid: found.openid,
            unionid: found.unionid.filter(|unionid| !unionid.is_empty()),
            session_key: found.session_key.into(),
        })
    }

    /// Exchanges the code of the phone-number button, which is not the code of the login.
    pub async fn get_user_phone_number(&self, code: &str) -> Result<PhoneNumber, ApiError> {
        if code.is_empty() {
            return Err(ApiError::Invalid("code must not be empty".to_owned()));
        }
        let answer: PhoneAnswer = self.api.post("/wxa/business/getuserphonenumber", &json!({ "code": code })).await?;
        Ok(answer.phone_info)
    }

    /// Whether WeChat still knows the session key of a person.
    pub async fn check_session(&self, session: &MiniSession) -> Result<bool, ApiError> {
        let signature = check_session_signature(session.session_key.expose_secret());
        let query = [("openid", session.openid.as_str()), ("signature", &signature), ("sig_method", "hmac_sha256")];
        match self.api.get::<serde_json::Value>("/wxa/checksession", &query).await {
            Err(error) if error.errcode() == Some(87009) => Ok(false),
            result => result.map(|_| true),
        }
    }
}

/// The signature of `/wxa/checksession`: HMAC-SHA-256 of nothing, keyed by the **text** of the session key.
pub fn check_session_signature(session_key: &str) -> String {
    hmac_sha256_hex(session_key.as_bytes(), b"")
}

/// The signature that comes with `rawData`: SHA-1 of data and session key.
pub fn user_data_signature(raw_data: &str, session_key: &str) -> String {
    sha1_hex(format!("{raw_data}{session_key}").as_bytes())
}

/// Decrypts `encryptedData` (all parameters base64) and checks that its watermark names `app_id`. Returns the JSON
/// text.
pub fn decrypt_user_data(session_key: &str, iv: &str, encrypted_data: &str, app_id: &str) -> Result<String, DataError> {
    let sixteen = |text: &str| -> Result<[u8; 16], DataError> {
        let bytes = STANDARD.decode(text).map_err(|_| DataError::Malformed)?;
        bytes.try_into().map_err(|_| DataError::Malformed)
    };
    let (key, iv) = (sixteen(session_key)?, sixteen(iv)?);
    let mut buffer = STANDARD.decode(encrypted_data).map_err(|_| DataError::Malformed)?;
    let plain = cbc::Decryptor::<Aes128>::new(&key.into(), &iv.into())
        .decrypt_padded::<Pkcs7>(&mut buffer)
        .map_err(|_| DataError::Decrypt)?;
    let text = std::str::from_utf8(plain).map_err(|_| DataError::Decrypt)?;
    let value: serde_json::Value = serde_json::from_str(text).map_err(|_| DataError::Decrypt)?;
    if value["watermark"]["appid"].as_str() != Some(app_id) {
        return Err(DataError::AppId);
    }
    Ok(text.to_owned())
}

fn text_or_number<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(i64),
    }
    Ok(match Either::deserialize(from)? {
        Either::Text(text) => text,
        Either::Number(number) => number.to_string(),
    })
}

//! Who asks, and that nothing was changed on the way: HMAC-SHA256 over method, path, time, a number used once, and the
//! body.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use foundation::problem::Problem;
use foundation::secret_hash::sha256_hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use utoipa::IntoParams;

use crate::app::{App, SharedApp};
use crate::web::{Room, unreadable_body};

/// A request may be so much older or newer than our clock.
const CLOCK_SKEW_MAX_S: i64 = 300;
/// A number used once is remembered for longer than its request could be accepted.
const NONCE_MEMORY: Duration = Duration::from_secs(2 * CLOCK_SKEW_MAX_S as u64 + 60);

const CLIENT_HEADER: &str = "x-tejian-client";
const TIMESTAMP_HEADER: &str = "x-tejian-timestamp";
const NONCE_HEADER: &str = "x-tejian-nonce";
const SIGNATURE_HEADER: &str = "x-tejian-signature";

/// The four headers of every integration request, for the documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
pub struct SignatureHeaders {
    /// `integration.client_id` of the configuration.
    #[param(rename = "X-Tejian-Client", example = "core")]
    client: String,
    /// Unix seconds; at most five minutes off.
    #[param(rename = "X-Tejian-Timestamp", example = "1785722400")]
    timestamp: String,
    /// 8–64 letters, digits or `-_`; never the same twice.
    #[param(rename = "X-Tejian-Nonce", example = "f3b1c2d4e5a6")]
    nonce: String,
    /// Hex HMAC-SHA256 with `integration.secret` over METHOD, path with query, timestamp, nonce and the hex SHA-256 of
    /// the body, separated by line feeds.
    #[param(rename = "X-Tejian-Signature", example = "9a3f0c…")]
    signature: String,
}

/// Bytes of an HMAC-SHA256.
const SIGNATURE_BYTES: usize = 32;

/// A request whose signature was found right.
pub struct SignedRequest {
    /// The headers.
    pub headers: HeaderMap,
    /// The body exactly as it was signed.
    pub body: Bytes,
    /// Kept for as long as the body is.
    _room: Room,
}

impl FromRequest<SharedApp> for SignedRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &SharedApp) -> Result<Self, Problem> {
        let settings = &app.config.integration;
        if settings.secret.is_empty() {
            return Err(Problem::new(StatusCode::FORBIDDEN, "integration_closed", "业务系统对接接口没有开通")
                .advice("请设置 integration.client_id 和 integration.secret"));
        }
        let claims = Claims::of_headers(request.headers())?;
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let start = format!("{}\n{target}\n{}\n{}", request.method(), claims.timestamp_text, claims.nonce);
        let headers = request.headers().clone();
        let age_s = app.now_ms().div_euclid(1_000).saturating_sub(claims.timestamp_s);
        if age_s.abs() > CLOCK_SKEW_MAX_S {
            return Err(refused("signature_expired", "请求时间与服务器相差超过 5 分钟", "请校准时钟后重新签名"));
        }
        // Whoever does not even know the name of the core system has nothing read of what he sends.
        let is_client = subtle::ConstantTimeEq::ct_eq(claims.client.as_bytes(), settings.client_id.as_bytes());
        if !bool::from(is_client) || claims.signature.len() != SIGNATURE_BYTES {
            return Err(wrong_signature());
        }
        // Until it is read, anybody may have sent it: it takes no more memory than all strangers together may.
        let room = app.large_bodies.room_for_stranger(&request)?;
        let body = Bytes::from_request(request, app).await.map_err(unreadable_body)?;
        let message = format!("{start}\n{}", sha256_hex(&body));
        let mut secrets = [&settings.secret, &settings.secret_old].into_iter().filter(|secret| !secret.is_empty());
        if !secrets.any(|secret| is_signed_by(secret.expose(), &message, &claims.signature)) {
            return Err(wrong_signature());
        }
        remember_nonce(app, &claims).await?;
        Ok(Self { headers, body, _room: room.of_somebody_known() })
    }
}

/// What a request says of itself.
struct Claims {
    client: String,
    timestamp_text: String,
    timestamp_s: i64,
    nonce: String,
    signature: Vec<u8>,
}

impl Claims {
    fn of_headers(headers: &HeaderMap) -> Result<Self, Problem> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        let (client, timestamp_text, nonce) = (text(CLIENT_HEADER), text(TIMESTAMP_HEADER), text(NONCE_HEADER));
        let missing = || {
            let advice = "请带上 X-Tejian-Client、X-Tejian-Timestamp、X-Tejian-Nonce 和 X-Tejian-Signature";
            refused("signature_missing", "请求没有签名，或签名头写法不对", advice)
        };
        let nonce_fits = (8..=64).contains(&nonce.len())
            && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let timestamp_s = timestamp_text.parse().map_err(|_| missing())?;
        let signature = hex::decode(text(SIGNATURE_HEADER)).map_err(|_| missing())?;
        if client.is_empty() || !nonce_fits || signature.is_empty() {
            return Err(missing());
        }
        Ok(Self { client, timestamp_text, timestamp_s, nonce, signature })
    }
}

fn refused(code: &'static str, message: &str, advice: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, message).advice(advice)
}

fn wrong_signature() -> Problem {
    refused("signature_invalid", "签名不正确", "请核对密钥和待签名串的每一行")
}

fn is_signed_by(secret: &str, message: &str, signature: &[u8]) -> bool {
    Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .is_ok_and(|mac| mac.chain_update(message.as_bytes()).verify_slice(signature).is_ok())
}

/// Every number is accepted once. Were the cache to forget one, the request would only say again what is known.
async fn remember_nonce(app: &App, claims: &Claims) -> Result<(), Problem> {
    let key = format!("integration-nonce:{}:{}", claims.client, claims.nonce);
    let is_first = app.cache.compare_and_set(&key, None, "1", NONCE_MEMORY).await?;
    if is_first {
        return Ok(());
    }
    Err(refused("nonce_replayed", "这个请求已经收到过一次", "请换一个 X-Tejian-Nonce 重新签名"))
}

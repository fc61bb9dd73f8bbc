//! Checking a request's Authorization header, with the texts of the real servers.

use axum::http::header;

use super::{PayError, PayRequest};
use crate::shared::Shared;

/// How far the request's clock may be off, seconds.
const SKEW_MAX_S: u64 = 300;

/// The five values of the header.
struct Credentials<'a> {
    mch_id: &'a str,
    nonce: &'a str,
    timestamp: &'a str,
    serial: &'a str,
    signature: &'a str,
}

/// Verifies the signature over method, target, timestamp, nonce and body; gives the mchid, and the serial of the
/// certificate that signed.
pub(crate) fn verify(shared: &Shared, request: &PayRequest, target: &str) -> Result<(String, String), PayError> {
    let malformed = || PayError::sign(malformed_text(&request.path));
    let mut values = request.headers.get_all(header::AUTHORIZATION).iter();
    let header = values.next().and_then(|value| value.to_str().ok()).ok_or_else(malformed)?;
    if values.next().is_some() {
        return Err(malformed());
    }
    let (scheme, rest) = header.split_once(' ').ok_or_else(malformed)?;
    if scheme != shared.keys.suite.scheme() {
        return Err(if request.path.starts_with("/v3/pay/transactions/") {
            malformed()
        } else {
            PayError::sign("HTTP头Authorization认证类型不正确")
        });
    }
    let credentials = parse(rest).ok_or_else(malformed)?;
    need_agent(request)?;
    if credentials.mch_id != shared.identities.mch_id {
        return Err(PayError::sign("Http头Authorization中的mchid不存在"));
    }
    let timestamp: i64 = credentials.timestamp.parse().map_err(|_| malformed())?;
    if shared.now().abs_diff(timestamp) > SKEW_MAX_S {
        return Err(PayError::sign("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"));
    }
    let key = shared.keys.merchant_key(credentials.serial);
    let key = key.ok_or_else(|| PayError::sign("商户证书序列号有误。请使用签名私钥匹配的证书序列号"))?;
    let mut message =
        format!("{}\n{target}\n{}\n{}\n", request.method, credentials.timestamp, credentials.nonce).into_bytes();
    message.extend_from_slice(&request.body);
    message.push(b'\n');
    key.verify(&message, credentials.signature).map_err(|_| PayError::sign("签名错误"))?;
    Ok((credentials.mch_id.to_owned(), credentials.serial.to_owned()))
}

fn malformed_text(path: &str) -> &'static str {
    if path.starts_with("/v3/pay/transactions/") {
        "签名信息错误，验签失败"
    } else {
        "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"
    }
}

/// Certificates and refunds want Accept and User-Agent.
fn need_agent(request: &PayRequest) -> Result<(), PayError> {
    let wanted = request.path == "/v3/certificates" || request.path.starts_with("/v3/refund/");
    let present = |name| request.headers.get(name).is_some_and(|value| !value.is_empty());
    if wanted && !(present(header::ACCEPT) && present(header::USER_AGENT)) {
        return Err(PayError::invalid("Http头缺少Accept或User-Agent"));
    }
    Ok(())
}

/// `name="value"` pairs separated by commas, each exactly once, in any order.
fn parse(text: &str) -> Option<Credentials<'_>> {
    let (mut mch_id, mut nonce, mut timestamp, mut serial, mut signature) = (None, None, None, None, None);
    for pair in text.split(',') {
        let (name, quoted) = pair.trim_start().split_once('=')?;
        let value = quoted.strip_prefix('"')?.strip_suffix('"')?;
        let slot = match name {
            "mchid" => &mut mch_id,
            "nonce_str" => &mut nonce,
            "timestamp" => &mut timestamp,
            "serial_no" => &mut serial,
            "signature" => &mut signature,
            _ => return None,
        };
        if slot.replace(value).is_some() {
            return None;
        }
    }
    Some(Credentials { mch_id: mch_id?, nonce: nonce?, timestamp: timestamp?, serial: serial?, signature: signature? })
}

/// Whether Wechatpay-Serial names the public key; a name nobody knows is refused.
pub(crate) fn wants_public_key(shared: &Shared, request: &PayRequest) -> Result<bool, PayError> {
    let Some(serial) = request.headers.get("wechatpay-serial") else {
        return Ok(false);
    };
    let serial = serial.to_str().unwrap_or_default();
    if serial == shared.identities.public_key_id {
        return Ok(true);
    }
    if shared.keys.platforms.iter().any(|platform| platform.serial == serial) {
        return Ok(false);
    }
    Err(PayError::parameter("平台证书序列号Wechatpay-Serial错误"))
}

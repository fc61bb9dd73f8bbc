//! GET /v3/certificates: the published platform certificates, encrypted by the APIv3 key.

use serde_json::{Value, json};
use wechat::crypto::aead;

use super::{PayAnswer, PayError};
use crate::instants;
use crate::random;
use crate::shared::Shared;

pub(crate) fn list(shared: &Shared) -> Result<PayAnswer, PayError> {
    if shared.faults.settings().no_platform_certificates {
        return Err(PayError::new(
            404,
            "RESOURCE_NOT_EXISTS",
            "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。",
        ));
    }
    let suite = shared.keys.suite;
    let published = shared.read(|world| world.certificates_published);
    let data = shared.keys.platforms[..published.clamp(1, shared.keys.platforms.len())]
        .iter()
        .map(|platform| {
            let nonce = random::letters(12);
            let ciphertext = aead::seal(
                suite,
                shared.keys.api_v3_key().as_bytes(),
                nonce.as_bytes(),
                b"certificate",
                platform.certificate_pem.as_bytes(),
            )
            .map_err(|_| PayError::sign("商户未设置APIv3密钥。"))?;
            Ok(json!({
                "serial_no": platform.serial,
                "effective_time": instants::rfc3339(platform.certificate.not_before()),
                "expire_time": instants::rfc3339(platform.certificate.not_after()),
                "encrypt_certificate": {
                    "algorithm": suite.resource_algorithm(),
                    "nonce": nonce,
                    "associated_data": "certificate",
                    "ciphertext": ciphertext,
                },
            }))
        })
        .collect::<Result<Vec<Value>, PayError>>()?;
    Ok(PayAnswer::json(&json!({ "data": data })))
}

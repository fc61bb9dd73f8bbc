//! Short-lived signed tokens for links: `payload.expires.signature`, so that an address cannot be guessed or prolonged.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Signs link tokens with one secret, and checks them with it and, while it is being changed, with another one.
#[derive(Clone)]
pub struct TokenSigner {
    key: Vec<u8>,
    opens_too: Option<Vec<u8>>,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// Its time is over.
    #[error("链接已过期")]
    Expired,
    /// Not made by us, or changed.
    #[error("链接无效")]
    Forged,
}

impl TokenSigner {
    /// A signer for `secret`.
    pub fn new(secret: &str) -> Self {
        Self { key: secret.as_bytes().to_vec(), opens_too: None }
    }

    /// The same, opening what was signed with this secret as well; an empty one is none.
    pub fn and_opening(self, secret: &str) -> Self {
        Self { opens_too: (!secret.is_empty()).then(|| secret.as_bytes().to_vec()), ..self }
    }

    /// A token that carries `payload` until `expires_at` (epoch milliseconds).
    pub fn sign(&self, payload: &str, expires_at: i64) -> String {
        let body = format!("{}.{expires_at}", hex::encode(payload));
        let signature = hex::encode(mac(&self.key, &body).finalize().into_bytes());
        format!("{body}.{signature}")
    }

    /// The payload, if the token is ours and `now_ms` is before its end. The signature is compared in constant time.
    pub fn open(&self, token: &str, now_ms: i64) -> Result<String, TokenRefused> {
        let (body, signature) = token.rsplit_once('.').ok_or(TokenRefused::Forged)?;
        let signature = hex::decode(signature).map_err(|_| TokenRefused::Forged)?;
        let mut keys = [Some(&self.key), self.opens_too.as_ref()].into_iter().flatten();
        if !keys.any(|key| mac(key, body).verify_slice(&signature).is_ok()) {
            return Err(TokenRefused::Forged);
        }
        let (payload, expires_at) = body.split_once('.').ok_or(TokenRefused::Forged)?;
        let expires_at: i64 = expires_at.parse().map_err(|_| TokenRefused::Forged)?;
        if now_ms >= expires_at {
            return Err(TokenRefused::Expired);
        }
        let bytes = hex::decode(payload).map_err(|_| TokenRefused::Forged)?;
        String::from_utf8(bytes).map_err(|_| TokenRefused::Forged)
    }
}

fn mac(key: &[u8], body: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(body.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_until_its_end_and_only_unchanged() {
        let signer = TokenSigner::new("secret");
        let token = signer.sign("report:rpt_1", 1_000);
        assert_eq!(signer.open(&token, 999), Ok("report:rpt_1".to_owned()));
        assert_eq!(signer.open(&token, 1_000), Err(TokenRefused::Expired));
        let longer = token.replace(".1000.", ".9000.");
        assert_eq!(signer.open(&longer, 999), Err(TokenRefused::Forged));
        assert_eq!(TokenSigner::new("other").open(&token, 0), Err(TokenRefused::Forged));
    }

    #[test]
    fn a_second_secret_opens_and_never_signs_and_an_empty_one_is_none() {
        let both = TokenSigner::new("new").and_opening("old");
        for secret in ["new", "old"] {
            let token = TokenSigner::new(secret).sign("report:rpt_1", 1_000);
            assert_eq!(both.open(&token, 999), Ok("report:rpt_1".to_owned()), "{secret}");
            assert_eq!(both.open(&token, 1_000), Err(TokenRefused::Expired), "{secret}");
        }
        assert_eq!(both.open(&TokenSigner::new("third").sign("a", 1_000), 0), Err(TokenRefused::Forged));
        assert_eq!(TokenSigner::new("old").open(&both.sign("a", 1_000), 0), Err(TokenRefused::Forged));
        let alone = TokenSigner::new("new").and_opening("");
        assert_eq!(alone.open(&TokenSigner::new("").sign("a", 1_000), 0), Err(TokenRefused::Forged));
    }
}

//! Time-based one-time passwords (RFC 6238): SHA-1, six digits, steps of thirty seconds, one step of tolerance each way.
//! This is what every authenticator app does by default.

use hmac::{Hmac, KeyInit, Mac};
use rand::RngCore;
use sha1::Sha1;
use subtle::ConstantTimeEq;
use url::form_urlencoded::byte_serialize;

/// Length of a step.
const STEP_MS: i64 = 30_000;
/// Steps tried before and after the present one.
const WINDOW: i64 = 1;
/// RFC 4226 wants 160 bits.
const SECRET_BYTES: usize = 20;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A fresh secret in Base32, as authenticator apps take it.
pub fn new_secret() -> String {
    let mut bytes = [0u8; SECRET_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    base32(&bytes)
}

/// The address behind the QR code that an authenticator app scans.
pub fn otpauth_url(issuer: &str, login: &str, secret: &str) -> String {
    // `+` for a blank is understood by browsers, not by every app.
    let text = |text: &str| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let (issuer, login) = (text(issuer), text(login));
    format!("otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30")
}

/// The step of a moment, epoch milliseconds.
pub fn step_at(now_ms: i64) -> i64 {
    now_ms.div_euclid(STEP_MS)
}

/// What an authenticator with this secret shows at a moment, epoch milliseconds; nothing if the secret is no Base32.
pub fn code_at(secret: &str, now_ms: i64) -> Option<String> {
    code(secret, step_at(now_ms))
}

/// The code of a step; nothing if the secret is no Base32.
pub fn code(secret: &str, step: i64) -> Option<String> {
    let key = from_base32(secret)?;
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 0x0f);
    let number =
        u32::from_be_bytes([digest[offset] & 0x7f, digest[offset + 1], digest[offset + 2], digest[offset + 3]]);
    Some(format!("{:06}", number % 1_000_000))
}

/// The step for which `given` is the code, within the window; the caller sees to it that a step counts once.
pub fn matching_step(secret: &str, given: &str, now_ms: i64) -> Option<i64> {
    let now = step_at(now_ms);
    (now - WINDOW..=now + WINDOW)
        .find(|step| code(secret, *step).is_some_and(|code| bool::from(code.as_bytes().ct_eq(given.as_bytes()))))
}

fn base32(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    bits.chunks(5)
        .map(|chunk| {
            let value = (0..5).fold(0u8, |value, position| value << 1 | chunk.get(position).copied().unwrap_or(0));
            char::from(ALPHABET[usize::from(value)])
        })
        .collect()
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut buffer, mut bits) = (0u32, 0u32);
    for character in text.bytes().filter(|byte| *byte != b'=') {
        let value = ALPHABET.iter().position(|letter| *letter == character.to_ascii_uppercase())? as u32;
        buffer = buffer << 5 | value;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, shortened to six digits.
    #[test]
    fn the_vectors_of_the_rfc_come_out() {
        let secret = base32(b"12345678901234567890");
        assert_eq!(secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(&secret, step_at(seconds * 1_000)).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_no_more() {
        let secret = new_secret();
        let now = 1_785_722_400_000;
        let of = |steps: i64| code(&secret, step_at(now) + steps).unwrap();
        assert_eq!(matching_step(&secret, &of(0), now), Some(step_at(now)));
        assert!(matching_step(&secret, &of(1), now).is_some() && matching_step(&secret, &of(-1), now).is_some());
        assert_eq!(matching_step(&secret, &of(3), now), None);
        assert_eq!(matching_step(&secret, "", now), None);
    }

    #[test]
    fn a_secret_survives_its_spelling() {
        for bytes in [&b""[..], b"f", b"fo", b"foo", b"foob", b"fooba", b"foobar"] {
            assert_eq!(from_base32(&base32(bytes)).as_deref(), Some(bytes));
        }
    }
}

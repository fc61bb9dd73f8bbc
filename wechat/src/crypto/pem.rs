//! PEM blocks as people really paste them: with CRLF, indentation, or `\n` written as two characters.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::CryptoError;

/// The label and the DER bytes of the first PEM block in `text`.
///
/// Lines may be indented and of any length, and a literal `\n` (as environment variables carry it) counts as a
/// line end. Errors when there is no complete block or its content is not base64.
pub fn decode(text: &str, expected: &'static str) -> Result<(String, Vec<u8>), CryptoError> {
    let refuse = || CryptoError::Pem { expected };
    let text = text.replace("\\n", "\n");
    let begin = text.find("-----BEGIN ").ok_or_else(refuse)?;
    let rest = &text[begin + "-----BEGIN ".len()..];
    let label_end = rest.find("-----").ok_or_else(refuse)?;
    let label = rest[..label_end].to_owned();
    let content = &rest[label_end + "-----".len()..];
    let end = content.find(&format!("-----END {label}-----")).ok_or_else(refuse)?;
    let base64: String = content[..end].chars().filter(|character| !character.is_whitespace()).collect();
    let der = STANDARD.decode(base64).map_err(|_| refuse())?;
    Ok((label, der))
}

/// `der` as a PEM block named `label`, 64 characters to the line.
pub fn encode(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for start in (0..base64.len()).step_by(64) {
        text.push_str(&base64[start..base64.len().min(start + 64)]);
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_survives_indentation_and_written_line_ends() {
        let block = encode("PUBLIC KEY", &[7; 100]);
        let indented = block.replace('\n', "\r\n    ");
        let one_line = block.replace('\n', "\\n");
        for text in [block.as_str(), indented.as_str(), one_line.as_str()] {
            assert_eq!(decode(text, "PUBLIC KEY"), Ok(("PUBLIC KEY".to_owned(), vec![7; 100])));
        }
    }

    #[test]
    fn text_without_a_complete_block_is_refused() {
        for text in [
            "",
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN A-----\nAAAA\n-----END B-----",
            "-----BEGIN A-----\n%%\n-----END A-----",
        ] {
            assert!(decode(text, "A").is_err(), "{text:?}");
        }
    }
}

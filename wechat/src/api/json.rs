//! Reading WeChat's JSON: whatever the Content-Type says, with raw control characters in nicknames, `errcode` or not.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::ApiError;

#[derive(Deserialize)]
struct Verdict {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

/// Turns an answer into `T`, or into the error its `errcode` stands for. Success often has no errcode at all.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let text: String = String::from_utf8_lossy(body)
        .trim_start_matches('\u{feff}')
        .chars()
        .map(|character| if character < ' ' { ' ' } else { character })
        .collect();
    let unreadable =
        |error: serde_json::Error| ApiError::OutcomeUnknown(format!("the answer is not readable: {error}"));
    let verdict: Verdict = serde_json::from_str(&text).map_err(unreadable)?;
    if verdict.errcode != 0 {
        return Err(ApiError::from_errcode(verdict.errcode, verdict.errmsg));
    }
    serde_json::from_str(&text).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_in_texts_do_not_hide_an_answer() {
        let value: serde_json::Value = decode(b"{\"nickname\":\"a\x01b\",\"errcode\":0}").expect("readable");
        assert_eq!(value["nickname"], "a b");
    }

    #[test]
    fn an_error_number_is_an_error_even_when_the_status_was_fine() {
        let error = decode::<serde_json::Value>(br#"{"errcode":43101,"errmsg":"user refuse"}"#).expect_err("refused");
        assert!(error.consent_missing());
    }

    #[test]
    fn a_missing_allow_list_entry_is_a_matter_of_configuration() {
        let error =
            decode::<serde_json::Value>(br#"{"errcode":40164,"errmsg":"invalid ip 1.2.3.4"}"#).expect_err("refused");
        assert!(matches!(error, ApiError::Configuration { errcode: 40164, .. }));
    }
}

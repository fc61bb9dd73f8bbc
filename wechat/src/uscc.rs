//! 统一社会信用代码, the unified social credit code of units (GB 32100-2015).

/// The 31 characters of the code; I, O, S, V and Z are left out.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const LENGTH: usize = 18;

/// Why a text is no credit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeError {
    /// Not 18 characters.
    #[error("统一社会信用代码应为 18 位")]
    Length,
    /// A character that does not occur at this place.
    #[error("统一社会信用代码含有无效字符")]
    Character,
    /// The check character does not fit: a typing error.
    #[error("统一社会信用代码校验不通过，请核对")]
    Check,
}

/// Checks a code exactly as given: upper case, no blanks. The inner organisation code (places 9 to 17) is not checked
/// on its own, because older registrations carry inner check characters that do not fit.
pub fn check(code: &str) -> Result<(), CreditCodeError> {
    let bytes = code.as_bytes();
    if code.chars().count() != LENGTH {
        return Err(CreditCodeError::Length);
    }
    // 登记管理部门: 0 is not assigned; 机构类别 follows; six digits of 行政区划.
    if bytes[0] == b'0' || !bytes[2..bytes.len().min(8)].iter().all(u8::is_ascii_digit) {
        return Err(CreditCodeError::Character);
    }
    let value = |byte: u8| ALPHABET.iter().position(|known| *known == byte);
    let mut weight = 1;
    let mut sum = 0;
    for byte in &bytes[..LENGTH - 1] {
        sum += value(*byte).ok_or(CreditCodeError::Character)? * weight % 31;
        weight = weight * 3 % 31;
    }
    let expected = (31 - sum % 31) % 31;
    match value(bytes[LENGTH - 1]) {
        None => Err(CreditCodeError::Character),
        Some(found) if bytes.len() == LENGTH && found == expected => Ok(()),
        Some(_) => Err(CreditCodeError::Check),
    }
}

/// The text as a person types it brought to the form of the code: full-width characters, blanks and hyphens, lower
/// case. The result may still be wrong: [`check`] it.
pub fn normalize(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
            _ => character,
        })
        .filter(|character| !character.is_whitespace() && *character != '-')
        .map(|character| character.to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_typed_with_blanks_and_full_width_characters_is_found() {
        assert_eq!(check(&normalize(" ９１４４ 0300-7152 6726xg")), Ok(()));
    }

    #[test]
    fn texts_that_are_no_codes_are_refused_without_a_crash() {
        for text in
            ["", "电梯电梯电梯电梯电梯电梯电梯电梯电梯", "9144030071526726X电", "914403007152672", "9144030071526726xG"]
        {
            assert!(check(text).is_err(), "{text}");
        }
    }
}

//! The limits of template and subscription fields (mp §10). A value that breaks them is refused with 47003, so
//! values are shortened by rule before sending.
//!
//! Lengths are counted in UTF-16 units, the stricter reading: a Chinese character is one, an emoji two.

/// The type of a field, told by the letters of its name (`thing2` → thing).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldKind {
    /// 事物: 20 characters of any kind.
    Thing,
    /// 数字: 32 digits, with decimals.
    Number,
    /// 字母: 32 letters.
    Letter,
    /// 符号: 5 characters.
    Symbol,
    /// 字符串: 32 digits, letters and symbols, no Chinese.
    CharacterString,
    /// 时间: 24 hours, with or without date, ranges with ~.
    Time,
    /// 日期.
    Date,
    /// 金额: one currency sign, 10 digits, decimals, may end in 元.
    Amount,
    /// 电话: 17 characters.
    PhoneNumber,
    /// 车牌: 8 characters.
    CarNumber,
    /// 姓名: 10 Chinese characters or 20 letters.
    Name,
    /// 汉字: 5 Chinese characters.
    Phrase,
    /// 常量 or 枚举: one of the values listed with the template.
    Constant,
    /// A field of the old templates (`first`, `keyword1`, `remark`).
    Free,
}

/// Why a value does not fit its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Empty values are refused.
    #[error("the value is empty")]
    Empty,
    /// Longer than allowed.
    #[error("the value is longer than {max}")]
    TooLong {
        /// What is allowed.
        max: usize,
    },
    /// A character that this field does not take.
    #[error("the value has a character this field does not take")]
    Character,
}

impl FieldKind {
    /// The kind a field name stands for: letters and underscores before its number.
    pub fn of_field(name: &str) -> Self {
        match name.trim_end_matches(|character: char| character.is_ascii_digit()) {
            "thing" => Self::Thing,
            "number" => Self::Number,
            "letter" => Self::Letter,
            "symbol" => Self::Symbol,
            "character_string" => Self::CharacterString,
            "time" => Self::Time,
            "date" => Self::Date,
            "amount" => Self::Amount,
            "phone_number" => Self::PhoneNumber,
            "car_number" => Self::CarNumber,
            "name" => Self::Name,
            "phrase" => Self::Phrase,
            "const" | "enum" => Self::Constant,
            _ => Self::Free,
        }
    }

    /// The longest value in the field's own count.
    fn length_max(self) -> usize {
        match self {
            Self::Thing | Self::Name | Self::Constant => 20,
            Self::Number | Self::Letter | Self::CharacterString | Self::Date => 32,
            Self::Time => 64,
            Self::Symbol | Self::Phrase => 5,
            Self::Amount => 16,
            Self::PhoneNumber => 17,
            Self::CarNumber => 8,
            Self::Free => 200,
        }
    }

    fn takes(self, character: char) -> bool {
        if character.is_control() {
            return false;
        }
        match self {
            Self::Number => character.is_ascii_digit() || ".-".contains(character),
            Self::Letter => character.is_ascii_alphabetic(),
            Self::CharacterString => character.is_ascii_graphic() || character == ' ',
            Self::Amount => character.is_ascii_digit() || ".-¥￥$€£元".contains(character),
            Self::PhoneNumber => character.is_ascii_digit() || "+-() ".contains(character),
            Self::Phrase => is_chinese(character),
            Self::Symbol => !character.is_alphanumeric(),
            Self::Time => character.is_ascii_digit() || " :~-/.年月日时分秒周一二三四五六上下午".contains(character),
            Self::Date => character.is_ascii_digit() || " -/.年月日周一二三四五六~".contains(character),
            Self::Thing | Self::Name | Self::CarNumber | Self::Constant | Self::Free => true,
        }
    }

    fn width(self, character: char) -> usize {
        match self {
            Self::Name => 1 + usize::from(!character.is_ascii()),
            _ => character.len_utf16(),
        }
    }
}

/// Whether `value` may be sent in a field of this kind.
pub fn check(kind: FieldKind, value: &str) -> Result<(), FieldError> {
    if value.trim().is_empty() {
        return Err(FieldError::Empty);
    }
    if !value.chars().all(|character| kind.takes(character)) {
        return Err(FieldError::Character);
    }
    let length: usize = value.chars().map(|character| kind.width(character)).sum();
    if length > kind.length_max() {
        return Err(FieldError::TooLong { max: kind.length_max() });
    }
    let digits = value.chars().take_while(|character| *character != '.').filter(char::is_ascii_digit).count();
    if kind == FieldKind::Amount && digits > 10 {
        return Err(FieldError::TooLong { max: 10 });
    }
    Ok(())
}

/// The value brought within the limits of its field: line breaks become blanks, characters the field does not take
/// are left out, and what is too long is cut (a thing to 19 characters and `…`). An empty result becomes a
/// placeholder the field takes.
pub fn fit(kind: FieldKind, value: &str) -> String {
    let one_line: String =
        value.trim().chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    let kept: String = one_line.chars().filter(|character| kind.takes(*character)).collect();
    let shortened = shorten(kind, kept.trim());
    if shortened.is_empty() { placeholder(kind).to_owned() } else { shortened }
}

fn shorten(kind: FieldKind, value: &str) -> String {
    let max = kind.length_max();
    let total: usize = value.chars().map(|character| kind.width(character)).sum();
    if total <= max {
        return value.to_owned();
    }
    let ellipsis = matches!(kind, FieldKind::Thing | FieldKind::Free);
    let room = if ellipsis { max - 1 } else { max };
    let mut used = 0;
    let mut text: String = value
        .chars()
        .take_while(|character| {
            used += kind.width(*character);
            used <= room
        })
        .collect();
    if ellipsis {
        text.push('…');
    }
    text
}

fn placeholder(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Number | FieldKind::Amount | FieldKind::PhoneNumber => "0",
        FieldKind::Letter => "A",
        FieldKind::Phrase => "通知",
        FieldKind::Time | FieldKind::Date => "1970年1月1日",
        FieldKind::CharacterString | FieldKind::Symbol => "-",
        _ => "无",
    }
}

fn is_chinese(character: char) -> bool {
    matches!(character, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_thing_ends_with_an_ellipsis_and_fits() {
        let fitted = fit(FieldKind::Thing, "重庆市渝北区某某物业管理有限公司二十四台电梯定期检验费");
        assert_eq!(fitted, "重庆市渝北区某某物业管理有限公司二十四…");
        assert_eq!(fitted.chars().count(), 20);
        assert_eq!(check(FieldKind::Thing, &fitted), Ok(()));
        assert_eq!(
            fit(FieldKind::Thing, "刚好二十个字的内容刚好二十个字的内容一二"),
            "刚好二十个字的内容刚好二十个字的内容一二"
        );
    }

    #[test]
    fn whatever_comes_in_the_fitted_value_is_allowed() {
        let names = ["thing1", "number2", "letter3", "symbol4", "character_string5", "time6", "date7", "phone_number8"]
            .into_iter()
            .chain(["car_number9", "name10", "phrase11", "const12", "keyword13"]);
        for name in names {
            let kind = FieldKind::of_field(name);
            for value in [
                "",
                "  ",
                "电梯检验\n已通过",
                "😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
                "AB-12 重庆 Ω 2026年1月1日 13:00",
                "￥1020.00元",
            ] {
                let fitted = fit(kind, value);
                assert_eq!(check(kind, &fitted), Ok(()), "{name} {value:?} → {fitted:?}");
            }
        }
    }

    #[test]
    fn values_that_are_refused_there_are_refused_here() {
        assert_eq!(check(FieldKind::CharacterString, "渝A12"), Err(FieldError::Character));
        assert_eq!(check(FieldKind::Phrase, "检验已经通过"), Err(FieldError::TooLong { max: 5 }));
        assert_eq!(check(FieldKind::Amount, "12345678901元"), Err(FieldError::TooLong { max: 10 }));
        assert_eq!(check(FieldKind::Amount, "￥1020.00"), Ok(()));
        assert_eq!(check(FieldKind::Thing, ""), Err(FieldError::Empty));
        assert_eq!(check(FieldKind::Time, "2026年7月31日 20:15"), Ok(()));
    }
}

//! Rules of template and subscription values; a violation is 47003 and names the key.

use serde_json::Value;

use super::ApiError;

/// Checks the `data` object and gives key and value of each field, in the order of the card.
pub(super) fn check(data: &Value) -> Result<Vec<(String, String)>, ApiError> {
    let object = data
        .as_object()
        .filter(|object| !object.is_empty())
        .ok_or(ApiError::new(47003, "argument invalid! data is empty"))?;
    let mut fields: Vec<(&String, &Value)> = object.iter().collect();
    // thing1, amount2, time3: the number is the place on the card.
    fields.sort_by_key(|(key, _)| key[kind(key).len()..].parse::<u32>().unwrap_or(u32::MAX));
    fields
        .into_iter()
        .map(|(key, field)| {
            let value = match &field["value"] {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => String::new(),
            };
            if is_allowed(kind(key), &value) {
                Ok((key.clone(), value))
            } else {
                Err(ApiError::new(47003, format!("argument invalid! data.{key}.value invalid")))
            }
        })
        .collect()
}

/// `thing7` is a `thing`.
fn kind(key: &str) -> &str {
    key.trim_end_matches(|letter: char| letter.is_ascii_digit())
}

fn is_allowed(kind: &str, value: &str) -> bool {
    let length = value.chars().count();
    let control = value.chars().any(|letter| letter.is_control() && letter != '\n');
    if value.trim().is_empty() || control {
        return false;
    }
    let chinese = |letter: char| ('\u{2e80}'..='\u{9fff}').contains(&letter) || letter > '\u{ffff}';
    let all = |test: fn(char) -> bool| value.chars().all(test);
    match kind {
        "thing" => length <= 20,
        "number" => length <= 32 && all(|letter| letter.is_ascii_digit() || ".-".contains(letter)),
        "letter" => length <= 32 && all(|letter| letter.is_ascii_alphabetic()),
        "symbol" => length <= 5 && all(|letter| !letter.is_alphanumeric()),
        "character_string" => length <= 32 && value.is_ascii(),
        "time" => length <= 32 && value.contains([':', '：', '年', '-', '.']),
        "date" => length <= 32 && value.contains(['年', '-', '.', '/']),
        "amount" => is_amount(value),
        "phone_number" => length <= 17 && all(|letter| letter.is_ascii_digit() || "+-() ".contains(letter)),
        "car_number" => length <= 8,
        "name" => length <= if value.chars().any(chinese) { 10 } else { 20 },
        "phrase" => length <= 5 && value.chars().all(chinese),
        "const" | "enum" => length <= 20,
        // Keys of old templates (first, keyword1, remark) have no rule but a sane length.
        _ => length <= 200,
    }
}

/// One currency sign, at most ten digits, decimals, an optional 元.
fn is_amount(value: &str) -> bool {
    let bare = value.strip_suffix('元').unwrap_or(value);
    let bare = bare.strip_prefix(['¥', '￥', '$']).unwrap_or(bare);
    let (whole, decimals) = bare.split_once('.').unwrap_or((bare, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = whole.replace(',', "");
    digits(&whole) && whole.len() <= 10 && digits(decimals) && decimals.len() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_has_its_limit_and_the_error_names_the_key() {
        let good = json!({"thing1": {"value": "二十个汉字以内的事项"}, "amount2": {"value": "¥1,265.00"},
            "phrase3": {"value": "待缴费"}, "time4": {"value": "2026年7月31日 15:01"},
            "character_string5": {"value": "TJ-2026/001"}, "number6": {"value": 20}});
        assert_eq!(check(&good).expect("all within limits").len(), 6);
        for (key, value) in [
            ("thing7", "一二三四五六七八九十一二三四五六七八九十一"),
            ("phrase3", "六个汉字太长"),
            ("character_string1", "有汉字"),
            ("amount2", "一百元"),
            ("amount2", "12345678901"),
            ("thing1", ""),
            ("thing1", "\u{7}"),
        ] {
            let error = check(&json!({key: {"value": value}})).expect_err(value);
            assert_eq!(error.errcode, 47003);
            assert_eq!(error.errmsg, format!("argument invalid! data.{key}.value invalid"));
        }
    }
}

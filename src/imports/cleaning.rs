//! What people paste is mended where there is no doubt, and refused with a reason where there is.

use foundation::text::{fold_width, is_invisible};
use time::{Date, Month};

/// A text for people: ends trimmed, runs of blanks made one, invisible characters and the apostrophe by which
/// spreadsheets mark text removed. Everything else stays, rare characters too.
pub fn tidy(text: &str) -> String {
    let visible: String = text.chars().filter(|character| is_seen(*character)).collect();
    let trimmed = visible.trim();
    let trimmed = trimmed.strip_prefix('\'').unwrap_or(trimmed);
    trimmed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A key of the core system: half-width, no blanks. Letter case stays, because two keys may differ by it alone.
pub fn key(text: &str) -> String {
    fold_width(&tidy(text)).chars().filter(|character| !character.is_whitespace()).collect()
}

/// A code of the state: as [`key`], in upper case. Leading zeros and letters stay.
pub fn code(text: &str) -> String {
    key(text).to_uppercase()
}

fn is_seen(character: char) -> bool {
    !is_invisible(character) && (!character.is_control() || character.is_whitespace())
}

/// Whether a code is a registration code: class 4, region 6, year and month 6, sequence 4, with letters where the
/// numbers ran out.
pub fn is_registration_code(code: &str) -> bool {
    let letter_or_digit = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    let bytes = code.as_bytes();
    bytes.len() == 20
        && bytes[..4].iter().all(|byte| letter_or_digit(*byte))
        && bytes[4..16].iter().all(u8::is_ascii_digit)
        && letter_or_digit(bytes[16])
        && bytes[17..].iter().all(u8::is_ascii_digit)
}

/// A day as `2026-03-31`, from `2026-03-31`, `2026/3/31`, `2026.3.31`, `20260331`, `2026年3月31日`, each perhaps with a
/// time behind it. Years 1950–2100; a day that does not exist (30 February) is none.
pub fn day(text: &str) -> Option<String> {
    let plain = fold_width(&tidy(text));
    let plain = plain.split([' ', 'T']).next().unwrap_or("");
    let is_compact = plain.len() == 8 && plain.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = if is_compact {
        vec![&plain[..4], &plain[4..6], &plain[6..]]
    } else {
        plain.trim_end_matches('日').split(['-', '/', '.', '年', '月']).collect()
    };
    let [year, month, day] = parts.as_slice() else { return None };
    let year: i32 = year.parse().ok().filter(|year| (1950..=2100).contains(year))?;
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(year, month, day.parse().ok()?).ok()?;
    Some(format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day()))
}

/// 设备种类 by the first digit of a catalogue code or registration code.
pub fn kind_of_code(code: &str) -> Option<&'static str> {
    Some(match code.chars().next()? {
        '1' => "锅炉",
        '2' => "压力容器",
        '3' => "电梯",
        '4' => "起重机械",
        '5' => "场（厂）内专用机动车辆",
        '6' => "大型游乐设施",
        '8' => "压力管道",
        '9' => "客运索道",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_codes_become_half_width_without_blanks() {
        assert_eq!(code(" '３１１０ 500112\u{3000}201603 a021\u{200b}"), "3110500112201603A021");
        assert_eq!(code("00110"), "00110");
    }

    #[test]
    fn registration_codes_may_have_letters_and_leading_zeros() {
        for good in ["83301201132016030021", "3110500112201603A021", "00005001122016030021", "4D005001122016030021"] {
            assert!(is_registration_code(good), "{good}");
        }
        for bad in ["", "8330120113201603002", "833012011320160300211", "3110500112201603AA21", "3110５0112201603A021"]
        {
            assert!(!is_registration_code(bad), "{bad}");
        }
    }

    #[test]
    fn days_are_read_as_people_write_them_and_must_exist() {
        for text in ["2028-02-29", "2028/2/29", "2028.02.29", "20280229", "２０２８年２月２９日", "2028-02-29 10:20:30"]
        {
            assert_eq!(day(text).as_deref(), Some("2028-02-29"), "{text}");
        }
        for text in ["2027-02-29", "2026-13-01", "31/12/2026", "2026-1", "昨天", "", "45000"] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn rare_characters_survive_and_invisible_ones_do_not() {
        assert_eq!(tidy(" 𠮷㛃\u{feff}\u{200b}物业\t有限  公司 "), "𠮷㛃物业 有限 公司");
    }
}

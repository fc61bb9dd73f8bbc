//! What people type: the form in which it is kept, the form in which it is compared (full-width and half-width alike,
//! without blanks, without letter case), and how much of it is shown to others.

mod mask;

pub use mask::{mask_code, mask_email, mask_name, mask_phone, mask_told};

/// Longer than addresses of people are.
const EMAIL_CHARACTERS_MAX: usize = 100;

/// Full-width letters, digits, punctuation and the ideographic blank become half-width; all else stays.
pub fn fold_width(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\u{3000}' => ' ',
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(character as u32 - 0xFEE0).unwrap_or(character),
            other => other,
        })
        .collect()
}

/// Whether a character is one that nobody sees: of no width, or one that changes the direction of writing. They make two
/// texts look alike, or digits stand the other way round.
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}'
    )
}

/// Whether a character may stand in the name of a file: none that nobody sees, and none that begins another line, as these
/// could hide how the name ends.
pub fn is_seen_in_file_name(character: char) -> bool {
    !character.is_control() && !is_invisible(character) && !matches!(character, '\u{2028}' | '\u{2029}')
}

/// A line of text as it is kept: without characters that nobody sees; blanks, tabs and new lines in a row become one blank.
pub fn plain_line(text: &str) -> String {
    let visible: String = text
        .chars()
        .filter(|character| !is_invisible(*character))
        .map(|character| if character.is_whitespace() || character.is_control() { ' ' } else { character })
        .collect();
    visible.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The form in which phones are kept: half-width, without the blanks and dashes that people write.
pub fn phone_form(text: &str) -> String {
    fold_width(text).chars().filter(|character| !character.is_whitespace() && *character != '-').collect()
}

/// The form in which searches and searched texts meet (S0-13…15): half-width, lower case, no blanks, no control characters,
/// brackets and dashes of one kind.
pub fn search_form(text: &str) -> String {
    fold_width(text)
        .chars()
        .filter(|character| !character.is_whitespace() && !character.is_control())
        .flat_map(char::to_lowercase)
        .map(|character| match character {
            '【' | '〔' => '(',
            '】' | '〕' => ')',
            '—' | '–' | '－' | '‐' => '-',
            other => other,
        })
        .collect()
}

/// The form in which names of units meet, as banks and people write them: as [`search_form`], without brackets and dots.
pub fn name_form(name: &str) -> String {
    search_form(name).chars().filter(|character| !"()[]{}<>《》·.,，、\"'“”‘’-_*".contains(*character)).collect()
}

/// `%…%` for a LIKE with `\` as escape, so that `%` and `_` of people are taken literally.
pub fn like_pattern(search_form: &str) -> String {
    let mut pattern = String::with_capacity(search_form.len() + 2);
    pattern.push('%');
    for character in search_form.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// At most so many characters; what is cut ends with `…`.
pub fn cut(text: &str, characters_max: usize) -> String {
    if text.chars().count() <= characters_max {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(characters_max.saturating_sub(1)).collect();
    kept.push('…');
    kept
}

/// Whether `phone` is a mainland mobile number: 11 digits, `1[3-9]…`.
pub fn is_mobile_phone(phone: &str) -> bool {
    let bytes = phone.as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]) && bytes.iter().all(u8::is_ascii_digit)
}

/// Whether a text is an e-mail address as people have them.
pub fn is_email(email: &str) -> bool {
    let Some((local, host)) = email.rsplit_once('@') else { return false };
    let fits = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte))
    };
    email.len() <= EMAIL_CHARACTERS_MAX && fits(local) && fits(host) && host.contains('.') && !host.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_not_kept_and_rare_characters_are() {
        assert_eq!(plain_line(" 示例\u{202e}院测检\u{2066}\u{200b} "), "示例院测检");
        assert_eq!(plain_line("银行\r\nX\u{3000}Y\u{2028}"), "银行 X Y");
        assert_eq!(plain_line("\u{feff}\u{ad}"), "");
        assert_eq!(plain_line("𠮷㛃（集团）有限公司"), "𠮷㛃（集团）有限公司");
    }

    #[test]
    fn a_long_text_is_cut_where_people_see_it() {
        assert_eq!(cut("重庆市渝中区", 6), "重庆市渝中区");
        assert_eq!(cut("重庆市渝中区", 5), "重庆市渝…");
    }

    #[test]
    fn a_pasted_code_meets_the_stored_one() {
        assert_eq!(search_form(" ３１１０ 500112\u{3000}201603 A021 "), search_form("3110500112201603a021"));
    }

    #[test]
    fn a_name_on_a_bank_slip_meets_the_one_in_the_books() {
        assert_eq!(name_form("示例物业（集团）　有限公司"), name_form("示例物业(集团)有限公司"));
        assert_eq!(name_form("ＡＢＣ 设备·有限公司"), "abc设备有限公司");
    }

    #[test]
    fn wildcards_of_people_are_taken_literally() {
        assert_eq!(like_pattern("50%_\\"), "%50\\%\\_\\\\%");
    }

    #[test]
    fn what_nobody_sees_is_taken_out() {
        assert_eq!(plain_line(" 山城\u{200B}物业\t 有限\u{202E}公司 "), "山城物业 有限公司");
        let name: String = "年报\u{2067}fdp\u{2028}.exe".chars().filter(|one| is_seen_in_file_name(*one)).collect();
        assert_eq!(name, "年报fdp.exe");
    }

    #[test]
    fn a_phone_is_understood_as_people_write_it() {
        assert_eq!(phone_form(" １３９ 0000-0001"), "13900000001");
    }
}

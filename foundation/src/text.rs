//! How texts of people are compared: full-width and half-width alike, without blanks, without letter case.

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

/// What somebody typed and somebody else decides on, as both see it: without zero-width and direction characters, which make
/// two texts look alike or digits stand the other way round; every blank and control character is a plain blank; trimmed.
pub fn visible(text: &str) -> String {
    let shown = text.chars().filter(|character| !is_invisible(*character));
    let plain = |character: char| if character.is_whitespace() || character.is_control() { ' ' } else { character };
    shown.map(plain).collect::<String>().trim().to_owned()
}

fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}'
    )
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

/// `13900001234` → `139****1234`; anything else shows its ends only.
pub fn mask_phone(phone: &str) -> String {
    let characters: Vec<char> = phone.chars().collect();
    if characters.len() < 8 {
        return "****".to_owned();
    }
    let head: String = characters[..3].iter().collect();
    let tail: String = characters[characters.len() - 4..].iter().collect();
    format!("{head}****{tail}")
}

/// `91500000DEM0000145` → `9150**********0145`.
pub fn mask_code(code: &str) -> String {
    let characters: Vec<char> = code.chars().collect();
    if characters.len() <= 8 {
        return "*".repeat(characters.len());
    }
    let head: String = characters[..4].iter().collect();
    let tail: String = characters[characters.len() - 4..].iter().collect();
    format!("{head}{}{tail}", "*".repeat(characters.len() - 8))
}

/// `山城物业服务（集团）有限公司` → `山城****有限公司`, `测试一号` → `测***`: enough for who knows it, too little for who does not.
pub fn mask_name(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= 8 {
        let shown = characters.len().min(1);
        let head: String = characters[..shown].iter().collect();
        return format!("{head}{}", "*".repeat(characters.len().saturating_sub(1).max(1)));
    }
    let head: String = characters[..2].iter().collect();
    let tail: String = characters[characters.len() - 4..].iter().collect();
    format!("{head}****{tail}")
}

/// `zhangsan@example.com` → `zh****@example.com`.
pub fn mask_email(email: &str) -> String {
    let (local, host) = email.rsplit_once('@').unwrap_or((email, ""));
    let head: String = local.chars().take(if local.chars().count() > 2 { 2 } else { 1 }).collect();
    format!("{head}****@{host}")
}

/// Whether `phone` is a mainland mobile number: 11 digits, `1[3-9]…`.
pub fn is_mobile_phone(phone: &str) -> bool {
    let bytes = phone.as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]) && bytes.iter().all(u8::is_ascii_digit)
}

/// What a program said, with what may be a phone, an account or an identity number, an address of mail or an openid masked.
/// Our own identifiers, which have letters in them, stay.
pub fn mask_told(text: &str) -> String {
    let is_inside = |character: char| character.is_ascii_alphanumeric() || "_@.+-".contains(character);
    masked_words(text, is_inside, |word| {
        let bare = word.trim_matches('.');
        let is_openid = bare.len() == 28 && bare.starts_with('o');
        if word.contains('@') {
            mask_email(word)
        } else if is_openid {
            mask_phone(bare)
        } else {
            mask_numbers(word)
        }
    })
}

fn mask_numbers(text: &str) -> String {
    masked_words(
        text,
        |character| character.is_ascii_alphanumeric() || character == '_',
        |word| {
            let digits = word.strip_suffix(['x', 'X']).unwrap_or(word);
            let is_number = digits.len() >= 8 && digits.chars().all(|character| character.is_ascii_digit());
            if is_number { mask_phone(word) } else { word.to_owned() }
        },
    )
}

/// The text with each of its words changed; what is outside of words stays.
fn masked_words(text: &str, is_inside: impl Fn(char) -> bool, change: impl Fn(&str) -> String) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(&is_inside) {
        let (before, word_on) = rest.split_at(begin);
        let end = word_on.find(|character: char| !is_inside(character)).unwrap_or(word_on.len());
        let (word, after) = word_on.split_at(end);
        masked.push_str(before);
        masked.push_str(&change(word));
        rest = after;
    }
    masked + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_not_kept_and_rare_characters_are() {
        assert_eq!(visible(" 示例\u{202e}院测检\u{2066}\u{200b} "), "示例院测检");
        assert_eq!(visible("银行\r\nX\u{3000}Y\u{2028}"), "银行  X Y");
        assert_eq!(visible("\u{feff}\u{ad}"), "");
        assert_eq!(visible("𠮷㛃（集团）有限公司"), "𠮷㛃（集团）有限公司");
    }

    #[test]
    fn what_a_program_said_names_nobody() {
        let told = "rpt_0192f0c4000070008000: 13900001234, 身份证50011219900101123X；o6_bmjrPTlm6_2sgVt7hMZOPfL2M <zhangsan@example.com>.";
        let masked = "rpt_0192f0c4000070008000: 139****1234, 身份证500****123X；o6_****fL2M <zh****@example.com>.";
        assert_eq!(mask_told(told), masked);
        assert_eq!(
            mask_told("下载 https://a.example/b/7 得到 404 Not Found"),
            "下载 https://a.example/b/7 得到 404 Not Found"
        );
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
    fn names_are_masked() {
        assert_eq!(mask_name("山城物业服务（集团）有限公司"), "山城****有限公司");
        assert_eq!(mask_name("测试一号"), "测***");
        assert_eq!((mask_name("甲").as_str(), mask_name("").as_str()), ("甲*", "*"));
    }

    #[test]
    fn phones_are_masked() {
        assert_eq!(mask_phone("13900000001"), "139****0001");
        assert_eq!(mask_phone("123"), "****");
        assert_eq!(mask_email("zhangsan@example.com"), "zh****@example.com");
        assert_eq!(mask_email("li@example.com"), "l****@example.com");
    }
}

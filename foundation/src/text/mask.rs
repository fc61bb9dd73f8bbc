//! How much of a name, a number or an address is shown: enough for who knows it, too little for who does not.

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

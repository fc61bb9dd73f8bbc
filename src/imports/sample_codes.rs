//! Codes that look right and belong to nobody: for demo data and generated files.

/// A unified social credit code of the demo range (organisation part `DEM0…`), with right check characters.
pub fn credit_code(number: u32) -> String {
    let body = format!("DEM{:05}", number % 100_000);
    let organisation = format!("{body}{}", organisation_check(&body));
    let start = format!("91500000{organisation}");
    // One of the 31 characters fits; which one is what the check itself says.
    let fits = |character: &char| wechat::uscc::check(&format!("{start}{character}")).is_ok();
    let check = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().find(fits).unwrap_or('0');
    format!("{start}{check}")
}

/// The check character of an organisation code (GB 11714).
fn organisation_check(body: &str) -> char {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.chars().filter_map(|character| character.to_digit(36)).zip(WEIGHTS).map(|(a, b)| a * b).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

/// 注册代码: class 4, region 6, year and month, sequence 4, whose first place becomes a letter after 9999
/// (10002 → A002).
pub fn registration_code(class: &str, region: &str, month: &str, sequence: u32) -> String {
    let place = (sequence / 1_000) as usize % 36;
    let first = char::from(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place]);
    format!("{class}{region}{month}{first}{:03}", sequence % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demo_credit_codes_are_those_of_the_sample_range() {
        let codes: Vec<String> = [1, 2, 3, 4, 5].into_iter().map(credit_code).collect();
        let expected = [
            "91500000DEM0000145",
            "91500000DEM0000220",
            "91500000DEM000030T",
            "91500000DEM000049P",
            "91500000DEM000057J",
        ];
        assert_eq!(codes, expected);
    }

    #[test]
    fn the_sequence_goes_on_with_letters() {
        assert_eq!(registration_code("3110", "500112", "201603", 21), "31105001122016030021");
        assert_eq!(registration_code("3110", "500112", "201603", 10_002), "3110500112201603A002");
    }
}

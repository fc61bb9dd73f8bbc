//! What is asked.

use rand::Rng;

/// Digits that are not mistaken for letters or for each other.
const DIGITS: &[u8] = b"23456789";
const DIGIT_COUNT: usize = 5;

/// Digits for the picture.
pub(super) fn random_digits() -> String {
    let mut rng = rand::rng();
    (0..DIGIT_COUNT).map(|_| char::from(DIGITS[rng.random_range(0..DIGITS.len())])).collect()
}

/// A small story in words, read out well by a screen reader, and the number it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Story {
    pub(super) words: String,
    pub(super) answer: u32,
}

impl Story {
    /// A new one. They differ in shape and carry numbers that do not count, so that no single pattern answers them.
    pub(super) fn random() -> Self {
        let mut rng = rand::rng();
        let (many, few, some) = (rng.random_range(30..=69), rng.random_range(3..=19), rng.random_range(3..=19));
        let place = in_words(rng.random_range(2..=9));
        let [a, b, c] = [many, few, some].map(in_words);
        let (words, answer) = match rng.random_range(0..6) {
            0 => (format!("{place}号电梯里有{a}人，出来{b}人，又进去{c}人，现在里面有几人？"), many - few + some),
            1 => (format!("小王带了{a}元，买票花了{b}元，同事又还他{c}元，他有几元？"), many - few + some),
            2 => (format!("第{place}排架子上放着{a}个灭火器，补来{b}个，领走{c}个，架上有几个？"), many + few - some),
            3 => (format!("{place}号楼有{a}户，隔壁楼比它多{b}户，隔壁楼有几户？"), many + few),
            4 => (format!("有{a}份报告分两天送，头天送走{b}份，剩下的次日送，次日送几份？"), many - few),
            _ => (format!("第{place}车间有{a}台设备，拆走{b}台，又新买{c}台，现在有几台？"), many - few + some),
        };
        Self { words: format!("{words}（填数字）"), answer }
    }
}

/// A number below 100 in Chinese.
fn in_words(number: u32) -> String {
    const NAMES: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let name = |digit: u32| NAMES[(digit % 10) as usize];
    match (number / 10, number % 10) {
        (0, ones) => name(ones).to_owned(),
        (1, 0) => "十".to_owned(),
        (1, ones) => format!("十{}", name(ones)),
        (tens, 0) => format!("{}十", name(tens)),
        (tens, ones) => format!("{}十{}", name(tens), name(ones)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        assert_eq!([3, 10, 17, 20, 68].map(in_words), ["三", "十", "十七", "二十", "六十八"]);
    }

    #[test]
    fn stories_ask_for_a_number_that_can_be_counted_and_come_in_many_shapes() {
        let mut shapes = std::collections::BTreeSet::new();
        for _ in 0..300 {
            let Story { words, answer } = Story::random();
            assert!((11..=88).contains(&answer), "{words}");
            shapes.insert(words.chars().filter(|one| !"零一二三四五六七八九十".contains(*one)).collect::<String>());
            assert!(!words.contains(char::is_numeric) || words.chars().all(|one| !one.is_ascii_digit()), "{words}");
        }
        assert_eq!(shapes.len(), 6, "{shapes:?}");
        assert!(random_digits().bytes().all(|byte| DIGITS.contains(&byte)));
    }
}

//! What is asked.

use rand::Rng;

/// Digits that are not mistaken for letters or for each other.
const DIGITS: &[u8] = b"23456789";
const DIGIT_COUNT: usize = 5;

/// Digits for the picture, and a sum in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) digits: String,
    pub(super) words: String,
    pub(super) sum: u32,
}

impl Question {
    /// A new one.
    pub(super) fn random() -> Self {
        let mut rng = rand::rng();
        let digits = (0..DIGIT_COUNT).map(|_| char::from(DIGITS[rng.random_range(0..DIGITS.len())])).collect();
        let (small, large) = (rng.random_range(3..=19), rng.random_range(20..=68));
        let (words, sum) = if rng.random() {
            (format!("{}加上{}等于多少？（填数字）", in_words(large), in_words(small)), large + small)
        } else {
            (format!("{}减去{}等于多少？（填数字）", in_words(large), in_words(small)), large - small)
        };
        Self { digits, words, sum }
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
    fn a_question_can_be_answered_both_ways() {
        for _ in 0..200 {
            let question = Question::random();
            assert!(question.digits.len() == DIGIT_COUNT && question.digits.bytes().all(|byte| DIGITS.contains(&byte)));
            assert!((1..=87).contains(&question.sum), "{question:?}");
        }
    }
}

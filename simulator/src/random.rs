//! Random texts of the shapes WeChat uses.

use rand::Rng;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// `length` characters of `A-Z a-z 0-9`.
pub(crate) fn letters(length: usize) -> String {
    from(LETTERS, length)
}

/// `length` decimal digits.
pub(crate) fn digits(length: usize) -> String {
    from(b"0123456789", length)
}

/// `length` lower-case hexadecimal digits.
pub(crate) fn hex(length: usize) -> String {
    from(b"0123456789abcdef", length)
}

fn from(alphabet: &[u8], length: usize) -> String {
    let mut random = rand::rng();
    (0..length).map(|_| char::from(alphabet[random.random_range(0..alphabet.len())])).collect()
}

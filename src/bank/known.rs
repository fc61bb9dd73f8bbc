//! Which lines of a file are known already. Pure: no database.
//!
//! A line with a number or a balance is known by it ([`super::import`]). Everything else rests on what banks do not promise:
//! that one layout stays, that a file has the account in it, that nobody pays the same twice a day. There each line of a file
//! stands for at most one known line, the first equal one for the first, the second for the second; and what may be known or
//! not is kept and waits for a person, since a line taken twice pays an order twice, and a line left out pays none.

use std::collections::{HashMap, HashSet};

use foundation::text::search_form;

use super::model::TransactionState;
use super::store::TransactionRow;

/// A line of a file, not written yet.
pub(super) struct Fresh {
    /// As it would be written.
    pub(super) row: TransactionRow,
    /// Whether the bank's number or the balance tells it from an equal one.
    pub(super) is_marked: bool,
}

/// What a line of a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judged {
    /// A line of its own.
    New,
    /// Known: not written again.
    Known,
    /// Perhaps the known line with this id.
    PerhapsKnown(String),
}

/// Judges the lines of a file that were booked on one day beside those known of that day, oldest first.
pub(super) fn judge(fresh: &[Fresh], known: &[TransactionRow]) -> Vec<Judged> {
    let mut day = Day::of(known);
    let mut judged: Vec<Option<Judged>> = fresh.iter().map(|line| day.known_by_key(line)).collect();
    let mut equal: Vec<(usize, usize)> = Vec::new();
    for (at, line) in fresh.iter().enumerate().filter(|(_, line)| !line.is_marked) {
        if let Some(place) = day.take(&line.row, |known| is_equal(&line.row, known)) {
            equal.push((at, place));
        }
    }
    for (at, place) in equal {
        let known = &known[place];
        let shown_again = known.twin_of.is_none() && day.is_shown_again(&fresh[at].row.account_no);
        judged[at] = Some(if shown_again { Judged::Known } else { Judged::PerhapsKnown(known.id.clone()) });
    }
    let judge_rest = |(line, judged): (&Fresh, Option<Judged>)| {
        judged.unwrap_or_else(|| match day.take(&line.row, |known| may_be(&line.row, known)) {
            Some(place) => Judged::PerhapsKnown(known[place].id.clone()),
            None => Judged::New,
        })
    };
    fresh.iter().zip(judged).map(judge_rest).collect()
}

/// The known lines of a day, and for which of them a line of the file stands already.
struct Day<'a> {
    known: &'a [TransactionRow],
    by_key: HashMap<&'a str, usize>,
    by_amount: HashMap<i64, Vec<usize>>,
    taken: HashSet<usize>,
}

impl<'a> Day<'a> {
    fn of(known: &'a [TransactionRow]) -> Self {
        let mut by_amount: HashMap<i64, Vec<usize>> = HashMap::new();
        for (place, row) in known.iter().enumerate() {
            by_amount.entry(row.amount_fen).or_default().push(place);
        }
        let by_key = known.iter().enumerate().map(|(place, row)| (row.dedup_key.as_str(), place)).collect();
        Self { known, by_key, by_amount, taken: HashSet::new() }
    }

    /// The same number, or the same balance, in the same layout.
    fn known_by_key(&mut self, line: &Fresh) -> Option<Judged> {
        let place = self.by_key.get(line.row.dedup_key.as_str()).filter(|_| line.is_marked)?;
        self.taken.insert(*place);
        Some(Judged::Known)
    }

    /// The first known line over this amount that fits and that no other line of the file stands for.
    fn take(&mut self, line: &TransactionRow, fits: impl Fn(&TransactionRow) -> bool) -> Option<usize> {
        let places = self.by_amount.get(&line.amount_fen)?;
        let free = |place: &&usize| !self.taken.contains(*place) && !is_repeat(&self.known[**place]);
        let place = *places.iter().filter(free).find(|place| fits(&self.known[**place]))?;
        self.taken.insert(place);
        Some(place)
    }

    /// Whether everything that is known of the day stands in the file again, and more than one line that might be equal by
    /// chance: then the file shows the same day once more, and does not go on where another one ended.
    fn is_shown_again(&self, account_no: &str) -> bool {
        let settled =
            |(_, row): &(usize, &TransactionRow)| row.twin_of.is_none() && are_compatible(&row.account_no, account_no);
        let mut contents = HashSet::new();
        for (place, row) in self.known.iter().enumerate().filter(settled) {
            if !self.taken.contains(&place) {
                return false;
            }
            contents.insert((row.amount_fen, &row.payer_key, &row.remark));
        }
        contents.len() > 1
    }
}

/// A person said that it is another line once more: it stands for nothing.
fn is_repeat(row: &TransactionRow) -> bool {
    row.twin_of.is_some() && row.state == TransactionState::Ignored.as_str()
}

/// Nothing tells the two apart, and nothing could.
fn is_equal(line: &TransactionRow, known: &TransactionRow) -> bool {
    known.serial_key.is_none()
        && known.balance_fen.is_none()
        && line.account_no == known.account_no
        && line.payer_key == known.payer_key
        && line.payer_account == known.payer_account
        && search_form(&line.remark) == search_form(&known.remark)
}

/// The same line may look so in another layout.
fn may_be(line: &TransactionRow, known: &TransactionRow) -> bool {
    if !are_compatible(&line.account_no, &known.account_no) {
        return false;
    }
    if let (Some(serial), Some(other)) = (&line.serial_key, &known.serial_key) {
        return serial == other;
    }
    if line.balance_fen.is_some_and(|balance| known.balance_fen.is_some_and(|other| balance != other)) {
        return false;
    }
    let (remark, other) = (search_form(&line.remark), search_form(&known.remark));
    are_compatible(&line.payer_key, &known.payer_key) && (remark.contains(&other) || other.contains(&remark))
}

/// Equal, or one of them tells nothing.
fn are_compatible(one: &str, other: &str) -> bool {
    one == other || one.is_empty() || other.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, account: &str, payer: &str, serial: Option<&str>, balance_fen: Option<i64>) -> TransactionRow {
        TransactionRow {
            id: id.to_owned(),
            statement_id: "bst".to_owned(),
            account_no: account.to_owned(),
            booked_on: "2026-08-03".to_owned(),
            amount_fen: 60_500,
            rest_fen: 60_500,
            payer_name: payer.to_owned(),
            payer_key: payer.to_owned(),
            payer_account: None,
            remark: "检验费".to_owned(),
            serial_no: serial.map(str::to_owned),
            serial_key: serial.map(str::to_owned),
            dedup_key: format!("{account}|{serial:?}|{payer}|{balance_fen:?}"),
            state: TransactionState::Open.as_str().to_owned(),
            ignore_reason: None,
            search_text: String::new(),
            created_at: 0,
            updated_at: 0,
            twin_of: None,
            balance_fen,
        }
    }

    fn fresh(row: TransactionRow) -> Fresh {
        Fresh { is_marked: row.serial_no.is_some() || row.balance_fen.is_some(), row }
    }

    fn perhaps(id: &str) -> Judged {
        Judged::PerhapsKnown(id.to_owned())
    }

    #[test]
    fn a_number_tells_and_another_layout_asks() {
        let known = [row("k1", "6222", "甲", Some("A1"), None), row("k2", "6222", "甲", Some("A2"), None)];
        let same_layout = [fresh(known[0].clone()), fresh(row("f", "6222", "甲", Some("A3"), None))];
        assert_eq!(judge(&same_layout, &known), [Judged::Known, Judged::New]);
        let without_account = [fresh(row("f", "", "甲", Some("A2"), None))];
        assert_eq!(judge(&without_account, &known), [perhaps("k2")]);
        let other_account = [fresh(row("f", "6333", "甲", Some("A2"), None))];
        assert_eq!(judge(&other_account, &known), [Judged::New]);
        // The third equal line stands for nothing that is known.
        let plain = [0, 1, 2].map(|_| fresh(row("f", "", "甲", None, None)));
        assert_eq!(judge(&plain, &known), [perhaps("k1"), perhaps("k2"), Judged::New]);
    }

    #[test]
    fn balances_tell_equal_lines_apart() {
        let known = [row("k1", "6222", "甲", None, Some(100_000))];
        let later = [fresh(row("f", "6222", "甲", None, Some(160_500)))];
        assert_eq!(judge(&later, &known), [Judged::New]);
        let unknown = [fresh(row("f", "6222", "甲", None, None))];
        assert_eq!(judge(&unknown, &known), [perhaps("k1")]);
    }

    #[test]
    fn an_equal_line_is_known_only_where_the_file_shows_the_whole_day_again() {
        let known = [row("k1", "", "甲", None, None), row("k2", "", "乙", None, None)];
        let whole_day = ["乙", "甲", "甲", "丙"].map(|payer| fresh(row("f", "", payer, None, None)));
        assert_eq!(judge(&whole_day, &known), [Judged::Known, Judged::Known, Judged::New, Judged::New]);
        let afternoon = ["甲", "丙"].map(|payer| fresh(row("f", "", payer, None, None)));
        assert_eq!(judge(&afternoon, &known), [perhaps("k1"), Judged::New]);
        let alone = [fresh(row("f", "", "甲", None, None))];
        assert_eq!(judge(&alone, &known[..1]), [perhaps("k1")], "one equal line may be chance");
    }

    #[test]
    fn what_a_person_called_a_repeat_stands_for_nothing() {
        let mut repeat = row("k2", "", "甲", None, None);
        repeat.twin_of = Some("k1".to_owned());
        repeat.state = TransactionState::Ignored.as_str().to_owned();
        let known = [row("k1", "", "甲", None, None), repeat];
        let two = [0, 1].map(|_| fresh(row("f", "", "甲", None, None)));
        assert_eq!(judge(&two, &known), [perhaps("k1"), Judged::New]);
    }
}

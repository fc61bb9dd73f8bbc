//! Finding rows by any part of their text. What is found is decided by `LIKE` over a column `search_text`; on PostgreSQL the
//! parts of that text also stand in a table beside (`searched_…`), whose index leads to the few rows that can fit, for words
//! of two characters as well. The parts stand in the text of the statement: only then does the server know how rare they
//! are (docs/decisions/0010).

use std::collections::BTreeSet;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, LikeExpr};
use sea_orm::{Condition, ConnectionTrait, DatabaseBackend};

use crate::text::{like_pattern, search_form};

/// Words that narrow each other; more are not looked at.
const WORDS_MAX: usize = 5;
/// Parts that are looked up for one word; `LIKE` looks at the whole of it.
const PARTS_MAX: usize = 8;
/// Characters of a long part: numbers differ in so many, and not in two.
const LONG: usize = 6;

/// A table with a column `search_text`, and where its parts stand.
#[derive(Debug, Clone, Copy)]
pub struct Searched {
    table: &'static str,
    parts: Option<&'static str>,
}

/// Fees of everybody.
pub const FEES: Searched = Searched { table: "fees", parts: Some("searched_fees") };
/// Reports of everybody.
pub const REPORTS: Searched = Searched { table: "reports", parts: Some("searched_reports") };
/// Orders of everybody.
pub const ORDERS: Searched = Searched { table: "orders", parts: Some("searched_orders") };

/// Rows of `searched` that contain every one of the words, which are separated by blanks; all rows for no word at all.
pub fn containing<C: ConnectionTrait>(connection: &C, searched: Searched, words: &str) -> Condition {
    let mut all = Condition::all();
    for word in words.split_whitespace().take(WORDS_MAX) {
        let form = search_form(word);
        if form.is_empty() {
            continue;
        }
        let pattern = LikeExpr::new(like_pattern(&form)).escape('\\');
        let column = Expr::col((Alias::new(searched.table), Alias::new("search_text")));
        all = all.add(column.like(pattern));
        if let Some(parts) = searched.parts.filter(|_| connection.get_database_backend() == DatabaseBackend::Postgres) {
            all = all.add_option(has_parts(searched.table, parts, &form));
        }
    }
    all
}

/// Letters and digits only: nothing in it could end the text of a statement.
fn has_parts(table: &str, beside: &str, form: &str) -> Option<sea_orm::sea_query::SimpleExpr> {
    let parts = parts_of(form);
    if parts.is_empty() {
        return None;
    }
    let list: Vec<String> = parts.iter().map(|part| format!("'{part}'")).collect();
    Some(Expr::cust(format!(
        "\"{table}\".\"id\" IN (SELECT beside.id FROM {beside} beside WHERE beside.parts @> ARRAY[{}]::text[])",
        list.join(", ")
    )))
}

/// What a text with `form` in it has among its parts: six letters or digits in a row, or two characters of which one is
/// neither; two letters or digits where there is nothing rarer.
fn parts_of(form: &str) -> BTreeSet<String> {
    let characters: Vec<char> = form.chars().collect();
    let windows = |length: usize, fits: fn(&[char]) -> bool| -> BTreeSet<String> {
        let found =
            characters.windows(length).filter(|part| part.iter().all(|one| one.is_alphanumeric()) && fits(part));
        found.take(PARTS_MAX).map(|part| part.iter().collect()).collect()
    };
    let mut rare = windows(LONG, |part| part.iter().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit()));
    rare.extend(windows(2, |part| part.iter().any(|one| !one.is_ascii())));
    if rare.is_empty() { windows(2, |_| true) } else { rare }
}

#[cfg(test)]
mod tests {
    use sea_orm::Statement;

    use super::*;
    use crate::database::Database;
    use crate::scratch::ScratchDatabase;

    /// Every part that anybody could look for who asks for a piece of this text.
    fn asked_of(text: &str) -> BTreeSet<String> {
        let characters: Vec<char> = text.chars().collect();
        let ends = |start: usize| start + 1..=characters.len().min(start + 2 * LONG);
        let pieces = (0..characters.len()).flat_map(|start| ends(start).map(move |end| (start, end)));
        pieces.flat_map(|(start, end)| parts_of(&characters[start..end].iter().collect::<String>())).collect()
    }

    #[tokio::test]
    async fn what_is_looked_up_is_among_the_parts_that_are_kept() {
        let scratch = ScratchDatabase::create().await.unwrap();
        let database = Database::connect(scratch.url(), 1).await.unwrap();
        if database.is_sqlite() {
            return; // reads the texts themselves
        }
        for text in [
            "wt2026327000208|示例物业(重庆)有限公司|tj202630310000000|3110-5001",
            "曳引驱动ab电梯|a",
            "乘客\n电梯||21|电|",
        ] {
            let asked: Vec<String> = asked_of(text).iter().map(|part| format!("'{part}'")).collect();
            assert!(!asked.is_empty(), "{text}");
            let question = format!("SELECT search_parts('{text}') @> ARRAY[{}]::text[] AS kept", asked.join(", "));
            let question = Statement::from_string(DatabaseBackend::Postgres, question);
            let row = database.reader().query_one_raw(question).await.unwrap().unwrap();
            let kept: bool = row.try_get("", "kept").unwrap();
            assert!(kept, "{text}");
        }
    }

    fn parts(form: &str) -> Vec<String> {
        parts_of(form).into_iter().collect()
    }

    #[test]
    fn words_are_looked_up_by_their_rarest_parts() {
        assert_eq!(parts("电梯"), ["电梯"]);
        assert_eq!(parts("乘客电"), ["乘客", "客电"]);
        assert_eq!(parts("tj20261"), ["j20261", "tj2026"]);
        assert_eq!(parts("021"), ["02", "21"]);
        assert_eq!(parts("a"), [""; 0]);
        assert_eq!(parts("a'; --"), [""; 0], "nothing but letters and digits");
        assert_eq!(parts(&"1234567890".repeat(9)).len(), PARTS_MAX.min(10));
    }
}

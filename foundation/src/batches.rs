//! Many rows in few statements: IN lists and multi-row inserts of a size that both databases plan well.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Alias, IntoIden, TableRef, ValueTuple};

/// Keys in one IN list and rows in one INSERT.
pub const BATCH_ROWS: usize = 500;

/// The keys in lists of at most [`BATCH_ROWS`].
pub fn key_batches(keys: &BTreeSet<String>) -> Vec<Vec<&str>> {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    keys.chunks(BATCH_ROWS).map(<[&str]>::to_vec).collect()
}

/// The rows in groups of at most [`BATCH_ROWS`].
pub fn row_batches<T>(rows: impl IntoIterator<Item = T>) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::new();
    for row in rows {
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH_ROWS => batch.push(row),
            _ => batches.push(vec![row]),
        }
    }
    batches
}

/// The values with the last one repeated until their number is a power of two. A statement with as many placeholders is
/// prepared once per length: lists of all lengths then share a few statements. Only where a repeated value changes
/// nothing, as in an IN list.
pub fn padded<T: Clone>(mut values: Vec<T>) -> Vec<T> {
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}

/// Rows as a table `name` with the columns `column1`, `column2`, … for `UPDATE … FROM`; padded like [`padded`].
pub fn values_table(name: &'static str, rows: Vec<ValueTuple>) -> TableRef {
    TableRef::ValuesList(padded(rows), Alias::new(name).into_iden())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_filled_up_with_their_last_value() {
        assert_eq!(padded(vec![1, 2, 3]), [1, 2, 3, 3]);
        assert_eq!(padded(vec![7]), [7]);
        assert_eq!(padded(Vec::<i64>::new()), [0_i64; 0]);
    }
}

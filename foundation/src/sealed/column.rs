//! Conditions on findable columns. Comparing such a column with `eq` finds nothing, for every sealing is different: these
//! compare the blind index in front, which the indexes of the schema know by the same expression.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityName, IdenStatic};

use super::BlindIndex;

/// So many characters in front of a findable text are its index; as in `migrations`.
pub const INDEX_LENGTH: usize = 23;

/// Rows whose column holds this text.
pub fn is<C: ColumnTrait>(column: C, text: &str) -> Expr {
    is_one_of(column, [text])
}

/// Rows whose column holds one of these texts. A row from the time before fields were sealed is found as well.
pub fn is_one_of<'a, C: ColumnTrait>(column: C, texts: impl IntoIterator<Item = &'a str>) -> Expr {
    let wanted: Vec<String> =
        texts.into_iter().flat_map(|text| [BlindIndex::of(text).as_str().to_owned(), text.to_owned()]).collect();
    let table = C::EntityName::default();
    Expr::cust(format!(r#"substr("{}"."{}", 1, {INDEX_LENGTH})"#, table.table_name(), IdenStatic::as_str(&column)))
        .is_in(wanted)
}

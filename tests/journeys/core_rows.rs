//! What the core system says of a fee that is here already: a row of an import, as the operator at the command line hands it
//! in.

use std::path::PathBuf;

use sea_orm::{ConnectionTrait, Statement};
use tejian::imports::{ImportSummary, import_file};

use crate::world::World;

/// The columns of a row, with where a known fee has them.
const COLUMNS: [(&str, &str); 10] = [
    ("unit_id", "units.external_id"),
    ("unit_name", "units.name"),
    ("device_id", "fees.report_no"),
    ("device_name", "fees.device_name"),
    ("report_id", "reports.external_id"),
    ("report_no", "reports.report_no"),
    ("issued_on", "reports.issued_on"),
    ("fee_id", "fees.external_id"),
    ("receipt_class", "CASE fees.receipt_class WHEN 'vat' THEN '增值税' ELSE '非税' END"),
    ("payee_code", "payees.code"),
];

/// A file with one row about the fee: as it is, but with these cells, the amount (in yuan) and the state in which the core
/// system has it.
pub async fn file_about(world: &World, fee: &str, amount: &str, state: &str, cells: &[(&str, &str)]) -> PathBuf {
    let from = COLUMNS.map(|(_, from)| from).join(", ");
    let query = format!(
        "SELECT {from} FROM fees JOIN reports ON reports.id = fees.report_id JOIN units ON units.id = fees.unit_id \
         JOIN payees ON payees.id = fees.payee_id WHERE fees.id = '{fee}'"
    );
    let reader = world.app.database.reader();
    let statement = Statement::from_string(reader.get_database_backend(), query);
    let row = reader.query_one_raw(statement).await.expect("a query").expect("the fee");
    let mut header = vec!["amount", "fee_state"];
    let mut values = vec![amount.to_owned(), state.to_owned()];
    for (at, (column, _)) in COLUMNS.into_iter().enumerate() {
        let changed = cells.iter().find(|(name, _)| *name == column).map(|(_, value)| (*value).to_owned());
        header.push(column);
        values.push(changed.unwrap_or_else(|| row.try_get_by_index(at).expect("a text")));
    }
    for (name, value) in cells.iter().filter(|(name, _)| COLUMNS.iter().all(|(column, _)| column != name)) {
        header.push(*name);
        values.push((*value).to_owned());
    }
    let path = std::env::temp_dir().join(format!("{}.csv", foundation::ids::new_id_text("rows")));
    std::fs::write(&path, format!("{}\n{}\n", header.join(","), values.join(","))).expect("a file");
    path
}

/// Imports what the core system says of the fee, which must be taken, and lets everything follow.
pub async fn core_system_says(world: &World, fee: &str, amount: &str, state: &str, cells: &[(&str, &str)]) {
    let path = file_about(world, fee, amount, state, cells).await;
    let summary: ImportSummary = import_file(&world.app, &path, |_| {}).await.expect("an import");
    std::fs::remove_file(path).expect("a file");
    assert_eq!(summary.rows.rejected, 0, "{:?}", summary.errors);
    world.settle().await;
}

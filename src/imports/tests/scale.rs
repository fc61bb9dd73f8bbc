//! Many rows.

use time::macros::date;

use super::Intake;
use crate::imports::generator::{Generated, write_csv};
use crate::imports::import_file;

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_file_imports_without_an_error_and_again_without_a_change() {
    let intake = Intake::new().await;
    let mut content = Vec::new();
    write_csv(&mut content, Generated { rows: 3_000, seed: 1, today: date!(2026 - 08 - 03) }).unwrap();
    let path = intake.write("many.csv", content);
    let mut told = Vec::new();
    let summary = import_file(&intake.app, &path, |progress| told.push(progress.rows)).await.unwrap();
    assert_eq!((summary.rows.new, summary.rows.rejected), (3_000, 0), "{:?}", summary.errors.first());
    assert!(told.is_sorted() && told.len() >= 6, "{told:?}");
    assert_eq!(told.last(), Some(&3_000));
    let again = import_file(&intake.app, &path, |_| ()).await.unwrap();
    assert_eq!((again.rows.unchanged, again.rows.total), (3_000, 3_000));
}

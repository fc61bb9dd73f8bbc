//! Report files that come with an import.

use super::{Intake, row};

const PDF: &[u8] = b"%PDF-1.7\n%demo\n";

#[tokio::test]
async fn a_report_file_beside_the_import_file_is_kept_and_one_that_is_no_pdf_rejects_its_row() {
    let intake = Intake::new().await;
    intake.write("one.pdf", PDF);
    intake.write("two.pdf", b"<html>");
    let rows = [row(1).with("report_file", "one.pdf"), row(2).with("report_file", "two.pdf")];
    let summary = intake.import(&rows).await;
    assert_eq!((summary.rows.new, summary.rows.rejected), (1, 1));
    let report = intake.report("DT-DJ-2026-0000001").await.unwrap();
    let sum = foundation::secret_hash::sha256_hex(PDF);
    assert_eq!(report.file_sha256.unwrap(), sum);
    let kept = intake.app.files.get(&format!("reports/{}-{}.pdf", report.id, &sum[..16])).await.unwrap();
    assert_eq!(kept, PDF);
}

#[tokio::test]
async fn a_newer_report_file_replaces_the_older_one() {
    let intake = Intake::new().await;
    let rows = [row(1).with("report_file", "one.pdf")];
    intake.write("one.pdf", PDF);
    intake.import(&rows).await;
    let first = intake.report("DT-DJ-2026-0000001").await.unwrap();
    intake.write("one.pdf", b"%PDF-2.0\nnewer");
    assert_eq!(intake.import(&rows).await.rows.unchanged, 1);
    let second = intake.report("DT-DJ-2026-0000001").await.unwrap();
    assert_ne!(second.file_sha256, first.file_sha256);
    // Beside it: nothing changes under the key that somebody may be reading.
    for (report, content) in [(first, PDF), (second, b"%PDF-2.0\nnewer".as_slice())] {
        let key = format!("reports/{}-{}.pdf", report.id, &report.file_sha256.unwrap()[..16]);
        assert_eq!(intake.app.files.get(&key).await.unwrap(), content);
    }
}

#[tokio::test]
async fn the_payer_is_told_when_the_last_file_of_his_paid_order_arrives() {
    let intake = Intake::new().await;
    intake.import(&[row(1), row(2)]).await;
    intake.execute("UPDATE reports SET order_id = 'ord_1', released_at = 1").await;
    let told = "SELECT COUNT(*) FROM jobs WHERE kind = 'messages.tell' AND payload LIKE '%reports_ready%'";
    intake.write("one.pdf", PDF);
    let with_file = |number: u32| row(number).with("report_file", "one.pdf");
    intake.import(&[with_file(1)]).await;
    assert_eq!(intake.count(told).await, 0);
    intake.import(&[with_file(1), with_file(2)]).await;
    assert_eq!(intake.count(told).await, 1);
    intake.import(&[with_file(1), with_file(2)]).await;
    assert_eq!(intake.count(told).await, 1);
}

#[tokio::test]
async fn an_address_on_an_unknown_host_rejects_its_row() {
    let intake = Intake::new().await;
    let summary = intake.import(&[row(1).with("report_file", "http://169.254.169.254/latest/meta-data")]).await;
    assert_eq!(summary.rows.rejected, 1);
    assert_eq!(intake.count("SELECT COUNT(*) FROM jobs WHERE kind = 'imports.fetch_report'").await, 0);
}

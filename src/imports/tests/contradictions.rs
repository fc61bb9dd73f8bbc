//! What an import may not change, and what it may.

use foundation::money::Fen;

use super::{Intake, row};
use crate::fees::intake::FeeState;

#[tokio::test]
async fn a_changed_amount_of_a_payable_fee_is_taken() {
    let intake = Intake::new().await;
    intake.import(&[row(1)]).await;
    let posted_at = intake.fee("F0000001").await.unwrap().posted_at;
    intake.clock.advance_ms(1_000);
    let summary = intake.import(&[row(1).with("amount", "1,265.00")]).await;
    assert_eq!(summary.rows.changed, 1);
    let fee = intake.fee("F0000001").await.unwrap();
    assert_eq!((fee.record.amount, fee.posted_at), (Fen(126_500), posted_at));
}

#[tokio::test]
async fn a_fee_in_an_order_or_paid_is_not_changed_and_the_row_changes_nothing_else() {
    for (state, reason) in [("locked", "正在订单中"), ("paid", "已缴清")] {
        let intake = Intake::new().await;
        intake.import(&[row(1)]).await;
        intake.execute(&format!("UPDATE fees SET state = '{state}', order_id = 'ord_1'")).await;
        intake.execute("UPDATE reports SET order_id = 'ord_1', released_at = 1").await;
        let refused = [
            row(1).with("amount", "700").with("unit_name", "改名后的单位"),
            row(1).with("unit_id", "U002"),
            row(1).with("fee_state", "取消"),
        ];
        for changed in refused {
            let summary = intake.import(&[changed]).await;
            assert_eq!(summary.rows.rejected, 1);
            assert!(summary.errors[0].reason.contains(reason), "{}", summary.errors[0].reason);
        }
        let fee = intake.fee("F0000001").await.unwrap();
        assert_eq!((fee.record.amount, fee.state.as_str()), (Fen(60_500), state));
        assert_eq!(intake.count("SELECT COUNT(*) FROM units WHERE name = '改名后的单位'").await, 0);
        assert_eq!(intake.count("SELECT COUNT(*) FROM units").await, 1);
        assert_eq!(intake.import(&[row(1)]).await.rows.unchanged, 1, "the old file is still fine");
    }
}

#[tokio::test]
async fn a_fee_that_was_told_as_settled_by_mistake_is_taken_back_outright_before_it_is_owed() {
    let intake = Intake::new().await;
    intake.import(&[row(1).with("fee_state", "已缴")]).await;
    let released = async || intake.report("DT-DJ-2026-0000001").await.unwrap().released_at.is_some();
    assert!(released().await);
    for owed in [row(1).with("amount", "700"), row(1).with("amount", "700").with("fee_state", "待缴")] {
        let summary = intake.import(&[owed]).await;
        assert_eq!(summary.rows.rejected, 1);
        assert!(summary.errors[0].reason.contains("请先以“取消”导入"), "{}", summary.errors[0].reason);
    }
    intake.import(&[row(1).with("fee_state", "待缴")]).await;
    let fee = intake.fee("F0000001").await.unwrap();
    assert_eq!((fee.state, released().await), (FeeState::Paid, true), "an old file asks nobody for money again");

    // It goes to whom the row names by now, with its report.
    let right = || row(1).with("amount", "700").with("unit_id", "U002").with("unit_name", "示例化工厂01");
    assert_eq!(intake.import(&[right().with("fee_state", "取消")]).await.rows.changed, 1);
    let fee = intake.fee("F0000001").await.unwrap();
    let report = intake.report("DT-DJ-2026-0000001").await.unwrap();
    assert_eq!((fee.state, fee.paid_at, report.released_at), (FeeState::Cancelled, None, None));
    assert_eq!(report.record.unit_id, fee.record.unit_id);
    intake.import(&[right().with("fee_state", "待缴")]).await;
    let fee = intake.fee("F0000001").await.unwrap();
    assert_eq!((fee.state, fee.record.amount, released().await), (FeeState::Payable, Fen(70_000), false));
}

#[tokio::test]
async fn a_unit_keeps_its_identity_when_it_is_renamed() {
    let intake = Intake::new().await;
    intake.import(&[row(1)]).await;
    let before = intake.fee("F0000001").await.unwrap().record.unit_id;
    let summary = intake.import(&[row(1).with("unit_name", "示例物业001集团有限公司").with("uscc", "")]).await;
    assert_eq!(summary.rows.changed, 1);
    let record = intake.fee("F0000001").await.unwrap().record;
    assert_eq!((record.unit_id, record.unit_name.as_str()), (before, "示例物业001集团有限公司"));
    let kept = "SELECT COUNT(*) FROM units WHERE uscc = '91500000DEM0000145'";
    assert_eq!(intake.count(kept).await, 1, "a blank cell keeps what is known");
}

#[tokio::test]
async fn a_payable_fee_follows_its_unit_into_another_one() {
    let intake = Intake::new().await;
    intake.import(&[row(1)]).await;
    intake.import(&[row(1).with("unit_id", "U002").with("unit_name", "合并后的单位")]).await;
    let fee = intake.fee("F0000001").await.unwrap();
    assert_eq!((fee.state, fee.record.unit_name.as_str()), (FeeState::Payable, "合并后的单位"));
    assert_eq!(intake.report("DT-DJ-2026-0000001").await.unwrap().record.unit_id, fee.record.unit_id);
}

#[tokio::test]
async fn a_report_has_one_fee_and_a_report_number_one_report() {
    let intake = Intake::new().await;
    intake.import(&[row(1)]).await;
    let summary = intake
        .import(&[
            row(1).with("fee_id", "OTHER"),
            row(2).with("report_no", "DT-DJ-2026-0000001").with("report_id", "R2"),
            row(1).with("report_no", "DT-DJ-2026-9999999"),
        ])
        .await;
    assert_eq!(summary.rows.rejected, 3);
    for (error, reason) in summary.errors.iter().zip(["另一笔费用", "另一份报告", "属于报告"]) {
        assert!(error.reason.contains(reason), "{}", error.reason);
    }
}

#[tokio::test]
async fn a_cancelled_fee_is_not_owed_again_beside_the_one_in_its_place() {
    let intake = Intake::new().await;
    intake.import(&[row(1)]).await;
    // Taken back with a refund; the fee desk has posted another one for the same report.
    intake.execute("UPDATE fees SET external_id = 'desk:1'").await;
    intake
        .execute(
            "INSERT INTO fees (id, external_id, report_id, unit_id, payee_id, receipt_class, amount_fen, state, report_no, unit_name, \
             device_name, device_kind, registration_code, search_text, posted_at, updated_at) \
             SELECT 'fee_0', 'F0000001', report_id, unit_id, payee_id, receipt_class, amount_fen, 'cancelled', report_no, unit_name, \
             device_name, device_kind, registration_code, search_text, posted_at, updated_at FROM fees",
        )
        .await;
    let summary = intake.import(&[row(1).with("fee_state", "待缴")]).await;
    assert!(summary.errors[0].reason.contains("另一笔费用（desk:1）"), "{}", summary.errors[0].reason);
    assert_eq!(intake.count("SELECT COUNT(*) FROM fees WHERE state = 'payable'").await, 1);
    assert_eq!(intake.import(&[row(1)]).await.rows.rejected, 0, "what stays cancelled contradicts nothing");
    // Nor does a row before it in the same file make room for it.
    let summary = intake.import(&[row(1).with("amount", "700"), row(1).with("fee_state", "待缴")]).await;
    assert_eq!((summary.rows.changed, summary.rows.rejected), (1, 1), "{:?}", summary.errors);
    assert_eq!(intake.count("SELECT COUNT(*) FROM fees WHERE state = 'payable'").await, 1);
    // The report is the one of the unit that owes, whatever is said of the fee that nobody owes.
    let elsewhere = row(1).with("unit_id", "U002").with("unit_name", "另一家单位");
    let summary = intake.import(&[elsewhere]).await;
    assert!(summary.errors[0].reason.contains("另一笔费用（desk:1）"), "{}", summary.errors[0].reason);
    let torn =
        "SELECT COUNT(*) FROM reports JOIN fees ON fees.report_id = reports.id WHERE fees.unit_id <> reports.unit_id";
    assert_eq!(intake.count(torn).await, 0);
}

#[tokio::test]
async fn one_file_may_name_a_fee_twice_and_the_later_row_counts() {
    let intake = Intake::new().await;
    let summary = intake.import(&[row(1), row(2), row(1).with("amount", "700")]).await;
    assert_eq!((summary.rows.new, summary.rows.changed), (2, 1));
    assert_eq!(intake.fee("F0000001").await.unwrap().record.amount, Fen(70_000));
}

#[tokio::test]
async fn a_payee_gives_one_kind_of_receipt_and_a_new_one_needs_its_account() {
    let intake = Intake::new().await;
    let summary = intake
        .import(&[
            row(1),
            row(2).with("receipt_class", "增值税"),
            row(3).with("payee_code", "NEW").with("payee_bank_account", ""),
            row(4).with("payee_name", "").with("payee_bank_name", "").with("payee_bank_account", ""),
        ])
        .await;
    assert_eq!((summary.rows.new, summary.rows.rejected), (2, 2));
    assert!(summary.errors[0].reason.contains("不符") && summary.errors[1].reason.contains("第一次出现"));
    assert_eq!(intake.count("SELECT COUNT(*) FROM payees WHERE bank_account = '0011223344556677'").await, 1);
}

#[tokio::test]
async fn no_import_moves_where_the_money_of_a_known_payee_goes() {
    let intake = Intake::new().await;
    intake.import(&[row(1)]).await;
    // Two people have changed it since, and the core system still tells of the account of before.
    intake.execute("UPDATE payees SET bank_account = '6222000099998888', bank_name = '示例银行新区支行'").await;
    let summary = intake.import(&[row(1), row(2), row(3).with("payee_name", "别家特检院")]).await;
    assert_eq!((summary.rows.new, summary.rows.unchanged, summary.rows.rejected), (2, 1, 0));
    let kept = "SELECT COUNT(*) FROM payees WHERE bank_account = '6222000099998888' AND bank_name = '示例银行新区支行' \
                AND name = '示例特检院'";
    assert_eq!(intake.count(kept).await, 1);
    assert_eq!(intake.count("SELECT COUNT(*) FROM payees").await, 1);
}

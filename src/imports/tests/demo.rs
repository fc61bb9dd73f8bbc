//! The demo data comes in whole, once, and bears its edges.

use super::Intake;
use crate::imports::demo;

async fn seed(intake: &Intake) -> Vec<demo::DemoLogin> {
    demo::seed_history(&intake.app).await.unwrap();
    demo::seed_current(&intake.app).await.unwrap()
}

async fn table(intake: &Intake) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in ["units", "devices", "reports", "fees", "accounts", "memberships", "payees"] {
        counts.push(intake.count(&format!("SELECT COUNT(*) FROM {table}")).await);
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_data_comes_in_once_and_a_second_seeding_changes_nothing() {
    let intake = Intake::new().await;
    let logins = seed(&intake).await;
    assert!(logins.iter().any(|login| login.login == "13900000001" && login.password == demo::DEMO_PASSWORD));
    let before = table(&intake).await;
    assert_eq!(before[0], 17, "sixteen of the core system and one that registered here");
    assert_eq!(intake.count("SELECT COUNT(*) FROM units WHERE level = 'manufacturer'").await, 1);

    let payable = |unit: &str| {
        format!(
            "SELECT COUNT(*) FROM fees JOIN units ON units.id = fees.unit_id \
             WHERE fees.state = 'payable' AND units.external_id = '{unit}'"
        )
    };
    assert_eq!(intake.count(&payable("U016")).await, 2_000);
    let twenty = "SELECT CAST(SUM(amount_fen) AS bigint) FROM fees WHERE report_no >= 'DT-DJ-2026-0000201' \
                  AND report_no <= 'DT-DJ-2026-0000220'";
    assert_eq!(intake.count(twenty).await, 100_000, "20 reports of 1,000.00 yuan");
    let classes = "SELECT COUNT(DISTINCT fees.receipt_class) FROM fees JOIN units ON units.id = fees.unit_id \
                   WHERE units.external_id = 'U002' AND fees.state = 'payable'";
    assert_eq!(intake.count(classes).await, 2);
    for (edge, sql) in [
        ("one fen", "amount_fen = 1"),
        ("two million yuan", "amount_fen = 200000000 AND state = 'payable'"),
        ("nothing", "amount_fen = 0 AND state = 'paid'"),
        ("a letter in the sequence", "registration_code = '3110500105201603A021'"),
        ("leading zeros", "registration_code = '00105001032016030001'"),
        ("pasted full-width digits", "registration_code = '31105001032016030203'"),
    ] {
        assert_eq!(intake.count(&format!("SELECT COUNT(*) FROM fees WHERE {sql}")).await, 1, "{edge}");
    }
    assert_eq!(intake.count("SELECT COUNT(*) FROM fees WHERE factory_serial_no = '2016-0001'").await, 2);
    assert_eq!(intake.count("SELECT COUNT(*) FROM units WHERE name = '示例物业005有限公司'").await, 2);
    assert_eq!(intake.count("SELECT COUNT(*) FROM units WHERE name LIKE '示例𠮷㛃%' AND LENGTH(name) = 100").await, 1);
    let of_first = format!(
        "SELECT COUNT(*) FROM memberships JOIN accounts ON accounts.id = memberships.account_id \
         WHERE substr(accounts.phone, 1, 23) = '{}'",
        foundation::sealed::BlindIndex::of("13900000001").as_str()
    );
    assert_eq!(intake.count(&of_first).await, 5, "one phone for five units");
    assert_eq!(intake.count("SELECT COUNT(*) FROM reports WHERE file_key IS NULL").await, 1);
    assert_eq!(intake.count("SELECT COUNT(*) FROM imports WHERE rows_rejected > 0").await, 0);

    intake.clock.advance_ms(40 * 86_400_000);
    seed(&intake).await;
    assert_eq!(table(&intake).await, before);
    // What README proposes to try beside the demonstration.
    let template = intake.write("template.csv", include_bytes!("../../../config/import-template.csv"));
    let summary = crate::imports::import_file(&intake.app, &template, |_| {}).await.unwrap();
    assert_eq!((summary.rows.new, summary.rows.rejected), (2, 0), "{:?}", summary.errors);
    assert_eq!(intake.count("SELECT COUNT(*) FROM imports WHERE rows_new + rows_changed > 0").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_orders_stand_in_every_state_a_payer_can_bring_about() {
    let simulator = crate::testing::simulator().await;
    let intake = Intake::with(crate::testing::config_with(&simulator)).await;
    demo::seed_history(&intake.app).await.unwrap();
    let payer = simulator.people()[0].mp_openid.clone();
    demo::make_orders(&intake.app, &simulator, &payer).await.unwrap();
    // Nobody calls back here; the server asks by itself.
    intake.clock.advance_ms(60_000);
    intake.app.workers().run_due().await.unwrap();
    let orders = |state: &str| format!("SELECT COUNT(*) FROM orders WHERE state IN ({state})");
    assert_eq!(intake.count(&orders("'paid', 'completed'")).await, 3);
    assert_eq!(intake.count(&orders("'pending_payment'")).await, 1);
    assert_eq!(intake.count(&orders("'paying'")).await, 1);
    assert_eq!(intake.count(&orders("'void'")).await, 1);
    demo::make_orders(&intake.app, &simulator, &payer).await.unwrap();
    assert_eq!(intake.count("SELECT COUNT(*) FROM orders").await, 6, "a second call changes nothing");
}

//! What good and bad rows do.

use foundation::money::Fen;
use foundation::sealed::BlindIndex;

use super::{Intake, row};
use crate::fees::intake::FeeState;

#[tokio::test]
async fn good_rows_are_taken_and_bad_rows_told_by_line_and_reason() {
    let intake = Intake::new().await;
    let summary = intake
        .import(&[
            row(1),
            row(2).with("amount", "12.345").with("applicant_phone", "12345"),
            row(3),
            row(4).with("issued_on", "2026-02-30"),
        ])
        .await;
    assert_eq!((summary.rows.total, summary.rows.new, summary.rows.rejected), (4, 2, 2));
    assert_eq!(summary.errors[0].line, 3);
    assert_eq!(summary.errors[0].fee_id, "F0000002");
    assert!(summary.errors[0].reason.contains("12.345") && summary.errors[0].reason.contains("12345"));
    assert!(summary.errors[1].reason.contains("签发日期"));
    assert!(intake.fee("F0000002").await.is_none());

    let errors = intake.error_file(&summary).await;
    assert!(errors.starts_with("\u{feff}行号,未导入原因,单位编号"), "{errors}");
    assert!(errors.contains("\n3,") && errors.contains("F0000002") && errors.contains("\n5,"), "{errors}");
}

#[tokio::test]
async fn errors_are_told_in_the_order_of_lines_and_an_empty_cell_is_called_missing() {
    let intake = Intake::new().await;
    let summary = intake
        .import(&[
            row(1),
            // Contradicts the row before: found when the batch is taken in.
            row(2).with("report_no", "DT-DJ-2026-0000001"),
            // Cannot be read: found at once.
            row(3).with("receipt_class", " "),
        ])
        .await;
    let lines: Vec<u64> = summary.errors.iter().map(|error| error.line).collect();
    assert_eq!(lines, [3, 4], "{:?}", summary.errors);
    assert_eq!(summary.errors[1].reason, "缺少收费类别");
    let file = intake.error_file(&summary).await;
    assert!(file.find("\n3,").unwrap() < file.find("\n4,").unwrap(), "{file}");
}

#[tokio::test]
async fn whatever_a_spreadsheet_may_take_for_a_formula_is_made_harmless() {
    let intake = Intake::new().await;
    let places = ["=1", "+1", "-1", "@A1", "＝1", "＋1", "－1", "＠A1"];
    let rows: Vec<_> =
        places.iter().zip(1..).map(|(place, line)| row(line).with("amount", "一百").with("place", *place)).collect();
    let summary = intake.import(&rows).await;
    let file = intake.error_file(&summary).await;
    for place in places {
        assert!(file.contains(&format!(",'{place}")), "{place}: {file}");
    }
}

#[tokio::test]
async fn the_error_file_can_be_mended_and_imported_as_it_is() {
    let intake = Intake::new().await;
    let summary = intake.import(&[row(1).with("amount", "一百").with("place", "=HYPERLINK(1)")]).await;
    let mended = intake.error_file(&summary).await.replace("一百", "100");
    assert!(mended.contains("'=HYPERLINK"), "a formula is made harmless: {mended}");
    let path = intake.write("mended.csv", mended);
    let again = super::import_file(&intake.app, &path, |_| {}).await.unwrap();
    assert_eq!((again.rows.new, again.rows.rejected), (1, 0), "{:?}", again.errors);
    assert!(again.unknown_columns.is_empty(), "{:?}", again.unknown_columns);
    assert_eq!(intake.fee("F0000001").await.unwrap().record.place.as_deref(), Some("=HYPERLINK(1)"));
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    let intake = Intake::new().await;
    let rows: Vec<_> = (1..=30).map(row).collect();
    assert_eq!(intake.import(&rows).await.rows.new, 30);
    let tables = ["units", "devices", "payees", "reports", "fees", "accounts", "memberships"];
    let mut before = Vec::new();
    for table in tables {
        before.push(intake.count(&format!("SELECT COUNT(*) FROM {table}")).await);
    }
    let told = intake.count("SELECT COUNT(*) FROM jobs WHERE kind = 'messages.tell'").await;
    intake.clock.advance_ms(60_000);
    let again = intake.import(&rows).await;
    assert_eq!((again.rows.new, again.rows.changed, again.rows.unchanged), (0, 0, 30));
    for (table, before) in tables.into_iter().zip(before) {
        assert_eq!(intake.count(&format!("SELECT COUNT(*) FROM {table}")).await, before, "{table}");
    }
    assert_eq!(intake.count("SELECT COUNT(*) FROM fees WHERE updated_at <> posted_at").await, 0);
    assert_eq!(intake.count("SELECT COUNT(*) FROM jobs WHERE kind = 'messages.tell'").await, told);
}

#[tokio::test]
async fn a_unit_and_applicant_are_told_once_however_many_batches_their_fees_fill() {
    let intake = Intake::new().await;
    let rows: Vec<_> = (1..=1_200).map(row).chain([row(1_201).with("applicant_phone", "13900000002")]).collect();
    intake.import(&rows).await;
    let count = |phone: &str, fees: i64| {
        format!(
            "SELECT COUNT(*) FROM jobs WHERE kind = 'messages.tell' AND payload LIKE '%\"applicant_phone\":\"{}.%' \
             AND payload LIKE '%\"fee_count\":{fees},%'",
            BlindIndex::of(phone).as_str()
        )
    };
    assert_eq!(intake.count("SELECT COUNT(*) FROM jobs WHERE kind = 'messages.tell'").await, 2);
    assert_eq!(intake.count(&count("13900000001", 1_200)).await, 1);
    assert_eq!(intake.count(&count("13900000002", 1)).await, 1);
    assert_eq!(intake.count("SELECT COUNT(*) FROM import_postings").await, 0);
}

#[tokio::test]
async fn an_import_that_died_is_ended_and_its_fees_are_told() {
    let intake = Intake::new().await;
    let summary = intake.import(&[row(1)]).await;
    // As if the process had been killed before the end.
    intake.execute("DELETE FROM jobs WHERE kind = 'messages.tell'").await;
    intake.execute("UPDATE imports SET state = 'running', finished_at = NULL").await;
    let unit = intake.fee("F0000001").await.unwrap().record.unit_id;
    // As a version that did not seal yet has left it.
    let posting = format!(
        "INSERT INTO import_postings (import_id, unit_id, applicant_phone, fee_count, amount_fen) \
         VALUES ('{}', '{unit}', '13900000001', 1, 60500)",
        summary.id
    );
    intake.execute(&posting).await;
    intake.clock.advance_ms(super::super::jobs::SILENCE_MS + 1);
    intake.app.workers().run_due().await.unwrap();
    assert_eq!(intake.count("SELECT COUNT(*) FROM imports WHERE state = 'interrupted'").await, 1);
    assert_eq!(intake.count("SELECT COUNT(*) FROM import_postings").await, 0);
}

#[tokio::test]
async fn codes_stay_text_and_pasted_ones_are_mended() {
    let intake = Intake::new().await;
    let summary = intake
        .import(&[
            row(1).with("registration_code", "00005001122016030021"),
            row(2).with("registration_code", "３１１０ 500112\u{3000}201603 a002"),
            row(3).with("registration_code", "31105001122016030"),
        ])
        .await;
    assert_eq!((summary.rows.new, summary.rows.rejected), (2, 1));
    assert_eq!(intake.fee("F0000001").await.unwrap().record.registration_code, "00005001122016030021");
    assert_eq!(intake.fee("F0000002").await.unwrap().record.registration_code, "3110500112201603A002");
}

#[tokio::test]
async fn names_of_a_hundred_characters_and_rare_ones_are_kept() {
    let intake = Intake::new().await;
    let long = format!("𠮷㛃{}", "长".repeat(98));
    let too_long = "长".repeat(101);
    let summary = intake
        .import(&[
            row(1).with("unit_id", "U100").with("unit_name", long.as_str()),
            row(2).with("unit_id", "U101").with("unit_name", too_long),
        ])
        .await;
    assert_eq!((summary.rows.new, summary.rows.rejected), (1, 1));
    assert_eq!(intake.fee("F0000001").await.unwrap().record.unit_name, long);
}

#[tokio::test]
async fn a_row_of_the_longest_texts_in_the_rarest_characters_is_kept_and_found() {
    let intake = Intake::new().await;
    // Four bytes each, and no two alike: nothing of it can be packed. An index carries what is searched.
    let rare = |from: u32, count: u32| -> String {
        (0..count).map(|step| char::from_u32(0x2_0000 + from + step * 37).unwrap()).collect()
    };
    let (unit, device, serial) = (rare(0, 100), rare(5_000, 100), rare(10_000, 64));
    let longest = row(1).with("unit_name", unit).with("device_name", device).with("factory_serial_no", serial.clone());
    let summary = intake.import(&[longest.with("report_no", rare(15_000, 64))]).await;
    assert_eq!((summary.rows.new, summary.rows.rejected), (1, 0));
    assert_eq!(intake.fee("F0000001").await.unwrap().record.factory_serial_no, Some(serial));
}

#[tokio::test]
async fn fees_from_one_fen_to_two_million_yuan_are_taken() {
    let intake = Intake::new().await;
    intake.import(&[row(1).with("amount", "0.01"), row(2).with("amount", "2,000,000.00")]).await;
    assert_eq!(intake.fee("F0000001").await.unwrap().record.amount, Fen(1));
    assert_eq!(intake.fee("F0000002").await.unwrap().record.amount, Fen(200_000_000));
}

#[tokio::test]
async fn a_fee_of_nothing_is_settled_at_once_and_its_report_is_open() {
    let intake = Intake::new().await;
    intake.import(&[row(1).with("amount", "0"), row(2)]).await;
    let free = intake.fee("F0000001").await.unwrap();
    assert_eq!((free.state, free.record.amount), (FeeState::Paid, Fen::ZERO));
    assert!(free.paid_at.is_some());
    assert!(intake.report("DT-DJ-2026-0000001").await.unwrap().released_at.is_some());
    assert!(intake.report("DT-DJ-2026-0000002").await.unwrap().released_at.is_none());
    let told = "SELECT COUNT(*) FROM jobs WHERE payload LIKE '%\"fee_count\":1,%'";
    assert_eq!(intake.count(told).await, 1, "only of the other one");
}

#[tokio::test]
async fn a_fee_settled_elsewhere_leaves_the_list_and_a_cancelled_one_too() {
    let intake = Intake::new().await;
    intake.import(&[row(1), row(2)]).await;
    let summary = intake.import(&[row(1).with("fee_state", "已缴"), row(2).with("fee_state", "取消")]).await;
    assert_eq!(summary.rows.changed, 2);
    assert_eq!(intake.fee("F0000001").await.unwrap().state, FeeState::Paid);
    assert!(intake.report("DT-DJ-2026-0000001").await.unwrap().released_at.is_some());
    assert_eq!(intake.fee("F0000002").await.unwrap().state, FeeState::Cancelled);
    assert!(intake.report("DT-DJ-2026-0000002").await.unwrap().released_at.is_none());
    // A file from before does not bring the cancelled fee back; an explicit 待缴 does.
    intake.import(&[row(2)]).await;
    assert_eq!(intake.fee("F0000002").await.unwrap().state, FeeState::Cancelled);
    intake.import(&[row(2).with("fee_state", "待缴")]).await;
    assert_eq!(intake.fee("F0000002").await.unwrap().state, FeeState::Payable);
}

#[tokio::test]
async fn one_phone_may_apply_for_five_units_and_two_units_may_share_a_name() {
    let intake = Intake::new().await;
    let rows: Vec<_> = (1..=5u32)
        .map(|number| {
            let same_name = number.is_multiple_of(2);
            let name = if same_name {
                "示例物业（同名）有限公司".to_owned()
            } else {
                format!("示例单位{number}")
            };
            row(number)
                .with("unit_id", format!("U{number}"))
                .with("unit_name", name)
                .with("unit_district", format!("50010{number}"))
                .with("uscc", "")
        })
        .collect();
    assert_eq!(intake.import(&rows).await.rows.new, 5);
    assert_eq!(intake.count("SELECT COUNT(*) FROM units").await, 5);
    assert_eq!(intake.count("SELECT COUNT(*) FROM accounts WHERE kind = 'person'").await, 1);
    assert_eq!(intake.count("SELECT COUNT(*) FROM memberships WHERE role = 'applicant'").await, 5);
    assert_eq!(intake.count("SELECT COUNT(*) FROM memberships WHERE role = 'owner'").await, 5);
}

#[tokio::test]
async fn two_makers_may_use_the_same_factory_serial() {
    let intake = Intake::new().await;
    let summary = intake
        .import(&[row(1).with("factory_serial_no", "2016-001"), row(2).with("factory_serial_no", "2016-001")])
        .await;
    assert_eq!(summary.rows.new, 2);
    assert_eq!(intake.count("SELECT COUNT(*) FROM devices WHERE factory_serial_no = '2016-001'").await, 2);
}

#[tokio::test]
async fn a_device_in_an_abolished_district_keeps_its_code_and_stands_in_the_new_one() {
    let intake = Intake::new().await;
    intake
        .import(&[row(1).with("registration_code", "31105001122016030001").with("device_district", "两江新区")])
        .await;
    let matching =
        "SELECT COUNT(*) FROM devices WHERE registration_code LIKE '3110500112%' AND district_code = '两江新区'";
    assert_eq!(intake.count(matching).await, 1);
}

#[tokio::test]
async fn why_a_fee_costs_what_it_costs_is_kept_until_the_amount_changes() {
    let intake = Intake::new().await;
    let explained = row(1).with("price_rule", "电梯定期检验，每台每次").with("price_items", "10 层以下=500；超层=105");
    let explained = explained.with("legal_basis", "示例价〔2016〕1 号");
    assert_eq!(intake.import(std::slice::from_ref(&explained)).await.rows.new, 1);
    let basis = intake.fee("F0000001").await.unwrap().record.price_basis.expect("an explanation");
    assert_eq!((basis.rule.as_str(), basis.items.len()), ("电梯定期检验，每台每次", 2));
    assert_eq!(basis.items[1].amount_fen.0, 10_500);
    // What is not told again stays; another amount needs another explanation.
    assert_eq!(intake.import(&[row(1)]).await.rows.unchanged, 1);
    assert!(intake.fee("F0000001").await.unwrap().record.price_basis.is_some());
    assert_eq!(intake.import(&[row(1).with("amount", "700.00")]).await.rows.changed, 1);
    assert_eq!(intake.fee("F0000001").await.unwrap().record.price_basis, None);
    let summary = intake.import(&[explained.with("amount", "700.00")]).await;
    assert_eq!(summary.rows.rejected, 1);
    assert!(intake.error_file(&summary).await.contains("合计与金额 700.00 元不符"));
}

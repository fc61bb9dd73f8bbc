//! Devices, reports and fees.

use super::{Filling, ORDERS, REPORTS, UNITS, id_of};

/// One report in ten belongs to the last unit; every eighth fee waits to be paid.
pub(super) async fn reports(filling: &Filling<'_>) {
    let at = filling.at(REPORTS);
    let number = format!("(CASE WHEN i % 10 = 9 THEN {} ELSE i % {} END)", UNITS - 1, UNITS - 1);
    let unit = id_of("unt", &number);
    let unit_name = format!("'示例物业' || {number} || '有限公司'");
    let code = "'3110500112' || (2016000000 + i)";
    let searched = format!("{unit_name} || '|' || {code} || '|tj2026' || (10000000 + i) || '|曳引驱动乘客电梯'");
    let (device, report, fee) = (id_of("dev", "i"), id_of("rpt", "i"), id_of("fee", "i"));
    let order = format!("CASE WHEN i % 8 = 7 THEN NULL ELSE {} END", id_of("ord", &format!("i % {ORDERS}")));
    let device_columns = [
        ("id", device.as_str()),
        ("external_id", "'D' || i"),
        ("unit_id", &unit),
        ("name", "'曳引驱动乘客电梯'"),
        ("kind_code", "'3000'"),
        ("kind", "'电梯'"),
        ("registration_code", code),
        ("status", "'in_use'"),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("devices", REPORTS, &device_columns).await;
    let report_columns = [
        ("id", report.as_str()),
        ("external_id", "'R' || i"),
        ("report_no", "'TJ2026' || (10000000 + i)"),
        ("unit_id", &unit),
        ("device_id", &device),
        ("unit_name", &unit_name),
        ("device_name", "'曳引驱动乘客电梯'"),
        ("device_kind", "'电梯'"),
        ("registration_code", code),
        ("issued_on", "CASE WHEN i % 2 = 0 THEN '2025-08-01' ELSE '2026-07-01' END"),
        ("order_id", &order),
        ("search_text", &searched),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("reports", REPORTS, &report_columns).await;
    filling
        .world
        .tamper(
            "INSERT INTO payees (id, code, name, account_name, bank_name, bank_account, receipt_class, created_at, updated_at) \
             VALUES ('pye_00000000000000000000000000000001', 'nontax', '示例特检院', '示例特检院', '示例银行', '0000', 'nontax', 0, 0)",
        )
        .await;
    let fee_columns = [
        ("id", fee.as_str()),
        ("external_id", "'F' || i"),
        ("report_id", &report),
        ("unit_id", &unit),
        ("payee_id", "'pye_00000000000000000000000000000001'"),
        ("receipt_class", "'nontax'"),
        ("amount_fen", "60500"),
        ("state", "CASE WHEN i % 8 = 7 THEN 'payable' ELSE 'paid' END"),
        ("order_id", &order),
        ("report_no", "'TJ2026' || (10000000 + i)"),
        ("unit_name", &unit_name),
        ("device_name", "'曳引驱动乘客电梯'"),
        ("device_kind", "'电梯'"),
        ("registration_code", code),
        ("search_text", &searched),
        ("posted_at", &at),
        ("updated_at", &at),
    ];
    filling.table("fees", REPORTS, &fee_columns).await;
}

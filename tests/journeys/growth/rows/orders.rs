//! Orders with what belongs to them, and attempts to pay them.

use super::{Filling, ORDERS, UNITS, id_of};

pub(super) async fn orders(filling: &Filling<'_>) {
    let at = filling.at(ORDERS);
    let number = format!("(CASE WHEN i % 10 = 9 THEN {} ELSE i % {} END)", UNITS - 1, UNITS - 1);
    let (unit, account) = (id_of("unt", &number), id_of("acc", &number));
    let (order, attempt) = (id_of("ord", "i"), id_of("pay", "i"));
    let unit_name = format!("'示例物业' || {number} || '有限公司'");
    let checkout = id_of("chk", "i");
    let checkout_columns = [
        ("id", checkout.as_str()),
        ("account_id", &account),
        ("client_key", "'key-' || i"),
        ("unit_id", &unit),
        ("request_hash", "'0'"),
        ("created_at", &at),
    ];
    filling.table("checkouts", ORDERS, &checkout_columns).await;
    let searched = format!("'tj' || (20000000 + i) || '|' || {unit_name} || '|tj2026' || (10000000 + i)");
    let paid_at = format!("CASE WHEN i % 20 < 18 THEN {at} ELSE NULL END");
    let order_columns = [
        ("id", order.as_str()),
        ("order_no", "'TJ' || (20000000 + i)"),
        ("checkout_id", &checkout),
        ("account_id", &account),
        ("unit_id", &unit),
        ("unit_name", &unit_name),
        ("receipt_class", "'nontax'"),
        ("payee_id", "'pye_00000000000000000000000000000001'"),
        ("payee_name", "'示例特检院'"),
        ("method", "'online'"),
        (
            "state",
            "CASE WHEN i % 20 < 17 THEN 'completed' WHEN i % 20 < 18 THEN 'paid' WHEN i % 200 = 19 THEN 'pending_payment' ELSE 'void' END",
        ),
        ("amount_fen", "60500 + i"),
        ("fee_count", "2"),
        ("title", "'检验费'"),
        ("invoice_kind", "'fiscal_receipt'"),
        ("invoice_title", "'{\"kind\":\"organization\",\"name\":\"示例物业\",\"tax_no\":\"91500000DEM0000145\"}'"),
        ("delivery", "'{\"kind\":\"electronic\"}'"),
        ("year", "CASE WHEN i % 2 = 0 THEN 2025 ELSE 2026 END"),
        ("search_text", &searched),
        ("created_at", &at),
        ("expires_at", &at),
        ("paid_at", &paid_at),
        ("updated_at", &at),
    ];
    filling.table("orders", ORDERS, &order_columns).await;
    let (line_order, event_order) = (id_of("ord", "(i / 2)"), id_of("ord", "(i / 2)"));
    let (line_fee, line_report) = (id_of("fee", "i"), id_of("rpt", "i"));
    let line_columns = [
        ("order_id", line_order.as_str()),
        ("position", "i % 2"),
        ("fee_id", &line_fee),
        ("report_id", &line_report),
        ("report_no", "'TJ2026' || (10000000 + i)"),
        ("device_name", "'曳引驱动乘客电梯'"),
        ("registration_code", "'3110500112' || (2016000000 + i)"),
        ("amount_fen", "60500"),
    ];
    filling.table("order_lines", ORDERS * 2, &line_columns).await;
    let event_columns = [
        ("id", "'evt_0192f0c4000070008000' || (100000000000 + i)"),
        ("order_id", event_order.as_str()),
        ("kind", "'created'"),
        ("actor", "'system'"),
        ("at", "0"),
    ];
    filling.table("order_events", ORDERS * 2, &event_columns).await;
    let attempt_columns = [
        ("id", attempt.as_str()),
        ("order_id", &order),
        ("client_key", "'tap-' || i"),
        ("out_trade_no", "'TJ' || (20000000 + i) || 'A'"),
        ("channel", "'jsapi'"),
        ("app_id", "'wx0000000000000001'"),
        ("mch_id", "'1900000001'"),
        ("amount_fen", "60500 + i"),
        ("state", "CASE WHEN i % 20 < 18 THEN 'paid' ELSE 'closed' END"),
        ("transaction_id", "'42000' || (10000000 + i)"),
        ("paid_at", &paid_at),
        ("created_at", &at),
        ("expires_at", &at),
        ("updated_at", &at),
    ];
    filling.table("payment_attempts", ORDERS, &attempt_columns).await;
}

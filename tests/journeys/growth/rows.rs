//! Tens of thousands of rows in every table that grows with the years, made by statements that read the same on both
//! databases: enough for a planner to see that reading a whole table is the worst it can do.

use crate::world::World;

/// Added to a number so that it always has the same length.
const BASE: i64 = 100_000_000_000;
/// Units; the last one is large.
pub const UNITS: i64 = 5_000;
/// Reports, each with its fee and its device.
pub const REPORTS: i64 = 40_000;
/// Orders, each with an attempt, a notice and a receipt.
pub const ORDERS: i64 = 15_000;
/// Rows of what is only ever added to.
const TOLD: i64 = 20_000;

/// Tables that grow with every report for as long as an institute lives.
pub const BIG: [&str; 27] = [
    "accounts",
    "audit_entries",
    "bank_transactions",
    "channel_events",
    "checkouts",
    "core_ledger_entries",
    "devices",
    "fees",
    "inbound_messages",
    "integration_requests",
    "invoices",
    "jobs",
    "memberships",
    "message_deliveries",
    "messages",
    "order_events",
    "order_lines",
    "orders",
    "payment_attempts",
    "refunds",
    "reports",
    "reviews",
    "sessions",
    "units",
    "webhook_deliveries",
    "webhook_events",
    "wechat_users",
];

/// The id with `prefix` of number `expression` (SQL) as an SQL expression.
fn id_of(prefix: &str, expression: &str) -> String {
    format!("'{prefix}_0192f0c4000070008000' || ({BASE} + {expression})")
}

/// The same for a number known here.
pub fn id(prefix: &str, number: i64) -> String {
    format!("{prefix}_0192f0c4000070008000{}", BASE + number)
}

struct Filling<'a> {
    world: &'a World,
    now: i64,
}

impl Filling<'_> {
    /// One row per number `i` below `count`; each column has its SQL over `i`.
    async fn table(&self, name: &str, count: i64, columns: &[(&str, &str)]) {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<&str> = columns.iter().map(|(_, value)| *value).collect();
        let statement = format!(
            "INSERT INTO {name} ({}) WITH RECURSIVE numbers(i) AS \
             (SELECT CAST(0 AS bigint) UNION ALL SELECT i + 1 FROM numbers WHERE i < {count} - 1) SELECT {} FROM numbers",
            names.join(", "),
            values.join(", "),
        );
        self.world.tamper(&statement).await;
    }

    /// An instant within the last three years, later for later numbers.
    fn at(&self, count: i64) -> String {
        let span = 3 * 365 * 86_400_000_i64;
        format!("({} + i * {})", self.now - span, span / count)
    }
}

/// Fills every table of [`BIG`] and lets the database look at what it has.
pub async fn fill(world: &World) {
    let filling = Filling { world, now: world.app.now_ms() };
    people(&filling).await;
    reports(&filling).await;
    orders(&filling).await;
    money(&filling).await;
    told(&filling).await;
    let look = if world.app.database.is_sqlite() { "ANALYZE" } else { "VACUUM ANALYZE" };
    sea_orm::ConnectionTrait::execute_unprepared(world.app.database.reader(), look).await.expect("statistics");
}

async fn people(filling: &Filling<'_>) {
    let at = filling.at(UNITS);
    let (unit, account) = (id_of("unt", "i"), id_of("acc", "i"));
    let unit_columns = [
        ("id", unit.as_str()),
        ("external_id", "'U' || i"),
        ("name", "'示例物业' || i || '有限公司'"),
        ("uscc", "'91500000DEM' || (1000000 + i)"),
        ("state", "'active'"),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("units", UNITS, &unit_columns).await;
    let account_columns = [
        ("id", account.as_str()),
        ("kind", "'unit'"),
        ("login_name", "'U' || i"),
        ("display_name", "'示例物业' || i || '有限公司'"),
        ("state", "'active'"),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("accounts", UNITS, &account_columns).await;
    let member_columns =
        [("account_id", account.as_str()), ("unit_id", unit.as_str()), ("role", "'owner'"), ("created_at", &at)];
    filling.table("memberships", UNITS, &member_columns).await;
    let at = filling.at(TOLD);
    let session_account = id_of("acc", &format!("i % {UNITS}"));
    let session_columns = [
        ("id", "'ses_' || i"),
        ("token_hash", "'hash of ' || i"),
        ("account_id", session_account.as_str()),
        ("client", "'h5-browser'"),
        ("device", "'phone'"),
        ("created_at", &at),
        ("last_seen_at", &at),
        ("expires_at", &at),
    ];
    filling.table("sessions", TOLD, &session_columns).await;
    let follower_columns = [
        ("app_id", "'wx0000000000000001'"),
        ("openid", "'o' || i"),
        ("account_id", session_account.as_str()),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("wechat_users", TOLD, &follower_columns).await;
}

/// One report in ten belongs to the last unit; every eighth fee waits to be paid.
async fn reports(filling: &Filling<'_>) {
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

async fn orders(filling: &Filling<'_>) {
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

async fn money(filling: &Filling<'_>) {
    let at = filling.at(ORDERS);
    let (order, attempt) = (id_of("ord", "i"), id_of("pay", "i"));
    let invoice_columns = [
        ("id", "'inv_0192f0c4000070008000' || (100000000000 + i)"),
        ("order_id", order.as_str()),
        ("receipt_class", "'nontax'"),
        ("kind", "'fiscal_receipt'"),
        ("title", "'{\"kind\":\"organization\",\"name\":\"示例物业\",\"tax_no\":\"91500000DEM0000145\"}'"),
        ("amount_fen", "60500"),
        ("state", "'issued'"),
        ("invoice_number", "'' || (30000000 + i)"),
        ("requested_at", &at),
        ("updated_at", &at),
    ];
    filling.table("invoices", ORDERS, &invoice_columns).await;
    let refund_columns = [
        ("id", "'rfd_0192f0c4000070008000' || (100000000000 + i)"),
        ("order_id", order.as_str()),
        ("attempt_id", &attempt),
        ("out_refund_no", "'TJR' || (20000000 + i)"),
        ("refund_id", "'50' || (20000000 + i)"),
        ("transaction_id", "'42000' || (10000000 + i)"),
        ("amount_fen", "60500"),
        ("total_fen", "60500"),
        ("reason", "'重复付款'"),
        ("state", "'success'"),
        ("created_at", &at),
        ("accepted_at", &at),
        ("updated_at", &at),
    ];
    filling.table("refunds", ORDERS, &refund_columns).await;
    let line_columns = [
        ("id", "'btx_0192f0c4000070008000' || (100000000000 + i)"),
        ("statement_id", "'bst_' || (i / 100)"),
        ("account_no", "'5000'"),
        ("booked_on", "'2026-0' || (1 + i % 7) || '-1' || (i % 10)"),
        ("amount_fen", "60500 + i"),
        ("rest_fen", "0"),
        ("payer_name", "'示例物业' || i || '有限公司'"),
        ("payer_key", "'示例物业' || i || '有限公司'"),
        ("remark", "'检验费'"),
        ("dedup_key", "'line ' || i"),
        ("state", "'claimed'"),
        ("search_text", "'示例物业' || i || '有限公司|检验费'"),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("bank_transactions", ORDERS, &line_columns).await;
    let review_columns = [
        ("id", "'rev_0192f0c4000070008000' || (100000000000 + i)"),
        ("kind", "'refund'"),
        ("subject_id", "'rfd_0192f0c4000070008000' || (100000000000 + i)"),
        ("title", "'退款'"),
        ("search_text", "'示例物业' || i"),
        ("state", "'approved'"),
        ("submitted_by", "'stf_1'"),
        ("submitted_by_name", "'出纳'"),
        ("decided_at", &at),
        ("due_at", &at),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("reviews", ORDERS, &review_columns).await;
    let entry_columns = [
        ("day", "'2025-0' || (1 + i % 9) || '-1' || (i % 10)"),
        ("order_no", "'TJ' || (20000000 + i)"),
        ("amount_fen", "60500"),
    ];
    filling.table("core_ledger_entries", ORDERS, &entry_columns).await;
}

/// Notices, messages, calls, jobs that are done, and the audit trail.
async fn told(filling: &Filling<'_>) {
    let at = filling.at(TOLD);
    let account = id_of("acc", &format!("i % {UNITS}"));
    let notice_columns = [
        ("id", "'cev_0192f0c4000070008000' || (100000000000 + i)"),
        ("kind", "'payment'"),
        ("envelope_id", "'envelope ' || i"),
        ("headers", "'[]'"),
        ("body", if filling.world.app.database.is_sqlite() { "x'7b7d'" } else { "'\\x7b7d'::bytea" }),
        ("out_trade_no", "'TJ' || (20000000 + i) || 'A'"),
        ("state", "'applied'"),
        ("seen_count", "1"),
        ("received_at", &at),
        ("applied_at", &at),
    ];
    filling.table("channel_events", TOLD, &notice_columns).await;
    let message_columns = [
        ("id", "'msg_0192f0c4000070008000' || (100000000000 + i)"),
        ("account_id", account.as_str()),
        ("kind", "'fee_posted'"),
        ("dedup_key", "'message ' || i"),
        ("title", "'有费用待缴'"),
        ("body", "'有费用待缴'"),
        ("link", "'/pages/fees/fees'"),
        ("created_at", &at),
    ];
    filling.table("messages", TOLD, &message_columns).await;
    let delivery_columns = [
        ("id", "'mdl_0192f0c4000070008000' || (100000000000 + i)"),
        ("message_id", "'msg_0192f0c4000070008000' || (100000000000 + i)"),
        ("channel", "'template'"),
        ("app_id", "'wx0000000000000001'"),
        ("openid", "'o' || i"),
        ("template_id", "'t'"),
        ("state", "'delivered'"),
        ("channel_message_id", "'' || i"),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("message_deliveries", TOLD, &delivery_columns).await;
    let job_columns = [
        ("id", "'job_0192f0c4000070008000' || (100000000000 + i)"),
        ("kind", "'messages.send'"),
        ("payload", "'{}'"),
        ("run_at", &at),
        ("dedup_key", "'done ' || i"),
        ("state", "'done'"),
        ("created_at", &at),
    ];
    filling.table("jobs", TOLD, &job_columns).await;
    let entry_columns = [
        ("id", "'aud_0192f0c4000070008000' || (100000000000 + i)"),
        ("at", at.as_str()),
        ("actor", "'stf_' || (i % 50)"),
        ("action", "'staff.signed_in'"),
        ("object", "'ord_' || (i / 3)"),
        ("seq", "i + 1"),
        ("hash", "'0'"),
    ];
    filling.table("audit_entries", TOLD, &entry_columns).await;
    filling.world.tamper(&format!("UPDATE audit_chain SET seq = {TOLD}")).await;
    let call_columns =
        [("request_id", "'call ' || i"), ("request_hash", "'0'"), ("answer", "'{}'"), ("created_at", at.as_str())];
    filling.table("integration_requests", TOLD, &call_columns).await;
    let push_columns =
        [("dedup_key", "'push ' || i"), ("openid", "'o' || i"), ("kind", "'text'"), ("received_at", at.as_str())];
    filling.table("inbound_messages", TOLD, &push_columns).await;
    let event_columns = [
        ("id", "'whe_0192f0c4000070008000' || (100000000000 + i)"),
        ("seq", "i + 1"),
        ("kind", "'order.paid'"),
        ("object_id", "'ord_' || i"),
        ("body", "'{}'"),
        ("at", at.as_str()),
    ];
    filling.table("webhook_events", TOLD, &event_columns).await;
    filling.world.tamper(&format!("UPDATE webhook_feed SET seq = {TOLD}")).await;
    let sent_columns = [
        ("id", "'whd_0192f0c4000070008000' || (100000000000 + i)"),
        ("event_id", "'whe_0192f0c4000070008000' || (100000000000 + i)"),
        ("endpoint_id", "'whk_1'"),
        ("kind", "'order.paid'"),
        ("object_id", "'ord_' || i"),
        ("state", "'delivered'"),
        ("round_started_at", at.as_str()),
        ("created_at", at.as_str()),
        ("updated_at", at.as_str()),
    ];
    filling.table("webhook_deliveries", TOLD, &sent_columns).await;
}

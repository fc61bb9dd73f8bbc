//! Fills a database: units with accounts, reports with payable fees, and orders that wait for their payment.
//!
//! Everything is inserted by statements that make many rows at once and read the same on SQLite and PostgreSQL. The ids
//! look like ours (prefix and 32 hex digits) and are counted through, so that a statement can name any of them.

use foundation::ids::new_id_text;
use tejian::accounts::{self, AccountId, Client, NewSession, UnitId};

use crate::stage::Stage;

/// Added to a number so that it always has the same length.
pub const BASE: i64 = 100_000_000_000;
/// Rows of one statement.
const ROWS_PER_STATEMENT: i64 = 50_000;
/// Fees in each order that waits for a payment.
pub const FEES_PER_ORDER: i64 = 2;
/// What each of them costs, in fen.
pub const FEE_FEN: i64 = 60_500;
/// The one payee of all fees.
const PAYEE: &str = "pye_00000000000000000000000000000001";

/// The id with `prefix` of number `expression` (SQL) as an SQL expression.
pub fn id_expression(prefix: &str, expression: &str) -> String {
    format!("'{prefix}_0192f0c4000070008000' || ({BASE} + {expression})")
}

/// The same for a number known here.
pub fn id(prefix: &str, number: i64) -> String {
    format!("{prefix}_0192f0c4000070008000{}", BASE + number)
}

/// Inserts into `table` one row per number in `from..to`; `columns` gives each column its SQL over the number `i`.
fn insert_rows(stage: &Stage, table: &str, columns: &[(&str, String)], from: i64, to: i64) -> anyhow::Result<()> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let values: Vec<&str> = columns.iter().map(|(_, value)| value.as_str()).collect();
    let mut start = from;
    while start < to {
        let last = (start + ROWS_PER_STATEMENT).min(to) - 1;
        stage.write(&[format!(
            "INSERT INTO {table} ({}) WITH RECURSIVE numbers(i) AS \
             (SELECT CAST({start} AS bigint) UNION ALL SELECT i + 1 FROM numbers WHERE i < {last}) SELECT {} FROM numbers",
            names.join(", "),
            values.join(", "),
        )])?;
        start = last + 1;
    }
    Ok(())
}

fn quoted(text: &str) -> String {
    format!("'{text}'")
}

/// Units, their accounts, and `rows` reports with a payable fee each; one in a hundred goes to the last unit, which is
/// therefore large.
pub fn units_and_fees(stage: &Stage, rows: i64, units: i64) -> anyhow::Result<()> {
    let now = stage.app.now_ms().to_string();
    let unit = id_expression("unt", "i");
    let account = id_expression("acc", "i");
    let unit_columns = [
        ("id", unit.clone()),
        ("external_id", "'U' || i".to_owned()),
        ("name", "'示例物业' || i || '有限公司'".to_owned()),
        ("uscc", quoted("91500000DEM0000145")),
        ("state", quoted("active")),
        ("created_at", now.clone()),
        ("updated_at", now.clone()),
    ];
    insert_rows(stage, "units", &unit_columns, 0, units)?;
    let account_columns = [
        ("id", account.clone()),
        ("kind", quoted("unit")),
        ("login_name", "'U' || i".to_owned()),
        ("display_name", "'示例物业' || i || '有限公司'".to_owned()),
        ("state", quoted("active")),
        ("created_at", now.clone()),
        ("updated_at", now.clone()),
    ];
    insert_rows(stage, "accounts", &account_columns, 0, units)?;
    let member_columns =
        [("account_id", account), ("unit_id", unit), ("role", quoted("owner")), ("created_at", now.clone())];
    insert_rows(stage, "memberships", &member_columns, 0, units)?;
    stage.write(&[format!(
        "INSERT INTO payees (id, code, name, account_name, bank_name, bank_account, receipt_class, created_at, updated_at) \
         VALUES ('{PAYEE}', 'nontax', '示例特检院', '示例特检院', '示例银行', '0000', 'nontax', {now}, {now})"
    )])?;
    let of_unit = format!("(CASE WHEN i % 100 = 99 THEN {} ELSE i % {units} END)", units - 1);
    payable_fees(stage, 0, rows, &of_unit)?;
    stage.analyze()
}

/// The tables whose texts are kept word by word for the staff's search.
const SEARCHED: [&str; 2] = ["fees", "reports"];

/// Whether PostgreSQL keeps the words of what is written from now on (docs/decisions/0010). They take most of the time of
/// filling; what payers look at needs none of them.
pub fn keep_words(stage: &Stage, keep: bool) -> anyhow::Result<()> {
    if stage.is_sqlite() {
        return Ok(());
    }
    let verb = if keep { "ENABLE" } else { "DISABLE" };
    stage.write(&SEARCHED.map(|table| format!("ALTER TABLE {table} {verb} TRIGGER keep_searched")))
}

/// Reports with a payable fee each, numbered `from..to`; `of_unit` is the unit in SQL over the number `i`.
pub fn payable_fees(stage: &Stage, from: i64, to: i64, of_unit: &str) -> anyhow::Result<()> {
    reports_and_fees(stage, from, to, of_unit, None)
}

/// Reports and fees with the numbers `from..to`; payable, or locked in the order that `of_order` (SQL over `i`) names.
fn reports_and_fees(stage: &Stage, from: i64, to: i64, of_unit: &str, of_order: Option<&str>) -> anyhow::Result<()> {
    let now = stage.app.now_ms().to_string();
    let unit_name = format!("'示例物业' || {of_unit} || '有限公司'");
    let registration_code = "'3110500112' || (2016000000 + i)".to_owned();
    let serial_number = "'a' || (700000 + i * 7)".to_owned();
    let report_no = "'TJ2026' || (10000000 + i)".to_owned();
    let search_text = format!(
        "{unit_name} || '|' || {registration_code} || '|' || {serial_number} || '|tj2026' || (10000000 + i) || '|曳引驱动乘客电梯'"
    );
    let mut common = vec![
        ("external_id", "'R' || i".to_owned()),
        ("unit_id", id_expression("unt", of_unit)),
        ("report_no", report_no),
        ("unit_name", unit_name),
        ("device_name", quoted("曳引驱动乘客电梯")),
        ("device_kind", quoted("电梯")),
        ("registration_code", registration_code),
        ("factory_serial_no", serial_number),
        ("inspected_on", quoted("2026-07-20")),
        ("search_text", search_text),
        ("updated_at", now.clone()),
    ];
    let mut report = common.clone();
    report.extend([
        ("id", id_expression("rpt", "i")),
        ("device_id", id_expression("dev", "i")),
        ("conclusion", quoted("合格")),
        ("issued_on", quoted("2026-08-01")),
        ("file_key", "'reports/' || i || '.pdf'".to_owned()),
        ("created_at", now.clone()),
    ]);
    insert_rows(stage, "reports", &report, from, to)?;
    common.extend([
        ("id", id_expression("fee", "i")),
        ("report_id", id_expression("rpt", "i")),
        ("payee_id", quoted(PAYEE)),
        ("receipt_class", quoted("nontax")),
        ("amount_fen", FEE_FEN.to_string()),
        ("posted_at", now),
    ]);
    match of_order {
        None => common.push(("state", quoted("payable"))),
        Some(order) => {
            common.extend([("state", quoted("locked")), ("order_id", id_expression("ord", order))]);
        }
    }
    insert_rows(stage, "fees", &common, from, to)
}

/// Orders `from..to` that are being paid: lines, fees and reports, and one open attempt each. Their fees are numbered
/// from a place far above the payable ones.
pub fn waiting_orders(stage: &Stage, from: i64, to: i64, units: i64) -> anyhow::Result<()> {
    let now = stage.app.now_ms();
    let first_fee = FIRST_ORDERED_FEE;
    let of_order = format!("((i - {first_fee}) / {FEES_PER_ORDER})");
    let of_unit = format!("({of_order} % {units})");
    let (fee_from, fee_to) = (first_fee + from * FEES_PER_ORDER, first_fee + to * FEES_PER_ORDER);
    reports_and_fees(stage, fee_from, fee_to, &of_unit, Some(&of_order))?;
    let unit = format!("(i % {units})");
    let amount_fen = (FEE_FEN * FEES_PER_ORDER).to_string();
    let identities = &stage.app.config.wechat;
    let order = [
        ("id", id_expression("ord", "i")),
        ("order_no", "'WTB' || i".to_owned()),
        ("checkout_id", id_expression("chk", "i")),
        ("account_id", id_expression("acc", &unit)),
        ("unit_id", id_expression("unt", &unit)),
        ("unit_name", format!("'示例物业' || {unit} || '有限公司'")),
        ("receipt_class", quoted("nontax")),
        ("payee_id", quoted(PAYEE)),
        ("payee_name", quoted("示例特检院")),
        ("method", quoted("online")),
        ("state", quoted("paying")),
        ("amount_fen", amount_fen.clone()),
        ("fee_count", FEES_PER_ORDER.to_string()),
        ("title", quoted("曳引驱动乘客电梯 等 2 份报告")),
        ("invoice_kind", quoted("fiscal_receipt")),
        (
            "invoice_title",
            "'{\"kind\":\"organization\",\"name\":\"示例物业有限公司\",\"tax_no\":\"91500000DEM0000145\"}'".to_owned(),
        ),
        ("delivery", "'{\"kind\":\"electronic\"}'".to_owned()),
        ("year", "2026".to_owned()),
        ("search_text", "'wtb' || i".to_owned()),
        ("created_at", now.to_string()),
        ("expires_at", (now + 72 * 3_600_000).to_string()),
        ("updated_at", now.to_string()),
    ];
    insert_rows(stage, "orders", &order, from, to)?;
    let lines = [
        ("order_id", id_expression("ord", &of_order)),
        ("position", format!("(i - {first_fee}) % {FEES_PER_ORDER}")),
        ("fee_id", id_expression("fee", "i")),
        ("report_id", id_expression("rpt", "i")),
        ("report_no", "'TJ2026' || (10000000 + i)".to_owned()),
        ("device_name", quoted("曳引驱动乘客电梯")),
        ("registration_code", "'3110500112' || (2016000000 + i)".to_owned()),
        ("amount_fen", FEE_FEN.to_string()),
    ];
    insert_rows(stage, "order_lines", &lines, fee_from, fee_to)?;
    let attempt = [
        ("id", id_expression("att", "i")),
        ("order_id", id_expression("ord", "i")),
        ("client_key", "'key-' || i".to_owned()),
        ("out_trade_no", format!("'B' || ({BASE} + i)")),
        ("channel", quoted("jsapi")),
        ("app_id", quoted(&identities.mp.app_id)),
        ("mch_id", quoted(&identities.pay.mch_id)),
        ("openid", quoted("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")),
        ("amount_fen", amount_fen),
        ("state", quoted("pending")),
        ("prepay_id", "'wx' || i".to_owned()),
        ("created_at", now.to_string()),
        ("expires_at", (now + 2 * 3_600_000).to_string()),
        ("updated_at", now.to_string()),
    ];
    insert_rows(stage, "payment_attempts", &attempt, from, to)
}

/// Fees of orders are numbered from here.
pub const FIRST_ORDERED_FEE: i64 = 10_000_000_000;

/// A signed-in session of the account of a unit: the value of `Authorization`.
pub fn session(stage: &Stage, unit: i64) -> anyhow::Result<String> {
    let session = NewSession {
        account_id: AccountId::from_stored(id("acc", unit)),
        unit_id: Some(UnitId::from_stored(id("unt", unit))),
        client: Client::H5InWechat,
        device: "load".to_owned(),
        device_key: None,
        address: None,
        wechat: Some((stage.app.config.wechat.mp.app_id.clone(), new_id_text("o"))),
    };
    stage.wait(async {
        let transaction = stage.app.database.begin_write().await?;
        let started = accounts::start_session(&stage.app, &*transaction, session).await?;
        transaction.commit().await?;
        Ok(format!("Bearer {}", started.token))
    })
}

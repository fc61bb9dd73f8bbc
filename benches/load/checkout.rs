//! Confirming: fees become an order.

use serde_json::json;

use crate::driver::{End, Outcome, drive, named, request};
use crate::limits::{Numbers, Script, run};
use crate::lists::scope_statement;
use crate::report::{Report, Row};
use crate::seed::{BASE, FEE_FEN, id, id_expression, payable_fees, session};
use crate::settings::Settings;
use crate::stage::Stage;

/// Fees of an order, and the connections that make such orders.
const CASES: [(i64, usize); 5] = [(1, 1), (1, 32), (20, 1), (20, 32), (2_000, 1)];
/// Orders of the run that finds out how many are needed.
const TRIAL: i64 = 40;
/// Units that confirm.
const PAYERS: i64 = 64;

/// Measures confirmations beside the limits of the database, in turn.
pub fn measure(stage: &Stage, settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let payers = PAYERS.min(settings.units() - 1);
    let sessions = (0..payers).map(|unit| session(stage, unit)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut fees = Fees { next: FIRST_FEE, payers, sessions };
    let mut expected = Vec::new();
    for (size, connections) in CASES {
        let trial = fees.order(stage, size, connections, if size > 100 { 2 } else { TRIAL })?;
        let count = (trial.per_second() * settings.duration.as_secs_f64()) as i64 + connections as i64;
        // A large order takes as many rows as a thousand small ones: a few tell enough.
        expected.push(if size > 100 { count.min(10) } else { count });
    }
    for round in 0..settings.rounds {
        for ((size, connections), count) in CASES.into_iter().zip(&expected) {
            let noun = if size == 1 { "fee" } else { "fees" };
            let name = named(&format!("create order of {size} {noun}"), connections);
            let outcome = fees.order(stage, size, connections, *count)?;
            report.add(stage, &name, Row::of(&outcome, 1.0));
            let limit = fees.order_bare(stage, size, connections, *count)?;
            let limit_name = if stage.is_sqlite() { "one thread, same statements" } else { "pgbench, same statements" };
            report.add_limit(stage, &name, limit_name, Some(limit));
        }
        report.progress(&format!("{}: orders, round {} of {}", stage.name, round + 1, settings.rounds));
    }
    Ok(())
}

/// Fees to be ordered are numbered from here.
const FIRST_FEE: i64 = 30_000_000_000;

/// Hands out payable fees that nobody ordered yet.
struct Fees {
    next: i64,
    payers: i64,
    sessions: Vec<String>,
}

impl Fees {
    /// Makes fees for `count` orders of `size`; order `n` belongs to unit `n % payers`. Returns the first fee.
    fn make(&mut self, stage: &Stage, size: i64, count: i64) -> anyhow::Result<i64> {
        let first = self.next;
        self.next += size * count;
        let of_unit = format!("(((i - {first}) / {size}) % {})", self.payers);
        payable_fees(stage, first, self.next, &of_unit)?;
        Ok(first)
    }

    /// Orders over HTTP, and counts them afterwards.
    fn order(&mut self, stage: &Stage, size: i64, connections: usize, count: i64) -> anyhow::Result<Outcome> {
        let first = self.make(stage, size, count)?;
        let requests = (0..count).map(|order| self.request(first + order * size, size, order)).collect::<Vec<_>>();
        let outcome = drive(stage, connections, &requests, End::AfterAll, 201)?;
        check(stage, first, size * count)?;
        Ok(outcome)
    }

    fn request(&self, first: i64, size: i64, order: i64) -> Vec<u8> {
        let fee_ids: Vec<String> = (first..first + size).map(|number| id("fee", number)).collect();
        let body = json!({
            "key": format!("key-{first}"),
            "fee_ids": fee_ids,
            "expected_amount_fen": FEE_FEN * size,
            "method": "online",
            "invoice": { "title": { "kind": "organization", "name": "示例物业有限公司", "tax_no": "91500000DEM0000145" } },
            "delivery": { "kind": "electronic" },
        });
        let session = self.sessions[(order % self.payers) as usize].as_str();
        let headers = [("authorization", session), ("x-client", "h5-wechat")];
        request("POST", "/api/v1/checkouts", &headers, body.to_string().as_bytes())
    }

    /// Orders in bare SQL.
    fn order_bare(&mut self, stage: &Stage, size: i64, clients: usize, count: i64) -> anyhow::Result<f64> {
        let clients_count = clients as i64;
        let count = (count / clients_count).max(1) * clients_count;
        let first = self.make(stage, size, count)?;
        let statements = statements(stage, first, size, self.payers);
        let script = Script { name: format!("order{size}"), statements, reads_only: false };
        let per_second = run(stage, &script, Numbers::Once { first, count, step: size }, clients)?;
        check(stage, first, size * count)?;
        Ok(per_second)
    }
}

fn check(stage: &Stage, first: i64, count: i64) -> anyhow::Result<()> {
    let (low, high) = (id("fee", first), id("fee", first + count - 1));
    let ordered = format!("SELECT COUNT(*) FROM order_lines WHERE fee_id BETWEEN '{low}' AND '{high}'");
    let locked = format!("SELECT COUNT(*) FROM fees WHERE state = 'locked' AND id BETWEEN '{low}' AND '{high}'");
    for query in [ordered, locked] {
        let found = stage.number(&query)?;
        anyhow::ensure!(found == count, "{found} instead of {count}: {query}");
    }
    Ok(())
}

/// The same reads and writes as the application makes; `:k` is the first fee of the order.
fn statements(stage: &Stage, first: i64, size: i64, payers: i64) -> Vec<String> {
    let now = stage.app.now_ms();
    let unit = format!("(((:k - {first}) / {size}) % {payers})");
    let (unit_id, account_id) = (id_expression("unt", &unit), id_expression("acc", &unit));
    let order_id = id_expression("ord", ":k");
    let last = id_expression("fee", &format!(":k + {}", size - 1));
    let chosen =
        format!("unit_id = {unit_id} AND state = 'payable' AND id BETWEEN {} AND {last}", id_expression("fee", ":k"));
    let title = "'{\"kind\":\"organization\",\"name\":\"示例物业有限公司\",\"tax_no\":\"91500000DEM0000145\"}'";
    // As long as the application's: on PostgreSQL its parts are kept beside it.
    let search_text = format!(
        "(SELECT 'wtk|示例物业|' || string_agg(lower(report_no) || '|' || registration_code, '|') \
         FROM (SELECT report_no, registration_code FROM fees WHERE order_id = {order_id} LIMIT 50) AS ordered)"
    );
    let lock = if stage.is_sqlite() { "" } else { " ORDER BY id FOR UPDATE" };
    vec![
        scope_statement(&unit),
        format!(
            "INSERT INTO checkouts (id, account_id, client_key, unit_id, request_hash, created_at) \
             VALUES ({}, {account_id}, 'k' || ({BASE} + :k), {unit_id}, 'x', {now})",
            id_expression("chk", ":k")
        ),
        format!("SELECT * FROM fees WHERE {chosen}{lock}"),
        "SELECT * FROM payees WHERE id = 'pye_00000000000000000000000000000001'".to_owned(),
        format!(
            "INSERT INTO order_lines (order_id, position, fee_id, report_id, report_no, device_name, registration_code, \
             factory_serial_no, amount_fen) SELECT {order_id}, CAST(substr(id, 25) AS bigint) - {BASE} - :k, id, report_id, \
             report_no, device_name, registration_code, factory_serial_no, amount_fen FROM fees WHERE {chosen}"
        ),
        format!("UPDATE fees SET state = 'locked', order_id = {order_id}, updated_at = {now} WHERE {chosen}"),
        format!(
            "INSERT INTO order_events (id, order_id, kind, actor, at) VALUES ({}, {order_id}, 'created', {account_id}, {now})",
            id_expression("oev", ":k")
        ),
        format!(
            "INSERT INTO jobs (id, kind, payload, run_at, attempts, state, created_at) VALUES ({}, 'payments.expire_order', \
             '{{\"order_id\":\"' || {order_id} || '\"}}', {}, 0, 'waiting', {now})",
            id_expression("job", ":k"),
            now + 72 * 3_600_000
        ),
        format!("SELECT * FROM invoice_titles WHERE unit_id = {unit_id} ORDER BY last_used_at DESC LIMIT 1"),
        format!("UPDATE invoice_titles SET last_used_at = {now}, updated_at = {now} WHERE unit_id = {unit_id}"),
        "INSERT INTO order_numbers (day, last) VALUES ('bench', 1) ON CONFLICT (day) DO UPDATE SET last = order_numbers.last + 1 \
         RETURNING last"
            .to_owned(),
        format!(
            "INSERT INTO orders (id, order_no, checkout_id, account_id, unit_id, unit_name, receipt_class, payee_id, payee_name, \
             method, state, amount_fen, fee_count, title, invoice_kind, invoice_title, delivery, year, search_text, created_at, \
             expires_at, updated_at) VALUES ({order_id}, 'WTK' || ({BASE} + :k), {}, {account_id}, {unit_id}, '示例物业', 'nontax', \
             'pye_00000000000000000000000000000001', '示例特检院', 'online', 'pending_payment', {}, {size}, '曳引驱动乘客电梯', \
             'fiscal_receipt', {title}, '{{\"kind\":\"electronic\"}}', 2026, {search_text}, {now}, {now}, {now})",
            id_expression("chk", ":k"),
            FEE_FEN * size,
        ),
    ]
}

//! Booking a payment in bare SQL: the same reads and writes as the application makes for a notice.

use crate::callbacks::Orders;
use crate::limits::{Numbers, Script, run};
use crate::seed::{BASE, id_expression};
use crate::stage::Stage;

/// Orders in one commit of [`Settlement::Grouped`].
const GROUP: i64 = 16;

/// How the database is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// The statements of the application for one notice, one commit.
    Stepwise,
    /// All in one statement; only PostgreSQL can.
    OneStatement,
    /// The statements of the application for [`GROUP`] notices, one commit.
    Grouped,
}

impl Settlement {
    /// All ways.
    pub const ALL: [Settlement; 3] = [Settlement::Stepwise, Settlement::OneStatement, Settlement::Grouped];

    /// For the report.
    pub fn name(self, stage: &Stage) -> &'static str {
        match (self, stage.is_sqlite()) {
            (Settlement::Stepwise, false) => "pgbench, same statements",
            (Settlement::OneStatement, _) => "pgbench, one statement",
            (Settlement::Grouped, false) => "pgbench, 16 orders a commit",
            (Settlement::Stepwise, true) => "one thread, same statements",
            (Settlement::Grouped, true) => "one thread, 16 orders a commit",
        }
    }

    /// Orders settled a second; nothing if this database cannot be asked so.
    pub fn measure(
        self,
        stage: &Stage,
        orders: &mut Orders,
        clients: usize,
        count: i64,
    ) -> anyhow::Result<Option<f64>> {
        if self == Settlement::OneStatement && stage.is_sqlite() {
            return Ok(None);
        }
        let step = if self == Settlement::Grouped { GROUP } else { 1 };
        // Whole groups for every client.
        let whole = step * clients as i64;
        let count = (count / whole).max(1) * whole;
        let range = orders.make(stage, count)?;
        let statements = match self {
            Settlement::OneStatement => vec![one_statement(stage)],
            Settlement::Stepwise | Settlement::Grouped => steps(stage, step),
        };
        let script = Script { name: format!("{self:?}"), statements, reads_only: false };
        let numbers = Numbers::Once { first: range.start, count: count / step, step };
        let transactions = run(stage, &script, numbers, clients)?;
        let (first, last) = (crate::seed::id("ord", range.start), crate::seed::id("ord", range.end - 1));
        let paid = format!("SELECT COUNT(*) FROM orders WHERE state = 'paid' AND id BETWEEN '{first}' AND '{last}'");
        let paid = stage.number(&paid)?;
        anyhow::ensure!(paid == count, "{self:?} settled {paid} of {count} orders");
        Ok(Some(transactions * step as f64))
    }
}

/// `column` is one of the ids with `prefix` from number `:k` on.
fn among(column: &str, prefix: &str, width: i64) -> String {
    if width == 1 {
        return format!("{column} = {}", id_expression(prefix, ":k"));
    }
    let last = id_expression(prefix, &format!(":k + {}", width - 1));
    format!("{column} BETWEEN {} AND {last}", id_expression(prefix, ":k"))
}

fn steps(stage: &Stage, width: i64) -> Vec<String> {
    let now = stage.app.now_ms();
    let (attempts, of_order) = (among("id", "att", width), among("order_id", "ord", width));
    let orders = among("id", "ord", width);
    let last = width - 1;
    let numbers = if width == 1 {
        format!("= 'B' || ({BASE} + :k)")
    } else {
        format!("BETWEEN 'B' || ({BASE} + :k) AND 'B' || ({BASE} + :k + {last})")
    };
    let lock = if stage.is_sqlite() { "" } else { " ORDER BY id FOR UPDATE" };
    let mut statements = vec![
        format!(
            "SELECT * FROM orders WHERE id IN (SELECT order_id FROM payment_attempts WHERE out_trade_no {numbers}){lock}"
        ),
        format!("SELECT * FROM payment_attempts WHERE {of_order}"),
        format!("{} WHERE {attempts} AND state <> 'paid'", pay_attempts(now)),
        format!("{} WHERE {orders} AND state IN ('pending_payment', 'paying')", pay_orders(now)),
        format!(
            "UPDATE fees SET state = 'paid', paid_at = {now}, updated_at = {now} WHERE {of_order} AND state = 'locked' \
             RETURNING order_id, report_id"
        ),
        format!(
            "{} AND {} RETURNING reports.order_id, reports.file_key",
            release_reports(now),
            among("l.order_id", "ord", width)
        ),
    ];
    statements.extend([
        format!("{} WHERE {orders}", insert_jobs(now, "orders")),
        format!("{} WHERE {orders}", insert_step(now, "orders")),
        format!("{} WHERE {orders}", insert_event(stage, now, "orders")),
    ]);
    statements
}

fn one_statement(stage: &Stage) -> String {
    let now = stage.app.now_ms();
    format!(
        "WITH a AS ({} WHERE id = {} AND state <> 'paid' RETURNING order_id), \
         o AS ({} FROM a WHERE orders.id = a.order_id AND state IN ('pending_payment', 'paying') RETURNING orders.id), \
         f AS (UPDATE fees SET state = 'paid', paid_at = {now}, updated_at = {now} FROM o \
           WHERE fees.order_id = o.id AND fees.state = 'locked'), \
         r AS ({}, o AS w WHERE l.report_id = reports.id AND l.order_id = w.id), \
         j AS ({}), s AS ({}) {}",
        pay_attempts(now),
        id_expression("att", ":k"),
        pay_orders(now),
        release_reports(now).replace(" WHERE l.report_id = reports.id", ""),
        insert_jobs(now, "o"),
        insert_step(now, "o"),
        insert_event(stage, now, "o"),
    )
}

fn pay_attempts(now: i64) -> String {
    format!(
        "UPDATE payment_attempts SET state = 'paid', transaction_id = '4200002026' || substr(id, 5), paid_at = {now}, \
         updated_at = {now}"
    )
}

fn pay_orders(now: i64) -> String {
    format!(
        "UPDATE orders SET state = 'paid', paid_attempt_id = 'att_' || substr(orders.id, 5), paid_at = {now}, updated_at = {now}"
    )
}

fn release_reports(now: i64) -> String {
    format!(
        "UPDATE reports SET released_at = {now}, order_id = l.order_id, updated_at = {now} FROM order_lines AS l \
         WHERE l.report_id = reports.id"
    )
}

/// One for each subscriber of a paid order whose reports are ready.
fn insert_jobs(now: i64, from: &str) -> String {
    format!(
        "INSERT INTO jobs (id, kind, payload, run_at, attempts, state, created_at) SELECT 'job_' || kind.column1 || substr(id, 5), \
         kind.column1, '{{\"what\":\"order_paid\",\"order_id\":\"' || id || '\"}}', {now}, 0, 'waiting', {now} FROM {from}, \
         (VALUES ('invoices.request'), ('messages.order_paid'), ('messages.reports_ready')) AS kind"
    )
}

fn insert_step(now: i64, from: &str) -> String {
    format!(
        "INSERT INTO order_events (id, order_id, kind, actor, at) SELECT 'oev_' || substr(id, 5), id, 'paid', 'channel', \
         {now} FROM {from}"
    )
}

/// As large as a real notice: 1 KiB of envelope, half of it plaintext.
fn insert_event(stage: &Stage, now: i64, from: &str) -> String {
    let (body, text) = if stage.is_sqlite() {
        ("zeroblob(1100)", "printf('%.*c', 500, 'x')")
    } else {
        ("convert_to(repeat('x', 1100), 'UTF8')", "repeat('x', 500)")
    };
    format!(
        "INSERT INTO channel_events (id, kind, envelope_id, headers, body, plaintext, out_trade_no, state, note, seen_count, \
         received_at, applied_at) SELECT 'evt_' || substr(id, 5), 'payment', id, {text}, {body}, {text}, \
         'B' || substr(id, 25), 'applied', 'paid', 1, {now}, {now} FROM {from}"
    )
}

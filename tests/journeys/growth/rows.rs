//! Tens of thousands of rows in every table that grows with the years, made by statements that read the same on both
//! databases: enough for a planner to see that reading a whole table is the worst it can do.

mod money;
mod orders;
mod people;
mod reports;
mod told;

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
    people::people(&filling).await;
    reports::reports(&filling).await;
    orders::orders(&filling).await;
    money::money(&filling).await;
    told::told(&filling).await;
    let look = if world.app.database.is_sqlite() { "ANALYZE" } else { "VACUUM ANALYZE" };
    sea_orm::ConnectionTrait::execute_unprepared(world.app.database.reader(), look).await.expect("statistics");
}

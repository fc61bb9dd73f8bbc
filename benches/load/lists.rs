//! What people look at: the pending list, searching it, and the state of a payment.

use crate::callbacks::Orders;
use crate::driver::{End, Outcome, drive, named, request};
use crate::limits::{Numbers, Script, run};
use crate::report::{Report, Row};
use crate::seed::{id, id_expression, session};
use crate::settings::Settings;
use crate::stage::Stage;

const CONNECTIONS: [usize; 2] = [1, GROWTH_CONNECTIONS];
const GROWTH_CONNECTIONS: usize = 32;
/// Units that look.
const VISITORS: i64 = 256;
/// A fee of the unit that has one in a hundred.
const OF_THE_LARGE_UNIT: i64 = 99;

/// One kind of request, with the statements behind it.
struct Look {
    name: String,
    /// The same whatever the number of rows.
    kind: String,
    requests: Vec<Vec<u8>>,
    statements: Vec<String>,
    visitors: i64,
}

/// Measures list, search and payment state beside the limits of the database, in turn.
pub fn measure(stage: &Stage, settings: &Settings, orders: &mut Orders, report: &mut Report) -> anyhow::Result<()> {
    let looks = looks(stage, settings, orders)?;
    for round in 0..settings.rounds {
        for (number, look) in looks.iter().enumerate() {
            for connections in CONNECTIONS {
                let name = named(&look.name, connections);
                let outcome = look.run(stage, settings, connections)?;
                report.add(stage, &name, Row::of(&outcome, 1.0));
                look.measure_limit(stage, settings, connections, number, report)?;
                if connections == GROWTH_CONNECTIONS {
                    report.grow(stage, &look.kind, settings.rows, &outcome);
                }
            }
        }
        report.progress(&format!("{}: lists, round {} of {}", stage.name, round + 1, settings.rounds));
    }
    Ok(())
}

/// The same looks once, for the table of growth.
pub fn measure_growth(
    stage: &Stage,
    settings: &Settings,
    orders: &mut Orders,
    report: &mut Report,
) -> anyhow::Result<()> {
    for look in looks(stage, settings, orders)? {
        let outcome = look.run(stage, settings, GROWTH_CONNECTIONS)?;
        report.grow(stage, &look.kind, settings.rows, &outcome);
    }
    Ok(())
}

fn looks(stage: &Stage, settings: &Settings, orders: &mut Orders) -> anyhow::Result<Vec<Look>> {
    let visitors = VISITORS.min(settings.units() - 1);
    let range = orders.make(stage, visitors)?;
    anyhow::ensure!(range.start % settings.units() == 0, "the orders of the first units");
    let sessions = (0..visitors).map(|unit| session(stage, unit)).collect::<anyhow::Result<Vec<_>>>()?;
    let large_unit = settings.units() - 1;
    let large = session(stage, large_unit)?;
    let large_fees = settings.rows / 100;
    let small_list: Vec<_> = sessions.iter().map(|session| get(session, "/api/v1/fees?limit=20")).collect();
    let small_search: Vec<_> = sessions
        .iter()
        .zip(0..)
        .map(|(session, unit)| get(session, &format!("/api/v1/fees?limit=20&q={}", word(unit + settings.units()))))
        .collect();
    let states: Vec<_> = sessions
        .iter()
        .zip(range)
        .map(|(session, order)| get(session, &format!("/api/v1/orders/{}/payment-state", id("ord", order))))
        .collect();
    let of_large = format!("{large_unit} + 0 * :k");
    let lift = "%E6%9B%B3%E5%BC%95";
    Ok(vec![
        Look {
            name: "pending list, unit of 50".to_owned(),
            kind: "pending list, unit of 50".to_owned(),
            requests: small_list,
            statements: list_statements(None, ":k"),
            visitors,
        },
        Look {
            name: "search by number, unit of 50".to_owned(),
            kind: "search by number, unit of 50".to_owned(),
            requests: small_search,
            statements: list_statements(Some("'%' || (2016000000 + :k) || '%'"), ":k"),
            visitors,
        },
        Look {
            name: format!("pending list, unit of {large_fees}"),
            kind: "pending list, unit with one in a hundred".to_owned(),
            requests: vec![get(&large, "/api/v1/fees?limit=20")],
            statements: list_statements(None, &of_large),
            visitors: 1,
        },
        Look {
            name: format!("search by two characters, unit of {large_fees}"),
            kind: "search by two characters, unit with one in a hundred".to_owned(),
            requests: vec![get(&large, &format!("/api/v1/fees?limit=20&q={lift}"))],
            statements: list_statements(Some("'%曳引%'"), &of_large),
            visitors: 1,
        },
        Look {
            name: format!("search by number, unit of {large_fees}"),
            kind: "search by number, unit with one in a hundred".to_owned(),
            requests: vec![get(&large, &format!("/api/v1/fees?limit=20&q={}", word(OF_THE_LARGE_UNIT)))],
            statements: list_statements(Some(&format!("'%{}%'", word(OF_THE_LARGE_UNIT))), &of_large),
            visitors: 1,
        },
        Look {
            name: "payment state".to_owned(),
            kind: "payment state".to_owned(),
            requests: states,
            statements: state_statements(),
            visitors,
        },
    ])
}

impl Look {
    fn run(&self, stage: &Stage, settings: &Settings, connections: usize) -> anyhow::Result<Outcome> {
        drive(stage, connections, &self.requests, End::After(settings.duration), 200)
    }

    fn measure_limit(
        &self,
        stage: &Stage,
        settings: &Settings,
        connections: usize,
        number: usize,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let script = Script { name: format!("look{number}"), statements: self.statements.clone(), reads_only: true };
        let numbers = Numbers::Random { below: self.visitors, duration: settings.duration };
        let limit = run(stage, &script, numbers, connections)?;
        let limit_name =
            if stage.is_sqlite() { "one thread, same statements" } else { "pgbench, same statements pipelined" };
        report.add_limit(stage, &named(&self.name, connections), limit_name, Some(limit));
        Ok(())
    }
}

fn get(session: &str, path: &str) -> Vec<u8> {
    request("GET", path, &[("authorization", session), ("x-client", "h5-wechat")], b"")
}

/// A number that exactly one fee of the unit carries.
fn word(fee: i64) -> String {
    (2_016_000_000 + fee).to_string()
}

/// Who asks, and for which unit: the session with its account, and the unit with the role in it.
pub fn scope_statement(unit: &str) -> String {
    format!(
        "SELECT * FROM sessions JOIN accounts ON accounts.id = sessions.account_id \
         LEFT JOIN memberships ON memberships.account_id = sessions.account_id AND memberships.unit_id = sessions.unit_id \
         LEFT JOIN units ON units.id = memberships.unit_id \
         WHERE sessions.account_id = {} AND sessions.revoked_at IS NULL AND accounts.state = 'active'",
        id_expression("acc", unit)
    )
}

fn list_statements(pattern: Option<&str>, unit: &str) -> Vec<String> {
    let payable = format!("FROM fees WHERE unit_id = {} AND state = 'payable'", id_expression("unt", unit));
    let total = "SELECT COUNT(*) AS count, CAST(SUM(amount_fen) AS bigint) AS amount_fen";
    let (with, page) = match pattern {
        Some(pattern) => (
            format!(
                "found AS MATERIALIZED (SELECT id, amount_fen {payable} AND search_text LIKE {pattern} ESCAPE '\\'), \
                 total AS MATERIALIZED ({total} FROM found)"
            ),
            "WHERE fees.id IN (SELECT id FROM found ORDER BY id DESC LIMIT 21) ORDER BY fees.id DESC".to_owned(),
        ),
        None => (
            format!("total AS MATERIALIZED ({total} {payable})"),
            format!("{} ORDER BY fees.id DESC LIMIT 21", payable.trim_start_matches("FROM fees ")),
        ),
    };
    vec![
        scope_statement(unit),
        format!(
            "WITH {with} SELECT fees.*, payees.name, total.count, total.amount_fen FROM fees \
             LEFT JOIN payees ON payees.id = fees.payee_id LEFT JOIN total ON 1 = 1 {page}"
        ),
    ]
}

fn state_statements() -> Vec<String> {
    let (unit, order) = (id_expression("unt", ":k"), id_expression("ord", ":k"));
    vec![
        scope_statement(":k"),
        format!("SELECT * FROM orders WHERE unit_id = {unit} AND id = {order}"),
        format!("SELECT * FROM payment_attempts WHERE order_id = {order} ORDER BY id DESC"),
        format!("SELECT * FROM invoices WHERE order_id = {order}"),
    ]
}

//! What people look at: the pending list, searching it, and the state of a payment.

use crate::callbacks::Orders;
use crate::driver::{End, drive, named, request};
use crate::limits::{Numbers, Script, run};
use crate::report::{Report, Row};
use crate::seed::{id, id_expression, session};
use crate::settings::Settings;
use crate::stage::Stage;

const CONNECTIONS: [usize; 2] = [1, 32];
/// Units that look.
const VISITORS: i64 = 256;

/// One kind of request, with the statements behind it.
struct Look {
    name: String,
    requests: Vec<Vec<u8>>,
    statements: Vec<String>,
    visitors: i64,
}

/// Measures list, search and payment state beside the limits of the database, in turn.
pub fn measure(stage: &Stage, settings: &Settings, orders: &mut Orders, report: &mut Report) -> anyhow::Result<()> {
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
    let lift = "%E6%9B%B3%E5%BC%95";
    let looks = [
        Look {
            name: "pending list, unit of 50".to_owned(),
            requests: small_list,
            statements: list_statements(None, ":k"),
            visitors,
        },
        Look {
            name: "search by number, unit of 50".to_owned(),
            requests: small_search,
            statements: list_statements(Some("'%' || (2016000000 + :k) || '%'"), ":k"),
            visitors,
        },
        Look {
            name: format!("pending list, unit of {large_fees}"),
            requests: vec![get(&large, "/api/v1/fees?limit=20")],
            statements: list_statements(None, &format!("{large_unit} + 0 * :k")),
            visitors: 1,
        },
        Look {
            name: format!("search by two characters, unit of {large_fees}"),
            requests: vec![get(&large, &format!("/api/v1/fees?limit=20&q={lift}"))],
            statements: list_statements(Some("'%曳引%'"), &format!("{large_unit} + 0 * :k")),
            visitors: 1,
        },
        Look { name: "payment state".to_owned(), requests: states, statements: state_statements(), visitors },
    ];
    for round in 0..settings.rounds {
        for (number, look) in looks.iter().enumerate() {
            for connections in CONNECTIONS {
                look.measure(stage, settings, connections, number, report)?;
            }
        }
        report.progress(&format!("{}: lists, round {} of {}", stage.name, round + 1, settings.rounds));
    }
    Ok(())
}

impl Look {
    fn measure(
        &self,
        stage: &Stage,
        settings: &Settings,
        connections: usize,
        number: usize,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let name = named(&self.name, connections);
        let outcome = drive(stage, connections, &self.requests, End::After(settings.duration), 200)?;
        report.add(stage, &name, Row::of(&outcome, 1.0));
        let script = Script { name: format!("look{number}"), statements: self.statements.clone(), reads_only: true };
        let numbers = Numbers::Random { below: self.visitors, duration: settings.duration };
        let limit = run(stage, &script, numbers, connections)?;
        let limit_name =
            if stage.is_sqlite() { "one thread, same statements" } else { "pgbench, same statements pipelined" };
        report.add_limit(stage, &name, limit_name, Some(limit));
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

/// Who asks: the session with its account, and the unit with the role in it.
pub fn scope_statements(unit: &str) -> Vec<String> {
    let (account, unit) = (id_expression("acc", unit), id_expression("unt", unit));
    vec![
        format!(
            "SELECT * FROM sessions JOIN accounts ON accounts.id = sessions.account_id WHERE sessions.account_id = {account} \
             AND sessions.revoked_at IS NULL AND accounts.state = 'active'"
        ),
        format!(
            "SELECT * FROM memberships JOIN units ON units.id = memberships.unit_id WHERE memberships.account_id = {account} \
             AND memberships.unit_id = {unit}"
        ),
    ]
}

fn list_statements(pattern: Option<&str>, unit: &str) -> Vec<String> {
    let mut filter = format!("unit_id = {} AND state = 'payable'", id_expression("unt", unit));
    if let Some(pattern) = pattern {
        filter.push_str(&format!(" AND search_text LIKE {pattern} ESCAPE '\\'"));
    }
    let mut statements = scope_statements(unit);
    statements.extend([
        format!("SELECT * FROM fees WHERE {filter} ORDER BY id DESC LIMIT 21"),
        format!("SELECT COUNT(id), CAST(SUM(amount_fen) AS bigint) FROM fees WHERE {filter}"),
        "SELECT * FROM payees WHERE id = 'pye_00000000000000000000000000000001'".to_owned(),
    ]);
    statements
}

fn state_statements() -> Vec<String> {
    let mut statements = scope_statements(":k");
    let (unit, order) = (id_expression("unt", ":k"), id_expression("ord", ":k"));
    statements.extend([
        format!("SELECT * FROM orders WHERE unit_id = {unit} AND id = {order}"),
        format!("SELECT * FROM payment_attempts WHERE order_id = {order} ORDER BY id DESC LIMIT 1"),
    ]);
    statements
}

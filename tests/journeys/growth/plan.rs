//! Asks the database how it goes about a statement, and judges the answer.

use sea_orm::sea_query::{Value, Values};
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, Statement, TransactionTrait};
use serde_json::Value as Json;

use super::rows::BIG;

/// PostgreSQL decides after so many executions whether a prepared statement keeps one plan for all values.
const EXECUTIONS_UNTIL_SETTLED: usize = 6;

/// Columns with a handful of values: an index on one of them alone finds a large part of the table.
const COARSE: [&str; 4] = ["state", "kind", "method", "year"];

/// Values in a list that PostgreSQL may compare with each row that it has found: in a plan for all values it does so one by
/// one.
const COMPARED_MAX: usize = 20;

/// What a statement may cost.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Pages of 8 KiB that PostgreSQL may touch.
    pub buffers: i64,
    /// Whether rows may be sorted after they were found: only where few are found.
    pub may_sort: bool,
    /// Whether a big table may be walked along an index from its newest row until a page is full.
    pub may_walk: bool,
    /// Tables that may be read as a whole, because nobody has found a better way and the reason stands where they are named.
    pub may_read_whole: &'static [&'static str],
}

/// What the database said.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What is wrong with the plan; nothing if it is as it should be.
    pub complaints: Vec<String>,
    /// Pages of 8 KiB that PostgreSQL touched.
    pub buffers: i64,
}

/// Judges the plan of this statement.
pub async fn verdict(connection: &DatabaseConnection, statement: &Statement, bounds: Bounds) -> Verdict {
    let text = statement.sql.trim_start().to_ascii_uppercase();
    let is_judged = ["SELECT", "UPDATE", "DELETE", "WITH"].iter().any(|verb| text.starts_with(verb));
    let touched =
        BIG.iter().any(|table| statement.sql.contains(&format!("\"{table}\"")) || mentions(&statement.sql, table));
    if !is_judged || !touched {
        return Verdict::default();
    }
    match connection.get_database_backend() {
        DatabaseBackend::Sqlite => Verdict { complaints: of_sqlite(connection, statement, bounds).await, buffers: 0 },
        _ => of_postgres(connection, statement, bounds).await,
    }
}

/// A name standing alone, as in statements that were written by hand.
fn mentions(sql: &str, table: &str) -> bool {
    sql.split(|character: char| !character.is_ascii_alphanumeric() && character != '_').any(|word| word == table)
}

fn values_of(statement: &Statement) -> Vec<Value> {
    statement.values.clone().map(|Values(values)| values).unwrap_or_default()
}

async fn of_sqlite(connection: &DatabaseConnection, statement: &Statement, bounds: Bounds) -> Vec<String> {
    let question = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let asked = Statement::from_sql_and_values(DatabaseBackend::Sqlite, question, values_of(statement));
    let rows = connection.query_all_raw(asked).await.expect("a plan");
    let steps: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").expect("a step")).collect();
    let mut complaints = Vec::new();
    let pages = bounds.may_walk && statement.sql.contains("LIMIT");
    for step in &steps {
        let mut words = step.split_whitespace();
        let (how, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if !BIG.contains(&name) || bounds.may_read_whole.contains(&name) {
            continue;
        }
        let whole = how == "SCAN" && !step.contains("USING");
        let along = how == "SCAN" && step.contains("USING") && !pages && !is_partial(connection, step).await;
        // Thousands of rows have the same state.
        let coarse = COARSE.iter().any(|column| step.ends_with(&format!("({column}=?)"))) && !pages;
        if whole || along || coarse {
            complaints.push(step.clone());
        }
    }
    for step in &steps {
        if step.starts_with("USE TEMP B-TREE FOR ORDER BY") && !bounds.may_sort {
            complaints.push(step.clone());
        }
    }
    if complaints.is_empty() { complaints } else { with_context(complaints, statement, &steps.join("\n    ")) }
}

/// Whether the index of this step holds only the few rows that it was made for.
async fn is_partial(connection: &DatabaseConnection, step: &str) -> bool {
    let name = step.rsplit("INDEX ").next().and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
    let question = format!("SELECT COALESCE(MAX(sql), '') AS sql FROM sqlite_master WHERE name = '{name}'");
    let row = connection.query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, question)).await;
    let sql: String = row.expect("an answer").expect("a row").try_get("", "sql").expect("a text");
    sql.contains(" WHERE ")
}

/// The plan that a server's connection ends up with, and what it touches: the statement is prepared and executed as the
/// pool does, on one connection, and everything it did is undone.
async fn of_postgres(connection: &DatabaseConnection, statement: &Statement, bounds: Bounds) -> Verdict {
    let transaction = connection.begin().await.expect("a transaction");
    let values = values_of(statement);
    let types: Vec<&str> = values.iter().map(type_of).collect();
    let types = if types.is_empty() { String::new() } else { format!("({})", types.join(", ")) };
    transaction.execute_unprepared(&format!("PREPARE probe {types} AS {}", statement.sql)).await.expect("prepared");
    let literals: Vec<String> = values.iter().map(literal).collect();
    let literals = if literals.is_empty() { String::new() } else { format!("({})", literals.join(", ")) };
    let mut plan = Json::Null;
    for execution in 1..=EXECUTIONS_UNTIL_SETTLED {
        let options =
            if execution == EXECUTIONS_UNTIL_SETTLED { "ANALYZE, BUFFERS, FORMAT JSON" } else { "FORMAT JSON" };
        let question = format!("EXPLAIN ({options}) EXECUTE probe {literals}");
        let row = transaction.query_one_raw(Statement::from_string(DatabaseBackend::Postgres, question)).await;
        let row = row.expect("a plan").expect("a row");
        plan = row.try_get_by_index(0).expect("JSON");
    }
    transaction.execute_unprepared("DEALLOCATE probe").await.expect("forgotten");
    transaction.rollback().await.expect("undone");
    let root = &plan[0]["Plan"];
    let mut complaints = Vec::new();
    look_at(root, bounds, &mut complaints);
    let buffers = number(root, "Shared Hit Blocks") + number(root, "Shared Read Blocks");
    if buffers > bounds.buffers {
        complaints.push(format!("{buffers} buffers, {} allowed", bounds.buffers));
    }
    if !complaints.is_empty() {
        complaints = with_context(complaints, statement, &outline(root, 2));
    }
    Verdict { complaints, buffers }
}

fn look_at(node: &Json, bounds: Bounds, complaints: &mut Vec<String>) {
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let relation = node["Relation Name"].as_str().unwrap_or_default();
    let excused = bounds.may_read_whole.contains(&relation);
    if kind == "Seq Scan" && BIG.contains(&relation) && !excused && number(node, "Actual Loops") > 0 {
        complaints.push(format!("reads the whole of {relation}"));
    }
    let filter = node["Filter"].as_str().unwrap_or_default();
    let compared = number(node, "Actual Rows") + number(node, "Rows Removed by Filter");
    if filter.contains("ANY (ARRAY[$") && filter.matches('$').count() > COMPARED_MAX && compared > 100 {
        complaints.push(format!("compares {compared} rows of {relation} with a list, one by one"));
    }
    let sorted = number(node, "Actual Rows");
    if kind == "Sort" && !bounds.may_sort && sorted > 100 {
        complaints.push(format!("sorts {sorted} rows"));
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        look_at(child, bounds, complaints);
    }
}

fn number(node: &Json, key: &str) -> i64 {
    node[key].as_f64().unwrap_or_default() as i64
}

fn outline(node: &Json, depth: usize) -> String {
    let name = |key: &str| node[key].as_str().unwrap_or_default().to_owned();
    let mut text = format!(
        "{:width$}{} {} {} rows {} removed {} buffers {} {}\n",
        "",
        name("Node Type"),
        name("Relation Name"),
        name("Index Name"),
        number(node, "Actual Rows"),
        number(node, "Rows Removed by Filter"),
        number(node, "Shared Hit Blocks"),
        name("Index Cond"),
        width = depth * 2
    );
    for child in node["Plans"].as_array().into_iter().flatten() {
        text.push_str(&outline(child, depth + 1));
    }
    text
}

fn with_context(complaints: Vec<String>, statement: &Statement, plan: &str) -> Vec<String> {
    let values: Vec<String> = values_of(statement).iter().map(literal).collect();
    let mut told = complaints;
    told.push(format!("  in {}\n  with {}\n    {plan}", shortened(&statement.sql), shortened(&values.join(", "))));
    told
}

fn shortened(text: &str) -> String {
    let characters = text.chars().count();
    if characters <= 1_500 {
        text.to_owned()
    } else {
        text.chars().take(300).chain("…".chars()).chain(text.chars().skip(characters - 1_000)).collect()
    }
}

/// The type under which the driver sends a value.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::BigInt(_) | Value::BigUnsigned(_) => "bigint",
        Value::Bytes(_) => "bytea",
        Value::Double(_) => "double precision",
        Value::String(_) => "text",
        other => panic!("a value of a kind that no statement had before: {other:?}"),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Bool(Some(yes)) => yes.to_string(),
        Value::Int(Some(number)) => number.to_string(),
        Value::BigInt(Some(number)) => number.to_string(),
        Value::BigUnsigned(Some(number)) => number.to_string(),
        Value::Double(Some(number)) => number.to_string(),
        Value::Bytes(Some(bytes)) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("'\\x{hex}'")
        }
        Value::String(Some(text)) => format!("'{}'", text.replace('\'', "''")),
        _ => "NULL".to_owned(),
    }
}

//! Which tables are moved, and how a row becomes a line and a line a row.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, SelectStatement, SimpleExpr, Value};
use sea_orm::{DbErr, QueryResult};
use serde_json::{Map, Value as Json};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    Number,
    Bytes,
}

use Holds::{Bytes, Number, Text};

/// A table whose old rows are moved.
#[derive(Debug)]
pub struct Source {
    /// For operators: `notices`, `pushes`, `calls`.
    pub code: &'static str,
    pub(super) table: &'static str,
    /// The primary key, a text.
    pub(super) key: &'static str,
    /// When the row came, epoch milliseconds; indexed.
    pub(super) at: &'static str,
    /// Only rows of this state, in the words of the index.
    pub(super) only: Option<&'static str>,
    pub(super) columns: &'static [(&'static str, Holds)],
}

/// Everything that is moved.
pub static SOURCES: [Source; 3] = [
    Source {
        code: "notices",
        table: "channel_events",
        key: "id",
        at: "received_at",
        // What was not booked waits for a person, however long.
        only: Some("state = 'applied'"),
        columns: &[
            ("id", Text),
            ("kind", Text),
            ("envelope_id", Text),
            ("headers", Text),
            ("body", Bytes),
            ("plaintext", Text),
            ("out_trade_no", Text),
            ("state", Text),
            ("note", Text),
            ("seen_count", Number),
            ("received_at", Number),
            ("applied_at", Number),
        ],
    },
    Source {
        code: "pushes",
        table: "inbound_messages",
        key: "dedup_key",
        at: "received_at",
        only: None,
        columns: &[("dedup_key", Text), ("openid", Text), ("kind", Text), ("content", Text), ("received_at", Number)],
    },
    Source {
        code: "calls",
        table: "integration_requests",
        key: "request_id",
        at: "created_at",
        only: None,
        columns: &[("request_id", Text), ("request_hash", Text), ("answer", Text), ("created_at", Number)],
    },
];

impl Source {
    /// The source with this code.
    pub fn of(code: &str) -> Option<&'static Source> {
        SOURCES.iter().find(|source| source.code == code)
    }

    /// The oldest rows from before an instant, at most so many.
    pub(super) fn oldest(&self, before_ms: i64, limit: u64) -> SelectStatement {
        let mut select = SelectStatement::new();
        select
            .columns(self.names())
            .from(Alias::new(self.table))
            .and_where(Expr::col(Alias::new(self.at)).lt(before_ms));
        if let Some(only) = self.only {
            select.and_where(Expr::cust(only));
        }
        select.order_by(Alias::new(self.at), sea_orm::Order::Asc).order_by(Alias::new(self.key), sea_orm::Order::Asc);
        select.limit(limit).to_owned()
    }

    pub(super) fn names(&self) -> Vec<Alias> {
        self.columns.iter().map(|(name, _)| Alias::new(*name)).collect()
    }

    /// A row as it stands in a file.
    pub(super) fn line(&self, row: &QueryResult) -> Result<Json, DbErr> {
        let mut line = Map::new();
        for (name, holds) in self.columns {
            let cell = match holds {
                Text => row.try_get::<Option<String>>("", name)?.map(Json::from),
                Number => row.try_get::<Option<i64>>("", name)?.map(Json::from),
                Bytes => row.try_get::<Option<Vec<u8>>>("", name)?.map(|bytes| Json::from(STANDARD.encode(bytes))),
            };
            line.insert((*name).to_owned(), cell.unwrap_or(Json::Null));
        }
        Ok(Json::Object(line))
    }

    /// The values of a line, in the order of the columns.
    pub(super) fn values(&self, line: &Json) -> anyhow::Result<Vec<SimpleExpr>> {
        self.columns
            .iter()
            .map(|(name, holds)| {
                let cell = &line[*name];
                let value = match holds {
                    Text => Value::from(cell.as_str().map(str::to_owned)),
                    Number => Value::from(cell.as_i64()),
                    Bytes => Value::from(cell.as_str().map(|text| STANDARD.decode(text)).transpose()?),
                };
                Ok(Expr::value(value))
            })
            .collect()
    }

    pub(super) fn key_of<'a>(&self, line: &'a Json) -> &'a str {
        line[self.key].as_str().unwrap_or_default()
    }

    pub(super) fn at_of(&self, line: &Json) -> i64 {
        line[self.at].as_i64().unwrap_or_default()
    }
}

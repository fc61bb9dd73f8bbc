//! A node of the release before that goes on working while the schema is changed. It knows the columns of its release and
//! names no other; its statements keep their texts, so that what the driver prepared before the change is used after it.

use foundation::database::Database;
use foundation::ids::new_id_text;
use foundation::outage::is_outage;
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};

use super::before::columns_of;

/// An open order of the release before, one of its fees with report and amount: what is new is like them.
struct Pattern {
    order: String,
    checkout: String,
    fee: String,
    report: String,
    amount_fen: i64,
}

/// What stands of one round, as far as it was committed.
#[derive(Default)]
pub struct Round {
    /// The fee that was posted.
    pub fee: Option<String>,
    /// The order that it is in.
    pub order: Option<String>,
    /// The order is paid.
    pub is_paid: bool,
    /// Something was refused as the product refuses what may be tried again: busy, locked.
    pub is_refused: bool,
}

/// The node.
pub struct OldNode {
    database: Database,
    pattern: Pattern,
    attempt: String,
    /// What was done, oldest first.
    pub rounds: Vec<Round>,
}

impl OldNode {
    /// Over this database, which it finds as it left it.
    pub async fn new(database: Database) -> Self {
        let backend = database.reader().get_database_backend();
        let ask = async |question: &str| {
            let row = database.reader().query_one_raw(Statement::from_string(backend, question)).await;
            row.expect("an answer").expect("a row of before")
        };
        let row =
            ask("SELECT o.id AS o, o.checkout_id AS c, f.id AS f, f.report_id AS r, f.amount_fen AS a FROM orders o \
             JOIN order_lines l ON l.order_id = o.id JOIN fees f ON f.id = l.fee_id \
             WHERE o.state = 'pending_payment' AND o.method = 'online' ORDER BY o.id, l.position LIMIT 1")
            .await;
        let text = |name: &str| row.try_get::<String>("", name).expect("a text");
        let pattern = Pattern {
            order: text("o"),
            checkout: text("c"),
            fee: text("f"),
            report: text("r"),
            amount_fen: row.try_get("", "a").expect("fen"),
        };
        let attempt = ask("SELECT id AS id FROM payment_attempts WHERE state = 'pending' ORDER BY id LIMIT 1").await;
        let attempt = attempt.try_get("", "id").expect("a text");
        Self { database, pattern, attempt, rounds: Vec::new() }
    }

    /// What each of its fees costs, fen.
    pub fn amount_fen(&self) -> i64 {
        self.pattern.amount_fen
    }

    /// The unit of everything that it writes.
    pub async fn unit(&self) -> String {
        let question = self.statement("SELECT unit_id AS u FROM orders WHERE id = $1", vec![text(&self.pattern.order)]);
        let row = self.database.reader().query_one_raw(question).await.expect("an answer").expect("the pattern");
        row.try_get("", "u").expect("a text")
    }

    /// A fee is posted; every second one is ordered, paid and looked at. Each step is committed or refused for a while;
    /// anything else is a failure of the test. Whether nothing was refused.
    pub async fn work(&mut self) -> bool {
        let number = self.rounds.len();
        let mut round = Round::default();
        if let Err(error) = self.one_round(&mut round, number).await {
            assert!(is_outage(&error), "refused for good in round {number}: {error}");
            round.is_refused = true;
        }
        let whole = !round.is_refused;
        self.rounds.push(round);
        whole
    }

    async fn one_round(&self, round: &mut Round, number: usize) -> Result<(), DbErr> {
        let now = self.now().await?;
        let (fee, report) = (new_id_text("fee"), new_id_text("rpt"));
        self.post(&fee, &report, now).await?;
        round.fee = Some(fee.clone());
        if number % 2 == 1 {
            return Ok(());
        }
        let order = new_id_text("ord");
        self.order(&order, &fee, &report, now).await?;
        round.order = Some(order.clone());
        self.pay(&order, &fee, &report, now).await?;
        round.is_paid = true;
        self.look(&order).await
    }

    /// A moment of before: later ones would lie in the future of whoever reads.
    async fn now(&self) -> Result<i64, DbErr> {
        let question =
            self.statement("SELECT updated_at AS t FROM orders WHERE id = $1", vec![text(&self.pattern.order)]);
        let row = self.database.reader().query_one_raw(question).await?.expect("the pattern");
        row.try_get("", "t")
    }

    async fn post(&self, fee: &str, report: &str, now: i64) -> Result<(), DbErr> {
        let pattern = &self.pattern;
        let of_report = [
            ("id", text(report)),
            ("external_id", text(report)),
            ("report_no", text(report)),
            ("order_id", nothing()),
            ("created_at", now.into()),
        ];
        let of_fee = [
            ("id", text(fee)),
            ("external_id", text(fee)),
            ("report_id", text(report)),
            ("report_no", text(report)),
            ("state", text("payable")),
            ("order_id", nothing()),
            ("posted_at", now.into()),
        ];
        self.write(vec![
            self.copy("reports", &of_report, &[("id", &pattern.report)]),
            self.copy("fees", &of_fee, &[("id", &pattern.fee)]),
        ])
        .await
    }

    async fn order(&self, order: &str, fee: &str, report: &str, now: i64) -> Result<(), DbErr> {
        let pattern = &self.pattern;
        let checkout = new_id_text("chk");
        let lock =
            "UPDATE fees SET state = 'locked', order_id = $1, updated_at = $2 WHERE id = $3 AND state = 'payable'";
        let of_order = [
            ("id", text(order)),
            ("order_no", text(order)),
            ("checkout_id", text(&checkout)),
            ("amount_fen", pattern.amount_fen.into()),
            ("fee_count", 1_i64.into()),
        ];
        let of_line = [
            ("order_id", text(order)),
            ("position", 0_i64.into()),
            ("fee_id", text(fee)),
            ("report_id", text(report)),
            ("report_no", text(report)),
        ];
        self.write(vec![
            self.statement(lock, vec![text(order), now.into(), text(fee)]),
            self.copy(
                "checkouts",
                &[("id", text(&checkout)), ("client_key", text(&checkout))],
                &[("id", &pattern.checkout)],
            ),
            self.copy("orders", &of_order, &[("id", &pattern.order)]),
            self.copy("order_lines", &of_line, &[("order_id", &pattern.order), ("fee_id", &pattern.fee)]),
        ])
        .await
    }

    /// An attempt is made and committed, and then what WeChat tells of it is booked.
    async fn pay(&self, order: &str, fee: &str, report: &str, now: i64) -> Result<(), DbErr> {
        let attempt = new_id_text("att");
        let of_attempt = [
            ("id", text(&attempt)),
            ("order_id", text(order)),
            ("client_key", text(&attempt)),
            ("out_trade_no", text(&attempt)),
            ("amount_fen", self.pattern.amount_fen.into()),
        ];
        self.write(vec![self.copy("payment_attempts", &of_attempt, &[("id", &self.attempt)])]).await?;
        let of_attempt = "UPDATE payment_attempts SET state = 'paid', transaction_id = $1, paid_at = $2, updated_at = $3 \
                          WHERE id = $4 AND state = 'pending'";
        let of_order = "UPDATE orders SET state = 'paid', paid_at = $1, paid_attempt_id = $2, paid_by = 'attempt', \
                        paid_reference = $3, updated_at = $4 WHERE id = $5 AND state = 'pending_payment'";
        let of_fee = "UPDATE fees SET state = 'paid', paid_at = $1, updated_at = $2 WHERE id = $3 AND state = 'locked'";
        let of_report = "UPDATE reports SET released_at = $1, order_id = $2 WHERE id = $3 AND released_at IS NULL";
        self.write(vec![
            self.statement(of_attempt, vec![text(&attempt), now.into(), now.into(), text(&attempt)]),
            self.statement(of_order, vec![now.into(), text(&attempt), text(&attempt), now.into(), text(order)]),
            self.statement(of_fee, vec![now.into(), now.into(), text(fee)]),
            self.statement(of_report, vec![now.into(), text(order), text(report)]),
        ])
        .await
    }

    /// Reads every column that it knows of what it has just written.
    async fn look(&self, order: &str) -> Result<(), DbErr> {
        let question = format!("SELECT {} FROM orders WHERE id = $1", columns_of("orders").join(", "));
        let row = self.database.reader().query_one_raw(self.statement(&question, vec![text(order)])).await?;
        let row = row.expect("what was committed is there");
        assert_eq!(row.try_get::<String>("", "state")?, "paid");
        assert_eq!(row.try_get::<i64>("", "amount_fen")?, self.pattern.amount_fen);
        Ok(())
    }

    /// One transaction; each statement concerns exactly one row.
    async fn write(&self, statements: Vec<Statement>) -> Result<(), DbErr> {
        let transaction = self.database.begin_write().await?;
        for statement in statements {
            let sql = statement.sql.clone();
            let done = transaction.execute_raw(statement).await?;
            assert_eq!(done.rows_affected(), 1, "{sql}");
        }
        transaction.commit().await
    }

    /// A row like the one with these keys, with other values in some of the columns that this release knew.
    fn copy(&self, table: &str, changed: &[(&str, Value)], keys: &[(&str, &String)]) -> Statement {
        let columns = columns_of(table);
        let mut values = Vec::new();
        let mut place = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        let cells: Vec<String> = columns
            .iter()
            .map(|column| match changed.iter().find(|(name, _)| name == column) {
                Some((_, value)) => place(value.clone()),
                None => column.clone(),
            })
            .collect();
        let keys: Vec<String> = keys.iter().map(|(name, key)| format!("{name} = {}", place(text(key)))).collect();
        let (columns, cells, keys) = (columns.join(", "), cells.join(", "), keys.join(" AND "));
        self.statement(&format!("INSERT INTO {table} ({columns}) SELECT {cells} FROM {table} WHERE {keys}"), values)
    }

    fn statement(&self, sql: &str, values: Vec<Value>) -> Statement {
        Statement::from_sql_and_values(self.database.reader().get_database_backend(), sql, values)
    }
}

fn text(value: &str) -> Value {
    value.into()
}

fn nothing() -> Value {
    None::<String>.into()
}

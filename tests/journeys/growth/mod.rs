//! What stays fast when the years pile up (156 million reports in a nation): every statement behind the doors that people,
//! WeChat and the workers use all day is asked for its plan, over tables of tens of thousands of rows. The statements are
//! those that the product sends, heard where they leave for the database.

mod heard;
mod plan;
mod rows;

use foundation::calendar::beijing_date;
use foundation::scratch::ScratchDatabase;
use sea_orm::Statement;
use serde_json::{Value, json};
use tejian::accounts::{AccountId, UnitId};
use tejian::ended_sessions::{Whose, forget_page};
use tejian::staff::Role;

use crate::seed::checkout;
use crate::staff_world::Desk;
use crate::world::{Phone, World};
use heard::Heard;
use plan::{Bounds, verdict};
use rows::{ORDERS, UNITS, id};

/// A page of a list, a look-up, a conditional update.
const FEW: Bounds = Bounds { buffers: 200, may_sort: true, may_walk: false, may_read_whole: &[] };
/// Rows that come in the order of their index.
const PAGE: Bounds = Bounds { may_sort: false, ..FEW };

/// A world that has been open for years, and ears.
struct Years {
    world: World,
    heard: Heard,
    complaints: Vec<String>,
    /// What each door cost most, in pages of 8 KiB; PostgreSQL only.
    costs: Vec<(String, i64)>,
}

impl Years {
    async fn begin() -> Years {
        let heard = Heard::default();
        let ears = heard.clone();
        let database = ScratchDatabase::create().await.expect("a database of its own");
        let world =
            World::start_over(database, |database| database.on_statement(move |told| ears.keep(told)), |_| ()).await;
        rows::fill(&world).await;
        heard.take();
        Years { world, heard, complaints: Vec::new(), costs: Vec::new() }
    }

    /// The owner of the large unit, signed in.
    async fn large_owner(&self) -> Phone {
        self.owner(UNITS - 1).await
    }

    async fn owner(&self, number: i64) -> Phone {
        let account = AccountId::from_stored(id("acc", number));
        let unit = UnitId::from_stored(id("unt", number));
        let phone = self.world.phone(&account, &unit, &self.world.wechat.people()[0].mp_openid).await;
        self.heard.take();
        phone
    }

    async fn officer(&self, login: &str, roles: &[Role]) -> Desk {
        let desk = self.world.staff(login, roles).await;
        self.heard.take();
        desk
    }

    async fn read(&mut self, phone: &Phone, path: &str) -> Value {
        let answer = self.world.get(phone, path).await;
        if !answer.status.is_success() {
            self.complaints.push(format!("{path} was refused: {}", answer.body));
        }
        answer.body
    }

    async fn read_as(&mut self, desk: &mut Desk, path: &str) -> Value {
        let answer = desk.caller.get(&format!("/staff/v1{path}")).await;
        if !answer.status.is_success() {
            self.complaints.push(format!("{path} was refused: {}", answer.text()));
            return Value::Null;
        }
        answer.value()
    }

    /// Judges what was heard since the last time.
    async fn judge(&mut self, door: &str, bounds: Bounds) {
        let statements = self.heard.take();
        self.judge_these(door, statements, bounds).await;
    }

    async fn judge_these(&mut self, door: &str, statements: Vec<Statement>, bounds: Bounds) {
        let reader = self.world.app.database.reader();
        let (mut heard_any, mut dearest) = (false, 0);
        for statement in &statements {
            heard_any = true;
            let verdict = verdict(reader, statement, bounds).await;
            dearest = dearest.max(verdict.buffers);
            self.complaints.extend(verdict.complaints.into_iter().map(|what| format!("{door}: {what}")));
        }
        assert!(heard_any, "nothing was heard behind {door}");
        self.costs.push((door.to_owned(), dearest));
        self.heard.take();
    }

    /// Fails with everything that is wrong; otherwise tells what each door cost (`--no-capture` shows it).
    fn end(self) {
        for (door, buffers) in self.costs.iter().filter(|(_, buffers)| *buffers > 0) {
            println!("{buffers:>6} buffers  {door}");
        }
        assert!(self.complaints.is_empty(), "{} complaints:\n{}", self.complaints.len(), self.complaints.join("\n"));
    }
}

/// A list, its first page, and a page far down.
async fn read_on(years: &mut Years, phone: &Phone, path: &str, bounds: Bounds) {
    let first = years.read(phone, path).await;
    years.judge(path, bounds).await;
    let Some(next) = first["next"].as_str() else { return };
    let sign = if path.contains('?') { '&' } else { '?' };
    years.read(phone, &format!("{path}{sign}after={next}")).await;
    years.judge(&format!("{path}, further down"), bounds).await;
}

/// An order of half a hundred of the large unit's fees: by their ids, not by comparing all that it owes with each of them.
async fn order_many(years: &mut Years, phone: &Phone) {
    let listed = years.world.get(phone, "/api/v1/fees?limit=50").await.ok();
    years.heard.take();
    let items = listed["items"].as_array().expect("fees");
    let fees: Vec<String> = items.iter().map(|fee| fee["id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(fees.len(), 50, "the large unit owes more than that");
    years.world.post(phone, "/api/v1/checkouts", checkout("key-00000002", &fees, 50 * 60_500)).await.ok();
    years.judge("a checkout of many", Bounds { buffers: 1_000, ..FEW }).await;
}

#[tokio::test]
async fn payers_find_look_and_pay_without_reading_whatever_is_not_theirs() {
    let mut years = Years::begin().await;
    let phone = years.large_owner().await;
    // The rows of this unit, a tenth of all, and no others: at most so many pages, and they may be put in order.
    let list = Bounds { buffers: 5_000, may_sort: true, ..FEW };
    for path in [
        "/api/v1/fees",
        "/api/v1/fees?q=%E7%94%B5%E6%A2%AF",
        "/api/v1/fees?q=%E4%B9%98%E5%AE%A2%E7%94%B5",
        "/api/v1/fees?q=tj202610000039",
        "/api/v1/reports",
        "/api/v1/reports?year=2026",
        "/api/v1/reports?q=%E7%94%B5%E6%A2%AF",
        "/api/v1/orders",
        "/api/v1/orders?tab=completed",
        "/api/v1/orders?year=2026",
        "/api/v1/orders?tab=pending_payment",
        "/api/v1/orders?q=tj20000019",
        "/api/v1/invoices",
        "/api/v1/messages",
        "/api/v1/home",
        "/api/v1/session",
        "/api/v1/members",
    ] {
        read_on(&mut years, &phone, path, list).await;
    }
    let small = years.owner(3).await;
    for path in ["/api/v1/fees", "/api/v1/reports", "/api/v1/orders", "/api/v1/messages", "/api/v1/home"] {
        read_on(&mut years, &small, path, FEW).await;
    }
    for path in ["", "/lines", "/reports", "/payment-state"] {
        let path = format!("/api/v1/orders/{}{path}", id("ord", 9));
        read_on(&mut years, &phone, &path, FEW).await;
    }
    order_many(&mut years, &phone).await;
    years.end();
}

#[tokio::test]
async fn an_order_is_made_paid_told_of_and_refunded_by_keys() {
    let mut years = Years::begin().await;
    let phone = years.large_owner().await;
    let listed = years.world.get(&phone, "/api/v1/fees").await.ok();
    years.heard.take();
    let fee = listed["items"][0]["id"].as_str().expect("a fee").to_owned();
    let made = years.world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &[fee], 60_500)).await.ok();
    years.judge("a checkout", FEW).await;
    let order = made["orders"][0]["id"].as_str().expect("an order").to_owned();
    let opened = json!({ "key": "tap-00000001", "channel": "jsapi" });
    let payment = years.world.post(&phone, &format!("/api/v1/orders/{order}/payments"), opened).await.ok();
    years.judge("a payment is opened", FEW).await;
    years.world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
    years.world.wechat.deliver_due().await;
    years.judge("a notice of a payment", FEW).await;
    years.world.settle().await;
    years.judge("jobs after a payment", FEW).await;
    years.world.pass_minutes(72 * 60).await;
    // Five hundred of twenty thousand at once are read faster as a whole.
    let by_the_hundred = Bounds { buffers: 1_500, may_read_whole: &["webhook_deliveries", "webhook_events"], ..FEW };
    years.judge("three days later", by_the_hundred).await;
    let paid = years.world.get(&phone, &format!("/api/v1/orders/{order}/payment-state")).await.ok();
    assert_eq!(paid["state"], "paid");
    years.end();
}

#[tokio::test]
async fn officers_lists_searches_and_counts_do_not_read_whole_tables() {
    let mut years = Years::begin().await;
    let mut auditor = years.officer("auditor", &[Role::Auditor]).await;
    let walk = Bounds { may_walk: true, ..FEW };
    // Part of a name of a unit or an account, and of what a bank wrote: millions at most in a nation, and read in a second
    // or two.
    let names: &[&str] = match years.world.app.database.is_sqlite() {
        // One institute: staff's words are looked for in the texts themselves.
        true => &["accounts", "bank_transactions", "units", "orders", "invoices"],
        false => &["accounts", "bank_transactions", "units"],
    };
    let search = Bounds { buffers: 3_000, may_sort: true, may_walk: true, may_read_whole: names };
    let by_days: &[&str] = if years.world.app.database.is_sqlite() { &["message_deliveries"] } else { &[] };
    let figures = Bounds { buffers: 1_500, may_read_whole: by_days, ..FEW };
    let pages = [
        ("/fees", walk),
        ("/fees?state=payable", walk),
        ("/fees?state=paid", walk),
        ("/fees?q=%E7%94%B5%E6%A2%AF", search),
        ("/fees?q=%E4%B9%98%E5%AE%A2%E7%94%B5", search),
        ("/fees?q=tj202610020039", search),
        ("/fees?q=%E7%89%A9%E4%B8%9A4711%E6%9C%89", search),
        ("/fees?q=%E7%81%AB%E7%AE%AD", search),
        ("/reports", walk),
        ("/reports?q=%E7%94%B5%E6%A2%AF", search),
        ("/reports?q=tj202610020039", search),
        ("/reports?q=%E7%81%AB%E7%AE%AD", search),
        ("/orders", walk),
        ("/orders?state=paid", walk),
        ("/orders?state=void", walk),
        // The orders of the days are found, and then put in order.
        ("/orders?from=2026-07-01&to=2026-07-31", search),
        ("/orders?from=2024-01-01&to=2024-01-31", search),
        // Orders that wait are among the newest.
        ("/orders?takes_money=true", search),
        ("/orders?q=tj20007777", search),
        ("/orders?q=%E7%81%AB%E7%AE%AD", search),
        ("/invoices", walk),
        ("/invoices?state=failed", walk),
        ("/refunds", walk),
        ("/refunds?state=processing", walk),
        ("/channel-events", walk),
        ("/messages", walk),
        ("/messages?state=dead", walk),
        ("/audit", walk),
        ("/audit?object=ord_77", walk),
        ("/audit?actor=stf_7", walk),
        ("/bank/transactions?state=open", walk),
        ("/reviews", walk),
        ("/worklist", FEW),
        ("/worklist/items", walk),
        ("/webhooks", walk),
        ("/webhooks?state=dead", walk),
        ("/imports", walk),
        ("/units?q=U77", search),
        ("/customers?q=U77", search),
        ("/search?q=TJ20007777", search),
        ("/search?q=4200010000077", search),
        ("/dashboard?from=2026-07-01&to=2026-07-31", figures),
    ];
    for (path, bounds) in pages {
        let first = years.read_as(&mut auditor, path).await;
        years.judge(path, bounds).await;
        if let Some(next) = first["next"].as_str() {
            let sign = if path.contains('?') { '&' } else { '?' };
            years.read_as(&mut auditor, &format!("{path}{sign}after={next}")).await;
            years.judge(&format!("{path}, further down"), bounds).await;
        }
    }
    let order = id("ord", ORDERS - 3);
    years.read_as(&mut auditor, &format!("/orders/{order}")).await;
    years.judge("an order's page", FEW).await;
    for list in ["orders.xlsx?state=pending_payment", "fees.xlsx?state=locked", "audit.xlsx?actor=stf_7"] {
        let path = format!("/staff/v1/exports/{list}");
        let file = auditor.caller.get(&path).await;
        assert!(file.status.is_success(), "{path}: {}", file.text());
        years.judge(&path, walk).await;
    }
    years.end();
}

#[tokio::test]
async fn what_runs_by_itself_finds_its_work_by_index() {
    let mut years = Years::begin().await;
    years.world.app.workers().run_due().await.expect("nothing is due");
    years.judge("workers look", FEW).await;
    let metrics = format!("{}/metrics", years.world.base_url);
    years.world.http.get(metrics).send().await.expect("figures");
    years.judge("figures for alarms", FEW).await;
    years.world.clock.advance_ms(86_400_000);
    let day = beijing_date(years.world.app.now_ms()).previous_day().expect("a day");
    let _no_bill = tejian::reconciliation::run(&years.world.app, day).await;
    years.judge("a day is compared", Bounds { may_sort: true, ..FEW }).await;
    for source in &tejian::archive::SOURCES {
        tejian::archive::prepare(&years.world.app, source).await.expect("a file");
        years.judge(source.code, Bounds { buffers: 2_500, ..PAGE }).await;
    }
    years.world.settle().await;
    years.judge("the next morning", Bounds { may_sort: true, ..FEW }).await;
    let before = years.world.app.now_ms() - foundation::jobs::FINISHED_KEPT_DAYS * 86_400_000;
    foundation::jobs::forget_finished(&years.world.app.database, before, &[], 100).await.expect("a page");
    years.judge("finished jobs are forgotten", Bounds { buffers: 1_500, ..FEW }).await;
    for whose in [Whose::Payers, Whose::Officers] {
        forget_page(&years.world.app.database, whose, 0, before, 100).await.expect("a page");
        years.judge("sign-ins that ended are forgotten", Bounds { buffers: 1_500, ..PAGE }).await;
    }
    years.end();
}

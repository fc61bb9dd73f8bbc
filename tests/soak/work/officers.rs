//! The institute's people: the bank clerk with his statements, the counter, and those who give money back and mend receipts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tejian::staff::{self, NewOfficer, Role};

use crate::stage::Stage;
use crate::tally::Group;
use crate::work::http::{Answer, Door};
use crate::work::{Work, receipts, refunds, remittances};

pub(super) const PAUSE: Duration = Duration::from_millis(700);
/// Lines of one statement.
const LINES: usize = 5;

/// Signs everybody in and gives their work.
pub async fn all(stage: &Arc<Stage>, seed: u64, over: &Arc<AtomicBool>) -> anyhow::Result<Vec<Work>> {
    let officer = |login: &'static str, role| Officer::sign_in(stage.clone(), login, role);
    let random = StdRng::seed_from_u64(seed ^ 0x0FF1CE);
    Ok(vec![
        Box::pin(import_statements(officer("bank", Role::Cashier).await?, random.clone(), over.clone())),
        Box::pin(take_cash(officer("counter", Role::CounterClerk).await?, over.clone())),
        Box::pin(refunds::propose(officer("cashier", Role::Cashier).await?, random.clone(), over.clone())),
        Box::pin(refunds::approve(officer("reviewer", Role::FinanceReviewer).await?, over.clone())),
        Box::pin(refunds::pay_out(officer("payer", Role::Cashier).await?, over.clone())),
        Box::pin(receipts::look_after(officer("receipts", Role::InvoiceClerk).await?, random, over.clone())),
        Box::pin(remittances::approve(officer("comparer", Role::FinanceReviewer).await?, over.clone())),
    ])
}

/// Somebody at a desk.
pub(super) struct Officer {
    pub(super) stage: Arc<Stage>,
    door: Door,
    cookie: String,
    password: String,
    secret: String,
}

impl Officer {
    async fn sign_in(stage: Arc<Stage>, login: &str, role: Role) -> anyhow::Result<Self> {
        let new = NewOfficer { login: login.to_owned(), display_name: format!("员工{login}"), roles: vec![role] };
        let password = staff::add(&stage.app, new).await?;
        let door = stage.door();
        let mut officer = Self { stage, door, cookie: String::new(), password, secret: String::new() };
        let body = json!({ "login": login, "password": officer.password });
        officer.enter("/session", &body).await?;
        let enrolment = officer.enter("/session/enrol", &json!({})).await?;
        officer.secret = enrolment["secret"].as_str().context("a secret")?.to_owned();
        let code = officer.code()?;
        officer.enter("/session/enrol/confirm", &json!({ "code": code })).await?;
        let own = format!("{login}-own-2026");
        officer.enter("/password", &json!({ "current_password": officer.password, "new_password": own })).await?;
        officer.password = own;
        Ok(officer)
    }

    fn code(&self) -> anyhow::Result<String> {
        staff::current_code(&self.secret, self.stage.app.now_ms()).context("a code")
    }

    /// A step of signing in.
    async fn enter(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.post(path, body).await?.context("an answer")?;
        anyhow::ensure!(answer.status.is_success(), "{path}: {}", answer.body);
        Ok(answer.body)
    }

    fn with_cookie(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("cookie", &self.cookie)
    }

    async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Option<Answer>> {
        let path = format!("/staff/v1{path}");
        let answer = self.door.ask(|door| self.with_cookie(door.request(Method::POST, &path)).json(body)).await?;
        if let Some(cookie) = answer.as_ref().and_then(|answer| answer.cookie.clone()) {
            self.cookie = cookie;
        }
        Ok(answer)
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Option<Value>> {
        let path = format!("/staff/v1{path}");
        let answer = self.door.ask(|door| self.with_cookie(door.request(Method::GET, &path))).await?;
        Ok(answer.and_then(Answer::success))
    }

    /// A dangerous act: when password and code are wanted again, they are given with the next code, for a code works once.
    pub(super) async fn dangerous(&mut self, path: &str, body: &Value) -> anyhow::Result<Option<Answer>> {
        loop {
            let answer = self.post(path, body).await?;
            let asked_again = answer.as_ref().is_some_and(|answer| answer.code() == "step_up_needed");
            if !asked_again {
                return Ok(answer);
            }
            let used = self.code()?;
            while self.code()? == used {
                tokio::time::sleep(PAUSE).await;
            }
            let proof = json!({ "password": self.password, "code": self.code()? });
            let proved = self.post("/session/step-up", &proof).await?;
            self.count("proofs before dangerous acts", proved.as_ref());
        }
    }

    pub(super) fn count(&self, what: &str, answer: Option<&Answer>) {
        match answer {
            Some(answer) if answer.status.is_success() => self.stage.tally.done(what),
            Some(answer) => self.stage.tally.refused(&format!("{what}: {}", answer.code())),
            None => self.stage.tally.refused(&format!("{what}: no answer")),
        }
    }
}

/// Money of transfers arrives, a few lines at a time; a statement without an answer is handed in again, and some are handed
/// in twice for no reason.
async fn import_statements(clerk: Officer, mut random: StdRng, over: Arc<AtomicBool>) -> anyhow::Result<()> {
    let mut lines: Vec<String> = Vec::new();
    let mut serial = 0_u64;
    while !over.load(Ordering::SeqCst) || !lines.is_empty() {
        tokio::time::sleep(PAUSE).await;
        while lines.len() < LINES
            && let Some(order) = clerk.stage.errands.bank.take()
        {
            match clerk.stage.payment_code(&order).await? {
                Some((code, amount_fen)) => {
                    serial += 1;
                    let yuan = format!("{}.{:02}", amount_fen / 100, amount_fen % 100);
                    lines.push(format!("2026-08-03,{yuan},某物业公司,检验费 {code},SOAK{serial}"));
                }
                None => {
                    clerk.stage.errands.bank.add(order);
                    break;
                }
            }
        }
        if lines.is_empty() {
            continue;
        }
        let statement = format!("交易日期,贷方金额,对方户名,附言,交易流水号\n{}\n", lines.join("\n"));
        let answer = hand_in(&clerk, &statement).await?;
        clerk.count("bank statements", answer.as_ref());
        if answer.is_some_and(|answer| answer.status.is_success()) {
            clerk.stage.tally.add(Group::Done, "transfers that arrived", lines.len() as u64);
            if random.random_bool(0.3) {
                let again = hand_in(&clerk, &statement).await?;
                clerk.count("bank statements handed in twice", again.as_ref());
            }
            lines.clear();
        }
    }
    Ok(())
}

async fn hand_in(clerk: &Officer, statement: &str) -> anyhow::Result<Option<Answer>> {
    let boundary = "a-boundary-that-occurs-nowhere-else";
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"soak.csv\"\r\nContent-Type: text/csv\r\n\r\n\
         {statement}\r\n--{boundary}--\r\n"
    );
    let build = |door: &Door| {
        clerk
            .with_cookie(door.request(Method::POST, "/staff/v1/bank/statements"))
            .header("content-type", format!("multipart/form-data; boundary={boundary}"))
            .body(body.clone())
    };
    clerk.door.ask(build).await
}

async fn take_cash(mut clerk: Officer, over: Arc<AtomicBool>) -> anyhow::Result<()> {
    while !over.load(Ordering::SeqCst) {
        tokio::time::sleep(PAUSE).await;
        let Some(order) = clerk.stage.errands.counter.take() else { continue };
        let amount_fen = clerk.stage.number(&format!("SELECT amount_fen FROM orders WHERE id = '{order}'")).await?;
        let body = json!({ "key": format!("soak-{order}"), "kind": "cash", "amount_fen": amount_fen });
        let answer = clerk.post(&format!("/orders/{order}/counter-payments"), &body).await?;
        clerk.count("payments at the counter", answer.as_ref());
    }
    Ok(())
}

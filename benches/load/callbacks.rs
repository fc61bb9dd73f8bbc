//! Payment notices: signed and encrypted as WeChat does, each for an order of its own, booked exactly once.

use std::ops::Range;

use foundation::ids::new_id_text;
use serde_json::json;
use simulator::Identities;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wechat::crypto::aead;
use wechat::crypto::keys::SigningKey;
use wechat::pay::notices::{EncryptedResource, Envelope};
use wechat::pay::verification::SignatureHeaders;

use crate::driver::{End, Outcome, drive, named, request};
use crate::report::{Report, Row};
use crate::seed::{BASE, FEE_FEN, FEES_PER_ORDER, id, waiting_orders};
use crate::settings::Settings;
use crate::settlement::Settlement;
use crate::stage::Stage;

const CONNECTIONS: [usize; 3] = [1, 16, 64];
const PATH: &str = "/wechat/pay/notify/payment";
/// Orders of the run that finds out how many are needed.
const TRIAL: i64 = 200;

/// Hands out numbers of orders nobody used yet.
pub struct Orders {
    next: i64,
    units: i64,
}

impl Orders {
    /// None are taken.
    pub fn new(units: i64) -> Self {
        Self { next: 0, units }
    }

    /// The numbers of the next `count` orders.
    pub fn next_range(&self, count: i64) -> Range<i64> {
        self.next..self.next + count
    }

    /// Makes `count` orders that wait for their payment.
    pub fn make(&mut self, stage: &Stage, count: i64) -> anyhow::Result<Range<i64>> {
        let range = self.next_range(count);
        waiting_orders(stage, range.start, range.end, self.units)?;
        self.next = range.end;
        Ok(range)
    }
}

/// Measures notices beside the limits of the database, in turn.
pub fn measure(stage: &Stage, settings: &Settings, orders: &mut Orders, report: &mut Report) -> anyhow::Result<()> {
    let mut expected = Vec::new();
    for connections in CONNECTIONS {
        // A short run tells how many orders a run of the wanted length needs.
        let trial = book(stage, orders, connections, TRIAL * (connections as i64).min(8), 1)?;
        expected.push((trial.per_second() * settings.duration.as_secs_f64()) as i64 + connections as i64);
    }
    for round in 0..settings.rounds {
        for (connections, count) in CONNECTIONS.into_iter().zip(&expected) {
            let name = named("payment notice", connections);
            let outcome = book(stage, orders, connections, *count, 1)?;
            report.add(stage, &name, Row::of(&outcome, 1.0));
            for settlement in Settlement::ALL {
                let limit = settlement.measure(stage, orders, connections, *count)?;
                report.add_limit(stage, &name, settlement.name(stage), limit);
            }
        }
        let twice = book(stage, orders, 64, expected[2] / 2, 2)?;
        report.add(stage, "payment notice, each sent twice at once, 64 connections", Row::of(&twice, 1.0));
        refuse(stage, settings, report)?;
        report.progress(&format!("{}: notices, round {} of {}", stage.name, round + 1, settings.rounds));
    }
    Ok(())
}

/// Sends the notices of `count` new orders, each so many times, and checks what is in the books afterwards.
pub fn book(
    stage: &Stage,
    orders: &mut Orders,
    connections: usize,
    count: i64,
    times: usize,
) -> anyhow::Result<Outcome> {
    let range = orders.make(stage, count)?;
    let notices = sign_all(stage, range.clone())?;
    let requests: Vec<Vec<u8>> = notices.into_iter().flat_map(|notice| std::iter::repeat_n(notice, times)).collect();
    let outcome = drive(stage, connections, &requests, End::AfterAll, 204)?;
    check_books(stage, &range)?;
    Ok(outcome)
}

/// Every order of the range is paid exactly once, with everything that belongs to it.
fn check_books(stage: &Stage, range: &Range<i64>) -> anyhow::Result<()> {
    let count = range.end - range.start;
    let (first, last) = (id("ord", range.start), id("ord", range.end - 1));
    let between = format!("BETWEEN '{first}' AND '{last}'");
    let attempts = format!("payment_attempts WHERE order_id {between} AND state = 'paid'");
    let (first_number, last_number) = (BASE + range.start, BASE + range.end - 1);
    let fees = count * FEES_PER_ORDER;
    let checks = [
        (format!("SELECT COUNT(*) FROM orders WHERE id {between} AND state = 'paid'"), count),
        (format!("SELECT COUNT(*) FROM {attempts}"), count),
        (format!("SELECT COUNT(DISTINCT transaction_id) FROM {attempts}"), count),
        (format!("SELECT COUNT(*) FROM fees WHERE order_id {between} AND state = 'paid'"), fees),
        (format!("SELECT COUNT(*) FROM reports WHERE order_id {between} AND released_at IS NOT NULL"), fees),
        (format!("SELECT COUNT(*) FROM order_events WHERE order_id {between} AND kind = 'paid'"), count),
        (
            format!(
                "SELECT COUNT(*) FROM channel_events WHERE state = 'applied' AND out_trade_no BETWEEN 'B{first_number}' AND 'B{last_number}'"
            ),
            count,
        ),
        ("SELECT COUNT(*) FROM refunds".to_owned(), 0),
    ];
    for (query, expected) in checks {
        let found = stage.number(&query)?;
        anyhow::ensure!(found == expected, "{found} instead of {expected}: {query}");
    }
    Ok(())
}

/// Refused for their signature, before the database hears of them.
fn refuse(stage: &Stage, settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let before = stage.number("SELECT COUNT(*) FROM channel_events")?;
    let signer = Signer::new(stage)?;
    let body = signer.body(1)?;
    let other = signer.body(2)?;
    let forged = signer.request(&other, &body);
    let outcome = drive(stage, 16, &[forged], End::After(settings.duration), 401)?;
    let after = stage.number("SELECT COUNT(*) FROM channel_events")?;
    anyhow::ensure!(before == after, "a forged notice was stored");
    report.add(stage, "forged payment notice refused, 16 connections", Row::of(&outcome, 1.0));
    Ok(())
}

/// Two threads sign: a signature costs more than anything else here.
fn sign_all(stage: &Stage, range: Range<i64>) -> anyhow::Result<Vec<Vec<u8>>> {
    let middle = range.start + (range.end - range.start) / 2;
    let signer = Signer::new(stage)?;
    let sign = |part: Range<i64>| -> anyhow::Result<Vec<Vec<u8>>> {
        part.map(|number| signer.body(number).map(|body| signer.request(&body, &body))).collect()
    };
    std::thread::scope(|scope| {
        let second = scope.spawn(|| sign(middle..range.end));
        let mut signed = sign(range.start..middle)?;
        signed.extend(second.join().map_err(|_| anyhow::anyhow!("signing failed"))??);
        Ok(signed)
    })
}

/// WeChat's side of a notice.
struct Signer {
    identities: Identities,
    key: SigningKey,
    now: OffsetDateTime,
}

impl Signer {
    fn new(stage: &Stage) -> anyhow::Result<Self> {
        let identities = Identities::fixed();
        let key = SigningKey::from_pem(&identities.public_key_private_pem)?;
        Ok(Self { identities, key, now: OffsetDateTime::from_unix_timestamp(stage.app.now_ms() / 1_000)? })
    }

    /// The encrypted envelope of the payment of an order.
    fn body(&self, order: i64) -> anyhow::Result<Vec<u8>> {
        let created = self.now.format(&Rfc3339)?;
        let amount_fen = FEE_FEN * FEES_PER_ORDER;
        let plaintext = json!({
            "mchid": self.identities.mch_id,
            "appid": self.identities.mp.app_id,
            "out_trade_no": format!("B{}", BASE + order),
            "transaction_id": format!("4200002026{}{order:06}", BASE + order),
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功",
            "bank_type": "OTHERS",
            "attach": format!("WTB{order}"),
            "success_time": created,
            "payer": { "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
            "amount": { "total": amount_fen, "payer_total": amount_fen, "currency": "CNY", "payer_currency": "CNY" },
        });
        let nonce = format!("{:012}", BASE + order);
        let associated_data = "transaction";
        let ciphertext = aead::encrypt(
            self.identities.api_v3_key.as_bytes(),
            nonce.as_bytes(),
            associated_data.as_bytes(),
            &serde_json::to_vec(&plaintext)?,
        )?;
        let envelope = Envelope {
            id: new_id_text("notice"),
            create_time: created,
            event_type: "TRANSACTION.SUCCESS".to_owned(),
            resource_type: "encrypt-resource".to_owned(),
            summary: "支付成功".to_owned(),
            resource: EncryptedResource {
                algorithm: aead::ALGORITHM.to_owned(),
                original_type: Some("transaction".to_owned()),
                associated_data: Some(associated_data.to_owned()),
                nonce,
                ciphertext,
            },
        };
        Ok(serde_json::to_vec(&envelope)?)
    }

    /// A notice with `body`, signed over `signed`: right if both are the same.
    fn request(&self, signed: &[u8], body: &[u8]) -> Vec<u8> {
        let nonce = new_id_text("n");
        let serial = &self.identities.public_key_id;
        let headers = SignatureHeaders::sign(&self.key, serial, self.now.unix_timestamp(), &nonce, signed);
        let pairs = headers.to_pairs();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        request("POST", PATH, &pairs, body)
    }
}

//! A small town: one unit with something of everything, and a stranger with a unit of his own.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::operations::{Operation, Samples, operations};
use crate::caller::Caller;
use crate::paying::open_payment;
use crate::previews::{reports_of, sample};
use crate::receipts::upload_report;
use crate::seed::{Class, Seeded, checkout};
use crate::transfers::order_by;
use crate::uploads::{photo, send_whole};
use crate::world::{Phone, World};

/// Everybody and everything.
pub struct Town {
    pub world: World,
    pub resident: Phone,
    pub unit: Seeded,
    pub stranger: Phone,
    pub operations: Vec<Operation>,
    /// What the resident has.
    pub samples: Samples,
}

impl Town {
    /// Builds it: orders unpaid, paid and void, reports, receipts, titles, messages, and a stranger.
    pub async fn build() -> Self {
        let world = World::start_with(|config| {
            // Here many thousand requests come from one address and one phone.
            config.login.sms_per_phone_per_hour = 1_000_000;
            config.login.sms_per_address_per_hour = 1_000_000;
            config.login.sms_per_device_per_hour = 1_000_000;
            config.login.sms_per_day_max = 1_000_000;
        })
        .await;
        let unit = world.seed_unit("渝中受害物业管理有限公司", "13900000001").await;
        let openid = world.wechat.people()[0].mp_openid.clone();
        let resident = world.phone(&unit.applicant, &unit.unit, &openid).await;
        let mut paid = Vec::new();
        for (number, class) in [Class::Nontax, Class::Vat, Class::Nontax, Class::Nontax].into_iter().enumerate() {
            let fees = world.seed_fees(&unit, class, &[10_000 + number as i64]).await;
            let order = order(&world, &resident, &format!("town-key-{number}"), &fees, 10_000 + number as i64).await;
            match number {
                0 | 1 => {
                    pay(&world, &resident, &order).await;
                    paid.push(order);
                }
                2 => drop(world.post(&resident, &format!("/api/v1/orders/{order}/void"), json!({})).await.ok()),
                _ => {}
            }
        }
        order_by(&world, &unit, &resident, Class::Nontax, "transfer", 20_001).await;
        let remitted = order_by(&world, &unit, &resident, Class::Vat, "remitted", 20_002).await;
        let proof = send_whole(&world, &resident, "回单.png", photo(8, 8)).await.ok();
        let draft = json!({ "payer_name": "渝中受害物业管理有限公司", "proof_ids": [proof["id"]] });
        let path = format!("/api/v1/orders/{remitted}/remittance");
        world.ask(&resident, reqwest::Method::PUT, &path, Some(draft)).await.ok();
        world.seed_fees(&unit, Class::Nontax, &[77_700]).await;
        let title =
            json!({ "kind": "organization", "name": "渝中受害物业管理有限公司", "tax_no": "91500000DEM0000145" });
        world.post(&resident, "/api/v1/invoice-titles", title).await.ok();
        world.post(&resident, "/api/v1/registrations", json!({ "kind": "certified" })).await.ok();
        world.settle().await;
        papers(&world, &resident, &paid[0]).await;
        let other = world.seed_unit("江津过路贸易有限公司", "13900000002").await;
        world.seed_fees(&other, Class::Nontax, &[100]).await;
        let stranger_openid = world.wechat.people()[1].mp_openid.clone();
        let stranger = world.phone(&other.applicant, &other.unit, &stranger_openid).await;
        let document = Caller::browser(&world.base_url).get("/openapi.json").await.expect(200);
        let mut samples = Samples { identifiers: BTreeSet::new() };
        let paths = operations(&document, &samples);
        samples.identifiers = identifiers(&world, &resident, &paths).await;
        Self { operations: operations(&document, &samples), samples, world, resident, unit, stranger }
    }
}

/// Every identifier that the resident's lists and pages show.
async fn identifiers(world: &World, resident: &Phone, operations: &[Operation]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut caller = Caller::with_token(&world.base_url, &resident.token);
    let readable = |operation: &&Operation| operation.method == "GET" && operation.path.starts_with("/api/");
    for operation in operations.iter().filter(readable).filter(|operation| !operation.has_id()) {
        collect_identifiers(&caller.get(&operation.path).await.text(), &mut found);
        for tab in ["paid", "completed", "void"] {
            if operation.query.iter().any(|name| name == "tab") {
                collect_identifiers(&caller.get(&format!("{}?tab={tab}", operation.path)).await.text(), &mut found);
            }
        }
    }
    for operation in operations.iter().filter(readable).filter(|operation| operation.has_id()) {
        for id in found.clone() {
            collect_identifiers(&caller.get(&operation.path_with(&id)).await.text(), &mut found);
        }
    }
    found
}

async fn order(world: &World, phone: &Phone, key: &str, fees: &[String], amount_fen: i64) -> String {
    let made = world.post(phone, "/api/v1/checkouts", checkout(key, fees, amount_fen)).await.ok();
    made["orders"][0]["id"].as_str().expect("an order was made").to_owned()
}

/// A report that is there, a link to it, a voucher for it.
async fn papers(world: &World, phone: &Phone, order: &str) {
    let report = reports_of(world, phone, order).await.remove(0);
    upload_report(world, &report, &sample("DT-2026-000001")).await;
    world.post(phone, &format!("/api/v1/reports/{report}/share"), json!({ "days": 7 })).await.ok();
    world.post(phone, "/api/v1/pickup-vouchers", json!({ "report_ids": [report] })).await.ok();
}

async fn pay(world: &World, phone: &Phone, order: &str) {
    let payment: Value = open_payment(world, phone, order, &format!("tap-{}", &order[4..20]), "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("the pay sheet opens");
    world.settle().await;
}

/// Finds `abc_` and 32 hexadecimal digits anywhere in a text.
pub fn collect_identifiers(text: &str, found: &mut BTreeSet<String>) {
    for word in text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '_')) {
        let is_identifier = word.split_once('_').is_some_and(|(prefix, rest)| {
            prefix.len() == 3 && rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        if is_identifier {
            found.insert(word.to_owned());
        }
    }
}

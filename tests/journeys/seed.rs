//! A small world of units, devices, reports and payable fees.

use std::collections::BTreeMap;

use foundation::ids::new_id_text;
use foundation::text::search_form;
use serde_json::Value;
use tejian::accounts::intake::{UnitRecord, ensure_members, ensure_unit_accounts, save_units};
use tejian::accounts::{self, AccountId, Role, UnitId};

use crate::world::World;

/// A unit with its applicant and its own account.
#[derive(Clone)]
pub struct Seeded {
    pub unit: UnitId,
    pub applicant: AccountId,
    pub unit_account: AccountId,
    pub phone: String,
}

/// Which kind of receipt a seeded fee gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Nontax,
    Vat,
}

impl World {
    /// A unit, the person with this phone who applies for it, and its unit account.
    pub async fn seed_unit(&self, name: &str, phone: &str) -> Seeded {
        let now = self.app.now_ms();
        let transaction = self.app.database.begin_write().await.unwrap();
        let external_id = new_id_text("U");
        let record = UnitRecord {
            external_id: external_id.clone(),
            name: name.to_owned(),
            uscc: Some("91500000DEM0000145".to_owned()),
            district_code: None,
            address: None,
            phone: None,
        };
        let unit = UnitId::new();
        save_units(&*transaction, vec![(unit.clone(), record)], now).await.unwrap();
        let applicant = accounts::ensure_person(&*transaction, phone, "测试一号", now).await.unwrap().id;
        let names = BTreeMap::from([(external_id.clone(), name.to_owned())]);
        let unit_account = ensure_unit_accounts(&*transaction, &names, now).await.unwrap()[&external_id].clone();
        let members = BTreeMap::from([
            ((applicant.clone(), unit.clone()), Role::Applicant),
            ((unit_account.clone(), unit.clone()), Role::Owner),
        ]);
        ensure_members(&*transaction, members, now).await.unwrap();
        transaction.commit().await.unwrap();
        Seeded { unit, applicant, unit_account, phone: phone.to_owned() }
    }

    /// Payable fees of the unit; returns their ids.
    pub async fn seed_fees(&self, seeded: &Seeded, class: Class, amounts_fen: &[i64]) -> Vec<String> {
        let payee = match class {
            Class::Nontax => "pye_00000000000000000000000000000001",
            Class::Vat => "pye_00000000000000000000000000000002",
        };
        let class_text = if class == Class::Nontax { "nontax" } else { "vat" };
        let now = self.app.now_ms();
        let mut statements = vec![format!(
            "INSERT INTO payees (id, code, name, account_name, bank_name, bank_account, receipt_class, created_at, updated_at) \
             VALUES ('{payee}', '{class_text}', '示例特检院', '示例特检院', '示例银行', '0000', '{class_text}', {now}, {now}) ON CONFLICT DO NOTHING"
        )];
        let mut ids = Vec::new();
        for amount in amounts_fen {
            let (fee, report) = (new_id_text("fee"), new_id_text("rpt"));
            let unit = &seeded.unit;
            let phone = at_rest(&seeded.phone);
            let number = &report[4..];
            let search = search_form(&format!("示例物业|3110500112201603A021|{number}|曳引驱动乘客电梯"));
            statements.push(format!(
                "INSERT INTO reports (id, external_id, report_no, unit_id, device_id, applicant_phone, unit_name, device_name, device_kind, \
                 registration_code, issued_on, search_text, created_at, updated_at) VALUES ('{report}', '{report}', '{number}', '{unit}', \
                 'dev_1', '{phone}', '示例物业', '曳引驱动乘客电梯', '电梯', '3110500112201603A021', '2026-08-01', '{search}', {now}, {now})"
            ));
            statements.push(format!(
                "INSERT INTO fees (id, external_id, report_id, unit_id, applicant_phone, payee_id, receipt_class, amount_fen, state, report_no, \
                 unit_name, device_name, device_kind, registration_code, search_text, posted_at, updated_at) VALUES ('{fee}', '{fee}', \
                 '{report}', '{unit}', '{phone}', '{payee}', '{class_text}', {amount}, 'payable', '{number}', '示例物业', \
                 '曳引驱动乘客电梯', '电梯', '3110500112201603A021', '{search}', {now}, {now})"
            ));
            ids.push(fee);
        }
        let transaction = self.app.database.begin_write().await.unwrap();
        for statement in statements {
            sea_orm::ConnectionTrait::execute_unprepared(&*transaction, &statement).await.unwrap();
        }
        transaction.commit().await.unwrap();
        ids
    }
}

/// What the confirm page sends.
pub fn checkout(key: &str, fee_ids: &[String], amount_fen: i64) -> Value {
    serde_json::json!({
        "key": key,
        "fee_ids": fee_ids,
        "expected_amount_fen": amount_fen,
        "method": "online",
        "invoice": { "title": { "kind": "organization", "name": "示例物业001有限公司", "tax_no": "91500000DEM0000145" } },
        "delivery": { "kind": "electronic" },
    })
}

/// A phone as the application would have written it.
fn at_rest(phone: &str) -> String {
    match sea_orm::Value::from(foundation::sealed::Findable::from(phone)) {
        sea_orm::Value::String(Some(stored)) => stored,
        other => panic!("a text was expected, not {other:?}"),
    }
}

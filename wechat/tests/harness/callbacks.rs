//! callbacks.json: notices, from raw headers and bytes to the decision whether an order is paid.

use std::collections::HashMap;

use serde_json::Value;
use wechat::pay::{ExpectedPayment, Notice, NoticeError, Transaction, check_business, notices};

use super::answers::{api_v3_key, install, known_keys};
use super::{Folder, Outcome, Tally, body, equal, headers, number, text};

/// Orders by their number. A set of vectors may tell different amounts under one number.
type Orders = HashMap<String, Vec<ExpectedPayment>>;

pub fn run(folder: &Folder) -> Option<Tally> {
    let file = folder.json("callbacks.json")?;
    let orders = orders(folder, &file);
    let mut tally = Tally::new("callbacks.json");
    tally.each(&file["vectors"], |vector| check(folder, vector, &orders));
    Some(tally)
}

/// What our books would hold: an order for every payment that is accepted without reserve.
fn orders(folder: &Folder, file: &Value) -> Orders {
    let accepted = |vector: &&Value| vector["expect"]["verdict"] == "accept" && vector["expect"]["business"].is_null();
    let mut orders = Orders::new();
    for vector in file["vectors"].as_array().into_iter().flatten().filter(accepted) {
        let plain = vector["expect"]["plaintext_utf8"].as_str().unwrap_or_default();
        let Ok(transaction) = serde_json::from_str::<Transaction>(plain) else { continue };
        let Some(amount_fen) = transaction.total_fen() else { continue };
        let order = ExpectedPayment {
            mch_id: folder.key("/mchid").to_owned(),
            app_id: transaction.app_id.clone(),
            out_trade_no: transaction.out_trade_no.clone(),
            amount_fen,
        };
        if transaction.mch_id == order.mch_id && transaction.is_paid() {
            orders.entry(transaction.out_trade_no).or_default().push(order);
        }
    }
    orders
}

fn check(folder: &Folder, vector: &Value, orders: &Orders) -> Outcome {
    let expect = &vector["expect"];
    let now = number(vector, "now")?;
    let (headers, body) = (headers(vector)?, body(vector, "body")?);
    let keyring = known_keys(folder);
    let open = || notices::open(&keyring, &[api_v3_key(folder)], &headers, &body, now);
    let first = open();
    let wanted = text(expect, "verdict")?;
    let result = match (wanted, first) {
        ("accept_after_refresh", Err(NoticeError::Serial(_))) => {
            install(folder, &keyring)?;
            open()
        }
        ("accept_after_refresh", _) => return Err("the serial was not unknown at first".to_owned()),
        (_, first) => first,
    };
    match (wanted, result) {
        ("accept" | "accept_after_refresh", Ok(notice)) => accepted(&notice, expect, orders),
        ("accept" | "accept_after_refresh", Err(error)) => Err(format!("refused at {}: {error}", error.stage())),
        ("reject", Ok(_)) => Err("accepted".to_owned()),
        ("reject", Err(error)) => refused(&error, expect),
        ("implementation_defined", result) => equal("a second look", result, open()),
        (other, _) => Err(format!("unknown verdict {other}")),
    }
}

fn accepted(notice: &Notice, expect: &Value, orders: &Orders) -> Outcome {
    if let Some(plain) = expect["plaintext_utf8"].as_str() {
        equal("plaintext", String::from_utf8_lossy(&notice.resource_plaintext).as_ref(), plain)?;
    }
    let pays = |notice: &Notice| {
        let Ok(transaction) = notice.transaction() else { return false };
        let known = orders.get(&transaction.out_trade_no);
        known.is_some_and(|orders| orders.iter().any(|order| check_business(&transaction, order).is_ok()))
    };
    match notice.event_type.as_str() {
        _ if !expect["business"].is_null() => {
            equal("marked as paid", notice.event_type == "TRANSACTION.SUCCESS" && pays(notice), false)
        }
        "TRANSACTION.SUCCESS" => equal("marked as paid", pays(notice), true),
        name if name.starts_with("REFUND.") => notice.refund().map(drop).map_err(|error| error.to_string()),
        name if name.starts_with("FAPIAO.") => notice.fapiao().map(drop).map_err(|error| error.to_string()),
        _ => Ok(()),
    }
}

/// A vector may name another stage, but nothing may be read before the signature was checked.
fn refused(error: &NoticeError, expect: &Value) -> Outcome {
    let outside = ["headers", "timestamp", "serial", "signature"];
    let expected = expect["stage"].as_str().unwrap_or(error.stage());
    if outside.contains(&expected) && !outside.contains(&error.stage()) {
        return Err(format!("failed at {} only, expected at {expected}", error.stage()));
    }
    Ok(())
}

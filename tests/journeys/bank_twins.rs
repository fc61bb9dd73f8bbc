//! A credit of the bank that comes in two layouts, or twice in files that tell too little: nothing is booked twice, and
//! nothing is lost.

use serde_json::{Value, json};
use tejian::staff::Role;

use crate::bank::{code_of, statement};
use crate::staff_world::Desk;
use crate::transfers::{order_page, transfer_order};
use crate::world::World;

const WITH_ACCOUNT: &str = "本方账号,交易日期,贷方金额,对方户名,附言,交易流水号";
const BARE: &str = "交易日期,贷方金额,对方户名,附言";

/// Imports a file; how many lines are new, and how many of them are perhaps known.
async fn import(world: &World, desk: &Desk, header: &str, rows: &[&str]) -> (i64, i64) {
    let answer = statement(world, desk, format!("{header}\n{}\n", rows.join("\n")).as_bytes()).await;
    (answer["new"].as_i64().expect("a count"), answer["perhaps_known"].as_i64().expect("a count"))
}

async fn open_lines(desk: &mut Desk) -> Vec<Value> {
    desk.get("/bank/transactions?state=open,part").await["items"].as_array().expect("a list").clone()
}

fn path(line: &Value, act: &str) -> String {
    format!("/bank/transactions/{}/{act}", line["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn a_credit_that_comes_again_in_another_layout_waits_until_a_person_says_what_it_is() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 20_000).await;
    let code = code_of(&world, &phone, &order).await;
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    let monday = format!("6222000000000000018,2026-08-03,100.00,示例物业001有限公司,{code},A1");
    assert_eq!(import(&world, &desk, WITH_ACCOUNT, &[&monday]).await, (1, 0));
    let first = open_lines(&mut desk).await[0].clone();
    let half = json!({ "claims": [{ "order_id": order, "amount_fen": 10_000 }] });
    desk.post(&path(&first, "claims"), half.clone()).await;

    // The week's file has neither account nor number. The half that is missing would be paid with the half that came.
    let again = format!("2026-08-03,100.00,示例物业001有限公司,{code}");
    assert_eq!(import(&world, &desk, BARE, &[&again]).await, (1, 1));
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((page["state"].as_str(), page["received_fen"].as_i64()), (Some("pending_payment"), Some(10_000)));
    let twin = open_lines(&mut desk).await[0].clone();
    assert_eq!(twin["twin"]["id"], first["id"], "{twin}");
    let words = twin["twin"]["text"].as_str().unwrap();
    assert!(words.starts_with("可能已经导入过，与 2026-08-03") && words.contains("同日同额"), "{words}");
    assert_eq!((&twin["proposals"], &twin["named"]), (&json!([]), &json!([])), "{twin}");
    let work = desk.get("/worklist/items?desk=bank").await;
    assert!(work["items"][0]["subtitle"].as_str().unwrap().contains("可能已经导入过"), "{work}");
    desk.try_post(&path(&twin, "claims"), half.clone()).await.refused(409, "line_perhaps_known");
    desk.step_up(&world).await;
    let back = json!({ "order_id": order, "amount_fen": 10_000, "reason": "重复转账" });
    desk.try_post(&path(&twin, "return"), back).await.refused(409, "line_perhaps_known");

    // It is the same: put aside, it stays so, and the file again brings nothing.
    let aside = desk.post(&path(&twin, "ignore"), json!({ "reason": "重复导入，与已有的是同一笔" })).await;
    assert_eq!(aside["state"], "ignored");
    desk.try_post(&path(&twin, "claims"), half).await.refused(409, "line_perhaps_known");
    assert_eq!(import(&world, &desk, BARE, &[&again]).await, (0, 0));
    assert_eq!(order_page(&world, &phone, &order).await["received_fen"], 10_000);
}

#[tokio::test]
async fn a_second_equal_payment_of_a_day_is_not_lost_and_pays_once_a_person_has_said_so() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 20_000).await;
    let code = code_of(&world, &phone, &order).await;
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    let half = format!("2026-08-03,100.00,示例物业001有限公司,{code}");
    let morning = [half.as_str()];
    let afternoon = [half.as_str(), "2026-08-03,5.00,某个人,无关"];
    assert_eq!(import(&world, &desk, BARE, &morning).await, (1, 0));
    let first = open_lines(&mut desk).await[0].clone();
    let claims = json!({ "claims": [{ "order_id": order, "amount_fen": 10_000 }] });
    desk.post(&path(&first, "claims"), claims).await;
    assert_eq!(import(&world, &desk, BARE, &afternoon).await, (2, 1));
    let open = open_lines(&mut desk).await;
    let second = open.iter().find(|line| line["twin"].is_object()).expect("kept, and perhaps known").clone();
    assert_eq!(second["state_text"], "可能已导入");
    assert_eq!(order_page(&world, &phone, &order).await["received_fen"], 10_000);

    let told = desk.post(&path(&second, "distinct"), json!({})).await;
    assert_eq!((&told["twin"], &told["state_text"]), (&Value::Null, &json!("待认领")), "{told}");
    desk.try_post(&path(&second, "distinct"), json!({})).await.refused(409, "line_is_distinct");
    assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'bank.line_distinct'").await, 1);
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["received_fen"], 20_000, "code and the exact rest leave no doubt now");
    assert!(page["paid_at"].is_i64(), "{page}");

    // Both files again, and one that shows the whole day, bring nothing: the second equal line is the second one known.
    for rows in [&morning[..], &afternoon[..], &[half.as_str(), half.as_str(), "2026-08-03,5.00,某个人,无关"][..]]
    {
        assert_eq!(import(&world, &desk, BARE, rows).await, (0, 0), "{rows:?}");
    }
    // A third one is one of its own.
    let third = [half.as_str(), half.as_str(), half.as_str(), "2026-08-03,5.00,某个人,无关"];
    assert_eq!(import(&world, &desk, BARE, &third).await, (1, 0));
}

#[tokio::test]
async fn a_statement_that_broke_off_and_is_explained_with_other_columns_doubles_nothing() {
    let world = World::start().await;
    let mut desk = world.staff("cashier", &[Role::Cashier]).await;
    let file = format!("{BARE},交易流水号\n2026-08-03,100.00,某个人,检验费,C1\n");
    let written = statement(&world, &desk, file.as_bytes()).await;
    assert_eq!((&written["new"], &written["perhaps_known"]), (&json!(1), &json!(0)));
    let mapped = format!("/bank/statements/{}/mapping", written["id"].as_str().unwrap());
    let columns = json!({ "header_row": 1, "booked_on": "交易日期", "amount": "贷方金额", "payer_name": "对方户名", "remark": "附言" });
    let mut with_number = columns.clone();
    with_number["serial_no"] = json!("交易流水号");
    for (columns, expected) in [(with_number, (0, 0)), (columns, (1, 1))] {
        // As one whose node died after the lines of a day were written.
        world.tamper("UPDATE bank_statements SET state = 'needs_mapping', content_key = NULL").await;
        let done = desk.post(&mapped, json!({ "mapping": columns })).await;
        assert_eq!(
            (done["new"].as_i64(), done["perhaps_known"].as_i64()),
            (Some(expected.0), Some(expected.1)),
            "{done}"
        );
    }
}

//! Receipts by e-mail: once per tap, again while the mail server is in trouble, told when it refuses.

use serde_json::{Value, json};
use tejian::commands::demo::mail_to_simulator;
use tokio::net::TcpListener;

use crate::mailbox::{Mailbox, Mood, through};
use crate::receipts::paid_order;
use crate::seed::Class;
use crate::transfers::order_page;
use crate::world::{Answer, Phone, World};

const GOOD: &str = "91500000DEM0000145";

async fn send(world: &World, phone: &Phone, order: &str, email: &str) -> Answer {
    world.post(phone, &format!("/api/v1/orders/{order}/invoice/email"), json!({ "email": email })).await
}

async fn world_with(mailbox: &Mailbox, per_day: u64) -> World {
    World::start_with(|config| {
        through(mailbox, config);
        config.mail.per_unit_per_day = per_day;
    })
    .await
}

async fn issued(world: &World) {
    for _ in 0..3 {
        world.pass_minutes(2).await;
    }
}

#[tokio::test]
async fn a_receipt_goes_to_an_address_once_with_both_of_its_files() {
    let mailbox = Mailbox::open().await;
    let world = world_with(&mailbox, 50).await;
    let (_, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[126_500]).await;
    assert_eq!(send(&world, &phone, &order, "cw@example.com").await.refused(409), "invoice_not_issued");
    issued(&world).await;
    assert_eq!(order_page(&world, &phone, &order).await["can"]["mail_invoice"], true);
    for wrong in ["", "cw", "cw@example", "a b@example.com", "cw@example.com\r\nBcc: all@example.com"] {
        assert_eq!(send(&world, &phone, &order, wrong).await.refused(422), "email_wrong", "{wrong}");
    }
    let page = send(&world, &phone, &order, " caiwu@example.com ").await.ok();
    assert_eq!(page["invoice"]["mail"]["state"], "waiting", "{page}");
    send(&world, &phone, &order, "caiwu@example.com").await.ok();
    world.settle().await;
    let mails = mailbox.mails();
    assert_eq!(mails.len(), 1, "two taps, one mail");
    let mail = &mails[0];
    assert!(mail.contains("To: caiwu@example.com") && mail.contains("receipts@example.com"), "{mail}");
    assert!(mail.contains("application/pdf") && mail.contains("JVBERi"), "the PDF is in it");
    assert!(mail.contains("application/ofd") && mail.contains("UEsDB"), "the OFD is in it");
    let page = order_page(&world, &phone, &order).await;
    let told = &page["invoice"]["mail"];
    assert_eq!((&told["state_text"], &told["address_masked"]), (&json!("已发送"), &json!("ca****@example.com")));
    assert!(told["sent_at"].is_i64(), "{told}");
    assert_eq!(page["timeline"][0]["title"], "票据已发到邮箱", "{page}");
    let listed = world.get(&phone, "/api/v1/invoices").await.ok();
    assert_eq!(listed["items"][0]["mail"]["state"], "sent", "{listed}");
    // Somebody else needs it too.
    send(&world, &phone, &order, "boss@example.com").await.ok();
    world.settle().await;
    assert_eq!(mailbox.mails().len(), 2);
}

#[tokio::test]
async fn the_demonstrations_mailbox_shows_a_receipt_with_its_files() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("a bound address").port();
    let world = World::start_with(|config| mail_to_simulator(config, port)).await;
    world.wechat.open_mailbox(listener);
    let (_, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[126_500]).await;
    issued(&world).await;
    send(&world, &phone, &order, "caiwu@example.com").await.ok();
    world.settle().await;
    let mails = world.wechat.mails();
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!(mail.to, ["caiwu@example.com"]);
    assert!(mail.subject.contains(" 元（") && mail.from.contains("示例特种设备检验检测院"), "{mail:?}");
    assert!(mail.text.contains("附件是示例物业") && mail.text.contains("请勿回复"), "{}", mail.text);
    let names: Vec<&str> = mail.attachments.iter().map(|file| file.file_name.as_str()).collect();
    let [pdf, ofd] = names.as_slice() else { panic!("{names:?}") };
    assert!(pdf.ends_with(".pdf") && ofd.ends_with(".ofd") && pdf.contains('_'), "{pdf} {ofd}");
    assert!(mail.attachments[0].content.starts_with(b"%PDF") && mail.attachments[1].content.starts_with(b"PK"));
}

#[tokio::test]
async fn a_mail_server_in_trouble_is_tried_again_and_a_refusal_is_told() {
    let mailbox = Mailbox::open().await;
    let world = world_with(&mailbox, 50).await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    issued(&world).await;
    let state = async || order_page(&world, &phone, &order).await["invoice"]["mail"].clone();
    mailbox.is(Mood::HangsUp);
    send(&world, &phone, &order, "caiwu@example.com").await.ok();
    world.pass_minutes(1).await;
    assert_eq!(state().await["state"], "waiting");
    mailbox.is(Mood::Takes);
    world.pass_minutes(5).await;
    assert_eq!((state().await["state"].clone(), mailbox.mails().len()), (json!("sent"), 1));

    mailbox.is(Mood::Refuses);
    send(&world, &phone, &order, "nobody@example.com").await.ok();
    world.settle().await;
    let refused: Value = state().await;
    assert_eq!(refused["state_text"], "没有发出");
    assert!(refused["failure"].as_str().unwrap().contains("核对邮箱"), "{refused}");

    mailbox.is(Mood::HangsUp);
    send(&world, &phone, &order, "later@example.com").await.ok();
    for _ in 0..30 {
        world.pass_minutes(60).await;
    }
    assert_eq!(state().await["state"], "failed", "a day is enough");
    assert_eq!(world.number("SELECT COUNT(*) FROM jobs WHERE kind = 'invoices.mail'").await, 0);
}

#[tokio::test]
async fn a_unit_sends_so_many_mails_a_day() {
    let mailbox = Mailbox::open().await;
    let world = world_with(&mailbox, 2).await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    issued(&world).await;
    for number in 0..2 {
        send(&world, &phone, &order, &format!("n{number}@example.com")).await.ok();
    }
    assert_eq!(send(&world, &phone, &order, "n3@example.com").await.refused(429), "mails_used_up");
    world.pass_minutes(24 * 60).await;
    send(&world, &phone, &order, "n3@example.com").await.ok();
}

#[tokio::test]
async fn without_a_mail_server_the_button_is_not_offered() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    issued(&world).await;
    assert_eq!(order_page(&world, &phone, &order).await["can"]["mail_invoice"], false);
    assert_eq!(send(&world, &phone, &order, "caiwu@example.com").await.refused(409), "mail_not_set_up");
    let other = world.seed_unit("别家物业有限公司", "13900000002").await;
    let stranger = world.phone(&other.applicant, &other.unit, "oStranger").await;
    assert_eq!(world.get(&stranger, "/api/v1/invoices").await.ok()["items"], json!([]));
}

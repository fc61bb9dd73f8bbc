//! While the secret of links changes, nodes stand at different steps of docs/operations.md: whatever one of them gave out
//! opens at the other, and nobody's own making does.

use foundation::clock::SharedClock;
use foundation::config::{Config, Secret};
use foundation::signed_token::TokenSigner;
use serde_json::{Value, json};
use tejian::app::App;

use crate::caller::Caller;
use crate::nodes::serve;
use crate::receipts::paid_order;
use crate::recovery::answered;
use crate::seed::Class;
use crate::world::{Phone, World};

const OLD: &str = "the links of yesterday were signed with this";
const NEW: &str = "the links of tomorrow are signed with this";
const THIRD: &str = "somebody else signs his own links with this";

/// A node with these secrets for links; gives its address.
async fn node(world: &World, secret: &str, secret_old: &str) -> String {
    let mut config: Config = world.app.config.clone();
    config.links.secret = Secret::new(secret);
    config.links.secret_old = Secret::new(secret_old);
    let clock: SharedClock = world.clock.clone();
    serve(App::open(config, clock).await.expect("the node opens")).await
}

/// A link that this node makes to the paper of an order, without the node's address.
async fn link(node: &str, phone: &Phone, order: &str) -> String {
    let asked = json!({ "kind": "order_document", "id": order });
    let made = Caller::with_token(node, &phone.token).post("/api/v1/download-links", &asked).await.expect(200);
    made["url"].as_str().expect("an address").to_owned()
}

/// What a node answers to whoever holds this link, and the code of its refusal.
async fn opened(world: &World, node: &str, link: &str) -> (u16, Value) {
    let answer = world.http.get(format!("{node}{link}")).send().await.expect("an answer");
    let status = answer.status().as_u16();
    let refusal: Option<Value> = answer.json().await.ok();
    (status, refusal.map_or(Value::Null, |refusal| refusal["error"]["code"].clone()))
}

#[tokio::test]
async fn while_the_secret_of_links_changes_node_by_node_links_open_everywhere_and_a_strangers_nowhere() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Nontax, "91500000DEM0000145", &[126_500]).await;
    let before = node(&world, OLD, "").await;
    let knows_the_next = node(&world, OLD, NEW).await;
    let makes_the_next = node(&world, NEW, OLD).await;
    let after = node(&world, NEW, "").await;
    let stranger = node(&world, THIRD, "").await;

    // Whichever two steps stand side by side while one node is restarted and the other is not yet.
    for (one, other) in [(&before, &knows_the_next), (&knows_the_next, &makes_the_next), (&makes_the_next, &after)] {
        for (making, opening) in [(one, other), (other, one), (one, one), (other, other)] {
            let made = link(making, &phone, &order).await;
            assert_eq!(opened(&world, opening, &made).await, (200, Value::Null), "{making} to {opening}");
        }
    }
    // What is given up at the end, and would be at the beginning by whoever leaves the first step out.
    let refused = (404_u16, json!("link_invalid"));
    let of_yesterday = link(&knows_the_next, &phone, &order).await;
    assert_eq!(opened(&world, &makes_the_next, &of_yesterday).await.0, 200);
    assert_eq!(opened(&world, &after, &of_yesterday).await, refused, "the old secret is put away");
    assert_eq!(opened(&world, &before, &link(&makes_the_next, &phone, &order).await).await, refused, "not told of it");

    let forged = link(&stranger, &phone, &order).await;
    let payload = TokenSigner::new(OLD).open(of_yesterday.trim_start_matches("/files/"), world.app.now_ms());
    let payload = payload.expect("what a link carries");
    let unsigned = format!("/files/{}", TokenSigner::new("").sign(&payload, world.app.now_ms() + 60_000));
    for node in [&before, &knows_the_next, &makes_the_next, &after] {
        assert_eq!(opened(&world, node, &forged).await, refused, "a third secret");
        assert_eq!(opened(&world, node, &unsigned).await, refused, "an empty secret is none");
    }
    // Either secret or not, its time is over when it is over.
    world.clock.advance_ms(600_000);
    assert_eq!(opened(&world, &makes_the_next, &of_yesterday).await, (410, json!("link_expired")));
}

#[tokio::test]
async fn the_question_that_a_login_seems_to_have_is_the_same_before_and_after_the_secret_of_links_changes() {
    let world = World::start().await;
    let (before, after) = (node(&world, OLD, "").await, node(&world, NEW, "").await);
    let ask = async |node: &str, login: &str| {
        let mut visitor = Caller::browser(node);
        let asked = json!({ "login": login, "captcha": answered(&mut visitor).await });
        visitor.post("/api/v1/recovery/question", &asked).await.expect(200)["question"].clone()
    };
    let mut questions = Vec::new();
    for number in 0..8 {
        let login = format!("1390000006{number}");
        let (one, other) = (ask(&before, &login).await, ask(&after, &login).await);
        assert_eq!(one, other, "nobody chose it, and it must not be told from one that somebody chose");
        questions.push(one.to_string());
    }
    questions.sort();
    questions.dedup();
    assert!(questions.len() > 1, "not all of them have one and the same");
}

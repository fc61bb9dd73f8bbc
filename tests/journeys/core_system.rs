//! The example of `docs/examples/core_system.py`, run by Python against the server.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tejian::staff::Role;

use crate::world::World;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples/core_system.py");
const PHONE: &str = "13900000001";

/// A world at the present moment: Python has no clock that a test moves.
async fn world_now() -> World {
    let world = World::start_with(|config| config.webhooks.allow_private = true).await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let now = i64::try_from(now.as_millis()).expect("before the end of time");
    world.clock.advance_ms(now - world.app.now_ms());
    world
}

fn python(world: &World, arguments: &[&str]) -> Command {
    let mut command = Command::new("python3");
    let integration = &world.app.config.integration;
    command
        .arg(EXAMPLE)
        .args(arguments)
        .env("TEJIAN_BASE", &world.base_url)
        .env("TEJIAN_CLIENT", &integration.client_id)
        .env("TEJIAN_SECRET", integration.secret.expose())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What the example printed, one JSON per line.
async fn printed(mut command: Command) -> Vec<Value> {
    let ended = tokio::task::spawn_blocking(move || command.output().expect("python3 runs")).await.expect("a thread");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let text = String::from_utf8(ended.stdout).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Ends with the test.
struct Listening(Child);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn batch() -> Value {
    json!({ "rows": [{
        "unit": { "id": "U9001", "name": "示例物业9001有限公司" },
        "applicant": { "name": "测试一号", "phone": PHONE },
        "device": { "name": "曳引驱动乘客电梯", "registration_code": "31105001032016039001" },
        "report": { "report_no": "DT-DJ-2026-0090001", "conclusion": "合格", "issued_on": "2026-07-10" },
        "fee": { "id": "F0090001", "amount_fen": 126500, "receipt_class": "nontax" },
        "payee": { "code": "API01", "name": "示例检验检测院", "bank_name": "示例银行", "bank_account": "5000000000000000009" },
    }] })
}

/// The applicant orders the fee and gives the order up again.
async fn order_and_give_up(world: &World) {
    let mut payer = world.signed_in_wechat(PHONE).await;
    let fee = payer.get("/api/v1/fees").await.expect(200)["items"][0]["id"].as_str().expect("a fee").to_owned();
    let checkout = crate::seed::checkout("key-00000001", &[fee], 126_500);
    let made = payer.post("/api/v1/checkouts", &checkout).await.expect(201);
    let order = made["orders"][0]["id"].as_str().expect("an order");
    payer.post(&format!("/api/v1/orders/{order}/void"), &json!({})).await.expect(200);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_example_hands_fees_over_hears_of_them_and_trusts_nobody_else() {
    let world = world_now().await;
    let file = std::env::temp_dir().join(foundation::ids::new_id_text("batch"));
    std::fs::write(&file, batch().to_string()).expect("a temporary file");
    let path = file.to_str().expect("temporary paths are text");
    let first = printed(python(&world, &["import", path])).await;
    assert_eq!((&first[0]["rows"]["new"], &first[0]["errors"]), (&json!(1), &json!([])), "{first:?}");
    let again = printed(python(&world, &["import", path])).await;
    assert_eq!(again, first, "the same key, the same answer");
    std::fs::remove_file(&file).expect("its own file");

    let mut desk = world.staff("operator", &[Role::IntegrationOperator]).await;
    desk.step_up(&world).await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let url = format!("http://127.0.0.1:{port}/");
    let made = desk.post("/webhooks/endpoints", json!({ "url": url, "event_types": ["order.voided"] })).await;
    let secret = made["secret"].as_str().expect("a secret");
    let mut listening = python(&world, &["listen", &port.to_string()]);
    let mut listening = Listening(listening.env("WEBHOOK_SECRET", secret).spawn().expect("python3 runs"));
    let mut started = String::new();
    let stderr = listening.0.stderr.take().expect("piped");
    BufReader::new(stderr).read_line(&mut started).expect("a line");
    assert!(started.starts_with("listening"), "{started}");

    order_and_give_up(&world).await;
    let delivered = desk.get("/webhooks").await;
    assert_eq!(delivered["items"][0]["state"], "delivered", "{delivered}");
    let mut line = String::new();
    BufReader::new(listening.0.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let told: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(told["data"]["fees"][0]["fee_id"], "F0090001", "in its own words");
    assert_eq!(told["data"]["unit"]["id"], "U9001");
    let forged = world
        .http
        .post(&url)
        .header("webhook-id", "evt_1")
        .header("webhook-timestamp", (world.app.now_ms() / 1_000).to_string())
        .header("webhook-signature", "v1,AAAA")
        .body(told.to_string());
    assert_eq!(forged.send().await.expect("an answer").status(), 401);

    let events = printed(python(&world, &["events"])).await;
    assert!(events.contains(&told), "the feed says the same: {events:?}");
    let last = events.last().expect("events")["id"].as_str().expect("an id");
    assert!(printed(python(&world, &["events", last])).await.is_empty());
}

//! Two nodes behind one address, restarted one after the other with other settings, while people go on: they order, pay,
//! are heard of, asked for and given money back, and nobody is refused who is right, and nobody believed who is not.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use foundation::clock::SharedClock;
use foundation::config::Config;
use serde_json::{Value, json};
use simulator::Identities;
use tejian::app::{App, SharedApp};
use tejian::staff::Role;
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::caller::Caller;
use crate::letters::Channel;
use crate::seed::{Class, Seeded, checkout};
use crate::staff_refunds::{approve, propose};
use crate::staff_world::Desk;
use crate::world::{Phone, World};

/// Fees of a round: one is heard of, two are asked for (once by each node), one is lied about first.
const FEES: usize = 4;

struct Node {
    app: SharedApp,
    router: Router,
}

#[derive(Default)]
struct Balancer {
    nodes: RwLock<Vec<Node>>,
    turn: AtomicUsize,
}

/// Requests go to the nodes in turn, each whole to one; a request that a node has begun it ends, also when it is replaced.
async fn forward(State(balancer): State<Arc<Balancer>>, request: Request) -> Response {
    let turn = balancer.turn.fetch_add(1, Ordering::Relaxed);
    let router = {
        let nodes = balancer.nodes.read().expect("nobody panicked");
        nodes[turn % nodes.len()].router.clone()
    };
    router.oneshot(request).await.expect("a router always answers")
}

/// The house with its two nodes, its people, and those who work in it.
pub struct House {
    /// Everything else: WeChat, the clock, the database. Its own node does no work.
    pub world: World,
    /// Somebody who has none of WeChat's keys and claims to be WeChat.
    impostor: Identities,
    address: String,
    balancer: Arc<Balancer>,
    seeded: Seeded,
    phone: Phone,
    cashier: Desk,
    reviewer: Desk,
    rounds: usize,
}

impl House {
    /// Two nodes with the world's settings, changed so.
    pub async fn open(change: impl FnOnce(&mut Config)) -> Self {
        let world = World::start_with(change).await;
        let balancer = Arc::new(Balancer::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("a bound address"));
        let router = Router::new().fallback(forward).with_state(balancer.clone());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let seeded = world.seed_unit("示例物业001有限公司", "13900000001").await;
        let phone = world.phone(&seeded.applicant, &seeded.unit, &world.wechat.people()[0].mp_openid).await;
        let cashier = world.staff("cashier", &[Role::Cashier]).await;
        let reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
        let mut house = Self {
            world,
            impostor: Identities::generate(),
            address,
            balancer,
            seeded,
            phone,
            cashier,
            reviewer,
            rounds: 0,
        };
        for number in 0..2 {
            house.restart(number, |_| ()).await;
        }
        house
    }

    /// Node `number` starts again with these settings; the other one goes on.
    pub async fn restart(&mut self, number: usize, change: impl FnOnce(&mut Config)) {
        let before = self.balancer.nodes.read().expect("nobody panicked").get(number).map(|node| node.app.clone());
        let mut config = before.as_ref().unwrap_or(&self.world.app).config.clone();
        config.service.public_base_url.clone_from(&self.address);
        change(&mut config);
        let clock: SharedClock = self.world.clock.clone();
        let app = App::open(config, clock).await.expect("the node opens");
        let node = Node { router: tejian::web::router(app.clone()), app };
        let mut nodes = self.balancer.nodes.write().expect("nobody panicked");
        if number < nodes.len() { nodes[number] = node } else { nodes.push(node) }
    }

    /// A node's application.
    pub fn node(&self, number: usize) -> SharedApp {
        self.balancer.nodes.read().expect("nobody panicked")[number].app.clone()
    }

    /// Where both nodes are reached.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// How many of a hundred notices WeChat signs with its public key from now on; the others with its certificate.
    pub fn sign_notices_with_public_key(&self, percent: u8) {
        self.world.wechat.faults().set(|faults| faults.public_key_percent = Some(percent));
    }

    /// The phone, whose requests go to either node.
    fn caller(&self) -> Caller {
        Caller::with_token(&self.address, &self.phone.token)
    }

    async fn state_of(&self, order: &str) -> String {
        let page = self.caller().get(&format!("/api/v1/orders/{order}")).await.expect(200);
        page["state"].as_str().expect("a state").to_owned()
    }

    /// That an order stands at one of these.
    pub async fn assert_state(&self, order: &str, wanted: &[&str]) {
        let state = self.state_of(order).await;
        assert!(wanted.contains(&state.as_str()), "{state} instead of {wanted:?}");
    }

    async fn assert_paid(&self, order: &str, stage: &str) {
        let state = self.state_of(order).await;
        assert!(["paid", "completed"].contains(&state.as_str()), "{stage}: {state}");
    }

    /// What is due happens: work of both nodes, and what WeChat has to tell. All of it is heard.
    async fn settle(&self) {
        for _ in 0..20 {
            let mut ran = 0;
            for number in 0..2 {
                ran += self.node(number).workers().run_due().await.expect("jobs run");
            }
            let delivered = self.world.wechat.deliver_due().await;
            assert_eq!(delivered.notices, delivered.notices_accepted, "a notice of WeChat was refused");
            if ran == 0 && delivered.notices == 0 {
                return;
            }
        }
    }

    /// Orders of one fee each, made at either node.
    async fn orders(&self) -> Vec<String> {
        let fees = self.world.seed_fees(&self.seeded, Class::Nontax, &[100; FEES]).await;
        let mut orders = Vec::new();
        for (number, fee) in fees.iter().enumerate() {
            let body = checkout(&format!("key-{:04}{number:04}", self.rounds), std::slice::from_ref(fee), 100);
            let made = self.caller().post("/api/v1/checkouts", &body).await.expect(201);
            orders.push(made["orders"][0]["id"].as_str().expect("an order").to_owned());
        }
        orders
    }

    /// Opens a payment at either node; what the phone is given, and the number under which WeChat knows it.
    async fn open_payment(&self, order: &str, channel: &str) -> (Value, String) {
        let numbers = || self.world.wechat.orders().into_iter().map(|order| order.out_trade_no).collect::<HashSet<_>>();
        let before = numbers();
        let body = json!({ "key": format!("tap-{order}"), "channel": channel });
        let payment = self.caller().post(&format!("/api/v1/orders/{order}/payments"), &body).await.expect(200);
        (payment, numbers().difference(&before).next().expect("an order at WeChat").clone())
    }

    async fn open_and_pay(&self, order: &str) {
        let (payment, _) = self.open_payment(order, "jsapi").await;
        self.pay(&payment).await;
    }

    async fn pay(&self, payment: &Value) {
        let sheet = self.world.wechat.pay_jsapi(&self.phone.openid, &payment["parameters"]).await;
        sheet.expect("the sheet accepts the signature of either node");
    }

    /// A number for scanning that waits for its money.
    pub async fn number_to_pay(&mut self) -> (String, String) {
        self.rounds += 1;
        let order = self.orders().await.remove(0);
        let (_, number) = self.open_payment(&order, "native").await;
        (order, number)
    }

    /// What an impostor sends about this number; every node refuses all of it.
    async fn lie_about(&self, number: &str) {
        let names = self.world.wechat.identities();
        let certificate = &names.platform_certificates[0].serial;
        let lie = |channel: Channel| channel.paid("lie", number, "42000999", 100);
        let letters = [
            ("unsigned", lie(Channel::of(&self.world)).unsigned()),
            ("signed by himself", lie(Channel::with(&self.world, &self.impostor))),
            ("under WeChat's name", lie(Channel::with(&self.world, &self.impostor).named(&names.public_key_id))),
            ("under its certificate's", lie(Channel::with(&self.world, &self.impostor).named(certificate))),
        ];
        for (how, letter) in letters {
            for _ in 0..2 {
                let status = letter.send(&self.world.http, &self.address).await;
                assert_eq!(status, 401, "{how}");
            }
        }
    }

    /// People go on, at both nodes.
    pub async fn round(&mut self, stage: &str) {
        self.rounds += 1;
        let orders = self.orders().await;
        // Heard of.
        self.open_and_pay(&orders[0]).await;
        self.settle().await;
        self.assert_paid(&orders[0], stage).await;
        // Asked for: WeChat has told nobody yet when each node in turn does the work that is due.
        for (number, order) in orders[1..3].iter().enumerate() {
            self.open_and_pay(order).await;
            self.world.clock.advance_ms(3 * 60_000);
            self.node(number).workers().run_due().await.expect("jobs run");
            self.assert_paid(order, stage).await;
            self.settle().await;
        }
        // Lied about, then really paid.
        let (payment, number) = self.open_payment(&orders[3], "jsapi").await;
        self.lie_about(&number).await;
        assert_eq!(self.state_of(&orders[3]).await, "paying", "{stage}: a lie was believed");
        self.pay(&payment).await;
        self.settle().await;
        self.assert_paid(&orders[3], stage).await;
        self.give_back(&orders[0], stage).await;
        self.assert_nothing_refused(stage);
    }

    async fn give_back(&mut self, order: &str, stage: &str) {
        let review = propose(&self.world, &mut self.cashier, order, 100).await;
        approve(&self.world, &mut self.reviewer, &review).await;
        for _ in 0..6 {
            self.settle().await;
            self.world.clock.advance_ms(2 * 60_000);
        }
        assert_eq!(self.state_of(order).await, "refunded", "{stage}");
    }

    /// Neither did WeChat refuse a request of ours as wrongly signed, nor a node a notice.
    fn assert_nothing_refused(&mut self, stage: &str) {
        let refused = |line: &&simulator::WireLine| {
            let is_notice = line.direction == "out" && line.path.contains("/wechat/pay/notify/");
            line.status == 401 || (is_notice && !matches!(line.status, 200 | 204))
        };
        let log = self.world.wechat.wire_log();
        assert!(log.iter().any(|line| line.path.starts_with("/v3/")), "{stage}: nothing was asked of WeChat");
        let refused: Vec<_> = log.iter().filter(refused).map(|line| format!("{line:?}")).collect();
        assert!(refused.is_empty(), "{stage}: {refused:#?}");
    }

    /// What the books say at the end: every order paid once, and given back what was given back.
    pub async fn close(&self) {
        let paid = i64::try_from(self.world.wechat.transactions().len()).expect("few");
        let count = |query: &'static str| self.world.number(query);
        assert_eq!(count("SELECT COUNT(*) FROM payment_attempts WHERE state = 'paid'").await, paid);
        let refunds = i64::try_from(self.world.wechat.refunds().len()).expect("few");
        assert_eq!(count("SELECT COUNT(*) FROM refunds WHERE state = 'success'").await, refunds);
        assert_eq!(count("SELECT COUNT(*) FROM refunds").await, refunds);
        assert_eq!(count("SELECT COUNT(*) FROM channel_events WHERE state <> 'applied'").await, 0);
    }
}

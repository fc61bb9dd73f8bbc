//! Messages on their way, against a stand-in for WeChat.

use std::sync::Arc;

use foundation::clock::ManualClock;
use foundation::config::Config;
use foundation::paging::PageRequest;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use serde_json::Value;
use simulator::{MessageKind as Came, PushedMessage, Simulator};

use super::entity::{message_deliveries, messages, subscription_grants};
use super::preferences::MessageSettingsRequest;
use super::told::Told;
use super::{Audience, Message, MessageKind, grants, inbox};
use crate::accounts::{self, AccountId, Role, UnitId};
use crate::app::SharedApp;
use crate::happenings::{Happening, publish};
use crate::testing;

const UNIT: &str = "重庆示例物业管理集团第一百零一分公司渝中服务中心有限公司";
const HOUR_MS: i64 = 3_600_000;

mod pace;

struct World {
    app: SharedApp,
    clock: Arc<ManualClock>,
    wechat: Simulator,
    unit: UnitId,
    applicant: AccountId,
}

impl World {
    /// A unit whose applicant holds 13900000001.
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let wechat = testing::simulator().await;
        let mut config = testing::config_with(&wechat);
        config.sms.provider = "http".to_owned();
        config.sms.url = wechat.base_url();
        change(&mut config);
        let (app, clock) = testing::app_with(config).await;
        let transaction = app.database.begin_write().await.unwrap();
        let now = app.now_ms();
        let unit = testing::imported_unit(&*transaction, UNIT, now).await;
        let applicant = accounts::ensure_person(&*transaction, "13900000001", "张三", now).await.unwrap().id;
        testing::imported_member(&*transaction, &applicant, &unit, Role::Applicant, now).await;
        transaction.commit().await.unwrap();
        let world = Self { app, clock, wechat, unit, applicant };
        world.payable("13900000001", 24, 514_400).await;
        world
    }

    /// So many payable fees more, of this applicant.
    async fn payable(&self, phone: &str, count: u32, amount_fen: i64) {
        let transaction = self.app.database.begin_write().await.unwrap();
        let unit = &self.unit;
        for _ in 0..count {
            let id = foundation::ids::new_id_text("fee");
            let insert = format!(
                "INSERT INTO fees (id, external_id, report_id, unit_id, applicant_phone, payee_id, receipt_class, \
                 amount_fen, state, report_no, unit_name, device_name, device_kind, registration_code, search_text, \
                 posted_at, updated_at) VALUES ('{id}', '{id}', '{id}', '{unit}', '{phone}', 'pye_1', 'nontax', \
                 {amount_fen}, 'payable', '{id}', 'U', 'D', '电梯', '', '', 0, 0)"
            );
            transaction.execute_unprepared(&insert).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }

    /// An account that belongs to no unit.
    async fn stranger(&self, phone: &str) -> AccountId {
        let transaction = self.app.database.begin_write().await.unwrap();
        let account = accounts::ensure_person(&*transaction, phone, "新用户", self.app.now_ms()).await.unwrap().id;
        transaction.commit().await.unwrap();
        account
    }

    /// What the applicant wishes of his messages.
    async fn wish(&self, digest: bool, muted: &[MessageKind]) {
        let wished = MessageSettingsRequest { digest, muted: muted.iter().copied().collect() };
        super::preferences::change(&self.app, &self.applicant, wished).await.unwrap();
    }

    /// Time passes here and over there.
    fn later(&self, ms: i64) {
        self.clock.advance_ms(ms);
        self.wechat.forward_clock(ms / 1_000);
    }

    /// Messages that wait for a person.
    async fn dead(&self) -> usize {
        let rows = messages::Entity::find().all(self.app.database.reader()).await.unwrap();
        rows.iter().filter(|row| row.dead_at.is_some()).count()
    }

    /// Another member of the unit.
    async fn member(&self, phone: &str, role: Role) -> AccountId {
        let transaction = self.app.database.begin_write().await.unwrap();
        let now = self.app.now_ms();
        let account = accounts::ensure_person(&*transaction, phone, "同事", now).await.unwrap().id;
        testing::imported_member(&*transaction, &account, &self.unit, role, now).await;
        transaction.commit().await.unwrap();
        account
    }

    /// The applicant's openid of the service account, bound, following if wished (in our eyes and WeChat's).
    async fn in_service_account(&self, following: bool) -> String {
        let openid = self.wechat.people()[0].mp_openid.clone();
        let app_id = &self.app.config.wechat.mp.app_id;
        let transaction = self.app.database.begin_write().await.unwrap();
        let now = self.app.now_ms();
        accounts::bind_openid(&*transaction, app_id, &openid, None, &self.applicant, now).await.unwrap();
        accounts::set_following(&*transaction, app_id, &openid, following, now).await.unwrap();
        transaction.commit().await.unwrap();
        if following {
            self.wechat.follow(&openid).await;
        }
        openid
    }

    /// The applicant's openid of the mini-program, bound, with so many consents to the payment notice.
    async fn in_mini_program(&self, consents: u32) -> String {
        let openid = self.wechat.people()[0].mini_openid.clone();
        let config = &self.app.config.wechat;
        let (app_id, template_id) = (config.mini.app_id.as_str(), config.templates.subscription("fee_posted"));
        let transaction = self.app.database.begin_write().await.unwrap();
        let now = self.app.now_ms();
        accounts::bind_openid(&*transaction, app_id, &openid, None, &self.applicant, now).await.unwrap();
        for _ in 0..consents {
            let consent = grants::Consent { app_id, openid: &openid, template_id };
            grants::add(&*transaction, consent, now).await.unwrap();
        }
        transaction.commit().await.unwrap();
        self.wechat.grant_subscription(&openid, template_id, consents);
        openid
    }

    /// Fees were posted for the applicant; returns after all jobs that are due.
    async fn fees_posted(&self, batch: &str) {
        let happening = Happening::FeesPosted {
            batch: batch.to_owned(),
            unit_id: self.unit.to_string(),
            applicant_phone: Some("13900000001".into()),
            fee_count: 24,
            amount_fen: 12_345_600,
        };
        let transaction = self.app.database.begin_write().await.unwrap();
        publish(&*transaction, &happening, self.app.now_ms()).await.unwrap();
        transaction.commit().await.unwrap();
        self.run_jobs().await;
    }

    /// Something of a kind that goes by text message, told to somebody.
    async fn code_expiring(&self, audience: Audience) {
        let told = Told {
            kind: MessageKind::CodeExpiring,
            key: "code_expiring:ord_1:1".to_owned(),
            audience,
            values: super::longest::longest_values(),
        };
        super::tell::put_told(&self.app, &told).await.unwrap();
        self.run_jobs().await;
    }

    async fn run_jobs(&self) {
        self.app.workers().run_due().await.unwrap();
    }

    async fn inbox_of(&self, account: &AccountId) -> Vec<Message> {
        inbox::page(self.app.database.reader(), account, &PageRequest::default()).await.unwrap().items
    }

    /// Channel and state of every delivery, in the order in which they were tried.
    async fn deliveries(&self) -> Vec<(String, String)> {
        let rows = message_deliveries::Entity::find()
            .order_by_asc(message_deliveries::Column::Id)
            .all(self.app.database.reader())
            .await
            .unwrap();
        rows.into_iter().map(|row| (row.channel, row.state)).collect()
    }

    async fn consents_left(&self) -> i64 {
        let rows = subscription_grants::Entity::find().all(self.app.database.reader()).await.unwrap();
        rows.iter().map(|row| row.remaining).sum()
    }

    /// What reached this openid; the stand-in gives what reached the person, under either app.
    fn pushed(&self, openid: &str) -> Vec<PushedMessage> {
        let reached = self.wechat.pushed_messages(openid).into_iter();
        reached.filter(|message| message.openid == openid && message.kind != Came::PassiveReply).collect()
    }
}

fn states(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(channel, state)| ((*channel).to_owned(), (*state).to_owned())).collect()
}

#[tokio::test]
async fn the_same_event_is_told_once_to_everybody_concerned_and_to_nobody_else() {
    let world = World::new().await;
    let finance = world.member("13900000002", Role::Finance).await;
    let colleague = world.member("13900000003", Role::Applicant).await;
    world.fees_posted("import-1").await;
    world.fees_posted("import-1").await;
    for account in [&world.applicant, &finance] {
        let messages = world.inbox_of(account).await;
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].title, "有 24 份检验报告待缴费");
        assert!(messages[0].body.contains("123,456.00 元"), "{}", messages[0].body);
        assert_eq!(messages[0].link, format!("/h5/#/pages/confirm/confirm?all=1&unit={}", world.unit));
    }
    assert!(world.inbox_of(&colleague).await.is_empty(), "an applicant hears of his own only");
    world.fees_posted("import-2").await;
    assert_eq!(world.inbox_of(&world.applicant).await.len(), 2);
}

#[tokio::test]
async fn a_message_names_everything_that_its_reader_can_pay_and_how_much_of_it_is_new() {
    let world = World::new().await;
    let finance = world.member("13900000002", Role::Finance).await;
    world.payable("13900000001", 1, 100).await;
    world.payable("13900000009", 2, 100_000).await;
    world.fees_posted("import-1").await;
    let mine = world.inbox_of(&world.applicant).await.remove(0);
    assert_eq!(mine.title, "有 25 份检验报告待缴费");
    assert!(mine.body.contains("新增 24 份检验报告待缴费，共待缴 25 份，合计 123,457.00 元"), "{}", mine.body);
    let of_the_unit = world.inbox_of(&finance).await.remove(0);
    assert!(of_the_unit.body.contains("共待缴 27 份，合计 125,457.00 元"), "{}", of_the_unit.body);
}

#[tokio::test]
async fn what_was_paid_before_it_could_be_told_is_not_told() {
    let world = World::new().await;
    let transaction = world.app.database.begin_write().await.unwrap();
    transaction.execute_unprepared("UPDATE fees SET state = 'paid'").await.unwrap();
    transaction.commit().await.unwrap();
    world.fees_posted("import-1").await;
    assert!(world.inbox_of(&world.applicant).await.is_empty());
}

#[tokio::test]
async fn a_follower_gets_a_template_message_that_opens_the_confirm_page() {
    let world = World::new().await;
    let openid = world.in_service_account(true).await;
    world.fees_posted("import-1").await;
    let pushed = world.pushed(&openid);
    assert_eq!(pushed.len(), 1);
    assert_eq!((pushed[0].kind, pushed[0].template_id.as_deref()), (Came::Template, Some("demo-fee-posted")));
    let link = format!("%2Fh5%2F%23%2Fpages%2Fconfirm%2Fconfirm%3Fall%3D1%26unit%3D{}", world.unit);
    let entry = format!("{}/wechat/oauth/start?return_to={link}", world.app.config.service.public_base_url);
    assert_eq!(pushed[0].url.as_deref(), Some(entry.as_str()));
    let value = |field: &str| pushed[0].data[field]["value"].as_str().unwrap().to_owned();
    assert_eq!(value("thing1"), "重庆示例物业管理集团第一百零一分公司渝…");
    assert_eq!(value("thing2"), "新增24份，共待缴24份");
    assert_eq!(value("amount3"), "123456.00元");
    assert_eq!(value("time4"), "2026年8月3日 10:00");
    assert_eq!(world.deliveries().await, states(&[("template", "sent")]));
}

#[tokio::test]
async fn without_following_the_mini_program_tells_while_consents_last_and_then_the_inbox() {
    let world = World::new().await;
    world.in_service_account(false).await;
    let openid = world.in_mini_program(1).await;
    world.fees_posted("import-1").await;
    let pushed = world.pushed(&openid);
    assert_eq!((pushed.len(), pushed[0].kind), (1, Came::MiniSubscription));
    assert_eq!(pushed[0].page.as_deref(), Some(format!("pages/confirm/confirm?all=1&unit={}", world.unit).as_str()));
    assert_eq!(world.deliveries().await, states(&[("template", "skipped"), ("subscription", "sent")]));
    world.fees_posted("import-2").await;
    assert_eq!(world.pushed(&openid).len(), 1, "the consent is used up");
    assert_eq!(world.inbox_of(&world.applicant).await.len(), 2, "the inbox has everything");
}

#[tokio::test]
async fn who_has_left_the_account_is_no_longer_written_to() {
    let world = World::new().await;
    let openid = world.in_service_account(true).await;
    world.wechat.unfollow(&openid).await;
    world.in_mini_program(2).await;
    for batch in ["import-1", "import-2"] {
        world.fees_posted(batch).await;
    }
    assert!(world.pushed(&openid).is_empty());
    let tried = states(&[("template", "skipped"), ("subscription", "sent")]);
    assert_eq!(world.deliveries().await, [tried.clone(), tried].concat());
    let identities = accounts::wechat_identities(world.app.database.reader(), &world.applicant).await.unwrap();
    assert!(identities.iter().all(|identity| !identity.following), "43004 is believed");
    assert_eq!(world.consents_left().await, 0);
}

#[tokio::test]
async fn a_consent_that_wechat_does_not_know_is_forgotten() {
    let world = World::new().await;
    let openid = world.in_mini_program(3).await;
    world.wechat.faults().errcode("/cgi-bin/message/subscribe/send", 43101, 1);
    world.fees_posted("import-1").await;
    assert!(world.pushed(&openid).is_empty());
    assert_eq!(world.consents_left().await, 0);
}

#[tokio::test]
async fn when_wechat_is_busy_it_is_told_a_little_later_and_once() {
    let world = World::new().await;
    let openid = world.in_service_account(true).await;
    world.wechat.faults().errcode("/cgi-bin/message/template/send", -1, 2);
    world.fees_posted("import-1").await;
    assert!(world.pushed(&openid).is_empty());
    for _ in 0..3 {
        world.clock.advance_ms(60_000);
        world.run_jobs().await;
    }
    assert_eq!(world.pushed(&openid).len(), 1);
    assert_eq!(world.deliveries().await, states(&[("template", "sent")]));
}

#[tokio::test]
async fn when_todays_quota_is_used_up_it_is_told_the_next_morning_in_beijing() {
    let world = World::new().await;
    let openid = world.in_service_account(true).await;
    world.wechat.faults().errcode("/cgi-bin/message/template/send", 45009, 1);
    world.fees_posted("import-1").await;
    world.clock.advance_ms(13 * HOUR_MS);
    world.run_jobs().await;
    assert!(world.pushed(&openid).is_empty(), "23:00 of the same day");
    world.clock.advance_ms(HOUR_MS);
    world.run_jobs().await;
    assert!(world.pushed(&openid).is_empty(), "midnight: nobody is woken");
    world.clock.advance_ms(8 * HOUR_MS);
    world.run_jobs().await;
    assert_eq!(world.pushed(&openid).len(), 1);
}

#[tokio::test]
async fn a_refused_template_is_not_repeated_and_the_next_channel_is_tried() {
    for errcode in [40003, 40037, 47003] {
        let world = World::new().await;
        let follower = world.in_service_account(true).await;
        let openid = world.in_mini_program(1).await;
        world.wechat.faults().errcode("/cgi-bin/message/template/send", errcode, 1);
        world.fees_posted("import-1").await;
        world.clock.advance_ms(HOUR_MS);
        world.run_jobs().await;
        assert!(world.pushed(&follower).is_empty(), "{errcode}");
        assert_eq!(world.pushed(&openid).len(), 1, "{errcode}");
        assert_eq!(world.deliveries().await, states(&[("template", "failed"), ("subscription", "sent")]));
    }
}

#[tokio::test]
async fn what_was_read_or_is_old_is_not_pushed_any_more() {
    let world = World::new().await;
    let openid = world.in_service_account(true).await;
    world.wechat.faults().errcode("/cgi-bin/message/template/send", -1, 2);
    world.fees_posted("import-1").await;
    let read = world.inbox_of(&world.applicant).await.remove(0);
    let transaction = world.app.database.begin_write().await.unwrap();
    assert!(inbox::mark_read(&*transaction, &world.applicant, &read.id, world.app.now_ms()).await.unwrap());
    transaction.commit().await.unwrap();
    world.fees_posted("import-2").await;
    world.clock.advance_ms(49 * HOUR_MS);
    world.run_jobs().await;
    assert!(world.pushed(&openid).is_empty());
}

#[tokio::test]
async fn an_event_of_an_order_that_does_not_exist_is_told_to_nobody() {
    let world = World::new().await;
    let happening = Happening::OrderPaid { order_id: "ord_gone".to_owned() };
    let payload: Value = serde_json::to_value(&happening).unwrap();
    assert_eq!(payload["what"], "order_paid");
    super::tell::tell(&world.app, &happening).await.unwrap();
    assert!(world.inbox_of(&world.applicant).await.is_empty());
}

#[tokio::test]
async fn an_account_without_a_unit_is_told_too() {
    let world = World::new().await;
    let newcomer = world.stranger("13900000008").await;
    world.code_expiring(Audience::Account(newcomer.clone())).await;
    world.code_expiring(Audience::Account(newcomer.clone())).await;
    assert_eq!(world.inbox_of(&newcomer).await.len(), 1);
    assert!(world.inbox_of(&world.applicant).await.is_empty());
    assert_eq!(world.wechat.sms("13900000008").len(), 1, "no WeChat: a text message");
    assert_eq!(
        world.deliveries().await,
        states(&[("sms", "sent")]),
        "a kind without templates is not tried through WeChat"
    );
}

#[tokio::test]
async fn a_phone_without_an_account_gets_a_text_message_and_nothing_keeps_it_readable() {
    let world = World::new().await;
    let phone = "13900000009";
    world.code_expiring(Audience::Phone(phone.to_owned())).await;
    world.code_expiring(Audience::Phone(phone.to_owned())).await;
    let came = world.wechat.sms(phone);
    assert_eq!(came.len(), 1, "the same event is told once");
    assert!(came[0].text.contains("缴款码将于 2026年12月31日 23:59 到期"), "{}", came[0].text);
    assert_eq!(came[0].template, "code_expiring");
    assert!(came[0].params.get("until").is_some() && came[0].params.get("unit_id").is_none(), "{:?}", came[0].params);
    let rows = messages::Entity::find().all(world.app.database.reader()).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].account_id.is_empty() && rows[0].unit_id.is_none());
    assert!(!format!("{:?}", rows[0]).contains(phone));
    let shown =
        super::message_page(&world.app, &super::MessageSearch::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(shown.items[0].recipient, "未注册手机 139****0009");
}

#[tokio::test]
async fn members_are_told_by_their_role() {
    let world = World::new().await;
    let finance = world.member("13900000002", Role::Finance).await;
    let admin = world.member("13900000003", Role::Admin).await;
    world.code_expiring(Audience::Roles(world.unit.clone(), vec![Role::Finance])).await;
    assert_eq!(world.inbox_of(&finance).await.len(), 1);
    assert!(world.inbox_of(&admin).await.is_empty() && world.inbox_of(&world.applicant).await.is_empty());
}

#[tokio::test]
async fn a_text_message_that_is_refused_is_told_again_a_little_later_and_comes_once() {
    let world = World::new().await;
    world.wechat.faults().set(|faults| faults.sms_refused = true);
    world.code_expiring(Audience::Account(world.applicant.clone())).await;
    assert!(world.wechat.sms("13900000001").is_empty());
    assert_eq!(world.deliveries().await, states(&[("sms", "failed")]));
    world.wechat.faults().clear();
    for _ in 0..3 {
        world.clock.advance_ms(60_000);
        world.run_jobs().await;
    }
    assert_eq!(world.wechat.sms("13900000001").len(), 1);
    assert_eq!(world.deliveries().await, states(&[("sms", "sent")]));
}

//! When messages go out, what their readers wish, and what happens to those that do not arrive.

use super::*;

#[tokio::test]
async fn a_blast_takes_its_turn_minute_by_minute_and_crosses_no_quota_of_a_day() {
    let world = World::with(|config| {
        config.messages.sms_per_minute = 20;
        config.messages.sms_per_day = 100;
    })
    .await;
    // 08:55 on the next day, an hour after the morning began.
    world.later(22 * HOUR_MS + 55 * 60_000);
    for number in 0..150 {
        let told = Told {
            kind: MessageKind::CodeExpiring,
            key: "blast".to_owned(),
            audience: Audience::Phone(format!("139{number:08}")),
            values: super::super::longest::longest_values(),
        };
        super::super::tell::put_told(&world.app, &told).await.unwrap();
    }
    let mut came = 0;
    let mut by_minute = Vec::new();
    for _ in 0..6 {
        world.run_jobs().await;
        let now = world.wechat.sms_count();
        by_minute.push(now - came);
        came = now;
        world.later(60_000);
    }
    assert_eq!(by_minute, [20, 20, 20, 20, 10, 0], "ten of a hundred are kept for what is urgent");
    // The rest goes out the next morning, not before.
    world.later(22 * HOUR_MS);
    world.run_jobs().await;
    assert_eq!(world.wechat.sms_count(), 90);
    world.later(HOUR_MS + 10 * 60_000);
    world.run_jobs().await;
    assert_eq!(world.wechat.sms_count(), 150);
}

#[tokio::test]
async fn at_night_only_what_is_urgent_or_an_answer_disturbs() {
    let world = World::new().await;
    let openid = world.in_service_account(true).await;
    world.clock.advance_ms(13 * HOUR_MS);
    world.fees_posted("import-1").await;
    assert!(world.pushed(&openid).is_empty(), "23:00");
    assert_eq!(world.inbox_of(&world.applicant).await.len(), 1, "the inbox has it at once");
    assert_eq!(world.deliveries().await, states(&[("template", "planned")]));
    world.clock.advance_ms(9 * HOUR_MS);
    world.run_jobs().await;
    assert_eq!(world.pushed(&openid).len(), 1, "08:00");
    assert_eq!(world.app.wording.manner(MessageKind::OrderPaid), super::super::pace::Manner::Prompt);
}

#[tokio::test]
async fn what_a_reader_switched_off_stays_in_the_inbox_alone() {
    let world = World::new().await;
    let openid = world.in_service_account(true).await;
    world.wish(false, &[MessageKind::FeePosted]).await;
    world.fees_posted("import-1").await;
    assert!(world.pushed(&openid).is_empty());
    assert_eq!(world.inbox_of(&world.applicant).await.len(), 1);
    world.wish(false, &[]).await;
    world.fees_posted("import-2").await;
    assert_eq!(world.pushed(&openid).len(), 1);
}

#[tokio::test]
async fn who_wants_one_message_a_day_gets_one_the_next_morning() {
    let world = World::new().await;
    let openid = world.in_service_account(true).await;
    world.wish(true, &[]).await;
    for batch in ["import-1", "import-2", "import-3"] {
        world.fees_posted(batch).await;
    }
    assert!(world.pushed(&openid).is_empty());
    world.clock.advance_ms(23 * HOUR_MS);
    world.run_jobs().await;
    let pushed = world.pushed(&openid);
    assert_eq!(pushed.len(), 1);
    assert_eq!(pushed[0].template_id.as_deref(), Some("demo-digest"));
    assert_eq!(pushed[0].data["thing1"]["value"], "3 条消息未读");
    world.clock.advance_ms(24 * HOUR_MS);
    world.run_jobs().await;
    assert_eq!(world.pushed(&openid).len(), 1, "nothing new: no digest");
}

#[tokio::test]
async fn what_wechat_could_not_deliver_goes_on_to_the_next_channel() {
    let world = World::new().await;
    let follower = world.in_service_account(true).await;
    let openid = world.in_mini_program(1).await;
    world.fees_posted("import-1").await;
    assert_eq!((world.pushed(&follower).len(), world.pushed(&openid).len()), (1, 0));
    let rows = message_deliveries::Entity::find().all(world.app.database.reader()).await.unwrap();
    let number = rows[0].channel_message_id.clone().unwrap();
    for _ in 0..2 {
        let transaction = world.app.database.begin_write().await.unwrap();
        let now = world.app.now_ms();
        super::super::close(&*transaction, super::super::Channel::Template, &number, Some("failed:user block"), now)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }
    world.run_jobs().await;
    assert_eq!(world.pushed(&openid).len(), 1);
    assert_eq!(world.deliveries().await, states(&[("template", "failed"), ("subscription", "sent")]));
    assert_eq!(world.dead().await, 0);
}

#[tokio::test]
async fn what_fails_too_often_waits_for_a_person_who_sends_it_again() {
    let world = World::with(|config| config.messages.tries_max = 3).await;
    let openid = world.in_service_account(true).await;
    world.wechat.faults().errcode("/cgi-bin/message/template/send", -1, 3);
    world.fees_posted("import-1").await;
    for _ in 0..3 {
        world.clock.advance_ms(60_000);
        world.run_jobs().await;
    }
    assert!(world.pushed(&openid).is_empty());
    assert_eq!(world.dead().await, 1);
    let row = messages::Entity::find().one(world.app.database.reader()).await.unwrap().unwrap();
    let values = serde_json::from_str(row.template_values.as_deref().unwrap()).unwrap();
    let transaction = world.app.database.begin_write().await.unwrap();
    let again = super::super::deliver::Deliver {
        message_id: row.id.clone(),
        values,
        again_at: Some(world.app.now_ms()),
        after: None,
    };
    inbox::revive(&*transaction, &row.id).await.unwrap();
    let job = foundation::jobs::NewJob::new(super::super::JOB_DELIVER, &again, world.app.now_ms());
    foundation::jobs::enqueue(&*transaction, job).await.unwrap();
    transaction.commit().await.unwrap();
    world.run_jobs().await;
    assert_eq!((world.pushed(&openid).len(), world.dead().await), (1, 0));
}

//! Who is told of an event: one inbox message per person concerned, and one job beside each that takes it further.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use foundation::jobs::{NewJob, Outcome, enqueue};
use foundation::problem::Problem;
use sea_orm::ConnectionTrait;

use super::deliver::{Deliver, JOB_DELIVER};
use super::inbox::{self, MessageId, NewMessage, Recipient};
use super::kinds::MessageKind;
use super::told::{Audience, Told, key_of, set, set_amount, told};
use super::wording::{VARIANT, Values};
use crate::accounts::{self, AccountId, Listener, View};
use crate::app::App;
use crate::happenings::Happening;
use crate::{credit, fees, orders, unit_profile};

/// That the reports are there is pushed this much after that the payment came, so that the phone shows them in order.
const AFTER_PAID_MS: i64 = 5_000;

/// Puts one message into the inbox of everybody concerned, and one job beside each that takes it further.
pub async fn tell(app: &App, happening: &Happening) -> anyhow::Result<Outcome> {
    if let Happening::ReportsReady { order_id } = happening {
        // Both may have happened in one moment; first things first. Who knows it already is not told again.
        put(app, &Happening::OrderPaid { order_id: order_id.clone() }).await?;
    }
    put(app, happening).await?;
    app.wake_workers.notify_one();
    Ok(Outcome::Done)
}

async fn put(app: &App, happening: &Happening) -> anyhow::Result<()> {
    match told(app, happening).await? {
        Some(told) => put_told(app, &told).await,
        None => Ok(()),
    }
}

/// Puts it into the inbox of everybody concerned, or sets out for his phone.
pub(super) async fn put_told(app: &App, told: &Told) -> anyhow::Result<()> {
    if let Audience::Phone(phone) = &told.audience {
        return put_to_phone(app, told, phone).await;
    }
    let listeners = listeners(app, told).await?;
    let mut views: HashMap<Option<View>, Option<Values>> = HashMap::new();
    for Listener { view, .. } in &listeners {
        if let Entry::Vacant(entry) = views.entry(view.clone()) {
            let values = match view {
                Some(view) if !lies_within(app, view, &told.values).await? => None,
                Some(view) => values_for(app, told, view).await?,
                None => Some(told.values.clone()),
            };
            entry.insert(values);
        }
    }
    let transaction = app.database.begin_write().await?;
    for Listener { account, view, .. } in &listeners {
        let Some(Some(values)) = views.get(view) else { continue };
        put_to_account(app, &*transaction, told, account, values).await?;
    }
    transaction.commit().await?;
    tell_contacts(app, told, &listeners).await
}

/// Whom the unit has named for this kind (S2-06) and who has not heard of it as a member: through his account, or by text
/// message when his phone has none.
async fn tell_contacts(app: &App, told: &Told, listeners: &[Listener]) -> anyhow::Result<()> {
    let Some(unit) = told.audience.unit() else { return Ok(()) };
    let reader = app.database.reader();
    for role in app.wording.contacts(told.kind) {
        let Some(phone) = unit_profile::contact_phone(reader, unit, *role).await? else { continue };
        match accounts::account_by_phone(reader, &phone).await? {
            Some(known) if listeners.iter().any(|listener| listener.account == known.id) => {}
            Some(known) => {
                let transaction = app.database.begin_write().await?;
                put_to_account(app, &*transaction, told, &known.id, &told.values).await?;
                transaction.commit().await?;
            }
            None => put_to_phone(app, told, &phone).await?,
        }
    }
    Ok(())
}

/// Everybody whom the event concerns and whose role its kind is for.
async fn listeners(app: &App, told: &Told) -> Result<Vec<Listener>, Problem> {
    let reader = app.database.reader();
    let mut listeners = match &told.audience {
        Audience::Account(account) => {
            let account = account.clone();
            return Ok(vec![Listener { account, role: None, view: None }]);
        }
        Audience::Phone(_) => return Ok(Vec::new()),
        Audience::Roles(unit, roles) => accounts::members_with_roles(reader, unit, roles).await?,
        Audience::UnitAndApplicant(unit, phone) => accounts::accounts_to_tell(reader, unit, phone.as_deref()).await?,
    };
    let wanted = app.wording.audience(told.kind);
    listeners.retain(|listener| listener.role.is_none_or(|role| wanted.contains(&role)));
    Ok(listeners)
}

async fn put_to_account<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    told: &Told,
    account: &AccountId,
    values: &Values,
) -> anyhow::Result<()> {
    let now = app.now_ms();
    let new = NewMessage {
        id: MessageId::new(),
        recipient: Recipient::Account(account),
        unit: told.audience.unit(),
        kind: told.kind,
        dedup_key: format!("{}:{account}", told.key),
        worded: app.wording.inbox(told.kind, values)?,
        values,
    };
    let Some(message) = inbox::put(connection, new, now).await? else { return Ok(()) };
    let job = Deliver::new(&message, values.clone());
    let paid_at = match (&told.kind, values.get("order_id")) {
        (MessageKind::ReportReady, Some(order_id)) => {
            let paid = format!("{}:{account}", key_of(MessageKind::OrderPaid, order_id, ""));
            inbox::put_at(connection, &paid).await?
        }
        _ => None,
    };
    let due = paid_at.map_or(now, |paid_at| now.max(paid_at + AFTER_PAID_MS));
    Ok(enqueue(connection, NewJob::new(JOB_DELIVER, &job, due)).await?)
}

/// Nobody has an inbox behind a phone alone; what is sent to it is kept for the service desk, the phone sealed.
async fn put_to_phone(app: &App, told: &Told, phone: &str) -> anyhow::Result<()> {
    let now = app.now_ms();
    let id = MessageId::new();
    let phone_sealed = inbox::seal_phone(app, &id, phone);
    let transaction = app.database.begin_write().await?;
    let new = NewMessage {
        id,
        recipient: Recipient::Phone { phone_sealed },
        unit: told.audience.unit(),
        kind: told.kind,
        dedup_key: format!("{}:{}", told.key, foundation::sealed::BlindIndex::of(phone).as_str()),
        worded: app.wording.inbox(told.kind, &told.values)?,
        values: &told.values,
    };
    if let Some(message) = inbox::put(&*transaction, new, now).await? {
        let job = Deliver::new(&message, told.values.clone());
        enqueue(&*transaction, NewJob::new(JOB_DELIVER, &job, now)).await?;
    }
    Ok(transaction.commit().await?)
}

/// Whether a member with limits (S1-59) would find on his pages what the message speaks of.
async fn lies_within(app: &App, view: &View, values: &Values) -> Result<bool, Problem> {
    if view.limits().is_none() {
        return Ok(true);
    }
    let reader = app.database.reader();
    match (values.get("order_id"), values.get("credit_id")) {
        (Some(order), _) => orders::is_seen(reader, view, order).await,
        (None, Some(credit)) => credit::is_seen(reader, view, credit).await,
        (None, None) => Ok(true),
    }
}

/// What fills the texts for one listener; nothing when there is nothing to tell him. A card names what the page that it
/// opens will show: everything that he can pay now, not only what is new.
async fn values_for(app: &App, told: &Told, view: &View) -> Result<Option<Values>, Problem> {
    let mut values = told.values.clone();
    if told.kind != MessageKind::FeePosted {
        return Ok(Some(values));
    }
    let payable = fees::payable_total_for(app.database.reader(), view).await?;
    let posted: i64 = values.get("new").and_then(|text| text.parse().ok()).unwrap_or_default();
    if payable.count == 0 {
        return Ok(None);
    }
    set(&mut values, "new", &posted.min(payable.count).to_string());
    set(&mut values, "count", &payable.count.to_string());
    set_amount(&mut values, payable.amount);
    if posted < payable.count {
        set(&mut values, VARIANT, "more");
    }
    Ok(Some(values))
}

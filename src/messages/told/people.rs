//! What is told of people: invitations, new devices, changed phones.

use foundation::calendar::beijing_date;
use foundation::money::Fen;
use foundation::problem::Problem;
use foundation::text::{mask_name, mask_phone};

use super::values::{common_values, day_text, key_of, moment_text, set};
use super::{Audience, Told};
use crate::accounts::{self, AccountId, Role, SessionId, UnitId};
use crate::app::App;
use crate::happenings::PersonEvent;
use crate::messages::kinds::MessageKind;
use crate::messages::wording::Values;
use crate::{members, phone_change};

/// What there is to tell; nothing when it is gone meanwhile.
pub(super) async fn told(app: &App, event: &PersonEvent) -> Result<Option<Told>, Problem> {
    match event {
        PersonEvent::Invited { invitation_id } => {
            let Some(invitation) = members::invitation_facts(app.database.reader(), invitation_id).await? else {
                return Ok(None);
            };
            let Some(phone) = invitation.phone.clone() else { return Ok(None) };
            let mut values = values(app);
            set(&mut values, "unit", &unit_name(app, &invitation.unit).await?);
            set(&mut values, "name", &mask_name(&invitation.invited_by_name));
            let key = key_of(MessageKind::MemberInvited, invitation_id, "");
            Ok(Some(Told { kind: MessageKind::MemberInvited, key, audience: Audience::Phone(phone), values }))
        }
        PersonEvent::Joined { invitation_id } => joined(app, invitation_id).await,
        PersonEvent::PasswordChanged { account_id, at } => {
            let mut values = values(app);
            set(&mut values, "time", &moment_text(*at));
            let key = key_of(MessageKind::PasswordChanged, account_id, &at.to_string());
            let audience = Audience::Account(AccountId::from_stored(account_id.clone()));
            Ok(Some(Told { kind: MessageKind::PasswordChanged, key, audience, values }))
        }
        PersonEvent::PhoneChangePlanned { change_id } => {
            let Some(change) = phone_change::facts(app.database.reader(), change_id).await? else { return Ok(None) };
            let Some(due_at) = change.due_at else { return Ok(None) };
            let mut values = values(app);
            let old = change.old_phone.as_deref().map(mask_phone).unwrap_or_default();
            set(&mut values, "old_phone", &old);
            set(&mut values, "new_phone", &mask_phone(&change.new_phone));
            set(&mut values, "until", &moment_text(due_at));
            let key = key_of(MessageKind::PhoneChangePlanned, change_id, "");
            let audience = Audience::Account(change.account);
            Ok(Some(Told { kind: MessageKind::PhoneChangePlanned, key, audience, values }))
        }
        PersonEvent::NewDevice { session_id, by_password } => {
            let id = SessionId::from_stored(session_id.clone());
            let Some(session) = accounts::session_facts(app.database.reader(), &id).await? else { return Ok(None) };
            let mut values = values(app);
            set(&mut values, "device", &session.device);
            set(&mut values, "time", &moment_text(session.signed_in_at));
            let kind = if *by_password { MessageKind::NewDeviceByPassword } else { MessageKind::NewDevice };
            let key = key_of(kind, session_id, "");
            Ok(Some(Told { kind, key, audience: Audience::Account(session.account), values }))
        }
        PersonEvent::PhoneChanged { change_id, to_old_phone } => {
            let Some(change) = phone_change::facts(app.database.reader(), change_id).await? else { return Ok(None) };
            let mut values = values(app);
            let old = change.old_phone.as_deref().map(mask_phone).unwrap_or_default();
            set(&mut values, "old_phone", &old);
            set(&mut values, "new_phone", &mask_phone(&change.new_phone));
            let (part, audience) = match (to_old_phone, change.old_phone) {
                (true, Some(old)) => ("old", Audience::Phone(old)),
                (true, None) => return Ok(None),
                (false, _) => ("account", Audience::Account(change.account)),
            };
            let key = key_of(MessageKind::PhoneChanged, change_id, part);
            Ok(Some(Told { kind: MessageKind::PhoneChanged, key, audience, values }))
        }
        PersonEvent::DeletionPlanned { account_id, due_at } => {
            let id = AccountId::from_stored(account_id.clone());
            let account = accounts::account(app.database.reader(), &id).await?;
            // Called off meanwhile, there is nothing to warn of.
            let Some(account) = account.filter(|account| account.deletion_due_at == Some(*due_at)) else {
                return Ok(None);
            };
            let mut values = values(app);
            set(&mut values, "due", &day_text(beijing_date(*due_at)));
            let kind = MessageKind::AccountDeletionPlanned;
            let key = key_of(kind, account_id, &due_at.to_string());
            Ok(Some(Told { kind, key, audience: Audience::Account(account.id), values }))
        }
    }
}

async fn joined(app: &App, invitation_id: &str) -> Result<Option<Told>, Problem> {
    let reader = app.database.reader();
    let Some(invitation) = members::invitation_facts(reader, invitation_id).await? else { return Ok(None) };
    let Some(account) = invitation.accepted_by.map(AccountId::from_stored) else { return Ok(None) };
    let Some(account) = accounts::account(reader, &account).await? else { return Ok(None) };
    let mut values = values(app);
    set(&mut values, "unit", &unit_name(app, &invitation.unit).await?);
    set(&mut values, "unit_id", invitation.unit.as_str());
    set(&mut values, "name", &account.display_name);
    set(&mut values, "role", invitation.role.text());
    let audience = Audience::Roles(invitation.unit, vec![Role::Owner, Role::Admin]);
    Ok(Some(Told {
        kind: MessageKind::MemberJoined,
        key: key_of(MessageKind::MemberJoined, invitation_id, ""),
        audience,
        values,
    }))
}

fn values(app: &App) -> Values {
    common_values(app, Fen::ZERO)
}

async fn unit_name(app: &App, unit: &UnitId) -> Result<String, Problem> {
    Ok(accounts::unit(app.database.reader(), unit).await?.map(|unit| unit.name).unwrap_or_default())
}

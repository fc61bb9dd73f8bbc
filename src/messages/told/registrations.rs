//! What is told of registrations: to the registrant alone, who may have no unit yet.

use foundation::money::Fen;
use foundation::problem::Problem;

use super::values::{common_values, key_of, moment_text, set};
use super::{Audience, Told};
use crate::app::App;
use crate::messages::kinds::MessageKind;
use crate::registrations;

/// An event of a registration; each time it is handed in makes its own.
pub(super) async fn of(app: &App, kind: MessageKind, id: &str, reason: &str) -> Result<Option<Told>, Problem> {
    let Some(facts) = registrations::facts(app.database.reader(), id).await? else { return Ok(None) };
    let mut values = common_values(app, Fen::ZERO);
    set(&mut values, "unit", &facts.name);
    set(&mut values, "registration_id", id);
    set(&mut values, "registration_no", &facts.registration_no);
    set(&mut values, "reason", reason);
    set(&mut values, "until", &facts.due_at.map(moment_text).unwrap_or_default());
    let round = facts.submitted_at.unwrap_or_default().to_string();
    Ok(Some(Told { kind, key: key_of(kind, id, &round), audience: Audience::Account(facts.account), values }))
}

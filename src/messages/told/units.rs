//! What is told of a unit's profile and qualifications: to those who manage it.

use foundation::calendar::parse_date;
use foundation::money::Fen;
use foundation::problem::Problem;

use super::values::{common_values, day_text, key_of, set};
use super::{Audience, Told};
use crate::accounts::{Role, UnitId};
use crate::app::App;
use crate::messages::kinds::MessageKind;
use crate::messages::wording::VARIANT;
use crate::unit_profile;

fn managers(unit: UnitId) -> Audience {
    Audience::Roles(unit, vec![Role::Owner, Role::Admin])
}

/// A change of key fields was decided.
pub(super) async fn of_change(app: &App, id: &str) -> Result<Option<Told>, Problem> {
    let Some(facts) = unit_profile::change_facts(app.database.reader(), id).await? else { return Ok(None) };
    let mut values = common_values(app, Fen::ZERO);
    set(&mut values, "unit", &facts.unit_name);
    set(&mut values, "unit_id", facts.unit.as_str());
    set(&mut values, "reason", facts.opinion.as_deref().unwrap_or(""));
    if !facts.approved {
        set(&mut values, VARIANT, "rejected");
    }
    let kind = MessageKind::ProfileChangeDecided;
    Ok(Some(Told { kind, key: key_of(kind, id, ""), audience: managers(facts.unit), values }))
}

/// A qualification was decided, or ends in so many days.
pub(super) async fn of_qualification(
    app: &App,
    kind: MessageKind,
    id: &str,
    days: Option<i64>,
) -> Result<Option<Told>, Problem> {
    let Some(facts) = unit_profile::qualification_facts(app.database.reader(), id).await? else { return Ok(None) };
    let mut values = common_values(app, Fen::ZERO);
    set(&mut values, "unit", &facts.unit_name);
    set(&mut values, "unit_id", facts.unit.as_str());
    set(&mut values, "title", &facts.kind_text);
    set(&mut values, "certificate_no", &facts.certificate_no);
    set(&mut values, "due", &day_text(parse_date(&facts.valid_until)?));
    set(&mut values, "reason", facts.opinion.as_deref().unwrap_or(""));
    set(&mut values, "days", &days.unwrap_or_default().to_string());
    match days {
        None if !facts.approved => set(&mut values, VARIANT, "rejected"),
        Some(days) if days < 0 => set(&mut values, VARIANT, "ended"),
        _ => {}
    }
    let part = days.map(|days| days.to_string()).unwrap_or_default();
    Ok(Some(Told { kind, key: key_of(kind, id, &part), audience: managers(facts.unit), values }))
}

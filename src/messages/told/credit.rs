//! What is told of reports that are given before they are paid.

use foundation::calendar::{beijing_date, parse_date};
use foundation::problem::Problem;

use super::values::{common_values, day_text, key_of, set};
use super::{Audience, Told};
use crate::app::App;
use crate::credit;
use crate::messages::kinds::MessageKind;
use crate::messages::wording::VARIANT;

/// An event of a request for credit; `part` distinguishes several of one kind.
pub(super) async fn of_credit(
    app: &App,
    kind: MessageKind,
    credit_id: &str,
    part: &str,
) -> Result<Option<Told>, Problem> {
    let Some(credit) = credit::facts(app.database.reader(), credit_id).await? else { return Ok(None) };
    let mut values = common_values(app, credit.amount);
    set(&mut values, "unit", &credit.unit_name);
    set(&mut values, "unit_id", credit.unit_id.as_str());
    set(&mut values, "credit_id", credit_id);
    set(&mut values, "credit_no", &credit.request_no);
    set(&mut values, "count", &credit.count.to_string());
    set(&mut values, "owed", &format!("{} 元", credit.owed));
    let due = credit.due_on.as_deref().map(parse_date).transpose()?;
    set(&mut values, "due", &due.map_or_else(String::new, day_text));
    Ok(Some(Told {
        kind,
        key: key_of(kind, credit_id, part),
        audience: Audience::UnitAndApplicant(credit.unit_id, credit.applicant_phone),
        values,
    }))
}

/// It was not granted.
pub(super) async fn rejected(app: &App, credit_id: &str, reason: &str) -> Result<Option<Told>, Problem> {
    let told = of_credit(app, MessageKind::CreditRejected, credit_id, "").await?;
    Ok(told.map(|told| told.with("reason", reason)))
}

/// Everything of it is paid.
pub(super) async fn settled(app: &App, credit_id: &str) -> Result<Option<Told>, Problem> {
    // It may be owed again and paid again: told once a day.
    let day = beijing_date(app.now_ms()).to_string();
    of_credit(app, MessageKind::CreditSettled, credit_id, &day).await
}

/// Its day of payment is so many days away; negative once it is over.
pub(super) async fn reminder(app: &App, credit_id: &str, days: i64) -> Result<Option<Told>, Problem> {
    let kind = if days < 0 { MessageKind::CreditOverdue } else { MessageKind::CreditDue };
    let told = of_credit(app, kind, credit_id, &days.to_string()).await?;
    Ok(told.map(|told| {
        let told = told.with("days", &days.abs().to_string());
        if days == 0 { told.with(VARIANT, "today") } else { told }
    }))
}

//! What a verdict on a registration brings about, in the transaction of the verdict.

use foundation::problem::Problem;
use sea_orm::DatabaseTransaction;
use sea_orm::sea_query::Expr;

use super::entity::registrations::Column;
use super::model::{RegistrationKind, RegistrationState};
use super::store::{self, RegistrationRow};
use crate::accounts::{self, AccountId, NewUnit, UnitId};
use crate::app::App;
use crate::happenings::{Happening, publish};
use crate::unit_profile::{self, ContactRole};

fn present(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// What a registration says of the unit. The credit code counts only when it was reviewed.
pub(super) fn unit_of(row: &RegistrationRow, kind: RegistrationKind) -> NewUnit {
    let person = kind == RegistrationKind::Person;
    NewUnit {
        name: if person { row.registrant_name.clone() } else { row.unit_name.clone() },
        uscc: present(&row.uscc).filter(|_| kind.is_reviewed()),
        level: kind.level(),
        unit_kind: if person { Some("person".to_owned()) } else { present(&row.unit_kind) },
        district_code: present(&row.district_code),
        address: present(&row.address),
        legal_rep: present(&row.legal_rep),
        industry_code: present(&row.industry_code),
        email: present(&row.email),
        phone: None,
    }
}

/// Submitted → approved: the unit is made, found by its credit code, or raised from uncertified; the registrant owns it.
pub(super) async fn approve(
    app: &App,
    transaction: &DatabaseTransaction,
    id: &str,
    opinion: Option<&str>,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let row = store::find(transaction, id).await?;
    store::hold_code(transaction, &row.uscc, now).await?;
    let kind = row.kind()?;
    let new = unit_of(&row, kind);
    let account = AccountId::from_stored(row.account_id.clone());
    let upgraded = row.upgrade_unit_id.clone().map(UnitId::from_stored);
    let unit = match accounts::registered_or_known(transaction, &row.uscc).await? {
        Some(known) => {
            certify(transaction, &known.id, new, now).await?;
            if let Some(old) = upgraded.filter(|old| *old != known.id) {
                accounts::leave_merged_unit(transaction, &account, &old, now).await?;
            }
            known.id
        }
        None => match upgraded {
            Some(unit) => {
                certify(transaction, &unit, new, now).await?;
                unit
            }
            None => accounts::insert_unit(transaction, new, now).await?,
        },
    };
    accounts::make_owner(transaction, &account, &unit, now).await?;
    accounts::remember_unit(transaction, &account, &unit).await?;
    name_contacts(transaction, &row, &account, &unit, now).await?;
    let update = store::change(&row.id, &[RegistrationState::Submitted], RegistrationState::Approved, now)
        .col_expr(Column::UnitId, Expr::value(unit.as_str()))
        .col_expr(Column::Opinion, Expr::value(opinion))
        .col_expr(Column::DecidedAt, Expr::value(now));
    if update.exec(transaction).await?.rows_affected == 0 {
        return Err(decided_already());
    }
    publish(transaction, &Happening::RegistrationApproved { registration_id: row.id.clone() }, now).await?;
    Ok(())
}

/// The two contact roles (S2-06): the safety manager as typed, the registrant as applicant.
async fn name_contacts(
    transaction: &DatabaseTransaction,
    row: &RegistrationRow,
    account: &AccountId,
    unit: &UnitId,
    now: i64,
) -> Result<(), Problem> {
    let by = account.as_str();
    let manager = (row.safety_manager_name.as_str(), row.safety_manager_phone.as_str());
    unit_profile::put_contact(transaction, unit, ContactRole::SafetyManager, manager, by, now).await?;
    let phone = accounts::account(transaction, account).await?.and_then(|account| account.phone).unwrap_or_default();
    let applicant = (row.registrant_name.as_str(), phone.as_str());
    unit_profile::put_contact(transaction, unit, ContactRole::Applicant, applicant, by, now).await?;
    Ok(())
}

async fn certify(transaction: &DatabaseTransaction, unit: &UnitId, new: NewUnit, now: i64) -> Result<(), Problem> {
    if accounts::certify_unit(transaction, unit, new, now).await? {
        return Ok(());
    }
    Err(Problem::conflict("unit_registered", "该单位已经有人注册并通过审核，没有通过")
        .advice("请驳回这份申请，并说明由单位管理员邀请加入"))
}

/// Submitted → rejected with the reason; everything is kept.
pub(super) async fn reject(
    app: &App,
    transaction: &DatabaseTransaction,
    id: &str,
    opinion: &str,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let update = store::change(id, &[RegistrationState::Submitted], RegistrationState::Rejected, now)
        .col_expr(Column::Opinion, Expr::value(opinion))
        .col_expr(Column::DecidedAt, Expr::value(now));
    if update.exec(transaction).await?.rows_affected == 0 {
        return Err(decided_already());
    }
    let rejected = Happening::RegistrationRejected { registration_id: id.to_owned(), reason: opinion.to_owned() };
    publish(transaction, &rejected, now).await?;
    Ok(())
}

fn decided_already() -> Problem {
    Problem::conflict("registration_decided", "这份注册申请已经处理过，没有改变").advice("请刷新页面查看最新状态")
}

//! Phones that an account had before and that still show what was applied for with them. Applicants' phones are facts of
//! the core system and stay on fees and reports as they are; after a change of the phone the account keeps seeing them only
//! when the change was proved with the old phone or approved by a person (docs/decisions).

use foundation::problem::Problem;
use foundation::sealed;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::entity::earlier_phones::{ActiveModel, Column, Entity};
use super::model::AccountId;

/// An account has no more of them in its scope; who changes more often asks at the counter.
const MAX: u64 = 10;

/// The earlier phones that still count, newest first.
pub async fn of_account<C: ConnectionTrait>(connection: &C, account: &AccountId) -> Result<Vec<String>, Problem> {
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .order_by_desc(Column::ApprovedAt)
        .limit(MAX)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| row.phone.into()).collect())
}

/// Keeps a phone that the account had until now.
pub async fn keep<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    phone: &str,
    approved_by: &str,
    now_ms: i64,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        account_id: Set(account.to_string()),
        phone: Set(phone.into()),
        approved_by: Set(approved_by.to_owned()),
        approved_at: Set(now_ms),
    };
    Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Forgets a phone of the past: somebody else has proved to hold it now, or the account is deleted.
pub async fn forget<C: ConnectionTrait>(connection: &C, phone: &str) -> Result<(), DbErr> {
    Entity::delete_many().filter(sealed::is(Column::Phone, phone)).exec(connection).await?;
    Ok(())
}

/// Forgets the earlier phones of an account.
pub async fn forget_account<C: ConnectionTrait>(connection: &C, account: &AccountId) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::AccountId.eq(account.as_str())).exec(connection).await?;
    Ok(())
}

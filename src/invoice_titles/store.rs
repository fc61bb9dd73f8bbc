//! Saved titles: reading and keeping them.

use foundation::problem::Problem;
use foundation::sealed::{Findable, Sealed};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::check::{check, wrong_title};
use super::entity::invoice_titles::{ActiveModel, Column, Entity, Model};
use super::model::{InvoiceTitle, NewInvoiceTitle, ProposedTitle, TitleFacts, TitleId, TitleKind};
use crate::accounts::{self, Scope};

/// More titles than this no unit needs; keeps one account from filling the table.
const TITLES_MAX: u64 = 200;

fn facts_of_row(row: Model) -> Result<TitleFacts, Problem> {
    Ok(TitleFacts {
        kind: row.kind.parse()?,
        name: row.name,
        tax_no: row.tax_no,
        address: row.address.map(String::from),
        phone: row.phone.map(String::from),
        bank_name: row.bank_name,
        bank_account: row.bank_account.map(String::from),
        email: row.email.map(String::from),
    })
}

/// All titles the scope may use, the last used one (the default) first.
pub async fn list<C: ConnectionTrait>(connection: &C, scope: &Scope) -> Result<Vec<InvoiceTitle>, Problem> {
    let rows = scope
        .select::<Entity>()
        .order_by_desc(Column::LastUsedAt)
        .order_by_desc(Column::Id)
        .limit(TITLES_MAX)
        .all(connection)
        .await?;
    rows.into_iter()
        .enumerate()
        .map(|(position, row)| {
            let id = TitleId::from_stored(row.id.clone());
            Ok(InvoiceTitle { id, facts: facts_of_row(row)?, is_default: position == 0 })
        })
        .collect()
}

/// What the confirm page starts with (S0-26, B-22): the title used last, or the unit itself with its number.
pub async fn proposal<C: ConnectionTrait>(connection: &C, scope: &Scope) -> Result<ProposedTitle, Problem> {
    if let Some(title) = list(connection, scope).await?.into_iter().next() {
        return Ok(ProposedTitle { id: Some(title.id), facts: title.facts });
    }
    let access = accounts::unit_access(connection, scope.account_id(), scope.unit_id()).await?;
    let facts = TitleFacts {
        kind: TitleKind::Organization,
        name: scope.unit_name().to_owned(),
        tax_no: access.and_then(|access| access.unit.uscc),
        address: None,
        phone: None,
        bank_name: None,
        bank_account: None,
        email: None,
    };
    Ok(ProposedTitle { id: None, facts })
}

/// The title an order is to carry: the saved one named by `id`, or `new` after checking, or (nothing named) what the
/// confirm page proposed. 404 for a title that is not the scope's, 422 for a wrong one.
pub async fn resolve<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    id: Option<&TitleId>,
    new: Option<&NewInvoiceTitle>,
) -> Result<TitleFacts, Problem> {
    if let Some(new) = new {
        return check(new).map_err(wrong_title);
    }
    if let Some(id) = id {
        return facts_of_row(find(connection, scope, id).await?);
    }
    Ok(proposal(connection, scope).await?.facts)
}

/// Keeps the title of an order for the next time, as the new default: a saved one with the same name and number is
/// brought up to date instead of being doubled. Call it in the transaction that makes the order.
pub async fn remember<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    facts: &TitleFacts,
    now_ms: i64,
) -> Result<(), Problem> {
    let same_number = match &facts.tax_no {
        Some(tax_no) => Column::TaxNo.eq(tax_no),
        None => Column::TaxNo.is_null(),
    };
    let known = scope
        .select::<Entity>()
        .filter(Column::Kind.eq(facts.kind.as_str()))
        .filter(Column::Name.eq(&facts.name))
        .filter(same_number)
        .order_by_desc(Column::LastUsedAt)
        .one(connection)
        .await?;
    match known {
        Some(row) => {
            write(connection, scope, &row.id, facts, Some(now_ms), now_ms).await?;
            Ok(())
        }
        // A full list only means that this title is not kept; the order has it anyway.
        None => match insert(connection, scope, facts, now_ms, now_ms).await {
            Err(problem) if problem.code() == "too_many_titles" => Ok(()),
            result => result.map(drop),
        },
    }
}

pub(super) async fn find<C: ConnectionTrait>(connection: &C, scope: &Scope, id: &TitleId) -> Result<Model, Problem> {
    let row = scope.select::<Entity>().filter(Column::Id.eq(id.as_str())).one(connection).await?;
    row.ok_or_else(title_not_found)
}

/// Saves a new title; `last_used_at` is 0 for one that no order carries yet.
pub(super) async fn insert<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    facts: &TitleFacts,
    last_used_at: i64,
    now_ms: i64,
) -> Result<TitleId, Problem> {
    let kept = scope.select::<Entity>().limit(TITLES_MAX).all(connection).await?;
    if kept.len() as u64 >= TITLES_MAX {
        return Err(
            Problem::conflict("too_many_titles", format!("最多保存 {TITLES_MAX} 个抬头")).advice("请先删除不用的抬头")
        );
    }
    let id = TitleId::new();
    let facts = facts.clone();
    let row = ActiveModel {
        id: Set(id.to_string()),
        unit_id: Set(scope.unit_id().to_string()),
        applicant_phone: Set(scope.applicant_phone().map(Findable::from)),
        kind: Set(facts.kind.as_str().to_owned()),
        name: Set(facts.name),
        tax_no: Set(facts.tax_no),
        address: Set(facts.address.map(Sealed::from)),
        phone: Set(facts.phone.map(Sealed::from)),
        bank_name: Set(facts.bank_name),
        bank_account: Set(facts.bank_account.map(Sealed::from)),
        email: Set(facts.email.map(Sealed::from)),
        last_used_at: Set(last_used_at),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
    };
    Entity::insert(row).exec_without_returning(connection).await?;
    Ok(id)
}

/// Changes a saved title; 0 rows if it is not the scope's.
pub(super) async fn write<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    id: &str,
    facts: &TitleFacts,
    used_at: Option<i64>,
    now_ms: i64,
) -> Result<u64, DbErr> {
    let mut update = Entity::update_many()
        .col_expr(Column::Kind, Expr::value(facts.kind.as_str()))
        .col_expr(Column::Name, Expr::value(facts.name.as_str()))
        .col_expr(Column::TaxNo, Expr::value(facts.tax_no.clone()))
        .col_expr(Column::Address, Expr::value(facts.address.as_deref().map(Sealed::from)))
        .col_expr(Column::Phone, Expr::value(facts.phone.as_deref().map(Sealed::from)))
        .col_expr(Column::BankName, Expr::value(facts.bank_name.clone()))
        .col_expr(Column::BankAccount, Expr::value(facts.bank_account.as_deref().map(Sealed::from)))
        .col_expr(Column::Email, Expr::value(facts.email.as_deref().map(Sealed::from)))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms));
    if let Some(used_at) = used_at {
        update = update.col_expr(Column::LastUsedAt, Expr::value(used_at));
    }
    let result = update.filter(scope.condition::<Entity>()).filter(Column::Id.eq(id)).exec(connection).await?;
    Ok(result.rows_affected)
}

/// Deletes a saved title; 0 rows if it is not the scope's. Orders keep their copy.
pub(super) async fn delete<C: ConnectionTrait>(connection: &C, scope: &Scope, id: &TitleId) -> Result<u64, DbErr> {
    let result = Entity::delete_many()
        .filter(scope.condition::<Entity>())
        .filter(Column::Id.eq(id.as_str()))
        .exec(connection)
        .await?;
    Ok(result.rows_affected)
}

pub(super) fn title_not_found() -> Problem {
    Problem::not_found("title_not_found", "没有找到这个抬头")
}

//! Queries and conditional updates.

use std::collections::{BTreeSet, HashMap};

use foundation::batches::padded;
use foundation::money::Fen;
use foundation::problem::Problem;
use foundation::text::{like_pattern, search_form};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

use super::entity::{fees, payees};
use super::model::{Fee, FeeId, Payee, PayeeId};
use super::price_basis::PriceBasis;
use crate::accounts::{self, Account, Scope, ScopedEntity, View};
use crate::reports;

impl ScopedEntity for fees::Entity {
    fn unit_column() -> fees::Column {
        fees::Column::UnitId
    }
    fn applicant_column() -> fees::Column {
        fees::Column::ApplicantPhone
    }
    fn within(view: &View) -> Condition {
        Condition::all().add(fees::Column::ReportId.in_subquery(reports::ids_within(view)))
    }
}

/// Ids in one IN list; both databases take far more, but plans stay small. As many as a list of ids is filled up to.
const CHUNK: usize = 512;

pub(super) fn fee_of_row(row: fees::Model) -> Result<Fee, Problem> {
    Ok(Fee {
        id: FeeId::from_stored(row.id),
        report_id: row.report_id,
        report_no: row.report_no,
        device_name: row.device_name,
        device_kind: row.device_kind,
        registration_code: row.registration_code,
        factory_serial_no: row.factory_serial_no,
        unit_name: row.unit_name,
        place: row.place,
        inspected_on: row.inspected_on,
        amount: Fen(row.amount_fen),
        receipt_class: row.receipt_class.parse()?,
        payee_id: PayeeId::from_stored(row.payee_id),
        applicant_phone: row.applicant_phone.map(String::from),
        posted_at: row.posted_at,
        credit_id: row.credit_id,
        credit_due_on: row.credit_due_on,
        price_basis: row.price_basis.as_deref().and_then(PriceBasis::from_stored),
    })
}

/// How many, and how much together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeeTotal {
    /// Rows.
    pub count: i64,
    /// Fen.
    pub amount: Fen,
}

#[derive(FromQueryResult)]
struct TotalRow {
    count: i64,
    amount_fen: Option<i64>,
}

pub(super) fn payable(scope: &Scope, search: Option<&str>) -> Select<fees::Entity> {
    let mut select = only_payable(scope.select::<fees::Entity>());
    // Several words narrow each other: 两江 电梯 finds what has both.
    for word in search.unwrap_or("").split_whitespace().take(5) {
        let form = search_form(word);
        if !form.is_empty() {
            let pattern = LikeExpr::new(like_pattern(&form)).escape('\\');
            select = select.filter(Expr::col(fees::Column::SearchText).like(pattern));
        }
    }
    select
}

fn only_payable(select: Select<fees::Entity>) -> Select<fees::Entity> {
    // The state stands in the text of the statement: only then does a prepared one use the index of payable fees.
    select.filter(Expr::col((fees::Entity, fees::Column::State)).eq(Expr::cust("'payable'")))
}

/// Count and sum of what matches (S0-09).
pub async fn payable_total<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    search: Option<&str>,
) -> Result<FeeTotal, Problem> {
    total_of(connection, payable(scope, search)).await
}

/// Count and sum of what somebody may pay now: what a message to him speaks of, and the page that it opens shows.
pub async fn payable_total_for<C: ConnectionTrait>(connection: &C, view: &View) -> Result<FeeTotal, Problem> {
    total_of(connection, only_payable(view.select::<fees::Entity>())).await
}

async fn total_of<C: ConnectionTrait>(connection: &C, select: Select<fees::Entity>) -> Result<FeeTotal, Problem> {
    let row = select
        .select_only()
        .column_as(Expr::cust("COUNT(*)"), "count")
        .column_as(sum_of_amounts(), "amount_fen")
        .into_model::<TotalRow>()
        .one(connection)
        .await?;
    Ok(row.map_or(FeeTotal::default(), |row| FeeTotal { count: row.count, amount: Fen(row.amount_fen.unwrap_or(0)) }))
}

/// PostgreSQL sums bigints as numeric; money stays an integer.
pub(super) fn sum_of_amounts() -> sea_orm::sea_query::SimpleExpr {
    Expr::col(fees::Column::AmountFen).sum().cast_as(sea_orm::sea_query::Alias::new("bigint"))
}

/// Payable fees of the scope among `ids`; foreign, unknown and no longer payable ones are simply missing.
pub async fn payable_by_ids<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    ids: &[FeeId],
) -> Result<Vec<Fee>, Problem> {
    by_ids(connection, ids, |select| select, scope).await
}

/// The same for whoever is going to change them, each held until the transaction ends: in one order for everybody, so that
/// of two who chose the same the second waits for the first, and finds what that one left.
pub async fn hold_payable_by_ids<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    ids: &[FeeId],
) -> Result<Vec<Fee>, Problem> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids.dedup();
    by_ids(connection, &ids, |select| select.order_by_asc(fees::Column::Id).lock_exclusive(), scope).await
}

async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    ids: &[FeeId],
    held: impl Fn(Select<fees::Entity>) -> Select<fees::Entity>,
    scope: &Scope,
) -> Result<Vec<Fee>, Problem> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        // Here the state is a value: with the index of payable fees, a plan for all values of a prepared statement compares
        // every fee of the unit with every id (docs/decisions/0016).
        let wanted = scope
            .select::<fees::Entity>()
            .filter(fees::Column::State.eq("payable"))
            .filter(fees::Column::Id.is_in(padded(chunk.iter().map(FeeId::as_str).collect())));
        for row in held(wanted).all(connection).await? {
            found.push(fee_of_row(row)?);
        }
    }
    found.sort_by(|left, right| right.id.cmp(&left.id));
    Ok(found)
}

/// All payable fees that match, newest first, at most `max`.
pub async fn payable_matching<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    search: Option<&str>,
    max: u64,
) -> Result<Vec<Fee>, Problem> {
    let rows = payable(scope, search).order_by_desc(fees::Column::Id).limit(max).all(connection).await?;
    rows.into_iter().map(fee_of_row).collect()
}

/// Puts payable fees into an order; returns how many were still payable.
pub async fn lock_for_order<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    ids: &[FeeId],
    order_id: &str,
    now_ms: i64,
) -> Result<u64, DbErr> {
    let mut locked = 0;
    for chunk in ids.chunks(CHUNK) {
        let result = fees::Entity::update_many()
            .col_expr(fees::Column::State, Expr::value("locked"))
            .col_expr(fees::Column::OrderId, Expr::value(order_id))
            .col_expr(fees::Column::UpdatedAt, Expr::value(now_ms))
            .filter(scope.condition::<fees::Entity>())
            .filter(fees::Column::Id.is_in(padded(chunk.iter().map(FeeId::as_str).collect())))
            .filter(fees::Column::State.eq("payable"))
            .exec(connection)
            .await?;
        locked += result.rows_affected;
    }
    Ok(locked)
}

/// A fee that was just paid.
#[derive(Debug, Clone, FromQueryResult)]
pub struct SettledFee {
    /// In which order.
    pub order_id: String,
    /// For which report.
    pub report_id: String,
    /// The granted request for credit that it settles, in part.
    pub credit_id: Option<String>,
}

/// Marks the fees of orders as paid; returns those that were locked in them.
pub async fn settle_orders<C: ConnectionTrait>(
    connection: &C,
    order_ids: &[&str],
    now_ms: i64,
) -> Result<Vec<SettledFee>, DbErr> {
    let update = Query::update()
        .table(fees::Entity)
        .value(fees::Column::State, "paid")
        .value(fees::Column::PaidAt, now_ms)
        .value(fees::Column::UpdatedAt, now_ms)
        .and_where(fees::Column::OrderId.is_in(padded(order_ids.to_vec())))
        .and_where(fees::Column::State.eq("locked"))
        .returning(Query::returning().columns([fees::Column::OrderId, fees::Column::ReportId, fees::Column::CreditId]))
        .to_owned();
    let rows = connection.query_all(&update).await?;
    rows.iter().map(|row| SettledFee::from_query_result(row, "")).collect()
}

/// Makes the fees of a voided order payable again (S0-33, S0-44).
pub async fn unlock_order<C: ConnectionTrait>(connection: &C, order_id: &str, now_ms: i64) -> Result<u64, DbErr> {
    let result = fees::Entity::update_many()
        .col_expr(fees::Column::State, Expr::value("payable"))
        .col_expr(fees::Column::OrderId, Expr::value(None::<String>))
        .col_expr(fees::Column::UpdatedAt, Expr::value(now_ms))
        .filter(fees::Column::OrderId.eq(order_id))
        .filter(fees::Column::State.eq("locked"))
        .exec(connection)
        .await?;
    Ok(result.rows_affected)
}

/// Locks the fees of an order again that was paid by mistake.
pub async fn unsettle_order<C: ConnectionTrait>(connection: &C, order_id: &str, now_ms: i64) -> Result<u64, DbErr> {
    let result = fees::Entity::update_many()
        .col_expr(fees::Column::State, Expr::value("locked"))
        .col_expr(fees::Column::PaidAt, Expr::value(None::<i64>))
        .col_expr(fees::Column::UpdatedAt, Expr::value(now_ms))
        .filter(fees::Column::OrderId.eq(order_id))
        .filter(fees::Column::State.eq("paid"))
        .exec(connection)
        .await?;
    Ok(result.rows_affected)
}

/// Paid → cancelled for the fees of an order whose money went back as a whole: nothing is owed for them any more, unless the
/// fee desk says so.
pub async fn take_back<C: ConnectionTrait>(connection: &C, order_id: &str, now_ms: i64) -> Result<u64, DbErr> {
    let result = fees::Entity::update_many()
        .col_expr(fees::Column::State, Expr::value("cancelled"))
        .col_expr(fees::Column::UpdatedAt, Expr::value(now_ms))
        .filter(fees::Column::OrderId.eq(order_id))
        .filter(fees::Column::State.eq("paid"))
        .exec(connection)
        .await?;
    Ok(result.rows_affected)
}

/// What all fees of an order have in common: whose they are, to whom they are owed, and which receipt they get.
#[derive(Debug, Clone, Copy)]
pub struct OrderedTerms<'a> {
    /// Our unit.
    pub unit_id: &'a str,
    /// Our payee.
    pub payee_id: &'a str,
    /// As stored.
    pub receipt_class: &'a str,
}

impl OrderedTerms<'_> {
    fn are_of(&self, fee: &fees::Model) -> bool {
        (self.unit_id, self.payee_id, self.receipt_class) == (&*fee.unit_id, &*fee.payee_id, &*fee.receipt_class)
    }
}

/// Takes the fees of a voided order back for late money (B-15), if every one is still payable at the amount and on the terms
/// that were ordered: while nobody held them, the core system may have given one to another unit or another payee. Returns
/// whether all were; if not, the caller rolls back.
pub async fn relock_if_unchanged<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
    lines: &[(String, i64)],
    terms: OrderedTerms<'_>,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let amounts: HashMap<&str, i64> = lines.iter().map(|(id, amount)| (id.as_str(), *amount)).collect();
    let mut ids: Vec<&str> = lines.iter().map(|(id, _)| id.as_str()).collect();
    ids.sort_unstable();
    for chunk in ids.chunks(CHUNK) {
        // Held, in one order for everybody: an import that changes an amount comes before what is compared here, or after it.
        let rows = fees::Entity::find()
            .filter(fees::Column::Id.is_in(chunk.iter().copied()))
            .order_by_asc(fees::Column::Id)
            .lock_exclusive()
            .all(connection)
            .await?;
        let is_as_ordered = |row: &fees::Model| {
            row.state == "payable" && amounts.get(row.id.as_str()) == Some(&row.amount_fen) && terms.are_of(row)
        };
        let unchanged = rows.len() == chunk.len() && rows.iter().all(is_as_ordered);
        if !unchanged {
            return Ok(false);
        }
        let result = fees::Entity::update_many()
            .col_expr(fees::Column::State, Expr::value("locked"))
            .col_expr(fees::Column::OrderId, Expr::value(order_id))
            .col_expr(fees::Column::UpdatedAt, Expr::value(now_ms))
            .filter(fees::Column::Id.is_in(chunk.iter().copied()))
            .filter(fees::Column::State.eq("payable"))
            .exec(connection)
            .await?;
        if result.rows_affected != chunk.len() as u64 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Keys of fees in the core system, by our id.
pub async fn external_ids<C: ConnectionTrait>(
    connection: &C,
    ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, String>, DbErr> {
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<(String, String)> = fees::Entity::find()
            .select_only()
            .column(fees::Column::Id)
            .column(fees::Column::ExternalId)
            .filter(fees::Column::Id.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Payees by id.
pub async fn payees_by_id<C: ConnectionTrait>(
    connection: &C,
    ids: impl IntoIterator<Item = PayeeId>,
) -> Result<HashMap<PayeeId, Payee>, DbErr> {
    // Thousands of fees have a handful of payees.
    let ids: BTreeSet<String> = ids.into_iter().map(String::from).collect();
    let rows = payees::Entity::find().filter(payees::Column::Id.is_in(ids)).all(connection).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let payee = Payee {
                id: PayeeId::from_stored(row.id),
                name: row.name,
                account_name: row.account_name,
                bank_name: row.bank_name,
                bank_account: row.bank_account,
            };
            (payee.id.clone(), payee)
        })
        .collect())
}

#[derive(FromQueryResult)]
struct UnitCountRow {
    unit_id: String,
    count: i64,
}

/// Payable fees per unit for an account, in each unit as much as it sees of it: shown in the unit switcher (B-02).
pub async fn payable_counts<C: ConnectionTrait>(
    connection: &C,
    account: &Account,
) -> Result<HashMap<String, i64>, Problem> {
    let mut any = Condition::any();
    for access in accounts::units_of(connection, &account.id).await? {
        if access.role.sees_whole_unit() || account.phone.is_some() {
            any = any.add(View::of(connection, account, &access).await?.condition::<fees::Entity>());
        }
    }
    if any.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = only_payable(fees::Entity::find())
        .filter(any)
        .select_only()
        .column(fees::Column::UnitId)
        .column_as(fees::Column::Id.count(), "count")
        .group_by(fees::Column::UnitId)
        .into_model::<UnitCountRow>()
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.unit_id, row.count)).collect())
}

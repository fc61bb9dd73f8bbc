//! Finding reports: the scope's list, those of an order, and the file of one.

use std::collections::HashMap;

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::text::{like_pattern, search_form};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::answer::Report;
use super::entity::reports::{Column, Entity, Model};
use crate::accounts::{Act, Policy, Scope, ScopedEntity, View};
use crate::orders;

impl ScopedEntity for Entity {
    fn unit_column() -> Column {
        Column::UnitId
    }
    fn applicant_column() -> Column {
        Column::ApplicantPhone
    }
    fn within(view: &View) -> Condition {
        view.limits().over(view.unit_id(), Column::DeviceId, Column::DeviceKind)
    }
}

/// Ids of the unit's reports within a member's limits: what stands on a report is what limits are about, and fees, orders
/// and papers lie within them when their reports do.
pub fn ids_within(view: &View) -> SelectStatement {
    let within = Condition::all().add(Column::UnitId.eq(view.unit_id().as_str())).add(Entity::within(view));
    Query::select().expr(Expr::col((Entity, Column::Id))).from(Entity).cond_where(within).to_owned()
}

/// Whether all lines of something (an order, a voucher) are of reports within a member's limits.
pub fn all_lines_within<L: EntityTrait, P: ColumnTrait>(
    view: &View,
    of: (L::Column, P),
    report: L::Column,
) -> Condition {
    let (line_parent, parent) = of;
    let beyond = Query::select()
        .expr(Expr::val(1))
        .from(L::default())
        .and_where(line_parent.into_expr().equals(parent.as_column_ref()))
        .and_where(report.not_in_subquery(ids_within(view)))
        .to_owned();
    Condition::all().add(Expr::exists(beyond).not())
}

/// The stored file of a report and the name it is given for people.
#[derive(Debug, Clone)]
pub struct ReportFile {
    /// Of which report.
    pub report_id: String,
    /// 报告编号.
    pub report_no: String,
    /// 设备名称.
    pub device_name: String,
    /// 报检人电话.
    pub applicant_phone: Option<String>,
    /// 报告编号_设备名称, not yet made safe for a file system.
    pub title: String,
    /// Key in the file store.
    pub key: String,
    /// SHA-256 of its content: a report may be replaced, by earlier releases under its key.
    pub sha256: String,
}

impl From<Model> for ReportFile {
    fn from(row: Model) -> Self {
        Self {
            title: format!("{}_{}", row.report_no, row.device_name),
            key: row.file_key.unwrap_or_default(),
            sha256: row.file_sha256.unwrap_or_default(),
            report_id: row.id,
            report_no: row.report_no,
            device_name: row.device_name,
            applicant_phone: row.applicant_phone.map(String::from),
        }
    }
}

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct ReportSearch {
    /// Part of report number, unit, device name or codes; several words narrow each other.
    pub q: Option<String>,
    /// Year of issue.
    pub year: Option<i64>,
}

/// One page of the scope's reports, newest first, paid or not.
pub async fn page<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    search: &ReportSearch,
    page: &PageRequest,
) -> Result<Page<Report>, Problem> {
    let mut select = scope.select::<Entity>().order_by_desc(Column::Id).limit(page.limit() + 1);
    for word in search.q.as_deref().unwrap_or("").split_whitespace().take(5) {
        let form = search_form(word);
        if !form.is_empty() {
            let pattern = LikeExpr::new(like_pattern(&form)).escape('\\');
            select = select.filter(Expr::col(Column::SearchText).like(pattern));
        }
    }
    if let Some(year) = search.year {
        // Dates are ISO texts, so they compare as texts do.
        select = select.filter(Column::IssuedOn.gte(format!("{year:04}-")));
        select = select.filter(Column::IssuedOn.lt(format!("{:04}-", year.saturating_add(1))));
    }
    if let Some(after) = page.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.all(connection).await?;
    Ok(Page::from_rows(rows, page.limit(), |row| row.id.clone()).map(Report::from))
}

/// Years of issue in which the scope has reports, newest first.
pub async fn years<C: ConnectionTrait>(connection: &C, scope: &Scope) -> Result<Vec<i64>, Problem> {
    let year = Func::cust("substr").arg(Expr::col(Column::IssuedOn)).arg(1).arg(4);
    let texts: Vec<String> =
        scope.select::<Entity>().select_only().expr_as(year, "year").distinct().into_tuple().all(connection).await?;
    let mut years: Vec<i64> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    years.sort_unstable_by(|left, right| right.cmp(left));
    Ok(years)
}

/// One page of the reports of an order, in the order of its lines; the caller has found the order in the scope.
pub async fn page_of_order<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
    page: &PageRequest,
) -> Result<Page<Report>, Problem> {
    let lines = orders::line_page(connection, order_id, page).await?;
    let ids = lines.items.iter().map(|line| line.report_id.as_str());
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(connection).await?;
    let mut by_id: HashMap<String, Model> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    let items = lines.items.iter().filter_map(|line| by_id.remove(&line.report_id)).map(Report::from).collect();
    Ok(Page { items, next: lines.next })
}

/// The file of one report, to be read or taken away. 404 if the scope has no such report, 403 before it is paid or where
/// the unit's level gets paper only (S1-53), 409 before the file is there.
pub async fn file_for<C: ConnectionTrait>(
    connection: &C,
    policy: &Policy,
    scope: &Scope,
    id: &str,
) -> Result<ReportFile, Problem> {
    let row = find(connection, scope, id).await?;
    policy.demand(Act::ElectronicReport, scope.level())?;
    file_of(row)
}

/// The files of these reports, in this order; refused as [`file_for`] does when one is missing.
pub async fn files_for<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    ids: &[String],
) -> Result<Vec<ReportFile>, Problem> {
    let rows = scope.select::<Entity>().filter(Column::Id.is_in(ids.iter().map(String::as_str)));
    let rows = rows.all(connection).await?;
    let mut by_id: HashMap<String, Model> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    ids.iter().map(|id| file_of(by_id.remove(id).ok_or_else(not_found)?)).collect()
}

/// What stands on the label of a device (S1-50).
#[derive(Debug, Clone)]
pub struct LabelFacts {
    /// 报告编号.
    pub report_no: String,
    /// 单位名称.
    pub unit_name: String,
    /// Our device; empty when the core system has not told of it.
    pub device_id: String,
    /// 设备名称.
    pub device_name: String,
    /// 注册代码.
    pub registration_code: String,
    /// 检验结论.
    pub conclusion: Option<String>,
    /// Day of the inspection.
    pub inspected_on: Option<String>,
    /// Day of issue.
    pub issued_on: String,
}

/// What stands on the label that goes with a paid report. 404 if the scope has no such report, 403 before it is paid.
pub async fn label_for<C: ConnectionTrait>(connection: &C, scope: &Scope, id: &str) -> Result<LabelFacts, Problem> {
    label_of(find(connection, scope, id).await?)
}

/// The same for the institute's own people.
pub async fn shared_label<C: ConnectionTrait>(connection: &C, id: &str) -> Result<LabelFacts, Problem> {
    label_of(Entity::find_by_id(id).one(connection).await?.ok_or_else(not_found)?)
}

fn label_of(row: Model) -> Result<LabelFacts, Problem> {
    if row.released_at.is_none() {
        return Err(not_paid());
    }
    Ok(LabelFacts {
        report_no: row.report_no,
        unit_name: row.unit_name,
        device_id: row.device_id,
        device_name: row.device_name,
        registration_code: row.registration_code,
        conclusion: row.conclusion,
        inspected_on: row.inspected_on,
        issued_on: row.issued_on,
    })
}

/// 报告编号 by id, of those that there are.
pub async fn numbers_of<C: ConnectionTrait>(
    connection: &C,
    ids: impl Iterator<Item = &str>,
) -> Result<HashMap<String, String>, Problem> {
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.report_no)).collect())
}

/// The file of a report that somebody was given a link to (B-27); refused as [`file_for`] does.
pub async fn shared_file<C: ConnectionTrait>(connection: &C, id: &str) -> Result<ReportFile, Problem> {
    file_of(Entity::find_by_id(id).one(connection).await?.ok_or_else(not_found)?)
}

/// Whether somebody sees a report.
pub async fn is_seen<C: ConnectionTrait>(connection: &C, view: &View, id: &str) -> Result<bool, Problem> {
    Ok(view.select::<Entity>().filter(Column::Id.eq(id)).one(connection).await?.is_some())
}

/// 404 if the scope has no such report.
pub async fn demand<C: ConnectionTrait>(connection: &C, scope: &Scope, id: &str) -> Result<(), Problem> {
    find(connection, scope, id).await.map(|_| ())
}

async fn find<C: ConnectionTrait>(connection: &C, scope: &Scope, id: &str) -> Result<Model, Problem> {
    let row = scope.select::<Entity>().filter(Column::Id.eq(id)).one(connection).await?;
    row.ok_or_else(not_found)
}

fn not_found() -> Problem {
    Problem::not_found("report_not_found", "没有找到这份报告")
}

fn file_of(row: Model) -> Result<ReportFile, Problem> {
    if row.released_at.is_none() {
        return Err(not_paid());
    }
    if row.file_key.is_none() {
        return Err(not_uploaded());
    }
    Ok(row.into())
}

/// The files of a paid order that are there, in the order of their numbers; the caller has found the order in the
/// scope. 409 if none is there.
pub async fn files_of_order<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Vec<ReportFile>, Problem> {
    let rows = Entity::find()
        .filter(Column::OrderId.eq(order_id))
        .filter(Column::ReleasedAt.is_not_null())
        .filter(Column::FileKey.is_not_null())
        .order_by_asc(Column::ReportNo)
        .all(connection)
        .await?;
    if rows.is_empty() { Err(not_uploaded()) } else { Ok(rows.into_iter().map(ReportFile::from).collect()) }
}

fn not_paid() -> Problem {
    Problem::new(axum::http::StatusCode::FORBIDDEN, "report_not_paid", "这份报告还没有缴费，不能下载")
        .advice("请先缴费，缴费后即可下载")
}

fn not_uploaded() -> Problem {
    Problem::conflict("report_not_uploaded", "报告正在上传，还不能下载").advice("上传完成后会通知您，请稍后再来")
}

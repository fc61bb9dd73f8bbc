//! Queries and conditional updates.

use std::collections::HashMap;

use foundation::calendar::{beijing_date, print_date};
use foundation::ids::new_trace_id;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::sealed::Findable;
use foundation::secret_hash::new_token;
use foundation::text::{fold_width, like_pattern, mask_name, search_form};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select, SqlErr,
};
use serde_json::json;

use super::entity::{pickup_voucher_reports as lines, pickup_vouchers as vouchers};
use super::model::{VoucherId, VoucherState};
use crate::accounts::{Scope, ScopedEntity, View};
use crate::app::App;
use crate::audit::{self, Action};
use crate::reports::{self, ReportFile};
use crate::staff::Officer;

pub(super) use lines::Model as Line;
pub(super) use vouchers::Model as Voucher;

impl ScopedEntity for vouchers::Entity {
    fn unit_column() -> vouchers::Column {
        vouchers::Column::UnitId
    }
    fn applicant_column() -> vouchers::Column {
        vouchers::Column::ApplicantPhone
    }
    fn within(view: &View) -> Condition {
        let of = (lines::Column::VoucherId, vouchers::Column::Id);
        reports::all_lines_within::<lines::Entity, _>(view, of, lines::Column::ReportId)
    }
}

/// A voucher and what is on it.
pub(super) struct Whole {
    pub(super) voucher: Voucher,
    pub(super) lines: Vec<Line>,
}

/// Makes a voucher for reports of the scope that are paid and there. 409 when one is on another open voucher.
pub(super) async fn create(app: &App, scope: &Scope, report_ids: &[String]) -> Result<Whole, Problem> {
    let now = app.now_ms();
    let reports = reports::files_for(app.database.reader(), scope, report_ids).await?;
    let id = VoucherId::new();
    let spoken: String = new_trace_id().chars().filter(|character| *character != '-').take(7).collect();
    let voucher_no = format!("LQ{}{spoken}", print_date(beijing_date(now)).replace('-', ""));
    let numbers = reports.iter().map(|report| report.report_no.as_str()).collect::<Vec<_>>().join("|");
    let voucher = Voucher {
        id: id.to_string(),
        code: format!("TJLQ-{}", new_token()[..24].to_uppercase()),
        unit_id: scope.unit_id().to_string(),
        unit_name: scope.unit_name().to_owned(),
        applicant_phone: scope.applicant_phone().map(Findable::from),
        account_id: scope.account_id().to_string(),
        state: VoucherState::Open.as_str().to_owned(),
        report_count: reports.len() as i64,
        search_text: search_form(&format!("{voucher_no}|{}|{numbers}", scope.unit_name())),
        voucher_no,
        created_at: now,
        handed_over_at: None,
        handed_over_by: None,
        received_by: None,
        id_last4: None,
        updated_at: now,
    };
    let rows: Vec<Line> = reports.into_iter().zip(0..).map(|(report, position)| line(&id, position, report)).collect();
    let transaction = app.database.begin_write().await?;
    let taken = lines::Entity::find()
        .filter(lines::Column::ReportId.is_in(rows.iter().map(|row| row.report_id.as_str())))
        .filter(lines::Column::Open.eq(true))
        .one(&*transaction)
        .await?;
    if let Some(taken) = taken {
        return Err(on_another(&taken.report_no));
    }
    vouchers::Entity::insert(vouchers::ActiveModel::from(voucher.clone()))
        .exec_without_returning(&*transaction)
        .await?;
    let inserted = lines::Entity::insert_many(rows.iter().cloned().map(lines::ActiveModel::from))
        .exec_without_returning(&*transaction)
        .await;
    inserted.map_err(|error| match error.sql_err() {
        // Somebody else was faster by a moment.
        Some(SqlErr::UniqueConstraintViolation(_)) => on_another(&rows[0].report_no),
        _ => error.into(),
    })?;
    transaction.commit().await?;
    Ok(Whole { voucher, lines: rows })
}

fn line(id: &VoucherId, position: i64, report: ReportFile) -> Line {
    Line {
        voucher_id: id.to_string(),
        position,
        report_id: report.report_id,
        report_no: report.report_no,
        device_name: report.device_name,
        open: true,
    }
}

fn on_another(report_no: &str) -> Problem {
    Problem::conflict("report_on_voucher", format!("报告 {report_no} 已在另一张待领取的凭证里"))
        .advice("请使用原来的凭证，或先取消它")
}

/// One page of the scope's vouchers, newest first.
pub(super) async fn page_for(app: &App, scope: &Scope, wanted: &PageRequest) -> Result<Page<Whole>, Problem> {
    page(app, scope.select::<vouchers::Entity>(), wanted).await
}

/// One page of everybody's, newest first.
pub(super) async fn staff_page(
    app: &App,
    q: Option<&str>,
    state: Option<VoucherState>,
    wanted: &PageRequest,
) -> Result<Page<Whole>, Problem> {
    let mut select = vouchers::Entity::find();
    if let Some(state) = state {
        select = select.filter(vouchers::Column::State.eq(state.as_str()));
    }
    for word in q.unwrap_or("").split_whitespace().take(5) {
        let form = search_form(word);
        if !form.is_empty() {
            let pattern = LikeExpr::new(like_pattern(&form)).escape('\\');
            select = select.filter(Expr::col(vouchers::Column::SearchText).like(pattern));
        }
    }
    page(app, select, wanted).await
}

async fn page(app: &App, select: Select<vouchers::Entity>, wanted: &PageRequest) -> Result<Page<Whole>, Problem> {
    let reader = app.database.reader();
    let mut select = select.order_by_desc(vouchers::Column::Id).limit(wanted.limit() + 1);
    if let Some(after) = wanted.after_key() {
        select = select.filter(vouchers::Column::Id.lt(after));
    }
    let found = Page::from_rows(select.all(reader).await?, wanted.limit(), |row| row.id.clone());
    let ids = found.items.iter().map(|row| row.id.as_str());
    let mut by_voucher: HashMap<String, Vec<Line>> = HashMap::new();
    for line in lines_of(reader, ids).await? {
        by_voucher.entry(line.voucher_id.clone()).or_default().push(line);
    }
    Ok(found.map(|voucher| Whole { lines: by_voucher.remove(&voucher.id).unwrap_or_default(), voucher }))
}

async fn lines_of<C: ConnectionTrait>(
    connection: &C,
    voucher_ids: impl Iterator<Item = &str>,
) -> Result<Vec<Line>, DbErr> {
    lines::Entity::find()
        .filter(lines::Column::VoucherId.is_in(voucher_ids))
        .order_by_asc(lines::Column::Position)
        .all(connection)
        .await
}

/// The voucher whose QR code or number this is; 404 when there is none.
pub(super) async fn find(app: &App, code_or_number: &str) -> Result<Whole, Problem> {
    let text = fold_width(code_or_number.trim()).to_uppercase();
    let named = vouchers::Column::Code.eq(&text).or(vouchers::Column::VoucherNo.eq(&text));
    let reader = app.database.reader();
    let voucher = vouchers::Entity::find().filter(named).one(reader).await?;
    let voucher = voucher.ok_or_else(|| {
        Problem::not_found("voucher_not_found", "没有找到这张凭证").advice("请重新扫码，或核对凭证号")
    })?;
    let lines = lines_of(reader, std::iter::once(voucher.id.as_str())).await?;
    Ok(Whole { voucher, lines })
}

/// The report on a voucher that is (or was) to be printed.
pub(super) async fn has_report(app: &App, voucher_id: &str, report_id: &str) -> Result<bool, DbErr> {
    let found = lines::Entity::find()
        .filter(lines::Column::VoucherId.eq(voucher_id))
        .filter(lines::Column::ReportId.eq(report_id))
        .count(app.database.reader())
        .await?;
    Ok(found > 0)
}

/// Which of these reports were handed over with an earlier voucher.
pub(super) async fn handed_over_before(app: &App, whole: &Whole) -> Result<Vec<String>, DbErr> {
    let reader = app.database.reader();
    let earlier = lines::Entity::find()
        .filter(lines::Column::ReportId.is_in(whole.lines.iter().map(|line| line.report_id.as_str())))
        .filter(lines::Column::VoucherId.ne(&whole.voucher.id))
        .all(reader)
        .await?;
    let handed_over: Vec<String> = vouchers::Entity::find()
        .filter(vouchers::Column::Id.is_in(earlier.iter().map(|line| line.voucher_id.as_str())))
        .filter(vouchers::Column::State.eq(VoucherState::HandedOver.as_str()))
        .select_only()
        .column(vouchers::Column::Id)
        .into_tuple()
        .all(reader)
        .await?;
    let lines = earlier.into_iter().filter(|line| handed_over.contains(&line.voucher_id));
    Ok(lines.map(|line| line.report_id).collect())
}

/// Open → handed over, with who took the reports; the audit trail has it too. 409 when one of them was closed since.
pub(super) async fn hand_over(
    app: &App,
    officer: &Officer,
    Whole { voucher, lines }: &Whole,
    received_by: &str,
    id_last4: &str,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let update = vouchers::Entity::update_many()
        .col_expr(vouchers::Column::State, Expr::value(VoucherState::HandedOver.as_str()))
        .col_expr(vouchers::Column::HandedOverAt, Expr::value(now))
        .col_expr(vouchers::Column::HandedOverBy, Expr::value(officer.id.as_str()))
        .col_expr(vouchers::Column::ReceivedBy, Expr::value(received_by))
        .col_expr(vouchers::Column::IdLast4, Expr::value(id_last4));
    end(&*transaction, update, &voucher.id, now).await?;
    refuse_closed(&*transaction, lines).await?;
    let detail = json!({
        "voucher_no": voucher.voucher_no,
        "reports": voucher.report_count,
        "received_by": mask_name(received_by),
        "id_last4": id_last4,
    });
    let entry = officer.entry(Action::VoucherHandedOver, voucher.id.as_str(), detail);
    audit::record(&*transaction, app, entry).await?;
    Ok(transaction.commit().await?)
}

/// Printed while its money was there, a report may lie at the window when the money has gone back.
async fn refuse_closed<C: ConnectionTrait>(connection: &C, lines: &[Line]) -> Result<(), Problem> {
    let ids: Vec<String> = lines.iter().map(|line| line.report_id.clone()).collect();
    let open = reports::downloadable(connection, &ids).await?;
    match lines.iter().find(|line| open.get(&line.report_id) != Some(&true)) {
        None => Ok(()),
        Some(line) => Err(Problem::conflict(
            "voucher_report_closed",
            format!("报告 {} 的款项已退回或撤销，不能领取，没有登记", line.report_no),
        )
        .advice("请收回已打印的报告；其余报告请单位取消这张凭证后重新生成")),
    }
}

/// Open → cancelled, by the unit.
pub(super) async fn cancel(app: &App, scope: &Scope, id: &VoucherId) -> Result<(), Problem> {
    let found = scope.select::<vouchers::Entity>().filter(vouchers::Column::Id.eq(id.as_str()));
    let found = found.one(app.database.reader()).await?;
    let found = found.ok_or_else(|| Problem::not_found("voucher_not_found", "没有找到这张凭证"))?;
    scope.demand_payer_or_maker(&found.account_id)?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let update = vouchers::Entity::update_many()
        .col_expr(vouchers::Column::State, Expr::value(VoucherState::Cancelled.as_str()));
    end(&*transaction, update, id.as_str(), now).await?;
    Ok(transaction.commit().await?)
}

/// Ends an open voucher; its reports may be put on another. 409 when it has ended already.
async fn end<C: ConnectionTrait>(
    connection: &C,
    update: sea_orm::UpdateMany<vouchers::Entity>,
    id: &str,
    now_ms: i64,
) -> Result<(), Problem> {
    let ended = update
        .col_expr(vouchers::Column::UpdatedAt, Expr::value(now_ms))
        .filter(vouchers::Column::Id.eq(id))
        .filter(vouchers::Column::State.eq(VoucherState::Open.as_str()))
        .exec(connection)
        .await?;
    if ended.rows_affected == 0 {
        return Err(Problem::conflict("voucher_ended", "这张凭证已经领取或取消，不能再办理")
            .advice("如需再次打印，请让单位重新生成凭证"));
    }
    lines::Entity::update_many()
        .col_expr(lines::Column::Open, Expr::value(false))
        .filter(lines::Column::VoucherId.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Open vouchers.
pub(super) async fn open_count<C: ConnectionTrait>(connection: &C) -> Result<u64, DbErr> {
    vouchers::Entity::find().filter(vouchers::Column::State.eq(VoucherState::Open.as_str())).count(connection).await
}

//! What stands on a yearly statement.

use std::collections::HashMap;

use foundation::calendar::{beijing_date, beijing_time, parse_date, start_of_beijing_day_ms};
use foundation::money::Fen;
use foundation::problem::Problem;
use time::{Date, Month};

use crate::accounts::Scope;
use crate::app::App;
use crate::documents::{MonthOfStatement, StatementLine, YearStatement};
use crate::orders::{self, OrderRow, PaidBy, method_text};
use crate::{invoices, payments};

/// The statement of a year in Beijing. 409 if nothing was paid and nothing went back.
pub async fn of_year(app: &App, scope: &Scope, year: i32) -> Result<YearStatement, Problem> {
    let start = |year| Date::from_calendar_date(year, Month::January, 1).map(start_of_beijing_day_ms);
    let from = start(year).map_err(Problem::internal)?;
    let until = start(year + 1).map_err(Problem::internal)?;
    let reader = app.database.reader();
    let paid = orders::paid_in_scope(reader, scope, from, until).await?;
    let returned = payments::returned_in_scope(reader, scope, from, until).await?;
    if paid.is_empty() && returned.is_empty() {
        return Err(Problem::conflict("no_payments", format!("{year} 年没有缴费记录")).advice("请选择其他年份"));
    }
    let ids = paid.iter().map(|order| order.id.as_str()).chain(returned.iter().map(|back| back.order_id.as_str()));
    let receipts = invoices::numbers_of(reader, ids.clone().collect()).await?;
    let names = orders::names_of_many(reader, returned.iter().map(|back| back.order_id.as_str()).collect()).await?;
    let mut lines: Vec<StatementLine> = paid.iter().map(|order| paid_line(order, &receipts)).collect();
    for back in &returned {
        let (order_no, title) = names.get(&back.order_id).cloned().unwrap_or_default();
        lines.push(StatementLine {
            order_id: None,
            at: back.at,
            order_no,
            content: format!("退款：{}（{title}）", back.reason),
            count: 0,
            method_text: "原路退回".to_owned(),
            receipt_no: receipts.get(&back.order_id).cloned().unwrap_or_default(),
            paid: Fen::ZERO,
            returned: Fen(back.amount_fen),
        });
    }
    lines.sort_by(|one, other| (one.at, &one.order_no).cmp(&(other.at, &other.order_no)));
    let service = &app.config.service;
    Ok(YearStatement {
        institute_name: service.institute_name.clone(),
        service_phone: service.service_phone.clone(),
        unit_name: scope.unit_name().to_owned(),
        // Who sees only his own orders gets a statement of those, and it says so.
        limited_to: limit_text(scope),
        year,
        months: months(&lines),
        lines,
        made_at: app.now_ms(),
    })
}

/// In words, what part of the unit's payments stands on it; nothing for all.
fn limit_text(scope: &Scope) -> Option<String> {
    let phone = scope.applicant_phone().map(|phone| format!("报检人 {}", foundation::text::mask_phone(phone)));
    let parts: Vec<String> = phone.into_iter().chain(scope.view().limits().text()).collect();
    (!parts.is_empty()).then(|| parts.join("，"))
}

fn paid_line(order: &OrderRow, receipts: &HashMap<String, String>) -> StatementLine {
    let at_counter = order.paid_by.as_deref() == Some(PaidBy::Counter("").as_str());
    StatementLine {
        order_id: Some(order.id.clone()),
        at: came_at(order),
        order_no: order.order_no.clone(),
        content: order.title.clone(),
        count: order.fee_count,
        method_text: if at_counter { "窗口缴款" } else { method_text(&order.method) }.to_owned(),
        receipt_no: receipts.get(&order.id).cloned().unwrap_or_default(),
        paid: Fen(order.amount_fen),
        returned: Fen::ZERO,
    }
}

/// When its money came: as the payer's own bank shows it. The hour of the booking stays where it was booked the same day.
fn came_at(order: &OrderRow) -> i64 {
    let booked_at = order.paid_at.unwrap_or(order.created_at);
    let came_on = order.came_on.as_deref().and_then(|day| parse_date(day).ok());
    came_on.filter(|day| *day != beijing_date(booked_at)).map_or(booked_at, start_of_beijing_day_ms)
}

/// Sums by month; months in which nothing happened are left out.
fn months(lines: &[StatementLine]) -> Vec<MonthOfStatement> {
    let mut months: Vec<MonthOfStatement> = Vec::new();
    for line in lines {
        let month = u8::from(beijing_time(line.at).month());
        if months.last().is_none_or(|last| last.month != month) {
            months.push(MonthOfStatement { month, orders: 0, paid: Fen::ZERO, returned: Fen::ZERO });
        }
        if let Some(last) = months.last_mut() {
            last.orders += i64::from(line.order_id.is_some());
            last.paid = Fen(last.paid.0 + line.paid.0);
            last.returned = Fen(last.returned.0 + line.returned.0);
        }
    }
    months
}

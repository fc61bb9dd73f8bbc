//! `tejian reconcile 2026-11-21`: compares a day and prints what does not fit (B-19).

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use foundation::calendar::{beijing_date, parse_date};
use foundation::clock::SystemClock;
use foundation::config::Config;
use foundation::money::Fen;
use foundation::paging::PageRequest;
use time::Date;

use super::output::say_line;
use crate::app::App;
use crate::reconciliation::{self, Day, Difference, DifferenceState};

/// Differences printed; the console shows them all.
const PRINTED_MAX: u32 = 100;

/// Which day.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "日期", value_parser = parse_date, help = "北京日期，如 2026-11-21；次日 10 点以后才有账单")]
    day: Date,
}

/// Ends with 0 when everything fits, with 1 when something is open or the day could not be compared.
pub async fn run(config: Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let app = App::open(config, Arc::new(SystemClock)).await?;
    anyhow::ensure!(arguments.day < beijing_date(app.now_ms()), "只能核对昨天及以前：微信的账单次日 10 点以后才有");
    let day = reconciliation::run(&app, arguments.day).await?;
    print_sums(&day);
    if day.differences == 0 {
        say_line(format_args!("没有差异。"));
        return Ok(ExitCode::SUCCESS);
    }
    let page = PageRequest { after: None, limit: Some(PRINTED_MAX) };
    let differences = reconciliation::open_differences(app.database.reader(), Some(arguments.day), &page).await?;
    say_line(format_args!("有 {} 条差异：", day.differences));
    for difference in differences.items.iter().filter(|difference| difference.state == DifferenceState::Open) {
        print_difference(difference);
    }
    Ok(ExitCode::FAILURE)
}

fn print_sums(day: &Day) {
    let yuan = |fen: i64| Fen(fen).to_string();
    say_line(format_args!("{} {}", day.on, day.state_text));
    say_line(format_args!(
        "  微信账单  收款 {} 笔 {} 元，退款 {} 元，手续费 {} 元",
        day.channel_count,
        yuan(day.channel_fen),
        yuan(day.channel_refund_fen),
        yuan(day.charge_fen)
    ));
    say_line(format_args!(
        "  本系统    收款 {} 笔 {} 元，退款 {} 元",
        day.books_count,
        yuan(day.books_fen),
        yuan(day.books_refund_fen)
    ));
    match day.core_fen {
        Some(fen) => say_line(format_args!("  业务系统  入账 {} 元", yuan(fen))),
        None => say_line(format_args!("  业务系统  还没有报送当天的账目")),
    }
}

fn print_difference(difference: &Difference) {
    let yuan = |fen: Option<i64>| fen.map_or_else(|| "—".to_owned(), |fen| format!("{} 元", Fen(fen)));
    say_line(format_args!(
        "  {}  {}：对方 {}，本系统 {}；建议：{}",
        difference.kind_text,
        difference.reference,
        yuan(difference.channel_fen),
        yuan(difference.books_fen),
        difference.proposal_text,
    ));
}

//! Fetching the bills of a day: streamed to a file, kept in the file store as they came, read line by line.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::Context;
use foundation::calendar::print_date;
use foundation::ids::new_id_text;
use foundation::problem::Problem;
use time::Date;
use wechat::pay::bills::{BillReader, BillRow, decimal};
use wechat::pay::{FundAccount, PayError, TradeBillKind};

use super::model::BillLine;
use super::store;
use crate::app::App;

/// Business kinds of the fund-flow bill that belong to trades; others (withdrawal, top-up) move no payer's money.
const TRADE_KINDS: [&str; 3] = ["交易", "扣除交易手续费", "退款"];
/// WeChat's charges carry five decimals: so many parts make a fen.
const PARTS_PER_FEN: i64 = 1_000;
/// Letters of its SHA-1 in the key of a bill.
const KEY_MARK_CHARACTERS: usize = 16;

/// One of the two bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BillKind {
    /// 交易账单: payments and refunds.
    Trade,
    /// 资金账单: movements of the merchant's account.
    FundFlow,
}

impl BillKind {
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            BillKind::Trade => "交易账单",
            BillKind::FundFlow => "资金账单",
        }
    }

    fn name(self) -> &'static str {
        match self {
            BillKind::Trade => "trade",
            BillKind::FundFlow => "fund-flow",
        }
    }
}

/// Where a bill of a day is kept, as it came: by its SHA-1, so that a day compared once more with another bill leaves the one
/// before as it is.
fn bill_key(day: Date, kind: BillKind, sha1: &str) -> String {
    let mark: String = sha1.chars().take(KEY_MARK_CHARACTERS).collect();
    format!("bills/{}/{}-{mark}.csv", print_date(day), kind.name())
}

/// Where earlier releases kept it, whatever was in it.
fn earlier_bill_key(day: Date, kind: BillKind) -> String {
    format!("bills/{}/{}.csv", print_date(day), kind.name())
}

/// Where the bill with which a day was compared lies; nothing if there is none.
///
/// # Errors
/// When database or file store do not answer.
pub async fn bill_file(app: &App, day: Date, kind: BillKind) -> Result<Option<String>, Problem> {
    let compared = store::find_day(app.database.reader(), day).await?;
    let sha1 = compared.and_then(|row| match kind {
        BillKind::Trade => row.trade_bill_sha1,
        BillKind::FundFlow => row.fund_flow_sha1,
    });
    let Some(sha1) = sha1 else { return Ok(None) };
    for key in [bill_key(day, kind, &sha1), earlier_bill_key(day, kind)] {
        if app.files.exists(&key).await? {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// What WeChat says of a day.
#[derive(Debug, Default)]
pub struct Bills {
    /// Payments and refunds.
    pub lines: Vec<BillLine>,
    /// WeChat's charges less those it gave back, fen, rounded once over the whole day.
    pub charge_fen: i64,
    /// What the movements of the account come to, fen.
    pub flow_net_fen: i64,
    /// SHA-1 of the trade bill; nothing when no trade happened.
    pub trade_sha1: Option<String>,
    /// SHA-1 of the fund-flow bill; nothing when nothing moved.
    pub flow_sha1: Option<String>,
}

impl Bills {
    /// Payments of the day: count and fen.
    pub fn payments(&self) -> (i64, i64) {
        let payments = self.lines.iter().filter(|line| line.out_refund_no.is_none());
        payments.fold((0, 0), |(count, fen), line| (count + 1, fen + line.amount_fen))
    }

    /// Refunds of the day, fen.
    pub fn refunds_fen(&self) -> i64 {
        self.lines.iter().filter(|line| line.out_refund_no.is_some()).map(|line| line.amount_fen).sum()
    }
}

/// Why there are no bills.
#[derive(Debug, thiserror::Error)]
pub enum BillProblem {
    /// WeChat makes them from 10:00 of the next day on.
    #[error("the bill is not ready yet")]
    NotReady,
    /// The channel did not give them.
    #[error("the channel did not give the bill: {0}")]
    Channel(PayError),
    /// They cannot be kept or read.
    #[error(transparent)]
    Unreadable(#[from] anyhow::Error),
}

impl From<PayError> for BillProblem {
    fn from(error: PayError) -> Self {
        if error.statement_creating() { BillProblem::NotReady } else { BillProblem::Channel(error) }
    }
}

/// Downloads both bills of `day`, keeps them and reads them. A day without trades is an empty one.
pub async fn fetch(app: &App, day: Date) -> Result<Bills, BillProblem> {
    let directory = std::env::temp_dir().join(new_id_text("bills"));
    tokio::fs::create_dir_all(&directory).await.context("no place for the bills")?;
    let fetched = fetch_into(app, day, &directory).await;
    tokio::fs::remove_dir_all(&directory).await.context("the bills cannot be removed")?;
    fetched
}

async fn fetch_into(app: &App, day: Date, directory: &Path) -> Result<Bills, BillProblem> {
    let mut bills = Bills::default();
    let trade = directory.join(BillKind::Trade.name());
    let mut file = tokio::fs::File::create(&trade).await.context("trade bill")?;
    if let Some(downloaded) = app.pay.trade_bill(day, TradeBillKind::All, &mut file).await? {
        keep(app, day, BillKind::Trade, &downloaded.sha1, &trade).await?;
        bills.trade_sha1 = Some(downloaded.sha1);
        (bills.lines, bills.charge_fen) = read_off_thread(trade, read_trade_bill).await?;
    }
    let flow = directory.join(BillKind::FundFlow.name());
    let mut file = tokio::fs::File::create(&flow).await.context("fund-flow bill")?;
    if let Some(downloaded) = app.pay.fund_flow_bill(day, FundAccount::Basic, &mut file).await? {
        keep(app, day, BillKind::FundFlow, &downloaded.sha1, &flow).await?;
        bills.flow_sha1 = Some(downloaded.sha1);
        bills.flow_net_fen = read_off_thread(flow, read_fund_flow).await?;
    }
    Ok(bills)
}

/// The files stay as proof of what was compared.
async fn keep(app: &App, day: Date, kind: BillKind, sha1: &str, path: &Path) -> anyhow::Result<()> {
    app.files.put_file(&bill_key(day, kind, sha1), path).await?;
    Ok(())
}

async fn read_off_thread<T: Send + 'static>(
    path: PathBuf,
    read: fn(BufReader<File>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(move || read(BufReader::new(File::open(path)?))).await?
}

fn read_trade_bill(file: BufReader<File>) -> anyhow::Result<(Vec<BillLine>, i64)> {
    let mut reader = BillReader::new(file)?;
    let mut lines = Vec::new();
    let mut charge_parts = 0;
    while let Some(row) = reader.next_row()? {
        charge_parts += row.get("手续费").and_then(|text| decimal(text, 5)).context("手续费")?;
        lines.push(line(&row)?);
    }
    Ok((lines, (charge_parts + PARTS_PER_FEN / 2).div_euclid(PARTS_PER_FEN)))
}

fn line(row: &BillRow) -> anyhow::Result<BillLine> {
    let text = |column: &str| row.get(column).map(str::to_owned).with_context(|| format!("column {column}"));
    let fen = |column: &str| row.amount_fen(column).with_context(|| format!("column {column}"));
    let refunded = row.get("交易状态").context("column 交易状态")? == "REFUND";
    // Old layouts lack the columns of whole amounts; then those after coupons are what there is.
    let (amount_fen, out_refund_no) = if refunded {
        (fen("申请退款金额").or_else(|_| fen("退款金额"))?, Some(text("商户退款单号")?))
    } else {
        (fen("订单金额").or_else(|_| fen("应结订单金额"))?, None)
    };
    Ok(BillLine {
        out_trade_no: text("商户订单号")?, transaction_id: text("微信订单号")?, out_refund_no, amount_fen
    })
}

fn read_fund_flow(file: BufReader<File>) -> anyhow::Result<i64> {
    let mut reader = BillReader::new(file)?;
    let mut net_fen = 0;
    while let Some(row) = reader.next_row()? {
        if !TRADE_KINDS.contains(&row.get("业务类型").context("column 业务类型")?) {
            continue;
        }
        let fen = row.amount_fen("收支金额(元)").context("column 收支金额(元)")?;
        match row.get("收支类型").context("column 收支类型")? {
            "收入" => net_fen += fen,
            "支出" => net_fen -= fen,
            other => anyhow::bail!("收支类型 {other}"),
        }
    }
    Ok(net_fen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(name: &str) -> BufReader<File> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name);
        BufReader::new(File::open(path).expect("the vector is there"))
    }

    #[test]
    fn the_movements_of_the_account_are_those_of_the_trades() {
        let (lines, charge_fen) = read_trade_bill(vector("tradebill-ALL-2026-07-30.csv")).unwrap();
        let bills = Bills { lines, charge_fen, ..Bills::default() };
        let (count, fen) = bills.payments();
        assert!(count > 0);
        assert!(bills.lines.len() as i64 > count, "the day has refunds");
        assert!(fen > bills.refunds_fen());
        assert!(charge_fen > 0);
        assert!(read_fund_flow(vector("fundflow-BASIC-2026-07-30.csv")).unwrap() > 0);
    }
}

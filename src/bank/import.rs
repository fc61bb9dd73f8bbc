//! Taking a statement in: read, understood, written line by line, each line once. What may be known or not is written and
//! waits for a person ([`super::known`]).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use anyhow::Context;
use bytes::Bytes;
use foundation::calendar::print_date;
use foundation::ids::new_id_text;
use foundation::jobs::{NewJob, enqueue};
use foundation::money::Fen;
use foundation::problem::Problem;
use foundation::secret_hash::sha256_hex;
use foundation::text::{name_form, search_form};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, IntoActiveModel};

use super::automatic::{JOB_MATCH, MatchJob};
use super::entity::{bank_statements, bank_transactions};
use super::known::{Fresh, Judged, judge};
use super::lines::{Columns, Credit, Line, account_above, header_with_key};
use super::mapping::{HEADER_ROWS_MAX, Mapping, guess, header_key};
use super::model::{BankTransactionId, MappingId, StatementId, StatementState, TransactionState};
use super::statements::{self, StatementError, StatementRow};
use super::store::{self, TransactionRow};
use crate::app::App;
use crate::audit::{self, Action};
use crate::imports::{RawRow, read_rows};
use crate::staff::Officer;

/// More lines than this belong into several files.
const ROWS_MAX: usize = 200_000;
/// Lines in one INSERT: 20 columns each.
const BATCH: usize = 200;
/// Faulty lines that are told one by one.
const ERRORS_MAX: usize = 100;

/// A file that came in.
pub struct NewStatement<'a> {
    /// What it is called, for people.
    pub file_name: &'a str,
    /// Its content.
    pub content: Bytes,
    /// The saved layout that a person chose.
    pub mapping_id: Option<&'a MappingId>,
    /// Who brought it, for people.
    pub imported_by: &'a str,
    /// The same as a member of staff, for the audit trail; nothing on the command line.
    pub officer: Option<&'a Officer>,
}

/// Takes a statement in. What cannot be understood is kept and waits for a person's mapping.
pub async fn import(app: &App, new: NewStatement<'_>) -> Result<StatementRow, Problem> {
    let rows = read(new.content.clone()).await?;
    let id = StatementId::new();
    let key = format!("bank/{id}.dat");
    let file_hash = sha256_hex(&new.content);
    app.files.put(&key, new.content).await?;
    let mapping = choose(app, &rows, new.mapping_id).await?;
    let now = app.now_ms();
    let row = StatementRow {
        id: id.to_string(),
        file_name: new.file_name.chars().filter(|character| !character.is_control()).take(120).collect(),
        file_key: Some(key),
        account_no: String::new(),
        state: StatementState::NeedsMapping.as_str().to_owned(),
        mapping: None,
        rows: rows.len() as i64,
        new_count: 0,
        duplicates: 0,
        skipped: 0,
        rejected: 0,
        errors: "[]".to_owned(),
        imported_by: new.imported_by.to_owned(),
        created_at: now,
        updated_at: now,
        content_key: None,
        perhaps_count: 0,
    };
    let transaction = app.database.begin_write().await?;
    bank_statements::Entity::insert(row.clone().into_active_model()).exec_without_returning(&*transaction).await?;
    transaction.commit().await?;
    match mapping {
        Some(mapping) => take_in(app, &row, (rows.as_slice(), file_hash.as_str()), &mapping, new.officer).await,
        None => Ok(row),
    }
}

/// Takes a kept statement in with a person's mapping.
pub(super) async fn import_with(
    app: &App,
    row: &StatementRow,
    mapping: &Mapping,
    officer: Option<&Officer>,
) -> Result<StatementRow, Problem> {
    if row.state()? == StatementState::Imported {
        return Err(
            Problem::conflict("statement_imported", "这份流水已经导入，没有再次导入").advice("请在流水列表中查看")
        );
    }
    let content = kept(app, row).await?;
    let file_hash = sha256_hex(&content);
    let rows = read(content).await?;
    take_in(app, row, (rows.as_slice(), file_hash.as_str()), mapping, officer).await
}

/// The rows of a kept statement.
pub(super) async fn kept_rows(app: &App, row: &StatementRow) -> Result<Vec<RawRow>, Problem> {
    read(kept(app, row).await?).await
}

async fn kept(app: &App, row: &StatementRow) -> Result<Bytes, Problem> {
    let key = row.file_key.as_deref().ok_or_else(|| Problem::internal("a statement without its file"))?;
    Ok(app.files.get(key).await?)
}

/// Reads all rows of a file, in a thread that may block.
async fn read(content: Bytes) -> Result<Vec<RawRow>, Problem> {
    let read = tokio::task::spawn_blocking(move || read_blocking(&content)).await.map_err(Problem::internal)?;
    read.map_err(|error| {
        Problem::unacceptable("statement_unreadable", "这份银行流水不能读取，没有导入")
            .field("file", format!("{error:#}"))
            .advice("请从网银重新下载 CSV 或 XLSX 格式的明细")
    })
}

pub(super) fn read_blocking(content: &[u8]) -> anyhow::Result<Vec<RawRow>> {
    let path = std::env::temp_dir().join(new_id_text("bank-statement"));
    std::fs::write(&path, content).context("无法暂存文件")?;
    let rows = read_file(&path);
    // A file that cannot be removed lies in the system's temporary directory.
    let _left_behind = std::fs::remove_file(&path);
    rows
}

fn read_file(path: &Path) -> anyhow::Result<Vec<RawRow>> {
    let mut rows = Vec::new();
    read_rows(path, &mut |row| {
        anyhow::ensure!(rows.len() < ROWS_MAX, "超过 {ROWS_MAX} 行，请按日期拆成几个文件");
        rows.push(row);
        Ok(true)
    })
    .map_err(|error| anyhow::anyhow!("{}", format!("{error:#}").replace(&path.display().to_string(), "")))?;
    anyhow::ensure!(!rows.is_empty(), "文件里没有内容");
    Ok(rows)
}

/// The layout: as chosen, as saved for these headers, or as guessed; nothing when a person must say.
async fn choose(app: &App, rows: &[RawRow], chosen: Option<&MappingId>) -> Result<Option<Mapping>, Problem> {
    let reader = app.database.reader();
    if let Some(id) = chosen {
        let saved = statements::mapping(reader, id.as_str())
            .await?
            .ok_or_else(|| Problem::not_found("mapping_not_found", "没有找到保存的对应关系").advice("请重新选择"))?;
        return Ok(Some(placed(saved.mapping()?, &saved.header_key, rows)));
    }
    let keys: Vec<String> = rows.iter().take(HEADER_ROWS_MAX).map(|row| header_key(&row.cells)).collect();
    if let Some(saved) = statements::mapping_of_headers(reader, &keys).await? {
        return Ok(Some(placed(saved.mapping()?, &saved.header_key, rows)));
    }
    Ok(Some(guess(rows)).filter(Mapping::is_complete))
}

/// A saved layout with the place that its headers have in this file.
fn placed(mapping: Mapping, key: &str, rows: &[RawRow]) -> Mapping {
    match header_with_key(rows, key) {
        Some(header_row) => Mapping { header_row, ..mapping },
        None => mapping,
    }
}

pub(super) struct Taken {
    pub(super) credits: Vec<Credit>,
    pub(super) skipped: i64,
    pub(super) rejected: i64,
    errors: Vec<StatementError>,
}

pub(super) fn sort_out(rows: &[RawRow], mapping: &Mapping) -> Result<Taken, Problem> {
    let wrong = |reason: String| {
        Problem::unacceptable("mapping_does_not_fit", "列的对应关系与这份流水不符，没有导入")
            .field("mapping", reason)
            .advice("请核对每一列的对应关系")
    };
    let header = rows.get(mapping.header_row.wrapping_sub(1)).ok_or_else(|| wrong("没有这一行表头".to_owned()))?;
    let columns = Columns::of(mapping, &header.cells).map_err(wrong)?;
    let mut taken = Taken { credits: Vec::new(), skipped: 0, rejected: 0, errors: Vec::new() };
    for row in &rows[mapping.header_row..] {
        match columns.read(row) {
            Line::Credit(credit) => taken.credits.push(*credit),
            Line::Other => taken.skipped += 1,
            Line::Rejected(reason) => {
                taken.rejected += 1;
                if taken.errors.len() < ERRORS_MAX {
                    taken.errors.push(StatementError { line: row.line as i64, reason });
                }
            }
        }
    }
    Ok(taken)
}

async fn take_in(
    app: &App,
    row: &StatementRow,
    (rows, file_hash): (&[RawRow], &str),
    mapping: &Mapping,
    officer: Option<&Officer>,
) -> Result<StatementRow, Problem> {
    let taken = sort_out(rows, mapping)?;
    let above = account_above(rows, mapping.header_row).unwrap_or_default();
    let now = app.now_ms();
    let mut seen: HashMap<String, u32> = HashMap::new();
    let lines: Vec<Fresh> =
        taken.credits.into_iter().map(|credit| line_of(credit, row, &above, &mut seen, now)).collect();
    let count = lines.len() as i64;
    let account_no = lines.first().map_or(above.clone(), |line| line.row.account_no.clone());
    let mapping_text = serde_json::to_string(mapping).map_err(Problem::internal)?;
    let content_key = sha256_hex(format!("{file_hash}|{mapping_text}").as_bytes());
    let mut written = Written::default();
    // The very same file once more brings nothing, however little tells its lines apart.
    if !statements::was_imported(app.database.reader(), &content_key).await? {
        let mut days: BTreeMap<String, Vec<Fresh>> = BTreeMap::new();
        for line in lines {
            days.entry(line.row.booked_on.clone()).or_default().push(line);
        }
        for (day, lines) in days {
            written.add(write_day(app, &row.id, &day, lines).await?);
        }
    }
    let new_count = written.new_count;
    let done = StatementRow {
        account_no,
        state: StatementState::Imported.as_str().to_owned(),
        mapping: Some(mapping_text),
        new_count,
        perhaps_count: written.perhaps_count,
        content_key: Some(content_key),
        duplicates: count - new_count,
        skipped: taken.skipped,
        rejected: taken.rejected,
        errors: serde_json::to_string(&taken.errors).map_err(Problem::internal)?,
        updated_at: now,
        ..row.clone()
    };
    let transaction = app.database.begin_write().await?;
    statements::finish(&*transaction, &done).await?;
    let job = MatchJob { statement_id: row.id.clone() };
    enqueue(&*transaction, NewJob::new(JOB_MATCH, &job, now)).await?;
    if let Some(officer) = officer {
        let detail = serde_json::json!({ "file_name": done.file_name, "new": new_count, "rows": done.rows });
        audit::record(&*transaction, app, officer.entry(Action::StatementImported, &row.id, detail)).await?;
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    metrics::counter!("tejian_bank_lines_total").increment(new_count as u64);
    Ok(done)
}

/// What became of the lines of a file.
#[derive(Debug, Default)]
struct Written {
    /// Written, those that are perhaps known among them.
    new_count: i64,
    perhaps_count: i64,
}

impl Written {
    fn add(&mut self, more: Written) {
        self.new_count += more.new_count;
        self.perhaps_count += more.perhaps_count;
    }
}

/// Writes what is new of one day, judged and written while nobody else writes lines.
async fn write_day(app: &App, statement_id: &str, day: &str, lines: Vec<Fresh>) -> Result<Written, Problem> {
    let transaction = app.database.begin_write().await?;
    statements::one_at_a_time(&*transaction).await?;
    let own: HashSet<String> = lines
        .iter()
        .flat_map(|line| [line.row.dedup_key.clone(), told_apart(&line.row.dedup_key, statement_id)])
        .collect();
    let mut known = store::of_day(&*transaction, day).await?;
    // What it wrote itself before it broke off; explained with other columns since, it is as a line of another file.
    known.retain(|row| row.statement_id != statement_id || !own.contains(&row.dedup_key));
    let judged = judge(&lines, &known);
    let keys: HashSet<&str> = known.iter().map(|row| row.dedup_key.as_str()).collect();
    let mut written = Written::default();
    let mut rows = Vec::new();
    for (line, judged) in lines.into_iter().zip(judged) {
        let twin_of = match judged {
            Judged::Known => continue,
            Judged::New => None,
            Judged::PerhapsKnown(id) => Some(id),
        };
        written.perhaps_count += i64::from(twin_of.is_some());
        let dedup_key = if keys.contains(line.row.dedup_key.as_str()) {
            told_apart(&line.row.dedup_key, statement_id)
        } else {
            line.row.dedup_key.clone()
        };
        rows.push(TransactionRow { twin_of, dedup_key, ..line.row });
    }
    for batch in rows.chunks(BATCH) {
        written.new_count += insert(&*transaction, batch).await? as i64;
    }
    transaction.commit().await?;
    Ok(written)
}

/// The key of a line where another one has its key already.
fn told_apart(dedup_key: &str, statement_id: &str) -> String {
    sha256_hex(format!("{dedup_key}|{statement_id}").as_bytes())
}

async fn insert<C: ConnectionTrait>(connection: &C, lines: &[bank_transactions::Model]) -> Result<u64, DbErr> {
    let rows = lines.iter().cloned().map(IntoActiveModel::into_active_model);
    bank_transactions::Entity::insert_many(rows)
        .on_conflict(OnConflict::column(bank_transactions::Column::DedupKey).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await
}

fn line_of(credit: Credit, statement: &StatementRow, above: &str, seen: &mut HashMap<String, u32>, now: i64) -> Fresh {
    let account_no = credit.own_account.clone().unwrap_or_else(|| above.to_owned());
    let booked_on = print_date(credit.booked_on);
    let dedup_key = dedup_key(&credit, &account_no, &booked_on, seen);
    let payer_key = name_form(&credit.payer_name);
    let yuan = credit.amount.to_yuan_text().replace(',', "");
    let parts = [
        credit.payer_name.as_str(),
        &credit.remark,
        credit.serial_no.as_deref().unwrap_or(""),
        credit.payer_account.as_deref().unwrap_or(""),
        &yuan,
    ];
    let is_marked = credit.serial_no.is_some() || credit.balance.is_some();
    let balance_fen = credit.balance.as_deref().and_then(|text| Fen::from_yuan_text(text).ok()).map(|fen| fen.0);
    let row = TransactionRow {
        id: BankTransactionId::new().into(),
        statement_id: statement.id.clone(),
        search_text: parts.map(search_form).join("|"),
        account_no,
        booked_on,
        amount_fen: credit.amount.0,
        rest_fen: credit.amount.0,
        payer_key,
        payer_name: credit.payer_name,
        payer_account: credit.payer_account,
        remark: credit.remark,
        serial_key: credit.serial_no.as_deref().map(search_form),
        serial_no: credit.serial_no,
        dedup_key,
        state: TransactionState::Open.as_str().to_owned(),
        ignore_reason: None,
        created_at: now,
        updated_at: now,
        twin_of: None,
        balance_fen,
    };
    Fresh { row, is_marked }
}

/// Identifies a line over all statements of an account in one layout: by the bank's number where there is one (with day and
/// amount, since some banks repeat numbers), otherwise by all that stands in it and how many equal ones stood above it.
fn dedup_key(credit: &Credit, account_no: &str, booked_on: &str, seen: &mut HashMap<String, u32>) -> String {
    let amount = credit.amount.0;
    let mut text = match &credit.serial_no {
        Some(serial) => format!("{account_no}|{}|{booked_on}|{amount}", search_form(serial)),
        None => format!(
            "{account_no}||{booked_on}|{amount}|{}|{}|{}|{}",
            name_form(&credit.payer_name),
            credit.payer_account.as_deref().unwrap_or(""),
            search_form(&credit.remark),
            credit.balance.as_deref().unwrap_or(""),
        ),
    };
    let above = seen.entry(text.clone()).or_default();
    *above += 1;
    if *above > 1 {
        text.push_str(&format!("|{above}"));
    }
    sha256_hex(text.as_bytes())
}

//! Lines, claims and statements as the console sees them.

use foundation::money::Fen;
use foundation::problem::Problem;
use foundation::text::mask_code;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;

use super::candidates::Proposal;
use super::going_back::GoingBack;
use super::mapping::{Mapping, guess};
use super::model::{BankTransactionId, ClaimId, MappingId, StatementId, StatementState, TransactionState};
use super::named::NamedOrder;
use super::statements::{MappingRow, StatementError, StatementRow};
use super::store::{ClaimRow, LIVE, TransactionRow};
use super::twins::Twin;
use crate::imports::RawRow;
use crate::orders::{self, OrderId};
use crate::payments::RefundAnswer;

/// Rows of a file that is not understood, shown to the person who explains it.
const SAMPLE_ROWS: usize = 8;
const FIRST_ROWS: usize = 20;
const PERHAPS_KNOWN: &str = "可能已导入";

/// A line of a statement that brought money.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BankTransaction {
    /// Which.
    pub id: BankTransactionId,
    /// Day of the booking, `YYYY-MM-DD`.
    pub booked_on: String,
    /// Fen.
    pub amount_fen: Fen,
    /// Fen that nobody has claimed.
    pub rest_fen: Fen,
    /// Who paid.
    pub payer_name: String,
    /// From which account, its ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer_account_masked: Option<String>,
    /// What he wrote.
    pub remark: String,
    /// The bank's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_no: Option<String>,
    /// Where the money is.
    pub state: TransactionState,
    /// For people.
    pub state_text: String,
    /// The known line that it perhaps is: nothing is made of it until a person says that it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twin: Option<Twin>,
    /// Whether its money is neither left nor anybody's, but goes back to its sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub going_back: Option<GoingBack>,
    /// Why it is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_reason: Option<String>,
    /// Orders that it may be for, the likeliest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposals: Option<Vec<Proposal>>,
    /// What it was taken for, newest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<Vec<Claim>>,
    /// Orders that it names although they need no money: it may go back to its sender.
    pub named: Vec<NamedOrder>,
    /// What of it goes back or went back to its sender, newest first; only in the answer for one line.
    pub returns: Vec<RefundAnswer>,
}

impl BankTransaction {
    /// With proposals and claims where they are wanted.
    pub fn of(
        row: TransactionRow,
        proposals: Option<Vec<Proposal>>,
        claims: Option<Vec<Claim>>,
    ) -> Result<Self, Problem> {
        let state = row.state()?;
        Ok(Self {
            id: BankTransactionId::from_stored(row.id),
            booked_on: row.booked_on,
            amount_fen: Fen(row.amount_fen),
            rest_fen: Fen(row.rest_fen),
            payer_name: row.payer_name,
            payer_account_masked: row.payer_account.as_deref().map(mask_code),
            remark: row.remark,
            serial_no: row.serial_no,
            state,
            state_text: state.text().to_owned(),
            twin: None,
            going_back: None,
            ignore_reason: row.ignore_reason,
            proposals,
            claims,
            named: Vec::new(),
            returns: Vec::new(),
        })
    }

    /// With the orders that it names although they need no money.
    pub fn naming(self, named: Vec<NamedOrder>) -> Self {
        Self { named, ..self }
    }

    /// With how far it is on its way back, if it is: that is what people read then.
    pub fn going_back(self, found: Option<GoingBack>) -> Self {
        let state_text = found.map_or(self.state_text, |found| found.text().to_owned());
        Self { going_back: found, state_text, ..self }
    }

    /// With the known line that it perhaps is: as long as nobody has said what it is, that is what people read.
    pub fn twin(self, found: Option<Twin>) -> Self {
        let waits = found.is_some() && self.state == TransactionState::Open;
        let state_text = if waits { PERHAPS_KNOWN.to_owned() } else { self.state_text };
        Self { twin: found, state_text, ..self }
    }

    /// With what goes back of it.
    pub fn returning(self, returns: Vec<RefundAnswer>) -> Self {
        Self { returns, ..self }
    }
}

/// How money of a line was taken for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimHow {
    /// By its score.
    Automatic,
    /// By a person.
    Manual,
}

impl ClaimHow {
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            ClaimHow::Automatic => "自动认款",
            ClaimHow::Manual => "人工认款",
        }
    }
}

/// Whether a claim still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// It does.
    Live,
    /// It was taken back.
    Undone,
}

/// Money of a line taken for an order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Claim {
    /// Which.
    pub id: ClaimId,
    /// Of which line.
    pub transaction_id: BankTransactionId,
    /// For which order.
    pub order_id: OrderId,
    /// 缴款订单号.
    pub order_no: String,
    /// 缴款单位.
    pub unit_name: String,
    /// Fen.
    pub amount_fen: Fen,
    /// By the score or by a person.
    pub how: ClaimHow,
    /// 自动认款, 人工认款.
    pub how_text: String,
    /// Who took it.
    pub claimed_by: String,
    /// Whether it still stands.
    pub state: ClaimState,
    /// When, epoch milliseconds.
    pub created_at: i64,
    /// Why it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_reason: Option<String>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<String>,
    /// When, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone_at: Option<i64>,
}

/// Claims with the names of their orders.
pub async fn claim_answers<C: ConnectionTrait>(connection: &C, rows: Vec<ClaimRow>) -> Result<Vec<Claim>, Problem> {
    let mut answers = Vec::with_capacity(rows.len());
    for row in rows {
        let order = orders::find_row(connection, &row.order_id).await?;
        let (order_no, unit_name) = order.map(|order| (order.order_no, order.unit_name)).unwrap_or_default();
        let how = if row.how == "automatic" { ClaimHow::Automatic } else { ClaimHow::Manual };
        let state = if row.state == LIVE { ClaimState::Live } else { ClaimState::Undone };
        answers.push(Claim {
            id: ClaimId::from_stored(row.id),
            transaction_id: BankTransactionId::from_stored(row.transaction_id),
            order_id: OrderId::from_stored(row.order_id),
            order_no,
            unit_name,
            amount_fen: Fen(row.amount_fen),
            how_text: how.text().to_owned(),
            how,
            claimed_by: row.claimed_by,
            state,
            created_at: row.created_at,
            undo_reason: row.undo_reason,
            undone_by: row.undone_by,
            undone_at: row.undone_at,
        });
    }
    Ok(answers)
}

/// A statement and what became of its lines.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Statement {
    /// Which.
    pub id: StatementId,
    /// What its file is called.
    pub file_name: String,
    /// Where it stands.
    pub state: StatementState,
    /// The institute's account, its ends; empty when the file does not tell.
    pub account_masked: String,
    /// Rows in the file.
    pub rows: i64,
    /// Lines that are new, those that are perhaps known among them.
    pub new: i64,
    /// Lines that are perhaps known from another file: they wait for a person.
    pub perhaps_known: i64,
    /// Lines that were known.
    pub duplicates: i64,
    /// Money out, sums, notes.
    pub skipped: i64,
    /// Lines that cannot be read.
    pub rejected: i64,
    /// Why, for the first hundred.
    pub errors: Vec<StatementError>,
    /// Who brought it.
    pub imported_by: String,
    /// When, epoch milliseconds.
    pub created_at: i64,
    /// What a person must explain first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs_mapping: Option<NeedsMapping>,
}

/// A file whose columns are not understood.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NeedsMapping {
    /// Headers of the row that looks like one.
    pub columns: Vec<String>,
    /// The rows below it.
    pub sample: Vec<Vec<String>>,
    /// The first rows of the file, in case the header stands elsewhere.
    pub first_rows: Vec<Vec<String>>,
    /// What was understood.
    pub guess: Mapping,
}

impl NeedsMapping {
    /// Of the rows of a file.
    pub fn of(rows: &[RawRow]) -> Self {
        let guess = guess(rows);
        let cells = |rows: &[RawRow]| rows.iter().map(|row| row.cells.clone()).collect();
        let below = rows.get(guess.header_row..).unwrap_or_default();
        Self {
            columns: rows.get(guess.header_row - 1).map(|row| row.cells.clone()).unwrap_or_default(),
            sample: cells(&below[..below.len().min(SAMPLE_ROWS)]),
            first_rows: cells(&rows[..rows.len().min(FIRST_ROWS)]),
            guess,
        }
    }
}

impl Statement {
    /// With what a person must explain, where it waits for that.
    pub fn of(row: StatementRow, needs_mapping: Option<NeedsMapping>) -> Result<Self, Problem> {
        Ok(Self {
            state: row.state()?,
            id: StatementId::from_stored(row.id),
            file_name: row.file_name,
            account_masked: mask_code(&row.account_no),
            rows: row.rows,
            new: row.new_count,
            perhaps_known: row.perhaps_count,
            duplicates: row.duplicates,
            skipped: row.skipped,
            rejected: row.rejected,
            errors: serde_json::from_str(&row.errors).map_err(Problem::internal)?,
            imported_by: row.imported_by,
            created_at: row.created_at,
            needs_mapping,
        })
    }
}

/// A saved layout.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SavedMapping {
    /// Which.
    pub id: MappingId,
    /// Its name, such as 工商银行 网银明细.
    pub name: String,
    /// The columns.
    pub mapping: Mapping,
    /// Epoch milliseconds.
    pub updated_at: i64,
}

impl SavedMapping {
    /// As stored.
    pub fn of(row: MappingRow) -> Result<Self, Problem> {
        Ok(Self {
            mapping: row.mapping()?,
            id: MappingId::from_stored(row.id),
            name: row.name,
            updated_at: row.updated_at,
        })
    }
}

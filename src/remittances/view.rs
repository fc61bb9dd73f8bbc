//! Remittances as the front end sees them.

use foundation::calendar::beijing_date;
use foundation::money::Fen;
use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{RemittanceId, RemittanceState};
use super::store::{self, RemittanceRow};
use crate::app::App;
use crate::uploads::Upload;

/// What the payer says of his transfer, and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Remittance {
    /// Which.
    pub id: RemittanceId,
    /// Where it stands.
    pub state: RemittanceState,
    /// For people.
    pub state_text: String,
    /// 汇款单位.
    pub payer_name: String,
    /// 汇款账号.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer_account: Option<String>,
    /// 汇款银行.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer_bank: Option<String>,
    /// 汇款日期, `YYYY-MM-DD`; empty while it is not typed.
    pub remitted_on: String,
    /// Fen.
    pub amount_fen: Fen,
    /// 流水号.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_no: Option<String>,
    /// Work-order or contract number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_no: Option<String>,
    /// More, for the reviewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Pictures or PDF files of the slip.
    pub proofs: Vec<Upload>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<i64>,
    /// Until when it is reviewed, epoch milliseconds (S0-40).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<i64>,
    /// Working days left until then, by the calendar; only while it is under review. 0 on the last day and after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_days_left: Option<i64>,
    /// Nobody decided by then (S0-40): the payer may call.
    pub late: bool,
    /// What the reviewer said (S0-43).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<i64>,
    /// What looks odd, for people: another amount than the order's, a serial number that was told before.
    pub warnings: Vec<String>,
}

impl Remittance {
    /// Whether somebody is to decide on it.
    pub fn is_submitted(&self) -> bool {
        self.state == RemittanceState::Submitted
    }
}

/// The remittance with its files and warnings; the caller has made sure that the asker may see its order.
pub async fn answer(app: &App, row: RemittanceRow, order_amount: Fen) -> Result<Remittance, Problem> {
    let connection = app.database.reader();
    let state = row.state()?;
    let mut warnings = Vec::new();
    if row.amount_fen > 0 && row.amount_fen != order_amount.0 {
        warnings.push(format!("汇款金额 {} 元与订单金额 {order_amount} 元不同", Fen(row.amount_fen)));
    }
    if !store::same_serial(connection, &row).await?.is_empty() {
        warnings.push("这个流水号已在另一笔汇款中填写过，请核对是否重复".to_owned());
    }
    let proofs = store::proofs_of(connection, &row.id).await?;
    Ok(Remittance {
        id: RemittanceId::from_stored(row.id),
        state,
        state_text: state.text().to_owned(),
        payer_name: row.payer_name,
        payer_account: row.payer_account.map(String::from),
        payer_bank: row.payer_bank,
        remitted_on: row.remitted_on,
        amount_fen: Fen(row.amount_fen),
        serial_no: row.serial_no,
        reference_no: row.reference_no,
        note: row.note,
        proofs: proofs.into_iter().map(|upload| Upload::of(app, upload)).collect::<Result<_, _>>()?,
        submitted_at: row.submitted_at,
        working_days_left: row.due_at.filter(|_| state == RemittanceState::Submitted).map(|due_at| {
            let (mut day, last) = (beijing_date(app.now_ms()), beijing_date(due_at));
            let mut left = 0;
            while day < last {
                day = app.calendar.add_working_days(day, 1);
                left += 1;
            }
            left
        }),
        late: state == RemittanceState::Submitted && row.due_at.is_some_and(|due_at| due_at < app.now_ms()),
        due_at: row.due_at,
        opinion: row.opinion,
        decided_at: row.decided_at,
        warnings,
    })
}

//! What the payer types, saved as it is.

use foundation::complaints::Complaints;
use foundation::money::Fen;
use foundation::problem::{Money, Problem};
use foundation::sealed::Sealed;
use foundation::text::{name_form, plain_line, search_form};
use serde::Deserialize;
use utoipa::ToSchema;

use super::model::{RemittanceId, RemittanceState};
use super::store::{self, RemittanceRow};
use crate::accounts::Scope;
use crate::app::App;
use crate::orders::{self, OrderId, OrderRow, OrderState, PaymentMethod};
use crate::uploads::{self, Purpose, UploadId};
use sea_orm::ConnectionTrait;

/// What the payer says of his transfer, as far as he has got; it is checked when it is submitted.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemittanceDraft {
    /// 汇款单位, as on the slip.
    #[serde(default)]
    pub payer_name: String,
    /// 汇款账号.
    #[serde(default)]
    pub payer_account: Option<String>,
    /// 汇款银行.
    #[serde(default)]
    pub payer_bank: Option<String>,
    /// 汇款日期, `YYYY-MM-DD`.
    #[serde(default)]
    pub remitted_on: String,
    /// 汇款金额, fen.
    #[serde(default)]
    pub amount_fen: Fen,
    /// 流水号 of the slip.
    #[serde(default)]
    pub serial_no: Option<String>,
    /// The 10-digit number at the top right of the 委托单, or the contract number (S0-38).
    #[serde(default)]
    pub reference_no: Option<String>,
    /// More, for the reviewer.
    #[serde(default)]
    pub note: Option<String>,
    /// Pictures or PDF files of the slip (S0-37).
    #[serde(default)]
    pub proof_ids: Vec<UploadId>,
}

impl RemittanceDraft {
    /// Too long to be kept at all.
    pub(super) fn refuse_oversized(&self, proofs_max: usize) -> Result<(), Problem> {
        let refusal = Problem::unacceptable("remittance_too_long", "有内容太长").advice("请按提示修改后再保存");
        let mut wrong = Complaints::new(refusal);
        let texts = [
            ("payer_name", Some(&self.payer_name), 100),
            ("payer_account", self.payer_account.as_ref(), 40),
            ("payer_bank", self.payer_bank.as_ref(), 100),
            ("remitted_on", Some(&self.remitted_on), 10),
            ("serial_no", self.serial_no.as_ref(), 64),
            ("reference_no", self.reference_no.as_ref(), 40),
            ("note", self.note.as_ref(), 200),
        ];
        for (field, text, max) in texts {
            if text.is_some_and(|text| text.chars().count() > max) {
                wrong.add(field, format!("最多 {max} 个字"));
            }
        }
        if self.proof_ids.len() > proofs_max {
            wrong.add("proof_ids", format!("最多 {proofs_max} 个文件"));
        }
        if !(0..=1_000_000_000_000).contains(&self.amount_fen.0) {
            wrong.add("amount_fen", "金额超出范围");
        }
        wrong.end()
    }
}

fn present(text: Option<String>) -> Option<String> {
    text.map(|text| plain_line(&text)).filter(|text| !text.is_empty())
}

/// Saves the draft of an order's remittance.
pub async fn save(app: &App, scope: &Scope, order_id: &OrderId, draft: RemittanceDraft) -> Result<(), Problem> {
    scope.demand_payer()?;
    draft.refuse_oversized(app.config.remittance.proofs_max)?;
    let order = orders::find_for(app.database.reader(), scope, order_id).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let order = orders::lock_row(&*transaction, &order.id, now).await?;
    let order = order.ok_or_else(|| Problem::internal("the order vanished"))?;
    refuse_unless_draftable(&order)?;
    let proofs = uploads::ready_for(&*transaction, scope, Purpose::RemittanceProof, &draft.proof_ids).await?;
    let proof_ids: Vec<String> = proofs.into_iter().map(|upload| upload.id).collect();
    keep(&*transaction, &order, draft, &proof_ids, now).await?;
    transaction.commit().await?;
    Ok(())
}

/// Writes the draft of an order whose row is held.
pub(super) async fn keep<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    draft: RemittanceDraft,
    proof_ids: &[String],
    now: i64,
) -> Result<(), Problem> {
    let known = store::of_order(connection, &order.id).await?;
    let payer_name = plain_line(&draft.payer_name);
    let serial_no = present(draft.serial_no);
    let row = RemittanceRow {
        id: known.as_ref().map_or_else(|| RemittanceId::new().into(), |known| known.id.clone()),
        order_id: order.id.clone(),
        unit_id: order.unit_id.clone(),
        state: RemittanceState::Draft.as_str().to_owned(),
        payer_key: name_form(&payer_name),
        payer_name,
        payer_account: present(draft.payer_account).map(Sealed::from),
        payer_bank: present(draft.payer_bank),
        remitted_on: draft.remitted_on.trim().to_owned(),
        amount_fen: draft.amount_fen.0,
        serial_key: serial_no.as_deref().map(search_form),
        serial_no,
        reference_no: present(draft.reference_no).map(|number| search_form(&number).to_uppercase()),
        // More than one line may be wanted here, and nothing is compared with it.
        note: draft.note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty()),
        review_id: None,
        opinion: None,
        submitted_at: None,
        due_at: None,
        decided_at: None,
        created_at: now,
        updated_at: now,
    };
    match known {
        None => store::insert(connection, row.clone()).await?,
        Some(_) => {
            if !store::replace_draft(connection, &row).await? {
                return Err(submitted_already());
            }
        }
    }
    store::set_proofs(connection, &row.id, proof_ids).await?;
    Ok(())
}

pub(super) fn refuse_unless_draftable(order: &OrderRow) -> Result<(), Problem> {
    if order.payment_method()? != PaymentMethod::Remitted {
        return Err(
            Problem::conflict("order_method_differs", "这个订单的缴款方式不是已汇款").advice("请先更换缴款方式")
        );
    }
    if order.under_review {
        return Err(submitted_already());
    }
    if order.state()? != OrderState::PendingPayment {
        return Err(Problem::conflict("order_not_waiting", "这个订单已不在待支付，不能填写汇款信息")
            .advice("请刷新订单查看结果"));
    }
    Ok(())
}

fn submitted_already() -> Problem {
    Problem::conflict("remittance_submitted", "汇款已经提交审核，不能再修改")
        .money(Money::Unknown)
        .advice("请等待审核结果；审核未通过时可以修改后重新提交")
}

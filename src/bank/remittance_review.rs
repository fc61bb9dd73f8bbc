//! The review of remittances (S0-40…43): what the payer says beside what the bank says.

use async_trait::async_trait;
use foundation::money::Fen;
use foundation::problem::Problem;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::BankTransaction;
use super::candidates::{scored_line, scored_order};
use super::claims::{Wish, claim_in};
use super::model::{BankTransactionId, Claimer};
use super::payee_accounts::PayeeAccounts;
use super::score::{Marks, Score, score};
use super::store::{self, TransactionRow};
use super::told;
use crate::app::App;
use crate::orders::{self, OrderId, OrderRow, OrderState};
use crate::remittances::{self, REVIEW_KIND, Remittance, RemittanceRow};
use crate::reviews::{Review, ReviewKind, Verdict};
use crate::staff::{Officer, Permission};

/// A line that fits so well, at the exact amount and alone, is claimed with the approval.
const SCORE_WITH_APPROVAL: i64 = 80;
const SCORE_SHOWN_MIN: i64 = 25;
const SHOWN_MAX: usize = 10;
/// What says how somebody knows that money came.
const OPINION_CHARACTERS_MIN: usize = 2;
/// What the reviewer reads of a line on the account of another payee.
const OTHER_PAYEE: &str = "到账账户不是本订单收款单位的";

/// The kind of review.
pub struct RemittanceReview;

/// What the reviewer of a remittance sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemittanceSubject {
    /// What it is for.
    order: SubjectOrder,
    /// What the payer says.
    remittance: Remittance,
    /// Lines of the bank that fit, the best first.
    matches: Vec<LineMatch>,
    /// The one line that proves it: it is claimed with the approval. Without it an approval needs an opinion, and the told
    /// amount must reach what is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    proving_transaction_id: Option<BankTransactionId>,
}

/// The order of a remittance.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubjectOrder {
    /// Which.
    id: OrderId,
    /// 缴款订单号.
    order_no: String,
    /// 缴款单位.
    unit_name: String,
    /// Who receives the money.
    payee_name: String,
    /// 曳引驱动乘客电梯 等 20 份报告.
    title: String,
    /// Reports in it.
    count: i64,
    /// Fen.
    amount_fen: Fen,
    /// Fen that came so far.
    received_fen: Fen,
    /// Where it stands.
    state: OrderState,
    /// For people.
    state_text: &'static str,
    /// Epoch milliseconds.
    created_at: i64,
}

/// A line of the bank that may be the remittance.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineMatch {
    /// The line.
    transaction: BankTransaction,
    /// 0–100.
    score: i64,
    /// Why, for people.
    reasons: Vec<String>,
}

#[async_trait]
impl ReviewKind for RemittanceReview {
    fn code(&self) -> &'static str {
        REVIEW_KIND
    }

    fn text(&self) -> &'static str {
        "汇款审核"
    }

    fn permission(&self) -> Permission {
        Permission::RemittancesDecide
    }

    async fn apply(
        &self,
        app: &App,
        transaction: &DatabaseTransaction,
        review: &Review,
        verdict: Verdict,
        officer: &Officer,
    ) -> Result<(), Problem> {
        let now = app.now_ms();
        let (id, opinion) = (review.subject_id.as_str(), review.opinion.as_deref());
        match verdict {
            Verdict::Rejected => {
                remittances::reject(transaction, id, opinion.unwrap_or("未说明原因"), officer.id.as_str(), now).await
            }
            Verdict::Approved => {
                let proof = proof_or_refusal(transaction, id, opinion, now).await?;
                let order = remittances::approve(transaction, id, opinion, officer.id.as_str(), now).await?;
                if let Some(line) = proof {
                    claim_with_approval(transaction, &order, &line, officer, now).await?;
                }
                store::count_on_claims(transaction, &order.id).await?;
                Ok(())
            }
        }
    }

    async fn subject(&self, app: &App, review: &Review) -> Result<serde_json::Value, Problem> {
        let reader = app.database.reader();
        let gone = || Problem::internal(format!("the subject of {} is gone", review.id));
        let told = remittances::find(reader, &review.subject_id).await?.ok_or_else(gone)?;
        let order = orders::find_row(reader, &told.order_id).await?.ok_or_else(gone)?;
        let lines = lines_for(reader, &order, &told).await?;
        let proof = proving_line(&lines, order.missing()).map(|line| BankTransactionId::from_stored(line.id.clone()));
        let shown = lines.into_iter().take(SHOWN_MAX);
        let state = order.state()?;
        let subject = RemittanceSubject {
            matches: shown
                .map(|Fitting { line, found: Score { score, mut reasons, .. }, of_another_payee }| {
                    reasons.extend(of_another_payee.then(|| OTHER_PAYEE.to_owned()));
                    Ok(LineMatch { transaction: BankTransaction::of(line, None, None)?, score, reasons })
                })
                .collect::<Result<_, Problem>>()?,
            order: SubjectOrder {
                id: OrderId::from_stored(order.id.clone()),
                order_no: order.order_no,
                unit_name: order.unit_name,
                payee_name: order.payee_name,
                title: order.title,
                count: order.fee_count,
                amount_fen: Fen(order.amount_fen),
                received_fen: Fen(order.received_fen),
                state,
                state_text: state.text(),
                created_at: order.created_at,
            },
            proving_transaction_id: proof,
            remittance: remittances::answer(app, told, Fen(order.amount_fen)).await?,
        };
        serde_json::to_value(subject).map_err(Problem::internal)
    }
}

/// A line that may be the remittance.
struct Fitting {
    line: TransactionRow,
    found: Score,
    /// It came to the account of another payee than the order's: it proves nothing by itself.
    of_another_payee: bool,
}

/// Lines of the bank that may be the remittance, the best first.
async fn lines_for<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    told: &RemittanceRow,
) -> Result<Vec<Fitting>, Problem> {
    let mut lines = store::open_like(connection, told.amount_fen, told.serial_key.as_deref()).await?;
    if order.amount_fen != told.amount_fen {
        lines.extend(store::open_like(connection, order.amount_fen, None).await?);
    }
    if let Some(reference) = &told.reference_no {
        lines.extend(store::open_with_text(connection, reference).await?);
    }
    let missing_fen = order.amount_fen - order.received_fen;
    let accounts = PayeeAccounts::load(connection).await?;
    let mut scored: Vec<Fitting> = Vec::new();
    for line in lines {
        if scored.iter().any(|known| known.line.id == line.id) {
            continue;
        }
        let marks = Marks::of(&line.remark);
        let heeded = told::heeded(connection, told.clone(), &marks).await?;
        let found = score(&scored_line(&line, &marks), &scored_order(order, missing_fen, &[], Some(&heeded))?);
        if found.score >= SCORE_SHOWN_MIN {
            let of_another_payee = accounts.is_of_another_payee(&line, order);
            scored.push(Fitting { line, found, of_another_payee });
        }
    }
    scored.sort_by_key(|fitting| std::cmp::Reverse(fitting.found.score));
    Ok(scored)
}

/// The line that leaves no doubt: it fits well, brings exactly what is missing, did not come to another payee, and is the
/// only such line. Only this one proves anything, because only this one is claimed with the approval: a line that stays free
/// would prove the next remittance as well.
fn proving_line(lines: &[Fitting], missing: Fen) -> Option<&TransactionRow> {
    let fits = |fitting: &Fitting| {
        let is_exact = missing > Fen::ZERO && fitting.line.rest_fen == missing.0;
        is_exact && fitting.found.score >= SCORE_WITH_APPROVAL && !fitting.of_another_payee
    };
    let mut fitting = lines.iter().filter(|fitting| fits(fitting)).map(|fitting| &fitting.line);
    fitting.next().filter(|_| fitting.next().is_none())
}

/// An approval says that the money is there. Where no line of the bank can be claimed for it, the reviewer says how he
/// knows; a payer who tells of less than is missing has not paid it, whatever his slip looks like. The order is held while it
/// is judged, so that nothing is taken out of it meanwhile.
async fn proof_or_refusal(
    transaction: &DatabaseTransaction,
    remittance_id: &str,
    opinion: Option<&str>,
    now: i64,
) -> Result<Option<TransactionRow>, Problem> {
    let Some(told) = remittances::find(transaction, remittance_id).await? else { return Ok(None) };
    let Some(order) = orders::lock_row(transaction, &told.order_id, now).await? else { return Ok(None) };
    let missing = order.missing();
    let lines = lines_for(transaction, &order, &told).await?;
    if let Some(line) = proving_line(&lines, missing) {
        return Ok(Some(line.clone()));
    }
    if told.amount_fen < missing.0 {
        let told = Fen(told.amount_fen);
        let what =
            format!("缴款人填写的汇款金额 {told} 元少于订单应缴的 {missing} 元，也没有能对应的银行到账，没有通过");
        return Err(Problem::conflict("remittance_too_small", what)
            .advice("请驳回并写明差额，缴款人可以改正后重新提交；确已足额到账的，请先导入银行对账单"));
    }
    if opinion.is_none_or(|opinion| opinion.trim().chars().count() < OPINION_CHARACTERS_MIN) {
        return Err(Problem::unacceptable("opinion_needed", "还没有能直接认领的银行到账，没有通过")
            .field("reason", "请写明如何确认款项已经到账")
            .advice("请写明依据后再通过，或先导入银行对账单"));
    }
    Ok(None)
}

/// The line that proves it is claimed with the approval and at its moment, so that nobody has to do it again at the bank desk
/// and nothing else can be proved by it. Somebody who was faster makes the whole approval fail.
async fn claim_with_approval(
    transaction: &DatabaseTransaction,
    order: &OrderRow,
    line: &TransactionRow,
    officer: &Officer,
    now: i64,
) -> Result<(), Problem> {
    let wish = Wish { order_id: OrderId::from_stored(order.id.clone()), amount: order.missing() };
    let claimer = Claimer::Person(officer.id.to_string(), officer.display_name.clone());
    claim_in(transaction, &line.id, &[wish], &claimer, now).await.map(drop)
}

//! The account that a refund by bank goes to, for the one who decides on it and for the cashier who pays it: of money of a
//! line the line itself, or what two people chose instead; else what was typed for it; else the account that the
//! money came from, where that is beyond doubt. Each look at it is written to the audit trail; everywhere else it is masked.

use axum::extract::State;
use foundation::money::Fen;
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::claims::line_not_found;
use super::returns::payer_of;
use super::store::{self, LIVE};
use crate::app::SharedApp;
use crate::audit::{self, Action};
use crate::counter;
use crate::orders;
use crate::payments::{self, LineReturnChangeKind, PayeeSource, RefundPayee, RefundRow};
use crate::remittances::{self, RemittanceState};
use crate::staff::{self, Officer, Permission};
use crate::web::{Json, Path};

const FROM_LINE: &str = "银行流水的付款账户";

/// Routes of this file.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(reveal))
}

/// Where a refund by bank goes.
#[derive(Debug, Serialize, ToSchema)]
struct PayoutAccount {
    /// The account; missing where nobody knows it yet: it is asked from the payer and typed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    payee: Option<RefundPayee>,
    /// How it is known, for people.
    source_text: String,
    /// Who paid the order, where it was more than one or where somebody typed the account, so that a person can see whose
    /// money goes back.
    sources: Vec<PayoutSource>,
    /// Whether an account may be written down: never for money of a line of the bank.
    may_change: bool,
    /// Whether all of it came at the window: then it may be handed back there, and needs no account.
    at_window: bool,
    /// What somebody is still to decide of what was decided or paid already: it must not be paid out meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<PayoutChange>,
}

/// What is wanted of a decided return of money of a line.
#[derive(Debug, Serialize, ToSchema)]
struct PayoutChange {
    /// Another account, or none.
    kind: LineReturnChangeKind,
    /// The account that is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    payee: Option<RefundPayee>,
    /// Who wants it and why, for people.
    text: String,
}

/// Money of an order and where it came from.
#[derive(Debug, Serialize, ToSchema)]
struct PayoutSource {
    /// 付款人, or 窗口收款.
    name: String,
    /// 付款账号, where the statement tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// Fen.
    amount_fen: Fen,
}

impl PayoutAccount {
    fn known(payee: Option<RefundPayee>, source_text: impl Into<String>) -> Self {
        let source_text = source_text.into();
        Self { payee, source_text, sources: Vec::new(), may_change: false, at_window: false, change: None }
    }

    /// Whose accounts are shown, for the audit trail.
    fn masked(&self) -> Vec<String> {
        let sources = self.sources.iter().filter_map(|source| {
            let account = source.account.clone()?;
            Some(RefundPayee { name: source.name.clone(), account, bank: None })
        });
        let wanted = self.change.iter().filter_map(|change| change.payee.clone());
        self.payee.iter().cloned().chain(sources).chain(wanted).map(|payee| payee.masked()).collect()
    }
}

/// Shows decider and cashier the account in full; who looked is written down.
#[utoipa::path(post, path = "/staff/v1/refunds/{id}/payee/reveal", tag = "bank", params(("id" = String, Path, description = "refund")), responses(
    (status = 200, body = PayoutAccount),
    (status = 404, description = "refund_not_found", body = ErrorAnswer),
))]
async fn reveal(
    State(app): State<SharedApp>,
    officer: Officer,
    Path(id): Path<String>,
) -> Result<Json<PayoutAccount>, Problem> {
    if !officer.may(Permission::RefundsDecide) {
        officer.demand(Permission::RefundsConfirm)?;
    }
    let transaction = app.database.begin_write().await?;
    let row = payments::find_refund(&*transaction, &id).await?;
    let may_change = row.takes_payee()? && officer.may(Permission::RefundsConfirm);
    let account = match (&row.line_id, row.payee()) {
        (Some(line_id), _) => of_return(&*transaction, &officer, &row, line_id).await?,
        (None, Some(payee)) => {
            let set_by = row.payee_set_by.as_deref().unwrap_or("");
            let text = match row.payee_is_from() {
                Some(PayeeSource::Later) if set_by == officer.id.as_str() => {
                    "您在审批之后填写的，须由另一位同事核对并登记银行退款".to_owned()
                }
                Some(PayeeSource::Proposal) if set_by == officer.id.as_str() => {
                    "您申请退款时填写的，须由另一位同事核对并登记银行退款".to_owned()
                }
                Some(PayeeSource::Later) => {
                    let name = name_of(&*transaction, set_by).await?;
                    format!("{name}在审批之后填写的，审批人没有看过，请核对后再转账")
                }
                Some(PayeeSource::Proposal) => {
                    format!("{}申请退款时填写", name_of(&*transaction, set_by).await?)
                }
                Some(PayeeSource::Changed) => changed_by(&*transaction, &officer, set_by).await?,
                Some(PayeeSource::Line | PayeeSource::Window) | None => "工作人员填写".to_owned(),
            };
            let sources =
                if row.is_of_order_by_bank() { sources_of(&*transaction, &row.order_id).await? } else { Vec::new() };
            PayoutAccount { sources, ..PayoutAccount::known(Some(payee), text) }
        }
        (None, None) if row.is_of_order_by_bank() => of_payers(&*transaction, &row.order_id).await?,
        (None, None) => PayoutAccount::known(None, "还不知道，请向缴款人询问后填写"),
    };
    let at_window = needs_account(&row)? && came_at_window(&*transaction, &row).await?;
    let account = if at_window {
        let source_text = "全部款项在窗口收取：可以当面退还；要转账的，请向缴款人询问收款账户后填写".to_owned();
        PayoutAccount { source_text, ..account }
    } else {
        account
    };
    let account = PayoutAccount { change: waiting_change(&*transaction, &row.id).await?, ..account };
    let shown = account.masked();
    if !shown.is_empty() {
        let detail = json!({ "refund": id, "payee": shown });
        audit::record(&*transaction, &app, officer.entry(Action::RefundPayeeSeen, &row.order_id, detail)).await?;
    }
    transaction.commit().await?;
    Ok(Json(PayoutAccount { may_change, at_window, ..account }))
}

/// Whether a refund waits to be paid out by hand and nobody has written its account down; a line has its own.
pub(super) fn needs_account(row: &RefundRow) -> Result<bool, Problem> {
    Ok(row.takes_payee()? && row.payee().is_none())
}

/// Whether the books tell the account that a refund goes to, so that nobody has to type it.
pub(super) async fn is_told_by_books<C: ConnectionTrait>(connection: &C, row: &RefundRow) -> Result<bool, Problem> {
    Ok(row.is_of_order_by_bank() && of_payers(connection, &row.order_id).await?.payee.is_some())
}

/// Whether all that an order ever got came at a window.
pub(super) async fn came_at_window<C: ConnectionTrait>(connection: &C, row: &RefundRow) -> Result<bool, Problem> {
    if !row.is_of_order_by_bank() {
        return Ok(false);
    }
    let received = orders::find_row(connection, &row.order_id).await?.map_or(0, |order| order.received_fen);
    Ok(received > 0 && counter::taken_of_order(connection, &row.order_id).await? >= received)
}

/// The account that a refund went to, as far as the books alone tell: not where a person had to look closer.
pub async fn paid_out_to<C: ConnectionTrait>(connection: &C, refund_id: &str) -> Result<Option<String>, Problem> {
    let row = payments::find_refund(connection, refund_id).await?;
    let account = match (&row.line_id, row.payee()) {
        (Some(line_id), _) => match row.changed_payee() {
            Some(payee) => return Ok(Some(payee.account)),
            None => of_line(connection, line_id).await?,
        },
        (None, Some(payee)) => return Ok(Some(payee.account)),
        (None, None) if row.is_of_order_by_bank() => of_payers(connection, &row.order_id).await?,
        (None, None) => return Ok(None),
    };
    Ok(account.payee.filter(|_| account.sources.is_empty()).map(|payee| payee.account))
}

/// Money of a line goes to where the line came from, or to the account that two people chose instead, shown beside it.
async fn of_return<C: ConnectionTrait>(
    connection: &C,
    officer: &Officer,
    row: &RefundRow,
    line_id: &str,
) -> Result<PayoutAccount, Problem> {
    Ok(match row.changed_payee() {
        None => of_line(connection, line_id).await?,
        Some(payee) => {
            let line = store::find(connection, line_id).await?.ok_or_else(line_not_found)?;
            let set_by = row.payee_set_by.as_deref().unwrap_or("");
            let text = changed_by(connection, officer, set_by).await?;
            let source =
                PayoutSource { name: line.payer_name, account: line.payer_account, amount_fen: Fen(row.amount_fen) };
            PayoutAccount { sources: vec![source], ..PayoutAccount::known(Some(payee), text) }
        }
    })
}

/// What somebody is still to decide of a refund that was decided or paid already.
async fn waiting_change<C: ConnectionTrait>(connection: &C, refund_id: &str) -> Result<Option<PayoutChange>, Problem> {
    let Some(change) = payments::waiting_line_return_change(connection, refund_id).await? else { return Ok(None) };
    let name = name_of(connection, &change.asked_by).await?;
    let kind = change.kind();
    let text = format!("{name}申请{}：{}。等待另一位同事审批，先不要转账", kind.text(), change.reason);
    Ok(Some(PayoutChange { kind, payee: change.payee(), text }))
}

/// Who asked for an account that two people chose, for people.
async fn changed_by<C: ConnectionTrait>(connection: &C, officer: &Officer, set_by: &str) -> Result<String, Problem> {
    if set_by == officer.id.as_str() {
        return Ok("您申请更换的，须由另一位同事核对并登记银行退款".to_owned());
    }
    Ok(format!("{}申请更换，另一位同事已同意", name_of(connection, set_by).await?))
}

async fn name_of<C: ConnectionTrait>(connection: &C, id: &str) -> Result<String, Problem> {
    let names = staff::names_of(connection, [id]).await?;
    Ok(names.get(id).cloned().unwrap_or_else(|| "同事".to_owned()))
}

/// Money of a line goes to where the line came from.
async fn of_line<C: ConnectionTrait>(connection: &C, line_id: &str) -> Result<PayoutAccount, Problem> {
    let line = store::find(connection, line_id).await?.ok_or_else(line_not_found)?;
    Ok(match payer_of(&line) {
        Some(payee) => PayoutAccount::known(Some(payee), FROM_LINE),
        None => PayoutAccount::known(
            None,
            format!(
                "对账单没有写付款账号。请在网银里找到 {} {} 的这笔到账（流水号 {}），原路退回",
                line.booked_on,
                line.payer_name,
                line.serial_no.as_deref().unwrap_or("—")
            ),
        ),
    })
}

/// The account that the money of an order came from: that of a line that was claimed for it, if its claims alone cover all
/// that goes back and nobody else's do; else what the payer told of his remittance, if no line tells an account.
async fn of_payers<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<PayoutAccount, Problem> {
    let sources = sources_of(connection, order_id).await?;
    let going_back = Fen(payments::going_back(connection, order_id).await?);
    let covers = |source: &&PayoutSource| source.account.is_some() && source.amount_fen >= going_back;
    let mut covering = sources.iter().filter(covers);
    let payee = covering.next().filter(|_| covering.next().is_none()).and_then(|source| {
        let account = source.account.clone()?;
        Some(RefundPayee { name: source.name.clone(), account, bank: None })
    });
    let several = sources.len() > 1;
    if several || payee.is_some() {
        let text = match (&payee, several) {
            (Some(_), false) => FROM_LINE,
            (Some(_), true) => "银行流水的付款账户；这个订单有多个付款人，请核对",
            (None, _) => "多个付款人，请核对各自付了多少，再填写收款账户",
        };
        let sources = if several { sources } else { Vec::new() };
        return Ok(PayoutAccount { sources, ..PayoutAccount::known(payee, text) });
    }
    let told = remittances::of_order(connection, order_id).await?;
    let told = told.filter(|told| told.state == RemittanceState::Approved.as_str());
    let told = told.filter(|_| sources.iter().all(|source| source.account.is_none() && !source.is_window()));
    let payee = told.and_then(|told| {
        Some(RefundPayee { name: told.payer_name, account: told.payer_account?.into(), bank: told.payer_bank })
    });
    let text = match &payee {
        Some(_) => "缴款人填写的汇款账户",
        None => "还不知道，请向缴款人询问后填写",
    };
    Ok(PayoutAccount::known(payee, text))
}

const AT_WINDOW: &str = "窗口收款";

impl PayoutSource {
    fn is_window(&self) -> bool {
        self.name == AT_WINDOW && self.account.is_none()
    }
}

/// Who paid an order and how much, newest first: each account of a line that was claimed for it, and the window.
async fn sources_of<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Vec<PayoutSource>, Problem> {
    let order = orders::find_row(connection, order_id).await?;
    let mut at_window = order.map_or(0, |order| order.received_fen);
    let mut sources: Vec<PayoutSource> = Vec::new();
    for claim in store::claims_for_order(connection, order_id).await? {
        if claim.state != LIVE {
            continue;
        }
        let line = store::find(connection, &claim.transaction_id).await?.ok_or_else(line_not_found)?;
        at_window -= claim.amount_fen;
        let same = |source: &&mut PayoutSource| match (&source.account, &line.payer_account) {
            (Some(known), Some(account)) => known == account,
            (None, None) => source.name == line.payer_name,
            _ => false,
        };
        match sources.iter_mut().find(same) {
            Some(source) => source.amount_fen = Fen(source.amount_fen.0 + claim.amount_fen),
            None => sources.push(PayoutSource {
                name: line.payer_name,
                account: line.payer_account,
                amount_fen: Fen(claim.amount_fen),
            }),
        }
    }
    if at_window > 0 {
        sources.push(PayoutSource { name: AT_WINDOW.to_owned(), account: None, amount_fen: Fen(at_window) });
    }
    Ok(sources)
}

//! What a selection would become: one part per receipt class and payee (B-07), with what may be chosen for each.

use std::collections::BTreeMap;

use foundation::money::Fen;
use foundation::problem::Problem;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{Delivery, PaymentMethod};
use super::store::OrderRow;
use crate::accounts::{self, Act, Scope, UnitId, UnitLevel};
use crate::app::App;
use crate::fees::{self, Fee, FeeAnswer, FeeId, Payee, PayeeId, ReceiptClass};
use crate::happenings;
use crate::invoice_titles::{self, InvoiceKind, ProposedTitle};

/// Which fees are meant.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// These fees; what is foreign or no longer payable is reported as unavailable.
    #[serde(default)]
    pub fee_ids: Option<Vec<FeeId>>,
    /// All that match, decided by the server (全选, S0-17).
    #[serde(default)]
    pub all_matching: Option<AllMatching>,
}

/// All payable fees that match a search, but for some.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllMatching {
    /// As in the list; absent = everything payable.
    #[serde(default)]
    pub q: Option<String>,
    /// Ticked off again by the payer.
    #[serde(default)]
    pub except: Vec<FeeId>,
}

/// What a selection would become.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// The fees that can be paid; send them back when confirming.
    pub fee_ids: Vec<FeeId>,
    /// How many.
    pub count: i64,
    /// Their sum, fen.
    pub amount_fen: Fen,
    /// One part per receipt class and payee.
    pub groups: Vec<Group>,
    /// Chosen but not payable (any more).
    pub unavailable: Vec<Unavailable>,
    /// What is proposed.
    pub defaults: Defaults,
}

/// A part of the confirmation that becomes one order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Group {
    /// Names the part in the confirmation.
    pub key: String,
    /// Which kind of receipt.
    pub receipt_class: ReceiptClass,
    /// For people.
    pub receipt_class_text: String,
    /// Who receives the money.
    pub payee_name: String,
    /// How many.
    pub count: i64,
    /// Their sum, fen.
    pub amount_fen: Fen,
    /// The fees of this part.
    pub fee_ids: Vec<FeeId>,
    /// The first 20 in full.
    pub first_fees: Vec<FeeAnswer>,
    /// Ways to pay.
    pub methods: Vec<MethodChoice>,
    /// Kinds of receipt.
    pub invoice_kinds: Vec<InvoiceKindChoice>,
}

/// A way to pay.
#[derive(Debug, Serialize, ToSchema)]
pub struct MethodChoice {
    /// Which.
    pub method: PaymentMethod,
    /// For people.
    pub text: String,
    /// Whether it can be chosen.
    pub available: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A kind of receipt.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvoiceKindChoice {
    /// Which.
    pub kind: InvoiceKind,
    /// For people.
    pub text: String,
}

/// A fee that cannot be paid.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Unavailable {
    /// Which.
    pub fee_id: FeeId,
    /// Why, for people.
    pub reason: String,
}

/// What is proposed: as last time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Defaults {
    /// How to pay.
    pub method: PaymentMethod,
    /// The title used last, or the unit itself.
    pub invoice_title: ProposedTitle,
    /// Kind of receipt for VAT parts.
    pub invoice_kind: InvoiceKind,
    /// How reports arrive.
    pub delivery: Delivery,
}

/// Parts of a selection in a stable order.
pub(super) fn parts(fees: Vec<Fee>) -> BTreeMap<(ReceiptClass, PayeeId), Vec<Fee>> {
    let mut parts: BTreeMap<(ReceiptClass, PayeeId), Vec<Fee>> = BTreeMap::new();
    for fee in fees {
        parts.entry((fee.receipt_class, fee.payee_id.clone())).or_default().push(fee);
    }
    parts
}

/// Names a part.
pub(super) fn part_key(class: ReceiptClass, payee: &PayeeId) -> String {
    format!("{}:{payee}", class.as_str())
}

/// Σ of fees, refused beyond what money can hold.
pub(super) fn sum_of(fees: &[Fee]) -> Result<Fen, Problem> {
    fees.iter()
        .try_fold(Fen::ZERO, |total, fee| total.plus(fee.amount))
        .map_err(|error| Problem::unacceptable("amount_out_of_range", error.to_string()))
}

/// Finds out what a selection would become.
pub async fn preview(app: &App, scope: &Scope, selection: Selection) -> Result<Preview, Problem> {
    let connection = app.database.reader();
    let max = app.config.checkout.fees_per_order_max;
    let (chosen, unavailable) = match (selection.fee_ids, selection.all_matching) {
        (Some(ids), None) => {
            refuse_too_many(ids.len(), max)?;
            let found = fees::payable_by_ids(connection, scope, &ids).await?;
            let unavailable = missing(&ids, &found);
            (found, unavailable)
        }
        (None, Some(matching)) => {
            let found = fees::payable_matching(connection, scope, matching.q.as_deref(), max as u64 + 1).await?;
            refuse_too_many(found.len(), max)?;
            let except: std::collections::HashSet<FeeId> = matching.except.into_iter().collect();
            (found.into_iter().filter(|fee| !except.contains(&fee.id)).collect(), Vec::new())
        }
        _ => {
            return Err(Problem::unacceptable("selection_unclear", "请选择要缴费的报告")
                .advice("回到待缴费列表，勾选报告后再去缴费"));
        }
    };
    if chosen.is_empty() {
        return Err(nothing_payable(&unavailable));
    }
    let payees = fees::payees_by_id(connection, chosen.iter().map(|fee| fee.payee_id.clone())).await?;
    let fee_ids: Vec<FeeId> = chosen.iter().map(|fee| fee.id.clone()).collect();
    let amount = sum_of(&chosen)?;
    let mut groups = Vec::new();
    for ((class, payee_id), fees) in parts(chosen) {
        groups.push(group(app, scope, class, &payee_id, payees.get(&payee_id), fees)?);
    }
    Ok(Preview {
        count: fee_ids.len() as i64,
        fee_ids,
        amount_fen: amount,
        groups,
        unavailable,
        defaults: Defaults {
            method: PaymentMethod::Online,
            invoice_title: invoice_titles::proposal(connection, scope).await?,
            invoice_kind: InvoiceKind::Ordinary,
            delivery: Delivery::Electronic,
        },
    })
}

fn group(
    app: &App,
    scope: &Scope,
    class: ReceiptClass,
    payee_id: &PayeeId,
    payee: Option<&Payee>,
    fees: Vec<Fee>,
) -> Result<Group, Problem> {
    let payee_name = payee.map(|payee| payee.name.clone()).unwrap_or_default();
    Ok(Group {
        key: part_key(class, payee_id),
        receipt_class: class,
        receipt_class_text: class.text().to_owned(),
        count: fees.len() as i64,
        amount_fen: sum_of(&fees)?,
        fee_ids: fees.iter().map(|fee| fee.id.clone()).collect(),
        methods: methods(app, scope, class, payee),
        invoice_kinds: InvoiceKind::of_class(class)
            .iter()
            .map(|kind| InvoiceKindChoice { kind: *kind, text: kind.text().to_owned() })
            .collect(),
        first_fees: fees.into_iter().take(20).map(|fee| FeeAnswer::of(fee, &payee_name)).collect(),
        payee_name,
    })
}

/// Which methods a class allows (S0-23, S0-24), and which of them work here.
fn methods(app: &App, scope: &Scope, class: ReceiptClass, payee: Option<&Payee>) -> Vec<MethodChoice> {
    PaymentMethod::of_class(class)
        .into_iter()
        .map(|method| {
            let reason = unavailable(app, Some(scope.level()), method, payee);
            MethodChoice { method, text: method.text().to_owned(), available: reason.is_none(), reason }
        })
        .collect()
}

/// Why a method that the class allows cannot be used now; nothing when it can. A transfer needs a code and an account.
/// Paying online may be kept from units that are not certified (S1-53).
pub(super) fn unavailable(
    app: &App,
    level: Option<UnitLevel>,
    method: PaymentMethod,
    payee: Option<&Payee>,
) -> Option<String> {
    let has_account = payee.is_some_and(|payee| !payee.bank_account.trim().is_empty());
    match method {
        PaymentMethod::Online => level.and_then(|level| app.policy.objection(Act::PayOnline, level)),
        PaymentMethod::Transfer if !happenings::transfers_available(app) => {
            Some("财政非税系统还没有联网，暂不能对公转账，请使用线上支付".to_owned())
        }
        PaymentMethod::Transfer | PaymentMethod::Remitted if !has_account => {
            Some("收款单位还没有登记银行账号，请使用线上支付".to_owned())
        }
        PaymentMethod::Transfer | PaymentMethod::Remitted => None,
    }
}

/// The same for an order that was made already, and may be switched to this method.
pub async fn method_objection<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    order: &OrderRow,
    method: PaymentMethod,
) -> Result<Option<String>, Problem> {
    let payee_id = PayeeId::from_stored(order.payee_id.clone());
    let payees = fees::payees_by_id(connection, [payee_id.clone()]).await?;
    let unit = accounts::unit(connection, &UnitId::from_stored(order.unit_id.clone())).await?;
    Ok(unavailable(app, unit.map(|unit| unit.level), method, payees.get(&payee_id)))
}

/// The refusal of a method for such a reason.
pub fn method_unavailable(reason: String) -> Problem {
    Problem::unacceptable("method_unavailable", reason.clone()).field("method", reason).advice("请选择其他缴款方式")
}

fn refuse_too_many(count: usize, max: usize) -> Result<(), Problem> {
    if count <= max {
        return Ok(());
    }
    Err(Problem::unacceptable("too_many_fees", format!("一次最多缴 {max} 份报告"))
        .advice("请用搜索缩小范围，分几次缴费"))
}

/// What was asked for but is not payable.
pub(super) fn missing(asked: &[FeeId], found: &[Fee]) -> Vec<Unavailable> {
    let found: std::collections::HashSet<&FeeId> = found.iter().map(|fee| &fee.id).collect();
    asked
        .iter()
        .filter(|id| !found.contains(id))
        .map(|id| Unavailable {
            fee_id: id.clone(), reason: "已缴费、已在其他订单中或已取消".to_owned()
        })
        .collect()
}

pub(super) fn nothing_payable(unavailable: &[Unavailable]) -> Problem {
    Problem::unacceptable("nothing_payable", "没有可以缴费的报告")
        .advice("这些报告可能已缴费或在其他待支付订单中，请到“我的订单”查看")
        .details(serde_json::json!({ "unavailable": unavailable }))
}

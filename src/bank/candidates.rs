//! Which orders a line of a statement may be for.

use std::collections::BTreeMap;

use foundation::money::Fen;
use foundation::problem::Problem;
use foundation::text::name_form;
use sea_orm::{ConnectionTrait, DbErr};
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::bank_transactions::Model as TransactionRow;
use super::score::{Marks, Score, ScoredLine, ScoredOrder, add_sum, score};
use super::told;
use crate::invoice_titles::TitleFacts;
use crate::orders::{self, OrderId, OrderRow, OrderState};
use crate::remittances::{self, RemittanceRow, RemittanceState};
use crate::transfers;

/// Proposals shown for one line.
const SHOWN_MAX: usize = 10;
/// Weaker ones are noise.
const SCORE_SHOWN_MIN: i64 = 20;

/// An order that a line may be for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Proposal {
    /// Which.
    pub order_id: OrderId,
    /// 缴款订单号.
    pub order_no: String,
    /// 缴款单位.
    pub unit_name: String,
    /// Where it stands.
    pub state: OrderState,
    /// For people.
    pub state_text: String,
    /// Fen.
    pub amount_fen: Fen,
    /// Fen that it still needs.
    pub missing_fen: Fen,
    /// How sure, 0–100.
    pub score: i64,
    /// What speaks for it, for people.
    pub reasons: Vec<String>,
}

/// An order with its score.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The order.
    pub order: OrderRow,
    /// What it can take, fen.
    pub takes_fen: i64,
    /// How well it fits.
    pub found: Score,
    /// How well it fits without what a payer can choose so that it fits somebody else's money: only this may claim by itself.
    pub sure: Score,
}

/// What an order can take, fen: what it still needs, or what it cost when it is void. Nothing when it takes no money.
pub(super) fn takes(order: &OrderRow) -> Result<Option<i64>, Problem> {
    Ok(match order.state()? {
        OrderState::PendingPayment => Some(order.amount_fen - order.received_fen),
        OrderState::Void => (order.received_fen == 0).then_some(order.amount_fen),
        OrderState::Paying => None,
        _ => Some(order.lacks_of_bank().0).filter(|lacks| *lacks > 0),
    })
}

/// All orders that a line may be for, the likeliest first.
pub async fn candidates<C: ConnectionTrait>(connection: &C, line: &TransactionRow) -> Result<Vec<Candidate>, Problem> {
    let marks = Marks::of(&line.remark);
    let mut found = Found::default();
    found.by_code(connection, &marks).await?;
    found.by_remittance(connection, line, &marks).await?;
    found.by_number_and_name(connection, line, &marks).await?;
    let scored_line = scored_line(line, &marks);
    let mut orders = Vec::new();
    let (mut scored, mut sure) = (Vec::new(), Vec::new());
    for (id, hints) in found.hints {
        let Some(order) = orders::find_row(connection, &id).await? else { continue };
        let Some(takes_fen) = takes(&order)? else { continue };
        let found = score(&scored_line, &hints.of_order(&order, takes_fen)?);
        // A voided order is proposed only when the payer named it.
        if order.state()? == OrderState::Void && !found.named {
            continue;
        }
        scored.push((found, takes_fen));
        sure.push((
            score(&scored_line, &hints.beyond_choice(&order, takes_fen, &line.payer_key, scored_line.marks)?),
            takes_fen,
        ));
        orders.push(order);
    }
    add_sum(&scored_line, &mut scored);
    add_sum(&scored_line, &mut sure);
    let mut candidates: Vec<Candidate> = orders
        .into_iter()
        .zip(scored.into_iter().zip(sure))
        .map(|(order, ((found, takes_fen), (sure, _)))| Candidate { order, takes_fen, found, sure })
        .filter(|candidate| candidate.found.score >= SCORE_SHOWN_MIN)
        .collect();
    candidates.sort_by(|one, other| {
        other.found.score.cmp(&one.found.score).then_with(|| one.order.created_at.cmp(&other.order.created_at))
    });
    Ok(candidates)
}

/// A line for scoring.
pub(super) fn scored_line<'a>(line: &'a TransactionRow, marks: &'a Marks) -> ScoredLine<'a> {
    ScoredLine {
        rest_fen: line.rest_fen,
        payer_key: &line.payer_key,
        marks,
        serial_key: line.serial_key.as_deref(),
        payer_account: line.payer_account.as_deref(),
        booked_on: &line.booked_on,
    }
}

/// The candidates as people see them; none for a line that is perhaps known.
pub async fn proposals<C: ConnectionTrait>(connection: &C, line: &TransactionRow) -> Result<Vec<Proposal>, Problem> {
    if line.rest_fen == 0 || line.twin_of.is_some() {
        return Ok(Vec::new());
    }
    let candidates = candidates(connection, line).await?;
    candidates.into_iter().take(SHOWN_MAX).map(Proposal::of).collect()
}

impl Proposal {
    fn of(candidate: Candidate) -> Result<Self, Problem> {
        let Candidate { order, takes_fen, found, sure: _ } = candidate;
        let state = order.state()?;
        Ok(Self {
            order_id: OrderId::from_stored(order.id),
            order_no: order.order_no,
            unit_name: order.unit_name,
            state,
            state_text: state.text().to_owned(),
            amount_fen: Fen(order.amount_fen),
            missing_fen: Fen(takes_fen),
            score: found.score,
            reasons: found.reasons,
        })
    }
}

/// What is known of an order beside its row.
#[derive(Default)]
struct Hints {
    codes: Vec<String>,
    remittance: Option<RemittanceRow>,
}

impl Hints {
    fn of_order(&self, order: &OrderRow, missing_fen: i64) -> Result<ScoredOrder, Problem> {
        scored_order(order, missing_fen, &self.codes, self.remittance.as_ref())
    }

    /// The same without words of a payer that may fit somebody else's money: the title of a receipt, and what was told of a
    /// transfer, unless a reviewer found it right and the line comes from the order's own unit.
    fn beyond_choice(
        &self,
        order: &OrderRow,
        missing_fen: i64,
        payer_key: &str,
        marks: &Marks,
    ) -> Result<ScoredOrder, Problem> {
        let of_unit = name_form(&order.unit_name) == payer_key;
        let approved = |told: &&RemittanceRow| told.state == RemittanceState::Approved.as_str();
        let told = self.remittance.as_ref().filter(|_| of_unit).filter(approved);
        let scored = scored_order(order, missing_fen, &self.codes, told)?;
        if marks.order_nos.contains(&order.order_no) {
            // The sender himself wrote the order's number: the title of its receipt may be his name.
            return Ok(scored);
        }
        Ok(ScoredOrder { names: vec![order.unit_name.clone()], ..scored })
    }
}

/// An order with what is known of it beside its row, for scoring.
pub(super) fn scored_order(
    order: &OrderRow,
    missing_fen: i64,
    codes: &[String],
    told: Option<&RemittanceRow>,
) -> Result<ScoredOrder, Problem> {
    let title = TitleFacts::from_stored(&order.invoice_title).map_err(Problem::internal)?;
    let mut names = vec![order.unit_name.clone(), title.name];
    names.extend(told.map(|told| told.payer_name.clone()).filter(|name| !name.is_empty()));
    Ok(ScoredOrder {
        order_no: order.order_no.clone(),
        missing_fen,
        codes: codes.to_vec(),
        names,
        reference: told.and_then(|told| told.reference_no.clone()),
        serial_key: told.and_then(|told| told.serial_key.clone()),
        account: told.and_then(|told| told.payer_account.clone()).map(String::from),
        remitted_on: told.map(|told| told.remitted_on.clone()),
    })
}

#[derive(Default)]
struct Found {
    hints: BTreeMap<String, Hints>,
}

impl Found {
    async fn by_code<C: ConnectionTrait>(&mut self, connection: &C, marks: &Marks) -> Result<(), DbErr> {
        for notice in transfers::of_codes(connection, &marks.codes).await? {
            let hints = self.hints.entry(notice.order_id).or_default();
            hints.codes.extend(notice.payment_code);
        }
        Ok(())
    }

    async fn by_remittance<C: ConnectionTrait>(
        &mut self,
        connection: &C,
        line: &TransactionRow,
        marks: &Marks,
    ) -> Result<(), Problem> {
        let mut found = told::of_line(connection, line, marks).await?;
        for told in remittances::submitted_of_amount(connection, line.rest_fen).await? {
            found.push(told::heeded(connection, told, marks).await?);
        }
        for remittance in found {
            let order_id = remittance.order_id.clone();
            self.hints.entry(order_id).or_default().remittance = Some(remittance);
        }
        Ok(())
    }

    async fn by_number_and_name<C: ConnectionTrait>(
        &mut self,
        connection: &C,
        line: &TransactionRow,
        marks: &Marks,
    ) -> Result<(), Problem> {
        let mut ids = orders::ids_of_numbers(connection, &marks.order_nos).await?;
        ids.extend(orders::waiting_of_amount(connection, line.rest_fen).await?);
        ids.extend(orders::said_paid_of_amount(connection, line.rest_fen).await?);
        ids.extend(orders::waiting_of_name(connection, &line.payer_name).await?);
        for id in ids {
            let hints = self.hints.entry(id.clone()).or_default();
            if hints.remittance.is_none() {
                hints.remittance = told::of_order(connection, &id, marks).await?;
            }
        }
        Ok(())
    }
}

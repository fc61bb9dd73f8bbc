//! The bank desk over HTTP.

use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::StatusCode;
use bytes::Bytes;
use foundation::calendar::parse_date;
use foundation::money::Fen;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{BankTransaction, NeedsMapping, SavedMapping, Statement, claim_answers};
use super::candidates::proposals;
use super::claims::{Wish, claim_in, close_online_attempts, demand_rest_before, line_not_found, undo_in};
use super::going_back::going_back;
use super::import::{self, NewStatement};
use super::mapping::{Mapping, header_key};
use super::model::{BankTransactionId, ClaimId, Claimer, MappingId, StatementId, StatementState, TransactionState};
use super::named::named_without_need;
use super::statements::{self, StatementRow};
use super::store::{self, TransactionRow, TransactionSearch};
use super::twins::twins_of;
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::orders::OrderId;
use crate::payments;
use crate::staff::{May, Officer, may};
use crate::web::{Json, LargeBody, Path, Query};

/// A little more than the configured size can ever be; what is too large gets our own answer.
const STATEMENT_BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
const REASON_CHARACTERS_MAX: usize = 200;
const NAME_CHARACTERS_MAX: usize = 60;

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    let import = OpenApiRouter::new()
        .routes(routes!(import_statement, list_statements))
        .layer(DefaultBodyLimit::max(STATEMENT_BODY_BYTES_MAX));
    OpenApiRouter::new()
        .merge(import)
        .routes(routes!(show_statement))
        .routes(routes!(map_statement))
        .routes(routes!(list_mappings))
        .routes(routes!(list_transactions))
        .routes(routes!(show_transaction))
        .routes(routes!(claim_transaction))
        .routes(routes!(undo_claim))
        .routes(routes!(ignore_transaction))
        .merge(super::returns::router())
        .merge(super::return_changes::router())
        .merge(super::payout::router())
        .merge(super::paid_out::router())
        .merge(super::twins::router())
}

/// A statement as a form.
#[derive(ToSchema)]
#[allow(dead_code)] // describes the form for the documentation
struct StatementForm {
    /// CSV (UTF-8, GBK) or XLSX.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
    /// A saved layout; absent = recognised by the headers.
    mapping_id: Option<String>,
}

async fn statement_answer(app: &App, row: StatementRow) -> Result<Statement, Problem> {
    let needs_mapping = match row.state()? {
        StatementState::NeedsMapping => Some(NeedsMapping::of(&import::kept_rows(app, &row).await?)),
        StatementState::Imported => None,
    };
    Statement::of(row, needs_mapping)
}

/// Takes a bank statement in. Lines that are known already are counted, not taken twice, and those that perhaps are wait for a
/// person; `needs_mapping` asks what the columns hold when they are not understood.
#[utoipa::path(post, path = "/staff/v1/bank/statements", tag = "bank", request_body(content = StatementForm, content_type = "multipart/form-data"), responses((status = 201, body = Statement)))]
async fn import_statement(
    State(app): State<SharedApp>,
    officer: May<may::BankImport>,
    form: LargeBody<Result<Multipart, MultipartRejection>>,
) -> Result<(StatusCode, axum::Json<Statement>), Problem> {
    let LargeBody(form, _room) = form;
    let unreadable = || Problem::bad_request("unreadable_form", "没有完整收到文件").advice("请重新选择文件上传");
    let mut form = form.map_err(|_| unreadable())?;
    let max = app.config.bank.statement_limit_bytes;
    let mut mapping_id: Option<MappingId> = None;
    let mut file: Option<(String, Bytes)> = None;
    while let Some(mut field) = form.next_field().await.map_err(|_| unreadable())? {
        match field.name() {
            Some("mapping_id") => {
                let text = field.text().await.map_err(|_| unreadable())?;
                mapping_id = text.trim().parse().ok();
            }
            Some("file") => {
                let name = field.file_name().unwrap_or("银行流水").to_owned();
                let mut content = Vec::new();
                while let Some(piece) = field.chunk().await.map_err(|_| unreadable())? {
                    if content.len() + piece.len() > max {
                        let message = format!("文件应在 {} MB 以内", max / 1_048_576);
                        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large", message)
                            .advice("请按日期拆成几个文件"));
                    }
                    content.extend_from_slice(&piece);
                }
                file = Some((name, content.into()));
            }
            _ => {}
        }
    }
    let (name, content) = file.ok_or_else(|| {
        Problem::unacceptable("file_missing", "没有收到文件").field("file", "请选择文件").advice("请重新选择文件上传")
    })?;
    let new = NewStatement {
        file_name: &name,
        content,
        mapping_id: mapping_id.as_ref(),
        imported_by: &officer.display_name,
        officer: Some(&officer),
    };
    let row = import::import(&app, new).await?;
    Ok((StatusCode::CREATED, axum::Json(statement_answer(&app, row).await?)))
}

/// Statements, newest first.
#[utoipa::path(get, path = "/staff/v1/bank/statements", tag = "bank", params(PageRequest), responses((status = 200, body = Page<Statement>)))]
async fn list_statements(
    State(app): State<SharedApp>,
    _officer: May<may::BankRead>,
    Query(page): Query<PageRequest>,
) -> Result<axum::Json<Page<Statement>>, Problem> {
    let found = statements::page(app.database.reader(), &page).await?;
    let items = found.items.into_iter().map(|row| Statement::of(row, None)).collect::<Result<_, _>>()?;
    Ok(axum::Json(Page { items, next: found.next }))
}

/// One statement, with what a person must explain where it waits for that.
#[utoipa::path(get, path = "/staff/v1/bank/statements/{id}", tag = "bank", params(("id" = StatementId, Path, description = "statement")), responses((status = 200, body = Statement)))]
async fn show_statement(
    State(app): State<SharedApp>,
    _officer: May<may::BankRead>,
    Path(id): Path<StatementId>,
) -> Result<axum::Json<Statement>, Problem> {
    let row = statements::find(app.database.reader(), id.as_str()).await?.ok_or_else(statements::not_found)?;
    Ok(axum::Json(statement_answer(&app, row).await?))
}

/// What the columns hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MappingRequest {
    /// The columns.
    mapping: Mapping,
    /// A name under which the layout is kept for files with the same headers.
    #[serde(default)]
    save_as: Option<String>,
}

/// Takes a kept statement in with a person's mapping.
#[utoipa::path(post, path = "/staff/v1/bank/statements/{id}/mapping", tag = "bank", params(("id" = StatementId, Path, description = "statement")), request_body = MappingRequest, responses((status = 200, body = Statement)))]
async fn map_statement(
    State(app): State<SharedApp>,
    officer: May<may::BankImport>,
    Path(id): Path<StatementId>,
    Json(request): Json<MappingRequest>,
) -> Result<axum::Json<Statement>, Problem> {
    let name = request.save_as.as_deref().map(str::trim).filter(|name| !name.is_empty());
    if name.is_some_and(|name| name.chars().count() > NAME_CHARACTERS_MAX) {
        return Err(Problem::unacceptable("name_too_long", "名称太长")
            .field("save_as", "最多 60 个字")
            .advice("请缩短名称"));
    }
    let kept = statements::find(app.database.reader(), id.as_str()).await?.ok_or_else(statements::not_found)?;
    let row = import::import_with(&app, &kept, &request.mapping, Some(&officer)).await?;
    if let Some(name) = name {
        let rows = import::kept_rows(&app, &kept).await?;
        if let Some(header) = rows.get(request.mapping.header_row.wrapping_sub(1)) {
            let transaction = app.database.begin_write().await?;
            let key = header_key(&header.cells);
            statements::save_mapping(&*transaction, name, key, &request.mapping, app.now_ms()).await?;
            transaction.commit().await?;
        }
    }
    Ok(axum::Json(statement_answer(&app, row).await?))
}

/// Saved layouts.
#[derive(Debug, Serialize, ToSchema)]
struct MappingList {
    items: Vec<SavedMapping>,
    next: Option<String>,
}

/// All saved layouts by name.
#[utoipa::path(get, path = "/staff/v1/bank/mappings", tag = "bank", responses((status = 200, body = MappingList)))]
async fn list_mappings(
    State(app): State<SharedApp>,
    _officer: May<may::BankRead>,
) -> Result<axum::Json<MappingList>, Problem> {
    let rows = statements::mappings(app.database.reader()).await?;
    let items = rows.into_iter().map(SavedMapping::of).collect::<Result<_, _>>()?;
    Ok(axum::Json(MappingList { items, next: None }))
}

/// What is listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TransactionQuery {
    /// Where the money is: `open`, `part`, `claimed`, `ignored`, or several of them separated by commas.
    state: Option<String>,
    /// Part of payer, remark, serial number, account or amount.
    q: Option<String>,
    /// First day, `YYYY-MM-DD`.
    from: Option<String>,
    /// Last day, `YYYY-MM-DD`.
    to: Option<String>,
}

impl TransactionQuery {
    /// The search it asks for. 400 for a day or a state that is none.
    pub fn search(self) -> Result<TransactionSearch, Problem> {
        for (name, day) in [("from", &self.from), ("to", &self.to)] {
            if day.as_deref().is_some_and(|day| parse_date(day).is_err()) {
                return Err(Problem::bad_request("day_malformed", "日期写法不对").field(name, "应为 2026-01-31"));
            }
        }
        let states = self
            .state
            .as_deref()
            .unwrap_or("")
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(|text| {
                text.parse().map_err(|_| {
                    Problem::bad_request("state_unknown", "没有这样的状态")
                        .field("state", "open、part、claimed 或 ignored")
                })
            })
            .collect::<Result<_, Problem>>()?;
        Ok(TransactionSearch { states, q: self.q, from: self.from, to: self.to })
    }
}

/// Lines of statements, newest first; those that wait come with proposals.
#[utoipa::path(get, path = "/staff/v1/bank/transactions", tag = "bank", params(TransactionQuery, PageRequest), responses((status = 200, body = Page<BankTransaction>)))]
async fn list_transactions(
    State(app): State<SharedApp>,
    _officer: May<may::BankRead>,
    Query(query): Query<TransactionQuery>,
    Query(page): Query<PageRequest>,
) -> Result<axum::Json<Page<BankTransaction>>, Problem> {
    let search = query.search()?;
    let reader = app.database.reader();
    let found = store::transaction_page(reader, &search, &page).await?;
    let mut back = going_back(reader, &found.items).await?;
    let mut twins = twins_of(reader, &found.items).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for row in found.items {
        let (back, twin) = (back.remove(&row.id), twins.remove(&row.id));
        let waits = matches!(row.state()?, TransactionState::Open | TransactionState::Part);
        let proposals = if waits { Some(proposals(reader, &row).await?) } else { None };
        let named = if waits { named_without_need(reader, &row).await? } else { Vec::new() };
        items.push(BankTransaction::of(row, proposals, None)?.naming(named).going_back(back).twin(twin));
    }
    Ok(axum::Json(Page { items, next: found.next }))
}

async fn whole(app: &App, row: TransactionRow) -> Result<axum::Json<BankTransaction>, Problem> {
    let reader = app.database.reader();
    let proposals = proposals(reader, &row).await?;
    let named = named_without_need(reader, &row).await?;
    let claims = claim_answers(reader, store::claims_of(reader, &row.id).await?).await?;
    let returns = payments::line_returns(app, &row.id).await?;
    let back = going_back(reader, std::slice::from_ref(&row)).await?.remove(&row.id);
    let twin = twins_of(reader, std::slice::from_ref(&row)).await?.remove(&row.id);
    let answer = BankTransaction::of(row, Some(proposals), Some(claims))?;
    Ok(axum::Json(answer.naming(named).going_back(back).returning(returns).twin(twin)))
}

pub(super) async fn whole_by_id(app: &App, id: &str) -> Result<axum::Json<BankTransaction>, Problem> {
    let row = store::find(app.database.reader(), id).await?.ok_or_else(line_not_found)?;
    whole(app, row).await
}

/// One line with proposals and claims.
#[utoipa::path(get, path = "/staff/v1/bank/transactions/{id}", tag = "bank", params(("id" = BankTransactionId, Path, description = "line")), responses((status = 200, body = BankTransaction)))]
async fn show_transaction(
    State(app): State<SharedApp>,
    _officer: May<may::BankRead>,
    Path(id): Path<BankTransactionId>,
) -> Result<axum::Json<BankTransaction>, Problem> {
    whole_by_id(&app, id.as_str()).await
}

/// What the line is taken for, all or nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClaimsRequest {
    /// So much for each order.
    claims: Vec<ClaimWish>,
    /// What was left of the line when the form was filled in, fen; if it is not the same any more nothing is taken. So a form
    /// that is sent again, because the answer was lost, takes nothing twice.
    #[serde(default)]
    expected_rest_fen: Option<Fen>,
}

/// So much for this order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClaimWish {
    /// Which order.
    order_id: OrderId,
    /// Fen.
    amount_fen: Fen,
}

/// Takes money of a line for orders: a part, one order, or several; what is left stays on the line (B-18). Refused
/// for a line that is perhaps known.
#[utoipa::path(post, path = "/staff/v1/bank/transactions/{id}/claims", tag = "bank", params(("id" = BankTransactionId, Path, description = "line")), request_body = ClaimsRequest, responses(
    (status = 200, body = BankTransaction),
    (status = 409, description = "line_changed, line_perhaps_known, order_paid, order_paying, order_under_review, order_void", body = ErrorAnswer),
    (status = 422, description = "claim_exceeds_rest, claim_too_large, claims_malformed", body = ErrorAnswer),
))]
async fn claim_transaction(
    State(app): State<SharedApp>,
    officer: May<may::BankClaim>,
    Path(id): Path<BankTransactionId>,
    Json(request): Json<ClaimsRequest>,
) -> Result<axum::Json<BankTransaction>, Problem> {
    let wishes: Vec<Wish> =
        request.claims.into_iter().map(|wish| Wish { order_id: wish.order_id, amount: wish.amount_fen }).collect();
    close_online_attempts(&app, &wishes).await?;
    let claimer = Claimer::Person(officer.id.to_string(), officer.display_name.clone());
    let transaction = app.database.begin_write().await?;
    claim_in(&*transaction, id.as_str(), &wishes, &claimer, app.now_ms()).await?;
    if let Some(expected) = request.expected_rest_fen {
        demand_rest_before(&*transaction, id.as_str(), &wishes, expected).await?;
    }
    for wish in &wishes {
        let detail = json!({ "transaction_id": id, "amount_fen": wish.amount });
        audit::record(&*transaction, &app, officer.entry(Action::BankClaimed, wish.order_id.as_str(), detail)).await?;
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    metrics::counter!("tejian_bank_claims_total", "how" => claimer.how()).increment(wishes.len() as u64);
    whole_by_id(&app, id.as_str()).await
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReasonRequest {
    /// For the audit trail, 1–200 characters.
    reason: String,
}

impl ReasonRequest {
    fn checked(&self) -> Result<&str, Problem> {
        let reason = self.reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_CHARACTERS_MAX {
            return Err(Problem::unacceptable("reason_missing", "请填写原因，没有执行")
                .field("reason", "1–200 个字")
                .advice("请填写原因后重试"));
        }
        Ok(reason)
    }
}

/// Takes a claim back: the money is on its line again. Refused once a receipt was asked for, the order is complete, or the
/// day on which it was paid is closed.
#[utoipa::path(delete, path = "/staff/v1/bank/claims/{id}", tag = "bank", params(("id" = ClaimId, Path, description = "claim")), request_body = ReasonRequest, responses((status = 200, body = BankTransaction)))]
async fn undo_claim(
    State(app): State<SharedApp>,
    officer: May<may::BankClaim>,
    Path(id): Path<ClaimId>,
    Json(request): Json<ReasonRequest>,
) -> Result<axum::Json<BankTransaction>, Problem> {
    let reason = request.checked()?;
    let transaction = app.database.begin_write().await?;
    let person = (officer.id.as_str(), officer.display_name.as_str());
    let claim = undo_in(&app, &*transaction, &id, reason, person).await?;
    let detail = json!({ "transaction_id": claim.transaction_id, "amount_fen": claim.amount_fen, "reason": reason });
    audit::record(&*transaction, &app, officer.entry(Action::BankClaimUndone, &claim.order_id, detail)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    whole_by_id(&app, &claim.transaction_id).await
}

/// Puts a line aside that is not for orders at all, or what is left of one.
#[utoipa::path(post, path = "/staff/v1/bank/transactions/{id}/ignore", tag = "bank", params(("id" = BankTransactionId, Path, description = "line")), request_body = ReasonRequest, responses((status = 200, body = BankTransaction)))]
async fn ignore_transaction(
    State(app): State<SharedApp>,
    officer: May<may::BankClaim>,
    Path(id): Path<BankTransactionId>,
    Json(request): Json<ReasonRequest>,
) -> Result<axum::Json<BankTransaction>, Problem> {
    let reason = request.checked()?;
    let transaction = app.database.begin_write().await?;
    store::find(&*transaction, id.as_str()).await?.ok_or_else(line_not_found)?;
    if !store::ignore(&*transaction, id.as_str(), reason, app.now_ms()).await? {
        return Err(
            Problem::conflict("transaction_not_open", "这笔流水已全部认领或已不认领，没有改变").advice("请刷新后查看")
        );
    }
    let officer: &Officer = &officer;
    audit::record(
        &*transaction,
        &app,
        officer.entry(Action::BankLineIgnored, id.as_str(), json!({ "reason": reason })),
    )
    .await?;
    transaction.commit().await?;
    whole_by_id(&app, id.as_str()).await
}

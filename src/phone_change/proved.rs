//! By papers: whoever can neither use the old phone nor ask a colleague sends pictures of papers, and staff review them.
//! Asked for from the old account, or, when that cannot be reached at all, from a fresh one under the new phone.

use foundation::clock::DAY_MS;
use foundation::problem::Problem;
use foundation::text::mask_phone;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::entity::phone_changes::{Column, Entity, Model};
use super::own::refuse_unit_account;
use super::replace::{NewPhone, replace_phone};
use super::store;
use crate::accounts::{self, Account, Session};
use crate::app::App;
use crate::reviews::{self, NewReview, Submitter, Verdict};
use crate::sign_in::{self, normal_phone};
use crate::sms::CodePurpose;
use crate::uploads::{self, Purpose, UploadId};

/// Code of the review.
pub(super) const REVIEW_KIND: &str = "phone_change";
const WORKING_DAYS: u32 = 3;
const PAPERS_MAX: usize = 5;
const WAITING: &str = "under_review";

/// What somebody claims.
pub(super) struct Claim<'a> {
    /// The phone until now, when it is not that of the session's own account.
    pub(super) old_phone: Option<&'a str>,
    pub(super) phone: &'a str,
    /// Sent to the new phone; not needed where the session's own phone is the new one.
    pub(super) new_code: Option<&'a str>,
    pub(super) proof_ids: &'a [UploadId],
    pub(super) note: &'a str,
}

/// Hands the papers in. Whether anybody has the old phone is not told: staff see it.
pub(super) async fn submit(app: &App, session: &Session, claim: Claim<'_>) -> Result<Model, Problem> {
    refuse_unit_account(session)?;
    let phone = normal_phone(claim.phone)?;
    let own = session.account.phone.as_deref();
    let old_phone = match claim.old_phone.map(normal_phone).transpose()? {
        Some(old) => old,
        None => own.map(str::to_owned).ok_or_else(|| wrong("old_phone", "请填写原来的手机号"))?,
    };
    if old_phone == phone {
        return Err(wrong("phone", "新手机号和原来的一样"));
    }
    if own != Some(old_phone.as_str()) && own != Some(phone.as_str()) {
        return Err(wrong("phone", "请用新手机号登录后再申请"));
    }
    if claim.proof_ids.is_empty() || claim.proof_ids.len() > PAPERS_MAX {
        return Err(wrong("proof_ids", "请上传 1–5 份证明"));
    }
    if claim.note.chars().count() > 200 {
        return Err(wrong("note", "说明最多 200 字"));
    }
    let owner = session.account.id.as_str();
    let papers =
        uploads::ready_of(app.database.reader(), owner, Purpose::PhoneProof, claim.proof_ids, "proof_ids").await?;
    if own != Some(phone.as_str()) {
        let code = claim.new_code.unwrap_or_default();
        sign_in::redeem_code(app, &phone, CodePurpose::NewPhone, code).await?;
    }
    let now = app.now_ms();
    let papers: Vec<String> = papers.into_iter().map(|paper| paper.id).collect();
    let row = Model {
        id: store::new_id(),
        account_id: session.account.id.to_string(),
        way: "proof".to_owned(),
        unit_id: None,
        old_phone: Some(old_phone.into()),
        new_phone: phone.into(),
        state: WAITING.to_owned(),
        decided_by: None,
        created_at: now,
        expires_at: now + 365 * DAY_MS,
        decided_at: None,
        papers: Some(papers.join(",")),
        note: Some(claim.note.trim().to_owned()),
        opinion: None,
        changed_account_id: None,
        due_at: None,
    };
    let transaction = app.database.begin_write().await?;
    if waiting(&*transaction, owner).await? {
        return Err(
            Problem::conflict("phone_change_waiting", "您的换号申请正在审核，没有重复提交").advice("请等待审核结果")
        );
    }
    let title = format!(
        "{} 申请由 {} 换成 {}",
        session.account.display_name,
        mask_phone(row.old_phone.as_deref().unwrap_or_default()),
        mask_phone(&row.new_phone)
    );
    let review = NewReview {
        kind: REVIEW_KIND,
        subject_id: &row.id,
        title,
        amount_fen: None,
        search: session.account.display_name.clone(),
        submitter: Submitter { id: owner.to_owned(), name: session.account.display_name.clone() },
        working_days: WORKING_DAYS,
    };
    store::insert(&*transaction, row.clone()).await?;
    reviews::open(&*transaction, app, review).await?;
    transaction.commit().await?;
    Ok(row)
}

fn wrong(field: &str, message: &str) -> Problem {
    Problem::unacceptable("bad_phone_claim", "换号申请没有提交").field(field, message).advice(message.to_owned())
}

async fn waiting<C: ConnectionTrait>(connection: &C, account: &str) -> Result<bool, Problem> {
    let found = Entity::find().filter(Column::AccountId.eq(account)).filter(Column::State.eq(WAITING));
    Ok(found.one(connection).await?.is_some())
}

/// Whether a file is a paper of a request.
pub async fn uses_upload<C: ConnectionTrait>(connection: &C, upload_id: &str) -> Result<bool, sea_orm::DbErr> {
    let named = Expr::col((Entity, Column::Papers)).like(format!("%{upload_id}%"));
    Ok(Entity::find().filter(named).one(connection).await?.is_some())
}

pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Model, Problem> {
    let row = Entity::find_by_id(id).one(connection).await?;
    row.ok_or_else(|| Problem::not_found("phone_change_not_found", "没有找到这个换号申请"))
}

/// The account that has the old phone now.
pub(super) async fn account_of<C: ConnectionTrait>(connection: &C, row: &Model) -> Result<Option<Account>, Problem> {
    match &row.old_phone {
        Some(old) => accounts::account_by_phone(connection, old).await,
        None => Ok(None),
    }
}

/// What a verdict brings about, in its transaction. Staff who approve say that it is the same person, so what carries the
/// old phone stays in sight.
pub(super) async fn decide<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    id: &str,
    verdict: Verdict,
    opinion: Option<&str>,
    officer_id: &str,
) -> Result<(), Problem> {
    let row = find(connection, id).await?;
    let state = if verdict == Verdict::Approved { "done" } else { "refused" };
    let decided = Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::Opinion, Expr::value(opinion))
        .col_expr(Column::DecidedBy, Expr::value(officer_id))
        .col_expr(Column::DecidedAt, Expr::value(app.now_ms()))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(WAITING))
        .exec(connection)
        .await?;
    if decided.rows_affected == 0 {
        return Err(Problem::conflict("phone_change_decided", "这个申请已经处理过").advice("请刷新后查看"));
    }
    if verdict == Verdict::Rejected {
        return Ok(());
    }
    let account = account_of(connection, &row).await?.ok_or_else(|| {
        Problem::conflict("old_phone_unknown", "没有账号使用原来的手机号，不能通过")
            .advice("请驳回，并请申请人核对原来的手机号")
    })?;
    if opinion.is_none_or(|opinion| opinion.trim().chars().count() < 2) {
        return Err(Problem::unacceptable("opinion_missing", "请写明核对了什么证明，没有办理")
            .field("opinion", "请填写审核意见，如：营业执照与经办人身份证一致")
            .advice("审核意见会写入记录"));
    }
    // Whose phone it is, is told of the change; he who asked may have a shell of an account only.
    Entity::update_many()
        .col_expr(Column::ChangedAccountId, Expr::value(account.id.as_str()))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    let new = NewPhone {
        account: &account,
        phone: &row.new_phone,
        keep_old_by: Some(officer_id),
        keep_session: None,
        way: "proof",
        request_id: Some(id),
    };
    replace_phone(app, connection, new).await
}

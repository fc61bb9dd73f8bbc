//! Changes of key fields, by review (S1-57).

use foundation::complaints::Complaints;
use foundation::define_id;
use foundation::problem::Problem;
use foundation::text::plain_line;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::entity::profile_changes::{Column, Entity, Model};
use super::papers::{self, PAPERS_MAX};
use super::profile::demand_manager;
use crate::accounts::{self, KeyFields, Scope, UnitCard, UnitId};
use crate::app::App;
use crate::happenings::{Happening, publish};
use crate::reviews::{self, NewReview, Submitter, Verdict};
use crate::uploads::{self, Purpose, UploadId};

define_id!(
    /// A change of key fields.
    ChangeId, "pch"
);

/// Code of the review.
pub(super) const REVIEW_KIND: &str = "profile_change";

/// The key fields as they shall be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewChange {
    /// 单位名称.
    pub(super) name: String,
    /// 统一社会信用代码.
    #[serde(default)]
    pub(super) uscc: String,
    /// 法定代表人.
    #[serde(default)]
    pub(super) legal_rep: String,
    /// Address of record.
    #[serde(default)]
    pub(super) address: String,
    /// Why.
    #[serde(default)]
    pub(super) reason: String,
    /// The new licence or a certificate of the change.
    pub(super) proof_ids: Vec<UploadId>,
}

impl NewChange {
    /// Texts in the form in which they are kept.
    fn tidy(self) -> Self {
        Self {
            name: plain_line(&self.name),
            uscc: wechat::uscc::normalize(&self.uscc),
            legal_rep: plain_line(&self.legal_rep),
            address: plain_line(&self.address),
            reason: plain_line(&self.reason),
            proof_ids: self.proof_ids,
        }
    }

    /// Refuses what is malformed, and what would change nothing of the unit.
    fn demand_fit(&self, card: &UnitCard) -> Result<(), Problem> {
        let refusal = Problem::unacceptable("profile_wrong", "变更内容有误，没有提交").advice("请按提示修改后再提交");
        let mut wrong = Complaints::new(refusal);
        if !(2..=100).contains(&self.name.chars().count()) {
            wrong.add("name", "请填写单位全称，与营业执照一致");
        }
        if let Err(error) = wechat::uscc::check(&self.uscc)
            && !(self.uscc.is_empty() && card.uscc.is_none())
        {
            wrong.add("uscc", error.to_string());
        }
        for (field, text, max) in
            [("legal_rep", &self.legal_rep, 50), ("address", &self.address, 200), ("reason", &self.reason, 200)]
        {
            if text.chars().count() > max {
                wrong.add(field, format!("最多 {max} 个字"));
            }
        }
        if self.proof_ids.is_empty() || self.proof_ids.len() > PAPERS_MAX {
            wrong.add("proof_ids", "请上传新的营业执照或变更证明，最多 5 个文件");
        }
        let same = |known: &Option<String>, wanted: &str| known.as_deref().unwrap_or("") == wanted;
        let unchanged = self.name == card.name
            && same(&card.uscc, &self.uscc)
            && same(&card.legal_rep, &self.legal_rep)
            && same(&card.address, &self.address);
        if unchanged {
            wrong.add("name", "和现在的信息一样，没有需要变更的内容");
        }
        wrong.end()
    }
}

/// Asks for a change; one at a time.
pub(super) async fn submit(app: &App, scope: &Scope, new: NewChange) -> Result<Model, Problem> {
    demand_manager(scope)?;
    let card = accounts::unit_card(app.database.reader(), scope.unit_id()).await?;
    let card = card.ok_or_else(|| Problem::internal("the unit of a scope is gone"))?;
    let new = new.tidy();
    new.demand_fit(&card)?;
    let now = app.now_ms();
    let working_days = app.config.registration.review_working_days;
    let transaction = app.database.begin_write().await?;
    let proofs = uploads::ready_for(&*transaction, scope, Purpose::UnitPaper, &new.proof_ids).await?;
    demand_code_free(&*transaction, scope.unit_id(), &new.uscc).await?;
    let row = Model {
        id: ChangeId::new().into(),
        unit_id: scope.unit_id().to_string(),
        unit_name: card.name.clone(),
        account_id: scope.account_id().to_string(),
        name: new.name,
        uscc: new.uscc,
        legal_rep: new.legal_rep,
        address: new.address,
        reason: new.reason,
        state: "submitted".to_owned(),
        review_id: None,
        opinion: None,
        submitted_at: now,
        due_at: reviews::due_at(app, working_days),
        decided_at: None,
        updated_at: now,
    };
    let inserted = Entity::insert(row.clone().into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&*transaction)
        .await?;
    if inserted == 0 {
        return Err(Problem::conflict("change_open", "已有一份变更正在审核，没有重复提交").advice("请等待审核结果"));
    }
    papers::insert(&*transaction, &row.id, proofs.into_iter().map(|upload| upload.id)).await?;
    let review = NewReview {
        kind: REVIEW_KIND,
        subject_id: &row.id,
        title: format!("{} 申请变更企业信息", card.name),
        amount_fen: None,
        search: format!("{} {}", row.name, row.uscc),
        submitter: Submitter { id: scope.account_id().to_string(), name: scope.session().account.display_name.clone() },
        working_days,
    };
    let review_id = reviews::open(&*transaction, app, review).await?;
    Entity::update_many()
        .col_expr(Column::ReviewId, Expr::value(review_id.as_str()))
        .filter(Column::Id.eq(&row.id))
        .exec(&*transaction)
        .await?;
    transaction.commit().await?;
    Ok(row)
}

/// A credit code belongs to one registered unit.
async fn demand_code_free<C: ConnectionTrait>(connection: &C, unit: &UnitId, uscc: &str) -> Result<(), Problem> {
    match accounts::registered_or_known(connection, uscc).await? {
        Some(other) if other.id != *unit && other.level.is_certified() => {
            Err(Problem::conflict("unit_registered", "这个统一社会信用代码已有其他单位注册")
                .field("uscc", "已有其他单位注册")
                .advice("请核对代码；单位合并等情况请致电客服"))
        }
        _ => Ok(()),
    }
}

/// The newest change of a unit.
pub(super) async fn newest<C: ConnectionTrait>(connection: &C, unit: &UnitId) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::UnitId.eq(unit.as_str())).order_by_desc(Column::Id).one(connection).await
}

pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Model, Problem> {
    let row = Entity::find_by_id(id).one(connection).await?;
    row.ok_or_else(|| Problem::internal(format!("profile change {id} is gone")))
}

/// What the verdict brings about, in its transaction.
pub(super) async fn decide(
    app: &App,
    transaction: &DatabaseTransaction,
    id: &str,
    verdict: Verdict,
    opinion: Option<&str>,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let row = find(transaction, id).await?;
    let update = Entity::update_many()
        .col_expr(Column::State, Expr::value(verdict.state().as_str()))
        .col_expr(Column::Opinion, Expr::value(opinion))
        .col_expr(Column::DecidedAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq("submitted"));
    if update.exec(transaction).await?.rows_affected == 0 {
        return Err(
            Problem::conflict("change_decided", "这份变更已经处理过，没有改变").advice("请刷新页面查看最新状态")
        );
    }
    if verdict == Verdict::Approved {
        let unit = UnitId::from_stored(row.unit_id.clone());
        demand_code_free(transaction, &unit, &row.uscc).await?;
        let present = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let fields = KeyFields {
            name: row.name.clone(),
            uscc: present(&row.uscc),
            legal_rep: present(&row.legal_rep),
            address: present(&row.address),
        };
        accounts::set_key_fields(transaction, &unit, fields, now).await?;
    }
    publish(transaction, &Happening::ProfileChangeDecided { change_id: row.id }, now).await?;
    Ok(())
}

/// What a message says of a change.
#[derive(Debug, Clone)]
pub struct ChangeFacts {
    /// Whose.
    pub unit: UnitId,
    /// 单位名称 as it was.
    pub unit_name: String,
    /// Whether it was approved.
    pub approved: bool,
    /// What the reviewer said.
    pub opinion: Option<String>,
}

/// What a message says of a change; nothing when it is gone.
pub async fn change_facts<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<ChangeFacts>, DbErr> {
    let row = Entity::find_by_id(id).one(connection).await?;
    Ok(row.map(|row| ChangeFacts {
        unit: UnitId::from_stored(row.unit_id),
        unit_name: row.unit_name,
        approved: row.state == "approved",
        opinion: row.opinion,
    }))
}

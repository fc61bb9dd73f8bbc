//! 制造资质 (S1-58): handed in by type, reviewed, valid until its day.

use foundation::calendar::{beijing_date, parse_date, print_date};
use foundation::complaints::Complaints;
use foundation::define_id;
use foundation::problem::Problem;
use foundation::text::plain_line;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde::Deserialize;
use time::Date;
use utoipa::ToSchema;

use super::entity::qualifications::{Column, Entity, Model};
use super::papers::{self, PAPERS_MAX};
use super::profile::demand_manager;
use super::remind;
use crate::accounts::{Scope, UnitId};
use crate::app::App;
use crate::happenings::{Happening, publish};
use crate::registrations::Dictionaries;
use crate::reviews::{self, NewReview, Submitter, Verdict};
use crate::uploads::{self, Purpose, UploadId};

define_id!(
    /// A manufacturing qualification.
    QualificationId, "qua"
);

/// Code of the review.
pub(super) const REVIEW_KIND: &str = "qualification";
/// More than one unit has.
const SHOWN_MAX: u64 = 100;

/// A certificate as it is handed in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewQualification {
    /// What may be made, of `/dictionaries`.
    pub(super) kind_code: String,
    /// 证书编号.
    pub(super) certificate_no: String,
    /// First day, `YYYY-MM-DD`.
    pub(super) valid_from: String,
    /// Last day, `YYYY-MM-DD`.
    pub(super) valid_until: String,
    /// The certificate.
    pub(super) proof_ids: Vec<UploadId>,
}

/// What a certificate says, checked.
struct Certificate {
    /// What may be made, for people.
    kind_name: &'static str,
    certificate_no: String,
    valid_from: Date,
    valid_until: Date,
}

/// What the certificate says on a day, or everything that is wrong with it.
fn checked(new: &NewQualification, today: Date) -> Result<Certificate, Problem> {
    let kind_name = Dictionaries::get().manufacturing_kind(&new.kind_code);
    let certificate_no = plain_line(&new.certificate_no);
    let refusal = Problem::unacceptable("qualification_wrong", "资质信息有误，没有提交").advice("请按提示修改后再提交");
    let mut wrong = Complaints::new(refusal);
    if kind_name.is_empty() {
        wrong.add("kind_code", "请选择制造类别（电梯、起重机械、厂内机动车、游乐设施不在此申报）");
    }
    if certificate_no.is_empty() || certificate_no.chars().count() > 60 {
        wrong.add("certificate_no", "请填写证书编号，最多 60 个字");
    }
    let (from, until) = (parse_date(new.valid_from.trim()), parse_date(new.valid_until.trim()));
    if from.is_err() {
        wrong.add("valid_from", "请选择日期");
    }
    match (&from, &until) {
        (_, Err(_)) => wrong.add("valid_until", "请选择日期"),
        (Ok(from), Ok(until)) if until <= from => wrong.add("valid_until", "应晚于发证日期"),
        (_, Ok(until)) if *until < today => wrong.add("valid_until", "这份证书已经过期"),
        _ => {}
    }
    if new.proof_ids.is_empty() || new.proof_ids.len() > PAPERS_MAX {
        wrong.add("proof_ids", "请上传许可证书，最多 5 个文件");
    }
    let (Ok(valid_from), Ok(valid_until)) = (from, until) else { return Err(wrong.into_refusal()) };
    wrong.end_with(Certificate { kind_name, certificate_no, valid_from, valid_until })
}

/// Hands a certificate in; one of a kind at a time.
pub(super) async fn submit(app: &App, scope: &Scope, new: NewQualification) -> Result<Model, Problem> {
    demand_manager(scope)?;
    if scope.level() != crate::accounts::UnitLevel::Manufacturer {
        return Err(Problem::conflict("unit_no_manufacturer", "只有已认证的制造单位可以申报制造资质")
            .advice("请先以“认证单位（制造）”完成注册"));
    }
    let certificate = checked(&new, beijing_date(app.now_ms()))?;
    let now = app.now_ms();
    let working_days = app.config.registration.review_working_days;
    let transaction = app.database.begin_write().await?;
    let proofs = uploads::ready_for(&*transaction, scope, Purpose::UnitPaper, &new.proof_ids).await?;
    let row = Model {
        id: QualificationId::new().into(),
        unit_id: scope.unit_id().to_string(),
        unit_name: scope.unit_name().to_owned(),
        account_id: scope.account_id().to_string(),
        kind_code: new.kind_code,
        certificate_no: certificate.certificate_no,
        valid_from: print_date(certificate.valid_from),
        valid_until: print_date(certificate.valid_until),
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
        return Err(Problem::conflict("qualification_open", "这一类资质已有一份正在审核，没有重复提交")
            .advice("请等待审核结果"));
    }
    papers::insert(&*transaction, &row.id, proofs.into_iter().map(|upload| upload.id)).await?;
    let review = NewReview {
        kind: REVIEW_KIND,
        subject_id: &row.id,
        title: format!("{} 申报{}制造资质", row.unit_name, certificate.kind_name),
        amount_fen: None,
        search: row.certificate_no.clone(),
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

/// Qualifications of a unit, newest first; at most 100.
pub(super) async fn of_unit<C: ConnectionTrait>(connection: &C, unit: &UnitId) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::UnitId.eq(unit.as_str()))
        .order_by_desc(Column::Id)
        .limit(SHOWN_MAX)
        .all(connection)
        .await
}

pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Model, Problem> {
    let row = Entity::find_by_id(id).one(connection).await?;
    row.ok_or_else(|| Problem::internal(format!("qualification {id} is gone")))
}

/// What the verdict brings about, in its transaction: reminders of its end are set.
pub(super) async fn decide(
    app: &App,
    transaction: &DatabaseTransaction,
    id: &str,
    verdict: Verdict,
    opinion: Option<&str>,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let update = Entity::update_many()
        .col_expr(Column::State, Expr::value(verdict.state().as_str()))
        .col_expr(Column::Opinion, Expr::value(opinion))
        .col_expr(Column::DecidedAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq("submitted"));
    if update.exec(transaction).await?.rows_affected == 0 {
        return Err(
            Problem::conflict("qualification_decided", "这份资质已经处理过，没有改变").advice("请刷新页面查看最新状态")
        );
    }
    if verdict == Verdict::Approved {
        let row = find(transaction, id).await?;
        remind::begin(app, transaction, id, parse_date(&row.valid_until)?).await?;
    }
    publish(transaction, &Happening::QualificationDecided { qualification_id: id.to_owned() }, now).await?;
    Ok(())
}

/// Approved → expired, when its last day is over. False if it is not approved (any more).
pub(super) async fn expire<C: ConnectionTrait>(connection: &C, id: &str, now_ms: i64) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::State, Expr::value("expired"))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq("approved"));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Whether a newer certificate of the same kind is valid for longer: then nobody needs to be reminded of this one.
pub(super) async fn is_renewed<C: ConnectionTrait>(connection: &C, row: &Model) -> Result<bool, DbErr> {
    let longer = Entity::find()
        .filter(Column::UnitId.eq(&row.unit_id))
        .filter(Column::KindCode.eq(&row.kind_code))
        .filter(Column::State.eq("approved"))
        .filter(Column::ValidUntil.gt(&row.valid_until))
        .count(connection)
        .await?;
    Ok(longer > 0)
}

/// Whether a unit may make this on a day (`YYYY-MM-DD`).
pub async fn is_qualified<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    kind_code: &str,
    on: &str,
) -> Result<bool, DbErr> {
    let valid = Entity::find()
        .filter(Column::UnitId.eq(unit.as_str()))
        .filter(Column::KindCode.eq(kind_code))
        .filter(Column::State.eq("approved"))
        .filter(Column::ValidFrom.lte(on))
        .filter(Column::ValidUntil.gte(on))
        .count(connection)
        .await?;
    Ok(valid > 0)
}

/// What a message says of a qualification.
#[derive(Debug, Clone)]
pub struct QualificationFacts {
    /// Whose.
    pub unit: UnitId,
    /// 单位名称.
    pub unit_name: String,
    /// What may be made.
    pub kind_text: String,
    /// 证书编号.
    pub certificate_no: String,
    /// Last day, `YYYY-MM-DD`.
    pub valid_until: String,
    /// Whether it was approved.
    pub approved: bool,
    /// What the reviewer said.
    pub opinion: Option<String>,
}

/// What a message says of a qualification; nothing when it is gone.
pub async fn qualification_facts<C: ConnectionTrait>(
    connection: &C,
    id: &str,
) -> Result<Option<QualificationFacts>, DbErr> {
    let row = Entity::find_by_id(id).one(connection).await?;
    Ok(row.map(|row| QualificationFacts {
        unit: UnitId::from_stored(row.unit_id),
        unit_name: row.unit_name,
        kind_text: Dictionaries::get().manufacturing_kind(&row.kind_code).to_owned(),
        certificate_no: row.certificate_no,
        valid_until: row.valid_until,
        approved: row.state != "rejected",
        opinion: row.opinion,
    }))
}

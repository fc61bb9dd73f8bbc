//! The review of registrations (S1-11): what was typed beside the papers, and what the institute knows of the unit.

use async_trait::async_trait;
use foundation::problem::Problem;
use foundation::text::name_form;
use sea_orm::DatabaseTransaction;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Registration, answer_for_staff};
use super::store::{self, RegistrationRow};
use super::{decide, dictionaries::Dictionaries};
use crate::accounts;
use crate::app::App;
use crate::reviews::{Review, ReviewKind, Verdict};
use crate::staff::{Officer, Permission};

/// Code of the review.
pub(super) const REVIEW_KIND: &str = "registration";

/// The kind of review.
pub struct RegistrationReview;

/// What the reviewer of a registration sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegistrationSubject {
    /// What was typed, and the papers.
    registration: Registration,
    /// The unit with this credit code that the core system knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    known_unit: Option<KnownUnit>,
    /// What looks odd, for people.
    warnings: Vec<String>,
}

/// A unit that is here already.
#[derive(Debug, Serialize, ToSchema)]
pub struct KnownUnit {
    /// Which.
    id: String,
    /// 单位名称.
    name: String,
    /// What it is certified as, for people.
    level_text: String,
}

#[async_trait]
impl ReviewKind for RegistrationReview {
    fn code(&self) -> &'static str {
        REVIEW_KIND
    }

    fn text(&self) -> &'static str {
        "注册审核"
    }

    fn permission(&self) -> Permission {
        Permission::RegistrationsDecide
    }

    async fn apply(
        &self,
        app: &App,
        transaction: &DatabaseTransaction,
        review: &Review,
        verdict: Verdict,
        _officer: &Officer,
    ) -> Result<(), Problem> {
        let id = review.subject_id.as_str();
        match verdict {
            Verdict::Approved => decide::approve(app, transaction, id, review.opinion.as_deref()).await,
            Verdict::Rejected => {
                decide::reject(app, transaction, id, review.opinion.as_deref().unwrap_or("未说明原因")).await
            }
        }
    }

    async fn subject(&self, app: &App, review: &Review) -> Result<serde_json::Value, Problem> {
        let reader = app.database.reader();
        let row = store::find(reader, &review.subject_id).await?;
        let known = accounts::registered_or_known(reader, &row.uscc).await?;
        let known = known.filter(|unit| Some(unit.id.as_str()) != row.unit_id.as_deref());
        let mut warnings = warnings(app, &row).await?;
        if let Some(unit) = &known {
            if unit.level.is_certified() {
                warnings.push("该统一社会信用代码的单位已经注册，应由其管理员邀请加入".to_owned());
            } else if name_form(&unit.name) != name_form(&row.unit_name) {
                warnings.push(format!("单位名称与检验系统中的“{}”不同，请核对营业执照", unit.name));
            }
        }
        let subject = RegistrationSubject {
            registration: answer_for_staff(app, row).await?,
            known_unit: known.map(|unit| KnownUnit {
                id: unit.id.to_string(),
                name: unit.name,
                level_text: unit.level.text().to_owned(),
            }),
            warnings,
        };
        serde_json::to_value(subject).map_err(Problem::internal)
    }
}

async fn warnings(app: &App, row: &RegistrationRow) -> Result<Vec<String>, Problem> {
    let mut warnings = Vec::new();
    let lists = Dictionaries::get();
    let of_code = row.uscc.get(2..8).map(|code| lists.district(code)).filter(|name| !name.is_empty());
    if let Some(name) = of_code
        && name != lists.district(&row.district_code)
    {
        warnings.push(format!("信用代码登记在{name}，与填写的注册地不同"));
    }
    let others = store::others_of_code(app.database.reader(), row).await?;
    if !others.is_empty() {
        let numbers: Vec<&str> = others.iter().map(|other| other.registration_no.as_str()).collect();
        warnings.push(format!("同一信用代码还有其他申请正在审核：{}", numbers.join("、")));
    }
    Ok(warnings)
}

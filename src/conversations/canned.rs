//! Answers that are written once and used often.

use foundation::ids::new_id_text;
use foundation::problem::Problem;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entity::canned_answers as canned;
use super::model::TEXT_BYTES_MAX;

const ANSWERS_MAX: usize = 100;
const TITLE_CHARACTERS_MAX: usize = 30;

/// An answer that is written once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CannedAnswer {
    /// What the desk knows it by.
    #[schema(max_length = 30)]
    pub title: String,
    /// What is said.
    #[schema(max_length = 2048)]
    pub text: String,
}

/// All of them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CannedAnswers {
    /// In the order in which they are offered.
    #[schema(max_items = 100)]
    pub items: Vec<CannedAnswer>,
}

/// All of them in their order.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<CannedAnswer>, Problem> {
    let rows = canned::Entity::find().order_by_asc(canned::Column::Position).all(connection).await?;
    Ok(rows.into_iter().map(|row| CannedAnswer { title: row.title, text: row.content }).collect())
}

/// Replaces all of them; pass a transaction.
pub async fn replace<C: ConnectionTrait>(connection: &C, answers: &[CannedAnswer], now_ms: i64) -> Result<(), Problem> {
    check(answers)?;
    canned::Entity::delete_many().exec(connection).await?;
    if answers.is_empty() {
        return Ok(());
    }
    let rows = answers.iter().zip(0..).map(|(answer, position)| canned::ActiveModel {
        id: Set(new_id_text("can")),
        title: Set(answer.title.trim().to_owned()),
        content: Set(answer.text.trim().to_owned()),
        position: Set(position),
        updated_at: Set(now_ms),
    });
    canned::Entity::insert_many(rows).exec_without_returning(connection).await?;
    Ok(())
}

fn check(answers: &[CannedAnswer]) -> Result<(), Problem> {
    let refused = |message: String| Err(Problem::unacceptable("canned_answer_wrong", message));
    if answers.len() > ANSWERS_MAX {
        return refused(format!("常用答复最多 {ANSWERS_MAX} 条"));
    }
    for answer in answers {
        let title = answer.title.trim();
        if title.is_empty() || title.chars().count() > TITLE_CHARACTERS_MAX {
            return refused(format!("每条常用答复要有 1–{TITLE_CHARACTERS_MAX} 个字的名称"));
        }
        if answer.text.trim().is_empty() || answer.text.len() > TEXT_BYTES_MAX {
            return refused(format!("“{title}”的内容为空，或超过微信允许的 {TEXT_BYTES_MAX} 字节"));
        }
    }
    Ok(())
}

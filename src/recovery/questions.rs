//! Security questions: chosen from a list, so that the question which an account seems to have tells nothing.

use foundation::problem::Problem;
use foundation::sealed::BlindIndex;
use foundation::secret_hash::token_hash;
use foundation::text::search_form;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait};

use super::entity::security_questions::{ActiveModel, Column, Entity, Model};
use crate::accounts::{Account, AccountId, Session};
use crate::app::App;
use crate::sign_in::{Proof, demand_proof, hash_password};

/// What can be asked.
pub(super) const QUESTIONS: [&str; 8] = [
    "您上小学时的班主任叫什么？",
    "您第一份工作的单位叫什么？",
    "您母亲的姓名是什么？",
    "您父亲的出生地是哪里？",
    "您最好的朋友叫什么？",
    "您小时候的小名叫什么？",
    "您的第一部手机是什么牌子？",
    "您最喜欢的一道菜是什么？",
];

const ANSWER_CHARACTERS: std::ops::RangeInclusive<usize> = 2..=40;

/// The question that a login seems to have: its own, or always the same one of the list. It hangs on the one key that never
/// changes: a question that changed with a key would tell that nobody chose it.
pub(super) fn decoy(login: &str) -> &'static str {
    let digest = token_hash(BlindIndex::of(&format!("question of {}", login.to_ascii_lowercase())).as_str());
    let number = usize::from_str_radix(&digest[..6], 16).unwrap_or(0);
    QUESTIONS[number % QUESTIONS.len()]
}

/// The answer as it is compared: blanks, width and case do not matter.
pub(super) fn answer_form(answer: &str) -> String {
    search_form(answer)
}

/// The account's question.
pub(super) async fn of_account<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(account.as_str()).one(connection).await
}

/// Keeps question and answer; confirmed by the account's owner.
pub(super) async fn set(
    app: &App,
    session: &Session,
    question: &str,
    answer: &str,
    proof: &Proof,
) -> Result<(), Problem> {
    let wrong = |field: &str, message: &str| {
        Problem::unacceptable("bad_security_question", "密保问题没有保存")
            .field(field, message)
            .advice(message.to_owned())
    };
    if !QUESTIONS.contains(&question) {
        return Err(wrong("question", "请从列表里选择一个问题"));
    }
    let answer = answer_form(answer);
    if !ANSWER_CHARACTERS.contains(&answer.chars().count()) {
        return Err(wrong("answer", "答案应为 2–40 个字"));
    }
    demand_proof(app, session, proof).await?;
    let answer_hash = hash_password(&app.config, &answer).await?;
    let row = ActiveModel {
        account_id: Set(session.account.id.to_string()),
        question: Set(question.to_owned()),
        answer_hash: Set(answer_hash),
        wrong_count: Set(0),
        locked_until: Set(None),
        updated_at: Set(app.now_ms()),
    };
    let replace = OnConflict::column(Column::AccountId)
        .update_columns([
            Column::Question,
            Column::AnswerHash,
            Column::WrongCount,
            Column::LockedUntil,
            Column::UpdatedAt,
        ])
        .to_owned();
    let transaction = app.database.begin_write().await?;
    Entity::insert(row).on_conflict(replace).exec_without_returning(&*transaction).await?;
    Ok(transaction.commit().await?)
}

/// Forgets the account's question.
pub async fn forget_questions<C: ConnectionTrait>(connection: &C, account: &Account) -> Result<(), DbErr> {
    Entity::delete_by_id(account.id.as_str()).exec(connection).await?;
    Ok(())
}

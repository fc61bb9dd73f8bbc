//! A question that only people answer: a picture to read, or a small sum in words for those who cannot see it. Either
//! answer will do. A question is good for one try, right or wrong, and for some minutes; it waits in the shared cache, so
//! that any node may check what another asked.

mod picture;
mod question;
mod routes;

use std::time::Duration;

use foundation::problem::Problem;
use foundation::secret_hash::new_token;
use foundation::text::search_form;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::routes::router;

use self::question::Question;
use crate::app::App;

/// What stands in the place of a question that was tried.
const USED: &str = "used";

/// A question for a visitor.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Captcha {
    /// Comes back with the answer.
    captcha_id: String,
    /// Some digits, drawn so that programs find them hard to read; an SVG image.
    image_svg: String,
    /// Another question instead of the picture, in words.
    question_text: String,
}

/// What is remembered of it.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    answers: [String; 2],
    expires_at: i64,
}

/// Makes a question.
pub async fn issue(app: &App) -> Result<Captcha, Problem> {
    let Question { digits, words, sum } = Question::random();
    let captcha_id = new_token();
    let ttl_ms = app.config.captcha.minutes * 60_000;
    let kept = Kept { answers: [digits.clone(), sum.to_string()], expires_at: app.now_ms() + ttl_ms };
    let text = serde_json::to_string(&kept).map_err(Problem::internal)?;
    app.cache.set(&key_of(&captcha_id), &text, kept_for(ttl_ms)).await?;
    Ok(Captcha { image_svg: picture::svg(&app.typeface, &digits), question_text: words, captcha_id })
}

/// Whether the question was answered; it is used up either way. 422 at `captcha_answer` when not.
pub async fn redeem(app: &App, captcha_id: &str, answer: &str) -> Result<(), Problem> {
    let is_ours = captcha_id.len() == 64 && captcha_id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_ours {
        return Err(wrong());
    }
    let key = key_of(captcha_id);
    let Some(text) = app.cache.get(&key).await? else { return Err(wrong()) };
    let ttl_ms = app.config.captcha.minutes * 60_000;
    // Of two answers at once only one is looked at.
    let taken = app.cache.compare_and_set(&key, Some(&text), USED, kept_for(ttl_ms)).await?;
    let Some(kept) = serde_json::from_str::<Kept>(&text).ok().filter(|_| taken) else { return Err(wrong()) };
    let answer = search_form(answer);
    if app.now_ms() < kept.expires_at && kept.answers.contains(&answer) { Ok(()) } else { Err(wrong()) }
}

fn key_of(captcha_id: &str) -> String {
    format!("captcha:{captcha_id}")
}

fn kept_for(ttl_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ttl_ms).unwrap_or(1).max(1))
}

fn wrong() -> Problem {
    Problem::unacceptable("captcha_wrong", "验证答案不对，或已经过期")
        .field("captcha_answer", "请按新的图片或文字题重新填写")
        .advice("已换一道题，请重新填写验证答案")
}

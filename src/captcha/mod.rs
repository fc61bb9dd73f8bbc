//! A question that only people answer: a picture to read, or a small story in words for those who cannot see it. Words are
//! easier for programs than pictures, so they come only to who asks for them, and to each address far fewer. A question is
//! good for one try, right or wrong, and for some minutes; it waits in the shared cache, so
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

use self::question::Story;
use crate::app::App;

/// What stands in the place of a question that was tried.
const USED: &str = "used";

/// A question for a visitor.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Captcha {
    /// Comes back with the answer.
    captcha_id: String,
    /// Some digits, drawn so that programs find them hard to read; an SVG image. Nothing for a question in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    image_svg: Option<String>,
    /// The question in words, where it was asked for so.
    #[serde(skip_serializing_if = "Option::is_none")]
    question_text: Option<String>,
}

/// What is remembered of it.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    answer: String,
    expires_at: i64,
}

/// Makes a question: a picture, or words for who cannot see one.
pub async fn issue(app: &App, in_words: bool) -> Result<Captcha, Problem> {
    let captcha_id = new_token();
    let (answer, image_svg, question_text) = if in_words {
        let Story { words, answer } = Story::random();
        (answer.to_string(), None, Some(words))
    } else {
        let digits = question::random_digits();
        let picture = picture::svg(&app.typeface, &digits);
        (digits, Some(picture), None)
    };
    let ttl_ms = app.config.captcha.minutes * 60_000;
    let kept = Kept { answer, expires_at: app.now_ms() + ttl_ms };
    let text = serde_json::to_string(&kept).map_err(Problem::internal)?;
    app.cache.set(&key_of(&captcha_id), &text, kept_for(ttl_ms)).await?;
    Ok(Captcha { image_svg, question_text, captcha_id })
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
    if app.now_ms() < kept.expires_at && kept.answer == answer { Ok(()) } else { Err(wrong()) }
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

//! When a text was opened: the server's own memory of it, carried by the page as a signed token.

use axum::http::StatusCode;
use foundation::problem::Problem;
use foundation::signed_token::TokenRefused;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::texts::{Agreement, Purpose};
use crate::app::App;

/// What the token says; other tokens of ours have another form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenedText {
    opened: Purpose,
    version: String,
    opened_at: i64,
}

/// A token that remembers that this text is open from now on.
pub(super) fn token(app: &App, agreement: &Agreement) -> String {
    let now = app.now_ms();
    let opened = OpenedText { opened: agreement.purpose, version: agreement.version.clone(), opened_at: now };
    let payload = serde_json::to_string(&opened).expect("a token is plain data");
    app.links.sign(&payload, now + app.config.agreements.opened_minutes * 60_000)
}

/// When the text was opened, if it was this version, and long enough ago.
pub(super) fn opened_at(app: &App, agreement: &Agreement, token: &str) -> Result<i64, Problem> {
    let now = app.now_ms();
    let payload = app.links.open(token, now).map_err(|refused| match refused {
        TokenRefused::Expired => not_opened("协议打开得太久了，没有记录同意"),
        TokenRefused::Forged => not_opened("没有打开过这份协议，没有记录同意"),
    })?;
    let opened: OpenedText =
        serde_json::from_str(&payload).map_err(|_| not_opened("没有打开过这份协议，没有记录同意"))?;
    if opened.opened != agreement.purpose {
        return Err(not_opened("没有打开过这份协议，没有记录同意"));
    }
    if opened.version != agreement.version {
        return Err(changed(agreement));
    }
    let needed_ms = if agreement.timed { app.config.agreements.reading_seconds * 1_000 } else { 0 };
    let left_ms = opened.opened_at + needed_ms - now;
    if left_ms > 0 {
        let left_s = (left_ms + 999) / 1_000;
        return Err(Problem::new(
            StatusCode::TOO_EARLY,
            "agreement_read_too_fast",
            format!("请先阅读《{}》，没有记录同意", agreement.title),
        )
        .advice(format!("请再阅读 {left_s} 秒"))
        .details(json!({ "wait_s": left_s })));
    }
    Ok(opened.opened_at)
}

/// The words are others now.
pub(super) fn changed(agreement: &Agreement) -> Problem {
    Problem::conflict("agreement_changed", format!("《{}》刚刚更新，没有记录同意", agreement.title))
        .advice("请阅读最新版本后再同意")
        .details(json!({ "purpose": agreement.purpose, "version": agreement.version }))
}

fn not_opened(message: &str) -> Problem {
    Problem::unacceptable("agreement_not_opened", message).advice("请重新打开协议，阅读后再同意")
}

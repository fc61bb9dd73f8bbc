//! A browser in which an officer has come all the way in: it carries a signed mark, so that whoever types wrong passwords for
//! him elsewhere locks himself out and not the officer. The mark opens nothing; it only says by whose count tries go.

use axum::http::{HeaderMap, HeaderValue, header};
use foundation::problem::Problem;
use foundation::secret_hash::new_token;
use serde::{Deserialize, Serialize};

use crate::accounts::cookie;
use crate::app::App;

const COOKIE: &str = "tejian_staff_known";
const KEPT_DAYS: i64 = 90;

/// What the mark says; other tokens of ours have another form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownBrowser {
    known_officer: String,
    browser: String,
}

impl KnownBrowser {
    /// The mark that a request carries, if it is ours and not too old.
    pub fn of(app: &App, headers: &HeaderMap) -> Option<Self> {
        let payload = app.links.open(&cookie(headers, COOKIE)?, app.now_ms()).ok()?;
        serde_json::from_str(&payload).ok()
    }

    /// The browser's name, if this officer has been in it.
    pub fn of_officer(&self, staff_id: &str) -> Option<&str> {
        (self.known_officer == staff_id).then_some(self.browser.as_str())
    }
}

/// Marks the browser in which an officer has just come in; one that is marked keeps its name.
pub fn mark(app: &App, headers: &mut HeaderMap, known: Option<&KnownBrowser>, staff_id: &str) -> Result<(), Problem> {
    let browser = known.and_then(|known| known.of_officer(staff_id)).map_or_else(new_token, str::to_owned);
    let payload = serde_json::to_string(&KnownBrowser { known_officer: staff_id.to_owned(), browser });
    let kept_s = KEPT_DAYS * 86_400;
    let token = app.links.sign(&payload.map_err(Problem::internal)?, app.now_ms() + kept_s * 1_000);
    let secure = if app.config.service.public_base_url.starts_with("https://") { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/staff/v1/session; HttpOnly; SameSite=Strict; Max-Age={kept_s}{secure}");
    headers.append(header::SET_COOKIE, HeaderValue::from_str(&text).map_err(Problem::internal)?);
    Ok(())
}

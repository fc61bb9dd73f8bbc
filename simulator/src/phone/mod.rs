//! The phone in the browser: plain HTML, CSS and JavaScript modules, nothing from outside.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::shared::Shared;

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Path, content type and content of every file of the page.
const FILES: [(&str, &str, &str); 16] = [
    ("/", "text/html; charset=utf-8", include_str!("page/index.html")),
    ("/phone/layout.css", STYLE, include_str!("page/layout.css")),
    ("/phone/chat.css", STYLE, include_str!("page/chat.css")),
    ("/phone/pay.css", STYLE, include_str!("page/pay.css")),
    ("/phone/main.js", JAVASCRIPT, include_str!("page/main.js")),
    ("/phone/server.js", JAVASCRIPT, include_str!("page/server.js")),
    ("/phone/dom.js", JAVASCRIPT, include_str!("page/dom.js")),
    ("/phone/phone.js", JAVASCRIPT, include_str!("page/phone.js")),
    ("/phone/chats.js", JAVASCRIPT, include_str!("page/chats.js")),
    ("/phone/browser.js", JAVASCRIPT, include_str!("page/browser.js")),
    ("/phone/pay.js", JAVASCRIPT, include_str!("page/pay.js")),
    ("/phone/scan.js", JAVASCRIPT, include_str!("page/scan.js")),
    ("/phone/panel.js", JAVASCRIPT, include_str!("page/panel.js")),
    ("/mail", "text/html; charset=utf-8", include_str!("page/mail.html")),
    ("/phone/mail.css", STYLE, include_str!("page/mail.css")),
    ("/phone/mail.js", JAVASCRIPT, include_str!("page/mail.js")),
];

/// One route per file.
pub(crate) fn router() -> Router<Arc<Shared>> {
    FILES
        .into_iter()
        .fold(Router::new(), |router, (path, kind, content)| router.route(path, get(move || serve(kind, content))))
}

async fn serve(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], content).into_response()
}

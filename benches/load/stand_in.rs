//! WeChat's servers, as far as a measurement needs them: they say yes to everything at once.

use std::net::SocketAddr;

use axum::Router;
use axum::http::header;
use tokio::net::TcpListener;

/// What every call is answered with: a token, and that the message is on its way.
const YES: &str = r#"{"errcode":0,"errmsg":"ok","access_token":"load","expires_in":7200,"msgid":1}"#;

/// Listens until the runtime ends.
pub async fn listen() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router: Router = Router::new().fallback(async || ([(header::CONTENT_TYPE, "application/json")], YES));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

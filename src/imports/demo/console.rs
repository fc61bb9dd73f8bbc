//! The console without a browser: demo staff at work, by the API of the console.

use anyhow::{Context, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::app::SharedApp;

/// Answers of these calls are small.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// A member of the demo staff, signed in.
pub(super) struct Console {
    router: Router,
    cookie: String,
}

impl Console {
    /// Signs in with the password and code that the demonstration shows; nothing where there is no demo staff.
    pub(super) async fn sign_in(app: &SharedApp, login: &str) -> anyhow::Result<Option<Self>> {
        let mut console = Self { router: crate::web::router(app.clone()), cookie: String::new() };
        let shown = console.get("/session").await?;
        let logins = shown["demo"]["logins"].as_array().cloned().unwrap_or_default();
        let Some(person) = logins.iter().find(|person| person["login"] == login) else { return Ok(None) };
        let credentials = json!({ "login": login, "password": person["password"] });
        console.ask(Method::POST, "/session", Some(credentials)).await?;
        let session = console.ask(Method::POST, "/session/totp", Some(json!({ "code": person["code"] }))).await?;
        ensure!(session["stage"] == "in", "演示员工 {login} 没有登录成功");
        Ok(Some(console))
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self.send(Method::GET, path, None).await?.0)
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        Ok(self.send(Method::POST, path, Some(body)).await?.0)
    }

    pub(super) async fn sign_out(&self) -> anyhow::Result<()> {
        self.send(Method::DELETE, "/session", None).await.map(drop)
    }

    /// Keeps the cookie that the answer sets.
    async fn ask(&mut self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let (answer, cookie) = self.send(method, path, body).await?;
        if let Some(cookie) = cookie {
            self.cookie = cookie;
        }
        Ok(answer)
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<(Value, Option<String>)> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/staff/v1{path}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-requested-with", "tejian");
        if !self.cookie.is_empty() {
            request = request.header(header::COOKIE, &self.cookie);
        }
        let request = request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))?;
        let answer = self.router.clone().oneshot(request).await?;
        let status = answer.status();
        let set = answer.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = set.and_then(|text| text.split(';').next()).map(str::to_owned);
        let content = axum::body::to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await?;
        ensure!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&content));
        let value = if content.is_empty() { Value::Null } else { serde_json::from_slice(&content).context("JSON")? };
        Ok((value, cookie))
    }
}

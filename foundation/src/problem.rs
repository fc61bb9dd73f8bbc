//! What a person is told when something did not work: what happened, whether money moved, what to do next, and a trace
//! id to read out on the phone.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::outage::is_outage;

/// After so long a restarted database or its standby is usually there.
const OUTAGE_RETRY_AFTER_S: u64 = 5;

/// Whether money moved in the request that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Money {
    /// Nothing was charged.
    None,
    /// Not known yet; it is being asked, and nothing is charged twice.
    Unknown,
    /// The payment has been received.
    Taken,
    /// A refund is on its way.
    Refunding,
}

/// An error for people; every `4xx` and `5xx` of the API is one.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Boxed, because a `Result` is as large as its largest half.
    facts: Box<Facts>,
}

#[derive(Debug, Clone)]
struct Facts {
    status: StatusCode,
    code: &'static str,
    message: String,
    money: Money,
    advice: String,
    fields: Map<String, Value>,
    details: Option<Value>,
    retry_after_s: Option<u64>,
    /// For the log only, never sent.
    cause: Option<String>,
}

impl Problem {
    /// A problem with a stable `code` for programs and a Chinese `message` for people.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let facts = Facts {
            status,
            code,
            message: message.into(),
            money: Money::None,
            advice: String::new(),
            fields: Map::new(),
            details: None,
            retry_after_s: None,
            cause: None,
        };
        Self { facts: Box::new(facts) }
    }

    /// 400: the request cannot be read.
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message).advice("请检查后重试")
    }
    /// 404, also for what exists but belongs to somebody else.
    pub fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message).advice("请返回上一页，刷新后重试")
    }
    /// 409: the state does not allow it (any more).
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }
    /// 422: well-formed but not acceptable; `fields` say where.
    pub fn unacceptable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }
    /// 429: done too often; it may be done again after `wait_s` seconds, told to programs in header and details.
    pub fn too_often(code: &'static str, message: impl Into<String>, wait_s: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, code, message)
            .details(serde_json::json!({ "retry_after_s": wait_s }))
            .retry_after_s(wait_s)
    }
    /// 401.
    pub fn not_signed_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", "请先登录").advice("登录后会回到这一页")
    }
    /// 500: our fault; the cause goes to the log only.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let mut problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "系统出了点问题，这一步没有完成")
            .money(money_of_failure())
            .advice("请稍后重试；若刚刚在付款，请先到订单里查看结果，系统不会重复扣款");
        problem.facts.cause = Some(cause.to_string());
        problem
    }
    /// 503: something we stand on is away for a while; the cause goes to the log only.
    pub fn outage(cause: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "系统暂时忙不过来，这一步没有得到结果")
            .money(money_of_failure())
            .advice("请过几秒再试一次；若刚刚在付款，请先到订单里查看结果，系统不会重复扣款")
            .retry_after_s(OUTAGE_RETRY_AFTER_S)
            .cause(cause)
    }

    /// Says whether money moved.
    pub fn money(mut self, money: Money) -> Self {
        self.facts.money = money;
        self
    }
    /// Says what to do next.
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.facts.advice = advice.into();
        self
    }
    /// Names one wrong field. Where there may be several, [`Complaints`](crate::complaints::Complaints) collects them.
    pub fn field(mut self, name: impl Into<String>, message: impl Into<String>) -> Self {
        self.name_field(name, message);
        self
    }
    pub(crate) fn name_field(&mut self, name: impl Into<String>, message: impl Into<String>) {
        self.facts.fields.insert(name.into(), Value::String(message.into()));
    }
    /// Facts for the program, such as `{"retry_after_s": 42}`.
    pub fn details(mut self, details: Value) -> Self {
        self.facts.details = Some(details);
        self
    }
    /// Sets `Retry-After`.
    pub fn retry_after_s(mut self, seconds: u64) -> Self {
        self.facts.retry_after_s = Some(seconds);
        self
    }
    /// What the log should know and the person need not.
    pub fn cause(mut self, cause: impl std::fmt::Display) -> Self {
        self.facts.cause = Some(cause.to_string());
        self
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.facts.code
    }
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.facts.status
    }
    /// The sentence for people.
    pub fn message(&self) -> &str {
        &self.facts.message
    }
    /// What whoever sits at the command line is told: the sentence, which fields are wrong, and the cause where it is ours.
    pub fn told_to_operator(&self) -> String {
        let facts = &self.facts;
        let wrong = facts.fields.values().filter_map(Value::as_str);
        let cause = facts.cause.as_deref().filter(|_| facts.status.is_server_error());
        let parts: Vec<&str> = std::iter::once(facts.message.as_str()).chain(wrong).chain(cause).collect();
        parts.join("；")
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.facts.code, self.facts.message)?;
        match &self.facts.cause {
            Some(cause) => write!(formatter, " ({cause})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

impl From<sea_orm::DbErr> for Problem {
    fn from(error: sea_orm::DbErr) -> Self {
        if is_outage(&error) { Problem::outage(error) } else { Problem::internal(error) }
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        let cause = format!("{error:#}");
        if is_outage(error.as_ref()) { Problem::outage(cause) } else { Problem::internal(cause) }
    }
}

/// The shape of every error answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorAnswer {
    /// The error.
    pub error: ErrorBody,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// Stable, for programs.
    pub code: String,
    /// What happened, in Chinese.
    pub message: String,
    /// Whether money moved.
    pub money: Money,
    /// What to do next, in Chinese.
    pub advice: String,
    /// Read this out to the service desk.
    pub trace_id: String,
    /// Wrong fields and why.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Option<std::collections::HashMap<String, String>>)]
    pub fields: Map<String, Value>,
    /// Facts for the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

tokio::task_local! {
    /// The id of the request being answered, which is also in every log line and in the `X-Request-Id` header.
    pub static TRACE_ID: String;
}

tokio::task_local! {
    /// Whether the request being answered only looks: whatever goes wrong with it, no money has moved by it.
    pub static ONLY_LOOKS: bool;
}

/// Whether money moved in what failed at a place that cannot know: not by looking at something.
pub fn money_of_failure() -> Money {
    if ONLY_LOOKS.try_with(|only_looks| *only_looks).unwrap_or(false) { Money::None } else { Money::Unknown }
}

/// The id of the request (or job) in whose task this is called; `-` outside.
pub fn current_trace_id() -> String {
    TRACE_ID.try_with(Clone::clone).unwrap_or_else(|_| "-".to_owned())
}

/// The sentences of a refusal, in the extensions of its answer: who opened the address in a browser is shown a page made
/// of them instead of JSON.
#[derive(Debug, Clone)]
pub struct Sentences {
    /// What happened.
    pub message: String,
    /// Whether money moved.
    pub money: Money,
    /// What to do next.
    pub advice: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let facts = *self.facts;
        let sentences = Sentences { message: facts.message.clone(), money: facts.money, advice: facts.advice.clone() };
        if facts.status.is_server_error() {
            tracing::error!(code = facts.code, cause = facts.cause.as_deref().unwrap_or(""), "request failed");
        } else if let Some(cause) = &facts.cause {
            tracing::info!(code = facts.code, cause, "request refused");
        }
        let answer = ErrorAnswer {
            error: ErrorBody {
                code: facts.code.to_owned(),
                message: facts.message,
                money: facts.money,
                advice: facts.advice,
                trace_id: current_trace_id(),
                fields: facts.fields,
                details: facts.details,
            },
        };
        let mut response = (facts.status, Json(answer)).into_response();
        response.extensions_mut().insert(sentences);
        if let Some(seconds) = facts.retry_after_s
            && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
        {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}

//! WeChat Pay APIv3 on the wire: one gate that checks signatures, dispatches and signs answers.

mod answer;
mod authorization;
mod bill_text;
mod bills;
mod certificates;
mod fapiao;
mod fapiao_issue;
mod orders;
pub(crate) mod paying;
mod refund_notice;
mod refunds;
mod schema;
mod transaction;

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

pub(crate) use answer::{PayAnswer, PayError};
pub(crate) use bills::BillToken;
pub(crate) use fapiao::fill_title;
pub(crate) use fapiao_issue::settle_invoices;
pub(crate) use refunds::settle_refunds;

use crate::shared::{Shared, WireLine};

/// Bodies of pay requests stay far below this.
const BODY_MAX: usize = 4 * 1024 * 1024;

/// A request that passed the signature check.
pub(crate) struct PayRequest {
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// mchid of the Authorization header.
    pub mch_id: String,
    /// Serial of the merchant certificate that signed.
    pub merchant_serial: String,
}

impl PayRequest {
    /// A query parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as a JSON object.
    pub fn json(&self) -> Result<Value, PayError> {
        serde_json::from_slice::<Value>(&self.body)
            .ok()
            .filter(Value::is_object)
            .ok_or_else(|| PayError::parameter("请求中的JSON报文格式错误"))
    }
}

/// All of `/v3/…`.
pub(crate) async fn gate(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let method = parts.method;
    let path = parts.uri.path().to_owned();
    let target = parts.uri.path_and_query().map_or_else(|| path.clone(), ToString::to_string);
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let Ok(body) = to_bytes(body, BODY_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mut request = PayRequest {
        method: method.clone(),
        path: path.clone(),
        query,
        headers: parts.headers,
        body,
        mch_id: String::new(),
        merchant_serial: String::new(),
    };
    shared.change(|world| *world.counters.entry(path.clone()).or_default() += 1);
    let (answer, note) = match answer_to(&shared, &mut request, &target).await {
        Ok(answer) => (answer, "签名正确".to_owned()),
        Err(error) => {
            let note = format!("{} {}", error.code, error.message);
            (error.into_answer(), note)
        }
    };
    let lost = shared.faults.take_lost_answer(&path);
    shared.log(WireLine {
        at: shared.now(),
        direction: "in",
        method: method.to_string(),
        path,
        status: if lost { 0 } else { answer.status },
        note: if lost { "应答丢失（已生效）".into() } else { note },
    });
    if lost {
        return broken_connection();
    }
    answer.into_response(&shared, &request.headers)
}

async fn answer_to(shared: &Arc<Shared>, request: &mut PayRequest, target: &str) -> Result<PayAnswer, PayError> {
    if let Some(refusal) = shared.faults.take_refusal(&request.path) {
        return Ok(PayAnswer::refusal(&refusal));
    }
    // The invoice download link carries its own token and is fetched by browsers, too.
    if request.path == fapiao::DOWNLOAD_PATH {
        return fapiao::download(shared, request);
    }
    (request.mch_id, request.merchant_serial) = authorization::verify(shared, request, target)?;
    let wants_public_key = authorization::wants_public_key(shared, request)?;
    shared.change(|world| world.merchant_uses_public_key = wants_public_key);
    dispatch(shared, request).await
}

async fn dispatch(shared: &Arc<Shared>, request: &PayRequest) -> Result<PayAnswer, PayError> {
    use crate::world::orders::Product;
    use orders::Number;
    let rest = request.path.trim_start_matches("/v3/");
    let segments: Vec<String> = rest.split('/').map(percent_decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("POST", ["pay", "transactions", "native"]) => orders::create(shared, request, Product::Native).await,
        ("POST", ["pay", "transactions", "jsapi"]) => orders::create(shared, request, Product::Jsapi).await,
        ("GET", ["pay", "transactions", "out-trade-no", number]) => {
            orders::query(shared, request, &Number::OutTradeNo(number))
        }
        ("GET", ["pay", "transactions", "id", number]) => {
            orders::query(shared, request, &Number::TransactionId(number))
        }
        ("POST", ["pay", "transactions", "out-trade-no", number, "close"]) => orders::close(shared, request, number),
        ("POST", ["refund", "domestic", "refunds"]) => refunds::create(shared, request),
        ("GET", ["refund", "domestic", "refunds", number]) => refunds::query(shared, number),
        ("GET", ["certificates"]) => certificates::list(shared),
        ("GET", ["bill", kind @ ("tradebill" | "fundflowbill")]) => bills::prepare(shared, request, kind),
        ("GET", ["billdownload", "file"]) => bills::download(shared, request),
        (_, ["new-tax-control-fapiao", tail @ ..]) => fapiao::dispatch(shared, request, tail),
        _ => Err(PayError::not_found_page()),
    }
}

fn percent_decoded(segment: &str) -> String {
    // A plus sign in a path is a plus sign; the form decoder would make it a blank.
    let form = format!("x={}", segment.replace('+', "%2B"));
    url::form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The head may or may not get out; the connection breaks in any case before the answer is whole.
fn broken_connection() -> Response {
    let broken =
        futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("the answer got lost on purpose")) });
    ([(axum::http::header::CONTENT_LENGTH, "1000")], Body::from_stream(broken)).into_response()
}

//! The few pages the server itself speaks: what stands at `/`, and errors for people.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;
use foundation::config::{Environment, ServiceConfig};
use foundation::problem::{Money, Sentences};

use crate::app::SharedApp;

const STYLE: &str = "body{margin:0;font:17px/1.7 -apple-system,'PingFang SC','Microsoft YaHei',sans-serif;\
    background:#f4f6f8;color:#1f2329}main{max-width:640px;margin:8vh auto;padding:32px 28px;background:#fff;\
    border-radius:16px;box-shadow:0 2px 16px rgba(0,0,0,.06)}h1{font-size:24px;margin:0 0 12px}p{margin:8px 0}\
    a{color:#0b57b7}a.go{display:inline-block;margin:16px 12px 0 0;padding:10px 22px;border-radius:999px;\
    background:#0b57b7;color:#fff;text-decoration:none}small{color:#6b7280}ul{padding-left:22px}\
    @media(max-width:680px){main{margin:16px}}";

/// `GET /`: what this is and where to go.
pub async fn front_page(State(app): State<SharedApp>) -> Html<String> {
    let service = &app.config.service;
    let name = escape(&service.institute_name);
    let demo = if service.environment == Environment::Demo {
        // In demo the simulator stands at the address of WeChat's own servers, and its first page is the phone.
        format!(
            "<p>这是演示环境：微信由内置的模拟器代替，不会产生真实付款。</p>\
             <a class=go href=\"{}/\">打开演示手机</a>",
            escape(&app.config.wechat.open_base)
        )
    } else {
        String::new()
    };
    let documents = if app.config.http.api_documents { "<li><a href=\"/docs/\">接口文档</a></li>" } else { "" };
    let body = format!(
        "<h1>{name}</h1><p>特种设备检验费网上缴费：在微信服务号里查看待缴费用、缴费，并取得检验报告与发票。</p>\
         <p>请在微信中关注服务号，从菜单“缴费”进入；也可以直接打开网页版。</p>{demo}\
         <a class=go href=\"/h5/\">打开网页版</a>\
         <ul>{documents}<li><a href=\"/readyz\">运行状态</a></li></ul>\
         <p><small>客服电话 {}（{}）</small></p>",
        escape(&service.service_phone),
        escape(&service.service_hours),
    );
    Html(page(&name, &body))
}

/// An error for people: what happened, whether money moved (where that is the question at all), what next, and the id to
/// read out on the phone.
pub fn error_page(
    service: &ServiceConfig,
    status: StatusCode,
    told: &Sentences,
    concerns_money: bool,
    trace_id: &str,
) -> Html<String> {
    let money = match told.money {
        _ if !concerns_money => "",
        Money::None => "没有产生扣款。",
        Money::Unknown => "是否扣款还在确认，不会重复扣款。",
        Money::Taken => "款项已经收到。",
        Money::Refunding => "款项正在原路退回。",
    };
    let body = format!(
        "<h1>{}</h1><p>{money}{}</p>\
         <a class=go href=\"/h5/\">回到首页</a>\
         <p><small>客服电话 {}（{}）；错误 {} · 编号 {}</small></p>",
        escape(&told.message),
        escape(&told.advice),
        escape(&service.service_phone),
        escape(&service.service_hours),
        status.as_u16(),
        escape(trace_id),
    );
    Html(page(&escape(&told.message), &body))
}

/// The frame of such a page; `title` and `body` are HTML already.
pub fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )
}

/// Makes a text harmless inside HTML, also inside a quoted attribute.
pub fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

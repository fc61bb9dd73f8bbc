//! WeChat Pay's electronic invoices 微信支付电子发票: everything but issuing itself.

use serde_json::{Value, json};
use wechat::crypto::digest::sha1_hex;
use wechat::crypto::sensitive;

use super::fapiao_issue as issue;
use super::schema::{Kind, check, may};
use super::{PayAnswer, PayError, PayRequest};
use crate::documents;
use crate::instants;
use crate::shared::Shared;
use crate::world::invoices::{Invoice, InvoiceApplication, InvoiceState};

/// Unsigned, and fetched by browsers as well as by merchants.
pub(crate) const DOWNLOAD_PATH: &str = "/v3/new-tax-control-fapiao/download";
/// A download address lives so long.
const DOWNLOAD_LIFE_S: i64 = 30;
/// The seller of this world.
const SELLER: &str = "特种设备检验机构（模拟）";

/// Everything below /v3/new-tax-control-fapiao/.
pub(crate) fn dispatch(shared: &Shared, request: &PayRequest, tail: &[&str]) -> Result<PayAnswer, PayError> {
    match (request.method.as_str(), tail) {
        ("GET", ["merchant", "base-information"]) => Ok(seller()),
        ("GET", ["merchant", "tax-codes"]) => tax_codes(request),
        ("GET", ["merchant", "development-config"]) => Ok(development_config(shared)),
        ("PATCH", ["merchant", "development-config"]) => change_development_config(shared, request),
        ("GET", ["user-title", "title-url"]) => title_url(shared, request),
        ("GET", ["user-title"]) => user_title(shared, request),
        ("POST", ["fapiao-applications"]) => issue::apply(shared, request),
        ("GET", ["fapiao-applications", id]) => query(shared, request, id),
        ("GET", ["fapiao-applications", id, "fapiao-files"]) => files(shared, request, id),
        ("POST", ["fapiao-applications", id, "reverse"]) => issue::reverse(shared, request, id),
        _ => Err(PayError::not_found_page()),
    }
}

fn seller_information() -> Value {
    json!({
        "name": SELLER,
        "taxpayer_id": "12500000MB0000001X",
        "address": "重庆市渝北区模拟路 1 号",
        "telephone": "023-00000000",
        "bank_name": "模拟银行重庆分行",
        "bank_account": "6200000000000000",
    })
}

fn extra_information() -> Value {
    json!({"payee": "收款员", "reviewer": "复核员", "drawer": "开票员"})
}

fn seller() -> PayAnswer {
    PayAnswer::json(&json!({
        "seller_information": seller_information(),
        "extra_information": extra_information(),
    }))
}

fn tax_codes(request: &PayRequest) -> Result<PayAnswer, PayError> {
    let codes = [
        json!({"goods_name": "检验检测服务", "tax_code": "3040603000000000000", "tax_rate": 600, "tax_prefer_mark": "NO_FAVORABLE"}),
        json!({"goods_name": "技术咨询服务", "tax_code": "3040105000000000000", "tax_rate": 600, "tax_prefer_mark": "NO_FAVORABLE"}),
        json!({"goods_name": "培训服务", "tax_code": "3070201990000000000", "tax_rate": 600, "tax_prefer_mark": "NO_FAVORABLE"}),
    ];
    let number = |name: &str| request.parameter(name).and_then(|text| text.parse::<usize>().ok());
    let (Some(offset), Some(limit)) = (number("offset"), number("limit")) else {
        return Err(PayError::parameter("offset和limit为必填项"));
    };
    let page: Vec<&Value> = codes.iter().skip(offset).take(limit.min(20)).collect();
    Ok(PayAnswer::json(&json!({
        "data": page,
        "offset": offset,
        "limit": limit,
        "total_count": codes.len(),
    })))
}

fn development_config(shared: &Shared) -> PayAnswer {
    shared.read(|world| {
        let config = &world.invoice_config;
        let mut answer = json!({
            "show_fapiao_cell": config.show_fapiao_cell,
            "support_vat_fapiao": config.support_vat_fapiao,
        });
        if let Some(url) = &config.callback_url {
            answer["callback_url"] = json!(url);
        }
        PayAnswer::json(&answer)
    })
}

fn change_development_config(shared: &Shared, request: &PayRequest) -> Result<PayAnswer, PayError> {
    let body = request.json()?;
    check(
        &body,
        &[
            may("callback_url", "商户回调地址", Kind::Text(1, 256)),
            may("show_fapiao_cell", "全部账单展示开发票入口开关", Kind::Bool),
            may("support_vat_fapiao", "是否支持增值税专用发票", Kind::Bool),
        ],
    )?;
    if let Some(url) = body["callback_url"].as_str() {
        super::orders::check_notify_url(url)?;
    }
    shared.change(|world| {
        let config = &mut world.invoice_config;
        if let Some(url) = body["callback_url"].as_str() {
            config.callback_url = Some(url.to_owned());
        }
        if let Some(show) = body["show_fapiao_cell"].as_bool() {
            config.show_fapiao_cell = show;
        }
        if let Some(support) = body["support_vat_fapiao"].as_bool() {
            config.support_vat_fapiao = support;
        }
    });
    Ok(development_config(shared))
}

/// GET …/user-title/title-url: opens the application as one that waits for a title.
fn title_url(shared: &Shared, request: &PayRequest) -> Result<PayAnswer, PayError> {
    let text = |name: &str| request.parameter(name).unwrap_or_default();
    let id = text("fapiao_apply_id");
    if id.is_empty() || id.len() > 32 || !matches!(text("source"), "WEB" | "MINIPROGRAM") {
        return Err(PayError::parameter("fapiao_apply_id或source不正确"));
    }
    if text("appid").is_empty() || text("openid").is_empty() {
        return Err(PayError::parameter("appid和openid为必填项"));
    }
    shared.change(|world| {
        let waiting = || InvoiceApplication::waiting(id, Some(text("openid").to_owned()));
        world.invoices.entry(id.to_owned()).or_insert_with(waiting);
    });
    Ok(PayAnswer::json(&json!({
        "miniprogram_appid": "wxf7e6b9a1d3c20845",
        "miniprogram_path": format!("pages/invoice/title?apply_id={id}"),
        "miniprogram_user_name": "gh_2d5c91a0b7e3",
    })))
}

/// The user fills in a title on WeChat's page.
pub(crate) fn fill_title(shared: &Shared, id: &str, title: Value) {
    let applied_at = instants::rfc3339(shared.now());
    shared.change(|world| {
        let application = world.invoices.entry(id.to_owned()).or_insert_with(|| InvoiceApplication::waiting(id, None));
        application.user_title = Some(title);
        let plain = json!({
            "mchid": shared.identities.mch_id,
            "fapiao_apply_id": id,
            "apply_time": applied_at,
        });
        issue::queue_notice(shared, world, id, "FAPIAO.USER_APPLIED", &plain);
    });
}

/// GET …/user-title: phone and e-mail encrypted for the merchant.
fn user_title(shared: &Shared, request: &PayRequest) -> Result<PayAnswer, PayError> {
    let id = request.parameter("fapiao_apply_id").unwrap_or_default();
    let title = shared
        .read(|world| world.invoices.get(id).and_then(|application| application.user_title.clone()))
        .ok_or_else(|| PayError::new(404, "NOT_FOUND", "用户尚未填写抬头"))?;
    let key = shared.keys.merchant_key(&request.merchant_serial);
    let mut answer = title;
    for name in ["phone", "email"] {
        if let Some(plain) = answer[name].as_str() {
            // For the certificate that signed the question.
            let sealed = key.as_ref().and_then(|key| sensitive::encrypt_for(key, plain).ok());
            let sealed = sealed.ok_or_else(|| PayError::new(500, "SYSTEM_ERROR", "系统异常，请稍后重试"))?;
            answer[name] = json!(sealed);
        }
    }
    Ok(PayAnswer::json(&answer))
}

fn not_found() -> PayError {
    PayError::new(404, "RESOURCE_NOT_EXISTS", "发票申请单不存在")
}

fn selected<'a>(application: &'a InvoiceApplication, request: &PayRequest) -> Result<Vec<&'a Invoice>, PayError> {
    let wanted = request.parameter("fapiao_id");
    let found: Vec<&Invoice> =
        application.invoices.iter().filter(|invoice| wanted.is_none_or(|id| id == invoice.fapiao_id)).collect();
    if found.is_empty() { Err(not_found()) } else { Ok(found) }
}

/// GET …/fapiao-applications/{fapiao_apply_id}
fn query(shared: &Shared, request: &PayRequest, id: &str) -> Result<PayAnswer, PayError> {
    shared.read(|world| {
        let application = world.invoices.get(id).ok_or_else(not_found)?;
        let found = selected(application, request)?;
        let list: Vec<Value> = found.iter().map(|invoice| describe(application, invoice)).collect();
        Ok(PayAnswer::json(&json!({"total_count": list.len(), "fapiao_information": list})))
    })
}

/// Fully digital invoices have a number and no code.
fn describe(application: &InvoiceApplication, invoice: &Invoice) -> Value {
    let mut described = json!({
        "fapiao_id": invoice.fapiao_id,
        "status": invoice.state.as_str(),
        "total_amount": invoice.total_fen,
        "tax_amount": invoice.tax_fen,
        "amount": invoice.total_fen - invoice.tax_fen,
        "buyer_information": public_buyer(&application.buyer),
        "seller_information": seller_information(),
        "extra_information": extra_information(),
        "items": invoice.items,
    });
    if let Some(remark) = &invoice.remark {
        described["remark"] = json!(remark);
    }
    if let Some(at) = invoice.issued_at {
        described["blue_fapiao"] = json!({
            "fapiao_number": invoice.number,
            "check_code": invoice.check_code,
            "fapiao_time": instants::rfc3339(at),
        });
        described["card_information"] = json!({
            "card_openid": application.card_openid,
            "card_status": issue::card_status(invoice.state),
        });
    }
    if let (Some(number), Some(at)) = (&invoice.red_number, invoice.red_at) {
        described["red_fapiao"] = json!({"fapiao_number": number, "fapiao_time": instants::rfc3339(at)});
    }
    if let Some((code, message)) = &invoice.error {
        described["fapiao_error_code"] = json!(code);
        described["fapiao_error_message"] = json!(message);
    }
    described
}

/// The buyer without the fields that travel encrypted.
fn public_buyer(buyer: &Value) -> Value {
    let mut shown = buyer.clone();
    if let Some(object) = shown.as_object_mut() {
        object.remove("phone");
        object.remove("email");
    }
    shown
}

/// GET …/fapiao-files: addresses that live 30 seconds.
fn files(shared: &Shared, request: &PayRequest, id: &str) -> Result<PayAnswer, PayError> {
    let now = shared.now();
    shared.read(|world| {
        let application = world.invoices.get(id).ok_or_else(not_found)?;
        let list: Vec<Value> = selected(application, request)?
            .iter()
            .map(|invoice| {
                let mut file = json!({"fapiao_id": invoice.fapiao_id, "status": invoice.state.as_str()});
                if invoice.issued_at.is_some() {
                    let token = download_token(&shared.identities.api_v3_key, invoice, now);
                    file["download_url"] = json!(format!(
                        "{}{DOWNLOAD_PATH}?apply_id={id}&fapiao_id={}&at={now}&token={token}",
                        shared.base_url, invoice.fapiao_id
                    ));
                }
                file
            })
            .collect();
        Ok(PayAnswer::json(&json!({"fapiao_download_info_list": list})))
    })
}

fn download_token(secret: &str, invoice: &Invoice, at: i64) -> String {
    sha1_hex(format!("{secret}{}{at}", invoice.number).as_bytes())
}

/// The file itself: a PDF. Clients append mchid, openid and the like, which changes nothing.
pub(crate) fn download(shared: &Shared, request: &PayRequest) -> Result<PayAnswer, PayError> {
    let text = |name: &str| request.parameter(name).unwrap_or_default();
    let at: i64 = text("at").parse().unwrap_or_default();
    let expired = || PayError::new(403, "NO_AUTH", "下载链接已失效，请重新获取");
    if shared.now() - at > DOWNLOAD_LIFE_S {
        return Err(expired());
    }
    shared.read(|world| {
        let application = world.invoices.get(text("apply_id")).ok_or_else(not_found)?;
        let invoice = application
            .invoices
            .iter()
            .find(|invoice| invoice.fapiao_id == text("fapiao_id"))
            .filter(|invoice| invoice.state != InvoiceState::IssueAccepted)
            .ok_or_else(not_found)?;
        if download_token(&shared.identities.api_v3_key, invoice, at) != text("token") {
            return Err(expired());
        }
        let pdf = documents::invoice(invoice, &application.buyer, SELLER);
        Ok(PayAnswer::file(pdf, "application/pdf"))
    })
}

//! Issuing and reversing e-invoices: accepted at once (202, empty), done later, then notified.

use serde_json::{Value, json};
use wechat::crypto::keys::SigningKey;
use wechat::crypto::sensitive;

use super::schema::{Field, Kind, check, may, need};
use super::{PayAnswer, PayError, PayRequest};
use crate::random;
use crate::shared::Shared;
use crate::world::World;
use crate::world::invoices::{Invoice, InvoiceApplication, InvoiceState};
use crate::world::outbox::{NoticeForm, NoticeState, QueuedNotice};

const BUYER: &[Field] = &[
    need("type", "购买方类型", Kind::Text(1, 32)),
    need("name", "名称", Kind::Text(1, 256)),
    may("taxpayer_id", "纳税人识别号", Kind::Text(1, 32)),
    may("address", "地址", Kind::Text(1, 128)),
    may("telephone", "电话", Kind::Text(1, 32)),
    may("bank_name", "开户银行", Kind::Text(1, 128)),
    may("bank_account", "银行账号", Kind::Text(1, 32)),
    may("phone", "手机号", Kind::Text(1, 1024)),
    may("email", "邮箱地址", Kind::Text(1, 1024)),
];
const ITEM: &[Field] = &[
    need("tax_code", "税局侧规定的货物编码", Kind::Text(1, 32)),
    may("goods_category", "商品类别", Kind::Text(1, 64)),
    may("goods_name", "商品名称", Kind::Text(1, 128)),
    may("specification", "规格型号", Kind::Text(1, 64)),
    may("unit", "单位", Kind::Text(1, 32)),
    need("quantity", "数量", Kind::Integer(1)),
    need("total_amount", "单行金额合计", Kind::Integer(1)),
    need("tax_rate", "税率", Kind::Integer(0)),
    may("tax_prefer_mark", "税收优惠标识", Kind::Text(1, 32)),
    may("discount", "是否折扣行", Kind::Bool),
];
const APPLICATION: &[Field] = &[
    need("scene", "开票场景", Kind::Text(1, 32)),
    need("fapiao_apply_id", "发票申请单号", Kind::Text(1, 32)),
    need("buyer_information", "购买方信息", Kind::Object(BUYER)),
    need(
        "fapiao_information",
        "需要开具的发票信息",
        Kind::List(
            &[
                need("fapiao_id", "商户发票单号", Kind::Text(1, 32)),
                need("total_amount", "总价税合计", Kind::Integer(1)),
                may("need_list", "是否开具清单", Kind::Bool),
                may("remark", "备注", Kind::Text(1, 200)),
                need("items", "发票行", Kind::List(ITEM, 2000)),
            ],
            5,
        ),
    ),
];
const REVERSAL: &[Field] = &[
    need("reverse_reason", "冲红原因", Kind::Text(1, 256)),
    need(
        "fapiao_information",
        "需要冲红的发票信息",
        Kind::List(
            &[
                need("fapiao_id", "商户发票单号", Kind::Text(1, 32)),
                may("fapiao_code", "发票代码", Kind::Text(0, 32)),
                need("fapiao_number", "发票号码", Kind::Text(1, 32)),
            ],
            5,
        ),
    ),
];

/// POST …/fapiao-applications
pub(super) fn apply(shared: &Shared, request: &PayRequest) -> Result<PayAnswer, PayError> {
    let body = request.json()?;
    check(&body, APPLICATION)?;
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if !matches!(text("/buyer_information/type"), "INDIVIDUAL" | "ORGANIZATION") {
        return Err(PayError::parameter("购买方类型不正确"));
    }
    let id = text("/fapiao_apply_id").to_owned();
    let scene = text("/scene").to_owned();
    if !matches!(scene.as_str(), "WITH_WECHATPAY" | "WITHOUT_WECHATPAY") {
        return Err(PayError::parameter("开票场景不正确"));
    }
    let invoices = read_invoices(shared, &body)?;
    let buyer = decrypted_buyer(shared, request, &body["buyer_information"])?;
    shared.change(|world| {
        if scene == "WITH_WECHATPAY" {
            check_payment(world, &id, &invoices)?;
        }
        let application = world.invoices.entry(id.clone()).or_insert_with(|| InvoiceApplication::waiting(&id, None));
        if let Some(first) = &application.request {
            if same(first, &body) {
                return Ok(PayAnswer::empty(202));
            }
            // A failed application may be repeated with other content.
            let alive = |known: &Invoice| known.state != InvoiceState::IssueFailed;
            if application.invoices.iter().any(alive) {
                return Err(PayError::invalid("该申请单已提交开票，且参数与首次不一致"));
            }
        }
        application.scene = scene;
        application.request = Some(body.clone());
        application.buyer = buyer;
        application.invoices = invoices;
        Ok(PayAnswer::empty(202))
    })
}

/// Equal but for the fields whose ciphertext is new every time.
fn same(first: &Value, again: &Value) -> bool {
    let bare = |body: &Value| {
        let mut bare = body.clone();
        for name in ["phone", "email"] {
            if let Some(buyer) = bare["buyer_information"].as_object_mut() {
                buyer.remove(name);
            }
        }
        bare
    };
    bare(first) == bare(again)
}

/// Paid with WeChat Pay: the application's id is the payment's, and the sums fit.
fn check_payment(world: &World, id: &str, invoices: &[Invoice]) -> Result<(), PayError> {
    let order = world
        .orders
        .values()
        .find(|order| order.payment.as_ref().is_some_and(|payment| payment.transaction_id == id))
        .ok_or_else(|| PayError::new(404, "RESOURCE_NOT_EXISTS", "微信支付订单不存在"))?;
    let sum: i64 = invoices.iter().map(|invoice| invoice.total_fen).sum();
    if sum > order.amount_fen {
        return Err(PayError::invalid("开票金额大于订单金额"));
    }
    Ok(())
}

fn read_invoices(shared: &Shared, body: &Value) -> Result<Vec<Invoice>, PayError> {
    let taxpayer_id = body["buyer_information"]["taxpayer_id"].as_str();
    let organization = body["buyer_information"]["type"] == "ORGANIZATION";
    let error = shared.faults.settings().invoice_error.map(|text| ("ISSUE_FAILED".to_owned(), text)).or_else(|| {
        let sound = taxpayer_id.is_some_and(wechat_taxpayer_id);
        (organization && !sound).then(|| ("TAXPAYER_ID_INVALID".to_owned(), "购买方纳税人识别号校验未通过".to_owned()))
    });
    let list = body["fapiao_information"].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .map(|one| {
            let total_fen = one["total_amount"].as_i64().unwrap_or_default();
            let items = one["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            let amount = |item: &Value| item["total_amount"].as_i64().unwrap_or_default();
            if items.iter().map(amount).sum::<i64>() != total_fen {
                return Err(PayError::parameter("发票行金额之和与总价税合计不一致"));
            }
            // Rates are parts of 10,000; amounts include the tax.
            let tax = |item: &Value| {
                let rate = item["tax_rate"].as_i64().unwrap_or_default();
                (amount(item) * rate + (10_000 + rate) / 2) / (10_000 + rate)
            };
            Ok(Invoice {
                fapiao_id: one["fapiao_id"].as_str().unwrap_or_default().to_owned(),
                state: InvoiceState::IssueAccepted,
                due_at: shared.settles_at(),
                total_fen,
                tax_fen: items.iter().map(tax).sum(),
                items: one["items"].clone(),
                remark: one["remark"].as_str().map(str::to_owned),
                number: format!("2650{}", random::digits(16)),
                check_code: random::digits(20),
                issued_at: None,
                red_number: None,
                red_at: None,
                error: error.clone(),
            })
        })
        .collect()
}

/// 18 characters of a unified social credit code, or an older number of 15 or 20 digits.
fn wechat_taxpayer_id(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    plain
        && match text.len() {
            15 | 20 => true,
            18 => wechat::uscc::check(text).is_ok(),
            _ => false,
        }
}

/// Phone and e-mail come encrypted for the key that Wechatpay-Serial names.
fn decrypted_buyer(shared: &Shared, request: &PayRequest, buyer: &Value) -> Result<Value, PayError> {
    let mut plain = buyer.clone();
    for name in ["phone", "email"] {
        let Some(sealed) = buyer[name].as_str() else { continue };
        let key = encryption_key(shared, request)?;
        let opened =
            sensitive::decrypt(key, sealed).map_err(|_| PayError::parameter("敏感信息解密失败，请检查加密证书"))?;
        plain[name] = json!(opened);
    }
    Ok(plain)
}

fn encryption_key<'a>(shared: &'a Shared, request: &PayRequest) -> Result<&'a SigningKey, PayError> {
    let serial = request
        .headers
        .get("wechatpay-serial")
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| PayError::parameter("HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)"))?;
    if serial == shared.identities.public_key_id {
        return Ok(&shared.keys.public);
    }
    let platform = shared.keys.platforms.iter().find(|platform| platform.serial == serial);
    platform.map(|platform| &platform.key).ok_or_else(|| PayError::parameter("平台证书序列号Wechatpay-Serial错误"))
}

/// POST …/reverse
pub(super) fn reverse(shared: &Shared, request: &PayRequest, id: &str) -> Result<PayAnswer, PayError> {
    let body = request.json()?;
    check(&body, REVERSAL)?;
    let due_at = shared.settles_at();
    shared.change(|world| {
        let application =
            world.invoices.get_mut(id).ok_or_else(|| PayError::new(404, "RESOURCE_NOT_EXISTS", "发票申请单不存在"))?;
        let list = body["fapiao_information"].as_array().map(Vec::as_slice).unwrap_or_default();
        for wanted in list {
            let invoice = application
                .invoices
                .iter_mut()
                .find(|invoice| {
                    wanted["fapiao_id"] == invoice.fapiao_id.as_str()
                        && wanted["fapiao_number"] == invoice.number.as_str()
                })
                .ok_or_else(|| PayError::invalid("发票信息与申请单不匹配"))?;
            match invoice.state {
                InvoiceState::Issued => {
                    invoice.state = InvoiceState::ReverseAccepted;
                    invoice.due_at = due_at;
                }
                InvoiceState::ReverseAccepted | InvoiceState::Reversed => {}
                InvoiceState::IssueAccepted | InvoiceState::IssueFailed => {
                    return Err(PayError::invalid("发票尚未开具，不能冲红"));
                }
            }
        }
        Ok(PayAnswer::empty(202))
    })
}

/// Issues, fails or reverses what is due and queues the notices; gives the fapiao_ids.
pub(crate) fn settle_invoices(shared: &Shared) -> Vec<String> {
    let now = shared.now();
    let due = |invoice: &Invoice| {
        invoice.due_at <= now && matches!(invoice.state, InvoiceState::IssueAccepted | InvoiceState::ReverseAccepted)
    };
    if !shared.read(|world| world.invoices.values().any(|one| one.invoices.iter().any(due))) {
        return Vec::new();
    }
    shared.change(|world| {
        let mut settled = Vec::new();
        let mut notices = Vec::new();
        for application in world.invoices.values_mut() {
            for invoice in application.invoices.iter_mut().filter(|invoice| due(invoice)) {
                let event_type = step(invoice, now);
                settled.push(invoice.fapiao_id.clone());
                if let Some(event_type) = event_type {
                    notices.push((application.fapiao_apply_id.clone(), event_type, invoice.clone()));
                }
            }
        }
        for (apply_id, event_type, invoice) in notices {
            let plain = plain_notice(shared, &apply_id, &invoice);
            queue_notice(shared, world, &apply_id, event_type, &plain);
        }
        settled
    })
}

/// One step; the event type to tell, if any (a failure is told by the query alone).
fn step(invoice: &mut Invoice, now: i64) -> Option<&'static str> {
    if invoice.state == InvoiceState::ReverseAccepted {
        invoice.state = InvoiceState::Reversed;
        invoice.red_number = Some(format!("2650{}", random::digits(16)));
        invoice.red_at = Some(now);
        return Some("FAPIAO.REVERSED");
    }
    if invoice.error.is_some() {
        invoice.state = InvoiceState::IssueFailed;
        return None;
    }
    invoice.state = InvoiceState::Issued;
    invoice.issued_at = Some(now);
    Some("FAPIAO.ISSUED")
}

/// State of the card in the user's card case, as it follows from the invoice.
pub(super) fn card_status(state: InvoiceState) -> &'static str {
    match state {
        InvoiceState::IssueAccepted | InvoiceState::IssueFailed => "INSERT_ACCEPTED",
        InvoiceState::Issued => "INSERTED",
        InvoiceState::ReverseAccepted => "DISCARD_ACCEPTED",
        InvoiceState::Reversed => "DISCARDED",
    }
}

/// What the notice of a step says.
fn plain_notice(shared: &Shared, apply_id: &str, invoice: &Invoice) -> Value {
    json!({
        "mchid": shared.identities.mch_id,
        "fapiao_apply_id": apply_id,
        "fapiao_information": [{
            "fapiao_id": invoice.fapiao_id,
            "fapiao_status": invoice.state.as_str(),
            "card_status": card_status(invoice.state),
        }],
    })
}

/// These notices have no original_type: receivers dispatch by event_type.
pub(super) fn queue_notice(shared: &Shared, world: &mut World, apply_id: &str, event_type: &str, plain: &Value) {
    let Some(url) = world.invoice_config.callback_url.clone() else { return };
    let summary = match event_type {
        "FAPIAO.ISSUED" => "发票已开具",
        "FAPIAO.REVERSED" => "发票已冲红",
        _ => "用户已提交开票申请",
    };
    let now = shared.now();
    let lost = shared.faults.take(|faults| &mut faults.notice_lost_next);
    world.notices.push(QueuedNotice {
        id: uuid::Uuid::new_v4().to_string(),
        event_type: event_type.into(),
        key: apply_id.to_owned(),
        summary: summary.into(),
        original_type: None,
        plaintext: plain.to_string(),
        form: NoticeForm::V3,
        url,
        created_at: now,
        due_at: now + shared.faults.settings().notice_delay_s.max(0),
        state: if lost { NoticeState::Lost } else { NoticeState::Waiting },
        tries: Vec::new(),
    });
}

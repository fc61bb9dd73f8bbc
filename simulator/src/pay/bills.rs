//! Bills: from 10:00 Beijing time of the next day, an address for five minutes, the file unsigned.

use std::io::Write;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha1::{Digest, Sha1};

use super::bill_text::{BillType, Day, fund_flow, trade};
use super::{PayAnswer, PayError, PayRequest};
use crate::instants::{self, DAY_S};
use crate::random;
use crate::shared::Shared;

/// A download address lives so long.
const TOKEN_LIFE_S: i64 = 300;
/// Bills reach back so many days.
const DAYS_BACK: i64 = 92;
/// Hour of Beijing from which yesterday's bill is ready.
const READY_HOUR: i64 = 10;

/// What a download address stands for.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct BillToken {
    text: String,
    gzip: bool,
    made_at: i64,
}

/// GET /v3/bill/tradebill and /v3/bill/fundflowbill
pub(crate) fn prepare(shared: &Shared, request: &PayRequest, kind: &str) -> Result<PayAnswer, PayError> {
    let text = request.parameter("bill_date").unwrap_or_default();
    let begin = instants::day_begin(text).ok_or_else(|| PayError::parameter("账单日期格式不正确"))?;
    let day = Day { begin, end: begin + DAY_S };
    let now = shared.now();
    if now < day.end || now - day.begin > DAYS_BACK * DAY_S {
        return Err(PayError::parameter("账单日期须为三个月内且早于今天的日期"));
    }
    if now < day.end + READY_HOUR * 3600 || shared.faults.settings().bills_creating {
        return Err(PayError::new(400, "STATEMENT_CREATING", "账单文件正在生成中，请稍后再试"));
    }
    let gzip = match request.parameter("tar_type") {
        None => false,
        Some("GZIP") => true,
        Some(_) => return Err(PayError::parameter("压缩类型不正确")),
    };
    let text = if kind == "tradebill" {
        let bill_type = match request.parameter("bill_type") {
            None | Some("ALL") => BillType::All,
            Some("SUCCESS") => BillType::Success,
            Some("REFUND") => BillType::Refund,
            Some(_) => return Err(PayError::parameter("账单类型不正确")),
        };
        shared.read(|world| trade(world, &request.mch_id, day, bill_type))
    } else {
        match request.parameter("account_type") {
            None | Some("BASIC") => shared.read(|world| fund_flow(world, &request.mch_id, day)),
            // Nothing ever happens in the other two accounts of this world.
            Some("OPERATION" | "FEES") => None,
            Some(_) => return Err(PayError::parameter("资金账户类型不正确")),
        }
    };
    let text = text.ok_or_else(|| PayError::new(400, "NO_STATEMENT_EXIST", "请求的账单文件不存在"))?;
    let hash = hex::encode(Sha1::digest(text.as_bytes()));
    let token = random::letters(64);
    shared.change(|world| {
        world.bill_tokens.retain(|_, bill| now - bill.made_at <= TOKEN_LIFE_S);
        world.bill_tokens.insert(token.clone(), BillToken { text, gzip, made_at: now });
    });
    let suffix = if gzip { "&tartype=gzip" } else { "" };
    Ok(PayAnswer::json(&json!({
        "hash_type": "SHA1",
        "hash_value": hash,
        "download_url": format!("{}/v3/billdownload/file?token={token}{suffix}", shared.base_url),
    })))
}

/// GET /v3/billdownload/file: the hash is over the text before compression.
pub(crate) fn download(shared: &Shared, request: &PayRequest) -> Result<PayAnswer, PayError> {
    let token = request.parameter("token").unwrap_or_default();
    let bill = shared
        .read(|world| world.bill_tokens.get(token).cloned())
        .filter(|bill| shared.now() - bill.made_at <= TOKEN_LIFE_S)
        .ok_or_else(|| PayError::invalid("下载地址已失效，请重新申请账单"))?;
    if !bill.gzip {
        return Ok(PayAnswer::file(bill.text.into_bytes(), "text/plain; charset=utf-8"));
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder
        .write_all(bill.text.as_bytes())
        .and_then(|()| encoder.finish())
        .map(|bytes| PayAnswer::file(bytes, "application/gzip"))
        .map_err(|_| PayError::new(500, "SYSTEM_ERROR", "系统异常，请稍后重试"))
}

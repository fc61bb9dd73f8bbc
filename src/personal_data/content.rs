//! Everything that is known of a person, gathered room by room.

use foundation::calendar::beijing_minute_text;
use foundation::money::Fen;
use foundation::paging::PageRequest;
use foundation::problem::Problem;
use serde::Serialize;
use serde_json::{Value, json};

use crate::accounts::{self, Account};
use crate::app::App;
use crate::{conversations, messages, orders};

/// Orders and messages named one by one; more are asked for at the service desk.
const ROWS_MAX: usize = 2_000;

/// A part of the copy, with a headline and lines of names and values.
#[derive(Debug, Serialize)]
pub(super) struct Part {
    /// For people.
    pub(super) title: String,
    /// One entry per thing, each with names and values for people.
    pub(super) entries: Vec<Vec<(String, String)>>,
}

fn entry<const N: usize>(pairs: [(&str, String); N]) -> Vec<(String, String)> {
    pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The parts of a person's data.
pub(super) async fn parts(app: &App, account: &Account) -> Result<Vec<Part>, Problem> {
    let reader = app.database.reader();
    let earlier = accounts::earlier_phones::of_account(reader, &account.id).await?;
    let own = entry([
        ("姓名", account.display_name.clone()),
        ("手机号", account.phone.clone().unwrap_or_default()),
        ("登录名", account.login_name.clone().unwrap_or_default()),
        (
            "登录密码",
            if account.has_password {
                "已设置（只保存不可还原的摘要）".to_owned()
            } else {
                "没有设置".to_owned()
            },
        ),
        ("以前的手机号", earlier.join("、")),
    ]);
    let units = accounts::units_of(reader, &account.id).await?;
    let units = units.into_iter().map(|access| {
        let limits = access.limits.text().unwrap_or_default();
        entry([("单位", access.unit.name), ("身份", access.role.text().to_owned()), ("范围", limits)])
    });
    let devices = accounts::list_sessions(app, &account.id).await?.into_iter().map(|line| {
        entry([
            ("设备", line.device),
            ("网络", line.address.unwrap_or_default()),
            ("登录时间", beijing_minute_text(line.signed_in_at)),
            ("最近使用", beijing_minute_text(line.last_seen_at)),
        ])
    });
    let identities = accounts::wechat_identities(reader, &account.id).await?;
    let said = conversations::said_with(reader, &identities, ROWS_MAX as u64).await?.into_iter().map(|said| {
        entry([
            ("时间", beijing_minute_text(said.at)),
            ("谁", if said.by_person { "您" } else { "客服" }.to_owned()),
            ("内容", said.text),
        ])
    });
    let wechat = identities
        .into_iter()
        .map(|identity| entry([("微信应用", identity.app_id), ("在该应用中的标识", identity.openid)]));
    let made = orders::made_by(reader, &account.id, ROWS_MAX as u64).await?.into_iter().map(|order| {
        entry([
            ("订单号", order.order_no),
            ("缴款单位", order.unit_name),
            ("金额", format!("{} 元", Fen(order.amount_fen))),
            ("提交时间", beijing_minute_text(order.created_at)),
        ])
    });
    let inbox = inbox_of(app, account).await?;
    let part = |title: &str, entries: Vec<Vec<(String, String)>>| Part { title: title.to_owned(), entries };
    Ok(vec![
        part("账号", vec![own]),
        part("所属单位", units.collect()),
        part("登录的设备", devices.collect()),
        part("绑定的微信", wechat.collect()),
        part("您提交的订单（单位账册中的记录）", made.collect()),
        part("消息", inbox),
        part("和客服的对话", said.collect()),
    ])
}

async fn inbox_of(app: &App, account: &Account) -> Result<Vec<Vec<(String, String)>>, Problem> {
    let mut entries = Vec::new();
    let mut wanted = PageRequest { after: None, limit: Some(100) };
    loop {
        let page = messages::inbox_page(app.database.reader(), &account.id, &wanted).await?;
        entries.extend(page.items.iter().map(|message| {
            entry([
                ("时间", beijing_minute_text(message.created_at)),
                ("标题", message.title.clone()),
                ("内容", message.body.clone()),
            ])
        }));
        match page.next.as_deref().map(serde_json::Value::from) {
            Some(next) if entries.len() < ROWS_MAX => {
                wanted.after = Some(serde_json::from_value(next).map_err(Problem::internal)?);
            }
            _ => return Ok(entries),
        }
    }
}

/// The same for programs.
pub(super) fn as_json(parts: &[Part], made_at: i64) -> Value {
    let parts: Vec<Value> = parts
        .iter()
        .map(|part| {
            let entries: Vec<Value> = part.entries.iter().map(|entry| entry.iter().cloned().collect()).collect();
            json!({ "title": part.title, "entries": entries })
        })
        .collect();
    json!({ "made_at": made_at, "parts": parts })
}

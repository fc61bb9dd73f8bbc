//! The logins of the demo data.

use crate::accounts;
use crate::app::SharedApp;
use crate::sign_in::hash_password;

use super::{maker, units};

/// The password of every demo login. Demo data is for installations that hold nothing else.
pub const DEMO_PASSWORD: &str = "demo2026";

/// A login to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoLogin {
    /// 报检人电话 or 单位账号.
    pub login: String,
    /// In clear: it is printed.
    pub password: String,
    /// Who that is, for people.
    pub who: &'static str,
}

const LOGINS: [(&str, &str); 9] = [
    ("13900000001", "测试一号：五个单位，含一笔 20 份报告共 1,000.00 元的待缴费"),
    ("13900000002", "测试二号：只有一台电梯的住户"),
    ("13900000003", "测试三号：化工厂，含 2,000,000.00 元的大额费用"),
    ("13900000004", "测试四号：游乐园和气瓶充装站"),
    ("13900000005", "测试五号：施工、制造、码头等单位"),
    ("13900000006", "测试六号：名称 100 字的单位、2,000 份待缴费报告的集团"),
    (maker::OWNER_PHONE, "测试七号：自己注册的制造单位的负责人，可申报制造资质"),
    (units::PROPERTY.id, "示例物业001有限公司的单位账号"),
    (units::GROUP.id, "示例物业集团有限公司的单位账号：2,000 份待缴费报告"),
];

/// Gives the demo accounts their password where they have none yet.
pub async fn give_passwords(app: &SharedApp) -> anyhow::Result<Vec<DemoLogin>> {
    let mut hash = None;
    let mut logins = Vec::new();
    for (login, who) in LOGINS {
        let account = accounts::account_by_login(app.database.reader(), login).await?;
        if let Some(account) = account.filter(|account| !account.has_password) {
            // One hash for all: it is no secret, and hashing is made to be slow.
            let text = match &hash {
                Some(text) => String::clone(text),
                None => hash.insert(hash_password(&app.config, DEMO_PASSWORD).await?).clone(),
            };
            let transaction = app.database.begin_write().await?;
            accounts::set_password_hash(&*transaction, &account.id, &text, app.now_ms()).await?;
            transaction.commit().await?;
        }
        logins.push(DemoLogin { login: login.to_owned(), password: DEMO_PASSWORD.to_owned(), who });
    }
    Ok(logins)
}

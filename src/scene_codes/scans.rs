//! A scan: counted, and answered with the page it is about.

use foundation::problem::Problem;
use foundation::text::{mask_name, mask_phone};
use sea_orm::ConnectionTrait;

use super::bindings::{self, Bound};
use super::store;
use crate::app::App;
use crate::service_account::oauth_entry;

/// What a scan led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanned {
    /// The words for who scanned.
    Answer(String),
    /// Nobody knows the code.
    Unknown,
}

/// Works on a scan; `new` when he follows by it. Pass the transaction of the push.
pub async fn scanned<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    openid: &str,
    scene: &str,
    new: bool,
) -> Result<Scanned, Problem> {
    if bindings::is_binding(scene) {
        let app_id = app.config.wechat.mp.app_id.as_str();
        let bound = bindings::redeem(app, connection, scene, app_id, openid).await?;
        return Ok(Scanned::Answer(match bound {
            Bound::Over => "这个二维码已经用过或已过期，请在页面上重新打开一个再扫。".to_owned(),
            Bound::Elsewhere => format!(
                "这个微信已经和另一个账号连在一起，没有改变。要换账号，请先在“我的”里退出登录，再扫一次；如有疑问请致电 {}。",
                app.config.service.service_phone
            ),
            Bound::To(account) => {
                let name = mask_name(&account.display_name);
                let phone = account.phone.as_deref().map(mask_phone).unwrap_or_default();
                format!(
                    "已把您的微信和账号 {name} {phone} 连在一起，缴费、报告和票据的消息会发到这里。如果不是您本人的账号，请致电 {}。",
                    app.config.service.service_phone
                )
            }
        }));
    }
    let Some(code) = store::by_scene(connection, scene).await?.filter(|code| code.retired_at.is_none()) else {
        return Ok(Scanned::Unknown);
    };
    store::count(connection, scene, new, app.now_ms()).await?;
    let welcome = if new { "欢迎关注，" } else { "" };
    let link = if code.page.is_empty() {
        String::new()
    } else {
        format!("\n<a href=\"{}\">点这里打开</a>", oauth_entry(&app.config, &code.page))
    };
    let name = code.name.replace(['<', '>', '"'], "");
    Ok(Scanned::Answer(format!("{welcome}这里是{name}。{link}\n有问题可以直接在这里留言。")))
}

//! The account's menu, defined in `config/menu.toml`; sent and fetched by `tejian wechat menu push|pull`.

use anyhow::{Context, bail, ensure};
use foundation::config::Config;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wechat::mp::menu::{Action, Button, Menu, MenuError};

use super::links::oauth_entry;
use super::replies::Replies;
use crate::app::App;

/// A menu as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MenuContent {
    /// At most three.
    #[schema(max_items = 3)]
    pub buttons: Vec<MenuButton>,
}

/// A button of the menu: a page, an answer, or entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MenuButton {
    /// Five characters fit.
    pub name: String,
    /// Opens this page of ours, signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Gives the answer with this key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// At most five.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 5)]
    pub entries: Vec<MenuEntry>,
}

/// An entry below a button: a page or an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MenuEntry {
    /// Some 13 characters fit on a phone.
    pub name: String,
    /// Opens this page of ours, signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Gives the answer with this key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl MenuContent {
    /// What `config/menu.toml` says.
    ///
    /// # Errors
    /// When it is no menu.
    pub fn of_file() -> anyhow::Result<Self> {
        Ok(toml::from_str(include_str!("../../config/menu.toml"))?)
    }
}

/// The menu as WeChat wants it, checked. Errors name the button.
pub fn load(config: &Config) -> anyhow::Result<Menu> {
    parse(include_str!("../../config/menu.toml"), config).context("config/menu.toml")
}

fn parse(text: &str, config: &Config) -> anyhow::Result<Menu> {
    let replies = Replies::load(config)?;
    build(&toml::from_str(text)?, config, &replies)
}

/// A menu as WeChat wants it, checked; its keys are those of `replies`. Errors name the button.
///
/// # Errors
/// When WeChat would refuse it, or a button does nothing or too much.
pub fn build(content: &MenuContent, config: &Config, replies: &Replies) -> anyhow::Result<Menu> {
    let button = content.buttons.iter().map(|button| built(button, config, replies)).collect::<anyhow::Result<_>>()?;
    let menu = Menu { button };
    menu.validate()?;
    Ok(menu)
}

/// Why a menu is refused, for people.
pub fn in_chinese(error: &anyhow::Error) -> String {
    let Some(refused) = error.downcast_ref::<MenuError>() else { return format!("{error:#}") };
    let reason = match refused.reason {
        reason if reason.contains("one to three") => "要有 1–3 个一级菜单",
        reason if reason.contains("at most five") => "最多 5 个子菜单",
        reason if reason.contains("name") => "名称为空或太长（一级约 5 个汉字，子菜单约 20 个）",
        reason if reason.contains("nothing") || reason.contains("neither") => "既没有动作也没有子菜单",
        reason if reason.contains("address") => "地址不对",
        reason if reason.contains("key") => "回复的标识为空或太长",
        reason => reason,
    };
    if refused.button.is_empty() { reason.to_owned() } else { format!("“{}”{reason}", refused.button) }
}

fn built(button: &MenuButton, config: &Config, replies: &Replies) -> anyhow::Result<Button> {
    let action = action_of(&button.name, button.page.as_deref(), button.key.as_deref(), config, replies)?;
    ensure!(button.entries.is_empty() || action.is_none(), "{}：有子菜单就不能再有动作", button.name);
    let entry = |entry: &MenuEntry| {
        let action = action_of(&entry.name, entry.page.as_deref(), entry.key.as_deref(), config, replies)?;
        Ok(Button { name: entry.name.clone(), action, sub_button: Vec::new() })
    };
    let sub_button = button.entries.iter().map(entry).collect::<anyhow::Result<_>>()?;
    Ok(Button { name: button.name.clone(), action, sub_button })
}

fn action_of(
    name: &str,
    page: Option<&str>,
    key: Option<&str>,
    config: &Config,
    replies: &Replies,
) -> anyhow::Result<Option<Action>> {
    let empty_is_none = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(match (empty_is_none(page), empty_is_none(key)) {
        (Some(page), None) => {
            ensure!(page.starts_with("/h5/"), "{name}：page 应以 /h5/ 开头");
            Some(Action::View { url: oauth_entry(config, &page) })
        }
        (None, Some(key)) => {
            ensure!(replies.knows_key(&key), "{name}：自动回复里没有 {key}");
            Some(Action::Click { key })
        }
        (None, None) => None,
        (Some(_), Some(_)) => bail!("{name}：page 和 key 只能有一个"),
    })
}

/// Makes the menu of `config/menu.toml` the account's; people see it within 24 hours.
pub async fn push(app: &App) -> anyhow::Result<Menu> {
    let mp = app.wechat.mp().context("没有配置服务号（wechat.mp.app_id）")?;
    let menu = load(&app.config)?;
    mp.menu_create(&menu).await.context("微信没有接受菜单")?;
    Ok(menu)
}

/// The menu the account has now, if any.
pub async fn pull(app: &App) -> anyhow::Result<Option<Menu>> {
    let mp = app.wechat.mp().context("没有配置服务号（wechat.mp.app_id）")?;
    mp.menu_get().await.context("微信没有给出菜单")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paying_is_one_tap_away_and_everything_opens_signed_in() {
        let menu = load(&crate::testing::config()).expect("the menu that is compiled in");
        let Some(Action::View { url }) = &menu.button[0].action else { panic!("缴费 opens a page") };
        assert!(url.ends_with("/wechat/oauth/start?return_to=%2Fh5%2F%23%2Fpages%2Fhome%2Fhome"), "{url}");
        assert_eq!(menu.button.len(), 3);
    }

    #[test]
    fn a_menu_with_an_unknown_answer_or_a_foreign_page_is_refused() {
        let config = crate::testing::config();
        for entry in ["key = \"NOBODY\"", "page = \"https://evil.example/\"", "key = \"HELP\"\npage = \"/h5/\"", ""] {
            let text = format!("[[buttons]]\nname = \"缴费\"\n{entry}");
            assert!(parse(&text, &config).is_err(), "{entry}");
        }
    }
}

//! The account's menu, defined in `config/menu.toml`; sent and fetched by `tejian wechat menu push|pull`.

use anyhow::{Context, bail, ensure};
use foundation::config::Config;
use serde::Deserialize;
use wechat::mp::menu::{Action, Button, Menu};

use super::links::oauth_entry;
use super::replies::Replies;
use crate::app::App;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    buttons: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    /// Opens this page of ours, signed in.
    page: Option<String>,
    /// Gives this answer of `config/replies.toml`.
    key: Option<String>,
    #[serde(default)]
    entries: Vec<Entry>,
}

/// The menu as WeChat wants it, checked. Errors name the button.
pub fn load(config: &Config) -> anyhow::Result<Menu> {
    parse(include_str!("../../config/menu.toml"), config).context("config/menu.toml")
}

fn parse(text: &str, config: &Config) -> anyhow::Result<Menu> {
    let replies = Replies::load(config)?;
    let file: File = toml::from_str(text)?;
    let button = file.buttons.iter().map(|entry| button(entry, config, &replies)).collect::<anyhow::Result<_>>()?;
    let menu = Menu { button };
    menu.validate()?;
    Ok(menu)
}

fn button(entry: &Entry, config: &Config, replies: &Replies) -> anyhow::Result<Button> {
    let action = match (&entry.page, &entry.key) {
        (Some(page), None) => {
            ensure!(page.starts_with("/h5/"), "{}：page 应以 /h5/ 开头", entry.name);
            Some(Action::View { url: oauth_entry(config, page) })
        }
        (None, Some(key)) => {
            ensure!(replies.knows_key(key), "{}：config/replies.toml 里没有 {key}", entry.name);
            Some(Action::Click { key: key.clone() })
        }
        (None, None) => None,
        (Some(_), Some(_)) => bail!("{}：page 和 key 只能有一个", entry.name),
    };
    let sub_button = entry.entries.iter().map(|entry| button(entry, config, replies)).collect::<anyhow::Result<_>>()?;
    Ok(Button { name: entry.name.clone(), action, sub_button })
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

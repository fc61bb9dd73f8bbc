//! `tejian wechat menu push|pull`: sends the menu of `config/menu.toml` to the service account, or shows the one it has.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use foundation::clock::SystemClock;
use foundation::config::Config;
use foundation::telemetry;
use wechat::mp::menu::{Action, Button, Menu};

use super::output::{say, say_line};
use crate::app::App;
use crate::service_account::menu;

/// What concerns the service account.
#[derive(Subcommand)]
pub enum Wechat {
    #[command(subcommand, about = "服务号菜单")]
    Menu(MenuCommand),
}

/// What to do with the menu.
#[derive(Subcommand)]
pub enum MenuCommand {
    #[command(about = "把 config/menu.toml 中的菜单发布到服务号")]
    Push,
    #[command(about = "显示服务号现在的菜单")]
    Pull,
}

/// Does it and prints the menu.
pub async fn run(config: Config, command: Wechat) -> anyhow::Result<ExitCode> {
    let Wechat::Menu(command) = command;
    telemetry::start_logs("warn", false);
    let app = App::open(config, Arc::new(SystemClock)).await?;
    match command {
        MenuCommand::Push => {
            let menu = menu::push(&app).await?;
            say(outline(&menu));
            say_line("菜单已发布，24 小时内对所有关注者生效");
        }
        MenuCommand::Pull => match menu::pull(&app).await? {
            Some(menu) => say(outline(&menu)),
            None => say_line("服务号现在没有菜单"),
        },
    }
    Ok(ExitCode::SUCCESS)
}

/// One line per button and entry.
fn outline(menu: &Menu) -> String {
    let mut text = String::new();
    for button in &menu.button {
        text += &line("", button);
        for entry in &button.sub_button {
            text += &line("  ", entry);
        }
    }
    text
}

fn line(indent: &str, button: &Button) -> String {
    let does = match &button.action {
        Some(Action::View { url }) => format!(" → {url}"),
        Some(Action::Click { key }) => format!(" → 回复 {key}"),
        Some(Action::MiniProgram { pagepath, .. }) => format!(" → 小程序 {pagepath}"),
        _ => String::new(),
    };
    format!("{indent}{}{does}\n", button.name)
}

//! `tejian wechat …`: what is set up at WeChat itself.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use foundation::clock::SystemClock;
use foundation::config::Config;
use wechat::mp::menu::Menu;

use crate::app::App;
use crate::service_account::menu;

/// What to set up.
#[derive(Subcommand)]
pub enum Wechat {
    #[command(subcommand, about = "服务号菜单")]
    Menu(MenuCommand),
}

/// What to do with the menu.
#[derive(Subcommand)]
pub enum MenuCommand {
    #[command(about = "把 config/menu.toml 里的菜单发布到服务号")]
    Push,
    #[command(about = "取回服务号现在的菜单（JSON）")]
    Pull,
}

/// Talks to WeChat and tells what came of it.
pub async fn run(config: Config, command: Wechat) -> anyhow::Result<ExitCode> {
    let app = App::open(config, Arc::new(SystemClock)).await?;
    let Wechat::Menu(command) = command;
    match command {
        MenuCommand::Push => {
            let menu = menu::push(&app).await?;
            println!("菜单已发布，24 小时内对所有人生效：\n{}", outline(&menu));
        }
        MenuCommand::Pull => match menu::pull(&app).await? {
            Some(menu) => println!("{}", serde_json::to_string_pretty(&menu)?),
            None => println!("服务号现在没有菜单。用 tejian wechat menu push 发布。"),
        },
    }
    Ok(ExitCode::SUCCESS)
}

/// The names as people see them, entries behind their button.
fn outline(menu: &Menu) -> String {
    let line = |button: &wechat::mp::menu::Button| {
        let entries: Vec<&str> = button.sub_button.iter().map(|entry| entry.name.as_str()).collect();
        if entries.is_empty() {
            format!("  {}", button.name)
        } else {
            format!("  {}：{}", button.name, entries.join("、"))
        }
    };
    menu.button.iter().map(line).collect::<Vec<_>>().join("\n")
}

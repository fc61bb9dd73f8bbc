//! What the binary can be told to do. One file per command; each prints plain Chinese sentences and says by its exit code
//! whether all is well.

mod archive;
mod audit;
mod backup;
mod bank;
pub mod demo;
pub mod doctor;
mod import;
pub mod jobs;
mod log_level;
mod menu;
mod migrate;
mod openapi;
mod output;
mod ready;
mod reconcile;
pub mod secrets;
pub mod serve;
pub mod sessions;
mod staff;
mod supervisor;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use foundation::config::Config;
use foundation::problem::Problem;

#[derive(Parser)]
#[command(name = "tejian", version, about = "特种设备检验费缴费系统：服务号、小程序与业务台")]
struct Cli {
    #[arg(long, short, global = true, env = "TEJIAN_CONFIG", value_name = "文件", help = "配置文件（TOML）")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(about = "启动服务")]
    Serve(serve::Arguments),
    #[command(about = "演示：内置数据库、模拟微信与演示数据，一条命令启动")]
    Demo(demo::Arguments),
    #[command(about = "内网试装：写出节点的配置，微信、财政与短信用单独启动的模拟器")]
    Trial(demo::trial::Arguments),
    #[command(about = "升级数据库结构")]
    Migrate,
    #[command(about = "问这台机器上的节点能不能办理：能为 0，不能为 1，给容器的健康检查用")]
    Ready,
    #[command(about = "显示或更改这台机器上节点的日志级别，到重启为止")]
    LogLevel(log_level::Arguments),
    #[command(subcommand, about = "导入业务数据")]
    Import(import::Import),
    #[command(subcommand, about = "导入银行流水")]
    Bank(bank::Bank),
    #[command(about = "备份数据库与全部文件，不影响办理")]
    Backup(backup::BackUp),
    #[command(about = "从备份恢复到一个空的系统")]
    Restore(backup::Restore),
    #[command(about = "检查配置、密钥与各项连接，并用白话说明问题")]
    Doctor(doctor::Arguments),
    #[command(about = "核对某一天的微信账单、本系统账目与业务系统账目")]
    Reconcile(reconcile::Arguments),
    #[command(subcommand, about = "管理微信服务号")]
    Wechat(menu::Wechat),
    #[command(subcommand, about = "管理业务台员工账号")]
    Staff(staff::Staff),
    #[command(subcommand, about = "后台任务：查看停止的，修好原因后重新执行")]
    Jobs(jobs::Jobs),
    #[command(subcommand, about = "结束全部登录")]
    Sessions(sessions::Sessions),
    #[command(subcommand, about = "审计日志")]
    Audit(audit::Audit),
    #[command(subcommand, about = "归档：多年前的回调、推送、接口调用")]
    Archive(archive::Archives),
    #[command(subcommand, about = "管理加密密钥")]
    Secrets(secrets::Secrets),
    #[command(about = "打印接口文档（OpenAPI JSON）")]
    Openapi,
}

/// Reads the command line, does what it says, and turns the outcome into an exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.into()),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => complain(&error),
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let file = cli.config.as_deref();
    match cli.command {
        Command::Openapi => openapi::run(),
        Command::Doctor(arguments) => doctor::run(file, &arguments).await,
        Command::Demo(arguments) => demo::run(file, &arguments).await,
        Command::Trial(arguments) => demo::trial::run(file, &arguments),
        Command::Serve(arguments) => serve::run(load(file)?, &arguments).await,
        Command::Backup(arguments) => backup::back_up(load(file)?, &arguments).await,
        Command::Restore(arguments) => backup::restore(load(file)?, &arguments).await,
        Command::Bank(command) => bank::run(load(file)?, command).await,
        Command::Import(import) => import::run(load(file)?, import).await,
        Command::Reconcile(arguments) => reconcile::run(load(file)?, &arguments).await,
        Command::Wechat(command) => menu::run(load(file)?, command).await,
        Command::Staff(command) => staff::run(load(file)?, command).await,
        Command::Sessions(command) => sessions::run(load(file)?, command).await,
        Command::Audit(command) => audit::run(load(file)?, command).await,
        Command::Jobs(command) => jobs::run(load(file)?, command).await,
        Command::Archive(command) => archive::run(load(file)?, command).await,
        Command::Secrets(command) => secrets::run(load(file)?, command).await,
        Command::Migrate => migrate::run(load(file)?).await,
        Command::Ready => ready::run(&Config::load(file).context("配置不能使用")?).await,
        Command::LogLevel(arguments) => log_level::run(&Config::load(file).context("配置不能使用")?, &arguments).await,
    }
}

/// The configuration, refused with every complaint at once.
fn load(file: Option<&std::path::Path>) -> anyhow::Result<Config> {
    let config = Config::load(file).context("配置不能使用")?;
    let complaints = config.complaints();
    anyhow::ensure!(complaints.is_empty(), "配置不能使用：\n  - {}", complaints.join("\n  - "));
    Ok(config)
}

fn complain(error: &anyhow::Error) -> ExitCode {
    eprintln!("错误：{}", told(error));
    ExitCode::FAILURE
}

/// An error with its causes. What is made for pages is told in its sentences, without the code that programs go by.
fn told(error: &anyhow::Error) -> String {
    let sentence = |cause: &(dyn std::error::Error + 'static)| match cause.downcast_ref::<Problem>() {
        Some(problem) => problem.told_to_operator(),
        None => cause.to_string(),
    };
    error.chain().map(sentence).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use anyhow::Context;
    use clap::CommandFactory;
    use foundation::problem::Problem;

    use super::told;
    use crate::{staff, testing};

    #[test]
    fn the_command_line_holds_together() {
        super::Cli::command().debug_assert();
    }

    #[tokio::test]
    async fn whoever_confirms_nobody_is_told_so_in_chinese_alone() {
        let (app, _clock) = testing::app().await;
        let refused = staff::confirm_by_login(&app, "nobody").await.unwrap_err();
        assert_eq!(told(&refused.into()), "没有找到这个员工账号");
        let roles = vec![staff::Role::Auditor];
        let new = staff::NewOfficer { login: "shenji".to_owned(), display_name: "审计".to_owned(), roles };
        staff::add(&app, new.clone()).await.unwrap();
        let refused = staff::confirm_by_login(&app, "shenji").await.unwrap_err();
        assert_eq!(told(&refused.into()), "这个账号没有待确认的变更");
        let wrong = staff::NewOfficer { login: "A".to_owned(), ..new };
        let told = told(&staff::add(&app, wrong).await.unwrap_err().into());
        assert!(told.contains("2–32 位") && !told.contains("staff_wrong"), "{told}");
    }

    #[test]
    fn an_error_of_ours_is_told_with_its_cause_and_where_it_happened() {
        let failed: anyhow::Result<()> = Err(Problem::internal("disk full").into());
        let told = told(&failed.context("无法新增").unwrap_err());
        assert!(told.starts_with("无法新增: 系统出了点问题") && told.ends_with("disk full"), "{told}");
    }
}

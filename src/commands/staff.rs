//! `tejian staff add|confirm|reset`: the first administrator, the second pair of eyes where there is none, and the way back
//! in for one who lost phone and password.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use foundation::clock::SystemClock;
use foundation::config::Config;
use foundation::telemetry;

use super::output::say_line;
use crate::app::App;
use crate::staff::{self, NewOfficer, Role};

/// What to do with staff accounts.
#[derive(Subcommand)]
pub enum Staff {
    #[command(about = "新增员工账号，打印一次性的初始密码")]
    Add {
        #[arg(value_name = "登录名")]
        login: String,
        #[arg(long, value_name = "姓名")]
        name: String,
        #[arg(
            long,
            value_name = "角色",
            value_delimiter = ',',
            required = true,
            help = "角色代码，逗号分隔，例如 admin 或 fee_clerk,cashier"
        )]
        roles: Vec<Role>,
    },
    #[command(about = "确认一个待确认的账号（只有一位管理员时使用）")]
    Confirm {
        #[arg(value_name = "登录名")]
        login: String,
    },
    #[command(about = "重置密码和验证器，并退出其全部登录")]
    Reset {
        #[arg(value_name = "登录名")]
        login: String,
    },
}

/// Does it and prints the first password.
pub async fn run(config: Config, command: Staff) -> anyhow::Result<ExitCode> {
    telemetry::start_logs("warn", false);
    let app = App::open(config, Arc::new(SystemClock)).await?;
    let (login, password) = match command {
        Staff::Add { login, name, roles } => {
            if staff::prepares_and_reviews(&roles) {
                say_line(format_args!("注意：同时有经办（收费员、出纳）与财务复核的角色，经办和复核应由两个人担任"));
            }
            let new = NewOfficer { login: login.clone(), display_name: name, roles };
            (login, staff::add(&app, new).await?)
        }
        Staff::Confirm { login } => {
            staff::confirm_by_login(&app, &login).await?;
            say_line(format_args!("已确认 {login}"));
            return Ok(ExitCode::SUCCESS);
        }
        Staff::Reset { login } => {
            let password = staff::reset_by_login(&app, &login).await?;
            (login, password)
        }
    };
    say_line(format_args!(
        "登录名 {login}，初始密码 {password}\n首次登录需要绑定动态码验证器，请当面交付并提醒修改密码"
    ));
    Ok(ExitCode::SUCCESS)
}

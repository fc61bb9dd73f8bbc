//! `tejian doctor`: looks at configuration, keys and everything outside that the product needs, says in plain words
//! what is wrong and what to do about it. Exit code 0 when nothing is wrong.

mod copies;
mod keys;
mod live;
mod nodes;
mod officers;
mod plain;
mod report;
mod surroundings;
mod wechat_side;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use foundation::clock::{SharedClock, SystemClock};
use foundation::config::{Config, DEFAULTS, Environment};

use super::output::say;
pub use live::examine as examine_live;
pub use report::Report;

/// The binary carries its commented defaults with it.
const SEE_DEFAULTS: &str = "tejian doctor --defaults 列出全部配置项和说明";

/// What to look at.
#[derive(Args)]
pub struct Arguments {
    #[arg(long, help = "打印全部配置项及其默认值和说明，然后退出")]
    defaults: bool,
    #[arg(long, help = "只检查配置与密钥，不连接任何外部系统")]
    offline: bool,
    #[arg(long, help = "走一遍支付的路：从公网地址访问本系统、试投一条伪造的通知、下一笔 1 分钱的单并关闭，不动钱")]
    live: bool,
    #[arg(long, value_name = "文件", help = "商户 API 证书（apiclient_cert.pem），用来核对私钥与证书序列号")]
    merchant_certificate: Option<PathBuf>,
}

/// Examines everything and prints one line per finding.
pub async fn run(file: Option<&Path>, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.defaults {
        say(DEFAULTS);
        return Ok(ExitCode::SUCCESS);
    }
    let mut report = Report::default();
    match Config::load(file) {
        Ok(config) => examine(&config, arguments, &mut report).await,
        Err(error) => {
            for error in error.each() {
                report.wrong(error, format!("改正后再运行 tejian doctor；{SEE_DEFAULTS}"));
            }
        }
    }
    say(&report);
    Ok(if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn examine(config: &Config, arguments: &Arguments, report: &mut Report) {
    report.section("配置");
    report.fine(format!("运行环境：{}", environment_name(config.service.environment)));
    let complaints = config.complaints();
    if complaints.is_empty() {
        report.fine("各项配置互相吻合");
    }
    for complaint in complaints {
        report.wrong(complaint, SEE_DEFAULTS);
    }
    report.section("密钥");
    keys::examine(config, arguments.merchant_certificate.as_deref(), report);
    report.section("本机");
    surroundings::examine_proxy(config, report);
    surroundings::examine_files(config, report).await;
    if arguments.offline {
        report.note("按 --offline 的要求，没有连接数据库、Redis 和微信");
        return;
    }
    report.section("数据库与缓存");
    surroundings::examine_database(config, report).await;
    surroundings::examine_cache(config, report).await;
    report.section("微信");
    wechat_side::examine(config, report).await;
    if arguments.live {
        report.section("支付的路");
        let clock: SharedClock = Arc::new(SystemClock);
        live::examine(config, &clock, report).await;
    }
}

fn environment_name(environment: Environment) -> &'static str {
    match environment {
        Environment::Production => "生产（production）",
        Environment::Demo => "演示（demo）",
        Environment::Test => "测试（test）",
    }
}

#[cfg(test)]
mod tests;

//! `tejian trial`: the settings of nodes that stand before a simulator in a process of its own, so that an installation of
//! several nodes is tried as it will be, with everything but WeChat.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use foundation::config::Config;
use foundation::secret_hash::new_token;
use simulator::Identities;
use toml::{Table, Value};

use super::config_file;
use super::settings::point_at_simulator;
use crate::commands::output::say_line;

const EXPLANATION: &str = "# 由 tejian trial 写入：这些节点的微信、财政系统与短信都是模拟器，不产生真实付款。\n\n";

/// Where the simulator is, and where the settings go.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "文件", help = "写到哪里；节点用 --config 读它")]
    target: PathBuf,
    #[arg(
        long,
        value_name = "目录",
        default_value = "simulator-identities",
        help = "模拟器的 --identities 目录，没有就建立"
    )]
    identities: PathBuf,
    #[arg(long, value_name = "地址", default_value = "http://127.0.0.1:8700", help = "模拟器（它的 --listen）")]
    simulator: String,
    #[arg(
        long,
        value_name = "地址",
        default_value = "http://127.0.0.1:8701",
        help = "模拟器的微信浏览器（它的 --browser-listen），手机从这里打开页面"
    )]
    browser: String,
}

/// Writes the settings of `file` with the simulator in the place of everything outside.
pub fn run(file: Option<&Path>, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let own: Table = match file {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("无法读取 {}", path.display()))?;
            toml::from_str(&text).with_context(|| format!("{} 不是 TOML", path.display()))?
        }
        None => Table::new(),
    };
    // What the file says of its environment wins: production is refused below.
    let preset = [("TEJIAN__SERVICE__ENVIRONMENT", "test"), ("TEJIAN__HTTP__API_DOCUMENTS", "true")];
    let mut config = Config::load_over(&preset, file).context("配置不能使用")?;
    let identities = Identities::load_or_generate(&arguments.identities).context("无法建立模拟器的密钥")?;
    point_at_simulator(&mut config, &identities, &arguments.simulator)?;
    config.service.public_base_url.clone_from(&arguments.browser);
    let complaints = config.complaints();
    anyhow::ensure!(complaints.is_empty(), "配置不能使用：\n  - {}", complaints.join("\n  - "));
    config_file::save(EXPLANATION, &settings_of(&config, own), &arguments.target)?;
    say_line(format_args!("已写入 {}，每个节点都用它启动", arguments.target.display()));
    Ok(ExitCode::SUCCESS)
}

fn settings_of(config: &Config, own: Table) -> Table {
    let mut whole = config_file::with_outside_of(config, own);
    config_file::set(&mut whole, "service.environment", Value::String("test".to_owned()));
    config_file::set(&mut whole, "http.api_documents", Value::Boolean(config.http.api_documents));
    if config.links.secret.is_empty() {
        // Made up at its start by each node, a link of one would not open at the other.
        config_file::set(&mut whole, "links.secret", Value::String(new_token()));
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_keeps_its_own_settings_and_gets_the_simulator_for_everything_outside() {
        let directory = std::env::temp_dir().join(foundation::ids::new_id_text("trial"));
        std::fs::create_dir_all(&directory).unwrap();
        let own = directory.join("own.toml");
        let text = "[database]\nurl = \"postgres://tejian@db/tejian\"\n[wechat.pay]\nmch_id = \"1\"\n";
        std::fs::write(&own, text).unwrap();
        let arguments = Arguments {
            target: directory.join("trial.toml"),
            identities: directory.join("identities"),
            simulator: "http://127.0.0.1:8700".to_owned(),
            browser: "http://127.0.0.1:8701".to_owned(),
        };
        run(Some(&own), &arguments).unwrap();
        let read = Config::load_from(Some(&arguments.target), []).unwrap();
        let identities = Identities::load_or_generate(&arguments.identities).unwrap();
        std::fs::write(&own, "[service]\nenvironment = \"production\"\n").unwrap();
        let refused = run(Some(&own), &arguments).unwrap_err();
        std::fs::remove_dir_all(&directory).unwrap();
        assert_eq!(read.database.url.expose(), "postgres://tejian@db/tejian");
        assert_eq!(read.wechat.pay.mch_id, identities.mch_id, "not the merchant of before");
        assert_eq!(read.wechat.pay_base, arguments.simulator);
        assert_eq!(read.service.public_base_url, arguments.browser);
        assert!(read.http.api_documents, "who tries it out reads how to call it");
        assert!(!read.links.secret.is_empty() && read.complaints().is_empty(), "{:?}", read.complaints());
        assert!(refused.to_string().contains("生产"), "{refused}");
    }
}

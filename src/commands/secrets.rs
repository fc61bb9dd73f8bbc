//! `tejian secrets rotate`: everything under the newest key, beside a running service.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};
use foundation::clock::SystemClock;
use foundation::config::Config;
use foundation::sealed::FieldKeys;
use foundation::telemetry;
use serde_json::json;

use super::output::say_line;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::nodes::{self, Node, name_of_key};
use crate::sealing::{self, Wanted};
use crate::{messages, staff, webhooks};

/// What to do with the keys.
#[derive(Subcommand)]
pub enum Secrets {
    /// Everything under the newest key.
    #[command(about = "用 secrets.keys 中最新的密钥重新加密全部个人信息和密钥，服务不用停")]
    Rotate(Rotation),
}

/// How to seal anew.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Rotation {
    /// Goes on although a living node lacks the newest key; that is written into the audit trail.
    #[arg(
        long,
        help = "有节点还没有最新的密钥也照做：这些节点会打不开重新加密的内容，直到换上密钥并重启；记入审计日志"
    )]
    pub force: bool,
}

/// What became of it.
#[derive(Debug)]
pub struct Rotated {
    /// Fields, phones and secrets that were sealed anew.
    pub sealed: u64,
    /// Second factors and secrets of receivers that stayed as they were: no key opens them.
    pub unopened: u64,
    /// Nodes that lived.
    pub nodes: usize,
    /// Those among them, or begun meanwhile, that go on sealing with an older key, by machine and address.
    pub sealing_with_older: Vec<String>,
}

/// Seals anew what an older key has sealed, and says how much it was. Ended in the middle, it is simply run again.
pub async fn run(config: Config, command: Secrets) -> anyhow::Result<ExitCode> {
    let Secrets::Rotate(rotation) = command;
    telemetry::start_logs("warn", false);
    let app = App::open(config, Arc::new(SystemClock)).await?;
    let rotated = rotate(&app, rotation).await?;
    let newest = FieldKeys::of_config(&app.config)?.newest().to_owned();
    say_line(format_args!("已用密钥 {newest} 重新加密 {} 项；在运行的节点 {} 个", rotated.sealed, rotated.nodes));
    for sentence in rotated.advice(&newest) {
        say_line(format_args!("{sentence}"));
    }
    Ok(if rotated.unopened == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Rotated {
    /// What the operator does next: that the older keys may go only when nothing is left that may need them.
    fn advice(&self, newest: &str) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.unopened > 0 {
            sentences.push(format!(
                "有 {} 项（员工的验证器、事件接收地址的密钥）用 secrets.keys 里的密钥都打不开，没有重新加密；编号见日志。\
                 先不要删去旧密钥：把加密它们的那一把补在 secrets.keys 的最后，再运行一次；\
                 那一把已经丢了的，重置这些验证器、在业务台换这些接收地址的密钥",
                self.unopened
            ));
        }
        if !self.sealing_with_older.is_empty() {
            sentences.push(format!(
                "这些节点还在用旧的密钥加密：{}。先不要删去旧密钥：把 {newest} 移到它们 secrets.keys 的最前、逐台重启，再运行一次",
                self.sealing_with_older.join("、")
            ));
        }
        if sentences.is_empty() {
            sentences.push("可从 secrets.keys 删去旧密钥，逐台重启".to_owned());
        }
        sentences
    }
}

/// Seals everything anew that an older key has sealed: fields of people, phones of messages to nobody's inbox, second factors,
/// secrets of receivers. Refused while a living node would not open it.
///
/// # Errors
/// When a living node lacks the newest key, the database does not answer, or a field or a phone does not open.
pub async fn rotate(app: &App, rotation: Rotation) -> anyhow::Result<Rotated> {
    let marks = FieldKeys::of_config(&app.config)?.marks();
    let newest = marks.first().context("secrets.keys 里没有密钥")?;
    let living = nodes::living(app.database.reader()).await?;
    let titles = |wanted: &dyn Fn(&Node) -> bool| -> Vec<String> {
        living.iter().filter(|node| wanted(node)).map(Node::title).collect()
    };
    let lacking = titles(&|node: &Node| !node.opens(newest));
    let key = name_of_key(newest);
    anyhow::ensure!(
        lacking.is_empty() || rotation.force,
        "没有重新加密：这些在运行的节点还没有密钥 {key}，会打不开用它加密的内容：{}。\
         把 {key} 写进它们的 secrets.keys（先放最后），逐台重启，再运行一次；\
         节点其实已经停了的，五分钟后不再算；一定要现在做，加 --force",
        lacking.join("、")
    );
    note(app, key, &lacking).await?;
    let fields = sealing::seal(&app.database, Wanted::ClearAndOlder).await?;
    let phones = messages::seal_stale(app).await?;
    let second_factors = staff::seal_secrets(app, Wanted::ClearAndOlder).await?;
    let secrets = second_factors.and(webhooks::seal_secrets(app, Wanted::ClearAndOlder).await?);
    let since = nodes::living(app.database.reader()).await?;
    let sealing_with_older = sealing_with_older(&living, &since, newest);
    let sealed = fields + phones + secrets.sealed;
    Ok(Rotated { sealed, unopened: secrets.unopened, nodes: living.len(), sealing_with_older })
}

/// By machine and address, who sealed with an older key while everything was sealed anew: whoever lived before it, and whoever
/// began meanwhile. What they wrote may lie behind the page that was being sealed.
fn sealing_with_older(before: &[Node], since: &[Node], newest: &str) -> Vec<String> {
    let older = before.iter().chain(since).filter(|node| !node.seals_with(newest)).map(Node::title);
    older.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Before anything is sealed: whoever looks into the trail finds it even when the rest broke off.
async fn note(app: &App, key: &str, lacking: &[String]) -> anyhow::Result<()> {
    let transaction = app.database.begin_write().await?;
    let entry = Entry {
        actor: "command".to_owned(),
        actor_name: "命令行".to_owned(),
        action: Action::KeysRotated,
        object: "secrets.keys".to_owned(),
        detail: json!({ "key": key, "nodes_without": lacking }),
    };
    audit::record(&*transaction, app, entry).await?;
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(address: &str, marks: &[&str]) -> Node {
        Node {
            id: format!("nod_{address}_{}", marks.join("_")),
            host: "here".to_owned(),
            address: address.to_owned(),
            version: "1".to_owned(),
            key_marks: marks.iter().map(|mark| (*mark).to_owned()).collect(),
            works_on_jobs: true,
            started_at: 0,
            silent_ms: 0,
            clock_ahead_ms: Some(0),
        }
    }

    #[test]
    fn older_keys_may_go_only_when_everything_opened_and_every_node_seals_with_the_newest() {
        let advice = |unopened, older: &[&str]| {
            let sealing_with_older = older.iter().map(|node| (*node).to_owned()).collect();
            Rotated { sealed: 1, unopened, nodes: 2, sealing_with_older }.advice("b").join("\n")
        };
        assert!(advice(0, &[]).contains("可从 secrets.keys 删去旧密钥"));
        for (told, named) in [(advice(2, &[]), "有 2 项"), (advice(0, &["here 10.0.0.1:80"]), "here 10.0.0.1:80")] {
            assert!(told.contains(named) && told.contains("先不要删去旧密钥") && !told.contains("可从"), "{told}");
        }
        assert_eq!(advice(1, &["here 10.0.0.1:80"]).lines().count(), 2);
    }

    #[test]
    fn whoever_sealed_with_an_older_key_at_any_time_of_a_rotation_is_named_once() {
        let (old, new) = (["a:1", "b:2"], ["b:2", "a:1"]);
        let restarted = [node("10.0.0.1:80", &old), node("10.0.0.2:80", &new)];
        let since = [node("10.0.0.1:80", &new), node("10.0.0.2:80", &new), node("10.0.0.3:80", &old)];
        let named = ["here 10.0.0.1:80", "here 10.0.0.3:80"];
        assert_eq!(sealing_with_older(&restarted, &since, "b:2"), named);
        assert_eq!(sealing_with_older(&since[..2], &since[..2], "b:2"), Vec::<String>::new());
        assert_eq!(sealing_with_older(&restarted[..1], &restarted[..1], "b:2"), ["here 10.0.0.1:80"]);
    }
}

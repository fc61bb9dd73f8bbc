//! The nodes that run now: versions, keys and clocks that differ.

use foundation::config::Config;
use foundation::database::Database;
use foundation::sealed::FieldKeys;

use super::plain::plain;
use super::report::Report;
use crate::nodes::{self, Node, name_of_key};

/// Clocks that are nearer than this are as good as equal.
const APART_MS: i64 = 5_000;
/// Three beats that did not come.
const SILENT_MS: i64 = 60_000;
/// What to do about keys that nodes do not share.
const SHARE_KEYS: &str =
    "先把缺的密钥放在 secrets.keys 的最后，逐台重启，全部重启完再移到最前（运维手册「密钥」的四步）";

/// Tells of the living nodes.
pub async fn examine(config: &Config, database: &Database, report: &mut Report) {
    match nodes::living(database.reader()).await {
        Ok(living) => {
            // Keys that cannot be used at all have been complained of already.
            let marks = FieldKeys::of_config(config).map(|keys| keys.marks()).unwrap_or_default();
            judge(&living, &marks, report);
        }
        Err(error) => report.note(format!("无法查看在运行的节点：{}", plain(&error.to_string()))),
    }
}

/// What these nodes are worth beside a configuration with these keys.
fn judge(living: &[Node], marks: &[String], report: &mut Report) {
    if living.is_empty() {
        return report.fine("现在没有节点在运行");
    }
    report.fine(format!("在运行的节点 {} 个：{}", living.len(), list(living, introduction)));
    if living.iter().any(|node| node.version != living[0].version) {
        let versions = list(living, |node| format!("{} 是 {}", node.title(), node.version));
        report.note(format!("各节点的版本不同：{versions}。升级还没有做完"));
    }
    judge_keys(living, marks, report);
    for node in living {
        judge_clock(node, report);
        if node.silent_ms > SILENT_MS {
            let (title, seconds) = (node.title(), node.silent_ms / 1_000);
            // An older one was heard of by its own clock.
            let or_slow = if node.clock_ahead_ms.is_none() { "，或时钟慢" } else { "" };
            report.note(format!("节点 {title} 已有 {seconds} 秒没有消息：停了或卡住了{or_slow}"));
        }
    }
}

/// How a node's clock goes beside the database's, the one that all nodes share.
fn judge_clock(node: &Node, report: &mut Report) {
    let ahead_ms = node.clock_ahead_ms.unwrap_or_else(|| Ord::max(-node.silent_ms, 0));
    if ahead_ms.abs() > APART_MS {
        let (title, seconds) = (node.title(), ahead_ms.abs() / 1_000);
        let word = if ahead_ms > 0 { "快" } else { "慢" };
        report.note(format!("节点 {title} 的时钟比数据库{word} {seconds} 秒：核对它与数据库所在机器的对时（NTP）"));
    }
}

fn judge_keys(living: &[Node], marks: &[String], report: &mut Report) {
    let mut is_wrong = false;
    for (node, mark) in nodes::lacking_keys(living) {
        is_wrong = true;
        let key = name_of_key(mark);
        report
            .wrong(format!("节点 {} 没有别的节点用来加密的密钥 {key}，打不开它们新写的内容", node.title()), SHARE_KEYS);
    }
    if let Some(newest) = marks.first() {
        let lacking: Vec<&Node> = living.iter().filter(|node| !node.opens(newest)).collect();
        // Told above where somebody seals with it already.
        if !lacking.is_empty() && !living.iter().any(|node| node.seals_with(newest)) {
            is_wrong = true;
            let (key, titles) = (name_of_key(newest), list(lacking.iter().copied(), Node::title));
            report.wrong(format!("这份配置最前面的密钥 {key}，这些在运行的节点还没有：{titles}"), SHARE_KEYS);
        }
    }
    if !is_wrong && living.iter().any(|node| node.key_marks != living[0].key_marks) {
        let keys = |node: &Node| node.key_marks.iter().map(|mark| name_of_key(mark)).collect::<Vec<_>>().join("、");
        let keys = list(living, |node| format!("{} 有 {}", node.title(), keys(node)));
        report.note(format!("各节点的密钥不同：{keys}。换密钥还没有做完"));
    }
}

fn introduction(node: &Node) -> String {
    let work = if node.works_on_jobs { "" } else { "，不做任务" };
    format!("{}（版本 {}{work}）", node.title(), node.version)
}

fn list<'a>(nodes: impl IntoIterator<Item = &'a Node>, word: impl Fn(&Node) -> String) -> String {
    nodes.into_iter().map(word).collect::<Vec<_>>().join("、")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(address: &str, marks: &[&str]) -> Node {
        Node {
            id: format!("nod_{address}"),
            host: "here".to_owned(),
            address: address.to_owned(),
            version: "1.2.3".to_owned(),
            key_marks: marks.iter().map(|mark| (*mark).to_owned()).collect(),
            works_on_jobs: true,
            started_at: 1_785_722_400_000,
            silent_ms: 20_000,
            clock_ahead_ms: Some(-1_000),
        }
    }

    fn told(living: &[Node], marks: &[&str]) -> Report {
        let marks: Vec<String> = marks.iter().map(|mark| (*mark).to_owned()).collect();
        let mut report = Report::default();
        judge(living, &marks, &mut report);
        report
    }

    #[test]
    fn equal_nodes_are_counted_and_nothing_else_is_said() {
        let report = told(&[node("10.0.0.1:80", &["k1:aa"]), node("10.0.0.2:80", &["k1:aa"])], &["k1:aa"]);
        let text = report.to_string();
        assert!(text.contains("在运行的节点 2 个") && text.contains("10.0.0.2:80（版本 1.2.3）"), "{text}");
        assert!(report.is_healthy() && !text.contains("[提示]"), "{text}");
    }

    #[test]
    fn versions_and_clocks_that_differ_are_told() {
        let at = |address: &str| node(address, &["k1:aa"]);
        let (one, mut fast, mut slow, mut silent) =
            (at("10.0.0.1:80"), at("10.0.0.2:80"), at("10.0.0.3:80"), at("10.0.0.4:80"));
        fast.version = "1.3.0".to_owned();
        fast.clock_ahead_ms = Some(90_000);
        slow.clock_ahead_ms = Some(-3_600_000);
        silent.silent_ms = 150_000;
        let text = told(&[one, fast, slow, silent], &["k1:aa"]).to_string();
        assert!(text.contains("here 10.0.0.2:80 是 1.3.0"), "{text}");
        assert!(text.contains("节点 here 10.0.0.2:80 的时钟比数据库快 90 秒"), "{text}");
        assert!(text.contains("节点 here 10.0.0.3:80 的时钟比数据库慢 3600 秒"), "{text}");
        assert!(!text.contains("节点 here 10.0.0.3:80 已有"), "a slow clock is no silence: {text}");
        assert!(text.contains("节点 here 10.0.0.4:80 已有 150 秒没有消息：停了或卡住了\n"), "{text}");
        assert!(!text.contains("节点 here 10.0.0.1:80"), "{text}");
    }

    #[test]
    fn of_an_older_node_it_is_told_what_its_own_clock_lets_one_know() {
        let older = |silent_ms: i64| Node { silent_ms, clock_ahead_ms: None, ..node("10.0.0.1:80", &["k1:aa"]) };
        let text = told(&[older(-90_000)], &["k1:aa"]).to_string();
        assert!(text.contains("节点 here 10.0.0.1:80 的时钟比数据库快 90 秒"), "{text}");
        let text = told(&[older(150_000)], &["k1:aa"]).to_string();
        assert!(text.contains("已有 150 秒没有消息：停了或卡住了，或时钟慢"), "{text}");
        assert!(!text.contains("的时钟比数据库"), "{text}");
        assert!(!told(&[older(20_000)], &["k1:aa"]).to_string().contains("[提示]"));
    }

    #[test]
    fn a_node_without_the_key_that_another_seals_with_is_wrong_and_half_a_change_is_a_note() {
        let (old, both, new) = (["k1:aa"], ["k1:aa", "k2:bb"], ["k2:bb", "k1:aa"]);
        let wrong = told(&[node("10.0.0.1:80", &old), node("10.0.0.2:80", &new)], &new);
        let text = wrong.to_string();
        assert!(!wrong.is_healthy() && text.contains("发现 1 个问题"), "{text}");
        assert!(text.contains("节点 here 10.0.0.1:80 没有别的节点用来加密的密钥 k2"), "{text}");

        let too_soon = told(&[node("10.0.0.1:80", &old), node("10.0.0.2:80", &both)], &new);
        let text = too_soon.to_string();
        assert!(
            !too_soon.is_healthy() && text.contains("最前面的密钥 k2，这些在运行的节点还没有：here 10.0.0.1:80\n"),
            "{text}"
        );

        let half = told(&[node("10.0.0.1:80", &old), node("10.0.0.2:80", &both)], &both);
        let text = half.to_string();
        assert!(half.is_healthy() && text.contains("here 10.0.0.2:80 有 k1、k2"), "{text}");
    }
}

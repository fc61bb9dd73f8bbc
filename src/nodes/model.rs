//! What is known of a node, and who cannot open what another one seals.

/// A process that serves, as it made itself known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Of this process alone: after a restart it is another one.
    pub id: String,
    /// Name of its machine or container.
    pub host: String,
    /// Where it listens.
    pub address: String,
    /// Version of the program.
    pub version: String,
    /// Marks of its keys of personal fields, the one that seals first ([`foundation::sealed::FieldKeys::marks`]).
    pub key_marks: Vec<String>,
    /// Whether it works on jobs.
    pub works_on_jobs: bool,
    /// When it began, epoch milliseconds by its own clock.
    pub started_at: i64,
    /// How long it has not been heard of, by the database's clock. Of an older node, which writes by its own clock, it is
    /// wrong by as much as that clock; where that is ahead, it is negative.
    pub silent_ms: i64,
    /// How far its clock was ahead of the database's when it was last heard of; behind it, negative. An older node
    /// does not tell.
    pub clock_ahead_ms: Option<i64>,
}

impl Node {
    /// For people: which machine, and which process there.
    pub fn title(&self) -> String {
        format!("{} {}", self.host, self.address).trim().to_owned()
    }

    /// Whether it opens what the key with this mark has sealed.
    pub fn opens(&self, mark: &str) -> bool {
        self.key_marks.iter().any(|known| known == mark)
    }

    /// Whether it seals with the key that has this mark.
    pub fn seals_with(&self, mark: &str) -> bool {
        self.key_marks.first().is_some_and(|first| first == mark)
    }
}

/// Name of the key with this mark, as it stands in `secrets.keys`.
pub fn name_of_key(mark: &str) -> &str {
    mark.split_once(':').map_or(mark, |(name, _)| name)
}

/// Why a node had better not begin beside these, in sentences for the operator: it would not open what one of them seals, or
/// one of them not what it seals. Empty when all is well.
pub fn at_odds(beginning: &Node, living: &[Node]) -> Vec<String> {
    let mut told = Vec::new();
    for other in living {
        let title = other.title();
        if let Some(key) = lacked(beginning, other) {
            told.push(format!(
                "在运行的节点 {title} 用密钥 {key} 加密，这份配置的 secrets.keys 里没有这一把（或同名而不同）：\
                 它写的内容，这里打不开。把 {key} 加进 secrets.keys 再启动"
            ));
        }
        if let Some(key) = lacked(other, beginning) {
            told.push(format!(
                "这份配置用密钥 {key} 加密，在运行的节点 {title} 没有这一把（或同名而不同）：这里写的内容，它打不开。\
                 先把 {key} 放在每个节点 secrets.keys 的最后，逐台重启，全部重启完再移到最前"
            ));
        }
    }
    told
}

/// Name of the key with which `sealing` seals, when `node` does not have it.
fn lacked<'a>(node: &Node, sealing: &'a Node) -> Option<&'a str> {
    sealing.key_marks.first().map(String::as_str).filter(|mark| !node.opens(mark)).map(name_of_key)
}

/// Nodes that do not open what another one seals, each with the mark of the first such key.
pub fn lacking_keys(nodes: &[Node]) -> Vec<(&Node, &str)> {
    let lacks = |node: &Node| {
        let sealing = nodes.iter().filter_map(|other| other.key_marks.first());
        sealing.map(String::as_str).find(|mark| !node.opens(mark))
    };
    nodes.iter().filter_map(|node| Some((node, lacks(node)?))).collect()
}

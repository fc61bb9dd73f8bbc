//! The cache over a master that sentinels watch and over a cluster, with real servers. Runs where the services of the tests
//! are (`scripts/with_services.sh`), because only there Redis is installed.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use foundation::cache::{Cache, RedisCache};
use foundation::ids::new_id_text;
use foundation::scratch::REDIS_VARIABLE;

const MINUTE: Duration = Duration::from_secs(60);
/// Servers of one machine agree within a few seconds; this is for the slowest.
const PATIENCE: Duration = Duration::from_secs(60);

struct Servers {
    directory: PathBuf,
    running: Vec<Child>,
}

impl Servers {
    fn new() -> Self {
        let directory = std::env::temp_dir().join(new_id_text("redis"));
        std::fs::create_dir_all(&directory).unwrap();
        Self { directory, running: Vec::new() }
    }

    /// Starts a server with these lines of configuration; returns its place in the list.
    fn start(&mut self, port: u16, lines: &str, arguments: &[&str]) -> usize {
        let own = self.directory.join(port.to_string());
        std::fs::create_dir_all(&own).unwrap();
        let file = own.join("redis.conf");
        let text = format!("port {port}\nbind 127.0.0.1\nsave \"\"\ndir {}\n{lines}\n", own.display());
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new("redis-server");
        let child =
            command.arg(&file).args(arguments).stdout(Stdio::null()).spawn().expect("redis-server is installed");
        self.running.push(child);
        self.running.len() - 1
    }

    fn kill(&mut self, place: usize) {
        self.running[place].kill().unwrap();
        self.running[place].wait().unwrap();
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for child in &mut self.running {
            child.kill().ok();
            child.wait().ok();
        }
        std::fs::remove_dir_all(&self.directory).ok();
    }
}

/// Ports that nobody uses now, with room for the second one that a node of a cluster takes 10,000 above.
fn free_ports(count: usize) -> Vec<u16> {
    let mut held = Vec::new();
    while held.len() < count {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if port < 55_000 && TcpListener::bind(("127.0.0.1", port + 10_000)).is_ok() {
            held.push(listener);
        }
    }
    held.iter().map(|listener| listener.local_addr().unwrap().port()).collect()
}

/// Asks again until it is so: another process decides when.
async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let wait = async {
        let mut pause = tokio::time::interval(Duration::from_millis(100));
        while !is_so().await {
            pause.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the servers agree in time");
}

fn asked(port: u16, arguments: &[&str]) -> String {
    let answer = Command::new("redis-cli").args(["-p", &port.to_string()]).args(arguments).output().unwrap();
    String::from_utf8_lossy(&answer.stdout).into_owned()
}

#[tokio::test]
async fn a_master_that_dies_is_followed_by_the_one_that_sentinels_choose() {
    if std::env::var(REDIS_VARIABLE).is_err() {
        return;
    }
    let [master, replica, sentinel] = free_ports(3)[..] else { unreachable!("three were asked for") };
    let mut servers = Servers::new();
    let place = servers.start(master, "", &[]);
    servers.start(replica, &format!("replicaof 127.0.0.1 {master}"), &[]);
    until(async || asked(replica, &["info", "replication"]).contains("master_link_status:up")).await;
    let watch = format!(
        "sentinel monitor tejian 127.0.0.1 {master} 1\nsentinel down-after-milliseconds tejian 500\n\
         sentinel failover-timeout tejian 2000"
    );
    servers.start(sentinel, &watch, &["--sentinel"]);
    let url = format!("redis+sentinel://127.0.0.1:{sentinel}/tejian");
    let cache = RedisCache::connect(&url, "t:").unwrap();
    until(async || cache.set("key", "value", MINUTE).await.is_ok()).await;
    until(async || asked(replica, &["get", "t:key"]).trim() == "value").await;
    // The sentinel learns of the replica from the master.
    until(async || asked(sentinel, &["sentinel", "replicas", "tejian"]).contains(&replica.to_string())).await;

    servers.kill(place);
    until(async || cache.set("after", "it", MINUTE).await.is_ok()).await;
    assert_eq!(cache.get("key").await.unwrap().as_deref(), Some("value"), "what was replicated is there");
    assert_eq!(asked(replica, &["get", "t:after"]).trim(), "it", "the other server is the master now");
}

#[tokio::test]
async fn a_cluster_keeps_every_key_where_it_belongs() {
    if std::env::var(REDIS_VARIABLE).is_err() {
        return;
    }
    let ports = free_ports(3);
    let mut servers = Servers::new();
    for port in &ports {
        servers.start(*port, "cluster-enabled yes\ncluster-node-timeout 2000", &[]);
    }
    for port in &ports {
        until(async || asked(*port, &["ping"]).contains("PONG")).await;
    }
    let hosts: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    let made = Command::new("redis-cli").args(["--cluster", "create", "--cluster-yes"]).args(&hosts).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
    for port in &ports {
        until(async || asked(*port, &["cluster", "info"]).contains("cluster_state:ok")).await;
    }
    let cache = RedisCache::connect(&format!("redis+cluster://{}", hosts[0]), "t:").unwrap();
    for number in 0..50 {
        let key = format!("key {number}");
        cache.set(&key, &number.to_string(), MINUTE).await.unwrap();
        assert_eq!(cache.get(&key).await.unwrap(), Some(number.to_string()));
        assert_eq!(cache.count_up(&format!("count {number}"), MINUTE).await.unwrap(), 1);
        assert!(!cache.compare_and_set(&key, Some("other"), "new", MINUTE).await.unwrap());
        assert!(cache.compare_and_set(&key, Some(&number.to_string()), "new", MINUTE).await.unwrap());
    }
    let sizes: Vec<String> = ports.iter().map(|port| asked(*port, &["dbsize"])).collect();
    assert!(sizes.iter().all(|size| size.trim() != "0"), "every node holds some: {sizes:?}");
    cache.ping().await.unwrap();
}

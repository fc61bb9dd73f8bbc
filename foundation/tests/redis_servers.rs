//! The cache over a master that sentinels watch and over a cluster, with real servers. Runs where the services of the tests
//! are (`scripts/with_services.sh`), because only there Redis is installed.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use foundation::cache::{Cache, RedisCache, SharedCache};
use foundation::config::{RedisConfig, Secret};
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

    /// As a machine that is gone: connections stay open, nothing answers.
    fn silence(&self, place: usize) {
        let stopped = Command::new("kill").args(["-STOP", &self.running[place].id().to_string()]).status().unwrap();
        assert!(stopped.success());
    }

    /// A master, its replica and their sentinel.
    async fn watched(&mut self) -> Watched {
        let [master, replica, sentinel] = free_ports(3)[..] else { unreachable!("three were asked for") };
        let place = self.start(master, "", &[]);
        self.start(replica, &format!("replicaof 127.0.0.1 {master}"), &[]);
        until(async || asked(replica, &["info", "replication"]).contains("master_link_status:up")).await;
        let watch = format!(
            "sentinel monitor tejian 127.0.0.1 {master} 1\nsentinel down-after-milliseconds tejian 500\n\
             sentinel failover-timeout tejian 2000"
        );
        self.start(sentinel, &watch, &["--sentinel"]);
        // The sentinel learns of the replica from the master.
        until(async || asked(sentinel, &["sentinel", "replicas", "tejian"]).contains(&replica.to_string())).await;
        Watched { place, replica, sentinel }
    }
}

struct Watched {
    /// Of the master.
    place: usize,
    replica: u16,
    sentinel: u16,
}

/// Listens and says nothing, as a machine that has just gone.
fn silent() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// The cache as the application has it: nobody waits long for it.
async fn impatient(url: String) -> SharedCache {
    let config = RedisConfig { url: Secret::new(url), prefix: "t:".to_owned() };
    foundation::cache::connect(&config).await.unwrap()
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
    let mut servers = Servers::new();
    let Watched { place, replica, sentinel } = servers.watched().await;
    let url = format!("redis+sentinel://127.0.0.1:{sentinel}/tejian");
    let cache = RedisCache::connect(&url, "t:").unwrap();
    until(async || cache.set("key", "value", MINUTE).await.is_ok()).await;
    until(async || asked(replica, &["get", "t:key"]).trim() == "value").await;

    servers.kill(place);
    until(async || cache.set("after", "it", MINUTE).await.is_ok()).await;
    assert_eq!(cache.get("key").await.unwrap().as_deref(), Some("value"), "what was replicated is there");
    assert_eq!(asked(replica, &["get", "t:after"]).trim(), "it", "the other server is the master now");
}

#[tokio::test]
async fn a_first_sentinel_and_a_master_that_say_nothing_keep_nobody_from_redis() {
    if std::env::var(REDIS_VARIABLE).is_err() {
        return;
    }
    let mut servers = Servers::new();
    let Watched { place, replica, sentinel } = servers.watched().await;
    let (_listener, nobody) = silent();
    let cache = impatient(format!("redis+sentinel://127.0.0.1:{nobody},127.0.0.1:{sentinel}/tejian")).await;
    let shared = async |key: &str| {
        // In the node's own memory as long as Redis is not found: that is no success, and no error.
        cache.set(key, "value", MINUTE).await.unwrap();
        asked(replica, &["get", &format!("t:{key}")]).trim() == "value"
    };
    until(async || shared("before").await).await;

    servers.silence(place);
    until(async || shared("after").await).await;
    assert_eq!(asked(replica, &["role"]).lines().next(), Some("master"));
}

/// Passes everything on to a server, until those that are connected are told to fall silent: they stay open and hear nothing
/// any more, as behind an address whose machine was replaced. Who connects later is served. Gives its port.
fn passing_on(port: u16, silence: tokio::sync::watch::Receiver<bool>) -> u16 {
    let (listener, own) = silent();
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    tokio::spawn(async move {
        loop {
            let (mut here, _) = listener.accept().await.unwrap();
            let mut silence = silence.clone();
            tokio::spawn(async move {
                let is_of_before = !*silence.borrow();
                let mut there = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut here, &mut there) => return,
                    _ = silence.wait_for(|silent| *silent), if is_of_before => {}
                }
                std::future::pending::<()>().await;
            });
        }
    });
    own
}

#[tokio::test]
async fn a_single_server_that_was_replaced_without_a_word_is_found_again_at_once() {
    if std::env::var(REDIS_VARIABLE).is_err() {
        return;
    }
    let [port] = free_ports(1)[..] else { unreachable!("one was asked for") };
    let mut servers = Servers::new();
    servers.start(port, "", &[]);
    let (silence, silenced) = tokio::sync::watch::channel(false);
    let cache = RedisCache::connect(&format!("redis://127.0.0.1:{}/0", passing_on(port, silenced)), "t:").unwrap();
    until(async || cache.set("key", "value", MINUTE).await.is_ok()).await;

    silence.send(true).unwrap();
    assert!(cache.get("key").await.is_err(), "nobody answers");
    assert_eq!(cache.get("key").await.unwrap().as_deref(), Some("value"), "asked anew over another connection");
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

    // One of those that are named first is gone.
    let (_listener, nobody) = silent();
    let cache = impatient(format!("redis+cluster://127.0.0.1:{nobody},{}", hosts[0])).await;
    let direct = RedisCache::connect(&format!("redis+cluster://{}", hosts[0]), "t:").unwrap();
    until(async || {
        cache.set("late", "value", MINUTE).await.unwrap();
        direct.get("late").await.is_ok_and(|found| found.is_some())
    })
    .await;
}

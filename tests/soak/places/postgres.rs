//! PostgreSQL with a standby that has every commit before it is answered for (synchronous replication), behind one address
//! that leads to whichever of them is the primary.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::disk::Disk;
use super::link::{Link, Mood};
use super::programs::{free_address, is_root, run, signal};

const DISK_MIB: u32 = 1_536;
const DATABASE: &str = "tejian";
/// How long the standby may take to have everything, and a server to come back.
const PATIENCE: Duration = Duration::from_secs(90);
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
max_connections = 100
shared_buffers = 128MB
max_wal_size = 256MB
wal_keep_size = 256MB
hot_standby = on
synchronous_commit = on
dynamic_shared_memory_type = mmap
";

/// Both servers.
pub struct Postgres {
    /// What nodes use.
    pub link: Link,
    place: Place,
    servers: Mutex<Servers>,
}

struct Servers {
    primary: Server,
    standby: Option<Server>,
    made: u32,
}

/// One server.
struct Server {
    data: PathBuf,
    address: SocketAddr,
    disk: Option<Disk>,
}

/// Where servers live and who runs them.
struct Place {
    programs: PathBuf,
    directory: PathBuf,
    owner: Option<String>,
}

impl Postgres {
    /// Makes a primary with an empty database and its standby below `directory`.
    pub async fn start(directory: &Path) -> anyhow::Result<Self> {
        let place = Place::find(directory).await?;
        let primary = place.room(0).await?;
        place.run("initdb", &["-U", "tejian", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"], &primary).await?;
        let path = primary.data.join("postgresql.conf");
        let settings = format!(
            "{}{SETTINGS}unix_socket_directories = '{}'\n",
            fs::read_to_string(&path)?,
            place.directory.display(),
        );
        fs::write(&path, settings)?;
        place.begin(&primary).await?;
        place.ask(&primary, &format!("CREATE DATABASE {DATABASE}")).await?;
        let link = Link::to(primary.address).await?;
        let servers = Servers { primary, standby: None, made: 1 };
        let postgres = Self { link, place, servers: Mutex::new(servers) };
        let mut servers = postgres.servers.lock().await;
        postgres.make_standby(&mut servers).await?;
        drop(servers);
        Ok(postgres)
    }

    /// For `database.url`.
    pub fn url(&self) -> String {
        format!("postgres://tejian@{}/{DATABASE}", self.link.address)
    }

    /// The primary is restarted without a checkpoint, as after a crash (`pg_ctl restart -m immediate`).
    pub async fn restart(&self) -> anyhow::Result<()> {
        let servers = self.servers.lock().await;
        self.place.control(&servers.primary, &["restart", "-m", "immediate"]).await?;
        self.in_step(&servers).await
    }

    /// The primary dies for good, the standby takes its place, and a new standby is made.
    pub async fn fail_over(&self) -> anyhow::Result<()> {
        let mut servers = self.servers.lock().await;
        self.in_step(&servers).await?;
        let next = servers.standby.take().context("there is a standby")?;
        kill_at_once(&servers.primary)?;
        self.link.set(Mood::Refused);
        self.place.control(&next, &["promote"]).await?;
        self.link.lead_to(next.address);
        self.link.set(Mood::Fine);
        servers.primary = next;
        self.make_standby(&mut servers).await
    }

    /// The primary stands still for a while and then goes on: nothing is closed, nothing is answered.
    pub async fn freeze(&self, pause: Duration) -> anyhow::Result<()> {
        let servers = self.servers.lock().await;
        let processes = processes_of(&servers.primary)?;
        signal("STOP", &processes)?;
        tokio::time::sleep(pause).await;
        signal("CONT", &processes)?;
        self.in_step(&servers).await
    }

    /// The machine of the primary is gone without a word: nothing is closed and nothing is answered. After a while the standby
    /// takes its place; whoever was connected is not told.
    pub async fn vanish(&self, pause: Duration) -> anyhow::Result<()> {
        let mut servers = self.servers.lock().await;
        self.in_step(&servers).await?;
        let next = servers.standby.take().context("there is a standby")?;
        self.link.fall_silent();
        signal("STOP", &processes_of(&servers.primary)?)?;
        tokio::time::sleep(pause).await;
        // Whoever promotes makes sure first that the other one never comes back.
        kill_at_once(&servers.primary)?;
        self.place.control(&next, &["promote"]).await?;
        self.link.lead_new_to(next.address);
        servers.primary = next;
        self.make_standby(&mut servers).await
    }

    /// The standby dies: no commit is answered until somebody says that there is none any more. Later there is a new one.
    pub async fn lose_standby(&self, pause: Duration) -> anyhow::Result<()> {
        let mut servers = self.servers.lock().await;
        let standby = servers.standby.take().context("there is a standby")?;
        kill_at_once(&standby)?;
        tokio::time::sleep(pause).await;
        self.place.ask(&servers.primary, "ALTER SYSTEM RESET synchronous_standby_names").await?;
        self.place.ask(&servers.primary, "SELECT pg_reload_conf()").await?;
        drop(standby);
        self.make_standby(&mut servers).await
    }

    /// The disk of the primary is full for a while; false where no disk could be made.
    pub async fn fill_disk(&self, pause: Duration) -> anyhow::Result<bool> {
        let servers = self.servers.lock().await;
        let Some(disk) = &servers.primary.disk else { return Ok(false) };
        disk.fill().await?;
        tokio::time::sleep(pause).await;
        disk.free()?;
        // A server that could not write its log has stopped: the operator makes room and starts it again.
        if self.place.control(&servers.primary, &["status"]).await.is_err() {
            self.place.begin(&servers.primary).await?;
        }
        self.in_step(&servers).await?;
        Ok(true)
    }

    async fn make_standby(&self, servers: &mut MutexGuard<'_, Servers>) -> anyhow::Result<()> {
        let standby = self.place.room(servers.made).await?;
        servers.made += 1;
        let port = servers.primary.address.port().to_string();
        self.place
            .run(
                "pg_basebackup",
                &["-h", "127.0.0.1", "-p", &port, "-U", "tejian", "-R", "-X", "stream", "-c", "fast"],
                &standby,
            )
            .await?;
        self.place.begin(&standby).await?;
        servers.standby = Some(standby);
        self.place.ask(&servers.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'").await?;
        self.place.ask(&servers.primary, "SELECT pg_reload_conf()").await?;
        self.in_step(servers).await
    }

    /// Waits until every commit waits for the standby, and the standby has everything that was committed before.
    async fn in_step(&self, servers: &Servers) -> anyhow::Result<()> {
        const FOLLOWS: &str = "FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'";
        self.until_one(servers, &format!("SELECT count(*) {FOLLOWS}")).await?;
        let written = self.place.ask(&servers.primary, "SELECT pg_current_wal_flush_lsn()").await?;
        self.until_one(servers, &format!("SELECT count(*) {FOLLOWS} AND flush_lsn >= '{}'", written.trim())).await
    }

    async fn until_one(&self, servers: &Servers, question: &str) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        // Right after a restart nobody is answered yet.
        while !self.place.ask(&servers.primary, question).await.is_ok_and(|count| count.trim() == "1") {
            anyhow::ensure!(Instant::now() < until, "the standby does not follow");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let servers = self.servers.get_mut();
        if let Ok(processes) = processes_of(&servers.primary) {
            // It may stand still, and could not be stopped then.
            let _gone = signal("CONT", &processes);
        }
        for server in servers.standby.iter().chain([&servers.primary]) {
            // It may be dead already.
            let _dead = self.place.command("pg_ctl", &["stop", "-s", "-m", "immediate"], server).status();
        }
        (servers.primary.disk, servers.standby) = (None, None);
        if let Err(error) = fs::remove_dir_all(&self.place.directory) {
            eprintln!("soak: {} was left behind: {error}", self.place.directory.display());
        }
    }
}

/// `kill -9` of everything that belongs to it.
fn kill_at_once(server: &Server) -> anyhow::Result<()> {
    signal("KILL", &processes_of(server)?)
}

/// The process that holds the others, and then those.
fn processes_of(server: &Server) -> anyhow::Result<Vec<u32>> {
    let text = fs::read_to_string(server.data.join("postmaster.pid"))?;
    let first: u32 = text.lines().next().context("a process id")?.trim().parse()?;
    let others = fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap_or_default();
    Ok([first].into_iter().chain(others.split_whitespace().filter_map(|process| process.parse().ok())).collect())
}

impl Place {
    async fn find(directory: &Path) -> anyhow::Result<Self> {
        let mut look = Command::new("sh");
        look.args(["-c", "readlink -f \"$(command -v initdb || ls /usr/lib/postgresql/*/bin/initdb | tail -1)\""]);
        let initdb = PathBuf::from(run(look).await?.trim());
        let programs = initdb.parent().context("PostgreSQL is not installed")?.to_owned();
        fs::create_dir_all(directory)?;
        // PostgreSQL refuses to run as root.
        let owner = if is_root() {
            let known = fs::read_to_string("/etc/passwd")?.lines().any(|line| line.starts_with("postgres:"));
            Some(if known { "postgres" } else { "nobody" }.to_owned())
        } else {
            None
        };
        let place = Self { programs, directory: directory.to_owned(), owner };
        place.give_away(directory).await?;
        Ok(place)
    }

    async fn give_away(&self, directory: &Path) -> anyhow::Result<()> {
        if let Some(owner) = &self.owner {
            let mut give = Command::new("chown");
            give.arg(owner).arg(directory);
            run(give).await?;
        }
        Ok(())
    }

    /// A place for one more server, on a disk of its own if possible.
    async fn room(&self, number: u32) -> anyhow::Result<Server> {
        let room = self.directory.join(format!("server-{number}"));
        let disk = Disk::mount(&room, DISK_MIB).await?;
        self.give_away(&room).await?;
        Ok(Server { data: room.join("data"), address: free_address()?, disk })
    }

    fn command(&self, program: &str, arguments: &[&str], server: &Server) -> Command {
        let program = self.programs.join(program);
        let mut command = match &self.owner {
            Some(owner) => {
                let mut command = Command::new("runuser");
                command.args(["-u", owner, "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(arguments).arg("-D").arg(&server.data).current_dir("/");
        command
    }

    async fn run(&self, program: &str, arguments: &[&str], server: &Server) -> anyhow::Result<()> {
        run(self.command(program, arguments, server)).await.map(|_| ())
    }

    /// `pg_ctl`, waiting until it is done. Its log stands beside the data.
    async fn control(&self, server: &Server, what: &[&str]) -> anyhow::Result<()> {
        let log = self.directory.join(format!("{}.log", server.address.port())).display().to_string();
        let port = format!("-p {}", server.address.port());
        let mut arguments = what.to_vec();
        arguments.extend(["-s", "-w", "-t", "90"]);
        if matches!(what[0], "start" | "restart") {
            arguments.extend(["-l", &log, "-o", &port]);
        }
        self.run("pg_ctl", &arguments, server).await
    }

    async fn begin(&self, server: &Server) -> anyhow::Result<()> {
        self.control(server, &["start"]).await
    }

    async fn ask(&self, server: &Server, question: &str) -> anyhow::Result<String> {
        let mut ask = Command::new(self.programs.join("psql"));
        let port = server.address.port().to_string();
        ask.args(["-h", "127.0.0.1", "-p", &port, "-U", "tejian", "-d", "postgres", "-XAtc", question]);
        run(ask).await
    }
}

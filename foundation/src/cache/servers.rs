//! Where Redis is: one server, a master that sentinels watch, or a cluster. One connection to it for everybody, made when
//! it is first needed and again after it was lost.

use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{ConnectionLike, MultiplexedConnection};
use ::redis::cluster::ClusterClient;
use ::redis::cluster_async::ClusterConnection;
use ::redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use ::redis::{
    AsyncConnectionConfig, Cmd, ConnectionAddr, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult,
    ServerErrorKind, TlsMode, Value,
};
use anyhow::Context;
use percent_encoding::percent_decode_str;
use tokio::sync::Mutex;

use super::kept::Kept;

/// Sentinels listen here unless they are told otherwise.
const SENTINEL_PORT: u16 = 26_379;
const REDIS_PORT: u16 = 6_379;
/// Longer than Redis ever takes, and shorter than anybody waits for the cache: a server that has gone silent is noticed
/// by whoever asks it, before he gives up.
const SILENCE: Duration = Duration::from_millis(400);

/// Servers that are one Redis.
pub(super) enum Servers {
    One { client: Box<::redis::Client>, connection: Kept<MultiplexedConnection> },
    Watched(Watched),
    Cluster { client: Box<ClusterClient>, connection: Kept<ClusterConnection> },
}

/// A master that changes: who it is, sentinels say.
pub(super) struct Watched {
    client: Arc<Mutex<SentinelClient>>,
    master: Kept<MultiplexedConnection>,
}

/// A connection to whichever server it takes, with its number: there may be a newer one.
pub(super) enum Connection {
    Server(u64, MultiplexedConnection),
    Cluster(u64, ClusterConnection),
}

impl Servers {
    /// `redis://[user:password@]host[:port][/db]`, `redis+sentinel://[user:password@]host[:port],…/master[/db]`, or
    /// `redis+cluster://[user:password@]host[:port],…`; with `rediss` instead of `redis` over TLS.
    ///
    /// # Errors
    /// When the address is none.
    pub(super) fn at(url: &str) -> anyhow::Result<Self> {
        let place = Place::parse(url).context("redis.url 写法不对")?;
        match place.kind {
            Kind::One => Ok(Self::One {
                client: Box::new(::redis::Client::open(url).context("redis.url 写法不对")?),
                connection: Kept::nothing(),
            }),
            Kind::Sentinel => Ok(Self::Watched(Watched {
                client: Arc::new(Mutex::new(place.sentinel_client().context("redis.url 写法不对")?)),
                master: Kept::nothing(),
            })),
            Kind::Cluster => Ok(Self::Cluster {
                client: Box::new(place.cluster_client().context("redis.url 写法不对")?),
                connection: Kept::nothing(),
            }),
        }
    }

    pub(super) async fn connection(&self) -> RedisResult<Connection> {
        match self {
            Self::One { client, connection } => {
                let client = client.clone();
                let connect = || async move { client.get_multiplexed_async_connection_with_config(&impatient()).await };
                connection.get(connect).await.map(|(number, found)| Connection::Server(number, found))
            }
            Self::Watched(watched) => {
                let client = watched.client.clone();
                let connect = || async move { master_of(&mut *client.lock().await).await };
                watched.master.get(connect).await.map(|(number, found)| Connection::Server(number, found))
            }
            Self::Cluster { client, connection } => {
                let client = client.clone();
                let connect = || async move { client.get_async_connection().await };
                connection.get(connect).await.map(|(number, found)| Connection::Cluster(number, found))
            }
        }
    }

    /// Sentinels are asked anew after an answer that a master would not give; a connection that gave none is left for a new
    /// one, because a machine that is gone closes nothing: the system would wait for it for a quarter of an hour. Of
    /// everything else a connection to a cluster hears by itself.
    pub(super) fn doubt(&self, asked: &Connection, error: &RedisError) {
        let demoted = error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly);
        let lost = error.is_io_error() || error.is_connection_dropped() || error.is_timeout();
        match (self, asked) {
            (Self::One { connection, .. }, Connection::Server(number, _)) if lost => connection.forget(*number),
            (Self::Watched(watched), Connection::Server(number, _)) if demoted || lost => {
                watched.master.forget(*number);
            }
            (Self::Cluster { connection, .. }, Connection::Cluster(number, _)) if error.is_timeout() => {
                connection.forget(*number);
            }
            _ => {}
        }
    }
}

async fn master_of(client: &mut SentinelClient) -> RedisResult<MultiplexedConnection> {
    client.get_async_connection_with_config(&impatient()).await
}

fn impatient() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_response_timeout(Some(SILENCE))
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(_, connection) => connection.req_packed_command(command),
            Self::Cluster(_, connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(_, connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(_, connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(_, connection) => connection.get_db(),
            Self::Cluster(_, connection) => connection.get_db(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    One,
    Sentinel,
    Cluster,
}

/// What an address says.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    kind: Kind,
    tls: bool,
    user: Option<String>,
    password: Option<String>,
    hosts: Vec<(String, u16)>,
    /// Name of the master that sentinels watch.
    master: String,
    db: i64,
}

impl Place {
    fn parse(url: &str) -> anyhow::Result<Self> {
        let (scheme, rest) = url.split_once("://").context("no scheme")?;
        let (scheme, kind) = match scheme.split_once('+') {
            None => (scheme, Kind::One),
            Some((scheme, "sentinel")) => (scheme, Kind::Sentinel),
            Some((scheme, "cluster")) => (scheme, Kind::Cluster),
            Some((_, other)) => anyhow::bail!("{other} is neither sentinel nor cluster"),
        };
        let tls = match scheme {
            "redis" | "redis-unix" | "unix" => false,
            "rediss" => true,
            other => anyhow::bail!("{other} is neither redis nor rediss"),
        };
        let (who, rest) = rest.rsplit_once('@').map_or((None, rest), |(who, rest)| (Some(who), rest));
        let (user, password) = match who.map(|who| who.split_once(':').unwrap_or(("", who))) {
            Some((user, password)) => (decoded(user)?, decoded(password)?),
            None => (None, None),
        };
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let port = if kind == Kind::Sentinel { SENTINEL_PORT } else { REDIS_PORT };
        let hosts = hosts.split(',').map(|host| host_and_port(host, port)).collect::<anyhow::Result<Vec<_>>>();
        let mut place = Self { kind, tls, user, password, hosts: Vec::new(), master: String::new(), db: 0 };
        if kind == Kind::One {
            // The library reads it whole, sockets and options included.
            return Ok(place);
        }
        place.hosts = hosts?;
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        if kind == Kind::Sentinel {
            place.master = parts.next().context("the name of the master is missing")?.to_owned();
            place.db = parts.next().map_or(Ok(0), str::parse).context("the database is a number")?;
        }
        anyhow::ensure!(parts.next().is_none(), "more than expected after the hosts");
        Ok(place)
    }

    fn sentinel_client(&self) -> anyhow::Result<SentinelClient> {
        let addresses = self.hosts.iter().map(|(host, port)| match self.tls {
            true => ConnectionAddr::TcpTls { host: host.clone(), port: *port, insecure: false, tls_params: None },
            false => ConnectionAddr::Tcp(host.clone(), *port),
        });
        let mut builder = SentinelClientBuilder::new(addresses, &self.master, SentinelServerType::Master)?
            .set_client_to_redis_db(self.db);
        if self.tls {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        }
        if let Some(user) = &self.user {
            builder = builder.set_client_to_redis_username(user).set_client_to_sentinel_username(user);
        }
        if let Some(password) = &self.password {
            builder = builder.set_client_to_redis_password(password).set_client_to_sentinel_password(password);
        }
        Ok(builder.build()?)
    }

    fn cluster_client(&self) -> anyhow::Result<ClusterClient> {
        let scheme = if self.tls { "rediss" } else { "redis" };
        let mut builder =
            ClusterClient::builder(self.hosts.iter().map(|(host, port)| format!("{scheme}://{host}:{port}")))
                .response_timeout(SILENCE);
        if let Some(user) = &self.user {
            builder = builder.username(user);
        }
        if let Some(password) = &self.password {
            builder = builder.password(password);
        }
        Ok(builder.build()?)
    }
}

/// Nothing for an empty text.
fn decoded(text: &str) -> anyhow::Result<Option<String>> {
    let text = percent_decode_str(text).decode_utf8()?.into_owned();
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn host_and_port(text: &str, default: u16) -> anyhow::Result<(String, u16)> {
    anyhow::ensure!(!text.is_empty(), "a host is missing");
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() => Ok((host.to_owned(), port.parse().context("a port is a number")?)),
        _ => Ok((text.to_owned(), default)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_server_sentinels_or_a_cluster() {
        assert_eq!(Place::parse("redis://127.0.0.1:6379/0").unwrap().kind, Kind::One);
        let watched = Place::parse("redis+sentinel://:p%40ss@a:1,b/tejian/3").unwrap();
        assert_eq!(watched.hosts, [("a".to_owned(), 1), ("b".to_owned(), SENTINEL_PORT)]);
        assert_eq!((watched.master.as_str(), watched.db, watched.tls), ("tejian", 3, false));
        assert_eq!((watched.user, watched.password.as_deref()), (None, Some("p@ss")));
        let cluster = Place::parse("rediss+cluster://tejian:secret@a:7000,b:7001").unwrap();
        assert_eq!((cluster.kind, cluster.tls, cluster.hosts.len()), (Kind::Cluster, true, 2));
        for odd in
            ["a:1", "http://a", "redis+magic://a", "redis+sentinel://a:1", "redis+cluster://a:x", "redis+cluster://a/0"]
        {
            assert!(Place::parse(odd).is_err(), "{odd}");
        }
    }
}

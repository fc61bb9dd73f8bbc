//! `tejian ready`: asks the node on this machine for its `/readyz`, for those who watch over containers. Small and quick:
//! no database is opened, and settings that it does not need are not judged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use foundation::config::Config;

use super::output::say_line;

/// Longer than a node waits for the slowest of its parts.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Says whether the node that listens on `http.listen` can serve.
pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let address = reachable(&config.http.listen);
    // Nobody stands between this machine and itself.
    let client = reqwest::Client::builder().timeout(ANSWER_WITHIN).no_proxy().build()?;
    let answer = client.get(format!("http://{address}/readyz")).send().await;
    let answer = answer.with_context(|| format!("{address}（http.listen）没有节点回答"))?;
    let status = answer.status();
    let parts = answer.text().await.unwrap_or_default();
    ensure!(status.is_success(), "节点还不能办理（{}）：{parts}", status.as_u16());
    say_line("节点可以办理");
    Ok(ExitCode::SUCCESS)
}

/// Whoever listens on every address is asked on the one that never leaves the machine.
pub(super) fn reachable(listen: &str) -> String {
    let own = |address: SocketAddr| match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::from((Ipv4Addr::LOCALHOST, address.port())),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::from((Ipv6Addr::LOCALHOST, address.port())),
        _ => address,
    };
    listen.parse::<SocketAddr>().map_or_else(|_| listen.to_owned(), |address| own(address).to_string())
}

#[cfg(test)]
mod tests {
    use super::reachable;

    #[test]
    fn a_node_that_listens_everywhere_is_asked_on_its_own_machine() {
        for (listen, asked) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("10.0.0.7:8081", "10.0.0.7:8081"),
            ("localhost:8080", "localhost:8080"),
        ] {
            assert_eq!(reachable(listen), asked);
        }
    }
}

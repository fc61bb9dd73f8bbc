//! The simulator alone, for clients in other languages: prints one line of JSON with its addresses
//! and the path of its identities, then serves until it is ended.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use simulator::{AppAddresses, Delivery, Identities, NoticeTarget, Options, Simulator};
use tokio::net::TcpListener;

/// WeChat's servers on the wire, and a phone to hold in the browser.
#[derive(Parser)]
#[command(name = "simulator", version)]
struct Arguments {
    /// Address of all WeChat hosts, the phone page and the control calls.
    #[arg(long, default_value = "127.0.0.1:8700")]
    listen: SocketAddr,
    /// Address of the WeChat browser; without it there is none.
    #[arg(long)]
    browser_listen: Option<SocketAddr>,
    /// Folder of the identities; made when missing.
    #[arg(long, default_value = "simulator-identities")]
    identities: PathBuf,
    /// File that keeps the state across restarts.
    #[arg(long)]
    state: Option<PathBuf>,
    /// Deliver notices only on `POST /_sim/deliver`.
    #[arg(long)]
    manual: bool,
    /// Send notices to any address, not only to this machine.
    #[arg(long)]
    anywhere: bool,
    /// Base address of the application's pages, for the WeChat browser.
    #[arg(long, default_value = "")]
    web_base_url: String,
    /// Server URL of the service account.
    #[arg(long, default_value = "")]
    mp_push_url: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let identities = Identities::load_or_generate(&arguments.identities)
        .with_context(|| format!("cannot use the identities in {}", arguments.identities.display()))?;
    let listener = bind(arguments.listen).await?;
    let browser = match arguments.browser_listen {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    let delivery = if arguments.manual { Delivery::Manual } else { Delivery::Automatic };
    let mut options = Options::new(identities, delivery);
    options.state_file = arguments.state;
    if arguments.anywhere {
        options.notice_target = NoticeTarget::Anywhere;
    }
    options.app = AppAddresses {
        mp_push_url: arguments.mp_push_url,
        mini_push_url: String::new(),
        web_base_url: arguments.web_base_url,
    };
    let simulator = Simulator::start(listener, browser, options).await;
    let printed = serde_json::json!({
        "base_url": simulator.base_url(),
        "browser_url": simulator.browser_url(),
        "identities": arguments.identities.join("identities.json"),
    });
    println!("{printed}");
    tokio::signal::ctrl_c().await.context("cannot wait for the end signal")
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

//! One address before all nodes, as a load balancer gives: a connection goes to any node that is well, and to another one if
//! none is.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// Between two looks at a node.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A node that does not answer within this is not well.
const LOOK_PATIENCE: Duration = Duration::from_secs(3);
const LOOK: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: balancer\r\nconnection: close\r\n\r\n";

/// The balancer; it runs until the runtime ends.
#[derive(Clone)]
pub struct Balancer {
    /// Where it listens.
    pub address: SocketAddr,
    nodes: Arc<Mutex<Vec<Node>>>,
}

#[derive(Clone)]
struct Node {
    address: SocketAddr,
    is_well: bool,
}

impl Balancer {
    /// Starts on a free port before these nodes.
    pub async fn start(nodes: Vec<SocketAddr>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let balancer = Self { address: listener.local_addr()?, nodes: Arc::default() };
        balancer.lead_to(nodes);
        let at_work = balancer.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(at_work.clone().carry(connection));
            }
        });
        tokio::spawn(balancer.clone().look_after());
        Ok(balancer)
    }

    /// Other nodes from now on.
    pub fn lead_to(&self, nodes: Vec<SocketAddr>) {
        let nodes = nodes.into_iter().map(|address| Node { address, is_well: true });
        *self.nodes.lock().unwrap_or_else(PoisonError::into_inner) = nodes.collect();
    }

    /// Where it listens, for `service.public_base_url`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn nodes(&self) -> Vec<Node> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn look_after(self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            for Node { address, .. } in self.nodes() {
                let is_well = matches!(tokio::time::timeout(LOOK_PATIENCE, is_well(address)).await, Ok(Ok(true)));
                let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
                for node in nodes.iter_mut().filter(|node| node.address == address) {
                    node.is_well = is_well;
                }
            }
        }
    }

    async fn carry(self, mut from: TcpStream) {
        let mut nodes = self.nodes();
        let first = rand::rng().random_range(0..nodes.len().max(1));
        nodes.rotate_left(first);
        nodes.sort_by_key(|node| !node.is_well);
        for node in nodes {
            if let Ok(mut to) = TcpStream::connect(node.address).await {
                // A node that dies cuts the connection: the caller sees what he would see in the field.
                let _cut = copy_bidirectional(&mut from, &mut to).await;
                return;
            }
        }
    }
}

async fn is_well(address: SocketAddr) -> std::io::Result<bool> {
    let mut node = TcpStream::connect(address).await?;
    node.write_all(LOOK).await?;
    let mut answer = [0; 12];
    node.read_exact(&mut answer).await?;
    Ok(&answer == b"HTTP/1.1 200")
}

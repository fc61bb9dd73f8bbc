//! One address before all nodes, as a load balancer gives: a connection goes to any node that answers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rand::Rng;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

/// The balancer; it runs until the runtime ends.
#[derive(Clone)]
pub struct Balancer {
    /// Where it listens.
    pub address: SocketAddr,
    nodes: Arc<Mutex<Vec<SocketAddr>>>,
}

impl Balancer {
    /// Starts on a free port before these nodes.
    pub async fn start(nodes: Vec<SocketAddr>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let balancer = Self { address: listener.local_addr()?, nodes: Arc::new(Mutex::new(nodes)) };
        let at_work = balancer.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(at_work.clone().carry(connection));
            }
        });
        Ok(balancer)
    }

    /// Other nodes from now on.
    pub fn lead_to(&self, nodes: Vec<SocketAddr>) {
        *self.nodes.lock().unwrap_or_else(PoisonError::into_inner) = nodes;
    }

    /// Where it listens, for `service.public_base_url`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn carry(self, mut from: TcpStream) {
        let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let first = rand::rng().random_range(0..nodes.len().max(1));
        for node in nodes.iter().cycle().skip(first).take(nodes.len()) {
            if let Ok(mut to) = TcpStream::connect(node).await {
                // A node that dies cuts the connection: the caller sees what he would see in the field.
                let _cut = copy_bidirectional(&mut from, &mut to).await;
                return;
            }
        }
    }
}

//! Most of what people do is to look.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::Method;
use tokio::time::Instant;

use super::customers::Customer;
use super::http::Door;

const PAGES: [&str; 5] = [
    "/api/v1/fees?limit=20",
    "/api/v1/orders?limit=20",
    "/api/v1/reports?limit=20",
    "/api/v1/messages?limit=20",
    "/api/v1/home",
];

/// How many of a unit look around beside the one who pays: nobody waits for a page that another is still waiting for, as it
/// is with people.
const COLLEAGUES: u32 = 5;

/// Somebody of a unit who looks at its lists.
pub struct Visitor {
    door: Door,
    token: String,
    random: StdRng,
    pause: Duration,
}

impl Visitor {
    /// All colleagues of this customer, who together look at a page every `pause`.
    pub fn all_of(customer: &mut Customer, pause: Duration) -> Vec<Self> {
        let colleague = |_| Self {
            door: customer.door.clone(),
            token: customer.token.clone(),
            random: StdRng::from_rng(&mut customer.random),
            pause: pause * COLLEAGUES,
        };
        (0..COLLEAGUES).map(colleague).collect()
    }

    /// One page after another until the load is over.
    pub async fn browse(mut self, over: Arc<AtomicBool>) -> anyhow::Result<()> {
        while !over.load(Ordering::SeqCst) {
            let next = Instant::now() + self.pause.mul_f64(self.random.random_range(0.5..1.5));
            let page = PAGES[self.random.random_range(0..PAGES.len())];
            // Who gets no answer goes on to something else.
            let answer = self.door.ask(|door| door.request(Method::GET, page).bearer_auth(&self.token)).await?;
            if let Some(answer) = answer {
                anyhow::ensure!(answer.status != reqwest::StatusCode::NOT_FOUND, "{page} is not there");
            }
            tokio::time::sleep_until(next).await;
        }
        Ok(())
    }
}

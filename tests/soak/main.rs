//! Faults under load: `make soak`. Customers order and pay, officers claim transfers, take cash and give money back, WeChat
//! misbehaves in every way it can, and the nodes are killed (`kill -9`) again and again. Then time passes, nobody helps, and
//! the books must be right: every fen at the channel is in the books, every rule of the money holds, every day reconciles.
//!
//! `TEJIAN_SOAK_SECONDS` (600), `TEJIAN_SOAK_CUSTOMERS` (12) and `TEJIAN_SOAK_SEED` set its size. On SQLite one node runs;
//! when `TEJIAN_TEST_POSTGRES` names a server, two nodes share it and Redis behind a balancer.

mod afterwards;
mod balancer;
mod core_system;
mod customers;
mod errands;
mod http;
#[path = "../journeys/random_money/rules.rs"]
mod money_rules;
mod nodes;
mod officers;
mod stage;
mod tally;
mod weather;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::task::JoinSet;

use stage::Stage;

/// Between two kills, milliseconds.
const KILL_INTERVAL_MS: std::ops::Range<u64> = 1_000..12_000;

#[tokio::main]
async fn main() -> ExitCode {
    match soak().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("soak: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

async fn soak() -> anyhow::Result<()> {
    let duration = Duration::from_secs(number("TEJIAN_SOAK_SECONDS", 600));
    let customers = number("TEJIAN_SOAK_CUSTOMERS", 12);
    let seed = number("TEJIAN_SOAK_SEED", rand::rng().random_range(0..1_000_000));
    let stage = Arc::new(Stage::open(customers).await?);
    println!("soak: {} for {} s, {customers} customers, TEJIAN_SOAK_SEED={seed}", stage.name(), duration.as_secs());

    let over = Arc::new(AtomicBool::new(false));
    let mut people = JoinSet::new();
    for number in 0..customers {
        people.spawn(customers::live(stage.clone(), number, StdRng::seed_from_u64(seed + number), over.clone()));
    }
    for work in officers::all(&stage, seed, &over).await? {
        people.spawn(work);
    }
    people.spawn(weather::change(stage.clone(), StdRng::seed_from_u64(seed ^ 0xFA17), over.clone()));
    let killed = kill_nodes(&stage, StdRng::seed_from_u64(seed ^ 0x0DEA), duration).await;
    over.store(true, Ordering::SeqCst);
    while let Some(ended) = people.join_next().await {
        ended??;
    }
    killed?;

    println!("soak: the load is over, time passes");
    let verdict = afterwards::judge(&stage).await;
    stage.tally.print();
    verdict?;
    println!("soak: nothing lost, nothing twice, zero differences");
    Ok(())
}

async fn kill_nodes(stage: &Stage, mut random: StdRng, duration: Duration) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut told = Instant::now();
    while began.elapsed() < duration {
        tokio::time::sleep(Duration::from_millis(random.random_range(KILL_INTERVAL_MS))).await;
        let victim = random.random_range(0..stage.nodes.len());
        // Sometimes it dies while it is still starting.
        let again = random.random_bool(0.2);
        stage.nodes.kill(victim).await?;
        stage.tally.count("nodes killed");
        if again {
            stage.nodes.start(victim).await?;
            stage.nodes.kill(victim).await?;
            stage.tally.count("nodes killed while starting");
        }
        stage.nodes.start(victim).await?;
        if told.elapsed() > Duration::from_secs(15) {
            told = Instant::now();
            println!("soak: {} s, {}", began.elapsed().as_secs(), stage.tally.line());
        }
    }
    Ok(())
}

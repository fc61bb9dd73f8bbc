//! Faults under load: `make soak`. Customers order, pay in every way, fetch their papers and look around; officers claim
//! transfers, compare slips, take cash and give money back. Meanwhile everything that the installation stands on fails in turn:
//! nodes, database, disk, Redis, file store, network, clocks, and WeChat in every way it can; crowds come that are larger than
//! what the nodes take at once. Then time passes, nobody helps, and the books must be right: every payment, refund and receipt
//! of the other side is in the books and the other way round, every rule of the money holds, every day reconciles, everything
//! that was answered for is there, and nothing is left half done.
//!
//! `TEJIAN_SOAK_SECONDS` (600) and `TEJIAN_SOAK_SEED` set its length and its chance; `TEJIAN_SOAK_CUSTOMERS` (12),
//! `TEJIAN_SOAK_ORDERS_PER_MINUTE` (120) and `TEJIAN_SOAK_VIEWS_PER_SECOND` (60) the load that is aimed at. One node on SQLite
//! and one disk; with `TEJIAN_SOAK_CLUSTER=1` two nodes on PostgreSQL with a standby, Redis and an S3 server, all started
//! here.

mod afterwards;
mod books;
mod faults;
mod ground;
#[path = "../journeys/random_money/rules.rs"]
mod money_rules;
mod places;
mod sides;
mod stage;
mod tally;
mod work;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::future::try_join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinError, JoinSet};

use stage::Stage;
use tally::Group;
use work::customers::{self, Pace};
use work::{Work, officers};

/// A city's peak hour of its peak day is 300 orders and 15 page views a second; ten times that is what a node must carry.
const PEAK_ORDERS_PER_MINUTE: f64 = 50.0;
const PEAK_VIEWS_PER_SECOND: f64 = 150.0;
/// How long it may take until everybody has finished what was begun.
const PATIENCE: Duration = Duration::from_secs(900);
const TOLD_EVERY: Duration = Duration::from_secs(15);
/// What a node may take, also while a crowd of people pushes.
const MEMORY_MIB_MAX: u64 = 1_024;

#[tokio::main]
async fn main() -> ExitCode {
    let ended = tokio::select! {
        ended = soak() => ended,
        stopped = told_to_stop() => stopped,
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("soak: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Servers and disks are put away even then.
async fn told_to_stop() -> anyhow::Result<()> {
    let (mut terminated, mut interrupted) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    anyhow::bail!("stopped")
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

async fn soak() -> anyhow::Result<()> {
    let duration = Duration::from_secs(number("TEJIAN_SOAK_SECONDS", 600));
    let customers = number("TEJIAN_SOAK_CUSTOMERS", 12).max(1);
    let orders_per_minute = number("TEJIAN_SOAK_ORDERS_PER_MINUTE", 120).max(1) as f64;
    let views_per_second = number("TEJIAN_SOAK_VIEWS_PER_SECOND", 60).max(1) as f64;
    let seed = number("TEJIAN_SOAK_SEED", rand::rng().random_range(0..1_000_000));
    let stage = Arc::new(Stage::open(customers).await?);
    println!("soak: {} for {} s, {customers} customers, TEJIAN_SOAK_SEED={seed}", stage.name(), duration.as_secs());

    let pace = Pace {
        between_errands: Duration::from_secs_f64(60.0 * customers as f64 / orders_per_minute),
        between_views: Duration::from_secs_f64(customers as f64 / views_per_second),
    };
    let [no_faults, no_customers, no_officers] = [(); 3].map(|()| Arc::new(AtomicBool::new(false)));
    let enter = (0..customers).map(|number| {
        let random = StdRng::seed_from_u64(seed + number);
        customers::come(&stage, number, random, pace, &no_customers)
    });
    let mut visiting = group(try_join_all(enter).await?.into_iter().flatten());
    let mut serving = group(officers::all(&stage, seed, &no_officers).await?);
    let (began, answers) = (Instant::now(), stage.answers());
    let mut memory_mib = 0;
    let mut failing = group(faults::all(&stage, seed, duration, &no_faults));
    loop {
        tokio::select! {
            () = tokio::time::sleep(TOLD_EVERY.min(duration.saturating_sub(began.elapsed()))) => {}
            ended = visiting.join_next() => early(ended)?,
            ended = serving.join_next() => early(ended)?,
            ended = failing.join_next() => early(ended)?,
        }
        memory_mib = memory_mib.max(stage.nodes.memory_kib() / 1_024);
        println!("soak: {} s, {}", began.elapsed().as_secs(), stage.tally.line());
        if began.elapsed() >= duration {
            break;
        }
    }
    // First the faults end, then the customers, then those who finish what is left.
    for (what, over, people) in [
        ("the faults", no_faults, &mut failing),
        ("the customers", no_customers, &mut visiting),
        ("the officers", no_officers, &mut serving),
    ] {
        over.store(true, Ordering::SeqCst);
        let told = Instant::now();
        while let Some(ended) = finished(people).await {
            match ended {
                Some(ended) => ended??,
                None => println!("soak: {what} finish what they began, {}", stage.tally.line()),
            }
            anyhow::ensure!(told.elapsed() < PATIENCE, "{what} do not come to an end");
        }
    }
    let load = told_load(&stage, began.elapsed(), stage.answers() - answers);

    println!("soak: the load is over, time passes");
    let verdict = afterwards::judge(&stage).await;
    println!("soak: {}, {} s, TEJIAN_SOAK_SEED={seed}", stage.name(), duration.as_secs());
    stage.tally.print();
    println!("  {load}");
    println!("  memory of a node: at most {memory_mib} MiB seen");
    verdict?;
    anyhow::ensure!(memory_mib <= MEMORY_MIB_MAX, "a node took {memory_mib} MiB");
    println!("soak: {} faults, nothing lost, nothing twice, zero differences", stage.tally.sum(Group::Injected));
    Ok(())
}

/// The next one of these who ends; nothing inside it when nobody did for a while, nothing at all when all have.
async fn finished(people: &mut JoinSet<anyhow::Result<()>>) -> Option<Option<Result<anyhow::Result<()>, JoinError>>> {
    match tokio::time::timeout(TOLD_EVERY, people.join_next()).await {
        Ok(ended) => ended.map(Some),
        Err(_) => Some(None),
    }
}

fn group(works: impl IntoIterator<Item = Work>) -> JoinSet<anyhow::Result<()>> {
    let mut group = JoinSet::new();
    for work in works {
        group.spawn(work);
    }
    group
}

/// Nobody leaves before it is over, except with an error.
fn early(ended: Option<Result<anyhow::Result<()>, JoinError>>) -> anyhow::Result<()> {
    ended.context("somebody works")???;
    anyhow::bail!("somebody left early")
}

fn told_load(stage: &Stage, elapsed: Duration, answers: u64) -> String {
    let orders = stage.tally.of(Group::Done, "orders made") as f64 / elapsed.as_secs_f64() * 60.0;
    let answers = answers as f64 / elapsed.as_secs_f64();
    format!(
        "load: {orders:.0} orders a minute ({:.1} times a city's peak hour), {answers:.0} answers a second ({:.1} times)",
        orders / PEAK_ORDERS_PER_MINUTE * 10.0,
        answers / PEAK_VIEWS_PER_SECOND * 10.0,
    )
}

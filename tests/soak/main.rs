//! Faults under load: `make soak`. Customers order, pay in every way, fetch their papers and look around; officers claim
//! transfers, compare slips, take cash and give money back. Meanwhile everything that the installation stands on fails in turn:
//! nodes, database, disk, Redis, file store, network, clocks, and WeChat in every way it can; crowds come that are larger than
//! what the nodes take at once. Then time passes, nobody helps, and the books must be right: every payment, refund and receipt
//! of the other side is in the books and the other way round, every rule of the money holds, every day reconciles, everything
//! that was answered for is there, and nothing is left half done.
//!
//! `TEJIAN_SOAK_SECONDS` (600) and `TEJIAN_SOAK_SEED` set its length and its chance; `TEJIAN_SOAK_CUSTOMERS` (12),
//! `TEJIAN_SOAK_ORDERS_PER_MINUTE` (120) and `TEJIAN_SOAK_VIEWS_PER_SECOND` (300) the load that is aimed at. What is wanted is
//! ten times the busiest hour of a city's peak day (`load.rs`); what came of it stands in the report, and in the verdict. One
//! node on SQLite and one disk; with `TEJIAN_SOAK_CLUSTER=1` two nodes on PostgreSQL with a standby, Redis and an S3 server,
//! all started here.

mod afterwards;
mod books;
mod faults;
mod ground;
mod load;
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

use load::{Aim, Counted, Load};
use stage::Stage;
use tally::Group;
use work::{Work, customers, officers};

/// How long it may take until everybody has finished what was begun.
const PATIENCE: Duration = Duration::from_secs(900);
const TOLD_EVERY: Duration = Duration::from_secs(15);
/// What a node may take at most, also while a crowd of people pushes, MiB: 250 is the goal for what is delivered. A debug
/// build gets three times that: its unoptimised futures are several times as large, and the touched pages of a program that
/// is itself some hundred MiB count as its memory.
const MEMORY_MIB_MAX: u64 = if cfg!(debug_assertions) { 750 } else { 250 };

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
    let aim = Aim::from_environment();
    let seed = number("TEJIAN_SOAK_SEED", rand::rng().random_range(0..1_000_000));
    let stage = Arc::new(Stage::open(aim.customers).await?);
    let (name, seconds, customers) = (stage.name(), duration.as_secs(), aim.customers);
    println!("soak: {name} for {seconds} s, {customers} customers, TEJIAN_SOAK_SEED={seed}");

    let [no_faults, no_customers, no_officers] = [(); 3].map(|()| Arc::new(AtomicBool::new(false)));
    let enter = (0..customers).map(|number| {
        let random = StdRng::seed_from_u64(seed + number);
        customers::come(&stage, number, random, aim.pace(), &no_customers)
    });
    let mut visiting = group(try_join_all(enter).await?.into_iter().flatten());
    let mut serving = group(officers::all(&stage, seed, &no_officers).await?);
    let (began, before) = (Instant::now(), Counted::now(&stage));
    let mut failing = group(faults::all(&stage, seed, duration, &no_faults));
    loop {
        tokio::select! {
            () = tokio::time::sleep(TOLD_EVERY.min(duration.saturating_sub(began.elapsed()))) => {}
            ended = visiting.join_next() => early(ended)?,
            ended = serving.join_next() => early(ended)?,
            ended = failing.join_next() => early(ended)?,
        }
        stage.nodes.note_memory();
        println!("soak: {} s, {}", began.elapsed().as_secs(), stage.tally.line());
        if began.elapsed() >= duration {
            break;
        }
    }
    // Before anybody is told to stop.
    let load = Load::since(before, &stage, began.elapsed(), aim);
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

    println!("soak: the load is over, time passes");
    let verdict = afterwards::judge(&stage).await;
    println!("soak: {name}, {seconds} s, TEJIAN_SOAK_SEED={seed}");
    stage.tally.print();
    load.print();
    let memory_mib = stage.nodes.memory_peak_kib() / 1_024;
    println!("  memory of a node: at most {memory_mib} MiB, of {MEMORY_MIB_MAX} allowed");
    verdict?;
    anyhow::ensure!(memory_mib <= MEMORY_MIB_MAX, "a node took {memory_mib} MiB");
    let faults = stage.tally.sum(Group::Injected);
    println!("soak: {faults} faults, nothing lost, nothing twice, zero differences: {}", load.verdict());
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

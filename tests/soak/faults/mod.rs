//! What is done to the installation while people work: every fault in turn, in an order of chance, again and again.

mod clock;
mod database;
mod disk;
mod files;
mod network;
mod nodes;
mod overload;
mod redis;
mod switches;
mod wechat;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use crate::stage::Stage;
use crate::work::Work;

pub use switches::NOBODYS_ORDER;

/// Between two faults of the same kind of driver, milliseconds.
const PAUSE_MS: std::ops::Range<u64> = 300..2_500;
/// The same before one that takes more than a minute: it shall not be the ordinary state of things.
const LONG_PAUSE_MS: std::ops::Range<u64> = 20_000..60_000;
/// How long a fault may last until all is well again.
const PATIENCE: Duration = Duration::from_secs(300);
/// Faults that take minutes have no place in a shorter soak.
const LONG: Duration = Duration::from_secs(240);

/// A fault of machines, disks, lines and clocks; it is over when its injection returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    NodeKilled,
    NodeKilledWhileStarting,
    NodeStopped,
    NodeFrozen,
    NodeFrozenBeyondLease,
    Overload,
    DatabaseRestarted,
    DatabaseFailedOver,
    DatabaseFrozen,
    DatabaseVanished,
    DatabaseWithoutStandby,
    DatabaseCut,
    DatabaseSlow,
    DatabaseDiskFull,
    DiskFull,
    RedisFlushed,
    RedisRestarted,
    RedisGone,
    RedisFrozen,
    StoreOutOfOrder,
    StoreBusy,
    StoreSlow,
    StoreCut,
    StoreGone,
    WechatSlow,
    WechatCut,
    WechatRefused,
    ClockAhead,
    ClockBehind,
    ClockFarOff,
}

const EVERYWHERE: &[Fault] = &[
    Fault::NodeKilled,
    Fault::NodeKilledWhileStarting,
    Fault::NodeStopped,
    Fault::NodeFrozen,
    Fault::Overload,
    Fault::WechatSlow,
    Fault::WechatCut,
    Fault::WechatRefused,
    Fault::ClockAhead,
    Fault::ClockBehind,
    Fault::ClockFarOff,
];
const OF_CLUSTERS: &[Fault] = &[
    Fault::DatabaseRestarted,
    Fault::DatabaseFailedOver,
    Fault::DatabaseFrozen,
    Fault::DatabaseVanished,
    Fault::DatabaseWithoutStandby,
    Fault::DatabaseCut,
    Fault::DatabaseSlow,
    Fault::DatabaseDiskFull,
    Fault::RedisFlushed,
    Fault::RedisRestarted,
    Fault::RedisGone,
    Fault::RedisFrozen,
    Fault::StoreOutOfOrder,
    Fault::StoreBusy,
    Fault::StoreSlow,
    Fault::StoreCut,
    Fault::StoreGone,
];
const OF_SMALL_ONES: &[Fault] = &[Fault::DiskFull];
const OF_LONG_CLUSTERS: &[Fault] = &[Fault::NodeFrozenBeyondLease];

impl Fault {
    fn name(self) -> &'static str {
        match self {
            Self::NodeKilled => "node killed (kill -9)",
            Self::NodeKilledWhileStarting => "node killed while starting",
            Self::NodeStopped => "node stopped and started by the operator",
            Self::NodeFrozen => "node frozen for seconds (SIGSTOP)",
            Self::NodeFrozenBeyondLease => "node frozen for more than a minute, its jobs done by others",
            Self::Overload => "more people than there are places (burst)",
            Self::DatabaseFrozen => "PostgreSQL frozen for seconds (SIGSTOP)",
            Self::DatabaseVanished => "PostgreSQL primary gone without a word, standby promoted",
            Self::DatabaseWithoutStandby => "PostgreSQL standby dead, commits wait until it is taken out",
            Self::DatabaseCut => "connections to PostgreSQL cut",
            Self::DatabaseSlow => "PostgreSQL slow",
            Self::DatabaseRestarted => "PostgreSQL restarted (immediate)",
            Self::DatabaseFailedOver => "PostgreSQL primary dead, standby promoted",
            Self::DatabaseDiskFull => "disk of PostgreSQL full",
            Self::DiskFull => "disk of database and files full",
            Self::RedisFlushed => "Redis emptied (FLUSHALL)",
            Self::RedisRestarted => "Redis killed and restarted",
            Self::RedisGone => "Redis gone for a while",
            Self::RedisFrozen => "Redis frozen for seconds (SIGSTOP)",
            Self::StoreOutOfOrder => "S3 answers 500",
            Self::StoreBusy => "S3 answers 503",
            Self::StoreSlow => "S3 slow",
            Self::StoreCut => "S3 answers cut off",
            Self::StoreGone => "S3 refuses connections",
            Self::WechatSlow => "network to WeChat slow",
            Self::WechatCut => "answers of WeChat cut off",
            Self::WechatRefused => "network to WeChat gone",
            Self::ClockAhead => "clock of a node minutes ahead",
            Self::ClockBehind => "clock of a node minutes behind",
            Self::ClockFarOff => "clock of a node beyond what signatures allow",
        }
    }

    /// Does it and ends it; false where it cannot be done on this machine.
    async fn inject(self, stage: &Stage, random: &mut StdRng) -> anyhow::Result<bool> {
        match self {
            Self::NodeKilled => nodes::kill(stage, random).await,
            Self::NodeKilledWhileStarting => nodes::kill_while_starting(stage, random).await,
            Self::NodeStopped => nodes::stop(stage, random).await,
            Self::NodeFrozen => nodes::freeze(stage, 2_000..8_000, random).await,
            Self::NodeFrozenBeyondLease => nodes::freeze(stage, 62_000..75_000, random).await,
            Self::Overload => overload::burst(stage, random).await,
            Self::DatabaseFrozen => database::freeze(stage, random).await,
            Self::DatabaseVanished => database::vanish(stage, random).await,
            Self::DatabaseWithoutStandby => database::lose_standby(stage, random).await,
            Self::DatabaseCut => database::cut(stage).await,
            Self::DatabaseSlow => database::slow(stage, random).await,
            Self::DatabaseRestarted => database::restart(stage).await,
            Self::DatabaseFailedOver => database::fail_over(stage).await,
            Self::DatabaseDiskFull => database::fill_disk(stage, random).await,
            Self::DiskFull => disk::fill(stage, random).await,
            Self::RedisFlushed => redis::flush(stage).await,
            Self::RedisRestarted => redis::restart(stage, Duration::ZERO).await,
            Self::RedisGone => redis::restart(stage, Duration::from_millis(random.random_range(3_000..8_000))).await,
            Self::RedisFrozen => redis::freeze(stage, Duration::from_millis(random.random_range(2_000..8_000))).await,
            Self::StoreOutOfOrder => files::answer(stage, 500, random).await,
            Self::StoreBusy => files::answer(stage, 503, random).await,
            Self::StoreSlow => files::slow(stage, random).await,
            Self::StoreCut => files::cut(stage, random).await,
            Self::StoreGone => files::gone(stage, random).await,
            Self::WechatSlow => network::slow(stage, random).await,
            Self::WechatCut => network::cut(stage, random).await,
            Self::WechatRefused => network::gone(stage, random).await,
            Self::ClockAhead => clock::jump(stage, 60..240, random).await,
            Self::ClockBehind => clock::jump(stage, -240..-60, random).await,
            Self::ClockFarOff => clock::jump(stage, 600..1_800, random).await,
        }
    }
}

/// Everything that injects faults until `over`; each of them ends with everything well again.
pub fn all(stage: &Arc<Stage>, seed: u64, duration: Duration, over: &Arc<AtomicBool>) -> Vec<Work> {
    let is_cluster = stage.ground.nodes() > 1;
    let of_ground = if is_cluster { OF_CLUSTERS } else { OF_SMALL_ONES };
    let random = |salt: u64| StdRng::seed_from_u64(seed ^ salt);
    let mut all: Vec<Work> = vec![
        Box::pin(drive(stage.clone(), EVERYWHERE, PAUSE_MS, random(0xA11), over.clone())),
        Box::pin(drive(stage.clone(), of_ground, PAUSE_MS, random(0x0D15), over.clone())),
        Box::pin(wechat::change(stage.clone(), random(0xFA17), duration, over.clone())),
    ];
    if is_cluster && duration >= LONG {
        all.push(Box::pin(drive(stage.clone(), OF_LONG_CLUSTERS, LONG_PAUSE_MS, random(0x1EA5E), over.clone())));
    }
    all
}

/// Each of these in turn, and all of them at least once.
async fn drive(
    stage: Arc<Stage>,
    faults: &'static [Fault],
    pause_ms: std::ops::Range<u64>,
    mut random: StdRng,
    over: Arc<AtomicBool>,
) -> anyhow::Result<()> {
    let mut faults = faults.to_vec();
    let mut first_round = true;
    while !over.load(Ordering::SeqCst) {
        faults.shuffle(&mut random);
        for fault in &faults {
            if over.load(Ordering::SeqCst) && !first_round {
                break;
            }
            last(pause_ms.clone(), &mut random).await;
            let injected = tokio::time::timeout(PATIENCE, fault.inject(&stage, &mut random)).await;
            let injected = injected.map_err(anyhow::Error::from).flatten().with_context(|| fault.name())?;
            if injected {
                stage.tally.injected(fault.name());
            } else if first_round {
                println!("soak: not possible on this machine: {}", fault.name());
            }
        }
        first_round = false;
    }
    Ok(())
}

/// For so long, milliseconds.
async fn last(span_ms: std::ops::Range<u64>, random: &mut StdRng) {
    tokio::time::sleep(Duration::from_millis(random.random_range(span_ms))).await;
}

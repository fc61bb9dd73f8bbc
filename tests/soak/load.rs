//! How much is asked of the installation, how much of it was reached, and what a verdict after it is worth.

use std::time::Duration;

use crate::stage::Stage;
use crate::tally::Group;
use crate::work::customers::Pace;

/// A city's peak day (the end of a month, the day before holidays) has 1,200 orders and 200,000 page views; a quarter of
/// the orders come in its busiest hour: 300, and 15 page views a second. A soak wants ten times that all the time.
const WANTED: Rates = Rates { orders_per_minute: 50.0, views_per_second: 150.0 };
/// More than wanted is aimed at: what cannot be begun while something is broken is not made up for, and every way to pay shall
/// have its share.
const ORDERS_PER_MINUTE: u64 = 120;
const VIEWS_PER_SECOND: u64 = 300;
const CUSTOMERS: u64 = 12;
/// Below this share of what is wanted a soak has proved what it did, and nothing about a peak.
const FLOOR_PERCENT: f64 = 50.0;

/// What comes in a time. Whatever was answered counts as a view: who pays and who works looks, too.
#[derive(Debug, Clone, Copy)]
struct Rates {
    orders_per_minute: f64,
    views_per_second: f64,
}

/// What is aimed at.
#[derive(Debug, Clone, Copy)]
pub struct Aim {
    /// How many customers there are, each with colleagues who look around.
    pub customers: u64,
    rates: Rates,
}

impl Aim {
    /// As the environment says.
    pub fn from_environment() -> Self {
        let number = |name, default| crate::number(name, default).max(1);
        let rates = Rates {
            orders_per_minute: number("TEJIAN_SOAK_ORDERS_PER_MINUTE", ORDERS_PER_MINUTE) as f64,
            views_per_second: number("TEJIAN_SOAK_VIEWS_PER_SECOND", VIEWS_PER_SECOND) as f64,
        };
        Self { customers: number("TEJIAN_SOAK_CUSTOMERS", CUSTOMERS), rates }
    }

    /// How busy each customer is.
    pub fn pace(&self) -> Pace {
        let customers = self.customers as f64;
        Pace {
            between_errands: Duration::from_secs_f64(60.0 * customers / self.rates.orders_per_minute),
            between_views: Duration::from_secs_f64(customers / self.rates.views_per_second),
        }
    }
}

/// What had come by a moment.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    orders: u64,
    views: u64,
}

impl Counted {
    /// By now.
    pub fn now(stage: &Stage) -> Self {
        Self { orders: stage.tally.of(Group::Done, "orders made"), views: stage.served() }
    }
}

/// What was aimed at and what came.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    aim: Aim,
    reached: Rates,
}

impl Load {
    /// What came since `before`, in `span`.
    pub fn since(before: Counted, stage: &Stage, span: Duration, aim: Aim) -> Self {
        let now = Counted::now(stage);
        let seconds = span.as_secs_f64().max(1.0);
        let reached = Rates {
            orders_per_minute: (now.orders - before.orders) as f64 / seconds * 60.0,
            views_per_second: (now.views - before.views) as f64 / seconds,
        };
        Self { aim, reached }
    }

    /// Of what is wanted, the smaller of both shares.
    fn percent(&self) -> f64 {
        let orders = self.reached.orders_per_minute / WANTED.orders_per_minute;
        let views = self.reached.views_per_second / WANTED.views_per_second;
        orders.min(views) * 100.0
    }

    /// A line each, for the report.
    pub fn print(&self) {
        for (what, rates) in
            [("wanted, ten times a city's peak hour", WANTED), ("aimed at", self.aim.rates), ("reached", self.reached)]
        {
            let Rates { orders_per_minute, views_per_second } = rates;
            println!("  load {what}: {orders_per_minute:.0} orders a minute, {views_per_second:.0} answers a second");
        }
    }

    /// Right at the end, and after how much.
    pub fn verdict(&self) -> String {
        let percent = self.percent();
        if percent < FLOOR_PERCENT {
            return format!("right, under {percent:.0} % of the load wanted: no proof for a peak");
        }
        format!("right, under {:.0} % of the load wanted", percent.min(100.0))
    }
}

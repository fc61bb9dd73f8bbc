//! Telling other systems (the institute's core system first): events after the Standard Webhooks convention, and the same
//! events to be fetched by one that was down.
//!
//! Rules: an event is written as a job row in the transaction of the change itself; from there it gets a place in the feed,
//! in the order in which events became known, and one delivery per endpoint that wants its type. A delivery is sent with
//! the id of its event, the time, and a signature over both and the body; it is repeated with growing pauses for three
//! days, then it is dead until a person replays it. The receiver sees an event at least once, and knows it by its id.
//! Endpoints are https and public unless the configuration allows the private network; an address is looked at when it is
//! written down and again whenever it is called. Secrets rest sealed; for a day after a rotation both sign.

mod deliver;
mod desk;
mod destination;
mod endpoint_routes;
mod endpoints;
mod entity;
mod feed;
mod happened;
mod model;
mod monitor;
mod prune;
mod replay;
mod routes;
mod signature;
mod spread;
mod store;

use std::sync::Arc;

use foundation::jobs::Handlers;

pub use desk::DeadDesk;
pub use endpoints::seal_secrets;
pub use happened::job_for;
pub use model::{DeliveryId, EndpointId, EventId, EventKind};
pub use replay::{ToldAgain, tell_paid_again};
pub use routes::router;
pub use signature::{new_secret, sign};

use crate::app::App;

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(happened::JOB_SPREAD, Arc::new(spread::Spread(app.clone())));
    handlers.add(deliver::JOB_DELIVER, Arc::new(deliver::Deliver(app.clone())));
    handlers.add(prune::JOB_PRUNE, Arc::new(prune::Prune(app.clone())));
}

//! What stands around the nodes: databases, cache, file store, disks and the lines between them, each of which can fail.

pub mod balancer;
pub mod disk;
pub mod link;
pub mod node_clock;
pub mod nodes;
pub mod postgres;
pub mod programs;
pub mod redis;
pub mod store;

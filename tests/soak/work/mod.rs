//! The people and programs that use the installation meanwhile.

pub mod core_system;
pub mod customers;
pub mod errands;
pub mod http;
pub mod officers;
pub mod papers;
mod receipts;
mod refunds;
mod remittances;
mod visitors;

use std::pin::Pin;

/// Somebody's work, until it is over.
pub type Work = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

//! WeChat Pay APIv3 for a direct merchant: orders, queries, refunds, notices, bills and electronic invoices.
//!
//! [`PayClient`] does the talking; everything it relies on is a pure function here: [`authorization`] signs requests,
//! [`verification`] and [`notices`] check what comes back, [`bills`] reads statements, [`check_business`] compares a
//! payment with what was ordered.

pub mod answers;
pub mod authorization;
pub mod bills;
mod business;
mod call;
pub mod certificates;
mod client;
mod config;
mod error;
pub mod fapiao;
mod front_end;
pub mod keyring;
pub mod notices;
mod orders;
mod refunds;
mod statements;
pub mod timestamps;
mod transaction;
pub mod verification;

pub use crate::config::ConfigError;
pub use business::{BusinessMismatch, ExpectedPayment, check_business};
pub use client::PayClient;
pub use config::{ApiV3Key, PayConfig, PublicKeyConfig};
pub use error::{PayError, RawJson, Unknown, UnknownReason};
pub use front_end::PaymentParameters;
pub use notices::{FapiaoNotice, FapiaoNoticeItem, Notice, NoticeError, RefundNotice};
pub use orders::NewOrder;
pub use refunds::{NewRefund, Refund, RefundAmount, RefundStatus};
pub use statements::{Downloaded, FundAccount, TradeBillKind};
pub use transaction::{Payer, TradeState, Transaction, TransactionAmount};

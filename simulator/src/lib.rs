//! WeChat's servers on the wire, and a phone to hold in the browser.
//!
//! One listener speaks for `api.mch.weixin.qq.com` (Pay v3), `api.weixin.qq.com` (service account
//! and mini-program) and `open.weixin.qq.com` (web authorization); their paths do not overlap. It
//! verifies the merchant's signatures, signs and encrypts with WeChat's own keys, keeps state,
//! enforces field limits and quotas, and goes wrong on command ([`faults`]). Two side providers
//! stand in beside it: the fiscal system with receipts ([`fiscal`]) and payment codes
//! ([`fiscal_codes`]), and text messages ([`sms`]); and a mail server that delivers to one mailbox
//! ([`Simulator::open_mailbox`]).
//!
//! [`Simulator::start`] runs it inside a test or a demonstration; `cargo run -p simulator` runs it
//! alone. People act through [`Simulator`]'s methods, or in JSON through [`control`].
//!
//! Nothing here knows the application under test: it is reached by its addresses
//! ([`AppAddresses`]) and by the notify URLs of its own orders.

mod acts;
mod api;
mod browser;
pub mod control;
mod delivery;
mod documents;
pub mod faults;
pub mod fiscal;
pub mod fiscal_codes;
mod identities;
mod instants;
mod keys;
mod mail;
mod ofd;
mod options;
mod pay;
mod people;
mod phone;
mod picture;
mod provider_auth;
mod push;
mod push_json;
mod random;
mod routes;
mod shared;
mod signing;
mod simulator;
pub mod sms;
mod state_file;
mod world;
mod xml;

pub use acts::{Paid, PayView};
pub use delivery::Delivered;
pub use identities::{AppIdentity, Identities, PlatformIdentity};
pub use mail::{Attachment, Mail};
pub use options::{AppAddresses, Delivery, NoticeTarget, Options, TemplateDefinition};
pub use people::{Person, demo_people};
pub use shared::WireLine;
pub use simulator::Simulator;
pub use world::chat::{Chat, ChatEntry, Content, MessageKind, PushedMessage};
pub use world::invoices::{Invoice, InvoiceApplication, InvoiceState};
pub use world::orders::{Order, PayRefused, Payment, Product, TradeState};
pub use world::outbox::{NoticeForm, NoticeState, NoticeTry, QueuedNotice};
pub use world::providers::{NontaxOrder, PaymentCode, Receipt, ReceiptState, SmsMessage};
pub use world::refunds::{Refund, RefundState};

//! The service account (服务号): messages out ([`MpClient`]), messages in ([`server`]), menu, OAuth and JS-SDK.

mod client;
mod config;
pub mod document;
pub mod fields;
pub mod inbound;
pub mod jssdk;
mod media;
pub mod menu;
mod messages;
mod nontax;
mod oauth;
mod qrcode;
pub mod reply;
pub mod server;
mod users;
pub mod xml;

pub use client::MpClient;
pub use config::{MessageMode, MpConfig};
pub use inbound::{Event, Inbound, InboundKind, SubscribeChoice, SubscribeSent};
pub use jssdk::JsSdkConfig;
pub(crate) use messages::{FieldValue, field_values};
pub use messages::{MiniProgramTarget, SubscribeMessage, TemplateMessage};
pub use nontax::{NontaxDetail, NontaxItem, NontaxMade, NontaxOrder, NontaxOrders, NontaxStatus};
pub use oauth::{OauthIdentity, OauthScope};
pub use qrcode::{QrCode, QrScene};
pub use users::UserInfo;

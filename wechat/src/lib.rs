//! Clients and cryptography for WeChat: Pay v3 ([`pay`]), service account ([`mp`]), mini-program ([`mini`]).
//!
//! The crate knows nothing of what is paid for. Base addresses, clock and token store are given by the caller, so
//! that the same code talks to WeChat and to a stand-in. [`crypto`] is pure and serves both sides of a conversation.
//!
//! Money is `i64` fen; a fraction where fen are expected is an error. Instants are `time::OffsetDateTime` or unix
//! seconds, never local time. Errors never contain secrets or URLs (an access token travels in the query).
//!
//! ```no_run
//! # async fn pay(key: String, public_key: String) -> Result<(), Box<dyn std::error::Error>> {
//! use wechat::clock::system_clock;
//! use wechat::pay::{NewOrder, PayClient, PayConfig, PublicKeyConfig};
//!
//! let config = PayConfig {
//!     base_url: "https://api.mch.weixin.qq.com".to_owned(),
//!     suite: wechat::crypto::suite::Suite::International,
//!     mch_id: "1900000001".to_owned(),
//!     merchant_serial: "5E4E526FFCA3971980662E0464F431F2FA2D2ED6".to_owned(),
//!     merchant_private_key_pem: key.into(),
//!     api_v3_key: "32 characters of the console ....".to_owned().into(),
//!     api_v3_key_old: None,
//!     public_key: Some(PublicKeyConfig { id: "PUB_KEY_ID_0119".to_owned(), pem: public_key }),
//!     platform_certificates_pem: vec![],
//!     download_certificates: false,
//!     timeout_ms: 15_000,
//! };
//! let client = PayClient::new(config, system_clock())?;
//! let order = NewOrder {
//!     app_id: "wx0123456789abcdef".to_owned(),
//!     description: "电梯定期检验费".to_owned(),
//!     out_trade_no: "SE20260731000001".to_owned(),
//!     time_expire: None,
//!     attach: None,
//!     notify_url: "https://pay.example.gov.cn/wechat/pay/notify/payment".to_owned(),
//!     amount_fen: 102_000,
//!     support_fapiao: false,
//! };
//! let prepay_id = client.order_jsapi(&order, "openid of the payer").await?;
//! let for_the_page = client.payment_parameters(&order.app_id, &prepay_id);
//! # drop(for_the_page);
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

pub mod api;
pub mod clock;
pub mod config;
pub mod crypto;
mod http;
pub mod mini;
pub mod mp;
pub mod pay;
pub mod random;
pub mod token;
pub mod uscc;

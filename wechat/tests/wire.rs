//! The clients over real connections, against a scripted peer that signs with WeChat's test keys.

#[path = "wire/accounts.rs"]
mod accounts;
#[path = "wire/pay.rs"]
mod pay;
#[path = "wire/peer.rs"]
mod peer;

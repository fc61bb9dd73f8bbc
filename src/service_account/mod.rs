//! From people: the service account's messages, events and menu, and the clients for WeChat's service-account and
//! mini-program servers.

mod clients;

pub use clients::WechatClients;

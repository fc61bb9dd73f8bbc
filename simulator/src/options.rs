//! How a simulator is set up.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use wechat::clock::{UnixClock, system_clock};

use crate::identities::Identities;
use crate::people::{Person, demo_people};

/// Everything a simulator needs to know before it starts.
pub struct Options {
    /// Keys and numbers.
    pub identities: Identities,
    /// Unix seconds.
    pub clock: UnixClock,
    /// When notices and pushes leave.
    pub delivery: Delivery,
    /// Whither notices may be sent.
    pub notice_target: NoticeTarget,
    /// Where the application is; can be changed later with [`crate::Simulator::set_app`].
    pub app: AppAddresses,
    /// The people; the first two hold phone 1 and phone 2.
    pub people: Vec<Person>,
    /// Name of the service account on the phone page.
    pub account_name: String,
    /// Where the phone shows pages of the mini-program: a path of the WeChat browser that the page
    /// is appended to.
    pub mini_program_h5: String,
    /// Message templates of both apps. When empty, every template id is taken.
    pub templates: Vec<TemplateDefinition>,
    /// How long a push or notice may take before it is cut off, milliseconds. WeChat: 5000.
    pub push_timeout_ms: u64,
    /// Keeps the world in this file across restarts.
    pub state_file: Option<PathBuf>,
    /// How others reach it when something stands between; what answers call their own address.
    pub base_url: Option<String>,
}

impl Options {
    /// Options for tests: the fixed identities, the machine's clock, manual delivery.
    #[must_use]
    pub fn for_tests() -> Self {
        Self::new(Identities::fixed(), Delivery::Manual)
    }

    /// Options with defaults for the rest: the machine's clock, loopback targets only, the demo
    /// people, no file.
    #[must_use]
    pub fn new(identities: Identities, delivery: Delivery) -> Self {
        Self {
            identities,
            clock: system_clock(),
            delivery,
            notice_target: NoticeTarget::LoopbackOnly,
            app: AppAddresses::default(),
            people: demo_people(),
            account_name: "特检缴费".into(),
            mini_program_h5: "/h5/#/".into(),
            templates: Vec::new(),
            push_timeout_ms: 5000,
            state_file: None,
            base_url: None,
        }
    }
}

/// When notices and queued pushes leave, refunds settle and documents are issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// By themselves; refunds and documents take about two seconds.
    Automatic,
    /// Only when [`crate::Simulator::deliver_due`] is called; then everything due happens at once.
    Manual,
}

/// Whither signed notices may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeTarget {
    /// 127.0.0.0/8, ::1 and `localhost` only; a try elsewhere fails without a connection.
    LoopbackOnly,
    /// Anywhere: for a stand-alone simulator in a closed test network.
    Anywhere,
}

/// Where the application under test is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppAddresses {
    /// Server URL of the service account, such as `http://127.0.0.1:8080/wechat/mp`. Empty: no
    /// pushes.
    pub mp_push_url: String,
    /// Message push URL of the mini-program. Empty: no pushes.
    pub mini_push_url: String,
    /// What the WeChat browser proxies to, such as `http://127.0.0.1:8080`.
    pub web_base_url: String,
}

/// A message template as the account's console would list it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateDefinition {
    /// Id used when sending.
    pub template_id: String,
    /// Headline of the card.
    pub title: String,
    /// Label and key of each field, such as `("缴费单位", "thing1")`.
    pub fields: Vec<(String, String)>,
}

//! All that the simulated servers remember. Plain data behind one lock: no input or output here,
//! and every instant is a unix second given from outside.

pub(crate) mod apps;
pub(crate) mod chat;
pub(crate) mod invoices;
pub(crate) mod orders;
pub(crate) mod outbox;
pub(crate) mod providers;
pub(crate) mod refunds;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::people::Person;
use apps::AppState;
use chat::{ChatEntry, PushedMessage};
use invoices::InvoiceApplication;
use orders::Order;
use outbox::{QueuedNotice, QueuedPush};
use providers::{NontaxOrder, PaymentCode, Receipt, SmsMessage};
use refunds::Refund;

/// Everything that survives from one request to the next.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct World {
    /// The people, in the order of the phone page's chooser.
    pub people: Vec<Person>,
    /// Service-account openid of who holds phone 1 and phone 2.
    pub holders: [String; 2],
    /// Pay orders by out_trade_no.
    pub orders: BTreeMap<String, Order>,
    /// Refunds by out_refund_no.
    pub refunds: BTreeMap<String, Refund>,
    /// E-invoice applications by fapiao_apply_id.
    pub invoices: BTreeMap<String, InvoiceApplication>,
    /// Where e-invoice notices go, and the switches beside it.
    pub invoice_config: invoices::DevelopmentConfig,
    /// Signed notices to the merchant, sent and unsent.
    pub notices: Vec<QueuedNotice>,
    /// Encrypted pushes that wait, such as TEMPLATESENDJOBFINISH.
    pub pushes: Vec<QueuedPush>,
    /// State of the service account and of the mini-program.
    pub mp: AppState,
    /// State of the mini-program.
    pub mini: AppState,
    /// What stands in the chats of the phones.
    pub chat: Vec<ChatEntry>,
    /// Template, subscription and customer-service messages in the order of arrival.
    pub pushed: Vec<PushedMessage>,
    /// Fiscal receipts by request_no.
    pub receipts: BTreeMap<String, Receipt>,
    /// Payment codes by request_no.
    #[serde(default)]
    pub payment_codes: BTreeMap<String, PaymentCode>,
    /// 非税缴费 orders in the order of arrival.
    #[serde(default)]
    pub nontax_orders: Vec<NontaxOrder>,
    /// Text messages in the order of arrival.
    pub sms: Vec<SmsMessage>,
    /// Platform certificates in use: the last published one signs.
    pub certificates_published: usize,
    /// Whether the merchant's latest request asked for the public key.
    pub merchant_uses_public_key: bool,
    /// Download tokens of bills.
    pub bill_tokens: BTreeMap<String, crate::pay::BillToken>,
    /// Numbers handed out so far: message ids, chat ids.
    pub last_number: u64,
    /// Requests by path, for assertions.
    pub counters: BTreeMap<String, u64>,
}

impl World {
    /// A world with these people and one published certificate.
    pub fn with_people(people: Vec<Person>) -> Self {
        let holder = |index: usize| {
            people.get(index).or(people.first()).map(|person| person.mp_openid.clone()).unwrap_or_default()
        };
        Self { holders: [holder(0), holder(1)], certificates_published: 1, people, ..Self::default() }
    }

    /// The next number; never repeated in this world.
    pub fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Who has this openid (of either app).
    pub fn person(&self, openid: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.has_openid(openid))
    }

    /// The same, made on the spot when nobody has it.
    pub fn person_or_stranger(&mut self, openid: &str) -> &mut Person {
        let index = self.people.iter().position(|person| person.has_openid(openid)).unwrap_or_else(|| {
            self.people.push(Person::stranger(openid));
            self.people.len() - 1
        });
        &mut self.people[index]
    }
}

//! The running simulator: start it, act as a person, look at what happened.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use wechat::crypto::CryptoError;
use wechat::crypto::certificate::Certificate;

use crate::delivery::{self, Delivered};
use crate::faults::Faults;
use crate::keys::Keys;
use crate::mail::{self, Mail};
use crate::options::{AppAddresses, Delivery, Options};
use crate::people::Person;
use crate::routes;
use crate::shared::{Parts, Shared, WireLine};
use crate::state_file;
use crate::world::World;
use crate::world::chat::PushedMessage;
use crate::world::invoices::InvoiceApplication;
use crate::world::orders::Order;
use crate::world::outbox::QueuedNotice;
use crate::world::providers::{NontaxOrder, PaymentCode, Receipt, SmsMessage};
use crate::world::refunds::{Refund, RefundState};

/// How often automatic delivery looks for due work.
const TICK: Duration = Duration::from_millis(200);
/// Establishing a connection to the application.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A handle on the running servers; clones share them. The servers stop with the runtime.
#[derive(Clone)]
pub struct Simulator {
    pub(crate) shared: Arc<Shared>,
}

impl Simulator {
    /// Starts the servers: `listener` speaks for all of WeChat's hosts and carries the phone page
    /// and `/_sim`; `browser_listener` is the WeChat browser, a proxy to the application.
    ///
    /// # Panics
    /// When the identities' keys do not parse or a listener has no address.
    pub async fn start(listener: TcpListener, browser_listener: Option<TcpListener>, options: Options) -> Self {
        let url_of = |listener: &TcpListener| {
            format!("http://{}", listener.local_addr().expect("a bound listener has an address"))
        };
        let world = options
            .state_file
            .as_deref()
            .and_then(state_file::load)
            .unwrap_or_else(|| World::with_people(options.people.clone()));
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(Duration::from_millis(options.push_timeout_ms))
            .build()
            .expect("a plain HTTP client can be made");
        let shared = Arc::new(Shared::new(Parts {
            keys: Keys::parse(&options.identities).expect("identities carry sound keys"),
            identities: options.identities,
            clock: options.clock,
            delivery: options.delivery,
            notice_target: options.notice_target,
            account_name: options.account_name,
            mini_program_h5: options.mini_program_h5,
            templates: options.templates,
            http,
            base_url: options.base_url.unwrap_or_else(|| url_of(&listener)),
            browser_url: browser_listener.as_ref().map(url_of).unwrap_or_default(),
            state_file: options.state_file,
            app: options.app,
            world,
        }));
        tokio::spawn(routes::serve(listener, Arc::clone(&shared)));
        if let Some(listener) = browser_listener {
            tokio::spawn(crate::browser::serve(listener, Arc::clone(&shared)));
        }
        if options.delivery == Delivery::Automatic {
            tokio::spawn(deliver_forever(Arc::clone(&shared)));
        }
        Self { shared }
    }

    /// Takes mails for everybody at `listener`, without encryption and without a password; they are shown at `/mail`.
    pub fn open_mailbox(&self, listener: TcpListener) {
        tokio::spawn(mail::serve(listener, Arc::clone(&self.shared)));
    }

    /// The mails that are kept, newest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.mails.all()
    }

    /// Base address of api.weixin.qq.com, api.mch.weixin.qq.com and open.weixin.qq.com, without a
    /// slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.shared.base_url.clone()
    }

    /// Address of the WeChat browser; empty without one. The application's public base address in
    /// a demonstration.
    #[must_use]
    pub fn browser_url(&self) -> String {
        self.shared.browser_url.clone()
    }

    /// Tells where the application is, as its console would.
    pub fn set_app(&self, app: AppAddresses) {
        self.shared.set_app(app);
    }

    /// The identities in use.
    #[must_use]
    pub fn identities(&self) -> &crate::Identities {
        &self.shared.identities
    }

    /// The fault switches.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Settles and sends what is due now by the clock: refunds, invoices, receipts, notices by
    /// WeChat's retry schedule, queued pushes.
    pub async fn deliver_due(&self) -> Delivered {
        let delivered = delivery::deliver_due(&self.shared).await;
        state_file::save(&self.shared);
        delivered
    }

    /// Publishes the next platform certificate and signs with it from now on. `false` when there
    /// is none left.
    pub fn rotate_platform_certificate(&self) -> bool {
        let available = self.shared.keys.platforms.len();
        self.shared.change(|world| {
            let more = world.certificates_published < available;
            world.certificates_published += usize::from(more);
            more
        })
    }

    /// Accepts a further certificate of the merchant beside the first, as WeChat does while he changes from one to the
    /// other.
    ///
    /// # Errors
    /// When it is no certificate.
    pub fn accept_merchant_certificate(&self, pem: &str) -> Result<(), CryptoError> {
        let certificate = Certificate::from_pem(pem)?;
        self.shared.keys.merchant.write().unwrap_or_else(PoisonError::into_inner).push(certificate);
        Ok(())
    }

    /// 作废: the merchant's certificate with this serial is no longer good. `false` when there is none.
    pub fn revoke_merchant_certificate(&self, serial: &str) -> bool {
        let mut certificates = self.shared.keys.merchant.write().unwrap_or_else(PoisonError::into_inner);
        let before = certificates.len();
        certificates.retain(|known| known.serial() != serial);
        certificates.len() < before
    }

    /// Sets another APIv3 key, as the merchant does in his console: what is sealed from now on is sealed with it.
    pub fn change_api_v3_key(&self, key: &str) {
        key.clone_into(&mut self.shared.keys.api_v3.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Kills all access tokens of both apps, as a competing forced refresh would: 40001 follows.
    pub fn invalidate_tokens(&self) {
        self.shared.change(|world| {
            for app in [&mut world.mp, &mut world.mini] {
                app.plain_tokens.invalidate();
                app.stable_tokens.invalidate();
            }
        });
    }

    /// Moves this side's clock forward by so many seconds. Requests of a client whose clock stays
    /// behind more than five minutes are refused from then on.
    pub fn forward_clock(&self, seconds: i64) {
        self.shared.forward(seconds);
    }

    /// All people.
    #[must_use]
    pub fn people(&self) -> Vec<Person> {
        self.shared.read(|world| world.people.clone())
    }

    /// All pay orders.
    #[must_use]
    pub fn orders(&self) -> Vec<Order> {
        self.shared.read(|world| world.orders.values().cloned().collect())
    }

    /// One pay order by the merchant's number.
    #[must_use]
    pub fn order(&self, out_trade_no: &str) -> Option<Order> {
        self.shared.read(|world| world.orders.get(out_trade_no).cloned())
    }

    /// The paid orders: everything that moved money in.
    #[must_use]
    pub fn transactions(&self) -> Vec<Order> {
        self.orders().into_iter().filter(Order::is_paid).collect()
    }

    /// All refunds.
    #[must_use]
    pub fn refunds(&self) -> Vec<Refund> {
        self.shared.read(|world| world.refunds.values().cloned().collect())
    }

    /// All applications for electronic invoices.
    #[must_use]
    pub fn invoices(&self) -> Vec<InvoiceApplication> {
        self.shared.read(|world| world.invoices.values().cloned().collect())
    }

    /// The merchant has a refund that went wrong, or that WeChat never settles, carried out after all, in WeChat's console;
    /// it arrives with what is due next. `false` when it is neither.
    pub fn carry_out_refund(&self, out_refund_no: &str) -> bool {
        let now = self.shared.now();
        self.shared.change(|world| {
            let refund = world.refunds.get_mut(out_refund_no);
            let Some(refund) = refund.filter(|refund| refund.is_left_to_people()) else { return false };
            refund.state = RefundState::Processing;
            (refund.settles_at, refund.settles_as) = (Some(now), RefundState::Success);
            true
        })
    }

    /// All notices with their tries.
    #[must_use]
    pub fn notices(&self) -> Vec<QueuedNotice> {
        self.shared.read(|world| world.notices.clone())
    }

    /// Messages that reached this openid (of either app of the person), oldest first.
    #[must_use]
    pub fn pushed_messages(&self, openid: &str) -> Vec<PushedMessage> {
        self.shared.read(|world| {
            let same = |message: &&PushedMessage| {
                message.openid == openid
                    || world.person(openid).is_some_and(|person| person.has_openid(&message.openid))
            };
            world.pushed.iter().filter(same).cloned().collect()
        })
    }

    /// How many text messages arrived, whoever they were for.
    #[must_use]
    pub fn sms_count(&self) -> usize {
        self.shared.read(|world| world.sms.len())
    }

    /// Text messages that reached this phone number, oldest first.
    #[must_use]
    pub fn sms(&self, phone: &str) -> Vec<SmsMessage> {
        self.shared.read(|world| world.sms.iter().filter(|message| message.phone == phone).cloned().collect())
    }

    /// All fiscal receipts.
    #[must_use]
    pub fn receipts(&self) -> Vec<Receipt> {
        self.shared.read(|world| world.receipts.values().cloned().collect())
    }

    /// All payment codes.
    #[must_use]
    pub fn payment_codes(&self) -> Vec<PaymentCode> {
        self.shared.read(|world| world.payment_codes.values().cloned().collect())
    }

    /// All orders of 非税缴费, oldest first.
    #[must_use]
    pub fn nontax_orders(&self) -> Vec<NontaxOrder> {
        self.shared.read(|world| world.nontax_orders.clone())
    }

    /// Money with this payment code arrives in the fiscal account. `false` when nobody has the code.
    pub fn pay_code(&self, payment_code: &str, amount_fen: i64) -> bool {
        self.shared.change(|world| {
            let code = world.payment_codes.values_mut().find(|code| code.payment_code == payment_code);
            if let Some(code) = code {
                code.paid_amount_fen = Some(amount_fen);
                return true;
            }
            let order = world.nontax_orders.iter_mut().find(|order| order.payment_notice_no == payment_code);
            order.map(|order| order.paid_fee = Some(amount_fen)).is_some()
        })
    }

    /// The menu as created.
    #[must_use]
    pub fn menu(&self) -> Option<Value> {
        self.shared.read(|world| world.mp.menu.clone())
    }

    /// Requests so far, by path.
    #[must_use]
    pub fn counters(&self) -> std::collections::BTreeMap<String, u64> {
        self.shared.read(|world| world.counters.clone())
    }

    /// The last lines of the wire log, oldest first.
    #[must_use]
    pub fn wire_log(&self) -> Vec<WireLine> {
        self.shared.wire_log()
    }
}

async fn deliver_forever(shared: Arc<Shared>) {
    let mut changes = shared.changes();
    loop {
        delivery::deliver_due(&shared).await;
        if changes.has_changed().unwrap_or(false) {
            changes.mark_unchanged();
            state_file::save(&shared);
        }
        tokio::time::sleep(TICK).await;
    }
}

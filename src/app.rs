//! Wires the process together: what every capability is given, and which handler does which job.

use std::sync::Arc;

use anyhow::Context;
use foundation::cache::SharedCache;
use foundation::calendar::Calendar;
use foundation::clock::SharedClock;
use foundation::config::Config;
use foundation::database::Database;
use foundation::files::FileStore;
use foundation::jobs::{Handlers, Workers};
use foundation::sealed::{self, FieldKeys};
use foundation::signed_token::TokenSigner;
use foundation::vault::Vault;
use tokio::sync::Notify;
use wechat::clock::UnixClock;
use wechat::pay::PayClient;

use crate::accounts::Policy;
use crate::agreements::Agreements;
use crate::console::Finders;
use crate::documents::Typeface;
use crate::exports::Exports;
use crate::mail::MailSender;
use crate::nodes::LastWrites;
use crate::previews::Previews;
use crate::reviews::{ReviewKinds, review_desks};
use crate::sealing::{self, Wanted};
use crate::sms::SmsSender;
use crate::worklist::Desks;
use crate::{
    bank, console, conversations, counter, credit, downloads, exports, fees, fulfilment, imports, invoices, mail,
    messages, parcels, payments, personal_data, phone_change, reconciliation, registrations, remittances, settings,
    sms, staff, transfers, unit_profile, uploads, vouchers, watch, web, webhooks,
};

mod pay_client;

pub use pay_client::{WrongSetting, merchant_certificate, pay_client};

/// What every capability is given; one per process, shared by all requests and jobs.
pub struct App {
    /// The merged configuration.
    pub config: Config,
    /// The only source of time.
    pub clock: SharedClock,
    /// SQLite or PostgreSQL.
    pub database: Database,
    /// Redis or in-process.
    pub cache: SharedCache,
    /// Reports, receipts, error files.
    pub files: FileStore,
    /// Holidays and make-up days.
    pub calendar: Calendar,
    /// Signs download links.
    pub links: TokenSigner,
    /// Seals secrets that must be read again.
    pub vault: Vault,
    /// WeChat Pay.
    pub pay: PayClient,
    /// Pages of reports as pictures.
    pub previews: Previews,
    /// Fonts of the papers we make.
    pub typeface: Typeface,
    /// Sends text messages.
    pub sms: Arc<dyn SmsSender>,
    /// Sends mails.
    pub mail: Arc<dyn MailSender>,
    /// Service account and mini-program.
    pub wechat: crate::service_account::WechatClients,
    /// What messages say.
    pub wording: messages::Wording,
    /// What the service account answers.
    pub replies: Arc<crate::service_account::Replies>,
    /// What it answers since somebody wrote something else in the console.
    pub replies_live: crate::service_account::LiveReplies,
    /// Payment notices on their way into the books.
    pub bookings: payments::Bookings,
    /// When the figures for alarms were looked up.
    pub last_looks: watch::LastLooks,
    /// Room for large bodies in the memory of this process.
    pub large_bodies: web::LargeBodies,
    /// What whoever asks whether this process is ready was told last.
    pub last_readiness: watch::LastReadiness,
    /// Whether what this process writes arrives.
    pub last_writes: LastWrites,
    /// What can be decided, and what a decision brings about.
    pub review_kinds: ReviewKinds,
    /// What waits for the institute's people.
    pub desks: Desks,
    /// Who finds what in the one search box of the console.
    pub finders: Finders,
    /// Lists that can be taken away as a spreadsheet.
    pub exports: Exports,
    /// What units of each level may do.
    pub policy: Policy,
    /// What people agree to.
    pub agreements: Agreements,
    /// Notified after commits that wrote jobs due at once.
    pub wake_workers: Arc<Notify>,
    /// Notified whenever jobs of this process have run: for who waits for what they bring about.
    pub jobs_ran: Arc<Notify>,
}

/// Shared by all requests and jobs.
pub type SharedApp = Arc<App>;

impl App {
    /// Opens database, cache and files and builds the clients the configuration names.
    pub async fn open(config: Config, clock: SharedClock) -> anyhow::Result<SharedApp> {
        prepare_sqlite_directory(config.database.url.expose())?;
        let database = Database::connect(config.database.url.expose(), config.database.max_connections).await?;
        Self::open_over(config, clock, database).await
    }

    /// The same over a database that is connected already.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_over(config: Config, clock: SharedClock, database: Database) -> anyhow::Result<SharedApp> {
        let database = match config.database.replica_url.expose() {
            "" => database,
            url => {
                let settings = &config.database;
                database.with_replica(url, settings.replica_max_connections, settings.replica_lag_max_ms).await?
            }
        };
        sealed::install(FieldKeys::of_config(&config)?);
        if config.database.migrate_on_start {
            bring_up_to_date(&database).await?;
        }
        let cache = foundation::cache::connect(&config.redis).await?;
        let files = FileStore::open(&config.files)?;
        let calendar = calendar_of(&config)?;
        let links = TokenSigner::new(&link_secret(&config)).and_opening(config.links.secret_old.expose());
        let vault = Vault::of_config(&config)?;
        let typeface = Typeface::open(&config.documents.font_file)?;
        let wording = messages::Wording::load()?;
        wording.check_templates(&config.wechat.templates)?;
        messages::Hours::of(&config.messages)?;
        let replies = crate::service_account::Replies::load(&config)?;
        let unix_clock = unix_clock(&clock);
        let pay = pay_client(&config, unix_clock.clone())?;
        let wechat = crate::service_account::WechatClients::new(&config, cache.clone(), unix_clock)?;
        let sms = sms::sms_sender(&config, clock.clone())?;
        let mail = mail::mail_sender(&config.mail)?;
        settings::load_days(database.reader(), &calendar).await.ok();
        let policy = Policy::of_config(&config.policy)?;
        let agreements = Agreements::load(&config)?;
        let large_bodies = web::LargeBodies::of_config(&config.http);
        let review_kinds = review_kinds();
        let desks = desks(&review_kinds);
        let app = Arc::new(Self {
            config,
            clock,
            database,
            cache,
            files,
            calendar,
            links,
            vault,
            pay,
            previews: Previews::default(),
            typeface,
            sms,
            mail,
            wechat,
            wording,
            replies: Arc::new(replies),
            replies_live: crate::service_account::LiveReplies::default(),
            bookings: payments::Bookings::default(),
            last_looks: watch::LastLooks::default(),
            large_bodies,
            last_readiness: watch::LastReadiness::default(),
            last_writes: LastWrites::default(),
            review_kinds,
            desks,
            finders: console::finders(),
            exports: exports::exports(),
            policy,
            agreements,
            wake_workers: Arc::new(Notify::new()),
            jobs_ran: Arc::new(Notify::new()),
        });
        // A database that is not migrated yet has nothing to seal. What is under an older key stays: nobody has asked yet whether
        // the others have the newest.
        if app.config.database.migrate_on_start {
            staff::seal_secrets(&app, Wanted::Clear).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
            webhooks::seal_secrets(&app, Wanted::Clear).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
        }
        Ok(app)
    }

    /// Epoch milliseconds UTC.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// The full address of a page for payers (`/pages/…`).
    pub fn page_url(&self, path: &str) -> String {
        format!("{}/h5/#{path}", self.config.service.public_base_url)
    }

    /// The workers that do the jobs of this process.
    pub fn workers(self: &Arc<Self>) -> Workers {
        let mut handlers = Handlers::default();
        fees::add_job_handlers(self, &mut handlers);
        payments::add_job_handlers(self, &mut handlers);
        invoices::add_job_handlers(self, &mut handlers);
        transfers::add_job_handlers(self, &mut handlers);
        bank::add_job_handlers(self, &mut handlers);
        remittances::add_job_handlers(self, &mut handlers);
        uploads::add_job_handlers(self, &mut handlers);
        fulfilment::add_job_handlers(self, &mut handlers);
        messages::add_job_handlers(self, &mut handlers);
        downloads::add_job_handlers(self, &mut handlers);
        imports::add_job_handlers(self, &mut handlers);
        reconciliation::add_job_handlers(self, &mut handlers);
        webhooks::add_job_handlers(self, &mut handlers);
        credit::add_job_handlers(self, &mut handlers);
        unit_profile::add_job_handlers(self, &mut handlers);
        conversations::add_job_handlers(self, &mut handlers);
        crate::service_account::add_job_handlers(self, &mut handlers);
        personal_data::add_job_handlers(self, &mut handlers);
        crate::phone_change::add_job_handlers(self, &mut handlers);
        crate::archive::add_job_handlers(self, &mut handlers);
        crate::ended_sessions::add_job_handlers(self, &mut handlers);
        handlers.add_forgetting(&self.database, &self.clock);
        let wake = self.wake_workers.clone();
        Workers::new(self.database.clone(), self.clock.clone(), handlers, wake).telling(self.jobs_ran.clone())
    }
}

/// Every kind of decision; a room that lets people decide adds its own here.
fn review_kinds() -> ReviewKinds {
    ReviewKinds::default()
        .with(crate::fees::PayeeReview)
        .with(payments::RefundReview)
        .with(counter::CounterUndoReview)
        .with(bank::LineReturnReview)
        .with(bank::LineReturnChangeReview)
        .with(bank::RemittanceReview)
        .with(credit::CreditReview)
        .with(registrations::RegistrationReview)
        .with(unit_profile::ProfileChangeReview)
        .with(unit_profile::QualificationReview)
        .with(phone_change::PhoneChangeReview)
}

/// Every desk; a room with work for people adds its own here.
fn desks(review_kinds: &ReviewKinds) -> Desks {
    Desks::default()
        .with_all(review_desks(review_kinds))
        .with(bank::BankDesk)
        .with(payments::PayoutDesk)
        .with(invoices::FailedDesk)
        .with(payments::EventDesk)
        .with(reconciliation::DifferenceDesk)
        .with(payments::DisputeDesk)
        .with(webhooks::DeadDesk)
        .with(messages::DeadMessageDesk)
        .with(conversations::ConversationDesk)
        .with(vouchers::VoucherDesk)
        .with(parcels::PostingDesk)
        .with(staff::ConfirmationDesk)
}

/// The clock in the form the WeChat clients take: unix seconds.
pub fn unix_clock(clock: &SharedClock) -> UnixClock {
    let clock = clock.clone();
    Arc::new(move || clock.now_ms().div_euclid(1_000))
}

/// Brings the schema to this version; what an older one left in the clear is sealed.
async fn bring_up_to_date(database: &Database) -> anyhow::Result<()> {
    let is_upgrade = database.pending_migrations().await? > 0;
    database.migrate().await?;
    // Newest rows in the clear are what an upgrade leaves that broke off, too.
    if is_upgrade || sealing::seal_newest(database).await? > 0 {
        sealing::seal(database, Wanted::Clear).await?;
    }
    Ok(())
}

/// The working days of the file that the configuration names, or those that come with the program.
fn calendar_of(config: &Config) -> anyhow::Result<Calendar> {
    match config.service.calendar_file.as_str() {
        "" => Calendar::from_toml(include_str!("../config/calendar.toml")),
        path => Calendar::from_toml(&std::fs::read_to_string(path).with_context(|| format!("无法读取 {path}"))?),
    }
}

/// Outside production a missing secret is made up: links then live as long as the process.
fn link_secret(config: &Config) -> String {
    if config.links.secret.is_empty() {
        foundation::secret_hash::new_token()
    } else {
        config.links.secret.expose().to_owned()
    }
}

/// SQLite does not make the directory of its file.
pub fn prepare_sqlite_directory(url: &str) -> anyhow::Result<()> {
    let Some(path) = url.strip_prefix("sqlite://") else { return Ok(()) };
    let path = path.split('?').next().unwrap_or(path);
    if let Some(directory) = std::path::Path::new(path).parent() {
        std::fs::create_dir_all(directory).with_context(|| format!("无法建立目录 {}", directory.display()))?;
    }
    Ok(())
}

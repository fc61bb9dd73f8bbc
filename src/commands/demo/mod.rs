//! `tejian demo`: everything in one process on an embedded default (SQLite, own cache, local files), with simulated
//! WeChat beside it, demo data inside, and a printed page of what to open.

mod clock;
mod config_file;
mod settings;
pub mod trial;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use foundation::calendar::{beijing_date, beijing_time};
use foundation::clock::DAY_MS;
use foundation::config::Config;
use foundation::telemetry;
use simulator::{AppAddresses, Delivery, Identities, Options, Simulator, TemplateDefinition};
use tokio::net::TcpListener;

use self::clock::DemoClock;
pub use config_file::write as write_settings;
pub use settings::{mail_to_simulator, point_at_simulator};

use crate::app::{App, SharedApp};
use crate::imports::demo::{DEMO_PASSWORD, DemoLogin};
use crate::messages::{Template, Wording};
use crate::{accounts, imports, service_account, staff, web};

/// What belongs to the demonstration inside its directory; `--fresh` removes this and nothing else.
const OURS: [&str; 7] =
    ["tejian.db", "tejian.db-wal", "tejian.db-shm", "files", "identities", "simulator.json", "tejian.toml"];
/// How many ports are tried when the usual one is taken.
const PORTS_TRIED: u16 = 50;
/// Hour in Beijing from which WeChat has the bill of the day before.
const BILLS_FROM_HOUR: u8 = 10;
/// How long the demonstration waits for the receipts of its first orders.
const RECEIPTS_AWAITED: Duration = Duration::from_secs(20);

/// How to run the demonstration.
#[derive(Args)]
pub struct Arguments {
    #[arg(long, value_name = "目录", default_value = "var/demo", help = "演示数据放在哪里")]
    directory: PathBuf,
    #[arg(long, help = "丢弃以前的演示数据，重新开始")]
    fresh: bool,
}

/// Runs until SIGTERM or Ctrl-C.
pub async fn run(file: Option<&Path>, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let directory = &arguments.directory;
    if arguments.fresh {
        forget(directory)?;
    }
    std::fs::create_dir_all(directory).with_context(|| format!("无法建立目录 {}", directory.display()))?;
    let mut config = load(file, directory)?;
    let _traces = telemetry::start(&config.service, &config.traces)?;

    let wanted: SocketAddr = config.http.listen.parse().context("http.listen 应为 地址:端口")?;
    let web_listener = listen_near(wanted).await?;
    let web_address = web_listener.local_addr()?;
    let clock = Arc::new(DemoClock::default());
    let simulator = start_simulator(&config, directory, web_address, &clock).await?;
    point_at_simulator(&mut config, simulator.identities(), &simulator.base_url())?;
    // Unless somebody has set up a mail server of his own.
    if config.mail.provider == "log" {
        let mailbox =
            listen_near(SocketAddr::from((Ipv4Addr::LOCALHOST, web_address.port().saturating_add(3)))).await?;
        mail_to_simulator(&mut config, mailbox.local_addr()?.port());
        simulator.open_mailbox(mailbox);
    }
    // Links in messages and the OAuth entry must lead through the simulated WeChat browser.
    config.service.public_base_url = simulator.browser_url();
    let complaints = config.complaints();
    anyhow::ensure!(complaints.is_empty(), "配置不能使用：\n  - {}", complaints.join("\n  - "));

    config_file::write(&config, &directory.join("tejian.toml"))?;

    let app = App::open(config, clock.clone()).await?;
    let prepared = Arc::clone(&app);
    let served = web::serve(app, web_listener, web::stop_signal());
    let prepare = async {
        if let Err(error) = prepare(prepared, &simulator, web_address, &clock).await {
            // The pages work without the data; the reason must not wait for the end.
            eprintln!("演示数据没有准备好：{error:#}");
        }
    };
    let (served, ()) = tokio::join!(served, prepare);
    served?;
    Ok(ExitCode::SUCCESS)
}

fn load(file: Option<&Path>, directory: &Path) -> anyhow::Result<Config> {
    let database = format!("sqlite://{}?mode=rwc", directory.join("tejian.db").display());
    let files = directory.join("files").display().to_string();
    let preset = [
        ("TEJIAN__SERVICE__ENVIRONMENT", "demo"),
        // Who tries things out at night wants to see the messages come.
        ("TEJIAN__MESSAGES__QUIET_FROM", "23:59"),
        ("TEJIAN__MESSAGES__QUIET_UNTIL", "00:00"),
        // Who comes back after months finds the passwords that the sign-in page tells.
        ("TEJIAN__STAFF__PASSWORD_DAYS_MAX", "0"),
        ("TEJIAN__SERVICE__LOG_JSON", "false"),
        ("TEJIAN__HTTP__API_DOCUMENTS", "true"),
        ("TEJIAN__SERVICE__LOG_LEVEL", "warn"),
        ("TEJIAN__DATABASE__URL", database.as_str()),
        ("TEJIAN__FILES__DIRECTORY", files.as_str()),
        ("TEJIAN__TRANSFER__CODE_PATTERN", r"^50\d{18}$"),
        ("TEJIAN__MAIL__PROVIDER", "log"),
        ("TEJIAN__WEBHOOKS__ALLOW_PRIVATE", "true"),
        ("TEJIAN__INTEGRATION__CLIENT_ID", "demo"),
        ("TEJIAN__INTEGRATION__SECRET", "demo-secret-0123456789abcdefghijklmn"),
    ];
    Config::load_over(&preset, file).context("配置不能使用")
}

fn forget(directory: &Path) -> anyhow::Result<()> {
    for name in OURS {
        let path = directory.join(name);
        let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("无法删除 {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The wanted port, or the next free one: a demonstration should start even if something else runs here.
async fn listen_near(wanted: SocketAddr) -> anyhow::Result<TcpListener> {
    let mut refusal = None;
    for port in (wanted.port()..).take(PORTS_TRIED.into()) {
        match TcpListener::bind(SocketAddr::new(wanted.ip(), port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => refusal = Some(error),
        }
    }
    let refusal = refusal.map_or_else(String::new, |error| error.to_string());
    anyhow::bail!("从 {wanted} 起的 {PORTS_TRIED} 个端口都不能使用：{refusal}")
}

async fn start_simulator(
    config: &Config,
    directory: &Path,
    web: SocketAddr,
    clock: &Arc<DemoClock>,
) -> anyhow::Result<Simulator> {
    let identities = Identities::load_or_generate(&directory.join("identities")).context("无法建立模拟器的密钥")?;
    let next = |after: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, after.saturating_add(1)));
    let phones = listen_near(next(web.port())).await?;
    let browser = listen_near(next(phones.local_addr()?.port())).await?;
    let templates = template_definitions(config, &identities)?;
    let mut options = Options::new(identities, Delivery::Automatic);
    options.clock = clock.for_wechat();
    options.templates = templates;
    options.state_file = Some(directory.join("simulator.json"));
    let web = format!("http://127.0.0.1:{}", web.port());
    options.app = AppAddresses {
        mp_push_url: format!("{web}/wechat/mp"),
        mini_push_url: format!("{web}/wechat/mini"),
        web_base_url: web,
    };
    Ok(Simulator::start(phones, Some(browser), options).await)
}

/// What needs the server to be there: the data, the menu, the first followers. Then tells what to open.
async fn prepare(app: SharedApp, simulator: &Simulator, web: SocketAddr, clock: &DemoClock) -> anyhow::Result<()> {
    let logins = seed(&app, simulator, clock).await?;
    let port = web.port();
    println!(
        "\n演示环境已就绪（不产生真实付款；按 Ctrl-C 结束）\n\n  \
         两台手机    {}/   ← 从这里开始：打开服务号，点“缴费”\n  \
         邮箱        {}/mail   ← 系统发出的邮件\n  \
         网页版      http://127.0.0.1:{port}/h5/\n  \
         接口文档    http://127.0.0.1:{port}/docs/\n  \
         业务台      http://127.0.0.1:{port}/console/   ← 检验机构一侧；登录页列出各岗位的账号、密码和动态码\n\n  演示账号（密码都是 {DEMO_PASSWORD}）",
        simulator.base_url(),
        simulator.base_url(),
    );
    for login in logins {
        println!("  {:<11}  {}", login.login, login.who);
    }
    println!();
    Ok(())
}

/// The message templates as the account's console would list them, so that cards carry their labels.
fn template_definitions(config: &Config, identities: &Identities) -> anyhow::Result<Vec<TemplateDefinition>> {
    let mut config = config.clone();
    point_at_simulator(&mut config, identities, "")?;
    let definition = |template: Template| TemplateDefinition {
        template_id: template.id,
        title: template.title,
        fields: template.fields,
    };
    Ok(Wording::load()?.templates(&config.wechat.templates).into_iter().map(definition).collect())
}

/// The first phone's holder is a returning user: he follows the account and is known by his openid, so that the first
/// message can be paid in three taps. The others come as new users.
async fn welcome_first_person(app: &SharedApp, simulator: &Simulator) -> anyhow::Result<()> {
    let Some(person) = simulator.people().into_iter().next() else { return Ok(()) };
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let account = accounts::ensure_person(&*transaction, &person.phone, "测试一号", now).await?;
    let app_id = &app.config.wechat.mp.app_id;
    accounts::bind_openid(&*transaction, app_id, &person.mp_openid, Some(&person.unionid), &account.id, now).await?;
    transaction.commit().await?;
    if !person.follows {
        simulator.follow(&person.mp_openid).await;
    }
    Ok(())
}

/// The demo data and the orders of the first phone.
async fn seed(app: &SharedApp, simulator: &Simulator, clock: &DemoClock) -> anyhow::Result<Vec<DemoLogin>> {
    println!("正在准备演示数据…");
    service_account::menu::push(app).await.context("无法发布菜单")?;
    welcome_first_person(app, simulator).await.context("无法建立演示用户")?;
    imports::demo::seed_history(app).await.context("无法导入演示数据")?;
    staff::demo::seed(app).await.context("无法建立演示员工")?;
    if let Some(person) = simulator.people().first() {
        make_past_day(app, simulator, &person.mp_openid, clock).await.context("无法建立待对账的演示订单")?;
        imports::demo::make_orders(app, simulator, &person.mp_openid).await.context("无法建立演示订单")?;
        await_receipts(app).await?;
        imports::demo::make_other_money(app).await.context("无法建立演示转账与汇款")?;
        imports::demo::make_credit(app).await.context("无法建立演示欠费申请")?;
    }
    let logins = imports::demo::seed_current(app).await.context("无法导入演示数据")?;
    begin_simply(app, simulator).await?;
    Ok(logins)
}

/// What was paid on a day whose bill WeChat has made by now is there to be reconciled.
async fn make_past_day(
    app: &SharedApp,
    simulator: &Simulator,
    payer_openid: &str,
    clock: &DemoClock,
) -> anyhow::Result<()> {
    let is_early = beijing_time(app.now_ms()).hour() < BILLS_FROM_HOUR;
    clock.turn_back(if is_early { 2 * DAY_MS } else { DAY_MS });
    let day = beijing_date(app.now_ms());
    let paid = imports::demo::pay_on_past_day(app, simulator, payer_openid).await;
    clock.turn_back(0);
    imports::demo::compare_past_day(app, day, &paid?).await
}

/// The first phone opens at a unit with one fee: whoever tries the menu first meets the shortest way.
async fn begin_simply(app: &SharedApp, simulator: &Simulator) -> anyhow::Result<()> {
    let Some(person) = simulator.people().into_iter().next() else { return Ok(()) };
    let transaction = app.database.begin_write().await?;
    let account = accounts::ensure_person(&*transaction, &person.phone, "测试一号", app.now_ms()).await?;
    let units = accounts::units_of(&*transaction, &account.id).await?;
    if let Some(access) = units.iter().find(|access| access.unit.name == imports::demo::UNIT_WITH_ONE_FEE) {
        accounts::remember_unit(&*transaction, &account.id, &access.unit.id).await?;
    }
    Ok(transaction.commit().await?)
}

/// Receipts come after a moment, as in life. What is new is posted after them, so that the phone's newest message is one
/// to pay; if they take too long the demonstration starts all the same.
async fn await_receipts(app: &SharedApp) -> anyhow::Result<()> {
    imports::demo::until_found(app, RECEIPTS_AWAITED, async || {
        let (completed, expected) = imports::demo::completed_orders(app).await?;
        Ok((completed >= expected).then_some(()))
    })
    .await
    .map(drop)
}

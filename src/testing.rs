//! For unit tests: an application of its own, in memory, with WeChat's addresses pointing nowhere.

use foundation::clock::{ManualClock, SharedClock};
use foundation::config::Config;

use crate::app::{App, SharedApp};

/// 2026-08-03 10:00 in Chongqing, a Monday.
pub const A_MONDAY_MS: i64 = 1_785_722_400_000;

/// The configuration of a test: SQLite in memory, files in a directory of its own, keys that belong to nobody.
pub fn config() -> Config {
    let directory = std::env::temp_dir().join(foundation::ids::new_id_text("tejian-test"));
    let settings = [
        ("TEJIAN__SERVICE__ENVIRONMENT", "test"),
        ("TEJIAN__DATABASE__URL", "sqlite::memory:"),
        ("TEJIAN__FILES__DIRECTORY", directory.to_str().expect("temporary paths are text")),
        ("TEJIAN__WECHAT__API_BASE", "http://127.0.0.1:9"),
        ("TEJIAN__WECHAT__PAY_BASE", "http://127.0.0.1:9"),
        ("TEJIAN__WECHAT__OPEN_BASE", "http://127.0.0.1:9"),
        ("TEJIAN__WECHAT__PAY__MCH_ID", "1900000001"),
        ("TEJIAN__WECHAT__PAY__MERCHANT_SERIAL", "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"),
        ("TEJIAN__WECHAT__PAY__MERCHANT_PRIVATE_KEY", include_str!("../simulator/src/test_keys/merchant.key.pem")),
        ("TEJIAN__WECHAT__PAY__API_V3_KEY", "0123456789abcdef0123456789abcdef"),
        ("TEJIAN__WECHAT__PAY__PUBLIC_KEY_ID", "PUB_KEY_ID_0119000000012026080100000001"),
        ("TEJIAN__WECHAT__PAY__PUBLIC_KEY", include_str!("../simulator/src/test_keys/public-key.pub.pem")),
        ("TEJIAN__LOGIN__ARGON2_MEMORY_KIB", "64"),
        ("TEJIAN__LOGIN__ARGON2_PASSES", "1"),
    ];
    Config::load_from(None, settings.map(|(key, value)| (key.to_owned(), value.to_owned())))
        .expect("the settings of tests are complete")
}

/// An application and the clock it lives by.
pub async fn app() -> (SharedApp, std::sync::Arc<ManualClock>) {
    app_with(config()).await
}

/// As [`app`], with a configuration that the test has changed.
pub async fn app_with(config: Config) -> (SharedApp, std::sync::Arc<ManualClock>) {
    let clock = ManualClock::at(A_MONDAY_MS);
    let shared: SharedClock = clock.clone();
    (App::open(config, shared).await.expect("the application of a test opens"), clock)
}

//! Configuration: commented defaults compiled in → a file → environment variables. The defaults name every key, so an
//! unknown key is refused by name, and the type of the default decides how an environment text is read (a merchant
//! number made of digits stays a text).

mod changing;
mod demands;
mod keys;
mod layers;
mod production;
mod sections;
mod values;

use std::path::Path;

use demands::Demands;

pub use changing::Changing;
pub use layers::ConfigError;
pub use sections::*;

/// The commented defaults; `tejian doctor --defaults` prints them.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

/// The least that `login.ended_sessions_days` may be. The law wants records of who used the network kept for six months
/// (网络安全法), which are 184 days at most.
pub const ENDED_SESSIONS_DAYS_MIN: i64 = 184;

impl Config {
    /// Defaults, then `file`, then the environment (`TEJIAN__SECTION__KEY`), then secrets named by `*_file`.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::load_from(file, std::env::vars())
    }

    /// As [`Config::load`], over other defaults: `preset` (as environment variables would say it) lies below the file, so
    /// that what a person sets still wins.
    pub fn load_over(preset: &[(&str, &str)], file: Option<&Path>) -> Result<Self, ConfigError> {
        layers::merge(DEFAULTS, preset, file, std::env::vars())
    }

    /// As [`Config::load`] with a given environment.
    pub fn load_from(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        layers::merge(DEFAULTS, &[], file, environment)
    }

    /// What is wrong, in plain words; empty when all is well. Production is stricter than demo and test.
    pub fn complaints(&self) -> Vec<String> {
        let mut demands = Demands::default();
        values::check(self, &mut demands);
        keys::check(self, &mut demands);
        if self.service.environment == Environment::Production {
            production::check(self, &mut demands);
        }
        demands.complaints()
    }
}

#[cfg(test)]
mod tests;

//! Units and accounts.

use async_trait::async_trait;
use foundation::problem::Problem;

use super::PER_GROUP;
use crate::accounts::{self, PayerFound};
use crate::app::App;
use crate::console::search::{Finder, Found};
use crate::staff::Permission;

/// Units, or the people who act for them.
pub(super) struct Payers {
    /// Units; otherwise accounts.
    pub(super) units: bool,
}

#[async_trait]
impl Finder for Payers {
    fn kind(&self) -> &'static str {
        if self.units { "unit" } else { "account" }
    }
    fn title(&self) -> &'static str {
        if self.units { "单位" } else { "账号" }
    }
    fn permission(&self) -> Permission {
        Permission::PayersRead
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let reader = app.database.reader();
        let limit = u64::from(PER_GROUP);
        let found = match self.units {
            true => accounts::find_units(reader, words, limit).await?,
            false => accounts::find_accounts(reader, words, limit).await?,
        };
        let page = if self.units { "/orders" } else { "/customers" };
        let item = |payer: PayerFound| Found {
            link: format!("{page}?q={}", payer.search_word),
            id: payer.id,
            title: payer.name,
            subtitle: payer.detail,
            state_text: None,
        };
        Ok(found.into_iter().map(item).collect())
    }
}

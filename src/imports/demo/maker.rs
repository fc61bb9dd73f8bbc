//! A manufacturer of the demonstration: no unit of the core system is one, for only a registration here makes one. Its owner
//! can hand in manufacturing qualifications.

use crate::accounts::{self, NewUnit, UnitLevel};
use crate::app::App;
use crate::imports::sample_codes::credit_code;

/// Its owner's phone.
pub const OWNER_PHONE: &str = "13900000007";
const OWNER_NAME: &str = "测试七号";
const NAME: &str = "示例锅炉制造有限公司";
/// Number of its credit code in the demo range.
const USCC: u32 = 17;

/// The unit as if its registration had been approved. A second call changes nothing.
pub async fn register(app: &App) -> anyhow::Result<()> {
    let (uscc, now) = (credit_code(USCC), app.now_ms());
    let transaction = app.database.begin_write().await?;
    if accounts::registered_or_known(&*transaction, &uscc).await?.is_some() {
        return Ok(());
    }
    let new = NewUnit {
        name: NAME.to_owned(),
        uscc: Some(uscc),
        level: UnitLevel::Manufacturer,
        unit_kind: Some("manufacturer".to_owned()),
        district_code: Some("500116".to_owned()),
        address: Some("示例路 17 号".to_owned()),
        legal_rep: Some("示例法人".to_owned()),
        industry_code: Some("C".to_owned()),
        email: None,
        phone: Some("023-00000000".to_owned()),
    };
    let owner = accounts::ensure_person(&*transaction, OWNER_PHONE, OWNER_NAME, now).await?;
    let unit = accounts::insert_unit(&*transaction, new, now).await?;
    accounts::make_owner(&*transaction, &owner.id, &unit, now).await?;
    Ok(transaction.commit().await?)
}

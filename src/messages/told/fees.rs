//! What is told of fees.

use foundation::money::Fen;
use foundation::problem::Problem;
use foundation::sealed::BlindIndex;

use super::values::{common_values, set};
use super::{Audience, Told};
use crate::accounts::{self, UnitId};
use crate::app::App;
use crate::messages::kinds::MessageKind;

/// New fees of one unit and applicant came in together.
pub(super) async fn posted(
    app: &App,
    batch: &str,
    unit_id: &str,
    applicant_phone: Option<&str>,
    fee_count: i64,
    amount: Fen,
) -> Result<Option<Told>, Problem> {
    let unit = UnitId::from_stored(unit_id.to_owned());
    let Some(found) = accounts::unit(app.database.reader(), &unit).await? else { return Ok(None) };
    let mut values = common_values(app, amount);
    set(&mut values, "unit", &found.name);
    set(&mut values, "unit_id", unit_id);
    set(&mut values, "new", &fee_count.to_string());
    let phone = BlindIndex::of(applicant_phone.unwrap_or(""));
    Ok(Some(Told {
        kind: MessageKind::FeePosted,
        key: format!("fee_posted:{batch}:{unit_id}:{}", phone.as_str()),
        audience: Audience::UnitAndApplicant(unit, applicant_phone.map(str::to_owned)),
        values,
    }))
}

//! Telling people of the fees an import brought: once per unit and applicant, however many batches they came in.

use foundation::problem::Problem;
use foundation::sealed::Findable;

use super::model::ImportId;
use super::store;
use crate::app::App;
use crate::happenings::{Happening, publish};

/// Units and applicants told in one transaction.
const TOLD_AT_ONCE: u64 = 200;

/// Publishes what is not told yet of an import.
pub async fn tell(app: &App, import: &ImportId) -> Result<(), Problem> {
    loop {
        let now_ms = app.now_ms();
        let transaction = app.database.begin_write().await?;
        let postings = store::take_postings(&*transaction, import, TOLD_AT_ONCE).await?;
        let told = postings.len() as u64;
        for (unit_id, applicant_phone, posting) in postings {
            let happening = Happening::FeesPosted {
                batch: import.to_string(),
                unit_id,
                applicant_phone: Some(applicant_phone).filter(|phone| !phone.is_empty()).map(Findable::from),
                fee_count: posting.fee_count,
                amount_fen: posting.amount_fen,
            };
            publish(&*transaction, &happening, now_ms).await?;
        }
        transaction.commit().await?;
        if told < TOLD_AT_ONCE {
            return Ok(());
        }
    }
}

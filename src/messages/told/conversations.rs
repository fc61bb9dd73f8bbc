//! What is told of conversations.

use foundation::money::Fen;
use foundation::problem::Problem;

use super::values::{common_values, set};
use super::{Audience, Told};
use crate::app::App;
use crate::messages::kinds::MessageKind;
use crate::{accounts, conversations};

/// The service desk answered when WeChat's window was over.
pub(super) async fn staff_answered(app: &App, said_id: &str) -> Result<Option<Told>, Problem> {
    let reader = app.database.reader();
    let Some((app_id, openid, answer)) = conversations::told_answer(reader, said_id).await? else {
        return Ok(None);
    };
    let Some(account) = accounts::account_of_openid(reader, &app_id, &openid).await? else { return Ok(None) };
    let mut values = common_values(app, Fen::ZERO);
    set(&mut values, "answer", &answer);
    Ok(Some(Told {
        kind: MessageKind::StaffAnswer,
        key: format!("staff_answer:{said_id}"),
        audience: Audience::Account(account.id),
        values,
    }))
}

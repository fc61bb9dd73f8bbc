//! `/api/v1/session` and what belongs to it.

mod account;
mod mini_program;
mod oauth;
mod proof;
mod session;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::session::CodeSent;
use crate::app::SharedApp;

/// Routes of this capability, paths in full.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(session::current, session::sign_out))
        .routes(routes!(session::by_password))
        .routes(routes!(session::send_code))
        .routes(routes!(session::by_sms))
        .routes(routes!(mini_program::by_login_code))
        .routes(routes!(mini_program::by_phone))
        .routes(routes!(oauth::start))
        .routes(routes!(oauth::callback))
        .routes(routes!(account::choose_unit))
        .routes(routes!(account::list_sessions, account::end_other_sessions))
        .routes(routes!(account::end_session))
        .routes(routes!(account::set_preferences))
        .routes(routes!(account::set_password))
        .routes(routes!(proof::send_code))
}

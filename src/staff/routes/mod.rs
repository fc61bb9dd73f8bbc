//! HTTP of staff accounts and sessions.

mod accounts;
mod session;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::SharedApp;

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(session::current, session::by_password, session::sign_out))
        .routes(routes!(session::by_code))
        .routes(routes!(session::begin_enrolment))
        .routes(routes!(session::confirm_enrolment))
        .routes(routes!(session::step_up))
        .routes(routes!(session::list_sessions))
        .routes(routes!(session::end_session))
        .routes(routes!(session::change_password))
        .routes(routes!(accounts::list, accounts::add))
        .routes(routes!(accounts::change))
        .routes(routes!(accounts::reset))
        .routes(routes!(accounts::confirm))
        .routes(routes!(accounts::roles))
}

//! HTTP of this room.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{dashboard, orders, reports, search};
use crate::app::SharedApp;

/// Routes of this room.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(orders::list))
        .routes(routes!(orders::show))
        .routes(routes!(reports::list))
        .routes(routes!(search::search))
        .routes(routes!(dashboard::show))
}

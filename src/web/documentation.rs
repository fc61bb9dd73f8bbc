//! `/openapi.json` and a page to read it, made from the routes themselves.

use axum::Router;
use foundation::problem::ErrorAnswer;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_swagger_ui::SwaggerUi;

use crate::app::SharedApp;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "tejian",
        description = "Inspection fees, orders, payments, receipts and reports. Money is whole fen, instants (`*_at`) are \
                       epoch milliseconds UTC, days (`*_on`) are `YYYY-MM-DD`. Every 4xx and 5xx is an `ErrorAnswer`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ErrorAnswer, crate::imports::ImportId))
)]
struct Base;

/// What all capabilities add to.
pub fn base() -> Document {
    Base::openapi()
}

/// The document as text, as it is checked in at `docs/openapi.json`.
pub fn document_text() -> String {
    let document = super::capabilities().into_openapi();
    let mut text = document.to_pretty_json().expect("the document is plain data");
    text.push('\n');
    text
}

/// `/openapi.json` and `/docs/`.
pub fn router(document: Document) -> Router<SharedApp> {
    SwaggerUi::new("/docs").url("/openapi.json", document).into()
}

//! HTTP: one router over all capabilities, and what surrounds every request.
//!
//! Each capability brings its own `router()`; here they are merged, and nothing else happens to them. Handlers take
//! their input with [`Json`], [`ValidJson`], [`Query`] and [`Path`] of this module, so that every refusal is a
//! [`foundation::problem::Problem`] in Chinese.

mod asked_link;
mod broken_answer;
mod client_address;
mod compression;
mod context;
mod documentation;
#[cfg(any(test, fuzzing))]
pub mod door;
mod extract;
mod guard;
mod headers;
mod hourly;
mod large_bodies;
mod overload;
mod pages;
mod server;
mod sites;
mod verification;
mod wording;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;

pub use asked_link::{
    Asker, invalid_link, link_for_asker, note_asker, open_asked_link, open_link_of_asker, revoked_link,
};
pub use broken_answer::telling_breaks;
pub use client_address::ClientAddress;
pub use compression::Uncompressed;
pub use documentation::document_text;
pub use extract::{Json, Path, Query, ValidJson, check_rules, parse_json, unreadable_body};
pub use guard::Chosen;
pub use hourly::wait_after_hourly;
pub use large_bodies::{LargeBodies, LargeBody, Room};
pub use pages::{escape, page};
pub use server::{schedule, sending_at_once, serve, serve_as, serve_without_jobs, stop_signal};

use crate::app::SharedApp;
use crate::{
    agreements, audit, bank, captcha, console, conversations, counter, credit, customers, downloads, exports, fees,
    guest, home, imports, invoice_titles, invoices, members, messages, offices, order_page, orders, parcels, payments,
    personal_data, phone_change, previews, reconciliation, recovery, registrations, remittances, reports, reviews,
    scene_codes, service_account, settings, shares, sign_in, staff, unit_profile, uploads, vouchers, watch, webhooks,
    worklist,
};

/// Every documented route; one line per capability.
fn capabilities() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::with_openapi(documentation::base())
        .merge(watch::router())
        .merge(sign_in::router())
        .merge(captcha::router())
        .merge(recovery::router())
        .merge(phone_change::router())
        .merge(personal_data::router())
        .merge(members::router())
        .merge(agreements::router())
        .merge(registrations::router())
        .merge(registrations::staff_router())
        .merge(unit_profile::router())
        .merge(unit_profile::staff_router())
        .merge(customers::staff_router())
        .merge(fees::router())
        .merge(orders::router())
        .merge(payments::router())
        .merge(payments::notify_router())
        .merge(order_page::router())
        .merge(guest::router())
        .merge(uploads::router())
        .merge(uploads::staff_router())
        .merge(bank::router())
        .merge(counter::router())
        .merge(remittances::staff_router())
        .merge(reports::router())
        .merge(previews::router())
        .merge(shares::router())
        .merge(shares::staff_router())
        .merge(vouchers::router())
        .merge(downloads::router())
        .merge(downloads::staff_router())
        .merge(invoice_titles::router())
        .merge(messages::router())
        .merge(service_account::router())
        .merge(scene_codes::router())
        .merge(home::router())
        .merge(offices::router())
        .merge(offices::staff_router())
        .merge(imports::router())
        .merge(staff::router())
        .merge(payments::staff_router())
        .merge(worklist::router())
        .merge(reviews::router())
        .merge(reconciliation::router())
        .merge(audit::router())
        .merge(console::router())
        .merge(fees::staff_router())
        .merge(invoices::router())
        .merge(invoices::staff_router())
        .merge(messages::staff_router())
        .merge(conversations::staff_router())
        .merge(agreements::staff_router())
        .merge(service_account::staff_router())
        .merge(scene_codes::staff_router())
        .merge(imports::staff_router())
        .merge(settings::router())
        .merge(exports::router())
        .merge(webhooks::router())
        .merge(credit::router())
        .merge(credit::staff_router())
        .merge(vouchers::staff_router())
        .merge(parcels::staff_router())
}

/// The whole application as one service.
pub fn router(app: SharedApp) -> Router {
    // Recording starts before the first request.
    let _metrics = foundation::telemetry::metrics_handle();
    watch::begin_counters();
    let (documented, document) = capabilities().split_for_parts();
    let http = &app.config.http;
    let body_limit = http.body_limit_bytes;
    // Every route stands in them, the institute's own as well: nobody outside needs that.
    let documents = if http.api_documents { documentation::router(document) } else { Router::new() };
    // Read from the bottom: the last layer is the outermost.
    documented
        .merge(documents)
        .merge(downloads::files_router())
        .merge(personal_data::files_router())
        .merge(previews::files_router())
        .merge(shares::public_router())
        .merge(vouchers::files_router())
        .merge(uploads::files_router())
        .merge(registrations::files_router())
        .merge(sites::router(&app))
        .merge(verification::router(&app))
        .route("/", get(pages::front_page))
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(from_fn(guard::refuse_other_sites))
        .layer(from_fn(guard::refuse_nul))
        .layer(from_fn_with_state(app.clone(), guard::limit_time))
        .layer(from_fn_with_state(overload::Places::of(&app), overload::refuse_beyond))
        .layer(CatchPanicLayer::custom(guard::answer_panic))
        .layer(from_fn_with_state(app.clone(), guard::speak_plainly))
        .layer(from_fn_with_state(app.clone(), headers::secure))
        .layer(compression::layer())
        .layer(from_fn(context::surround))
        .with_state(app)
}

#[cfg(test)]
mod tests;

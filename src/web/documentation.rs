//! `/openapi.json` and a page to read it, made from the routes themselves; what all of them have in common (who may call,
//! which headers go with a request) is added here once.

use axum::Router;
use foundation::problem::ErrorAnswer;
use serde_json::json;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{OpenApi as Document, Ref, RefOr, Required};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::SharedApp;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "tejian",
        description = "Inspection fees, orders, payments, receipts and reports. Money is whole fen, instants (`*_at`) are \
                       epoch milliseconds UTC, days (`*_on`) are `YYYY-MM-DD`. Every 4xx and 5xx is an `ErrorAnswer`.\n\n\
                       **Signing in.** `POST /api/v1/session/password` (or `/sms`) sets the cookie `tejian_session` \
                       (over TLS `__Host-tejian_session`); with `X-Client: mini-program` the answer holds a `token` \
                       instead, to be sent as `Authorization: Bearer`. Officers sign in at `/staff/v1/session` \
                       (cookie `tejian_staff`).\n\n\
                       **Changing something.** Requests to `/api/v1` and `/staff/v1` that change something carry \
                       `X-Requested-With: tejian`, which a page of another site cannot add; without it they are refused \
                       (403 `cross_site_request`).",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(
        ErrorAnswer,
        crate::imports::ImportId,
        crate::reviews::ReviewId,
        crate::staff::StaffId,
        crate::uploads::UploadId,
        crate::bank::StatementId,
        crate::bank::BankTransactionId,
        crate::bank::ClaimId,
        crate::bank::MappingId,
        crate::invoices::InvoiceId,
        crate::bank::RemittanceSubject,
        crate::bank::LineReturnSubject,
        crate::bank::LineReturnChangeSubject,
        crate::counter::CounterUndoSubject,
        crate::fees::PayeeChangeSubject,
        crate::payments::RefundSubject,
        crate::webhooks::EndpointId,
        crate::webhooks::DeliveryId,
        crate::webhooks::EventId,
        crate::credit::CreditId,
        crate::accounts::AccountId,
        crate::accounts::UnitId,
        crate::registrations::RegistrationId,
        crate::unit_profile::QualificationId,
        crate::registrations::RegistrationSubject
    ))
)]
struct Base;

/// Payers' routes that answer without a login.
const OPEN: [&str; 21] = [
    "/api/v1/agreements",
    "/api/v1/agreements/{purpose}",
    "/api/v1/asked/{token}",
    "/api/v1/captcha",
    "/api/v1/dictionaries",
    "/api/v1/guest/orders/find",
    "/api/v1/guest/orders/payment-state",
    "/api/v1/guest/orders/payments",
    "/api/v1/invitations/{token}",
    "/api/v1/offices",
    "/api/v1/recovery/answer",
    "/api/v1/recovery/code",
    "/api/v1/recovery/password",
    "/api/v1/recovery/question",
    "/api/v1/session",
    "/api/v1/session/mini-program",
    "/api/v1/session/password",
    "/api/v1/session/phone",
    "/api/v1/session/sms",
    "/api/v1/sms-codes",
    "/api/v1/wechat/js-config",
];
/// Header that shows that our own page asks.
const OWN_PAGE: &str = "X-Requested-With";
/// Header that names the front end.
const CLIENT: &str = "X-Client";

/// What all capabilities add to.
pub fn base() -> Document {
    Base::openapi()
}

/// The document as text, as it is checked in at `docs/openapi.json`.
pub fn document_text() -> String {
    let document = complete(super::capabilities().into_openapi());
    let mut text = document.to_pretty_json().expect("the document is plain data");
    text.push('\n');
    text
}

/// `/openapi.json` and `/docs/`.
pub fn router(document: Document) -> Router<SharedApp> {
    // The page runs at our own address: a login there goes with what is tried out.
    let config = Config::default().try_it_out_enabled(true).with_credentials(true).persist_authorization(true);
    SwaggerUi::new("/docs").config(config).url("/openapi.json", complete(document)).into()
}

/// Adds who may call what, and the headers that go with it.
fn complete(mut document: Document) -> Document {
    let components = document.components.get_or_insert_default();
    let schemes = &mut components.security_schemes;
    for (name, scheme) in [
        ("session_cookie", cookie("tejian_session", "A payer in a browser, after a login")),
        ("session_token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer))),
        ("staff_cookie", cookie("tejian_staff", "An officer in the console, after a login with the second factor")),
    ] {
        schemes.insert(name.to_owned(), RefOr::T(scheme));
    }
    for (name, parameter) in [(OWN_PAGE, own_page_header()), (CLIENT, client_header())] {
        components.parameters.insert(name.to_owned(), RefOr::T(parameter));
    }
    for (path, item) in &mut document.paths.paths {
        for (changes_something, operation) in operations(item) {
            if path.starts_with("/api/v1/") {
                add_header(operation, CLIENT);
                let open = OPEN.contains(&path.as_str());
                operation.security.get_or_insert_with(|| payers(open));
            } else if path.starts_with("/staff/v1/") {
                let open = path.starts_with("/staff/v1/session");
                operation.security.get_or_insert_with(|| staff(open));
            } else {
                continue;
            }
            if changes_something {
                add_header(operation, OWN_PAGE);
            }
        }
    }
    document
}

/// The operations of a path, each with whether it changes something.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let reading = get.iter_mut().map(|operation| (false, operation));
    reading.chain([put, post, delete, patch].into_iter().flatten().map(|operation| (true, operation)))
}

fn add_header(operation: &mut Operation, name: &str) {
    let reference = RefOr::Ref(Ref::new(format!("#/components/parameters/{name}")));
    operation.parameters.get_or_insert_default().push(reference);
}

fn payers(open: bool) -> Vec<SecurityRequirement> {
    let login = ["session_cookie", "session_token"].map(|name| SecurityRequirement::new(name, [""; 0]));
    open.then(SecurityRequirement::default).into_iter().chain(login).collect()
}

fn staff(open: bool) -> Vec<SecurityRequirement> {
    let login = SecurityRequirement::new("staff_cookie", [""; 0]);
    open.then(SecurityRequirement::default).into_iter().chain([login]).collect()
}

fn cookie(name: &str, description: &str) -> SecurityScheme {
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(name, description)))
}

fn own_page_header() -> Parameter {
    let description = "Goes with every request that changes something: a browser sends the cookie even for a request that \
                       another site made, and this header shows that it did not. Only the mini-program (`X-Client: \
                       mini-program` with `Authorization: Bearer`) may leave it out.";
    header(OWN_PAGE, description, &["tejian"], "tejian")
}

fn client_header() -> Parameter {
    let description =
        "Which front end asks. The mini-program gets its token in the answer to a login; browsers get a cookie.";
    header(CLIENT, description, &["h5-browser", "h5-wechat", "mini-program"], "h5-browser")
}

/// A header with its default, which the reading page fills in by itself.
fn header(name: &str, description: &str, values: &[&str], default: &str) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(values.iter().map(|value| json!(value))))
        .default(Some(json!(default)));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

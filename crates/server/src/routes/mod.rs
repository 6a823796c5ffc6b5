//! The routes.
#![allow(unused_qualifications, reason = "utoipa's macro writes some")]

mod account;
mod agent;
mod assets;
mod audit;
mod bot;
mod check;
mod conversation;
mod flows;
pub mod full_page;
mod greetings;
mod guide;
mod health;
mod identity;
mod invitation;
mod mail;
mod openapi;
mod pages;
mod pictures;
mod plain;
mod presence;
mod privacy;
mod refusals;
mod second_factor;
mod session;
mod settings;
mod setup;
mod socket;
mod sync;
mod team;
mod texts;
pub mod trace;
mod trials;
mod unsubscribe;
mod visit;
mod visitor;
mod visitors;

use std::any::Any;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{from_fn, from_fn_with_state, map_request_with_state};
use axum::response::Response;
use axum::routing::get;
use porchlight_flow::limits::FLOW_BYTES_MAX;
use porchlight_protocol::ErrorCode;
use porchlight_protocol::limits::{BODY_BYTES_MAX, PICTURE_BYTES_MAX};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{gate, own_origin_only};
use crate::connections::one_host_only;
use crate::error::{Error, body_response};
use crate::metrics::requests;

/// The API's description as JSON, for a server whose session cookie has this name.
pub fn description(session_cookie: &str) -> openapi::Document {
    openapi::Document::of(&api(session_cookie).into_openapi())
}

/// The routes that the API's description describes.
fn api(session_cookie: &str) -> OpenApiRouter<App> {
    // Answers with a session's secrets are not compressed, so that their length says nothing of the secrets.
    let bare = OpenApiRouter::new()
        .routes(routes!(session::sign_in, session::get, session::sign_out))
        .routes(routes!(session::go_to_site))
        .routes(routes!(invitation::accept))
        .routes(routes!(invitation::join))
        .routes(routes!(setup::set_up))
        .routes(routes!(second_factor::begin, second_factor::confirm, second_factor::switch_off))
        .routes(routes!(second_factor::renew_codes))
        .routes(routes!(team::invitations, team::invite))
        .routes(routes!(identity::add_secret))
        .routes(routes!(socket::socket));
    let flows = OpenApiRouter::new()
        .routes(routes!(flows::flow, flows::publish, flows::switch_off))
        .routes(routes!(trials::begin, trials::end))
        .layer(DefaultBodyLimit::max(FLOW_BYTES_MAX + 1));
    let pictures = OpenApiRouter::new()
        .routes(routes!(pictures::set_picture, pictures::remove_picture))
        .layer(DefaultBodyLimit::max(PICTURE_BYTES_MAX));
    OpenApiRouter::with_openapi(openapi::frame(session_cookie))
        .routes(routes!(visitor::sync))
        .routes(routes!(visitor::start))
        .routes(routes!(visitor::get))
        .routes(routes!(visitor::events))
        .routes(routes!(visitor::act))
        .routes(routes!(visitor::read))
        .routes(routes!(visitor::typing))
        .routes(routes!(identity::identify))
        .routes(routes!(identity::come_back))
        .routes(routes!(visit::page))
        .routes(routes!(agent::sync))
        .routes(routes!(agent::list))
        .routes(routes!(agent::get))
        .routes(routes!(agent::events))
        .routes(routes!(agent::act))
        .routes(routes!(agent::read))
        .routes(routes!(agent::typing))
        .routes(routes!(visitors::record, visitors::edit))
        .routes(routes!(visitors::conversations))
        .routes(routes!(presence::set_away))
        .routes(routes!(presence::set_idle))
        .routes(routes!(settings::closing, settings::set_closing))
        .routes(routes!(settings::effect))
        .routes(routes!(settings::hours, settings::set_hours))
        .routes(routes!(settings::questions, settings::set_questions))
        .routes(routes!(settings::live_chat, settings::set_live_chat))
        .routes(routes!(settings::messages, settings::set_messages))
        .routes(routes!(settings::read_receipts, settings::set_read_receipts))
        .routes(routes!(settings::retention, settings::set_retention))
        .routes(routes!(mail::settings, mail::set_settings))
        .routes(routes!(mail::test))
        .routes(routes!(mail::queue))
        .routes(routes!(mail::retry))
        .routes(routes!(mail::wanted, mail::set_wanted))
        .routes(routes!(settings::retention_effect))
        .routes(routes!(privacy::standing))
        .routes(routes!(privacy::block, privacy::unblock))
        .routes(routes!(privacy::blocked))
        .routes(routes!(privacy::erase))
        .routes(routes!(privacy::export_json))
        .routes(routes!(privacy::export_html))
        .routes(routes!(audit::audit))
        .routes(routes!(texts::texts, texts::set_texts))
        .routes(routes!(identity::identity, identity::set_identity))
        .routes(routes!(identity::remove_secret, identity::retire_secret))
        .routes(routes!(identity::check_proof))
        .routes(routes!(visit::collecting, visit::set_collecting))
        .routes(routes!(flows::bots, flows::add_bot))
        .routes(routes!(flows::versions))
        .routes(routes!(flows::version))
        .merge(flows)
        .routes(routes!(greetings::greeting, greetings::set_greeting))
        .routes(routes!(team::team))
        .routes(routes!(team::set_role))
        .routes(routes!(team::set_active))
        .routes(routes!(team::take_back))
        .routes(routes!(invitation::invitation))
        .routes(routes!(setup::check))
        .routes(routes!(account::account))
        .routes(routes!(account::sites))
        .routes(routes!(account::set_name))
        .routes(routes!(account::set_email))
        .routes(routes!(account::set_password))
        .merge(pictures)
        .routes(routes!(pictures::picture))
        .routes(routes!(account::end_session))
        .routes(routes!(account::end_other_sessions))
        .routes(routes!(bot::list))
        .routes(routes!(bot::events))
        .routes(routes!(bot::act))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .layer(compression())
        .merge(bare)
}

/// The whole server as one service.
pub fn router(app: App) -> Router {
    let (api, document) = api(app.cookies().session()).split_for_parts();
    let document = get(openapi::openapi).with_state::<App>(openapi::Document::of(&document));
    let api = api
        .route("/api/openapi.json", document.layer(compression()))
        .route("/api/v1/flow.schema.json", get(flows::schema).layer(compression()))
        .route("/api/v1/sites/{site_key}/check.js", get(check::check))
        .layer(header_layer("cache-control", "no-store"))
        .route_layer(from_fn_with_state(app.clone(), gate));

    let documents = Router::new()
        .route("/chat/{site}", get(pages::chat))
        .route("/chat/{site}/preview", get(pages::preview))
        .route("/c/{site}", get(full_page::full_page))
        .route("/dashboard", get(pages::dashboard))
        .route("/dashboard/", get(pages::dashboard))
        .route("/dashboard/{*path}", get(pages::dashboard))
        .route("/guide/{page}", get(guide::page))
        .route("/mail/{site}/{mail}", get(unsubscribe::ask).post(unsubscribe::unsubscribe))
        .layer(compression())
        .route_layer(from_fn_with_state(app.clone(), gate));
    let files = Router::new()
        .route("/", get(pages::root))
        .route("/elsewhere", get(pages::elsewhere))
        .route("/guide", get(guide::root))
        .route("/guide/images/{file}", get(guide::image))
        .route("/dashboard/assets/{*file}", get(assets::inbox))
        .route("/widget/{*file}", get(assets::widget));
    let files = assets::LOADER_FILES.iter().fold(files, |files, name| {
        let file =
            async |app, ip, query, headers| assets::loader(name, app, ip, query, headers).await;
        files.route(&format!("/{name}"), get(file))
    });

    let https = app.own_origin().is_https();
    let router = api
        .merge(documents)
        .merge(files)
        .fallback(pages::not_found)
        .method_not_allowed_fallback(async || Error::from(ErrorCode::MethodNotAllowed))
        .layer(from_fn_with_state(app.clone(), own_origin_only))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(header_layer("x-content-type-options", "nosniff"))
        .layer(header_layer("referrer-policy", "no-referrer"))
        .layer(header_layer("cross-origin-resource-policy", "same-origin"))
        .layer(from_fn(one_host_only))
        .layer(from_fn_with_state(app.clone(), requests::count))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(trace::trace())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(map_request_with_state(app.clone(), trace::only_ids_of_a_proxy))
        .with_state(app);
    if https {
        router.layer(header_layer("strict-transport-security", "max-age=31536000"))
    } else {
        router
    }
}

/// Compresses answers that are made for each request. Files of the build are compressed already.
fn compression() -> CompressionLayer {
    CompressionLayer::new().quality(CompressionLevel::Precise(4))
}

fn header_layer(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    let name = HeaderName::from_static(name);
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(panic = text, "a handler panicked");
    body_response(&ErrorCode::Internal.body())
}

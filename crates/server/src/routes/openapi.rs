//! The OpenAPI description, generated from the handlers.

use std::fmt::Write;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use porchlight_protocol::ErrorCode;
use porchlight_protocol::wire::{ClientFrame, ServerFrame};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa::{PartialSchema, ToSchema};

/// The description without its routes.
pub fn frame(session_cookie: &str) -> OpenApi {
    let mut description = String::from(
        "Visitors, agents and bots append to conversations and read them. Everything is JSON. \
         Appending is idempotent: the client names each act, and a retry gets the first answer \
         again.\n\nEvery answer has an `x-request-id`, which the lines of the server's log about it have, too. \
         Every answer that is not a success has the body `ErrorBody`. Each code has one \
         status:\n\n| code | status | message |\n|---|---|---|\n",
    );
    for code in ErrorCode::ALL.iter().filter(|code| !ErrorCode::RETIRED.contains(code)) {
        // Writing to a string can't fail.
        let _ = writeln!(
            description,
            "| `{}` | {} | {} |",
            code.as_str(),
            code.status(),
            code.message()
        );
    }
    let bearer = |what: &str| {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(what));
        SecurityScheme::Http(scheme.build())
    };
    let mut components = Components::new();
    components.add_security_scheme("visitor_key", bearer("The key that the browser minted."));
    components.add_security_scheme("bot_token", bearer("What `porchlight bot add` printed."));
    let cookie = ApiKeyValue::new(session_cookie);
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let csrf = ApiKeyValue::new("X-CSRF-Token");
    components.add_security_scheme("csrf", SecurityScheme::ApiKey(ApiKey::Header(csrf)));
    // No route refers to the frames of sockets, so their schemas are added here.
    let mut frames = vec![
        (ClientFrame::name().into_owned(), ClientFrame::schema()),
        (ServerFrame::name().into_owned(), ServerFrame::schema()),
    ];
    ClientFrame::schemas(&mut frames);
    ServerFrame::schemas(&mut frames);
    components.schemas.extend(frames);
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Porchlight")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(description))
                .build(),
        )
        .components(Some(components))
        .build()
}

/// The serialized description. It is serialized once, when the server starts.
#[derive(Clone)]
pub struct Document(Bytes);

impl Document {
    /// Serializes a description.
    pub fn of(document: &OpenApi) -> Self {
        let text = document.to_json().unwrap_or_else(|error| {
            tracing::error!(%error, "the API's description can't be written");
            String::new()
        });
        Document(text.into())
    }
}

impl Document {
    /// The JSON.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Serves the description.
pub async fn openapi(State(Document(text)): State<Document>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], text)
}

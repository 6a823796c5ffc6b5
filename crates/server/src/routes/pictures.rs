//! Pictures of agents: set and removed by themselves, seen by their team.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use porchlight_protocol::team::Pictured;
use porchlight_protocol::{ErrorBody, ErrorCode, PictureId};
use porchlight_store::{Credential, Hash};

use super::refusals::{AGENT, AGENT_CHANGE, CHANGE, PICTURE, refusals};
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential};
use crate::error::{Error, Result};
use crate::extract::{body, segment};
use crate::picture;

/// For how long a browser keeps a picture: what is at its address never changes. Nobody but the browser keeps it, and it asks
/// for it without a look at who is signed in, as it does of all that it has shown to them.
const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// The picture in the path. An ill-formed id gets the same answer as an unknown one.
pub struct OfPicture(PictureId);

impl FromRequestParts<App> for OfPicture {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let id = segment(parts, "pictures").and_then(|id| id.parse().ok());
        id.map(OfPicture).ok_or_else(|| ErrorCode::NotFound.into())
    }
}

/// The file that an agent has chosen. It is read only once the session has held and was not too busy: of nobody else.
pub struct Upload {
    session: Hash,
    file: Bytes,
}

impl FromRequest<App> for Upload {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let (mut parts, rest) = request.into_parts();
        let AgentChange(credential) = AgentChange::from_request_parts(&mut parts, app).await?;
        let session = credential.session;
        app.prove(&Credential::Agent(session)).await?;
        app.limits.pictures.check(&session)?;
        let file = body(Request::from_parts(parts, rest), app).await.map_err(|error| {
            let too_large = error.is(ErrorCode::BodyTooLarge);
            if too_large { ErrorCode::PictureTooLarge.into() } else { error }
        })?;
        Ok(Upload { session, file })
    }
}

/// Sets the agent's picture. The body is a PNG, JPEG or WebP of up to 5 MB and 25 megapixels that does not move. What is stored
/// is made of the square in its middle, 128 pixels wide, turned as the camera was held, without anything else of the file.
#[utoipa::path(
    put, path = "/api/v1/agent/account/picture", tag = "session", operation_id = "set_picture",
    request_body(content = String, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = Pictured),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CHANGE, PICTURE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_picture(
    State(app): State<App>,
    Upload { session, file }: Upload,
) -> Result<Json<Pictured>> {
    let png = picture::small(file).await?;
    Ok(Json(Pictured { picture: app.store.set_own_picture(session, png).await? }))
}

/// Removes the agent's picture, if there is one.
#[utoipa::path(
    delete, path = "/api/v1/agent/account/picture", tag = "session", operation_id = "remove_picture",
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CHANGE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn remove_picture(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
) -> Result<StatusCode> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    app.store.remove_own_picture(credential.session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A picture of somebody on the team, as a PNG. Another picture has another id, so a browser may keep it for ever.
#[utoipa::path(
    get, path = "/api/v1/agent/pictures/{id}", tag = "team", operation_id = "picture",
    params(("id" = String, Path, description = "The picture's id")),
    responses(
        (status = 200, content_type = "image/png", body = String),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn picture(
    State(app): State<App>,
    credential: AgentCredential,
    OfPicture(id): OfPicture,
) -> Result<impl IntoResponse> {
    let png = app.store.picture(credential.session, id).await?;
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, FOR_EVER)];
    Ok((headers, png))
}

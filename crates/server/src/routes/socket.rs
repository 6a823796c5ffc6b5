//! The socket: the hello, the welcome, and then the frames that the hub pushes.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use porchlight_protocol::limits::BODY_BYTES_MAX;
use porchlight_protocol::wire::{Auth, ClientFrame, Hello, ServerFrame, Welcome};
use porchlight_protocol::{ErrorBody, ErrorCode, Millis, Revision};
use porchlight_store::{Credential, Grant, VisitorCredential, random};
use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite;
use tracing::{Instrument, Span};

use crate::app::App;
use crate::auth::{AgentCredential, ClientIp, VisitorNetwork, client, is_about_the_credential};
use crate::error::{Error, Result};
use crate::extract::{self, VersionOnly};
use crate::hub::{Cut, SocketSubscription};
use crate::limits::Permit;

use super::refusals::{AGENT_CHANGE, FRAME, HELLO, UPGRADE, VISITOR, refusals};

/// Time within which the client must take a frame.
const SEND_WITHIN: Duration = Duration::from_secs(15);

/// Heartbeats without a pong or ping from the client, after which the connection counts as dead.
const SILENT_BEACONS_MAX: u32 = 2;

/// Pings and pongs of a client between two heartbeats. One pong answers the ping of each.
const SIGNS_MAX: u32 = 64;

/// Bytes of a socket's read buffer, which it keeps while it is idle.
const READ_BUFFER_BYTES: usize = 512;

/// Sockets of one network that have not sent a hello yet.
const GREETING_MAX: usize = 128;

mod close {
    //! The close codes of sockets.

    /// The server shuts down.
    pub const AWAY: u16 = 1001;
    /// The client violates the WebSocket protocol.
    pub const PROTOCOL: u16 = 1002;
    /// A text is not UTF-8.
    pub const NOT_TEXT: u16 = 1007;
    /// A message is too large to be read.
    pub const TOO_LARGE: u16 = 1009;
    /// The error frame before the close says why.
    pub const POLICY: u16 = 1008;
    /// The client read too slowly, or the epoch has changed: it should reconnect.
    pub const AGAIN_LATER: u16 = 1013;
}

/// A WebSocket. The first frame is a `ClientFrame::Hello`; then come `ServerFrame`s.
#[utoipa::path(
    get, path = "/api/v1/socket", tag = "socket", operation_id = "socket",
    responses(
        (status = 101, description = "Frames follow: `ClientFrame` once, then `ServerFrame`s"),
        (
            status = "default", body = ErrorBody,
            description = format!(
                "{}. As a frame before the socket closes: {}",
                refusals(&[UPGRADE]),
                refusals(&[VISITOR, AGENT_CHANGE, HELLO, FRAME]),
            ),
        ),
    ),
)]
pub async fn socket(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    VisitorNetwork(network): VisitorNetwork,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response> {
    let upgrade = upgrade.map_err(|_| ErrorCode::Malformed)?;
    app.limits.network_sockets.check(&ip)?;
    let permit = app.limits.greeting.acquire(ip, GREETING_MAX).ok_or_else(Error::overloaded)?;
    let credential = AgentCredential::from_headers(&headers, app.cookies());
    let span = Span::current();
    Ok(upgrade
        // The default is 128 KiB for each of ten thousand idle sockets. A hello and the pongs after it need no more than
        // this; for a longer frame the buffer grows.
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        // A frame up to this size is read, so that the refusal gets through; a larger one ends the connection.
        .max_message_size(4 * BODY_BYTES_MAX)
        .max_frame_size(4 * BODY_BYTES_MAX)
        .on_upgrade(async move |socket| {
            let guest = Guest { credential, ip, network, permit };
            let sockets = app.sockets.clone();
            // A task of its own: the one that waited for the upgrade is twice as large, and would live as long. Boxed,
            // because a future has room for each place that a value is moved to.
            sockets.spawn(serve(app, Box::new(socket), guest).instrument(span));
        }))
}

/// A client that has not sent its hello yet.
struct Guest {
    credential: Option<AgentCredential>,
    ip: IpAddr,
    /// The network, if it is a visitor.
    network: Option<IpAddr>,
    /// Its place among the sockets without a hello.
    permit: Permit,
}

/// How a socket ends.
enum End {
    /// The client has disconnected.
    Gone,
    /// The client closes. The server answers its close frame.
    Answer,
    /// The server refuses a frame or the session, and says why.
    Refuse(u16, Box<ErrorBody>),
    /// The server cuts the socket.
    Cut(Cut),
}

impl<E: Into<Error>> From<E> for End {
    fn from(error: E) -> Self {
        End::Refuse(close::POLICY, Box::new(error.into().into_body()))
    }
}

impl End {
    /// The end after a frame that can't be read.
    fn of_fault(fault: axum::Error) -> Self {
        let fault = fault.into_inner();
        let (number, code) = match fault.downcast_ref::<tungstenite::Error>() {
            Some(tungstenite::Error::Protocol(
                tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )) => return End::Gone,
            Some(tungstenite::Error::Protocol(_)) => (close::PROTOCOL, ErrorCode::Malformed),
            Some(tungstenite::Error::Utf8(_)) => (close::NOT_TEXT, ErrorCode::Malformed),
            Some(tungstenite::Error::Capacity(_)) => (close::TOO_LARGE, ErrorCode::BodyTooLarge),
            _ => return End::Gone,
        };
        End::Refuse(number, Box::new(code.body()))
    }
}

async fn serve(app: App, mut socket: Box<WebSocket>, guest: Guest) {
    let Err(end) = converse(&app, &mut socket, guest).await;
    let last = match end {
        End::Gone => return,
        End::Answer => None,
        End::Refuse(code, body) => {
            app.metrics.requests.refused(body.code);
            Some((code, body))
        }
        End::Cut(why) => {
            app.metrics.clients.cut(why);
            let Some((code, reason)) = farewell_after(why) else { return };
            Some((code, Box::new(reason.body())))
        }
    };
    let farewell = async {
        if let Some((code, body)) = last {
            tracing::debug!(code, reason = body.code.as_str(), "a socket is closed");
            let reason = body.code.as_str().into();
            send(&mut socket, &ServerFrame::Error(*body)).await?;
            let frame = CloseFrame { code, reason };
            socket.send(Message::Close(Some(frame))).await.map_err(|_| End::Gone)?;
        }
        // tungstenite answers the close frame while the loop reads on. So no frame that was sent is lost.
        while let Some(Ok(_)) = socket.recv().await {}
        Ok::<_, End>(())
    };
    let _ = timeout(Duration::from_secs(2), farewell).await;
}

type Never = std::convert::Infallible;

async fn converse(app: &App, socket: &mut WebSocket, guest: Guest) -> Result<Never, End> {
    // Boxed, so that the memory of the greeting is freed before the long life of the socket begins.
    let joined = Box::pin(greet(app, socket, guest)).await?;
    live(app, socket, joined).await
}

/// A socket after its welcome.
struct Joined {
    subscription: SocketSubscription,
    /// The revision of the welcome.
    covered: Revision,
    expires_at: Option<Millis>,
}

/// From the hello to the welcome.
async fn greet(app: &App, socket: &mut WebSocket, guest: Guest) -> Result<Joined, End> {
    let Guest { credential, ip, network, permit } = guest;
    let hello = timeout(app.config().hello_within, hello(socket))
        .await
        .unwrap_or_else(|_| Err(ErrorCode::Malformed.into()))?;
    let credential = credential_of(&hello, credential, network)?;
    let joined = join(app, credential.clone(), hello).await;
    if let Some(body) = joined.as_ref().err().and_then(Error::refusal)
        && is_about_the_credential(body.code)
    {
        let _ = app.limits.strangers.count(&ip);
    }
    let (joined, welcome) = joined?;
    app.note_proven(&credential);
    drop(permit);
    send(socket, &ServerFrame::Welcome(welcome)).await?;
    Ok(joined)
}

/// The first frame.
async fn hello(socket: &mut WebSocket) -> Result<Hello, End> {
    let mut signs = 0;
    loop {
        let text = match socket.recv().await {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                signs += 1;
                if signs > SIGNS_MAX {
                    return Err(ErrorCode::RateLimited.into());
                }
                continue;
            }
            Some(Ok(Message::Binary(_))) => return Err(ErrorCode::Malformed.into()),
            Some(Ok(Message::Close(_))) => return Err(End::Answer),
            None => return Err(End::Gone),
            Some(Err(fault)) => return Err(End::of_fault(fault)),
        };
        if text.len() > BODY_BYTES_MAX {
            return Err(ErrorCode::BodyTooLarge.into());
        }
        let frame: serde_json::Result<ClientFrame> = serde_json::from_str(&text);
        let hello = frame.map(|ClientFrame::Hello(hello)| hello);
        let version = || serde_json::from_str(&text).map(|VersionFrame::Hello(version)| version);
        return Ok(extract::checked(hello, version)?);
    }
}

/// The part of the first frame that all versions share.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum VersionFrame {
    Hello(VersionOnly),
}

/// The credential of a hello: a visitor's is in it, an agent's in the cookie that came with the request.
fn credential_of(
    hello: &Hello,
    cookie: Option<AgentCredential>,
    network: Option<IpAddr>,
) -> Result<Credential> {
    match &hello.auth {
        Some(Auth::Visitor { site, key }) => {
            let key = random::hash(key.as_str());
            Ok(Credential::Visitor(VisitorCredential { site: site.clone(), key, network }))
        }
        Some(Auth::Agent { csrf }) => {
            let cookie = cookie.ok_or(ErrorCode::SignInRequired)?;
            if !cookie.has_csrf(csrf) {
                return Err(ErrorCode::CsrfTokenInvalid.into());
            }
            Ok(Credential::Agent(cookie.session))
        }
        None => Err(ErrorCode::Malformed.into()),
    }
}

/// Subscribes and then reads the welcome, so that no event falls between the two.
async fn join(app: &App, credential: Credential, hello: Hello) -> Result<(Joined, Welcome)> {
    let grant = app.store.authorise(credential.clone()).await?;
    let asked = client(&credential, &grant);
    let subscription = app.hub.socket(asked.clone())?;
    if app.stopping.is_cancelled() {
        // It may have come after the others were handed over.
        return Err(ErrorCode::Unavailable.into());
    }
    app.tail.follow(grant.site.id).await?;
    let hub = Arc::clone(&app.hub);
    // Authorises again: the credential may have been revoked, or be another visitor's, before the subscription could be cut.
    let welcomed = app.store.welcome(credential.clone(), hello, move |site| hub.online(site));
    let (welcome, grant) = welcomed.await?;
    if client(&credential, &grant).topic != asked.topic {
        return Err(ErrorCode::Unavailable.into());
    }
    app.note_seen(credential);
    let Grant { expires_at, .. } = grant;
    Ok((Joined { subscription, covered: welcome.revision, expires_at }, welcome))
}

async fn live(app: &App, socket: &mut WebSocket, joined: Joined) -> Result<Never, End> {
    let Joined { mut subscription, covered, expires_at } = joined;
    let every = app.config().beacon_every;
    let mut beacons = interval_at(Instant::now() + first_beacon(every), every);
    beacons.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut silent, mut signs) = (0, 0);
    let cut = subscription.cut.clone();
    loop {
        tokio::select! {
            biased;
            () = cut.cancelled() => return Err(End::Cut(subscription.why())),
            incoming = socket.recv() => match incoming {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                    silent = 0;
                    signs += 1;
                    if signs > SIGNS_MAX {
                        return Err(ErrorCode::RateLimited.into());
                    }
                }
                Some(Ok(Message::Close(_))) => return Err(End::Answer),
                None => return Err(End::Gone),
                Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                    return Err(ErrorCode::Malformed.into());
                }
                Some(Err(fault)) => return Err(End::of_fault(fault)),
            },
            live = subscription.next() => {
                let Some(live) = live else { return Err(End::Gone) };
                if live.revision.is_some_and(|revision| revision <= covered) {
                    continue;
                }
                // The hub may cut the socket while the client does not take the frame.
                tokio::select! {
                    () = cut.cancelled() => return Err(End::Cut(subscription.why())),
                    sent = send_text(socket, live.frame) => sent?,
                }
                app.metrics.clients.frame_sent();
            }
            _ = beacons.tick() => {
                if silent >= SILENT_BEACONS_MAX {
                    return Err(End::Cut(Cut::Silent));
                }
                silent += 1;
                signs = 0;
                if expires_at.is_some_and(|at| app.now() >= at) {
                    return Err(ErrorCode::SignInRequired.into());
                }
                send(socket, &ServerFrame::Beacon(subscription.recent())).await?;
                send_message(socket, Message::Ping(Default::default())).await?;
            }
        }
    }
}

/// The delay of the first heartbeat: random within the period, so that a thousand clients that reconnect together
/// don't get their heartbeats together.
fn first_beacon(every: Duration) -> Duration {
    let [low, high] = random::bytes::<2>().unwrap_or([0, 255]);
    every.mul_f64(f64::from(u16::from_le_bytes([low, high])) / f64::from(u16::MAX))
}

/// The close code and the error for a socket that is cut; none if the client would not take them.
fn farewell_after(why: Cut) -> Option<(u16, ErrorCode)> {
    Some(match why {
        Cut::Slow | Cut::NewEpoch | Cut::Joined => (close::AGAIN_LATER, ErrorCode::Unavailable),
        Cut::SignedOut => (close::POLICY, ErrorCode::SignInRequired),
        Cut::Revoked => (close::POLICY, ErrorCode::VisitorKeyRevoked),
        Cut::SiteGone => (close::POLICY, ErrorCode::SiteUnknown),
        Cut::Stopping => (close::AWAY, ErrorCode::Unavailable),
        Cut::Silent => return None,
    })
}

async fn send(socket: &mut WebSocket, frame: &ServerFrame) -> Result<(), End> {
    let text = serde_json::to_string(frame).map_err(Error::from)?;
    send_text(socket, text.into()).await
}

async fn send_text(socket: &mut WebSocket, text: Utf8Bytes) -> Result<(), End> {
    send_message(socket, Message::Text(text)).await
}

async fn send_message(socket: &mut WebSocket, message: Message) -> Result<(), End> {
    match timeout(SEND_WITHIN, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone),
        Err(_) => Err(End::Cut(Cut::Silent)),
    }
}

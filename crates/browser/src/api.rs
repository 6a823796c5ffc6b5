//! Requests to the server: same origin, JSON in and out, every failure a [`Failure`].

use std::cell::RefCell;

use gloo_net::http::Response;
use js_sys::Object;
use porchlight_client::Failure;
use porchlight_protocol::json::{FromJson, Json};
use porchlight_protocol::wire::Auth;
use porchlight_protocol::{ErrorBody, ErrorCode, SiteKey, VisitorKey};
use serde::Serialize;
use wasm_bindgen::JsCast;
use web_sys::AbortSignal;

use crate::js;
use crate::json::{print, tree};

/// Milliseconds after which a request has failed: longer than a long poll.
pub(crate) const TIMEOUT_MS: u32 = 40_000;

/// The part of the API for agents.
pub(crate) const AGENT: &str = "/api/v1/agent";

/// An HTTP method.
#[derive(Clone, Copy)]
pub struct Method(&'static str);

impl Method {
    /// Reads.
    pub const GET: Method = Method("GET");
    /// Creates, or asks for an answer to a body.
    pub const POST: Method = Method("POST");
    /// Puts, idempotently.
    pub const PUT: Method = Method("PUT");
    /// Changes a part.
    pub const PATCH: Method = Method("PATCH");
    /// Removes.
    pub const DELETE: Method = Method("DELETE");
}

/// Who makes the requests.
pub enum Identity {
    /// A visitor of a site. The key is there from the first message on.
    Visitor {
        /// The site.
        site: SiteKey,
        /// The visitor's secret.
        key: RefCell<Option<VisitorKey>>,
    },
    /// An agent, by the session's cookie.
    Agent {
        /// The session's CSRF token, empty before signing in.
        csrf: String,
    },
}

/// A request.
pub(crate) struct Request {
    pub method: Method,
    /// Below this person's part of the API.
    pub path: String,
    pub body: Option<String>,
    /// The browser sends it to the end though the page goes.
    pub keepalive: bool,
}

impl Request {
    pub(crate) fn new(method: Method, path: impl Into<String>, body: Option<String>) -> Self {
        Request { method, path: path.into(), body, keepalive: false }
    }
}

/// The server's API for one person.
pub struct Api {
    identity: Identity,
}

impl Api {
    /// The server for this person.
    pub fn new(identity: Identity) -> Self {
        Api { identity }
    }

    /// Who makes the requests.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The credentials in the socket's hello.
    pub(crate) fn auth(&self) -> Option<Auth> {
        match &self.identity {
            Identity::Visitor { site, key } => {
                let key = key.borrow().clone()?;
                Some(Auth::Visitor { site: site.clone(), key })
            }
            Identity::Agent { csrf } => Some(Auth::Agent { csrf: csrf.clone() }),
        }
    }

    /// Gets `path`, below this person's part of the API.
    pub async fn get<T: FromJson>(&self, path: &str) -> Result<T, Failure> {
        read(self.request(Request::new(Method::GET, path, None)).await)
    }

    /// Sends a body to `path` and reads the answer.
    pub async fn send<B: Serialize, T: FromJson>(
        &self,
        method: Method,
        path: &str,
        body: &B,
    ) -> Result<T, Failure> {
        read(self.request(Request::new(method, path, print(body))).await)
    }

    /// Gets `path` as it is written: for a reader to whom its form matters.
    pub async fn text(&self, path: &str) -> Result<String, Failure> {
        let (response, text) = self.exchange(Request::new(Method::GET, path, None)).await?;
        if response.ok() { Ok(text) } else { Err(refused(&response, tree(&text))) }
    }

    /// Sends JSON to `path` as it is written, and reads the answer.
    pub async fn send_text<T: FromJson>(
        &self,
        method: Method,
        path: &str,
        json: String,
    ) -> Result<T, Failure> {
        read(self.request(Request::new(method, path, Some(json))).await)
    }

    /// Sends a body to `path`; the answer has no body.
    pub async fn tell<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        body: &B,
    ) -> Result<(), Failure> {
        self.request(Request::new(method, path, print(body))).await.map(|_| ())
    }

    /// Sends a request; the answer is a tree yet, `Null` if it is empty. Not generic, so that it is
    /// compiled once.
    pub(crate) async fn request(&self, request: Request) -> Answer {
        let (response, text) = self.exchange(request).await?;
        let json = if text.is_empty() { Some(Json::Null) } else { tree(&text) };
        match json {
            Some(json) if response.ok() => Ok(json),
            None if response.ok() => Err(Failure::Refused(ErrorCode::Internal.bare())),
            json => Err(refused(&response, json)),
        }
    }

    async fn exchange(&self, request: Request) -> Result<(Response, String), Failure> {
        let response = self.build(request)?.send().await.map_err(|_| Failure::Network)?;
        let text = response.text().await.map_err(|_| Failure::Network)?;
        Ok((response, text))
    }

    // gloo-net's builder has no `keepalive`, so the browser's own request is made of a plain object.
    // Large on 64 bits alone, where it never runs.
    #[allow(clippy::result_large_err)]
    fn build(
        &self,
        Request { method, path, body, keepalive }: Request,
    ) -> Result<gloo_net::http::Request, Failure> {
        let headers = Object::new();
        let (base, site) = match &self.identity {
            Identity::Visitor { site, key } => {
                if let Some(key) = &*key.borrow() {
                    let bearer = ["Bearer ", key.as_str()].concat();
                    js::set(&headers, "Authorization", &bearer.into());
                }
                ("/api/v1/sites/", site.as_str())
            }
            Identity::Agent { csrf } => {
                js::set(&headers, "X-CSRF-Token", &csrf.into());
                (AGENT, "")
            }
        };
        if body.is_some() {
            js::set(&headers, "Content-Type", &"application/json".into());
        }
        let request = js::object(&[
            ("method", method.0.into()),
            ("headers", headers.into()),
            ("body", body.into()),
            ("keepalive", keepalive.into()),
            ("signal", AbortSignal::timeout_with_u32(TIMEOUT_MS).into()),
        ]);
        let address = [base, site, &path].concat();
        web_sys::Request::new_with_str_and_init(&address, request.unchecked_ref())
            .map(gloo_net::http::Request::from)
            .map_err(|_| Failure::Network)
    }
}

/// An answer before anything is made of it.
pub(crate) type Answer = Result<Json, Failure>;

/// Makes of an answer what was asked for.
// Large on 64 bits alone, where it never runs.
#[allow(clippy::result_large_err)]
pub(crate) fn read<T: FromJson>(answer: Answer) -> Result<T, Failure> {
    let internal = |_| Failure::Refused(ErrorCode::Internal.bare());
    answer.and_then(|json| T::from_json(json).map_err(internal))
}

/// An answer that is not ours (a proxy's error page), or of a code that is newer than this version,
/// counts by its status.
pub(crate) fn refused(response: &Response, json: Option<Json>) -> Failure {
    let for_now = response.status() >= 500 || response.status() == 429;
    let error = json.and_then(|json| ErrorBody::from_json(json).ok());
    let mut error = error.unwrap_or_else(|| ErrorCode::Malformed.bare());
    if for_now && !error.code.is_retryable() {
        error.code = ErrorCode::Unavailable;
    }
    Failure::Refused(error)
}

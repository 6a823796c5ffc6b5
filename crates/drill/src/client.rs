//! Clients of the API: visitors, agents and bots.
//!
//! A [`Client`] is somebody with a credential, at the [`Address`] of a server or of a proxy before it; [`Client::at`] is
//! the same one elsewhere. Every request is sent once: whether and how to repeat it is the caller's choice, and
//! [`Failure`] says what a caller may conclude.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use porchlight_protocol::settings::ClosingPage;
use porchlight_protocol::wire::{
    Appended, Auth, Boot, ClientFrame, Hello, Listing, Page, ReadUpTo, ServerFrame, Session,
    SignIn, Start, Started, Welcome,
};
use porchlight_protocol::{
    Act, ClientId, ClosingSettings, Conversation, ConversationId, ErrorBody, ErrorCode, MemberId,
    Revision, Seq, SiteKey, VisitorKey, WIRE_VERSION,
};
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// Time-out of a request: above the longest long poll.
const REQUEST_WITHIN: Duration = Duration::from_secs(40);

/// Time-out of a socket from the connection to the welcome.
const WELCOME_WITHIN: Duration = Duration::from_secs(20);

const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What went wrong with a request or a socket.
#[derive(Debug)]
pub enum Failure {
    /// The server answered with an error.
    Refused(StatusCode, Box<ErrorBody>),
    /// There was no answer, or none of the API.
    Lost(String),
}

impl Failure {
    /// The error code of a refusal.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Failure::Refused(_, body) => Some(body.code),
            Failure::Lost(_) => None,
        }
    }

    /// True if it is unknown whether the server has done it: there was no answer, or the server doesn't know either,
    /// because it lost its database during the commit.
    pub fn is_unknown(&self) -> bool {
        self.code().is_none_or(|code| matches!(code, ErrorCode::Unavailable | ErrorCode::Internal))
    }

    /// True if the same request under the same `client_id` may succeed later.
    pub fn is_passing(&self) -> bool {
        self.is_unknown() || self.code() == Some(ErrorCode::RateLimited)
    }

    fn lost(why: impl fmt::Display) -> Self {
        Failure::Lost(why.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Refused(status, body) => {
                write!(f, "{} {}: {}", status.as_u16(), body.code.as_str(), body.message)
            }
            Failure::Lost(why) => write!(f, "no answer: {why}"),
        }
    }
}

impl std::error::Error for Failure {}

/// The result of a request.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// Where clients send their requests: a server, or a proxy before it.
#[derive(Clone, Debug)]
pub struct Address {
    at: SocketAddr,
    http: reqwest::Client,
}

impl Address {
    /// An address with connections of its own, which its clients share.
    pub fn new(at: SocketAddr) -> Self {
        let builder = reqwest::Client::builder().no_proxy().tcp_nodelay(true);
        let http = builder.timeout(REQUEST_WITHIN).build().unwrap_or_default();
        Address { at, http }
    }

    /// The address itself.
    pub fn socket(&self) -> SocketAddr {
        self.at
    }

    /// Asks for a path such as `/readyz`, and returns the status and the text of the answer.
    pub async fn get(&self, path: &str) -> Result<(StatusCode, String)> {
        let url = format!("http://{}{path}", self.at);
        let answer = self.http.get(url).send().await.map_err(told)?;
        let status = answer.status();
        Ok((status, answer.text().await.map_err(told)?))
    }
}

/// What reqwest has to say, with its causes: the outermost error alone says only that it failed.
fn told(error: reqwest::Error) -> Failure {
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        told.push_str(": ");
        told.push_str(&inner.to_string());
        cause = inner.source();
    }
    Failure::Lost(told)
}

/// Random bytes.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Failure::lost)?;
    Ok(bytes)
}

/// A new id for an act.
pub fn client_id() -> Result<ClientId> {
    Ok(ClientId::from_bytes(random()?))
}

/// A new key for a visitor.
pub fn visitor_key() -> Result<VisitorKey> {
    Ok(VisitorKey::from_bytes(random()?))
}

/// A message.
pub fn message(text: impl Into<String>) -> Act {
    Act::message(text)
}

/// The hello of a client that boots now.
pub fn hello() -> Hello {
    Hello { wire: WIRE_VERSION, auth: None, booted: None, known: None }
}

/// A page of a folder of the inbox.
#[derive(Clone, Debug, Default)]
pub struct Folder<'a> {
    /// The folder's name, such as `unassigned`; *open* if absent.
    pub filter: Option<&'a str>,
    /// `newest`, or `waiting` for *unassigned*.
    pub sort: Option<&'a str>,
    /// The [`next`](Listing::next) of the page before.
    pub from: Option<Revision>,
    /// How many conversations at most.
    pub limit: Option<usize>,
}

impl Folder<'_> {
    fn query(&self) -> String {
        let cursor = if self.sort == Some("waiting") { "after" } else { "before" };
        let mut query = String::new();
        let mut put = |name: &str, value: Option<String>| {
            let Some(value) = value else { return };
            let mark = if query.is_empty() { '?' } else { '&' };
            query.push_str(&format!("{mark}{name}={value}"));
        };
        put("filter", self.filter.map(str::to_owned));
        put("sort", self.sort.map(str::to_owned));
        put(cursor, self.from.map(|from| from.to_string()));
        put("limit", self.limit.map(|limit| limit.to_string()));
        query
    }
}

/// A visitor, an agent or a bot, at an address.
#[derive(Clone, Debug)]
pub struct Client {
    address: Address,
    /// The path that all requests of this kind of client begin with.
    path: String,
    headers: HeaderMap,
    /// The credentials of its hello on a socket; a bot has no socket.
    auth: Option<Auth>,
}

impl Client {
    /// A visitor of a site. The first message registers the key.
    pub fn visitor(address: &Address, site: &SiteKey, key: &VisitorKey) -> Result<Self> {
        Ok(Client {
            address: address.clone(),
            path: format!("/api/v1/sites/{site}"),
            headers: HeaderMap::from_iter([bearer(key.as_str())?]),
            auth: Some(Auth::Visitor { site: site.clone(), key: key.clone() }),
        })
    }

    /// A bot with this token.
    pub fn bot(address: &Address, token: &str) -> Result<Self> {
        Ok(Client {
            address: address.clone(),
            path: "/api/v1/bot".to_owned(),
            headers: HeaderMap::from_iter([bearer(token)?]),
            auth: None,
        })
    }

    /// Signs an agent in.
    pub async fn agent(address: &Address, email: &str, password: &str) -> Result<Self> {
        Ok(Self::sign_in(address, email, password).await?.0)
    }

    /// Signs an agent in, and returns the session too.
    pub async fn sign_in(
        address: &Address,
        email: &str,
        password: &str,
    ) -> Result<(Self, Session)> {
        let mut client = Client {
            address: address.clone(),
            path: "/api/v1/agent".to_owned(),
            headers: HeaderMap::new(),
            auth: None,
        };
        let sign_in = SignIn { email: email.to_owned(), password: password.to_owned(), code: None };
        let body = serde_json::to_vec(&sign_in).map_err(Failure::lost)?;
        let (_, headers, answer) = client.send(Method::POST, "/session", body).await?;
        let session: Session = parsed(&answer)?;
        let cookies = headers.get_all(SET_COOKIE).iter();
        let pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let cookie = header(&pairs.collect::<Vec<_>>().join("; "))?;
        client.headers.insert(COOKIE, cookie);
        client.headers.insert(CSRF, header(&session.csrf)?);
        client.auth = Some(Auth::Agent { csrf: session.csrf.clone() });
        Ok((client, session))
    }

    /// Ends the agent's session.
    pub async fn sign_out(&self) -> Result<()> {
        self.send(Method::DELETE, "/session", Vec::new()).await?;
        Ok(())
    }

    /// The same client at another address.
    #[must_use]
    pub fn at(&self, address: &Address) -> Self {
        Client { address: address.clone(), ..self.clone() }
    }

    /// The same client, with an IP address of its own if the server is behind a proxy.
    #[must_use]
    pub fn from_ip(mut self, ip: IpAddr) -> Self {
        if let Ok(ip) = header(&ip.to_string()) {
            self.headers.insert(FORWARDED_FOR, ip);
        }
        self
    }

    /// Where it sends its requests.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Starts a conversation, as a visitor.
    pub async fn start(&self, client_id: &ClientId, text: &str) -> Result<Started> {
        self.starts(client_id, text, false).await
    }

    /// Starts a conversation with the site's bot, as a visitor.
    pub async fn start_with_bot(&self, client_id: &ClientId, text: &str) -> Result<Started> {
        self.starts(client_id, text, true).await
    }

    async fn starts(&self, client_id: &ClientId, text: &str, bot: bool) -> Result<Started> {
        let start = Start {
            client_id: client_id.clone(),
            text: text.to_owned(),
            bot,
            bot_id: None,
            language: None,
        };
        self.ask(Method::POST, "/conversations", &start).await
    }

    /// Asks for an act. The same act under the same id gets the first answer again.
    pub async fn act(
        &self,
        conversation: &ConversationId,
        client_id: &ClientId,
        act: &Act,
    ) -> Result<Appended> {
        let path = format!("/conversations/{conversation}/events/{client_id}");
        self.ask(Method::PUT, &path, act).await
    }

    /// Sends a message, or as an agent a reply.
    pub async fn say(&self, conversation: &ConversationId, text: &str) -> Result<Appended> {
        self.act(conversation, &client_id()?, &message(text)).await
    }

    /// Claims a conversation from the owner that the agent saw.
    pub async fn claim(
        &self,
        conversation: &ConversationId,
        from: Option<MemberId>,
    ) -> Result<Appended> {
        self.act(conversation, &client_id()?, &Act::Claim { from }).await
    }

    /// Closes a conversation. `seen` is the last event that the closer saw.
    pub async fn close(&self, conversation: &ConversationId, seen: Seq) -> Result<Appended> {
        self.act(conversation, &client_id()?, &Act::Close { seen }).await
    }

    /// Re-opens a conversation.
    pub async fn reopen(&self, conversation: &ConversationId) -> Result<Appended> {
        self.act(conversation, &client_id()?, &Act::Reopen).await
    }

    /// Moves the read mark of the client's side.
    pub async fn read(&self, conversation: &ConversationId, up_to: Seq) -> Result<()> {
        let body = serde_json::to_vec(&ReadUpTo { up_to }).map_err(Failure::lost)?;
        self.send(Method::PUT, &format!("/conversations/{conversation}/read"), body).await?;
        Ok(())
    }

    /// Tells the others that the client types.
    pub async fn types(&self, conversation: &ConversationId) -> Result<()> {
        let path = format!("/conversations/{conversation}/typing");
        self.send(Method::PUT, &path, Vec::new()).await?;
        Ok(())
    }

    /// A conversation's state. Bots have none.
    pub async fn conversation(&self, conversation: &ConversationId) -> Result<Conversation> {
        self.get(&format!("/conversations/{conversation}")).await
    }

    /// The events after `after`, 200 at most. Waits up to `wait` seconds for one if there is none.
    pub async fn page(&self, conversation: &ConversationId, after: Seq, wait: u64) -> Result<Page> {
        self.get(&format!("/conversations/{conversation}/events?after={after}&wait={wait}")).await
    }

    /// A page of a folder, as an agent.
    pub async fn folder(&self, folder: &Folder<'_>) -> Result<Listing> {
        self.get(&format!("/conversations{}", folder.query())).await
    }

    /// The conversations of a bot: the page before `before`.
    pub async fn bot_conversations(&self, before: Option<Revision>) -> Result<Listing> {
        self.get(&format!("/conversations{}", Folder { from: before, ..Folder::default() }.query()))
            .await
    }

    /// Saves the closing settings, as an admin.
    pub async fn save_closing(&self, settings: &ClosingSettings) -> Result<ClosingPage> {
        self.ask(Method::PUT, "/settings/closing", settings).await
    }

    /// A welcome over HTTP. With `known` in the hello it waits up to `wait` seconds for something newer.
    pub async fn sync(&self, hello: &Hello, wait: u64) -> Result<Welcome> {
        self.ask(Method::POST, &format!("/sync?wait={wait}"), hello).await
    }

    /// Opens a socket, says hello and waits for the welcome. A reconnect passes the boot of its first welcome.
    pub async fn socket(&self, booted: Option<Boot>) -> Result<(Socket, Welcome)> {
        let hello = Hello { auth: self.auth.clone(), booted, ..hello() };
        let welcomed = async {
            let mut socket = Socket::open(self.address.at, &self.headers).await?;
            socket.send(&ClientFrame::Hello(hello)).await?;
            loop {
                match socket.next().await? {
                    ServerFrame::Welcome(welcome) => return Ok((socket, welcome)),
                    ServerFrame::Error(body) => return Err(refused(body)),
                    _ => {}
                }
            }
        };
        timeout(WELCOME_WITHIN, welcomed).await.map_err(|_| Failure::lost("no welcome"))?
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let (_, _, answer) = self.send(Method::GET, path, Vec::new()).await?;
        parsed(&answer)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        let body = serde_json::to_vec(body).map_err(Failure::lost)?;
        let (_, _, answer) = self.send(method, path, body).await?;
        parsed(&answer)
    }

    /// Sends a request, and returns the answer unless it is a refusal.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<(StatusCode, HeaderMap, Vec<u8>)> {
        let url = format!("http://{}{}{path}", self.address.at, self.path);
        let mut request = self.address.http.request(method, url).headers(self.headers.clone());
        if !body.is_empty() {
            request = request.body(body);
        }
        let answer = request.send().await.map_err(told)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.map_err(told)?.to_vec();
        if status.is_success() {
            return Ok((status, headers, body));
        }
        Err(match serde_json::from_slice(&body) {
            Ok(body) => Failure::Refused(status, Box::new(body)),
            // A proxy's answer, or none at all: the server may have done it.
            Err(_) => Failure::Lost(format!("status {}", status.as_u16())),
        })
    }
}

fn refused(body: ErrorBody) -> Failure {
    let status = StatusCode::from_u16(body.code.status()).unwrap_or_default();
    Failure::Refused(status, Box::new(body))
}

fn parsed<T: DeserializeOwned>(answer: &[u8]) -> Result<T> {
    serde_json::from_slice(answer).map_err(Failure::lost)
}

fn header(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(Failure::lost)
}

fn bearer(secret: &str) -> Result<(HeaderName, HeaderValue)> {
    Ok((AUTHORIZATION, header(&format!("Bearer {secret}"))?))
}

/// A client's socket.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    async fn open(at: SocketAddr, headers: &HeaderMap) -> Result<Self> {
        let url = format!("ws://{at}/api/v1/socket");
        let mut request = url.into_client_request().map_err(Failure::lost)?;
        for name in [COOKIE, FORWARDED_FOR] {
            if let Some(value) = headers.get(&name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        let tcp = TcpStream::connect(at).await.map_err(Failure::lost)?;
        tcp.set_nodelay(true).map_err(Failure::lost)?;
        // The default is 128 KiB for each of many thousand sockets.
        let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
        let opened = tokio_tungstenite::client_async_with_config(request, tcp, Some(config)).await;
        let (stream, _) = opened.map_err(Failure::lost)?;
        Ok(Socket { stream })
    }

    /// Sends a frame. The server allows the hello alone.
    async fn send(&mut self, frame: &ClientFrame) -> Result<()> {
        let text = serde_json::to_string(frame).map_err(Failure::lost)?;
        self.stream.send(Message::text(text)).await.map_err(Failure::lost)
    }

    /// The text of the next frame. `Lost` when the socket has ended. Pings are answered meanwhile.
    pub async fn next_text(&mut self) -> Result<Utf8Bytes> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.map(|frame| u16::from(frame.code));
                    return Err(Failure::Lost(format!("the socket was closed: {code:?}")));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Failure::lost(error)),
                None => return Err(Failure::lost("the socket has ended")),
            }
        }
    }

    /// The next frame, heartbeats too.
    pub async fn next(&mut self) -> Result<ServerFrame> {
        parsed(self.next_text().await?.as_bytes())
    }
}

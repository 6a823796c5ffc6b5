//! A mail server of our own, as good or as bad as a test wants it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lettre::message::Mailbox;
use porchlight_server::mail::config::{MailConfig, Sender, Smtp};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    /// Takes everything.
    Accepts,
    /// Refuses each recipient with this answer.
    Refuses(&'static str),
    /// Refuses the first recipient for now, and takes the others.
    Greylists,
    /// Says nothing.
    Hangs,
    /// Ends the connection within an answer.
    Lies,
}

/// A mail that it took.
#[derive(Debug, Clone)]
pub struct Got {
    pub to: String,
    pub data: String,
}

impl Got {
    /// The value of a header, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.data.split("\r\n\r\n").next()?.replace("\r\n ", " ");
        let found = head.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: ")))?;
        Some(found.to_owned())
    }

    /// The text, if it is sent as it is.
    pub fn body(&self) -> String {
        // The only encoding that changes ASCII, but for line ends.
        self.data.replace("=\r\n", "").replace("=3D", "=")
    }
}

#[derive(Clone)]
pub struct Post {
    pub address: SocketAddr,
    pub ca: Vec<u8>,
    mode: Arc<Mutex<Mode>>,
    got: Arc<Mutex<Vec<Got>>>,
    /// What a client has said before it was protected.
    pub clear: Arc<Mutex<Vec<String>>>,
    pub connections: Arc<Mutex<usize>>,
}

impl Post {
    /// Up, with STARTTLS if `tls`, by a certificate for this name.
    pub async fn up(tls: bool, name: &str) -> Post {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(
            tokio_rustls::rustls::crypto::ring::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
        let post = Post {
            address: listener.local_addr().unwrap(),
            ca: made.cert.pem().into_bytes(),
            mode: Arc::new(Mutex::new(Mode::Accepts)),
            got: Arc::default(),
            clear: Arc::default(),
            connections: Arc::default(),
        };
        let acceptor = tls.then(|| TlsAcceptor::from(Arc::new(config)));
        let serving = post.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *serving.connections.lock().unwrap() += 1;
                let (post, acceptor) = (serving.clone(), acceptor.clone());
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    if post.talk(&mut stream, acceptor.is_some(), true).await == Some(true) {
                        let stream = acceptor.unwrap().accept(stream.into_inner()).await;
                        if let Ok(stream) = stream {
                            post.talk(&mut BufReader::new(stream), false, false).await;
                        }
                    }
                });
            }
        });
        post
    }

    pub fn does(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    pub fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// How a server sends by it, in a hurry.
    pub fn config(&self, url: &str) -> MailConfig {
        let url = url.replace("{port}", &self.address.port().to_string());
        let Sender(from): Sender = "chat@lantern.example".parse().unwrap();
        let from: Mailbox = from;
        MailConfig {
            every: Duration::from_millis(40),
            settle: Duration::ZERO,
            step_within: Duration::from_millis(1_500),
            within: Duration::from_secs(3),
            ..MailConfig::new(url.parse::<Smtp>().unwrap(), from)
        }
    }

    pub fn plain(&self) -> MailConfig {
        self.config("smtp://127.0.0.1:{port}?tls=none")
    }

    /// Talks until the client leaves; true if it begins TLS.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        offers_tls: bool,
        greets: bool,
    ) -> Option<bool> {
        let mode = *self.mode.lock().unwrap();
        if mode == Mode::Hangs {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        if mode == Mode::Lies {
            stream.write_all(b"220-welc").await.ok()?;
            return None;
        }
        if greets {
            stream.write_all(b"220 post.example ESMTP\r\n").await.ok()?;
        }
        let mut to = String::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            if greets {
                self.clear.lock().unwrap().push(line.trim_end().to_owned());
            }
            let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            let answer = match verb.as_str() {
                "EHLO" if offers_tls => "250-post.example\r\n250-STARTTLS\r\n250 8BITMIME\r\n",
                "EHLO" => "250-post.example\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n",
                "STAR" => {
                    stream.write_all(b"220 go on\r\n").await.ok()?;
                    return Some(true);
                }
                "AUTH" if line.contains("AG1lAGh1bnRlcjI=") => "235 welcome\r\n",
                "AUTH" => "535 5.7.8 who are you?\r\n",
                "RCPT" => {
                    to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    let mode = *self.mode.lock().unwrap();
                    match mode {
                        Mode::Refuses(answer) => {
                            stream.write_all(answer.as_bytes()).await.ok()?;
                            continue;
                        }
                        Mode::Greylists => {
                            self.does(Mode::Accepts);
                            "451 4.7.1 come back later\r\n"
                        }
                        _ => "250 ok\r\n",
                    }
                }
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await.ok()?;
                    let mut data = String::new();
                    while !data.ends_with("\r\n.\r\n") {
                        if stream.read_line(&mut data).await.ok()? == 0 {
                            return None;
                        }
                    }
                    self.got.lock().unwrap().push(Got { to: to.clone(), data });
                    "250 taken\r\n"
                }
                "QUIT" => {
                    stream.write_all(b"221 bye\r\n").await.ok()?;
                    return None;
                }
                _ => "250 ok\r\n",
            };
            stream.write_all(answer.as_bytes()).await.ok()?;
        }
    }
}

//! E-mail that goes out: sends what the store has planned, by the SMTP server that the operator has set.
//!
//! Each node sends what it leases from the store. A mail that was sent by a node which died before it could say so is sent
//! again, with the same `Message-ID`.

pub mod compose;
pub mod config;
pub mod outbox;

use std::collections::HashMap;
use std::error::Error as _;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Instant;

use anyhow::Context;
use futures_util::{StreamExt, stream};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use porchlight_protocol::mail::{Call, PROBLEM_CHARS_MAX, retry_after};
use porchlight_protocol::{Millis, Revision};
use porchlight_store::mails::{Mail, Tried};
use porchlight_store::{Result, Site, SiteId};
use porchlight_words::Wording;
use tokio::sync::Notify;

use crate::app::App;
pub use config::MailConfig;
use config::Security;
use outbox::Kept;

/// Mails that are sent at the same time, by as many connections, which are used again.
const AT_ONCE: usize = 4;

/// Mails of one site that are leased at once: other sites' come between.
const LEASED_MAX: usize = 8;

/// How far ahead, in milliseconds, a node looks for answers whose visitor is connected to it: other nodes, which don't know,
/// send none of them before.
const AHEAD_MS: Millis = 30_000;

/// How long a site is not looked at whose revision has not changed, in milliseconds: its settings may have, at another node.
const LOOKED_MS: Millis = 10 * 60 * 1_000;

/// SMTP codes by which a server refuses the operator's login, and not the mail: that can be put right.
const LOGIN_CODES: [u16; 5] = [454, 530, 534, 535, 538];

/// What sends mail.
pub struct Mailer {
    config: MailConfig,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    /// Notified when something may be due.
    woken: Notify,
    /// Until when nothing is to be told to the team of a site, as long as it stays at this revision.
    looked: Mutex<HashMap<SiteId, (Revision, Millis)>>,
}

impl Mailer {
    /// By this configuration. Connects to nothing yet.
    pub fn new(config: MailConfig) -> anyhow::Result<Self> {
        let smtp = &config.smtp;
        let tls = || -> anyhow::Result<TlsParameters> {
            let mut tls = TlsParameters::builder(smtp.host.clone());
            if let Some(pem) = &config.ca {
                let ca = Certificate::from_pem(pem);
                let ca = ca.context("--smtp-ca holds no certificate in PEM form")?;
                tls = tls.certificate_store(CertificateStore::None).add_root_certificate(ca);
            }
            tls.build().context("the certificates for TLS can't be read")
        };
        let security = match smtp.security {
            Security::Tls => Tls::Wrapper(tls()?),
            Security::StartTls => Tls::Required(tls()?),
            Security::None => Tls::None,
        };
        let domain = config.from.email.domain().to_owned();
        let mut transport =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(smtp.host.clone())
                .port(smtp.port)
                .tls(security)
                .timeout(Some(config.step_within))
                .hello_name(ClientId::Domain(domain))
                .pool_config(PoolConfig::new().max_size(4));
        if let (Some(user), Some(password)) = (&smtp.user, &config.password) {
            transport = transport.credentials(Credentials::new(user.clone(), password.clone()));
        }
        let transport = transport.build();
        Ok(Mailer { config, transport, woken: Notify::new(), looked: Mutex::default() })
    }

    /// The address from which it sends.
    pub fn from(&self) -> String {
        self.config.from.email.to_string()
    }

    /// Has it look at once what is due, and at all sites.
    pub fn wake(&self) {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.woken.notify_one();
    }

    /// Tries to send a mail. True beside what became of it if no server could be talked to.
    async fn send(&self, app: &App, site: &Site, mail: &Mail) -> (Tried, bool) {
        let language = compose::language(site, mail);
        let own = app.store.site_own_texts(site.key.clone(), language.tag).await;
        // Mail is not late because they can't be read.
        let own = own.unwrap_or_default();
        let wording = Wording { language, own: &own };
        let origin = app.own_origin();
        if let Some(outbox) = &self.config.outbox {
            let texts = compose::texts(origin, site, wording, mail);
            outbox.keep(Kept { to: mail.to.clone(), texts });
            return (Tried::Sent, false);
        }
        let sent = match compose::compose(origin, &self.config.from, site, wording, mail) {
            Ok(message) => self.deliver(message).await,
            // Nothing that could be otherwise the next time.
            Err(error) => return (Tried::Failed(problem(&format!("{error:#}"))), false),
        };
        let Err(refused) = sent else { return (Tried::Sent, false) };
        let Refused { why, for_good, unreachable } = refused;
        let why = problem(&why);
        let tried = match retry_after(mail.tries, mail.planned_ago).filter(|_| !for_good) {
            Some(after_ms) => Tried::Again(why, after_ms),
            None => Tried::Failed(why),
        };
        (tried, unreachable)
    }

    async fn deliver(&self, message: Message) -> std::result::Result<(), Refused> {
        let sending = self.transport.send(message);
        let error = match tokio::time::timeout(self.config.within, sending).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => {
                let why = "The mail server did not answer in time.".to_owned();
                return Err(Refused { why, for_good: false, unreachable: true });
            }
        };
        let code = error.status().map(u16::from);
        let is_login = code.is_some_and(|code| LOGIN_CODES.contains(&code));
        let mut why = error.to_string();
        // The cause has the server's words, or those of TLS.
        let mut cause = error.source();
        while let Some(error) = cause {
            let more = error.to_string();
            if !why.contains(&more) {
                why = format!("{why}: {more}");
            }
            cause = error.source();
        }
        let for_good = error.is_permanent() && !is_login;
        Err(Refused { why, for_good, unreachable: code.is_none() || is_login })
    }
}

/// Why a mail was not taken.
struct Refused {
    why: String,
    /// It would be refused again.
    for_good: bool,
    /// Other mails would not be taken either.
    unreachable: bool,
}

/// What is kept and shown of a problem: one line, cut.
fn problem(why: &str) -> String {
    compose::line(why, PROBLEM_CHARS_MAX)
}

/// Sends what is due until it is dropped; for ever nothing, if the operator has not set how.
pub async fn run(app: App) {
    let Some(mailer) = &app.mailer else { return std::future::pending().await };
    let since = Instant::now();
    loop {
        // After a start, agents are not back yet.
        if since.elapsed() >= mailer.config.settle
            && let Err(error) = call_teams(&app, mailer).await
        {
            error.log();
        }
        if let Err(error) = send_due(&app, mailer).await {
            error.log();
        }
        tokio::select! {
            () = tokio::time::sleep(mailer.config.every) => {}
            () = mailer.woken.notified() => {}
        }
    }
}

/// Plans the mails to teams of whom nobody is online, and for whom somebody waits.
async fn call_teams(app: &App, mailer: &Mailer) -> Result<()> {
    let now = app.now();
    for head in app.store.heads().await? {
        let looked = {
            let looked = mailer.looked.lock().unwrap_or_else(PoisonError::into_inner);
            looked.get(&head.site).copied()
        };
        let is_known = looked.is_some_and(|(at, until)| at == head.revision && now < until);
        if is_known || app.hub.online(head.site) {
            continue;
        }
        let until = match app.store.call_team(head.site).await? {
            Call::At(at) => at.min(now + LOOKED_MS),
            Call::Now | Call::Never => now + LOOKED_MS,
        };
        let mut looked = mailer.looked.lock().unwrap_or_else(PoisonError::into_inner);
        looked.insert(head.site, (head.revision, until));
    }
    Ok(())
}

/// Sends what is due.
async fn send_due(app: &App, mailer: &Mailer) -> Result<()> {
    for (site, mail, visitor) in app.store.answers_due(AHEAD_MS).await? {
        if app.hub.has_visitor(site, &visitor) {
            app.store.put_mail_off(site, mail).await?;
        }
    }
    loop {
        let mut none = true;
        for id in app.store.mails_due().await? {
            let Some((site, mails)) = app.store.lease_mails(id, LEASED_MAX).await? else {
                continue;
            };
            none &= mails.is_empty();
            let tries = mails.into_iter().map(|mail| one(app, mailer, &site, mail));
            let tried: Vec<Result<bool>> =
                stream::iter(tries).buffer_unordered(AT_ONCE).collect().await;
            for unreachable in tried {
                if unreachable? {
                    // The others wait, too: they would be refused one by one.
                    return Ok(());
                }
            }
        }
        if none {
            return Ok(());
        }
    }
}

/// Sends one. True if no server could be talked to.
async fn one(app: &App, mailer: &Mailer, site: &Site, mail: Mail) -> Result<bool> {
    let (tried, unreachable) = mailer.send(app, site, &mail).await;
    match &tried {
        Tried::Sent => tracing::debug!(mail = mail.id, "a mail was sent"),
        Tried::Again(why, _) => tracing::warn!(mail = mail.id, why, "a mail could not be sent yet"),
        Tried::Failed(why) => tracing::warn!(mail = mail.id, why, "a mail was given up"),
    }
    app.store.mail_tried(site.id, mail.id, tried).await?;
    Ok(unreachable)
}

/// Sends a test now. The reason if it was not taken.
pub async fn test(app: &App, mailer: &Mailer, site: &Site, mail: Mail) -> Result<Option<String>> {
    let (tried, _) = mailer.send(app, site, &mail).await;
    let (tried, problem) = match tried {
        Tried::Sent => (Tried::Sent, None),
        // Who tests tries again by themselves.
        Tried::Again(why, _) | Tried::Failed(why) => (Tried::Failed(why.clone()), Some(why)),
    };
    app.store.mail_tried(site.id, mail.id, tried).await?;
    Ok(problem)
}

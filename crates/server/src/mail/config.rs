//! How mail is sent, as an operator sets it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Args;
use lettre::message::Mailbox;
use porchlight_protocol::team;
use url::Url;

use super::outbox::Outbox;
use crate::cli::Unrepeated;

/// An SMTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Its name, which its certificate has.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// As whom the server signs in; `None`: it does not.
    pub user: Option<String>,
    /// How what is sent is protected.
    pub security: Security,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// By TLS from the start.
    Tls,
    /// By STARTTLS. Without it nothing is sent.
    StartTls,
    /// Not at all.
    None,
}

impl FromStr for Smtp {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        // Not the value: somebody may have written a password into it.
        let url = Url::parse(text.trim()).ok().context(
            "it is no address of a mail server, such as smtps://USER@HOST or smtp://USER@HOST:587",
        )?;
        let (mut security, port) = match url.scheme() {
            "smtps" => (Security::Tls, 465),
            "smtp" => (Security::StartTls, 587),
            _ => bail!("it begins with smtps:// (TLS) or smtp:// (STARTTLS)"),
        };
        ensure!(
            url.password().is_none(),
            "a password does not belong on the command line, where others can read it: set \
             --smtp-password-file or PORCHLIGHT_SMTP_PASSWORD"
        );
        ensure!(
            matches!(url.path(), "" | "/") && url.fragment().is_none(),
            "there is nothing behind the port but ?tls=none"
        );
        match url.query() {
            None => {}
            Some("tls=none") if security == Security::StartTls => security = Security::None,
            Some(_) => bail!("the only option is ?tls=none, and for smtp:// alone"),
        }
        let host = url.host_str().filter(|host| !host.is_empty()).context("it names no host")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let user = percent_encoding::percent_decode_str(url.username()).decode_utf8();
        let user = user.context("the user name is no UTF-8")?;
        let user = (!user.is_empty()).then(|| user.into_owned());
        ensure!(
            user.is_none() || security != Security::None,
            "a password is not sent without TLS: leave out the user or ?tls=none"
        );
        let port = url.port().unwrap_or(if security == Security::None { 25 } else { port });
        ensure!(port != 0, "there is no port 0");
        Ok(Smtp { host, port, user, security })
    }
}

/// The sender of all mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(pub Mailbox);

impl FromStr for Sender {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mailbox: Mailbox = text.trim().parse().ok().with_context(|| {
            format!("{text:?} is no sender, such as \"Shop chat <chat@shop.example>\"")
        })?;
        let address = mailbox.email.to_string();
        ensure!(team::email(&address).is_some(), "{address:?} is no e-mail address");
        Ok(Sender(mailbox))
    }
}

/// The arguments.
#[derive(Args)]
pub(crate) struct MailArgs {
    /// The mail server by which e-mail is sent: smtps://USER@HOST:465 (TLS), smtp://USER@HOST:587 (STARTTLS, without
    /// which nothing is sent), or smtp://HOST:25?tls=none. Without it, there is no e-mail.
    #[arg(long, env = "PORCHLIGHT_SMTP", value_name = "URL", requires = "mail_from")]
    #[arg(value_parser = Unrepeated::<Smtp>::new())]
    smtp: Option<Smtp>,
    /// The file with the password for the mail server. Or set PORCHLIGHT_SMTP_PASSWORD.
    #[arg(long, env = "PORCHLIGHT_SMTP_PASSWORD_FILE", value_name = "FILE", requires = "smtp")]
    smtp_password_file: Option<PathBuf>,
    /// The certificate (PEM) that has signed that of the mail server, in place of those that the system trusts.
    #[arg(long, env = "PORCHLIGHT_SMTP_CA", value_name = "FILE", requires = "smtp")]
    smtp_ca: Option<PathBuf>,
    /// From whom e-mail comes: "Shop chat <chat@shop.example>". Without a name, it has that of the site.
    #[arg(long, env = "PORCHLIGHT_MAIL_FROM", value_name = "SENDER", requires = "smtp")]
    mail_from: Option<Sender>,
}

impl MailArgs {
    /// The configuration; `None` if no mail is sent.
    pub(crate) fn config(self) -> anyhow::Result<Option<MailConfig>> {
        let (Some(smtp), Some(Sender(from))) = (self.smtp, self.mail_from) else { return Ok(None) };
        let read = |path: PathBuf, flag: &str| {
            std::fs::read(&path).with_context(|| format!("can't read {} ({flag})", path.display()))
        };
        let password = match self.smtp_password_file {
            Some(path) => {
                let text = String::from_utf8(read(path, "--smtp-password-file")?)
                    .context("--smtp-password-file holds no UTF-8")?;
                Some(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            None => std::env::var("PORCHLIGHT_SMTP_PASSWORD").ok(),
        };
        let password = password.filter(|password| !password.is_empty());
        match (&smtp.user, &password) {
            (Some(user), None) => bail!(
                "--smtp names the user {user:?}, but there is no password: set --smtp-password-file or \
                 PORCHLIGHT_SMTP_PASSWORD"
            ),
            (None, Some(_)) => bail!(
                "there is a password for the mail server, but --smtp names no user: \
                 smtps://USER@HOST"
            ),
            _ => {}
        }
        let ca = self.smtp_ca.map(|path| read(path, "--smtp-ca")).transpose()?;
        Ok(Some(MailConfig { password, ca, ..MailConfig::new(smtp, from) }))
    }
}

/// How mail is sent.
#[derive(Clone)]
pub struct MailConfig {
    /// The mail server.
    pub smtp: Smtp,
    /// The password for it.
    pub password: Option<String>,
    /// The certificate that has signed its own, as PEM, in place of those that the system trusts.
    pub ca: Option<Vec<u8>>,
    /// From whom mail comes.
    pub from: Mailbox,
    /// Where mail is kept instead of being sent, in the demo.
    pub outbox: Option<Outbox>,
    /// How often it is looked what is due.
    pub every: Duration,
    /// Time after the start in which no team is called: agents come back.
    pub settle: Duration,
    /// Time for each step of a conversation with the mail server.
    pub step_within: Duration,
    /// Time for a mail as a whole.
    pub within: Duration,
}

impl MailConfig {
    /// Sends nothing, and keeps it here.
    pub fn kept_in(outbox: Outbox, from: Mailbox) -> Self {
        let smtp =
            Smtp { host: "localhost".to_owned(), port: 25, user: None, security: Security::None };
        MailConfig { outbox: Some(outbox), ..MailConfig::new(smtp, from) }
    }

    /// By this server, from this sender.
    pub fn new(smtp: Smtp, from: Mailbox) -> Self {
        MailConfig {
            smtp,
            password: None,
            ca: None,
            from,
            outbox: None,
            every: Duration::from_secs(5),
            settle: Duration::from_secs(60),
            step_within: Duration::from_secs(15),
            within: Duration::from_secs(45),
        }
    }
}

/// Without the password.
impl fmt::Debug for MailConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailConfig")
            .field("smtp", &self.smtp)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(text: &str) -> anyhow::Result<(String, u16, Option<String>, Security)> {
        let Smtp { host, port, user, security } = text.parse()?;
        Ok((host, port, user, security))
    }

    #[test]
    fn a_mail_server_is_an_address() {
        let user = Some("me@shop.example".to_owned());
        for (text, port, user, security) in [
            ("smtps://me%40shop.example@mail.example", 465, user.clone(), Security::Tls),
            ("smtps://me%40shop.example@mail.example:4650/", 4650, user.clone(), Security::Tls),
            ("smtp://me%40shop.example@mail.example", 587, user, Security::StartTls),
            ("smtp://mail.example?tls=none", 25, None, Security::None),
            ("smtp://mail.example:2525?tls=none", 2525, None, Security::None),
        ] {
            let read = smtp(text).unwrap();
            assert_eq!(read, ("mail.example".to_owned(), port, user, security), "{text}");
        }
        assert_eq!(smtp("smtp://[::1]:25?tls=none").unwrap().0, "::1");
    }

    #[test]
    fn what_is_none_is_refused_and_a_password_is_not_repeated() {
        for (text, why) in [
            ("", "no address"),
            ("mail.example", "no address"),
            ("https://mail.example", "smtps://"),
            ("smtps://me:hunter2@mail.example", "--smtp-password-file"),
            ("smtps://mail.example/inbox", "nothing behind the port"),
            ("smtps://mail.example?tls=none", "?tls=none"),
            ("smtp://mail.example?tls=maybe", "?tls=none"),
            ("smtp://me@mail.example?tls=none", "without TLS"),
            ("smtp://mail.example:0", "port 0"),
        ] {
            let error = format!("{:#}", smtp(text).unwrap_err());
            assert!(error.contains(why) && !error.contains("hunter2"), "{text}: {error}");
        }
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        let named: Sender = "Shop chat <chat@shop.example>".parse().unwrap();
        assert_eq!(named.0.name.as_deref(), Some("Shop chat"));
        let plain: Sender = "chat@shop.example".parse().unwrap();
        assert_eq!(
            (plain.0.name, plain.0.email.to_string()),
            (None, "chat@shop.example".to_owned())
        );
        for wrong in
            ["", "chat", "Shop <chat>", "a@b.example, c@d.example", "a@b.example\r\nBcc: c"]
        {
            assert!(wrong.parse::<Sender>().is_err(), "{wrong:?}");
        }
    }
}

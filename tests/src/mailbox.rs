//! A mail server that takes what it gets, for stories in which somebody gets an e-mail.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use crate::wait::until;

/// A mail, as it came.
#[derive(Debug, Clone)]
pub struct Mail(String);

impl Mail {
    /// What the mail says, in its part without markup.
    pub fn text(&self) -> String {
        let (_, part) = self.0.split_once("text/plain").unwrap_or_default();
        let (_, body) = part.split_once("\n\n").unwrap_or_default();
        let body = body.split("\n--").next().unwrap_or_default();
        quoted_printable(body)
    }

    /// The address in it that begins so.
    pub fn link(&self, begin: &str) -> Option<String> {
        let text = self.text();
        let at = text.find(begin)?;
        text.get(at..)?.split_whitespace().next().map(str::to_owned)
    }

    /// A line of its head.
    pub fn head(&self, name: &str) -> Option<&str> {
        let lines = self.0.lines().take_while(|line| !line.is_empty());
        let mut values = lines.filter_map(|line| line.split_once(": "));
        values.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Undoes the encoding that keeps lines short. What stories write is ASCII, so that nothing else is encoded.
fn quoted_printable(body: &str) -> String {
    body.replace("=\n", "").replace("=3D", "=").replace("=20\n", " \n")
}

/// The mail server.
#[derive(Debug)]
pub struct Mailbox {
    address: String,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl Mailbox {
    /// Begins to listen.
    pub fn open() -> Mailbox {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let mails = Arc::<Mutex<Vec<Mail>>>::default();
        let taken = mails.clone();
        // It ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taken = taken.clone();
                std::thread::spawn(move || take(&stream, &taken));
            }
        });
        Mailbox { address, mails }
    }

    /// The value of `--smtp`.
    pub fn url(&self) -> String {
        format!("smtp://{}?tls=none", self.address)
    }

    /// Waits for a mail to this address.
    #[track_caller]
    pub fn gets(&self, address: &str) -> Mail {
        until(&format!("a mail to {address}"), || {
            let mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
            let is_for = |mail: &&Mail| mail.head("to").is_some_and(|to| to.contains(address));
            mails.iter().find(is_for).cloned().ok_or_else(|| format!("there were {mails:?}"))
        })
    }

    /// The number of mails that came.
    pub fn count(&self) -> usize {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Speaks SMTP with a sender until they leave.
fn take(stream: &TcpStream, mails: &Mutex<Vec<Mail>>) -> Option<()> {
    let say = |line: &str| {
        let mut stream = stream;
        stream.write_all(format!("{line}\r\n").as_bytes()).ok()
    };
    let mut lines = BufReader::new(stream).lines();
    say("220 mail.example")?;
    while let Some(Ok(line)) = lines.next() {
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "DATA" => {
                say("354 go on")?;
                let body = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".");
                let body: Vec<String> = body.collect();
                let mut mails = mails.lock().unwrap_or_else(PoisonError::into_inner);
                mails.push(Mail(body.join("\n")));
                say("250 taken")?;
            }
            "QUIT" => return say("221 bye"),
            _ => say("250 fine")?,
        }
    }
    Some(())
}

//! The page of the demo's mails, beside the shop.

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use crate::export::html::escaped;
use crate::mail::outbox::{Kept, Outbox};

const STYLE: &str = ":root{color-scheme:light dark}\
    body{margin:0;background:light-dark(#faf8f4,#171411);color:light-dark(#221d17,#f4efe8);\
    font:.9375rem/1.5 system-ui,sans-serif}main{max-width:44rem;margin:0 auto;padding:2rem 1rem}\
    h1{font-size:1.5rem;margin:0 0 .25rem}p{margin:0 0 1.5rem;color:light-dark(#675e53,#b5ab9e)}\
    article{margin-bottom:1.5rem;border:1px solid light-dark(#e8e2d8,#38312a);border-radius:1rem;overflow:hidden;\
    background:light-dark(#fff,#1f1b17)}header,details{padding:1rem 1.25rem}h2{margin:0;font-size:1rem}\
    header span{color:light-dark(#675e53,#b5ab9e);overflow-wrap:anywhere}\
    iframe{display:block;width:100%;height:26rem;border:0;border-block:1px solid light-dark(#e8e2d8,#38312a)}\
    summary{cursor:pointer}pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.75rem 0 0;font-size:.8125rem}\
    a{color:light-dark(#7a4500,#ffcf7a)}";

/// What a mail may do in its frame: its links open beside the page, and nothing runs.
const SANDBOX: &str = "allow-popups allow-popups-to-escape-sandbox";

/// The mails, the newest first.
pub(super) fn page(outbox: &Outbox) -> Response {
    let mails = outbox.all();
    let note = match mails.is_empty() {
        true => {
            "There are none yet. A visitor of whom an address is known gets the team’s answers two minutes \
             after they were written, if they are not in the chat; the team is told after ten minutes that \
             somebody waits, if nobody is online. Settings → E-mail in the inbox has both, and a test."
        }
        false => "This demo sends none of them. Reload for newer ones.",
    };
    let mails: String = mails.iter().map(mail).collect();
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>The demo’s e-mails</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style>\
         <main><h1>The demo’s e-mails</h1><p>{note}</p>{mails}</main>"
    );
    ([(header::CACHE_CONTROL, "no-store")], Html(body)).into_response()
}

fn mail(Kept { to, texts }: &Kept) -> String {
    // A link in a frame would load in the frame.
    let html = texts.html.replacen("<head>", "<head><base target=\"_blank\">", 1);
    format!(
        "<article><header><h2>{subject}</h2><span>to {to}</span></header>\
         <iframe sandbox=\"{SANDBOX}\" srcdoc=\"{html}\" title=\"{subject}\"></iframe>\
         <details><summary>As text</summary><pre>{plain}</pre></details></article>",
        subject = escaped(&texts.subject),
        to = escaped(to),
        html = escaped(&html),
        plain = escaped(&texts.plain),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::compose::Texts;

    #[test]
    fn what_a_mail_says_is_text_of_the_page() {
        let outbox = Outbox::default();
        let texts = Texts {
            subject: "<b>Hi</b>".to_owned(),
            plain: "</pre><script>".to_owned(),
            html: "<html><head></head><body class=\"x\">Hi</body></html>".to_owned(),
        };
        outbox.keep(Kept { to: "a@b.example".to_owned(), texts });
        let mail = mail(&outbox.all()[0]);
        assert!(mail.contains("<h2>&lt;b&gt;Hi&lt;/b&gt;</h2>"), "{mail}");
        assert!(mail.contains("<pre>&lt;/pre&gt;&lt;script&gt;</pre>"), "{mail}");
        assert!(mail.contains("srcdoc=\"&lt;html&gt;&lt;head&gt;&lt;base target="), "{mail}");
    }
}

//! E-mail that goes out: to whom, when, what it says, and what bad mail servers do to it.

mod post;

use std::time::Duration;

use porchlight_protocol::mail::{
    CALLED_MS, MailKind, MailPage, MailQueue, MailSettings, MailState, MailTested, PAUSE_MS,
};
use porchlight_protocol::{ConversationId, Millis};
use porchlight_server::mail::compose;
use porchlight_store::mails::{Letter, Mail, Said, Waits};
use porchlight_words::{CHAT, Wording};
use serde_json::json;

use self::post::{Mode, Post};
use crate::harness::*;

/// A server that sends by a mail server that takes everything.
async fn with_post() -> (TestServer, Post) {
    let post = Post::up(false, "localhost").await;
    let config = post.plain();
    (TestServer::start_with(|it| it.mail = Some(config)).await, post)
}

/// A visitor with an address, who has written something.
async fn mia(server: &TestServer) -> (Visitor, ConversationId) {
    let visitor = server.visitor();
    let id = visitor.starts("Is the lamp in stock?").await;
    let told = json!({"name": "Mia", "email": "mia@visitor.example", "language": "de"});
    visitor.put("/visitor", &told).await.ok::<serde_json::Value>();
    (visitor, id)
}

async fn queue(agent: &Agent) -> MailQueue {
    agent.get("/settings/mail/queue").await.ok()
}

/// Until the mail server has got so many.
async fn got(post: &Post, many: usize) {
    until(&format!("{many} mails"), || async { post.got().len() >= many }).await;
}

/// As long as several looks of the sender take.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(400)).await;
}

fn to_visitor(post: &Post) -> Vec<post::Got> {
    post.got().into_iter().filter(|mail| mail.to == "mia@visitor.example").collect()
}

#[tokio::test]
async fn what_the_team_writes_within_a_pause_is_one_mail_to_who_has_gone() {
    let (server, post) = with_post().await;
    let ben = server.agent("ben").await;
    let (visitor, id) = mia(&server).await;
    ben.claims(&id).await;
    ben.says(&id, "Yes, two of them.").await;
    ben.says(&id, "Shall I put one aside?").await;
    a_while().await;
    assert!(to_visitor(&post).is_empty(), "there is time to read it in the chat");
    server.time.passes(PAUSE_MS + 1);
    until("the mail", || async { to_visitor(&post).len() == 1 }).await;
    let [mail] = to_visitor(&post).try_into().unwrap();
    let body = mail.body();
    assert!(body.contains("Yes, two of them.") && body.contains("Shall I put one aside?"));
    assert_eq!(mail.header("Auto-Submitted").unwrap(), "auto-generated");
    assert_eq!(mail.header("Content-Language").unwrap(), "de");
    assert!(mail.header("Reply-To").unwrap().contains("<chat@lantern.example>"));
    // In the name of the site: `Lantern & Oak`, as headers have it.
    let from = mail.header("From").unwrap();
    assert!(from.contains("TGFudGVybiAmIE9haw==") || from.contains("Lantern & Oak"), "{from}");
    // The link leads back to the very conversation.
    let link = format!("{}/c/{}#", server.base, server.site);
    let secret: String = body.split(&link).nth(1).unwrap().chars().take(64).collect();
    let elsewhere = server.visitor();
    let back = elsewhere.put("/visitor/return", &json!({ "link": secret })).await;
    assert!(back.status.is_success() && back.text.contains(id.as_str()), "{back:?}");
    // What was sent is not sent again.
    ben.says(&id, "Until tomorrow.").await;
    server.time.passes(PAUSE_MS + 1);
    until("another mail", || async { to_visitor(&post).len() == 2 }).await;
    let last = to_visitor(&post).pop().unwrap();
    assert!(last.body().contains("Until tomorrow.") && !last.body().contains("two of them"));
    assert_ne!(last.header("Message-ID"), mail.header("Message-ID"));
    // Nor what was read.
    ben.says(&id, "Or today.").await;
    let head = visitor.conversation(&id).await.head;
    visitor.put(&format!("/conversations/{id}/read"), &json!({"up_to": head})).await;
    server.time.passes(PAUSE_MS + 1);
    a_while().await;
    assert_eq!(to_visitor(&post).len(), 2);
    assert_eq!(*post.connections.lock().unwrap(), 1, "a connection is used again");
}

#[tokio::test]
async fn who_is_connected_has_not_gone() {
    let (server, post) = with_post().await;
    let ben = server.agent("ben").await;
    let (visitor, id) = mia(&server).await;
    let here = visitor.socket().await;
    ben.claims(&id).await;
    ben.says(&id, "Yes.").await;
    server.time.passes(PAUSE_MS + 1);
    a_while().await;
    assert!(to_visitor(&post).is_empty());
    drop(here);
    a_while().await;
    server.time.passes(PAUSE_MS + 1);
    until("the mail", || async { to_visitor(&post).len() == 1 }).await;
}

#[tokio::test]
async fn nobody_is_written_to_whose_address_an_agent_has_typed_or_who_has_none() {
    let (server, post) = with_post().await;
    let ben = server.agent("ben").await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello?").await;
    ben.claims(&id).await;
    ben.says(&id, "Yes?").await;
    let who = ben.conversation(&id).await.visitor;
    let typed = json!({"revision": 0, "email": "mia@visitor.example"});
    assert_eq!(ben.patch(&format!("/visitors/{}", who.as_str()), &typed).await.status, 200);
    ben.says(&id, "Are you there?").await;
    server.time.passes(PAUSE_MS + 1);
    a_while().await;
    assert!(to_visitor(&post).is_empty());
    let ada = server.agent("ada").await;
    assert!(queue(&ada).await.mails.iter().all(|mail| mail.kind != MailKind::Answer));
}

#[tokio::test]
async fn a_site_that_switches_it_off_writes_to_no_visitor() {
    let (server, post) = with_post().await;
    let ada = server.agent("ada").await;
    let (_visitor, id) = mia(&server).await;
    ada.claims(&id).await;
    ada.says(&id, "Yes.").await;
    let off = MailSettings { answers: false, ..MailSettings::default() };
    let page: MailPage = ada.put("/settings/mail", &off).await.ok();
    assert_eq!(page.settings, off);
    ada.says(&id, "Or no.").await;
    server.time.passes(PAUSE_MS + 1);
    a_while().await;
    assert!(to_visitor(&post).is_empty());
    assert!(queue(&ada).await.mails.iter().all(|mail| mail.kind != MailKind::Answer));
}

#[tokio::test]
async fn who_unsubscribes_gets_no_more_by_a_button_and_by_a_program() {
    let (server, post) = with_post().await;
    let ben = server.agent("ben").await;
    let (_visitor, id) = mia(&server).await;
    ben.claims(&id).await;
    ben.says(&id, "Yes.").await;
    server.time.passes(PAUSE_MS + 1);
    until("the mail", || async { to_visitor(&post).len() == 1 }).await;
    let mail = to_visitor(&post).pop().unwrap();
    assert_eq!(mail.header("List-Unsubscribe-Post").unwrap(), "List-Unsubscribe=One-Click");
    let link = mail.header("List-Unsubscribe").unwrap();
    let link = link.trim_matches(['<', '>']).to_owned();
    let path = link.strip_prefix(&server.base).unwrap().to_owned();
    let browser =
        server.caller().under("").with("accept", "text/html").with("accept-language", "de");
    let asks = browser.get(&path).await;
    assert_eq!(asks.status, 200);
    assert!(asks.text.contains("Keine E-Mails mehr von Lantern &amp; Oak?"), "{}", asks.text);
    assert!(asks.text.contains("<form method=\"post\">"));
    assert!(asks.header("content-security-policy").contains("form-action 'self'"));
    // To look is not to do.
    ben.says(&id, "Two of them.").await;
    server.time.passes(PAUSE_MS + 1);
    until("another mail", || async { to_visitor(&post).len() == 2 }).await;
    let one_click = browser
        .with("content-type", "application/x-www-form-urlencoded")
        .send(reqwest::Method::POST, &path, "List-Unsubscribe=One-Click")
        .await;
    assert_eq!(one_click.status, 200);
    assert!(one_click.text.contains("Abbestellt"));
    ben.says(&id, "Three of them.").await;
    server.time.passes(PAUSE_MS + 1);
    a_while().await;
    assert_eq!(to_visitor(&post).len(), 2);
    // Others' links are none, and nothing is told by them.
    let site = server.site.to_string();
    for wrong in [
        format!("/mail/{site}/{}", "0".repeat(32)),
        format!("/mail/{site}/'; DROP TABLE mails; --"),
        format!("/mail/pl_nobody/{}", path.rsplit('/').next().unwrap()),
    ] {
        assert_eq!(browser.get(&wrong).await.status, 404, "{wrong}");
        assert_eq!(browser.send(reqwest::Method::POST, &wrong, "").await.status, 404, "{wrong}");
    }
}

#[tokio::test]
async fn an_erasure_takes_the_address_out_of_the_queue() {
    let (server, post) = with_post().await;
    let ada = server.agent("ada").await;
    let (_visitor, id) = mia(&server).await;
    ada.claims(&id).await;
    ada.says(&id, "Yes.").await;
    server.time.passes(PAUSE_MS + 1);
    until("the mail", || async { to_visitor(&post).len() == 1 }).await;
    ada.says(&id, "Two of them.").await;
    let who = ada.conversation(&id).await.visitor;
    let erase = format!("/visitors/{}/erase", who.as_str());
    assert!(ada.send(reqwest::Method::POST, &erase, "").await.status.is_success());
    until("an empty queue", || async {
        queue(&ada).await.mails.iter().all(|mail| mail.kind != MailKind::Answer)
    })
    .await;
    server.time.passes(PAUSE_MS + 1);
    a_while().await;
    assert_eq!(to_visitor(&post).len(), 1);
}

#[tokio::test]
async fn a_team_of_whom_nobody_is_online_is_called_once() {
    let (server, post) = with_post().await;
    let ada = server.agent("ada").await;
    assert_eq!(ada.put("/account/mail", &json!({"on": false})).await.status, 200);
    let (visitor, id) = mia(&server).await;
    a_while().await;
    assert!(post.got().is_empty());
    server.time.passes(10 * MINUTE + 1);
    // Ben alone: Ada does not want it.
    got(&post, 1).await;
    a_while().await;
    let [mail] = post.got().try_into().unwrap();
    assert_eq!(mail.to, "ben@lantern.example");
    let body = mail.body();
    assert!(body.contains("Mia (10 min):\r\nIs the lamp in stock?"), "{body}");
    assert!(body.contains(&format!("{}/dashboard/chat/inbox/{id}", server.base)));
    // Somebody else waits, too, while the first one still does: not for hours.
    server.visitor().starts("And mine?").await;
    server.time.passes(11 * MINUTE);
    a_while().await;
    assert_eq!(post.got().len(), 1);
    server.time.passes(CALLED_MS);
    got(&post, 2).await;
    // What was told is not told again, however long it waits.
    server.time.passes(CALLED_MS * 3);
    a_while().await;
    assert_eq!(post.got().len(), 2);
    drop(visitor);
}

#[tokio::test]
async fn a_team_is_not_called_while_somebody_is_there_or_if_it_does_not_want_it() {
    let (server, post) = with_post().await;
    let ada = server.agent("ada").await;
    let here = ada.socket().await;
    mia(&server).await;
    server.time.passes(11 * MINUTE);
    a_while().await;
    assert!(post.got().is_empty());
    let off = MailSettings { call_minutes: 0, ..MailSettings::default() };
    ada.put("/settings/mail", &off).await.ok::<MailPage>();
    drop(here);
    a_while().await;
    assert!(post.got().is_empty());
    ada.put("/settings/mail", &MailSettings::default()).await.ok::<MailPage>();
    got(&post, 2).await;
}

#[tokio::test]
async fn a_mail_is_tried_again_until_it_is_taken_refused_or_two_days_old() {
    let (server, post) = with_post().await;
    let ada = server.agent("ada").await;
    let (_visitor, id) = mia(&server).await;
    ada.claims(&id).await;
    let answer =
        |queue: MailQueue| queue.mails.into_iter().find(|mail| mail.kind == MailKind::Answer);
    let problem = |words: &'static str| {
        let (ada, answer) = (&ada, &answer);
        move || async move {
            let mail = answer(queue(ada).await);
            mail.is_some_and(|mail| mail.problem.is_some_and(|why| why.contains(words)))
        }
    };
    // Greylisted: a minute later it is taken.
    post.does(Mode::Greylists);
    ada.says(&id, "Yes.").await;
    server.time.passes(PAUSE_MS + 1);
    until("the greylisting", problem("come back later")).await;
    assert!(to_visitor(&post).is_empty());
    server.time.passes(MINUTE + 1);
    until("the mail", || async { to_visitor(&post).len() == 1 }).await;
    until("the end of it", || async {
        answer(queue(&ada).await).is_some_and(|mail| mail.state == MailState::Sent)
    })
    .await;
    let sent = answer(queue(&ada).await).unwrap();
    assert_eq!((sent.state, sent.tries, sent.problem), (MailState::Sent, 2, None));
    // Refused for good.
    post.does(Mode::Refuses("550 5.1.1 no such person here\r\n"));
    ada.says(&id, "Two of them.").await;
    server.time.passes(PAUSE_MS + 1);
    until("the refusal", problem("no such person here")).await;
    let failed = answer(queue(&ada).await).unwrap();
    assert_eq!((failed.state, failed.tries), (MailState::Failed, 1));
    // An admin has it tried again.
    post.does(Mode::Accepts);
    let retry = format!("/settings/mail/queue/{}/retry", failed.id);
    assert_eq!(ada.send(reqwest::Method::POST, &retry, "").await.status, 204);
    until("the mail", || async { to_visitor(&post).len() == 2 }).await;
    let again = ada.send(reqwest::Method::POST, &retry, "").await;
    assert_eq!(again.refusal(), "404 not_found", "it is sent");
    // Nobody takes it, for two days.
    post.does(Mode::Refuses("421 4.3.2 not today\r\n"));
    ada.says(&id, "Three of them.").await;
    server.time.passes(PAUSE_MS + 1);
    until("the first try", problem("not today")).await;
    server.time.passes(2 * DAY);
    until("the end", || async {
        answer(queue(&ada).await).is_some_and(|mail| mail.state == MailState::Failed)
    })
    .await;
}

async fn tested(server: &TestServer) -> MailTested {
    let ada = server.agent("ada").await;
    ada.send(reqwest::Method::POST, "/settings/mail/test", "").await.ok()
}

#[tokio::test]
async fn a_test_says_at_once_what_the_mail_server_says() {
    let (server, post) = with_post().await;
    let sent = tested(&server).await;
    assert_eq!(sent, MailTested { to: "ada@lantern.example".to_owned(), problem: None });
    assert!(post.got()[0].data.contains("Test from"));
    for (mode, words) in [
        (Mode::Refuses("550 5.7.1 not from you\r\n"), "not from you"),
        (Mode::Greylists, "come back later"),
        (Mode::Hangs, "time"),
        (Mode::Lies, ""),
    ] {
        post.does(mode);
        // On a new connection.
        let mut other = TestServer::start_with(|it| it.mail = Some(post.plain())).await;
        let problem = tested(&other).await.problem.unwrap_or_else(|| panic!("{mode:?}"));
        assert!(problem.contains(words) && !problem.is_empty(), "{mode:?}: {problem}");
        other.stop().await;
    }
}

#[tokio::test]
async fn a_password_is_sent_by_tls_alone_to_whom_the_certificate_names() {
    let with = |config: porchlight_server::mail::MailConfig| async move {
        TestServer::start_with(|it| it.mail = Some(config)).await
    };
    let url = "smtp://me@localhost:{port}";
    let secret = |post: &Post, password: &str, ca: &[u8]| {
        let (password, ca) = (Some(password.to_owned()), Some(ca.to_vec()));
        porchlight_server::mail::MailConfig { password, ca, ..post.config(url) }
    };
    // As it should be.
    let post = Post::up(true, "localhost").await;
    let server = with(secret(&post, "hunter2", &post.ca)).await;
    assert_eq!(tested(&server).await.problem, None);
    assert_eq!(post.got().len(), 1);
    // A wrong password: the operator's fault, which is told.
    let server = with(secret(&post, "hunter3", &post.ca)).await;
    let problem = tested(&server).await.problem.unwrap();
    assert!(problem.contains("who are you?") && !problem.contains("hunter3"), "{problem}");
    // A certificate that somebody else has signed, one of another name, and no TLS at all.
    let (other, stranger) =
        (Post::up(true, "else.example").await, Post::up(true, "localhost").await);
    let bare = Post::up(false, "localhost").await;
    for (post, ca) in [(&stranger, &post.ca), (&other, &other.ca), (&bare, &bare.ca)] {
        let server = with(secret(post, "hunter2", ca)).await;
        assert!(tested(&server).await.problem.is_some());
        assert!(post.got().is_empty());
        let clear = post.clear.lock().unwrap().join("\n");
        assert!(!clear.contains("AUTH") && !clear.contains("RCPT"), "{clear}");
    }
}

#[tokio::test]
async fn without_a_mail_server_nothing_is_planned_and_the_page_says_so() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let page: MailPage = ada.get("/settings/mail").await.ok();
    assert_eq!(page, MailPage { settings: MailSettings::default(), from: None });
    let refused = ada.send(reqwest::Method::POST, "/settings/mail/test", "").await;
    assert_eq!(refused.refusal(), "409 mail_off");
    let (_visitor, id) = mia(&server).await;
    ben.claims(&id).await;
    ben.says(&id, "Yes.").await;
    assert_eq!(queue(&ada).await, MailQueue::default());
}

#[tokio::test]
async fn settings_out_of_range_are_refused_and_nothing_is_overwritten_unseen() {
    let (server, _post) = with_post().await;
    let ada = server.agent("ada").await;
    let mut wrong = json!({"call_minutes": 1_441, "answers": true, "language": "en"});
    let refused = ada.put("/settings/mail", &wrong).await;
    assert_eq!(refused.refusal(), "422 call_minutes_out_of_range");
    wrong["call_minutes"] = json!(5);
    wrong["language"] = json!("en\r\nBcc: x");
    assert_eq!(ada.put("/settings/mail", &wrong).await.refusal(), "422 language_invalid");
    wrong["language"] = json!("de");
    wrong["seen"] = json!({"call_minutes": 7, "answers": true, "language": "en"});
    assert_eq!(ada.put("/settings/mail", &wrong).await.refusal(), "409 settings_changed");
    wrong["seen"] = json!(MailSettings::default());
    let page: MailPage = ada.put("/settings/mail", &wrong).await.ok();
    assert_eq!((page.settings.call_minutes, page.settings.language.as_str()), (5, "de"));
    assert_eq!(page.from.as_deref(), Some("chat@lantern.example"));
}

#[tokio::test]
async fn what_people_write_can_add_no_header_and_no_markup() {
    let (server, _post) = with_post().await;
    let mut site = server.app().site(&server.site).await.unwrap();
    site.name = "Shop\r\nBcc: all@victim.example\r\n\r\nHi \u{202e}<b>".to_owned();
    let said = |text: &str| Said { by: "Ada\r\nX-Bad: 1 <i>".to_owned(), text: text.to_owned() };
    let long = "x".repeat(1 << 20);
    let mail = Mail {
        id: "00ff".to_owned(),
        tries: 1,
        planned_ago: 0,
        to: "mia@visitor.example".to_owned(),
        letter: Letter::Answer {
            language: Some("en".to_owned()),
            messages: vec![said("<script>alert(1)</script>\r\n.\r\nQUIT\r\n\u{2066}"), said(&long)],
            more: false,
            link: "00ff".to_owned(),
        },
    };
    let origin = server.app().own_origin().clone();
    let wording = Wording::from(CHAT.english());
    let from = "chat@lantern.example".parse().unwrap();
    let sent = compose::compose(&origin, &from, &site, wording, &mail).unwrap();
    let sent = String::from_utf8(sent.formatted()).unwrap();
    assert!(sent.len() < 100_000, "a message is cut: {}", sent.len());
    let head = sent.split("\r\n\r\n").next().unwrap();
    let names: Vec<&str> =
        head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).collect();
    assert!(names.iter().all(|line| !line.starts_with("Bcc") && !line.starts_with("X-Bad")));
    let html = compose::texts(&origin, &site, wording, &mail).html;
    assert!(!html.contains("<script") && !html.contains("<i>") && !html.contains("<b>"));
    assert!(!html.contains('\u{202e}') && !html.contains('\u{2066}'));
    let nobody = Mail { to: "mia@x.example\r\nRCPT TO:<all@x.example>".to_owned(), ..mail };
    assert!(compose::compose(&origin, &from, &site, wording, &nobody).is_err());
}

#[tokio::test]
async fn mails_look_as_they_did() {
    let (server, _post) = with_post().await;
    let app = server.app();
    let site = app.site(&server.site).await.unwrap();
    let texts = [
        ("en", "Yes, we have two of them.\nShall I put one aside?", "Mia", "Is the lamp in stock?"),
        (
            "de",
            "Ja, es sind noch zwei da.\nSoll ich Ihnen eine zurücklegen?",
            "Mia",
            "Ist die Lampe da?",
        ),
        ("ar", "نعم، لدينا اثنان منها.\nهل أحجز لك واحدًا؟", "ليان", "هل المصباح متوفر؟"),
    ];
    for (tag, answer, name, question) in texts {
        let language = CHAT.choose(Some(tag), None);
        let mut site = site.clone();
        site.mail.language = tag.to_owned();
        let mail = |letter: Letter| Mail {
            id: "0123456789abcdef".to_owned(),
            tries: 1,
            planned_ago: 0,
            to: "mia@visitor.example".to_owned(),
            letter,
        };
        let waits = |name: Option<&str>, words: &str, ms: Millis| Waits {
            conversation: ConversationId::from_bytes([7; 16]),
            name: name.map(str::to_owned),
            words: words.to_owned(),
            ms,
        };
        let said = |text: &str| Said { by: "Ada".to_owned(), text: text.to_owned() };
        let letters = [
            (
                "answer",
                Letter::Answer {
                    language: Some(tag.to_owned()),
                    messages: vec![said(answer), said("https://lantern.example/lamps?a=1&b=2")],
                    more: false,
                    link: "0123456789abcdef".to_owned(),
                },
            ),
            (
                "waiting",
                Letter::Waiting {
                    waits: vec![
                        waits(Some(name), question, 190 * MINUTE),
                        waits(None, "?", 12 * MINUTE),
                    ],
                    more: false,
                },
            ),
        ];
        for (kind, letter) in letters {
            let wording = Wording::from(language);
            let texts = compose::texts(app.own_origin(), &site, wording, &mail(letter));
            let named = |text: String| {
                text.replace(&server.base, "https://chat.example")
                    .replace(&site.key.to_string(), "pl_golden")
            };
            let plain = named(format!("{}\n\n{}", texts.subject, texts.plain));
            for (ending, text) in [("txt", plain), ("html", named(texts.html))] {
                let file = format!(
                    "{}/tests/it/mail/golden/{kind}.{tag}.{ending}",
                    env!("CARGO_MANIFEST_DIR")
                );
                if std::env::var_os("UPDATE_GOLDEN").is_some() {
                    std::fs::write(&file, &text).unwrap();
                }
                assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "{file}");
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn two_nodes_send_a_mail_once() {
    let (one, post) = with_post().await;
    let two = one.another_node().await;
    let ben = one.agent("ben").await;
    let visitor = one.visitor();
    let mut all = Vec::new();
    for _ in 0..20 {
        let visitor = one.visitor();
        let id = visitor.starts("Hello?").await;
        visitor.put("/visitor", &json!({"email": "mia@visitor.example"})).await;
        ben.claims(&id).await;
        ben.says(&id, "Yes.").await;
        all.push(id);
    }
    one.time.passes(PAUSE_MS + 1);
    until("the mails", || async { to_visitor(&post).len() >= all.len() }).await;
    a_while().await;
    assert_eq!(to_visitor(&post).len(), all.len());
    // A team is called once, too, and a visitor who is at the other node has not gone.
    let id = visitor.starts("Anybody?").await;
    visitor.put("/visitor", &json!({"email": "mia@visitor.example"})).await;
    let here = visitor.at(&two).socket().await;
    ben.claims(&id).await;
    ben.says(&id, "Yes.").await;
    one.time.passes(PAUSE_MS - 10_000);
    a_while().await;
    one.time.passes(11_000);
    a_while().await;
    assert_eq!(to_visitor(&post).len(), all.len());
    drop(here);
}

//! Links that lead a visitor back to a conversation, and the page that they open.

use porchlight_protocol::person::Returned;
use porchlight_protocol::{ConversationId, limits};
use reqwest::StatusCode;
use serde_json::json;

use crate::commands::{porchlight, refused, said};
use crate::harness::*;

impl TestServer {
    /// The secret of a link back to a conversation.
    fn link_to(&self, id: &ConversationId) -> String {
        let (store, key, id) = (self.beside(), self.site.clone(), id.clone());
        blocking(move || {
            let site = store.site(Some(&key)).unwrap();
            store.return_link(&site, &id).unwrap().unwrap()
        })
    }
}

impl Visitor {
    async fn tries_to_return(&self, link: &str) -> Answer {
        self.put("/visitor/return", &json!({"link": link})).await
    }

    async fn returns(&self, link: &str) -> Returned {
        self.tries_to_return(link).await.ok()
    }
}

#[tokio::test]
async fn a_link_leads_one_new_browser_back_to_the_conversation() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let shop = server.visitor();
    let id = shop.starts("Is it waterproof?").await;
    ada.claims(&id).await;
    ada.says(&id, "It is.").await;
    let link = server.link_to(&id);

    let phone = server.visitor();
    assert_eq!(phone.returns(&link).await, Returned { conversation: id.clone(), anew: true });
    assert_eq!(phone.home().await, std::slice::from_ref(&id));
    phone.says(&id, "Thank you.").await;
    assert_eq!(ada.conversation(&id).await.visitor, ada.visitor_of(&id).await, "the same visitor");
    // The same browser may come again, and the one in which it began has no need of it.
    let again = Returned { conversation: id.clone(), anew: false };
    assert_eq!(phone.returns(&link).await, again);
    assert_eq!(shop.returns(&link).await, again);

    // Whoever else has got the mail learns nothing, and what they have said stays theirs.
    let other = server.visitor();
    assert_eq!(other.tries_to_return(&link).await.refusal(), "409 link_used");
    let (second, other) = (server.link_to(&id), server.visitor());
    let theirs = other.starts("Hello").await;
    assert_eq!(other.tries_to_return(&second).await.refusal(), "409 other_person");
    assert_eq!(other.home().await, [theirs]);
    // Which has used nothing up.
    assert!(server.visitor().returns(&second).await.anew);
}

#[tokio::test]
async fn a_link_holds_for_thirty_days_and_ends_with_the_visitor() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let (early, late) = (server.link_to(&id), server.link_to(&id));
    server.time.passes(limits::RETURN_LINK_MS - 60_000);
    assert!(server.visitor().returns(&early).await.anew);
    server.time.passes(120_000);
    for link in [late.as_str(), early.as_str(), "", "x", &"x".repeat(10_000)] {
        let answer = server.visitor().tries_to_return(link).await;
        assert_eq!(answer.refusal(), "410 link_expired", "{link:.10}");
    }

    let link = server.link_to(&id);
    let ada = server.agent("ada").await;
    let who = ada.visitor_of(&id).await;
    let (store, key) = (server.beside(), server.site.clone());
    blocking(move || {
        let site = store.site(Some(&key)).unwrap();
        assert!(store.revoke_visitor(&site, &who).unwrap());
    });
    assert_eq!(server.visitor().tries_to_return(&link).await.refusal(), "410 link_expired");
}

#[tokio::test]
async fn a_link_opens_nothing_at_another_site() {
    let server = TestServer::start().await;
    let id = server.visitor().starts("Hello").await;
    let link = server.link_to(&id);
    let elsewhere = server.visitor_of(&server.another_site());
    assert_eq!(elsewhere.tries_to_return(&link).await.refusal(), "410 link_expired");
    assert!(server.visitor().returns(&link).await.anew);
}

#[tokio::test]
async fn a_link_leads_to_the_person_that_a_device_has_become() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let device = server.visitor();
    let id = device.starts("From the phone").await;
    let before = server.link_to(&id);
    // What is joined by a link is one visitor, and a link to either leads there.
    let laptop = server.visitor();
    assert!(laptop.returns(&server.link_to(&id)).await.anew);
    let second = laptop.starts("From the laptop").await;
    assert_eq!(ada.visitor_of(&second).await, ada.visitor_of(&id).await);
    assert_eq!(server.visitor().returns(&before).await.conversation, id);
}

#[tokio::test]
async fn the_page_of_a_chat_says_whose_it_is_in_the_readers_language() {
    let server = TestServer::start().await;
    let path = format!("/c/{}", server.site);
    let answer = server.caller().with("accept-language", "ar").get(&path).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-language"), "ar");
    assert!(answer.text.contains("<html lang=\"ar\" dir=\"rtl\">"), "{}", answer.text);
    assert!(answer.text.contains("<title>Lantern &amp; Oak</title>"), "{}", answer.text);
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    for unknown in ["/c/pl_nobody", "/c/%3Cb%3E"] {
        let answer = server.caller().get(unknown).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{unknown}");
        assert!(!answer.text.contains("<b>"), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_command_prints_a_link() {
    let server = TestServer::start().await;
    let id = server.visitor().starts("Hello").await;
    let make =
        |id: &str| porchlight(server.folder.path(), &["visitor", "link", "--conversation", id], "");
    let none_yet = refused(&make(id.as_str()));
    assert!(none_yet.contains("run porchlight serve"), "{none_yet}");
    let (store, url) = (server.beside(), server.base.parse().unwrap());
    blocking(move || store.set_public_url(&url).unwrap());
    let printed = said(&make(id.as_str()));
    let link = printed.trim().strip_prefix(&format!("{}/c/{}#", server.base, server.site));
    assert!(server.visitor().returns(link.unwrap()).await.anew);
    let none = ConversationId::from_bytes([7; 16]);
    let said = refused(&make(none.as_str()));
    assert!(said.contains("has no conversation"), "{said}");
}

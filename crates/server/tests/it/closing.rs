use porchlight_protocol::wire::{Hello, ServerFrame};
use porchlight_protocol::{ClosingSettings, EventBody};
use serde_json::json;

use crate::harness::*;

/// All eight, each on a server of its own: what a fresh client lists, what an open one lists, and
/// whether the visitor may go on.
#[tokio::test]
async fn all_eight_policies_hold_when_a_conversation_is_closed() {
    for bits in 0..8 {
        let (hide, disable, notice) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
        let server = TestServer::start().await;
        server.set_closing(closing(hide, disable, notice)).await;
        let (visitor, ada) = (server.visitor(), server.agent("ada").await);
        let id = visitor.starts("Hello").await;
        ada.claims(&id).await;
        let open_tab = visitor.sync(&hello()).await;
        ada.closes(&id).await;
        let case = format!("hide {hide}, disable {disable}, notice {notice}");

        let policy = visitor.sync(&hello()).await.policy;
        assert_eq!(policy.hide_closed_since.is_some(), hide, "{case}");
        assert_eq!((policy.disable_field, policy.notice.is_some()), (disable, notice), "{case}");
        assert_eq!(visitor.home().await.is_empty(), hide, "a reload: {case}");
        let still = visitor.home_since(Some(open_tab.booted)).await;
        assert_eq!(still, [id.clone()], "an open tab: {case}");
        // A conversation of one's own can be looked at whatever Home lists.
        assert!(visitor.conversation(&id).await.is_closed());

        let answer = visitor.act(&id, &message("One more thing")).await;
        if disable {
            assert_eq!(answer.refusal(), "409 conversation_closed", "{case}");
            assert!(visitor.conversation(&id).await.is_closed(), "{case}");
            assert_eq!(visitor.events(&id).await.len(), 3, "{case}");
        } else {
            assert!(answer.status.is_success(), "{case}");
            assert!(!visitor.conversation(&id).await.is_closed(), "{case}");
            let events = visitor.events(&id).await;
            assert!(matches!(events[3].body, EventBody::Reopened), "{case}");
            assert_eq!(visitor.home().await, [id.clone()], "{case}");
        }
        // Nobody is locked out: a new conversation can be started in every case.
        visitor.starts("Hello again").await;
    }
}

#[tokio::test]
async fn what_an_agent_opens_again_is_back_at_once() {
    let server = TestServer::start().await;
    server.set_closing(closing(true, true, true)).await;
    let (visitor, ada, ben) =
        (server.visitor(), server.agent("ada").await, server.agent("ben").await);
    let id = visitor.starts("Hello").await;
    ada.claims(&id).await;
    ada.closes(&id).await;
    assert!(visitor.home().await.is_empty());
    assert_eq!(ben.folder("?filter=closed").await.conversations.len(), 1);

    ben.act(&id, &json!("reopen")).await.ok::<serde_json::Value>();
    assert_eq!(visitor.home().await, [id.clone()]);
    visitor.says(&id, "There you are").await;
    assert_eq!(ben.folder("?filter=mine").await.conversations.len(), 1, "it is Ben's now");
}

#[tokio::test]
async fn what_a_visitor_closes_leaves_home_at_once() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let booted = visitor.sync(&hello()).await.booted;
    visitor.closes(&id).await;

    assert!(visitor.home_since(Some(booted)).await.is_empty());
    assert_eq!(ada.folder("?filter=closed").await.conversations.len(), 1);
    assert_eq!(visitor.closes(&id).await.events, [], "closing twice is nothing");
}

#[tokio::test]
async fn switching_hiding_on_takes_nothing_from_an_open_tab() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    ada.claims(&id).await;
    ada.closes(&id).await;
    let open_tab = visitor.sync(&hello()).await.booted;

    server.set_closing(closing(true, false, false)).await;
    assert_eq!(visitor.home_since(Some(open_tab.clone())).await, [id.clone()]);
    assert!(visitor.home().await.is_empty());
    // Saved again while on, it counts from when it was switched on.
    let since = visitor.sync(&hello()).await.policy.hide_closed_since;
    server.set_closing(closing(true, false, true)).await;
    assert_eq!(visitor.sync(&hello()).await.policy.hide_closed_since, since);
    // Off and on again is new.
    server.set_closing(closing(false, false, true)).await;
    server.set_closing(closing(true, false, true)).await;
    assert!(visitor.sync(&hello()).await.policy.hide_closed_since > since);
    assert_eq!(visitor.home_since(Some(open_tab)).await, [id]);
}

#[tokio::test]
async fn settings_reach_open_clients_live() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    visitor.starts("Hello").await;
    let (mut socket, welcome) = visitor.socket().await;
    assert!(!welcome.policy.disable_field);

    let settings = ClosingSettings {
        notice_text: "  Bye,\r\nsee https://lantern.example  ".to_owned(),
        ..closing(false, true, true)
    };
    let saved: ClosingSettings = ada.put("/settings/closing", &settings).await.ok();
    assert_eq!(saved.notice_text, "Bye,\nsee https://lantern.example");
    assert_eq!(ada.get("/settings/closing").await.ok::<ClosingSettings>(), saved);
    let ServerFrame::Policy(policy) = socket.next().await else { panic!() };
    assert_eq!(policy, visitor.sync(&hello()).await.policy);
    assert_eq!(policy.notice.as_deref(), Some("Bye,\nsee https://lantern.example"));
}

#[tokio::test]
async fn only_an_admin_changes_settings_and_only_to_what_can_be() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let settings = closing(true, true, true);
    assert_eq!(ben.put("/settings/closing", &settings).await.refusal(), "403 role_required");
    for (text, refusal) in [
        (" ".to_owned(), "422 text_empty"),
        ("x".repeat(501), "422 text_too_long"),
        ("a\0b".to_owned(), "422 text_invalid"),
    ] {
        let settings = ClosingSettings { notice_text: text, ..settings.clone() };
        assert_eq!(ada.put("/settings/closing", &settings).await.refusal(), refusal);
    }
    let half = json!({"hide_closed": true});
    assert_eq!(ada.put("/settings/closing", &half).await.refusal(), "400 malformed");
    let now: ClosingSettings = ben.get("/settings/closing").await.ok();
    assert_eq!(now, ClosingSettings::default());
}

#[tokio::test]
async fn a_boot_of_another_life_of_the_store_is_a_new_boot() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    visitor.starts("Hello").await;
    let now = visitor.sync(&hello()).await.booted;
    let mut other = now.clone();
    other.epoch = porchlight_protocol::Epoch::from_bytes([9; 16]);
    other.revision = 0;
    let welcome = visitor.sync(&Hello { booted: Some(other), ..hello() }).await;
    assert_eq!(welcome.booted, now);
}

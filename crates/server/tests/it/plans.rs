//! What the plan of a site includes, and what happens when it changes.

use porchlight_protocol::wire::{Hello, Welcome};
use porchlight_protocol::{ClosingSettings, ErrorBody, Plan, Policy};

use crate::harness::*;

#[tokio::test]
async fn below_professional_the_settings_are_shown_and_locked() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let settings = ClosingSettings { disable_field: true, ..closing_after(10) };
    ada.sets_closing(&settings).await;
    server.set_plan(Plan::Starter);

    let page = ada.closing().await;
    assert_eq!((page.plan, &page.settings), (Plan::Starter, &settings));
    let other = closing(true, true, true);
    for refused in [
        ada.put("/settings/closing", &other).await,
        ada.post("/settings/closing/effect", &other).await,
        // Settings that can't be are not looked at before.
        ada.put("/settings/closing", &closing_after(0)).await,
    ] {
        assert_eq!(refused.refusal(), "403 plan_required");
    }
    let ben = server.agent("ben").await;
    assert_eq!(ben.put("/settings/closing", &other).await.refusal(), "403 role_required");
    assert_eq!(ada.closing().await.settings, settings);

    server.set_plan(Plan::Enterprise);
    let page = ada.closing().await;
    assert_eq!((page.plan, page.settings), (Plan::Enterprise, settings));
    ada.sets_closing(&other).await;
}

#[tokio::test]
async fn below_professional_nothing_of_what_is_stored_is_in_force() {
    let server = TestServer::start().await;
    server
        .set_closing(ClosingSettings {
            warn_before_s: Some(60),
            notices: vec![notice("en", "Bye")],
            auto_close_after_s: Some(600),
            ..closing(true, true, true)
        })
        .await;
    server.set_plan(Plan::Starter);
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let (closed, open) = (visitor.starts("Hello").await, visitor.starts("Hello again").await);
    ada.claims(&closed).await;
    ada.closes(&closed).await;
    server.time.passes(DAY);
    server.timer_looks().await;

    assert_eq!(visitor.sync(&hello()).await.policy, Policy::default());
    assert_eq!(visitor.home().await, [open.clone(), closed.clone()]);
    assert!(!ada.conversation(&open).await.is_closed());
    visitor.says(&closed, "It opens again").await;
    assert!(!ada.conversation(&closed).await.is_closed());
}

#[tokio::test]
async fn a_change_of_plan_reaches_everybody_who_is_there() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    ada.sets_closing(&ClosingSettings { disable_field: true, ..closing_after(10) }).await;
    let ((mut at_home, welcome), (mut at_work, _)) = (visitor.socket().await, ada.socket().await);
    let known = Hello { known: Some(welcome.revision), ..hello() };
    let polling = {
        let visitor = visitor.clone();
        tokio::spawn(async move { visitor.post("/sync?wait=25", &known).await.ok::<Welcome>() })
    };

    server.set_plan(Plan::Starter);
    assert_eq!(at_home.next_policy().await, Policy::default());
    assert_eq!(at_work.next_policy().await, Policy::default());
    assert_eq!(polling.await.unwrap().policy, Policy::default());

    // Nothing closed meanwhile. On the plan that includes it, what is due closes at once.
    server.time.passes(20 * MINUTE);
    server.timer_looks().await;
    assert!(!ada.conversation(&id).await.is_closed());
    server.set_plan(Plan::Professional);
    assert_eq!(at_home.next_policy().await, welcome.policy);
    assert_eq!(at_home.next_event().await.0, id);
    assert!(ada.conversation(&id).await.is_closed());
}

#[tokio::test]
async fn an_upgrade_takes_nothing_from_an_open_tab() {
    let server = TestServer::start().await;
    server.set_closing(closing(true, false, false)).await;
    let before = server.visitor_policy().await.hide_closed_since;
    server.set_plan(Plan::Starter);
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    ada.claims(&id).await;
    ada.closes(&id).await;
    let open_tab = visitor.sync(&hello()).await.booted;
    assert_eq!(visitor.home().await, [id.clone()]);

    // Hiding comes into force now, not when it was set.
    server.set_plan(Plan::Professional);
    assert!(server.visitor_policy().await.hide_closed_since > before);
    assert_eq!(visitor.home_since(Some(open_tab)).await, [id]);
    assert!(visitor.home().await.is_empty(), "a reload");

    // From Professional to Enterprise nothing comes into force.
    let since = server.visitor_policy().await.hide_closed_since;
    server.set_plan(Plan::Enterprise);
    assert_eq!(server.visitor_policy().await.hide_closed_since, since);
}

#[tokio::test]
async fn a_refusal_for_the_plan_says_what_is_needed() {
    let server = TestServer::start().await;
    server.set_plan(Plan::Starter);
    let ada = server.agent("ada").await;
    let answer = ada.put("/settings/closing", &ClosingSettings::default()).await;
    let body: ErrorBody = serde_json::from_str(&answer.text).unwrap();
    assert!(body.message.contains("Professional"), "{}", body.message);
}

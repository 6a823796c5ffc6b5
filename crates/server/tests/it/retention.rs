//! Retention: closed conversations without activity for a while are removed, and no others.

use porchlight_protocol::privacy::{Retention, RetentionEffect};
use porchlight_server::erasing;
use serde_json::json;

use crate::commands::{porchlight, refused, said};
use crate::harness::*;

#[tokio::test]
async fn what_is_closed_and_old_is_removed_and_nothing_else() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let saved: Retention = ada.get("/settings/retention").await.ok();
    assert_eq!(saved.days, None, "off by default");
    let old = visitor.starts("Old").await;
    let open = visitor.starts("Open").await;
    let active = visitor.starts("Active").await;
    for id in [&old, &active] {
        visitor.closes(id).await;
    }
    server.time.passes(20 * DAY);
    visitor.says(&active, "Again").await;
    visitor.closes(&active).await;
    let young = visitor.starts("Young").await;
    visitor.closes(&young).await;
    server.time.passes(11 * DAY);
    let ada = {
        drop(ada);
        server.agent("ada").await
    };

    let effect = async |days: u32| -> u64 {
        let body = json!({ "days": days });
        let effect: RetentionEffect = ada.post("/settings/retention/effect", &body).await.ok();
        effect.removes
    };
    assert_eq!((effect(30).await, effect(31).await, effect(32).await), (1, 1, 0));
    erasing::remove_idle(server.app()).await.unwrap();
    assert_eq!(ada.folder("?filter=all").await.conversations.len(), 4, "to ask changes nothing");
    let saved: Retention = ada.put("/settings/retention", &json!({"days": 30})).await.ok();
    assert_eq!(saved.days, Some(30));
    erasing::remove_idle(server.app()).await.unwrap();
    assert_eq!(
        ada.get(&format!("/conversations/{old}")).await.refusal(),
        "404 conversation_unknown"
    );
    for id in [&open, &active, &young] {
        ada.conversation(id).await;
    }
    // By steady time, which goes on as before if somebody sets the wall clock back.
    server.time.is_set_by(-60 * DAY);
    erasing::remove_idle(server.app()).await.unwrap();
    let ada = server.agent("ada").await;
    assert_eq!(ada.folder("?filter=all").await.conversations.len(), 3);
    server.time.passes(30 * DAY);
    erasing::remove_idle(server.app()).await.unwrap();
    let ada = server.agent("ada").await;
    let left: Vec<_> = ada.folder("?filter=all").await.conversations;
    assert_eq!(left.iter().map(|it| &it.id).collect::<Vec<_>>(), [&open], "open ones stay");
    said(&porchlight(folder, &["check"], ""));
}

#[tokio::test]
async fn a_period_out_of_range_is_refused() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    for days in [0, 1, 29, 3_654, u32::MAX] {
        let body = json!({ "days": days });
        for answer in [
            ada.put("/settings/retention", &body).await,
            ada.post("/settings/retention/effect", &body).await,
        ] {
            assert_eq!(answer.refusal(), "422 retention_out_of_range", "{days}");
        }
    }
    for body in
        [json!({"days": -30}), json!({"days": "30"}), json!({"days": 30.5}), json!({"weeks": 9})]
    {
        assert_eq!(
            ada.put("/settings/retention", &body).await.refusal(),
            "400 malformed",
            "{body}"
        );
    }
    let saved: Retention = ada.get("/settings/retention").await.ok();
    assert_eq!(saved.days, None);
    ada.put("/settings/retention", &json!({"days": 3_653})).await.ok::<Retention>();
    let saved: Retention = ada.put("/settings/retention", &json!({})).await.ok();
    assert_eq!(saved.days, None);
}

#[tokio::test]
async fn the_command_prints_and_sets_it() {
    let server = TestServer::start().await;
    let (folder, site) = (server.folder.path(), server.site.to_string());
    let visitor = server.visitor();
    let old = visitor.starts("Old").await;
    visitor.closes(&old).await;
    server.time.passes(40 * DAY);
    // So that the store knows of the time.
    visitor.starts("New").await;
    let run = |args: &[&str]| {
        let args = [&["site", "retention", site.as_str()], args].concat();
        porchlight(folder, &args, "")
    };
    assert!(said(&run(&[])).contains("for ever"));
    assert!(refused(&run(&["7"])).contains("30 to 3653"));
    assert!(refused(&run(&["soon"])).contains("or off"));
    let unasked = refused(&run(&["30"]));
    assert!(unasked.contains("1 closed") && unasked.contains("--yes"), "{unasked}");
    assert!(said(&run(&[])).contains("for ever"), "nothing has changed");
    assert!(said(&run(&["30", "--yes"])).contains("for 30 days"));
    assert!(said(&run(&[])).contains("for 30 days"));
    erasing::remove_idle(server.app()).await.unwrap();
    let ada = server.agent("ada").await;
    assert_eq!(ada.folder("?filter=all").await.conversations.len(), 1);
    assert!(said(&run(&["off"])).contains("for ever"));
}

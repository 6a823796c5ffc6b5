//! Exports of a visitor: all that they could see, whole, and nothing of anybody else.

use std::collections::BTreeSet;
use std::ops::Range;

use futures_util::{StreamExt, stream};
use porchlight_protocol::VisitorId;
use serde_json::{Value, json};

use crate::commands::{porchlight, refused, said};
use crate::harness::*;

/// Does something many times, some of them at once.
async fn at_once<T>(numbers: Range<u32>, does: impl AsyncFn(u32) -> T) -> Vec<T> {
    let all = stream::iter(numbers).map(|n| does(n)).buffer_unordered(30);
    all.collect().await
}

fn path(visitor: &VisitorId, format: &str) -> String {
    format!("/visitors/{visitor}/export.{format}")
}

#[tokio::test]
async fn a_visitor_is_exported_with_all_that_they_could_see() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let (visitor, other) = (server.visitor(), server.visitor());
    let ada = server.agent("ada").await;
    let id = visitor.starts("<script>alert('5417 & \"more\"')</script>").await;
    other.starts("I am somebody else").await;
    ada.claims(&id).await;
    ada.says(&id, "Thank you \u{202e}\n<b>you</b>").await;
    ada.act(&id, &json!({"note": {"text": "Strictly internal"}})).await.ok::<Value>();
    ada.closes(&id).await;
    let who = ada.conversation(&id).await.visitor;

    let answer = ada.get(&path(&who, "json")).await;
    assert_eq!(answer.header("content-type"), "application/json");
    let name = format!("attachment; filename=\"visitor-{}.json\"", &who.as_str()[..8]);
    assert_eq!(answer.header("content-disposition"), name);
    let json: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(json["format"], "porchlight-visitor/1");
    assert_eq!(json["site"], json!({"key": server.site, "name": "Lantern & Oak"}));
    assert_eq!(json["visitor"]["id"], who.as_str());
    let conversations = json["conversations"].as_array().unwrap();
    assert_eq!(conversations.len(), 1);
    assert_eq!(conversations[0]["id"], id.as_str());
    let events = serde_json::to_value(visitor.events(&id).await).unwrap();
    assert_eq!(conversations[0]["events"], events, "what the visitor's own API says");

    let page = ada.get(&path(&who, "html")).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    for text in [
        "&lt;script&gt;alert(&#39;5417 &amp; &quot;more&quot;&#39;)&lt;/script&gt;",
        "&lt;b&gt;you",
    ] {
        assert!(page.text.contains(text), "{}", page.text);
    }
    assert!(page.text.starts_with("<!doctype html>") && page.text.ends_with("</html>\n"));
    assert!(page.text.contains("default-src 'none'") && page.text.contains("<html lang=\"en\""));
    assert!(!page.text.contains("<script") && !page.text.contains("<b>"));
    for text in [&answer.text, &page.text] {
        assert!(!text.contains("Strictly internal") && !text.contains("somebody else"), "{text}");
    }
    let german = ada.with("cookie", &format!("{}; porchlight_language=de", ada.cookie));
    let german = german.get(&path(&who, "html")).await.text;
    assert!(german.contains("<html lang=\"de\"") && german.contains("Besucher"), "{german}");

    let (json_file, html_file) = (folder.join("out.json"), folder.join("out.html"));
    let export = |format: &str, to: &std::path::Path| {
        let to = to.to_str().unwrap();
        let args = ["visitor", "export", "--visitor", who.as_str(), "--format", format, "--to", to];
        porchlight(folder, &args, "")
    };
    said(&export("json", &json_file));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(&json_file).unwrap()).unwrap();
    assert_eq!(file["conversations"], json["conversations"]);
    said(&export("html", &html_file));
    assert!(std::fs::read_to_string(&html_file).unwrap().contains("&lt;b&gt;you"));
    let there = refused(&export("json", &json_file));
    assert!(there.contains("can't write"), "{there}");

    // Each is in the audit log; one of nobody is not.
    let nobody = VisitorId::from_bytes([0; 16]);
    assert_eq!(ada.get(&path(&nobody, "json")).await.refusal(), "404 visitor_unknown");
    let log = ada.get("/audit?topic=visitors").await.json();
    let deeds: Vec<&str> =
        log["entries"].as_array().unwrap().iter().filter_map(|it| it["detail"].as_str()).collect();
    assert_eq!(deeds, ["html", "json", "html", "html", "json"]);
}

#[tokio::test]
async fn many_conversations_and_long_ones_are_exported_whole() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let long = visitor.starts("Long 0").await;
    at_once(1..1_300, async |n| {
        visitor.says(&long, &format!("Long {n}")).await;
    })
    .await;
    let mut ids = BTreeSet::from([long.to_string()]);
    let short = at_once(0..700, async |n| {
        let id = visitor.starts(&format!("Short {n}")).await;
        visitor.closes(&id).await;
        id.to_string()
    });
    ids.extend(short.await);
    let who = ada.conversation(&long).await.visitor;
    let json: Value = serde_json::from_str(&ada.get(&path(&who, "json")).await.text).unwrap();
    let conversations = json["conversations"].as_array().unwrap();
    let exported: Vec<&str> = conversations.iter().filter_map(|it| it["id"].as_str()).collect();
    assert_eq!(exported.len(), ids.len(), "each once");
    assert!(exported.iter().all(|id| ids.contains(*id)));
    let of_long = conversations.iter().find(|it| it["id"] == long.as_str()).unwrap();
    let seqs: Vec<u64> =
        of_long["events"].as_array().unwrap().iter().filter_map(|it| it["seq"].as_u64()).collect();
    assert_eq!(seqs, (1..=1_300).collect::<Vec<u64>>());
}

#[tokio::test]
async fn an_export_of_who_was_erased_has_no_text_and_of_who_writes_is_well_formed() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let mut ids = Vec::new();
    let secrets = at_once(0..300, async |_| {
        let id = visitor.starts("Secret").await;
        visitor.closes(&id).await;
        id
    });
    ids.extend(secrets.await);
    let who = ada.conversation(&ids[0]).await.visitor;
    let caller = (*visitor).clone();
    let (first, last) = (ids[0].clone(), ids[299].clone());
    let writes = tokio::spawn(async move {
        for _ in 0..40 {
            for id in [&first, &last] {
                caller.act(id, &message("Secret")).await;
            }
        }
    });
    for _ in 0..5 {
        let json: Value = serde_json::from_str(&ada.get(&path(&who, "json")).await.text).unwrap();
        let all = json["conversations"].as_array().unwrap();
        let exported: BTreeSet<&str> = all.iter().filter_map(|it| it["id"].as_str()).collect();
        assert_eq!((exported.len(), all.len()), (300, 300));
    }
    writes.await.unwrap();
    ada.post(&format!("/visitors/{who}/erase"), &json!(null)).await.ok::<Value>();
    for format in ["json", "html"] {
        let text = ada.get(&path(&who, format)).await.text;
        assert!(!text.contains("Secret"));
    }
}

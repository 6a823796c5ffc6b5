use reqwest::StatusCode;
use serde_json::Value;

use crate::harness::*;

/// An answer that was made of what `cargo xtask build` puts into `target/assets`.
#[track_caller]
fn built(answer: Answer) -> Answer {
    assert_ne!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "target/assets is empty: `cargo xtask test server` or `cargo xtask build --dev` fills it"
    );
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer
}

#[tokio::test]
async fn a_healthy_server_says_so() {
    let server = TestServer::start().await;
    let answer = server.caller().get("/healthz").await;
    assert_eq!(answer.status, StatusCode::OK);
    let lines: Vec<&str> = answer.text.lines().collect();
    let [ok, size] = lines[..] else { panic!("{lines:?}") };
    assert_eq!(ok, "ok");
    let bytes: u64 =
        size.strip_prefix("store: ").unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(bytes > 4_096, "{size}");
}

#[tokio::test]
async fn every_answer_forbids_sniffing_and_referrers() {
    let server = TestServer::start().await;
    for path in [
        "/healthz",
        "/nothing",
        "/porchlight.js",
        "/dashboard/chat/inbox",
        "/chat/x",
        "/chat/x/preview",
    ] {
        let answer = server.caller().get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        // The loader alone is everybody's.
        let anybody = if path == "/porchlight.js" { "*" } else { "" };
        assert_eq!(answer.header("access-control-allow-origin"), anybody, "{path}");
    }
}

#[tokio::test]
async fn the_chat_of_a_site_may_stand_on_its_pages_only() {
    let server = TestServer::start().await;
    let path = format!("/chat/{}", server.site);
    let answer = built(server.caller().get(&path).await);
    let policy = answer.header("content-security-policy").to_owned();
    // And on the page that is the chat alone.
    let ancestors = format!("frame-ancestors https://shop.example {}", server.base);
    assert!(policy.ends_with(&ancestors), "{policy}");
    assert!(!policy.contains("'unsafe-"), "{policy}");
    // The guard, the script that starts the widget, and the one that imports search and transcripts.
    assert_eq!(policy.matches("'sha256-").count(), 3, "{policy}");
    assert!(!answer.text.contains("TRUNK") && !answer.text.contains("nonce"), "{}", answer.text);
    let again = server.caller().get(&path).await;
    assert!(again.text == answer.text, "a document differs from request to request");

    let config = config(&answer);
    assert_eq!(config.get("preview"), None);
    assert_eq!(config["name"], "Lantern & Oak");
    assert_eq!(config["site"], server.site.as_str());
    assert_eq!(config["allow_origins"][0], "https://shop.example");
}

#[tokio::test]
async fn the_preview_of_a_chat_may_stand_in_the_inbox_only() {
    let server = TestServer::start().await;
    let answer = built(server.caller().get(&format!("/chat/{}/preview", server.site)).await);
    let policy = answer.header("content-security-policy");
    assert!(policy.ends_with("frame-ancestors 'self'"), "{policy}");
    assert_eq!(answer.header("x-frame-options"), "", "it would block what the policy allows");
    assert_eq!(answer.header("cache-control"), "no-cache");
    let config = config(&answer);
    assert_eq!(config["preview"], true);
    assert_eq!(config["allow_origins"], serde_json::json!([server.base]));
    assert_eq!(config["name"], "Lantern & Oak");

    let inbox = built(server.caller().get("/dashboard/chat/settings/closing").await);
    let policy = inbox.header("content-security-policy");
    assert!(policy.contains("frame-src 'self';"), "{policy}");
    let chat = server.caller().get(&format!("/chat/{}", server.site)).await;
    assert!(chat.header("content-security-policy").contains("frame-src 'none';"));
}

/// What stands in the widget's document for it to read.
fn config(answer: &Answer) -> Value {
    let config = answer.text.split("id=\"porchlight-config\">").nth(1).unwrap();
    serde_json::from_str(config.split("</script>").next().unwrap()).unwrap()
}

/// The language of a document, and its words for the program.
fn words(answer: &Answer) -> (String, Vec<Value>) {
    let language = answer.text.split("<html lang=\"").nth(1).unwrap().split('"').next().unwrap();
    let words = answer.text.split("id=\"porchlight-words\">").nth(1).unwrap();
    let words = serde_json::from_str(words.split("</script>").next().unwrap()).unwrap();
    (language.to_owned(), words)
}

#[tokio::test]
async fn the_chat_is_written_in_the_language_of_the_page() {
    let server = TestServer::start().await;
    let chat = format!("/chat/{}", server.site);
    for (query, accepted, language, empty) in [
        ("", "", "en", "No conversations yet"),
        ("?lang=de", "", "de", "Noch keine Unterhaltungen"),
        ("?lang=de-AT", "en", "de", "Noch keine Unterhaltungen"),
        ("?lang=de_DE.UTF-8", "", "de", "Noch keine Unterhaltungen"),
        ("", "de-CH, de;q=0.9, en;q=0.8", "de", "Noch keine Unterhaltungen"),
        ("?lang=en", "de", "en", "No conversations yet"),
        ("?lang=tlh", "de", "de", "Noch keine Unterhaltungen"),
        ("?lang=tlh", "", "en", "No conversations yet"),
    ] {
        for path in [chat.clone(), format!("{chat}/preview")] {
            let caller = server.caller().with("accept-language", accepted);
            let answer = built(caller.get(&format!("{path}{query}")).await);
            let (written, words) = words(&answer);
            assert_eq!(written, language, "{query} {accepted}");
            assert!(answer.text.contains(&format!("<html lang=\"{language}\" dir=\"ltr\"")));
            assert!(answer.text.contains(empty), "{query} {accepted}");
            let left = porchlight_words::CHAT.unknown_places(&answer.text);
            assert!(left.iter().all(|place| *place == "0"), "{left:?}");
            assert!(words.len() > 40 && !words.contains(&Value::Null), "{words:?}");
            assert_eq!(answer.header("content-language"), language);
            assert!(answer.header("vary").contains("accept-language"), "{}", answer.header("vary"));
        }
    }
}

#[tokio::test]
async fn the_inbox_is_written_in_the_language_that_the_agent_has_chosen() {
    let server = TestServer::start().await;
    for (cookie, accepted, language, title) in [
        ("", "", "en", "Inbox"),
        ("", "de-CH, de;q=0.9", "de", "Posteingang"),
        ("porchlight_language=de", "en", "de", "Posteingang"),
        ("a=b; porchlight_language=fr; c=d", "de", "fr", "Boîte de réception"),
        ("porchlight_language=en", "de", "en", "Inbox"),
        // What is none of the inbox's is as good as nothing.
        ("porchlight_language=tlh", "de", "de", "Posteingang"),
        ("porchlight_language=\"><b>", "", "en", "Inbox"),
        ("porchlight_language=../../x; porchlight_language=de", "", "en", "Inbox"),
    ] {
        let caller = server.caller().with("accept-language", accepted).with("cookie", cookie);
        let answer = built(caller.get("/dashboard/chat/inbox").await);
        let (written, words) = words(&answer);
        assert_eq!(written, language, "{cookie} {accepted}");
        assert!(answer.text.contains(&format!("<title>{title}</title>")), "{cookie} {accepted}");
        assert!(words.len() > 300 && !words.contains(&Value::Null), "{words:?}");
        assert_eq!(answer.header("content-language"), language);
        let vary = answer.header("vary");
        assert!(vary.contains("accept-language") && vary.contains("cookie"), "{vary}");
    }
    let caller = server.caller().with("cookie", "porchlight_language=ar");
    let answer = built(caller.get("/dashboard/chat/inbox").await);
    assert!(answer.text.contains("<html lang=\"ar\" dir=\"rtl\" data-languages=\"en "));
}

#[tokio::test]
async fn what_is_no_language_is_english() {
    let server = TestServer::start().await;
    let chat = format!("/chat/{}", server.site);
    let long = "de".repeat(5_000);
    for lang in [
        "",
        "-",
        "*",
        "%00",
        "%FF",
        "%F0%9F%92%A9",
        "%3Cscript%3E",
        "%22%3E%3Cb%3E",
        "../../etc/passwd",
        "de%0D%0Ax:%20y",
        "en&lang=de",
        "&&&",
        "constructor",
        "{{lang}}",
        &long,
    ] {
        let answer = built(server.caller().get(&format!("{chat}?lang={lang}")).await);
        assert_eq!(words(&answer).0, "en", "{lang}");
        assert_eq!(answer.header("x"), "", "{lang}");
        let script = server.caller().get(&format!("/porchlight.js?lang={lang}")).await;
        assert!(built(script).text.contains("\"Open chat\""), "{lang}");
    }
    // Nor does what the browser accepts do harm.
    for accepted in ["\"><b>", ";;;,,,q=", &"tlh,".repeat(2_000)] {
        let caller = server.caller().with("accept-language", accepted);
        assert_eq!(words(&built(caller.get(&chat).await)).0, "en");
    }
}

#[tokio::test]
async fn a_chat_that_is_not_there_says_so_in_the_language_of_the_page() {
    let server = TestServer::start().await;
    let answer = server.caller().get("/chat/pl_nowhere?lang=de").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text.contains("<html lang=\"de\"") && answer.text.contains("Diesen Chat"));
}

#[tokio::test]
async fn the_loader_has_the_words_that_its_address_names() {
    let server = TestServer::start().await;
    let mut tags = Vec::new();
    for (path, word) in [
        ("/porchlight.js", "Open chat"),
        ("/porchlight.js?lang=de", "Chat öffnen"),
        ("/porchlight-panel.js", "Unread messages: {{count}}"),
        ("/porchlight-panel.js?lang=de-CH&2", "Ungelesene Nachrichten: {{count}}"),
        ("/porchlight-history.js?lang=fr&site=nobody&0", "Messages trouvés : {{count}}"),
    ] {
        // The same for every browser, so that caches need not know its language.
        for accepted in ["de", "en"] {
            let answer = built(server.caller().with("accept-language", accepted).get(path).await);
            assert!(answer.text.contains(&format!("\"{word}\"")), "{path}: {}", answer.text);
            assert!(!answer.text.contains("{{loader."), "{path}");
            assert_eq!(answer.header("vary"), "accept-encoding");
            tags.push(answer.header("etag").to_owned());
        }
    }
    tags.dedup();
    assert_eq!(tags.len(), 5, "{tags:?}");
}

#[tokio::test]
async fn a_chat_that_is_not_there_is_a_page_that_says_so() {
    let server = TestServer::start().await;
    for site in ["pl_nowhere", "a%20b", "<script>"] {
        for path in [format!("/chat/{site}"), format!("/chat/{site}/preview")] {
            let answer = server.caller().get(&path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            assert!(answer.header("content-type").starts_with("text/html"));
            assert!(answer.text.contains("No site has this key"));
        }
    }
}

#[tokio::test]
async fn nobody_frames_the_inbox() {
    let server = TestServer::start().await;
    let root = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
        .get(&server.base)
        .send()
        .await
        .unwrap();
    assert_eq!(root.headers()["location"], "/dashboard/chat/inbox");
    let answer = built(server.caller().get("/dashboard/chat/inbox").await);
    let policy = answer.header("content-security-policy");
    assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
}

#[tokio::test]
async fn the_loader_is_for_any_page_and_is_asked_for_again_soon() {
    let server = TestServer::start().await;
    let answer = built(server.caller().get("/porchlight.js").await);
    assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
    assert!(answer.header("cache-control").contains("max-age=300"));
    assert_eq!(answer.header("content-encoding"), "");
    let etag = answer.header("etag");
    let again = server.caller().with("if-none-match", etag).get("/porchlight.js").await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let brotli = server.caller().with("accept-encoding", "gzip, br").get("/porchlight.js").await;
    assert_eq!(brotli.header("content-encoding"), "br");
}

#[tokio::test]
async fn the_description_names_every_route_and_every_code() {
    let server = TestServer::start().await;
    let document: Value = server.caller().get("/api/openapi.json").await.ok();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.contains_key("/api/v1/sites/{site}/conversations/{id}/events/{client_id}"));
    assert!(paths["/api/v1/agent/session"].get("delete").is_some());
    assert_eq!(paths.len(), 83);
    let codes = document["components"]["schemas"]["ErrorCode"]["enum"].as_array().unwrap();
    let codes: Vec<&str> = codes.iter().map(|code| code.as_str().unwrap()).collect();
    let description = document["info"]["description"].as_str().unwrap();
    let operations = serde_json::to_string(&document["paths"]).unwrap();
    for code in porchlight_protocol::ErrorCode::ALL {
        let sent = !porchlight_protocol::ErrorCode::RETIRED.contains(code);
        let quoted = format!("`{}`", code.as_str());
        assert_eq!(codes.contains(&code.as_str()), sent, "{code:?}");
        assert_eq!(description.contains(&quoted), sent, "{code:?}");
        let general = ["not_found", "method_not_allowed", "internal"].contains(&code.as_str());
        assert_eq!(operations.contains(&quoted), sent && !general, "{code:?}");
    }
    // Every name that is referred to is there.
    let text = serde_json::to_string(&document).unwrap();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
    }
}

#[tokio::test]
async fn pages_that_isolate_themselves_can_show_the_chat() {
    let server = TestServer::start().await;
    // Whether it is there or not: the page that says so is shown too.
    for path in [format!("/chat/{}", server.site), "/chat/pl_nowhere".to_owned()] {
        let answer = server.caller().get(&path).await;
        assert_eq!(answer.header("cross-origin-embedder-policy"), "require-corp", "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin", "{path}");
    }
    for path in ["/widget/x.js", "/porchlight.js", "/porchlight-panel.js", "/porchlight-history.js"]
    {
        let answer = server.caller().get(path).await;
        assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin", "{path}");
    }
    for path in ["/dashboard/chat/inbox", "/healthz", "/api/v1/agent/session"] {
        let answer = server.caller().get(path).await;
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
    }
}

#[tokio::test]
async fn an_address_with_https_is_kept_to() {
    let server = TestServer::start_with(|config| {
        config.public_url = Some("https://chat.example".parse().unwrap());
    })
    .await;
    let mut caller = server.caller();
    caller.base = format!("http://{}", server.address);
    for path in ["/healthz", "/chat/x", "/nothing"] {
        let header = caller.get(path).await.header("strict-transport-security").to_owned();
        assert_eq!(header, "max-age=31536000", "{path}");
    }
    let plain = TestServer::start().await;
    let answer = plain.caller().get("/healthz").await;
    assert_eq!(answer.header("strict-transport-security"), "");
}

#[tokio::test]
async fn what_is_not_here_is_a_page_for_people_and_an_error_for_programs() {
    let server = TestServer::start().await;
    let browser = server.caller().with("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let page = browser.get("/foo").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text.contains("<h1>") && page.text.contains("<style nonce="), "{}", page.text);
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'nonce-"), "{policy}");
    assert_eq!(browser.get("/api/v1/foo").await.refusal(), "404 not_found");
    assert_eq!(server.caller().get("/foo").await.refusal(), "404 not_found");
}

#[tokio::test]
async fn a_page_opened_elsewhere_leads_to_the_right_address() {
    let server = TestServer::start().await;
    let mut caller = server.caller();
    caller.base = format!("http://{}", server.address);
    let answer = caller.get("/elsewhere").await;
    assert_eq!(answer.status, StatusCode::OK);
    let used = server.address.to_string();
    assert!(answer.text.contains(&used), "{}", answer.text);
    assert!(answer.text.contains(&format!("Open the inbox at <a href=\"{}\">", server.base)));
    let chat = caller.get(&format!("/elsewhere?chat={}", server.site)).await;
    let link = format!("<a href=\"{}/c/{}\">", server.base, server.site);
    assert!(chat.text.contains(&link), "{}", chat.text);
    for query in ["?chat=%22%3E%3Cscript%3E", "?x", "?chat="] {
        let odd = caller.with("host", "a\"b").get(&format!("/elsewhere{query}")).await;
        assert!(!odd.text.contains("<script") && !odd.text.contains("a\"b"), "{}", odd.text);
    }
}

#[tokio::test]
async fn a_document_at_another_address_leads_to_the_page_that_says_so() {
    let server = TestServer::start().await;
    let (site, base) = (&server.site, &server.base);
    let elsewhere = format!("/elsewhere?chat={site}");
    // At the right address, a chat without a frame around it becomes the page that frames it.
    let of_chat = format!(
        "parent!==window||location.replace(location.origin===\"{base}\"?\"/c/{site}\"+location.search:\"{elsewhere}\")"
    );
    let of_inbox =
        format!("location.origin===\"{base}\"||parent!==window||location.replace(\"/elsewhere\")");
    for (path, elsewhere, script) in [
        (format!("/chat/{site}"), elsewhere, of_chat),
        ("/dashboard/chat/inbox".to_owned(), "/elsewhere".to_owned(), of_inbox),
    ] {
        let document = built(server.caller().get(&path).await);
        // Ahead of everything that would load.
        let guard = document.text.find(&script).unwrap_or_else(|| panic!("{}", document.text));
        assert!(guard < document.text.find("<body").unwrap_or(document.text.len()));
        let page = server.caller().get(&elsewhere).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("Wrong address"), "{}", page.text);
    }
}

#[tokio::test]
async fn what_is_made_for_a_request_goes_out_compressed() {
    let server = TestServer::start().await;
    let document = server.caller().get("/api/openapi.json").await;
    assert_eq!(document.header("content-encoding"), "");
    for (takes, coding) in [("gzip, br", "br"), ("gzip", "gzip"), ("identity", "")] {
        let answer = server.caller().with("accept-encoding", takes).get("/api/openapi.json").await;
        assert_eq!(answer.header("content-encoding"), coding, "{takes}");
        if !coding.is_empty() {
            assert!(answer.length < document.length / 4, "{}", answer.length);
        }
    }
    let chat = format!("/chat/{}", server.site);
    for page in [&chat, "/dashboard/chat/inbox", "/guide/agents"] {
        let answer = built(server.caller().with("accept-encoding", "gzip, br").get(page).await);
        assert_eq!(answer.header("content-encoding"), "br", "{page}");
    }
    // What holds a session's token is not.
    let body = serde_json::json!({"email": "ada@lantern.example", "password": PASSWORD});
    let caller = server.caller().with("accept-encoding", "gzip, br");
    let session = caller.post("/api/v1/agent/session", &body).await;
    assert_eq!((session.status, session.header("content-encoding")), (StatusCode::OK, ""));
    let again = caller.with("cookie", &session.cookie()).get("/api/v1/agent/session").await;
    assert_eq!((again.status, again.header("content-encoding")), (StatusCode::OK, ""));
}

//! The guide: pages of `docs` as this server shows them.

use std::collections::BTreeSet;

use reqwest::StatusCode;

use crate::harness::*;

/// What stands in an attribute, wherever it occurs.
fn all(html: &str, attribute: &str) -> BTreeSet<String> {
    let begins = format!("{attribute}=\"");
    html.split(&begins)
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
        .collect()
}

#[tokio::test]
async fn every_link_and_every_picture_of_the_guide_leads_somewhere() {
    let server = TestServer::start().await;
    let caller = server.caller();
    let mut to_read = vec!["/guide".to_owned()];
    let mut pages: Vec<(String, String)> = Vec::new();
    let mut links = BTreeSet::new();
    while let Some(address) = to_read.pop() {
        if pages.iter().any(|(known, _)| *known == address) {
            continue;
        }
        let answer = caller.get(&address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        assert!(answer.header("content-type").starts_with("text/html"), "{address}");
        for picture in all(&answer.text, "src") {
            let image = caller.get(&picture).await;
            assert_eq!(image.status, StatusCode::OK, "{address} shows {picture}");
            assert_eq!(image.header("content-type"), "image/png");
        }
        for link in all(&answer.text, "href") {
            if link.starts_with("/guide/") {
                to_read.push(link.split('#').next().unwrap().to_owned());
            }
            let is_anchor = link.starts_with('#');
            links.insert(if is_anchor { format!("{address}{link}") } else { link });
        }
        pages.push((address, answer.text));
    }
    assert_eq!(pages.len(), 9, "the way in and eight pages");
    for link in links {
        let known = ["https://", "data:", "/dashboard/chat/inbox"];
        if known.iter().any(|begin| link.starts_with(begin)) {
            continue;
        }
        let (address, anchor) = link.split_once('#').unwrap_or((&link, ""));
        let page = pages.iter().find(|(known, _)| known == address);
        let (_, page) = page.unwrap_or_else(|| panic!("{link} leads nowhere"));
        assert!(anchor.is_empty() || all(page, "id").contains(anchor), "{link} is no heading");
    }
}

#[tokio::test]
async fn a_page_that_the_guide_does_not_have_says_so() {
    let server = TestServer::start().await;
    for address in ["/guide/operating", "/guide/agents.md"] {
        let answer = server.caller().get(address).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
        assert!(answer.text.contains("There is no such page"), "{}", answer.text);
    }
    for address in ["/guide/images/nothing.png", "/guide/images/..%2Fagents.md"] {
        let answer = server.caller().get(address).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
    }
}

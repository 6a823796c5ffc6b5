//! Checks of a server behind a proxy that need no browser: a socket, a long poll, and visitors from many
//! addresses.

use std::net::{IpAddr, Ipv4Addr};

use futures_util::future::join;
use futures_util::{SinkExt, StreamExt};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::bot::id;
use crate::proxy::Behind;
use crate::runtime::wait_for;

impl Behind {
    /// The proxy passes a socket on, and the server answers.
    pub fn has_sockets(&self) {
        wait_for("a socket", has_sockets(self));
    }

    /// A long poll waits until there is news, and then ends.
    pub fn has_long_polls(&self) {
        wait_for("a long poll", has_long_polls(self));
    }

    /// Forty visitors from forty addresses are all served; one visitor who forges forty addresses is limited
    /// as one.
    pub fn counts_by_address(&self) {
        wait_for("eighty visitors", counts_by_address(self));
    }
}

/// A client with an address of its own, of the loopback network.
fn at(last: u8) -> Client {
    let address = IpAddr::V4(Ipv4Addr::new(127, 0, 9, last));
    Client::builder().no_proxy().local_address(address).build().expect("a client")
}

/// A visitor's key.
fn key(number: u8) -> String {
    format!("{number:02x}").repeat(32)
}

async fn starts(client: &Client, behind: &Behind, number: u8, claims: &str) -> StatusCode {
    let address = format!("{}/api/v1/sites/{}/conversations", behind.origin, behind.site);
    let body = json!({ "client_id": id(u32::from(number)), "text": "Hello" });
    let request = client.post(address).bearer_auth(key(number)).json(&body);
    let request =
        if claims.is_empty() { request } else { request.header("X-Forwarded-For", claims) };
    request.send().await.expect("an answer").status()
}

async fn counts_by_address(behind: &Behind) {
    for number in 10..50 {
        let status = starts(&at(number), behind, number, "").await;
        assert_eq!(status, StatusCode::CREATED, "visitor {number}");
    }
    let one = at(50);
    let mut refused = 0;
    for number in 50..90 {
        let claims = format!("203.0.113.{number}");
        let status = starts(&one, behind, number, &claims).await;
        refused += u32::from(status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused > 0, "forged addresses count as one");
}

async fn has_sockets(behind: &Behind) {
    assert_eq!(starts(&at(1), behind, 1, "").await, StatusCode::CREATED);
    let request = format!("ws://localhost:{}/api/v1/socket", behind.port);
    let request = request.into_client_request().expect("an address");
    let tcp = TcpStream::connect(("127.0.0.1", behind.port)).await.expect("the proxy");
    let (mut socket, _) = client_async(request, tcp).await.expect("a socket");
    let auth = json!({ "visitor": { "site": behind.site, "key": key(1) } });
    let hello = json!({ "hello": { "wire": 2, "auth": auth } });
    socket.send(Message::text(hello.to_string())).await.expect("the hello goes out");
    let welcome = socket.next().await.expect("an answer").expect("an answer").to_string();
    assert!(welcome.contains("\"welcome\""), "{welcome}");
}

async fn has_long_polls(behind: &Behind) {
    let client = at(2);
    assert_eq!(starts(&client, behind, 2, "").await, StatusCode::CREATED);
    let site = format!("{}/api/v1/sites/{}", behind.origin, behind.site);
    let sync = async |wait: &str, hello: Value| -> Value {
        let asked = client.post(format!("{site}/sync{wait}")).bearer_auth(key(2)).json(&hello);
        asked.send().await.expect("an answer").json().await.expect("a welcome")
    };
    let welcome = sync("", json!({ "wire": 2 })).await;
    let known = welcome["revision"].as_u64().expect("a revision");
    let conversation = welcome["conversations"][0]["id"].as_str().expect("a conversation");
    let path = format!("{site}/conversations/{conversation}/events/{}", id(2_000));
    let says = async || {
        let act = json!({ "message": { "text": "Still there?" } });
        let said = client.put(path).bearer_auth(key(2)).json(&act).send().await;
        assert!(said.expect("an answer").status().is_success());
    };
    let poll = sync("?wait=25", json!({ "wire": 2, "known": known }));
    let (news, ()) = join(poll, says()).await;
    assert!(news["revision"].as_u64() > Some(known), "{news}");
    assert_eq!(news["conversations"][0]["head"], 2, "{news}");
}

//! Readiness: whether a server should get new connections.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::harness::*;

#[tokio::test]
async fn a_server_that_is_up_is_ready() {
    let server = TestServer::start().await;
    let answer = server.caller().get("/readyz").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "ready\n"));
}

#[tokio::test]
async fn a_server_that_goes_down_is_not_ready_and_takes_no_connections() {
    let mut server = TestServer::start().await;
    let mut line = TcpStream::connect(server.address).await.unwrap();
    line.write_all(b"GET /readyz HTTP/1.1\r\n").await.unwrap();
    // It comes later, so the line before was accepted.
    assert_eq!(server.caller().get("/readyz").await.status, 200);

    server.app().stopping.cancel();
    until("it takes no connections", async || TcpStream::connect(server.address).await.is_err())
        .await;
    line.write_all(b"Host: x\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.ends_with("the server is going down\n"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_server_with_too_much_to_write_is_not_ready_until_it_is_written() {
    let server = TestServer::start().await;
    let store = server.app().store.clone();
    let free = server.writer_is_kept_busy().await;
    let mut writes = JoinSet::new();
    for _ in 0..store.counts().queued_max * 7 / 8 {
        let store = store.clone();
        writes.spawn(async move { store.between_writes(|| ()).await });
    }
    until("the queue is nearly full", async || store.counts().queue_is_nearly_full()).await;
    let answer = server.caller().send(reqwest::Method::GET, "/readyz", "").await;
    let told = (answer.status.as_u16(), answer.text.as_str());
    assert_eq!(told, (503, "too many writes are waiting\n"));
    free.send(()).unwrap();
    for written in writes.join_all().await {
        written.unwrap();
    }
    assert_eq!(server.caller().get("/readyz").await.status, 200);
}

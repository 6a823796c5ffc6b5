//! What a peer may hold without being known: raw lines against the accept loop.

use std::time::{Duration, Instant};

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::*;
use crate::program::Program;

const MS_300: Duration = Duration::from_millis(300);

/// A line on which this was written.
async fn line(server: &TestServer, text: &str) -> TcpStream {
    let mut line = TcpStream::connect(server.address).await.unwrap();
    line.write_all(text.as_bytes()).await.unwrap();
    line
}

/// All that comes until the other side closes.
async fn rest(line: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // Reset or closed: it is over.
    let _ = timeout(SOON, line.read_to_end(&mut bytes)).await.expect("it is kept open");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn half_a_request_is_not_waited_for() {
    let server = TestServer::start_with(|config| config.connections.head = MS_300).await;
    for text in ["", "GET", "GET /healthz HTTP/1.1\r\n", "GET /healthz HTTP/1.1\r\nHost: x\r\nA: b"]
    {
        let begun = Instant::now();
        let mut line = line(&server, text).await;
        assert_eq!(rest(&mut line).await, "", "{text:?}");
        assert!(begun.elapsed() >= MS_300);
    }
}

#[tokio::test]
async fn a_drop_now_and_then_does_not_prolong_half_a_request() {
    let server = TestServer::start_with(|config| config.connections.head = MS_300).await;
    let mut line = line(&server, "GET /healthz HTTP/1.1\r\n").await;
    let dripping = async {
        while line.write_all(b"A: b\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, dripping).await.expect("it goes on for ever");
}

#[tokio::test]
async fn the_second_request_of_a_line_has_as_long_as_the_first() {
    let server = TestServer::start_with(|config| config.connections.head = MS_300).await;
    let mut line = line(&server, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut answer = [0; 1024];
    assert!(line.read(&mut answer).await.unwrap() > 0);
    // Between two requests there is more time than for a head.
    tokio::time::sleep(2 * MS_300).await;
    let begun = Instant::now();
    line.write_all(b"GET /healthz").await.unwrap();
    assert_eq!(rest(&mut line).await, "");
    assert!(begun.elapsed() >= MS_300);
}

#[tokio::test]
async fn an_idle_line_is_closed() {
    let server = TestServer::start_with(|config| config.connections.idle = MS_300).await;
    let begun = Instant::now();
    let mut line = line(&server, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(rest(&mut line).await.contains("200 OK"));
    assert!(begun.elapsed() >= MS_300);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = TestServer::start_with(|config| config.connections.body = MS_300).await;
    let head = "POST /api/v1/agent/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                Content-Length: 100\r\n\r\n{";
    let mut line = line(&server, head).await;
    assert!(rest(&mut line).await.contains(r#""code":"unavailable""#));
}

#[tokio::test]
async fn a_poll_and_a_socket_outlast_all_patience() {
    let server = TestServer::start_with(|config| {
        config.connections.head = Duration::from_millis(100);
        config.connections.body = Duration::from_millis(100);
        config.connections.idle = Duration::from_millis(100);
    })
    .await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let (mut socket, _) = visitor.socket().await;
    let answer = visitor.get(&format!("/conversations/{id}/events?after=1&wait=1")).await;
    assert_eq!(answer.status, 200);
    visitor.says(&id, "Still there?").await;
    assert_eq!(socket.next_event().await.1.seq, 2);
}

#[tokio::test]
async fn lines_that_ask_for_nothing_shut_nobody_out() {
    let server = TestServer::start_with(|config| config.connections.network_max = 20).await;
    let (visitor, mut lines) = (server.visitor(), Vec::new());
    let (mut socket, id) = {
        let id = visitor.starts("Hello").await;
        (visitor.socket().await.0, id)
    };
    for _ in 0..60 {
        lines.push(line(&server, "GET / HTTP/1.1\r\n").await);
    }
    visitor.says(&id, "It gets through").await;
    assert_eq!(socket.next_event().await.1.seq, 2, "who is known stays");
}

#[tokio::test]
async fn one_network_holds_so_many_sockets_and_no_more() {
    let server = TestServer::start_with(|config| config.connections.network_max = 5).await;
    let mut sockets = Vec::new();
    for _ in 0..5 {
        sockets.push(Socket::open(server.address, &[]).await);
    }
    assert!(Socket::try_open(server.address, &[]).await.is_err());
    sockets.pop();
    until("there is room again", async || Socket::try_open(server.address, &[]).await.is_ok())
        .await;
}

#[tokio::test]
async fn behind_a_proxy_all_lines_are_of_one_network() {
    let server = TestServer::start_with(|config| {
        config.connections.network_max = 2;
        config.behind_proxy = true;
    })
    .await;
    let mut sockets = Vec::new();
    for _ in 0..5 {
        sockets.push(Socket::open(server.address, &[]).await);
    }
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    let server = TestServer::start().await;
    for (head, status) in [
        ("GET /healthz HTTP/1.1\r\n", "400"),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n", "400"),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\n", "200"),
        ("GET /healthz HTTP/1.0\r\n", "200"),
    ] {
        let mut line = line(&server, &format!("{head}Connection: close\r\n\r\n")).await;
        let answer = rest(&mut line).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{head:?}: {answer}");
    }
}

#[tokio::test]
async fn open_lines_do_not_keep_the_server_from_going_down() {
    let mut server = TestServer::start().await;
    let line = line(&server, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let begun = Instant::now();
    server.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    drop(line);
}

#[tokio::test]
async fn a_stuck_writer_is_told_to_who_asks_for_the_health() {
    let server = TestServer::start().await;
    let (free, freed) = std::sync::mpsc::channel::<()>();
    let (ill, _) = tokio::join!(
        async {
            let ill = server.caller().send(Method::GET, "/healthz", "").await;
            free.send(()).unwrap();
            ill
        },
        server.writes(move || freed.recv_timeout(3 * SOON).unwrap()),
    );
    assert_eq!((ill.status.as_u16(), ill.text.as_str()), (503, "the writer does not answer\n"));
    assert_eq!(server.caller().get("/healthz").await.status, 200);
}

#[test]
fn the_program_takes_all_the_files_that_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start_after("ulimit -Sn 256", folder.path(), &[]);
    let limits = format!("/proc/{}/limits", program.child.id());
    let limits = std::fs::read_to_string(limits).unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let mut numbers = files.split_whitespace().skip(3);
    let (soft, hard) = (numbers.next().unwrap(), numbers.next().unwrap());
    assert_eq!(soft, hard);
    assert_ne!(soft, "256");
    program.kill();
}

//! Over a real socket: heads, cancelled queries, the end.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::{App, TOKEN};
use crate::{ServerOptions, serve};

/// A server on a free port, and what ends it.
async fn listening(
    app: &App,
    options: ServerOptions,
) -> (std::net::SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let engine = app.engine.clone();
    let server = tokio::spawn(async move {
        serve(engine, options, listener, async { drop(stopped.await) }).await.unwrap();
    });
    (at, stop, server)
}

async fn exchange(at: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn heads_are_written_as_go_writes_them_and_bounded() {
    let app = App::new().await;
    let (at, stop, server) = listening(&app, ServerOptions::default()).await;
    let answer = exchange(at, "GET /api/v2/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{answer}");
    assert!(answer.contains("\r\nX-Influxdb-Version: v2.9.1\r\n") && answer.contains("\r\nDate: "), "{answer}");
    let long =
        format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(4 * crate::limits::REQUEST_HEAD_BYTES));
    let answer = exchange(at, &long).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    stop.send(()).unwrap();
    server.await.unwrap();
}

#[tokio::test]
async fn connections_are_counted_and_heads_have_to_come_in_time() {
    let app = App::new().await;
    let options =
        ServerOptions { connections: 1, head_timeout: Duration::from_millis(300), ..ServerOptions::default() };
    let (at, stop, server) = listening(&app, options).await;
    let mut slow = TcpStream::connect(at).await.unwrap();
    slow.write_all(b"GET /ping HTTP/1.1\r\nHost:").await.unwrap();
    // The second waits until the first was shut out for never finishing its head.
    let began = Instant::now();
    let answer = exchange(at, "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
    let mut rest = Vec::new();
    timeout(Duration::from_secs(10), slow.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&rest).contains(" 204 "));
    let many: String = (0..=crate::limits::REQUEST_HEADERS).map(|n| format!("X-{n}: y\r\n")).collect();
    let answer = exchange(at, &format!("GET /ping HTTP/1.1\r\nHost: x\r\n{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    stop.send(()).unwrap();
    server.await.unwrap();
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_end_and_stuck_ones_only_so_long() {
    let app = App::new().await;
    let options = ServerOptions { drain: Duration::from_millis(300), ..ServerOptions::default() };
    let (at, stop, server) = listening(&app, options).await;
    let mut idle = TcpStream::connect(at).await.unwrap();
    idle.write_all(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut head = [0; 64];
    assert!(idle.read(&mut head).await.unwrap() > 0);
    // A write whose body never comes.
    let mut stuck = TcpStream::connect(at).await.unwrap();
    let request = format!(
        "POST /api/v2/write?org=lighthouse&bucket=lamp HTTP/1.1\r\nHost: x\r\nAuthorization: Token {TOKEN}\r\nContent-Length: 9\r\n\r\n"
    );
    stuck.write_all(request.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    stop.send(()).unwrap();
    server.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(TcpStream::connect(at).await.is_err());
}

#[tokio::test]
async fn a_connection_that_goes_takes_its_query_with_it() {
    let app = App::new().await;
    let lines: String = (0..200_000).map(|n| format!("beam v={n} {}\n", 1_709_510_400_000_000_000_i64 + n)).collect();
    app.write("lamp", &lines).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let state = app.state.clone();
    let accepting =
        crate::connection::accept(state.clone(), app.router.clone(), listener, async { drop(stopped.await) });
    let server = tokio::spawn(accepting);
    let mut stream = TcpStream::connect(at).await.unwrap();
    let script = "from(bucket: \"lamp\") |> range(start: 2024-01-01T00:00:00Z, stop: 2025-01-01T00:00:00Z)";
    let request = format!(
        "POST /api/v2/query?org=lighthouse HTTP/1.1\r\nHost: x\r\nAuthorization: Token {TOKEN}\r\nContent-Type: application/vnd.flux\r\n\
         Content-Length: {}\r\n\r\n{script}",
        script.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 1024];
    assert!(stream.read(&mut first).await.unwrap() > 0);
    // The rest is not read: the answer waits in full buffers, its query with it.
    assert_eq!(state.query_slots.available_permits(), state.options.running_queries - 1);
    drop(stream);
    let freed = async {
        while state.query_slots.available_permits() < state.options.running_queries {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(5), freed).await.unwrap();
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

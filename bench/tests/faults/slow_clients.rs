use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{self, Command};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::installation::Installation;
use crate::writer::{Writer, join_all};

const IDLE: usize = 1000;
const SLOW: usize = 100;

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Sends one request, checks the response's status and leaves the connection open.
fn idle_client(port: u16) -> TcpStream {
    let mut stream = connect(port);
    stream.write_all(b"GET /bench/show HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    stream
}

/// Sends an incomplete request, or never reads the responses.
fn slow_client(port: u16, index: usize) -> TcpStream {
    let mut stream = connect(port);
    match index % 4 {
        0 => stream.write_all(b"GET /bench/both/1 HTTP/1.1\r\nHost: local").unwrap(),
        1 => stream.write_all(b"GET /bench/show HTTP/1.1\r\n").unwrap(),
        // Rocket looks for the field `_method` in forms, so it waits for this body.
        2 => stream
            .write_all(
                b"POST /bench/show HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\
                  Content-Type: application/x-www-form-urlencoded\r\n\r\n_met",
            )
            .unwrap(),
        _ => send_without_reading(&mut stream),
    }
    stream
}

/// Sends requests without reading the responses, until the server can send no more and therefore stops reading.
fn send_without_reading(stream: &mut TcpStream) {
    stream.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let request = b"GET /bench/plain HTTP/1.1\r\nHost: localhost\r\n\r\n";
    while stream.write_all(&request.repeat(1000)).is_ok() {}
}

#[rocket::async_test]
async fn idle_and_slow_clients_do_not_block_other_clients() {
    // Allows this process, and the server as its child, enough open connections.
    let arguments = ["--pid", &process::id().to_string(), "--nofile=4096:"];
    assert!(Command::new("prlimit").args(arguments).status().unwrap().success());

    let installation = Installation::new().set("ROCKET_LOG_LEVEL", "critical");
    let server = installation.start();
    let mut writers = Writer::many(&server, 16);
    for writer in &mut writers {
        writer.must_change().await;
    }
    let port = server.port;
    let idle: Vec<TcpStream> = (0..IDLE).map(|_| idle_client(port)).collect();
    let slow: Vec<JoinHandle<TcpStream>> =
        (0..SLOW).map(|index| thread::spawn(move || slow_client(port, index))).collect();
    let slow: Vec<TcpStream> = slow.into_iter().map(|client| client.join().unwrap()).collect();

    let changes = join_all(writers.into_iter().map(|mut writer| async move {
        let mut slowest = Duration::ZERO;
        for _ in 0..200 {
            let started = Instant::now();
            writer.must_change().await;
            writer.check().await;
            slowest = slowest.max(started.elapsed());
        }
        slowest
    }));
    let slowest = changes.await.into_iter().max().unwrap();
    println!("with {} idle and {} slow clients, the slowest change took {slowest:?}", idle.len(), slow.len());
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
}

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{self, Command};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::site::Site;
use crate::writer::{Writer, together};

const IDLE: usize = 1000;
const SLOW: usize = 100;

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// One request, its answer, and then nothing more, with the connection open.
fn idle(port: u16) -> TcpStream {
    let mut stream = connect(port);
    stream.write_all(b"GET /bench/show HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    stream
}

/// A client who never gets to the end of it.
fn slow(port: u16, which: usize) -> TcpStream {
    let mut stream = connect(port);
    match which % 4 {
        0 => stream.write_all(b"GET /bench/both/1 HTTP/1.1\r\nHost: local").unwrap(),
        1 => stream.write_all(b"GET /bench/show HTTP/1.1\r\n").unwrap(),
        // Rocket looks into forms for another method, so it waits for this one.
        2 => stream
            .write_all(
                b"POST /bench/show HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\
                  Content-Type: application/x-www-form-urlencoded\r\n\r\n_met",
            )
            .unwrap(),
        _ => never_read(&mut stream),
    }
    stream
}

/// Asks on and on without reading an answer, until the server can't send any more and so reads nothing either.
fn never_read(stream: &mut TcpStream) {
    stream.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let request = b"GET /bench/plain HTTP/1.1\r\nHost: localhost\r\n\r\n";
    while stream.write_all(&request.repeat(1000)).is_ok() {}
}

#[rocket::async_test]
async fn clients_that_idle_and_clients_that_stop_halfway_stop_nobody_else() {
    // The server inherits it.
    let arguments = ["--pid", &process::id().to_string(), "--nofile=4096:"];
    assert!(Command::new("prlimit").args(arguments).status().unwrap().success());

    let site = Site::new().set("ROCKET_LOG_LEVEL", "critical");
    let server = site.start();
    let mut writers = Writer::crowd(&server, 16);
    for writer in &mut writers {
        writer.must_change().await;
    }
    let port = server.port;
    let idle: Vec<TcpStream> = (0..IDLE).map(|_| idle(port)).collect();
    let slow: Vec<JoinHandle<TcpStream>> = (0..SLOW).map(|which| thread::spawn(move || slow(port, which))).collect();
    let slow: Vec<TcpStream> = slow.into_iter().map(|slow| slow.join().unwrap()).collect();

    let work = together(writers.into_iter().map(|mut writer| async move {
        let mut slowest = Duration::ZERO;
        for _ in 0..200 {
            let asked = Instant::now();
            writer.must_change().await;
            writer.check().await;
            slowest = slowest.max(asked.elapsed());
        }
        slowest
    }));
    let slowest = work.await.into_iter().max().unwrap();
    println!("beside {} idle and {} slow clients the slowest change took {slowest:?}", idle.len(), slow.len());
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
}

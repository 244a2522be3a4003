use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

/// Lays a line between browsers and a server, at an address of its own: a request each, whose path and whole answer
/// `hand_on` gets, and gives the browser what it likes. It ends with the test's process.
pub fn line(
    server: &str,
    hand_on: impl Fn(&str, &[u8], &mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let server = server.trim_start_matches("http://").to_owned();
    let hand_on = Arc::new(hand_on);
    thread::spawn(move || {
        for browser in listener.incoming().flatten() {
            let (server, hand_on) = (server.clone(), Arc::clone(&hand_on));
            // Whichever side hangs up ends it.
            thread::spawn(move || drop(carry(browser, &server, &*hand_on)));
        }
    });
    base
}

fn carry(
    mut browser: TcpStream,
    server: &str,
    hand_on: &impl Fn(&str, &[u8], &mut TcpStream) -> io::Result<()>,
) -> io::Result<()> {
    let mut reader = BufReader::new(browser.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let lower = line.to_ascii_lowercase();
        if let Some(said) = lower.strip_prefix("content-length:") {
            length = said.trim().parse().unwrap_or(0);
        }
        if line == "\r\n" {
            head += "connection: close\r\n\r\n";
            break;
        }
        if !lower.starts_with("connection:") {
            head += &line;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut there = TcpStream::connect(server)?;
    there.write_all(head.as_bytes())?;
    there.write_all(&body)?;
    let mut answer = Vec::new();
    there.read_to_end(&mut answer)?;
    let path = head.split(' ').nth(1).unwrap_or_default();
    hand_on(path, &answer, &mut browser)?;
    browser.shutdown(Shutdown::Both)
}

/// Where the body of an answer begins.
pub fn body_of(answer: &[u8]) -> usize {
    const END: &[u8] = b"\r\n\r\n";
    let end = answer.windows(END.len()).position(|it| it == END);
    end.map_or(0, |at| at + END.len())
}

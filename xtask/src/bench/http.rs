//! As little of an HTTP/1.1 client as there can be, so that what is measured is the server.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};

/// A server that is silent for so long answers nothing any more.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes read at once.
const BUFFER_BYTES: usize = 128 << 10;
const HEAD_END: &[u8] = b"\r\n\r\n";

/// A connection to a server on this machine, which one request after the other uses.
pub(super) struct Connection {
    stream: TcpStream,
    port: u16,
    buffer: Vec<u8>,
}

/// What is asked for.
#[derive(Default)]
pub(super) struct Request<'a> {
    /// `GET`, `PUT`, …
    pub(super) method: &'a str,
    /// From the first slash on.
    pub(super) path: String,
    /// Further lines of the head, each with its end.
    pub(super) fields: String,
    /// What is sent.
    pub(super) body: &'a [u8],
}

impl Connection {
    /// Connects.
    pub(super) fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).context("connecting")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, port, buffer: vec![0; BUFFER_BYTES] })
    }

    /// Sends a request and hands over the answer's body piece by piece; returns its length. An answer that is no success
    /// is an error, and so is a body that ends early.
    pub(super) fn ask(&mut self, request: &Request<'_>, each: impl FnMut(&[u8])) -> Result<u64> {
        self.exchange(request, each).with_context(|| format!("{} {}", request.method, request.path))
    }

    fn exchange(&mut self, request: &Request<'_>, mut each: impl FnMut(&[u8])) -> Result<u64> {
        let Request { method, path, fields, body } = request;
        let (port, length) = (self.port, body.len());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost:{port}\r\ncontent-length: {length}\r\n{fields}\r\n"
        );
        self.stream.write_all(head.as_bytes()).context("sending the head")?;
        self.stream.write_all(body).context("sending the body")?;
        let (head_bytes, mut filled) = self.read_head()?;
        let length = body_length(&self.buffer[..head_bytes])?;
        let mut received = (filled - head_bytes) as u64;
        each(&self.buffer[head_bytes..filled]);
        while received < length {
            filled = self.read(0)?;
            received += filled as u64;
            each(&self.buffer[..filled]);
        }
        ensure!(received == length, "{received} bytes came instead of {length}");
        Ok(length)
    }

    /// Reads until the head is there; returns its length, and that of all that has come.
    fn read_head(&mut self) -> Result<(usize, usize)> {
        let mut filled = 0;
        loop {
            filled += self.read(filled)?;
            let end = self.buffer[..filled].windows(HEAD_END.len()).position(|bytes| bytes == HEAD_END);
            if let Some(end) = end {
                return Ok((end + HEAD_END.len(), filled));
            }
        }
    }

    /// Reads at least a byte into the buffer, from this place on.
    fn read(&mut self, from: usize) -> Result<usize> {
        ensure!(from < self.buffer.len(), "the answer's head has no end");
        match self.stream.read(&mut self.buffer[from..]).context("waiting for the answer")? {
            0 => bail!("the server closed the connection before the answer's end"),
            read => Ok(read),
        }
    }
}

/// The length that a head announces.
fn body_length(head: &[u8]) -> Result<u64> {
    let head = std::str::from_utf8(head).context("the answer's head is no text")?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    ensure!(status.starts_with('2'), "the answer is {status}");
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    match length {
        Some((_, length)) => length.trim().parse().context("the answer's length is no number"),
        None if status == "204" => Ok(0),
        None => bail!("the answer has no length"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    /// What a client makes of an answer.
    fn ask(answer: &'static str) -> Result<(u64, Vec<u8>)> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\nhello") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.extend(byte);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            request
        });
        let mut body = Vec::new();
        let request =
            Request { method: "PUT", path: "/x".to_owned(), fields: "a: b\r\n".to_owned(), body: b"hello" };
        let length = Connection::open(port).unwrap().ask(&request, |piece| body.extend_from_slice(piece));
        let sent = String::from_utf8(server.join().unwrap()).unwrap();
        assert!(
            sent.starts_with("PUT /x HTTP/1.1\r\n") && sent.contains("\r\ncontent-length: 5\r\na: b\r\n")
        );
        length.map(|length| (length, body))
    }

    #[test]
    fn only_whole_successes_count() {
        assert_eq!(ask("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc").unwrap(), (3, b"abc".to_vec()));
        assert_eq!(ask("HTTP/1.1 204 No Content\r\n\r\n").unwrap(), (0, Vec::new()));
        for (answer, why) in [
            ("", "closed the connection"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nabc", "closed the connection"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc", "instead of 2"),
            ("HTTP/1.1 200 OK\r\n\r\nabc", "has no length"),
            ("HTTP/1.1 507 Full\r\ncontent-length: 0\r\n\r\n", "the answer is 507"),
        ] {
            let error = format!("{:#}", ask(answer).unwrap_err());
            assert!(error.contains(why) && error.contains("PUT /x"), "{error}");
        }
    }
}

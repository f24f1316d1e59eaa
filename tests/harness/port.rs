//! Ports on which somebody will listen who cannot be asked which one the system gave them, or who comes back to it.

use std::io;

use tokio::net::TcpSocket;

/// A port of 127.0.0.1 that is nobody else's as long as this lives: it is bound, so that the system gives it to nobody, and not
/// listened on, so that whoever reuses addresses, as servers do, can listen there. To look for a free port and let go of it would
/// leave a moment in which it goes to somebody else.
pub struct Port {
    number: u16,
    _held: TcpSocket,
}

impl Port {
    /// Takes a free one.
    ///
    /// # Errors
    /// When there is none.
    pub fn hold() -> io::Result<Self> {
        let held = TcpSocket::new_v4()?;
        held.set_reuseaddr(true)?;
        held.bind(([127, 0, 0, 1], 0).into())?;
        Ok(Self { number: held.local_addr()?.port(), _held: held })
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }
}

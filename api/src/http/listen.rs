//! Which addresses the server may listen on.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

/// Why the server does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address cannot be read or resolved.
    #[error("{address} is not an address to listen on; give host and port, such as 127.0.0.1:8080")]
    Resolve {
        /// As given.
        address: String,
        /// What the resolver said.
        #[source]
        source: std::io::Error,
    },
    /// The address can be reached from other machines.
    #[error(
        "{address} can be reached from other machines, and there is no sign-in yet that would keep them out; listen on a \
         loopback address such as 127.0.0.1:8080, and put a proxy that signs people in before it where others must reach it"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// Something else listens there, or the system does not allow it.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// Listens on `host:port`, where every address of the host is a loopback address; port 0 takes a free one.
///
/// # Errors
/// [`ListenError`], which says what to do.
pub fn listen_on_loopback(address: &str) -> Result<TcpListener, ListenError> {
    let resolve = |source| ListenError::Resolve { address: address.to_owned(), source };
    let addresses: Vec<SocketAddr> = address.to_socket_addrs().map_err(resolve)?.collect();
    if let Some(outside) = addresses.iter().find(|address| !address.ip().to_canonical().is_loopback()) {
        return Err(ListenError::NotLoopback { address: *outside });
    }
    let Some(first) = addresses.first().copied() else {
        return Err(resolve(std::io::Error::from(std::io::ErrorKind::NotFound)));
    };
    let bind = |source| ListenError::Bind { address: first, source };
    let listener = TcpListener::bind(first).map_err(bind)?;
    listener.set_nonblocking(true).map_err(bind)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_listened_on() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[::ffff:192.0.2.1]:0"] {
            let refused = listen_on_loopback(address);
            assert!(matches!(refused, Err(ListenError::NotLoopback { .. })), "{address}: {refused:?}");
        }
        assert!(listen_on_loopback("127.0.0.1:0").is_ok());
        assert!(matches!(listen_on_loopback("8080"), Err(ListenError::Resolve { .. })));
    }

    #[test]
    fn a_taken_port_is_named() -> Result<(), Box<dyn std::error::Error>> {
        let taken = listen_on_loopback("127.0.0.1:0")?;
        let refused = listen_on_loopback(&taken.local_addr()?.to_string());
        assert!(matches!(refused, Err(ListenError::Bind { .. })));
        Ok(())
    }
}

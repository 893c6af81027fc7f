//! Fetching from an address that someone else chose.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use url::{Host, Url};

use super::IngestError;

/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence while reading.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Redirects followed.
const REDIRECTS: usize = 5;

/// Whether addresses of this machine and of private networks may be fetched from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateAddresses {
    /// They may: only the person at this machine can ask.
    Allowed,
    /// They may not, by name, by number or by redirect.
    Refused,
}

/// An HTTP client that keeps to the rules.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    private_addresses: PrivateAddresses,
}

impl Client {
    pub(super) fn new(private_addresses: PrivateAddresses) -> Result<Self, IngestError> {
        let redirects = Policy::custom(move |attempt| {
            if attempt.previous().len() > REDIRECTS {
                return attempt.error("too many redirects");
            }
            match check(attempt.url(), private_addresses) {
                Ok(()) => attempt.follow(),
                Err(refused) => attempt.error(refused),
            }
        });
        let builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .redirect(redirects)
            .no_proxy()
            .user_agent(concat!("reelgraph/", env!("CARGO_PKG_VERSION")));
        let builder = match private_addresses {
            PrivateAddresses::Allowed => builder,
            PrivateAddresses::Refused => builder.dns_resolver(PublicResolver),
        };
        Ok(Self { http: builder.build().map_err(IngestError::Client)?, private_addresses })
    }

    /// Sends the request and hands back the body, once the status and the announced size are good.
    pub(super) async fn get(
        &self,
        url: Url,
        limit_bytes: u64,
    ) -> Result<impl Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin + use<>, IngestError> {
        check(&url, self.private_addresses)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let unreachable =
            |source: reqwest::Error| IngestError::Unreachable { host: host.clone(), source: source.without_url() };
        let answer = self.http.get(url).send().await.map_err(unreachable)?;
        if !answer.status().is_success() {
            return Err(IngestError::BadStatus { host, status: answer.status().as_u16() });
        }
        if let Some(size_bytes) = answer.content_length().filter(|size_bytes| *size_bytes > limit_bytes) {
            return Err(IngestError::TooLarge { size_bytes, limit_bytes });
        }
        let body = answer.bytes_stream();
        Ok(body.map(|part| part.map_err(|source| std::io::Error::other(source.without_url()))).boxed())
    }
}

fn check(url: &Url, private_addresses: PrivateAddresses) -> Result<(), IngestError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(IngestError::BadAddress { reason: format!("its scheme is {}", url.scheme()) });
    }
    let number = match url.host() {
        None => return Err(IngestError::BadAddress { reason: "it has no host".to_owned() }),
        Some(Host::Domain(_)) => return Ok(()),
        Some(Host::Ipv4(number)) => IpAddr::V4(number),
        Some(Host::Ipv6(number)) => IpAddr::V6(number),
    };
    if private_addresses == PrivateAddresses::Refused && !is_public(number) {
        return Err(IngestError::PrivateAddress { host: number.to_string() });
    }
    Ok(())
}

/// Resolves names, and drops what leads inside.
#[derive(Debug, Clone, Copy)]
struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(IngestError::PrivateAddress { host: name.as_str().to_owned() }.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn is_public(number: IpAddr) -> bool {
    match number {
        IpAddr::V4(number) => is_public_v4(number),
        IpAddr::V6(number) => match number.to_ipv4() {
            Some(inner) => is_public_v4(inner),
            None => {
                !(number.is_loopback()
                    || number.is_unspecified()
                    || number.is_multicast()
                    || number.is_unique_local()
                    || number.is_unicast_link_local())
            }
        },
    }
}

fn is_public_v4(number: Ipv4Addr) -> bool {
    let [first, second, ..] = number.octets();
    // 100.64.0.0/10 is shared address space, RFC 6598.
    let is_shared = first == 100 && (64..128).contains(&second);
    !(number.is_loopback()
        || number.is_private()
        || number.is_link_local()
        || number.is_unspecified()
        || number.is_broadcast()
        || number.is_multicast()
        || number.is_documentation()
        || is_shared
        || first == 0
        || first >= 240)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str) -> Option<&'static str> {
        let url = Url::parse(address).ok()?;
        check(&url, PrivateAddresses::Refused).err().map(|error| error.code())
    }

    #[test]
    fn numbers_that_lead_inside_are_refused_however_they_are_written() {
        for address in [
            "http://127.0.0.1/a",
            "http://2130706433/a",
            "http://0x7f.1/a",
            "http://10.1.2.3/a",
            "http://169.254.169.254/latest",
            "http://[::1]/a",
            "http://[::ffff:192.168.0.1]/a",
            "http://100.64.0.1/a",
        ] {
            assert_eq!(refused(address), Some("private_address"), "{address}");
        }
        assert_eq!(refused("https://93.184.216.34/a"), None);
    }

    #[test]
    fn only_http_is_fetched() {
        assert_eq!(refused("file:///etc/passwd"), Some("bad_address"));
        assert_eq!(refused("ftp://example.org/a"), Some("bad_address"));
    }
}

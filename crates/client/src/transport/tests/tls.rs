//! The encrypted way, which the tests of whole uploads do not go: they are their own servers, on this computer.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

struct Certificate {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

/// One for `localhost` and a store behind a proxy, signed by itself, which nobody but these tests trusts.
fn certificate() -> &'static Certificate {
    static CERTIFICATE: OnceLock<Certificate> = OnceLock::new();
    CERTIFICATE.get_or_init(|| {
        let signed =
            rcgen::generate_simple_self_signed(["localhost", "bucket.example"].map(str::to_owned))
                .unwrap();
        Certificate {
            certificate: signed.cert.der().clone(),
            key: PrivateKeyDer::try_from(signed.signing_key.serialize_der()).unwrap(),
        }
    })
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

#[allow(clippy::unnecessary_wraps)] // as `connect::trust` does
pub(super) fn trust_in_the_tests() -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate().certificate.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Takes one PUT of so many bytes over TLS and answers it; the port.
pub(super) async fn server(size_bytes: usize) -> u16 {
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate().certificate.clone()],
            certificate().key.clone_key(),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else {
            return;
        };
        let mut request = Vec::new();
        let mut piece = vec![0; 64 * 1024];
        let is_whole = |request: &[u8]| {
            let head = request.windows(4).position(|end| end == b"\r\n\r\n");
            head.is_some_and(|head| request.len() >= head + 4 + size_bytes)
        };
        while !is_whole(&request) {
            let read = stream.read(&mut piece).await.unwrap();
            assert!(read > 0, "the request ends early");
            request.extend_from_slice(&piece[..read]);
        }
        stream
            .write_all(b"HTTP/1.1 200 OK\r\netag: \"e\"\r\ncontent-length: 0\r\n\r\n")
            .await
            .unwrap();
        stream.flush().await.unwrap();
        std::future::pending::<()>().await;
    });
    port
}

async fn put(trust: connect::Trust, size_bytes: usize) -> (Result<Stored, SendError>, Progress) {
    let port = server(size_bytes).await;
    let way = Way {
        trust,
        reach: Reach::Anywhere,
        ..Way::default()
    };
    let url = format!("https://localhost:{port}/key?X-Amz-SignedHeaders=host");
    super::put(way, &url, size_bytes).await
}

#[tokio::test]
async fn a_put_goes_over_tls() {
    let size_bytes = 5_000_000;
    let (stored, progress) = put(trust_in_the_tests, size_bytes).await;
    assert_eq!(stored.unwrap().etag.as_deref(), Some("\"e\""));
    assert_eq!(progress.acknowledged_bytes(), size_bytes as u64);
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_told_from_a_broken_connection() {
    let (stored, progress) = put(connect::trust, 100_000).await;
    let error = stored.unwrap_err();
    assert!(
        matches!(error, SendError::Connect(ConnectError::BadCertificate(_))),
        "{error:?}"
    );
    assert_eq!(progress.acknowledged_bytes(), 0);
}

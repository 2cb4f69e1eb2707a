//! TLS, by a certificate made on the spot.

use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{BUFFER_BYTES, prepared};

/// Makes an authority and a certificate of its own for this computer, and writes the authority's down for clients to
/// trust.
pub(super) fn configure(certificates: &Path) -> Arc<ServerConfig> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Without a name of its own some take the server's certificate for the authority's.
    authority
        .distinguished_name
        .push(DnType::CommonName, "Authority of a benchmark");
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(authority, key).expect("an authority");
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new(names)
        .and_then(|parameters| parameters.signed_by(&key, &authority))
        .expect("a certificate");
    std::fs::write(certificates, authority.pem()).expect("room for the authority's certificate");

    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .expect("a configuration");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

pub(super) fn accept(
    config: &Arc<ServerConfig>,
    stream: TcpStream,
) -> io::Result<StreamOwned<ServerConnection, Socket>> {
    prepared(&stream)?;
    let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
    let reader = BufReader::with_capacity(BUFFER_BYTES, stream);
    Ok(StreamOwned::new(connection, Socket(reader)))
}

/// Records come in pieces of 16 KiB; the system is asked for many of them at once.
pub(super) struct Socket(BufReader<TcpStream>);

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.get_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.get_mut().flush()
    }
}

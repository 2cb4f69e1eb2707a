//! HTTPS before a server that has none, with a certificate that only whoever is told of it trusts.

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// It takes encrypted connections, and passes on what comes. Dropping it ends it.
pub(crate) struct Https {
    pub(crate) origin: String,
    task: JoinHandle<()>,
    folder: TempDir,
}

impl Drop for Https {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Https {
    /// Before the server at this origin, `http://…`.
    pub(crate) async fn before(origin: &str) -> Self {
        let host = "127.0.0.1";
        let made = rcgen::generate_simple_self_signed(vec![host.to_owned()]).unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("authority.pem"), made.cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((host, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let behind = origin.strip_prefix("http://").unwrap().to_owned();
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    // Whoever does not trust the certificate goes away.
                    if let Ok(mut front) = acceptor.accept(connection).await
                        && let Ok(mut back) = TcpStream::connect(behind).await
                    {
                        let _ = copy_bidirectional(&mut front, &mut back).await;
                    }
                });
            }
        });
        Self {
            origin: format!("https://{address}"),
            task,
            folder,
        }
    }

    /// What a program has to trust, as `SSL_CERT_FILE` names it.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }
}

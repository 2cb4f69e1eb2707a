//! A company's network: names that its own computers alone know, certificates of an authority of its own, and one proxy
//! that leads in from outside (Linux).

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::{Deployed, Revui, namespace, store};

/// The backend's name.
const RECORDINGS: &str = "recordings.example";
/// The store's.
const STORE: &str = "store.example";

/// Gives a program the names that are in a file; it ends with whoever started it.
const KNOWING_THE_NAMES: &str =
    r#"mount --bind "$0" /etc/hosts && exec setpriv --pdeathsig KILL "$@""#;

/// The real backend and its store in that network. Dropping it ends everything.
pub struct Proxied {
    /// The backend's origin, which no computer outside can find.
    pub server: String,
    proxy: SocketAddr,
    led_to: Arc<Mutex<Vec<String>>>,
    /// Starts a program that is inside.
    inside: Vec<String>,
    /// Where the authority's certificate is.
    authority: String,
    deployed: Deployed,
    tasks: Vec<JoinHandle<()>>,
    _folder: TempDir,
}

impl Proxied {
    /// The one task.
    pub const TASK: &str = Deployed::TASK;

    /// What keeps one from running on this machine.
    pub fn missing_piece() -> Option<String> {
        let missing = || "no file systems of one's own on this machine".to_owned();
        crate::missing_piece(&["setpriv", "unshare"])
            .or_else(|| namespace().is_none().then(missing))
    }

    /// Starts it.
    pub async fn start() -> Self {
        let folder = TempDir::with_prefix("revui-proxied-").expect("a temporary folder");
        let hosts = folder.path().join("hosts");
        let names = format!("127.0.0.1 localhost {RECORDINGS} {STORE}\n");
        std::fs::write(&hosts, names).expect("room for the names");
        let inside: Vec<_> = namespace()
            .expect("file systems of one's own")
            .iter()
            .map(|&word| word.to_owned())
            .chain(["sh", "-c", KNOWING_THE_NAMES].map(str::to_owned))
            .chain([hosts.display().to_string()])
            .collect();
        let authority = folder.path().join("authority.pem");
        let encrypting = encrypting(&authority);
        let authority = authority.display().to_string();

        let (running, at) = store::Running::start().await;
        // Whoever deploys has made the bucket.
        running.bucket(at, false).await;
        let (store_port, before_store) = terminate(&encrypting, at).await;
        let mut variables = running.variables(at);
        variables.retain(|(name, _)| *name != "AWS_ENDPOINT_URL_S3");
        let endpoint = format!("https://{STORE}:{store_port}");
        variables.extend([
            ("AWS_ENDPOINT_URL_S3", endpoint),
            ("SSL_CERT_FILE", authority.clone()),
        ]);
        let deployed = Deployed::told(running, variables, inside.clone()).await;
        let (port, before_backend) = terminate(&encrypting, deployed.address()).await;
        let led_to = Arc::default();
        let (proxy, leading) = lead(Arc::clone(&led_to)).await;
        Self {
            server: format!("https://{RECORDINGS}:{port}"),
            proxy,
            led_to,
            inside,
            authority,
            deployed,
            tasks: vec![before_store, before_backend, leading],
            _folder: folder,
        }
    }

    /// The user's command line outside, signed in. It is told of the proxy, and of nothing else.
    pub async fn revui(&self) -> Revui {
        let revui = Revui::new().with_session(&self.server, &self.deployed.token().await);
        revui.with("HTTPS_PROXY", &format!("http://{}", self.proxy))
    }

    /// Has it trust the company's authority.
    #[must_use]
    pub fn trusting(&self, revui: Revui) -> Revui {
        revui.with("SSL_CERT_FILE", &self.authority)
    }

    /// Has it run inside, where the names are known.
    #[must_use]
    pub fn inside(&self, revui: Revui) -> Revui {
        let wrapper: Vec<_> = self.inside.iter().map(String::as_str).collect();
        revui.through(&wrapper)
    }

    /// Where the proxy has led, by name and without the port, in order.
    pub fn led_to(&self) -> Vec<String> {
        let led_to = self.led_to.lock();
        led_to.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Proxied {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Makes an authority, writes its certificate there, and has it certify both names.
fn encrypting(authority_at: &Path) -> TlsAcceptor {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Without a name of its own some take the server's certificate for the authority's.
    let name = "Authority of a company";
    authority.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(authority, key).expect("an authority");
    std::fs::write(authority_at, authority.pem()).expect("room for a certificate");
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new([RECORDINGS, STORE].map(str::to_owned))
        .and_then(|parameters| parameters.signed_by(&key, &authority))
        .expect("a certificate");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let chain = vec![certificate.der().clone()];
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .expect("a configuration");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// Takes the encryption off what comes to a port, and passes it on.
async fn terminate(encrypting: &TlsAcceptor, to: SocketAddr) -> (u16, JoinHandle<()>) {
    let (listener, address) = listener().await;
    let encrypting = encrypting.clone();
    let task = tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let encrypting = encrypting.clone();
            tokio::spawn(async move {
                // Whoever does not trust the certificate hangs up.
                let mut near = encrypting.accept(near).await.ok()?;
                let mut far = TcpStream::connect(to).await.ok()?;
                copy_bidirectional(&mut near, &mut far).await.ok()
            });
        }
    });
    (address.port(), task)
}

/// The proxy: both names are this computer.
async fn lead(led_to: Arc<Mutex<Vec<String>>>) -> (SocketAddr, JoinHandle<()>) {
    let (listener, address) = listener().await;
    let task = tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let led_to = led_to.clone();
            tokio::spawn(async move {
                let mut near = BufReader::new(near);
                let (name, port) = asked(&mut near).await?;
                let mut far = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
                let led_to = led_to.lock();
                led_to.unwrap_or_else(PoisonError::into_inner).push(name);
                let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
                near.write_all(established).await.ok()?;
                copy_bidirectional(&mut near, &mut far).await.ok()
            });
        }
    });
    (address, task)
}

/// Where a request to be led somewhere wants to go; `None` if it is none, or wants elsewhere.
async fn asked(near: &mut BufReader<TcpStream>) -> Option<(String, u16)> {
    let mut first = String::new();
    near.read_line(&mut first).await.ok()?;
    let mut header = String::new();
    while header != "\r\n" {
        header.clear();
        if near.read_line(&mut header).await.ok()? == 0 {
            return None;
        }
    }
    let place = first.strip_prefix("CONNECT ")?.split(' ').next()?;
    let (name, port) = place.split_once(':')?;
    let is_known = [RECORDINGS, STORE].contains(&name);
    is_known.then_some((name.to_owned(), port.parse().ok()?))
}

//! One address before several servers, as whoever balances TCP connections gives it: each connection goes to the server
//! whose turn it is, or, where that one is dead, to another.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::copy;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

/// A balancer. Dropping it closes its port.
pub(crate) struct Balancer {
    /// What clients know.
    pub(crate) origin: String,
    servers: Arc<Mutex<Vec<Server>>>,
    _accepting: AbortOnDropHandle<()>,
}

struct Server {
    address: SocketAddr,
    connections: usize,
}

impl Balancer {
    pub(crate) async fn before(servers: &[SocketAddr]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = |&address: &SocketAddr| Server {
            address,
            connections: 0,
        };
        let servers = Arc::new(Mutex::new(servers.iter().map(server).collect()));
        Self {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            servers: Arc::clone(&servers),
            _accepting: AbortOnDropHandle::new(tokio::spawn(accept(listener, servers))),
        }
    }

    /// From now on this one is in the place of the one that was there.
    pub(crate) fn replace(&self, place: usize, address: SocketAddr) {
        self.servers.lock().unwrap()[place].address = address;
    }

    /// How many connections went to each place.
    pub(crate) fn connections(&self) -> Vec<usize> {
        let servers = self.servers.lock().unwrap();
        servers.iter().map(|server| server.connections).collect()
    }
}

async fn accept(listener: TcpListener, servers: Arc<Mutex<Vec<Server>>>) {
    let mut turn = 0;
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(carry(client, Arc::clone(&servers), turn));
        turn += 1;
    }
}

/// Where every server is dead, the client is left alone.
async fn carry(client: TcpStream, servers: Arc<Mutex<Vec<Server>>>, turn: usize) {
    let Some(server) = reach(&servers, turn).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    // When either side is gone, so is the other: half a connection is of no use to HTTP.
    tokio::select! {
        _ = copy(&mut from_client, &mut to_server) => {}
        _ = copy(&mut from_server, &mut to_client) => {}
    }
}

async fn reach(servers: &Mutex<Vec<Server>>, turn: usize) -> Option<TcpStream> {
    let count = servers.lock().unwrap().len();
    for place in (turn..turn + count).map(|turn| turn % count) {
        let address = servers.lock().unwrap()[place].address;
        if let Ok(server) = TcpStream::connect(address).await {
            servers.lock().unwrap()[place].connections += 1;
            return Some(server);
        }
    }
    None
}

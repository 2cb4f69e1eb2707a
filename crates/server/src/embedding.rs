//! A backend in one folder: the store that runs beside the API, and the database.

use std::net::SocketAddr;
use std::sync::Arc;

use faults::Proxy;
use storage::{
    Bucket, BucketConfig, Credentials, Encryption, PartChecksum, SecretText, StoreObserver,
};
use store::EmbeddedStore;

use crate::clock::Clock;
use crate::connecting::{Retrying, Store};
use crate::db::{Database, DatabaseUrl};
use crate::demo;
use crate::embedded::{self, EmbeddedError, Folder};
use crate::front::Front;
use crate::running::{Parts, StartError};
use crate::serving::Serving;

/// What runs beside the API.
pub(crate) struct Embedded {
    pub(crate) address: SocketAddr,
    pub(crate) serving: Serving,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) folder: Folder,
    pub(crate) demo_users: Option<Vec<demo::DemoUser>>,
}

/// What an embedded backend is to be like.
pub(crate) struct Wanted {
    pub(crate) database: Option<Box<DatabaseUrl>>,
    pub(crate) demo: bool,
    pub(crate) part_checksum: PartChecksum,
    pub(crate) observer: StoreObserver,
}

/// Opens the folder's store and database.
pub(crate) async fn embed(
    (folder, path): (Folder, std::path::PathBuf),
    front: Front,
    wanted: Wanted,
    clock: &Clock,
) -> Result<Parts, StartError> {
    let address = front.address;
    let secrets = &folder.secrets;
    let objects = EmbeddedStore::open(
        folder.store(),
        embedded::BUCKET,
        &secrets.access_key_id,
        secrets.secret_access_key.expose(),
    )?;
    let bucket = Bucket::connect(BucketConfig {
        region: embedded::REGION.to_owned(),
        bucket: embedded::BUCKET.to_owned(),
        endpoint_url: format!("http://{address}").parse().ok(),
        credentials: Credentials::Static {
            access_key_id: secrets.access_key_id.clone(),
            secret_access_key: SecretText::from(secrets.secret_access_key.expose()),
            session_token: None,
        },
        encryption: Encryption::BucketDefault,
        part_checksum: wanted.part_checksum,
        tagging: true,
        // The store has one account, and no roles that could be narrowed.
        signing_role: None,
    })
    .await?
    .observed_by(&wanted.observer);
    let database_url = match wanted.database {
        Some(elsewhere) => *elsewhere,
        None => embedded::database(&path).map_err(EmbeddedError::Name)?,
    };
    let database = Database::open(&database_url).await?;
    let demo_users = if wanted.demo {
        Some(demo::prepare(&database, &folder.demo_note(), clock.now()).await?)
    } else {
        None
    };
    let serving = Serving::spawn(|stop| objects.serve(front.listener, stop.cancelled_owned()));
    Ok(Parts {
        database,
        jwt_secret: secrets.jwt_secret.clone(),
        store: Arc::new(Store::ready(bucket)),
        retrying: Retrying::default(),
        embedded: Some(Embedded {
            address,
            serving,
            proxy: front.proxy,
            folder,
            demo_users,
        }),
    })
}

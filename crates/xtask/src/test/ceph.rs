//! A real Ceph object gateway on this computer, for the length of a test run: a second S3, written by other people.
//!
//! One monitor, one object store daemon that keeps everything in memory, and the gateway. Nothing of it outlives the run.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::processes::{self, Program};
use crate::workspace;

/// The one account: made for a gateway that only this computer reaches, and only while tests run.
pub(crate) const ACCESS_KEY_ID: &str = "gateway-tester";
pub(crate) const SECRET_ACCESS_KEY: &str = "gateway-tester-secret";

/// What its sessions are sealed with: of this length, and of nobody's interest.
const STS_KEY: &str = "sixteen-letters!";

/// The role whose sessions sign tickets.
const ROLE: &str = "revui-signing";
pub(crate) const ROLE_ARN: &str = "arn:aws:iam:::role/revui-signing";

/// Who may take it on: the one account.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole"],
"Principal":{"AWS":["arn:aws:iam:::user/tester"]}}]}"#;

/// What it may do: in the buckets of tests, everything. Its sessions may do less.
const RIGHTS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],
"Resource":["arn:aws:s3:::*"]}]}"#;

/// Names this cluster to its own daemons.
const CLUSTER: &str = "0d5c7a52-7f0c-4d37-9d0f-5d2d3f0f6c11";
/// The gateway makes its pools before it listens.
const READY_WITHIN: Duration = Duration::from_mins(3);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A running gateway. Dropping it ends all of it: the gateway first, what it stands on after.
pub(crate) struct Gateway {
    pub(crate) endpoint: String,
    /// The same by TLS, and the certificate to trust there.
    pub(crate) tls_endpoint: String,
    pub(crate) certificate: PathBuf,
    _daemons: Vec<Program>,
}

/// The cluster's folder and the ports it was given.
struct Cluster {
    folder: PathBuf,
    /// The monitor's, for the second and first version of the protocol; then the gateway's, without and with TLS.
    ports: [u16; 4],
}

impl Gateway {
    /// Lays a cluster out in an empty folder, starts it and waits until the gateway answers.
    pub(crate) fn start() -> Result<Self, Failure> {
        let cluster = Cluster::lay_out(workspace::target().join("ceph"))?;
        let monitor = cluster.daemon("ceph-mon", &["--id", "a"])?;
        // Answers once the monitor does: the command itself waits for it.
        cluster.ceph(&["mon", "stat"])?;
        let disk = cluster.start_disk()?;
        let gateway = cluster.daemon("radosgw", &["--name", "client.rgw.a"])?;
        let [_, _, port, tls_port] = cluster.ports;
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = gateway.ends_within(LOOK_EVERY)? {
                return Err(Failure::Ended {
                    program: "radosgw".to_owned(),
                    status,
                });
            }
            if began.elapsed() > READY_WITHIN {
                return Err(Failure::Unexpected {
                    what: format!("the gateway is not ready; see {}", cluster.folder.display()),
                });
            }
        }
        cluster.make_account()?;
        cluster.make_role()?;
        Ok(Self {
            endpoint: format!("http://127.0.0.1:{port}"),
            tls_endpoint: format!("https://127.0.0.1:{tls_port}"),
            certificate: cluster.file("certificate.pem"),
            _daemons: vec![gateway, disk, monitor],
        })
    }
}

impl Cluster {
    fn lay_out(folder: PathBuf) -> Result<Self, Failure> {
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(Failure::file("remove", &folder))?;
        }
        for part in ["mon/ceph-a", "osd/ceph-0", "gateway", "run"] {
            let part = folder.join(part);
            fs::create_dir_all(&part).map_err(Failure::file("make", &part))?;
        }
        let cluster = Self {
            folder,
            ports: free_ports()?,
        };
        let file = cluster.file("ceph.conf");
        fs::write(&file, cluster.configuration()).map_err(Failure::file("write", &file))?;
        cluster.make_keys()?;
        cluster.make_certificate()?;
        cluster.make_monitor()?;
        Ok(cluster)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn configuration(&self) -> String {
        let folder = self.folder.display();
        let [monitor_v2, monitor_v1, gateway, gateway_tls] = self.ports;
        format!(
            "[global]
fsid = {CLUSTER}
mon_host = [v2:127.0.0.1:{monitor_v2},v1:127.0.0.1:{monitor_v1}]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
keyring = {folder}/keyring
run_dir = {folder}/run
admin_socket = {folder}/run/$name.asok
pid_file = {folder}/run/$name.pid
log_file = {folder}/$name.log
# One copy on one disk is all there is.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
# The monitor would stop on a disk that is nearly full with other things.
mon_data_avail_crit = 1
mon_data_avail_warn = 2
[mon]
mon_data = {folder}/mon/ceph-a
mon_cluster_log_file = {folder}/cluster.log
[osd]
osd_data = {folder}/osd/ceph-0
keyring = {folder}/osd/ceph-0/keyring
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_class_load_list = *
osd_class_default_list = *
[client.rgw.a]
rgw_data = {folder}/gateway
keyring = {folder}/keyring
rgw_frontends = beast endpoint=127.0.0.1:{gateway} ssl_endpoint=127.0.0.1:{gateway_tls} \
ssl_certificate={folder}/certificate.pem ssl_private_key={folder}/private-key.pem
rgw_enable_apis = s3, sts, iam, admin
rgw_s3_auth_use_sts = true
rgw_sts_key = {STS_KEY}
"
        )
    }

    fn make_keys(&self) -> Result<(), Failure> {
        let everything = ["mon", "osd", "mgr", "mds"];
        for (name, areas) in [
            ("mon.", &everything[..1]),
            ("client.admin", &everything[..]),
            ("client.rgw.a", &everything[..3]),
        ] {
            let mut command = Command::new("ceph-authtool");
            command.arg(self.file("keyring"));
            if name == "mon." {
                command.arg("--create-keyring");
            }
            command.args(["--gen-key", "--name", name]);
            for area in areas {
                command.args(["--cap", area, "allow *"]);
            }
            quietly(&mut command)?;
        }
        Ok(())
    }

    /// Its own authority, for the length of the run.
    fn make_certificate(&self) -> Result<(), Failure> {
        quietly(
            Command::new("openssl")
                .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
                .args(["ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
                .args([
                    "-subj",
                    "/CN=gateway",
                    "-addext",
                    "subjectAltName=IP:127.0.0.1",
                ])
                .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
                .arg(self.file("private-key.pem"))
                .arg("-out")
                .arg(self.file("certificate.pem")),
        )
    }

    fn make_monitor(&self) -> Result<(), Failure> {
        let map = self.file("monmap");
        let [v2, v1, ..] = self.ports;
        quietly(
            Command::new("monmaptool")
                .args(["--create", "--clobber", "--fsid", CLUSTER, "--addv", "a"])
                .arg(format!("[v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]"))
                .arg(&map),
        )?;
        quietly(
            self.with_configuration("ceph-mon")
                .args(["--id", "a", "--mkfs", "--monmap"])
                .arg(&map)
                .arg("--keyring")
                .arg(self.file("keyring")),
        )
    }

    fn start_disk(&self) -> Result<Program, Failure> {
        let id = fs::read_to_string("/proc/sys/kernel/random/uuid").map_err(Failure::file(
            "read",
            Path::new("/proc/sys/kernel/random/uuid"),
        ))?;
        self.ceph(&["osd", "new", id.trim()])?;
        let keyring = self.file("osd/ceph-0/keyring");
        quietly(
            self.with_configuration("ceph")
                .args(["auth", "get-or-create", "osd.0"])
                .args([
                    "mon",
                    "allow profile osd",
                    "mgr",
                    "allow profile osd",
                    "osd",
                    "allow *",
                ])
                .arg("-o")
                .arg(keyring),
        )?;
        quietly(self.with_configuration("ceph-osd").args([
            "--id",
            "0",
            "--mkfs",
            "--osd-uuid",
            id.trim(),
        ]))?;
        self.daemon("ceph-osd", &["--id", "0"])
    }

    fn make_account(&self) -> Result<(), Failure> {
        quietly(
            self.with_configuration("radosgw-admin")
                .args(["user", "create", "--uid=tester", "--display-name=Tester"])
                .args([
                    "--access-key",
                    ACCESS_KEY_ID,
                    "--secret-key",
                    SECRET_ACCESS_KEY,
                ]),
        )
    }

    fn make_role(&self) -> Result<(), Failure> {
        let role = format!("--role-name={ROLE}");
        for arguments in [
            [
                "role",
                "create",
                "--path=/",
                "--assume-role-policy-doc",
                TRUST,
            ],
            [
                "role-policy",
                "put",
                "--policy-name=tickets",
                "--policy-doc",
                RIGHTS,
            ],
        ] {
            quietly(
                self.with_configuration("radosgw-admin")
                    .args(arguments)
                    .arg(&role),
            )?;
        }
        Ok(())
    }

    /// An administrator's command; it waits for the monitor, but not for ever.
    fn ceph(&self, arguments: &[&str]) -> Result<(), Failure> {
        quietly(
            self.with_configuration("ceph")
                .args(["--connect-timeout", "60"])
                .args(arguments),
        )
    }

    fn daemon(&self, program: &str, arguments: &[&str]) -> Result<Program, Failure> {
        Program::start(
            self.with_configuration(program)
                .args(arguments)
                .arg("--foreground")
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )
    }

    fn with_configuration(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("--conf").arg(self.file("ceph.conf"));
        command
    }
}

/// Runs a tool whose output is of interest only when it fails.
fn quietly(command: &mut Command) -> Result<(), Failure> {
    processes::capture(command.stdin(Stdio::null()).stderr(Stdio::null())).map(drop)
}

/// Four ports that were free a moment ago.
fn free_ports() -> Result<[u16; 4], Failure> {
    let unexpected = |error: std::io::Error| Failure::Unexpected {
        what: format!("no free port: {error}"),
    };
    let bind = || TcpListener::bind(("127.0.0.1", 0)).map_err(unexpected);
    // All are held until the last is known, so that they differ.
    let listeners = [bind()?, bind()?, bind()?, bind()?];
    let mut ports = [0; 4];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        *port = listener.local_addr().map_err(unexpected)?.port();
    }
    Ok(ports)
}

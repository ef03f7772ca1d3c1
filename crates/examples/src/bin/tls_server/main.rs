//! A TLS 1.3 server with rustls whose private key, of Ed25519, is in the store; and so is it while its certificate is
//! made.
//!
//! It shows the one thing that rustls and rcgen ask of a key that they may not see: signatures. Each connection is
//! signed by name. After `store.lock()` no new one comes about.
//!
//! ```text
//! tls_server CERTIFICATE           writes its certificate (DER) to that file, and its address to standard output
//! ```
//!
//! It reads a line from each client and returns it in capitals.
#![forbid(unsafe_code)]

mod key;

use std::{
    error::Error,
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::ExitCode,
    sync::Arc,
    thread,
    time::Duration,
};

use rcgen::{CertificateParams, SerialNumber};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    sign::{CertifiedKey, SingleCertAndKey},
    version::TLS13,
};
use strongroom::KeyStore;

use crate::key::StoredKey;

const LONGEST: u64 = 4096;
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tls_server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let [certificate] = args else { return Err("tls_server CERTIFICATE".into()) };
    let key = StoredKey::generate(KeyStore::open()?)?;

    let mut params = CertificateParams::new(["localhost".to_owned()])?;
    params.serial_number = Some(SerialNumber::from(1));
    let signed = params.self_signed(&key)?;
    fs::write(certificate, signed.der())?;

    let certified = CertifiedKey::new(vec![signed.der().clone()], Arc::new(key));
    certified.keys_match()?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    let config = Arc::new(config);

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let (config, stream) = (Arc::clone(&config), stream?);
        thread::spawn(move || {
            if let Err(error) = talk(config, stream) {
                eprintln!("tls_server: a connection ended: {error}");
            }
        });
    }
    Ok(())
}

fn talk(config: Arc<ServerConfig>, stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let mut line = String::new();
    BufReader::new(&mut stream).take(LONGEST).read_line(&mut line)?;
    stream.write_all(line.to_uppercase().as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

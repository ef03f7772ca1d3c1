//! `tls_server`: one request and its answer, and a client that trusts another certificate.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, mpsc},
    thread,
};

use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned, crypto::ring,
    pki_types::CertificateDer,
};

use crate::program::{LONG, Program};

fn serve(certificate: &Path) -> (Program, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tls_server"));
    let mut program = Program::start(command.arg(certificate).stdout(Stdio::piped()));
    let (mut stdout, (send, receive)) = (BufReader::new(program.0.stdout.take().unwrap()), mpsc::channel());
    thread::spawn(move || {
        let mut address = String::new();
        stdout.read_line(&mut address).unwrap();
        send.send(address).unwrap();
    });
    (program, receive.recv_timeout(LONG).unwrap().trim_end().to_owned())
}

fn connect(address: &str, trusted: &Path) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(fs::read(trusted).unwrap())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap(), stream)
}

#[test]
fn the_key_in_the_store_serves_tls() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, another) = (folder.path().join("one"), folder.path().join("two"));
    let (_program, address) = serve(&certificate);
    let (_other, _) = serve(&another);

    let mut stream = connect(&address, &certificate);
    stream.write_all(b"two litres of milk\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "TWO LITRES OF MILK\n");
    assert_eq!(stream.conn.protocol_version(), Some(ProtocolVersion::TLSv1_3));

    let error = connect(&address, &another).write_all(b"milk\n").unwrap_err();
    assert_eq!(error.to_string(), "invalid peer certificate: BadSignature");
}

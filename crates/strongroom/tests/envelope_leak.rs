//! Envelopes, master keys, COSE messages and signed objects, attacked: another process reads all memory of one that opens and makes them, at
//! rest and in the middle of each operation, and of a control that does the same in ordinary memory.
//!
//! The attacker made the envelopes, so it knows what opens them: the password, the secret, the keys, and what is derived
//! of them on the way, with the schedules and midstates of each.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::env;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Cursor, Write, stdin, stdout};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio, exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use hmac::Mac;
use serde_json::{Value, json};
use sha2::Digest;
use strongroom::{
    Algorithm, Context, DataEnvelopeNamespace, EncString, HashPurpose, HighEntropySecret, Kdf, KeyStore, LocalKey,
    MasterKey, PasswordEnvelopeNamespace, Policy, Protection, SecretBytes, SecretEnvelopeNamespace, Signing,
    SigningAlgorithm, Symmetric, SymmetricAlgorithm, SymmetricEnvelopeNamespace, hazmat,
};
use strongroom_probe::{Hold, Kind, Needles, ScanReport, Scanner, regions};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { V1, Cose, Content }
    signing SigningName { Own }
}

type Store = KeyStore<Keys>;

/// The role of a process under attack, the public things that it opens, and the test that it runs in.
const ROLE: &str = "STRONGROOM_ENVELOPES";
const SEALED: &str = "STRONGROOM_ENVELOPES_SEALED";
const TEST: &str = "no_envelope_leaks_while_it_is_opened";
/// What the processes under attack say begins with this; the rest of a line is the test runner's.
const SAYS: &str = "envelopes: ";

const OPERATIONS: [&str; 13] = [
    "password",
    "argon2id",
    "secret",
    "key under v1",
    "key under cose",
    "data",
    "hash",
    "type 0",
    "seal",
    "contents of type 7",
    "keys of type 7",
    "sign",
    "body",
];

/// Stops that count for each operation, and the time they may take.
const STOPS: usize = 25;
const LATE: Duration = Duration::from_secs(120);

const PIN: PasswordEnvelopeNamespace = PasswordEnvelopeNamespace::PinUnlock;
const INVITE: SecretEnvelopeNamespace = SecretEnvelopeNamespace::RegistrationOpenOrgInvite;
const SESSION: SymmetricEnvelopeNamespace = SymmetricEnvelopeNamespace::SessionKey;
const ITEM: DataEnvelopeNamespace = DataEnvelopeNamespace::VaultItem;

// The process under attack.

fn say(what: &str) {
    println!("{SAYS}{what}");
    stdout().flush().unwrap();
}

/// What it is told, by a line each, straight into secret memory.
struct Told {
    password: SecretBytes,
    secret: HighEntropySecret,
    master: MasterKey,
}

fn hear(store: &Store) -> Told {
    let line = || store.read_secret_line(stdin().as_fd()).unwrap();
    let (password, secret, master) = (line(), line(), line());
    let named: Result<_, strongroom::Error> = store.transaction(|tx| {
        for id in [Key::V1, Key::Cose, Key::Content] {
            let key = hazmat::import_encoded::<_, Symmetric>(tx, line())?;
            tx.name(id, key)?;
        }
        let key = hazmat::import_encoded::<_, Signing>(tx, line())?;
        tx.name(SigningName::Own, key)
    });
    named.unwrap();
    store.context(|ctx| Told {
        password,
        secret: ctx.secret_of_base64(&secret).unwrap(),
        master: hazmat::import_master_key(ctx, master).unwrap(),
    })
}

fn operate(ctx: &mut Context<'_, Keys>, told: &Told, sealed: &Value, operation: &str) {
    let text = |name: &str| sealed[name].as_str().unwrap();
    match operation {
        "password" | "argon2id" => {
            let _ = ctx.unseal_with_password(&text(operation).parse().unwrap(), &told.password, PIN).unwrap();
        }
        "secret" => drop(ctx.unseal_with_secret(&text("secret").parse().unwrap(), &told.secret, INVITE).unwrap()),
        "key under v1" => drop(ctx.unseal_key(Key::V1, &text("v1").parse().unwrap(), SESSION).unwrap()),
        "key under cose" => drop(ctx.unseal_key(Key::Cose, &text("cose").parse().unwrap(), SESSION).unwrap()),
        "data" => drop(ctx.unseal_data(Key::Content, &text("data").parse().unwrap(), ITEM).unwrap()),
        "hash" => drop(ctx.authentication_hash(&told.master, &told.password, HashPurpose::LocalAuthorization).unwrap()),
        "type 0" => {
            let text: EncString = text("type 0").parse().unwrap();
            let _ = ctx.unwrap_legacy_user_key(&told.master, &text).unwrap();
        }
        "seal" => {
            drop(ctx.seal_key(Key::V1, Key::Content, SESSION).unwrap());
            drop(ctx.seal_with_secret(Key::V1, &told.secret, INVITE).unwrap());
        }
        "contents of type 7" => {
            let text = ctx.encrypt_text(Key::Cose, "milk").unwrap();
            drop(ctx.decrypt_text(Key::Cose, &text).unwrap());
        }
        "keys of type 7" => {
            let wrapped = ctx.wrap(Key::Cose, Key::V1).unwrap();
            let _ = ctx.unwrap::<Symmetric>(Key::Cose, &wrapped).unwrap();
            let wrapped = ctx.wrap(Key::Cose, SigningName::Own).unwrap();
            let _ = ctx.unwrap::<Signing>(Key::Cose, &wrapped).unwrap();
        }
        "sign" => drop(ctx.sign_security_state(SigningName::Own, 2).unwrap()),
        "body" => {
            let mut body = Cursor::new(Vec::new());
            ctx.encrypt_stream(Key::V1, &mut &[7; 200_000][..], &mut body).unwrap();
            body.set_position(0);
            ctx.decrypt_stream(Key::V1, &mut body, &mut std::io::sink()).unwrap();
        }
        other => unreachable!("{other}"),
    }
}

/// Does it on a thread of its own until it is told to stop.
fn until_told(work: impl Fn() + Sync) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                work();
            }
        });
        say("running");
        stdin().lock().read_line(&mut String::new()).unwrap();
        stop.store(true, Ordering::Relaxed);
    });
    say("stopped");
}

fn serve() -> ! {
    let sealed: Value = serde_json::from_str(&env::var(SEALED).unwrap()).unwrap();
    let store = Store::open(Policy::best_available()).unwrap();
    let told = hear(&store);
    let protection = store.protection();
    say(&format!("{} {}", protection.at_rest, protection.in_use));
    loop {
        let mut operation = String::new();
        stdin().lock().read_line(&mut operation).unwrap();
        match operation.trim_end() {
            "" => break,
            operation => until_told(|| store.context(|ctx| operate(ctx, &told, &sealed, operation))),
        }
    }
    store.lock();
    say("locked");
    stdin().lock().read_line(&mut String::new()).unwrap();
    exit(0)
}

/// The control: the same lines in ordinary memory, and the password put through the same functions there.
fn serve_in_ordinary_memory() -> ! {
    let sealed: Value = serde_json::from_str(&env::var(SEALED).unwrap()).unwrap();
    let mut lines = Vec::new();
    for _ in 0..7 {
        let mut line = Vec::new();
        stdin().lock().read_until(b'\n', &mut line).unwrap();
        lines.push(line);
    }
    say("plain plain");
    let salt = salt_of(&sealed, "password", 16);
    let password = lines[0].strip_suffix(b"\n").unwrap().to_vec();
    stdin().lock().read_line(&mut String::new()).unwrap();
    until_told(|| {
        let kek = Box::new(derived(&password, &salt));
        let aes = Box::new(aes::Aes256::new((&*kek).into()));
        let mut block = [0; 16].into();
        for _ in 0..100_000 {
            black_box(&aes).encrypt_block(&mut block);
        }
        black_box((block, &kek));
    });
    stdin().lock().read_line(&mut String::new()).unwrap();
    black_box(lines);
    say("locked");
    stdin().lock().read_line(&mut String::new()).unwrap();
    exit(0)
}

fn derived(password: &[u8], salt: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    ::pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password, salt, 5_000, &mut key);
    key
}

/// The salt stands at the end of an envelope, before the last byte.
fn salt_of(sealed: &Value, name: &str, length: usize) -> Vec<u8> {
    let bytes = base64_simd::STANDARD.decode_to_vec(sealed[name].as_str().unwrap()).unwrap();
    bytes[bytes.len() - 1 - length..bytes.len() - 1].to_vec()
}

// The attacker.

/// What it made: a line of secrets each, the public things, and what it looks for.
struct Made {
    lines: Vec<Vec<u8>>,
    sealed: Value,
    needles: Needles,
}

/// Bytes of a key that fit on a line.
fn fresh<'c, A: Algorithm>(ctx: &mut Context<'c, Keys>, algorithm: A) -> (LocalKey<'c, A::Kind>, Vec<u8>) {
    loop {
        let key = ctx.generate_with(algorithm).unwrap();
        let bytes = hazmat::expose_encoded::<_, A::Kind>(ctx, key).unwrap();
        if !bytes.contains(&b'\n') {
            return (key, bytes.to_vec());
        }
    }
}

fn add_v1(needles: &mut Needles, name: &str, key: &[u8]) {
    let (enc, mac) = key.split_first_chunk::<32>().unwrap();
    needles.bytes(&format!("{name}, for AES"), enc).unwrap();
    needles.aes256_key(&format!("{name}, for AES"), enc).unwrap();
    needles.bytes(&format!("{name}, for HMAC"), mac).unwrap();
    needles.hmac_sha256_key(&format!("{name}, for HMAC"), mac).unwrap();
}

fn add_aes(needles: &mut Needles, name: &str, key: &[u8; 32]) {
    needles.bytes(name, key).unwrap();
    needles.aes256_key(name, key).unwrap();
}

/// The 32 bytes of a COSE_Key: behind label -1 and their length.
fn secret_of(cose: &[u8]) -> [u8; 32] {
    let at = cose.windows(3).position(|window| window == [0x20, 0x58, 0x20]).unwrap() + 3;
    cose[at..at + 32].try_into().unwrap()
}

fn made() -> Made {
    let store = Store::open(Policy::best_available()).unwrap();
    store.context(|ctx| {
        let (_, password) = fresh(ctx, SymmetricAlgorithm::Aes256CbcHmacSha256);
        let password: String = password.iter().take(24).map(|byte| char::from(b'a' + byte % 26)).collect();
        let text = store.secret_text(&password).unwrap();
        let secret = ctx.generate_secret().unwrap();
        let told = secret.expose().unwrap().as_bytes().to_vec();
        let (v1, v1_bytes) = fresh(ctx, SymmetricAlgorithm::Aes256CbcHmacSha256);
        let (cose, cose_bytes) = fresh(ctx, SymmetricAlgorithm::Xaes256Gcm);
        let (inner, inner_bytes) = fresh(ctx, SymmetricAlgorithm::Aes256CbcHmacSha256);
        let (data, content) = loop {
            let (data, key) = ctx.seal_data(b"contents", ITEM).unwrap();
            let bytes = hazmat::expose_encoded::<_, Symmetric>(ctx, key).unwrap().to_vec();
            if !bytes.contains(&b'\n') {
                break (data, bytes);
            }
        };
        let (_, other) = fresh(ctx, SymmetricAlgorithm::Aes256CbcHmacSha256);
        let master: [u8; 32] = other[..32].try_into().unwrap();
        // Type 0 by another implementation: nothing here writes it.
        let mut legacy = inner_bytes.clone();
        legacy.resize(80, 16);
        let iv = [7; 16];
        let mut block = iv;
        for part in legacy.as_chunks_mut::<16>().0 {
            part.iter_mut().zip(block).for_each(|(byte, before)| *byte ^= before);
            aes::Aes256::new((&master).into()).encrypt_block(part.into());
            block = *part;
        }
        let legacy = EncString::from_buffer(&[&[0][..], &iv, &legacy].concat()).unwrap();

        let seal = |kdf: Kdf| ctx.seal_with_password(inner, &text, &kdf, PIN).unwrap().to_string();
        let sealed = json!({
            "password": seal(Kdf::pbkdf2(5_000).unwrap()),
            "argon2id": seal(Kdf::argon2id(2, 16, 1).unwrap()),
            "secret": ctx.seal_with_secret(inner, &secret, INVITE).unwrap().to_string(),
            "v1": ctx.seal_key(v1, inner, SESSION).unwrap().to_string(),
            "cose": ctx.seal_key(cose, inner, SESSION).unwrap().to_string(),
            "data": data.to_string(),
            "type 0": legacy.to_string(),
        });

        let mut needles = Needles::new();
        needles.bytes("password", password.as_bytes()).unwrap();
        needles.hmac_sha256_key("password", password.as_bytes()).unwrap();
        let entropy = base64_simd::STANDARD.decode_to_vec(&told).unwrap();
        needles.bytes("secret", &entropy).unwrap();
        add_v1(&mut needles, "v1", &v1_bytes);
        add_aes(&mut needles, "cose", &secret_of(&cose_bytes));
        add_aes(&mut needles, "content", &secret_of(&content));
        add_aes(&mut needles, "master", &master);
        needles.hmac_sha256_key("master", &master).unwrap();
        add_v1(&mut needles, "inner", &inner_bytes);
        add_aes(&mut needles, "key of the password", &derived(password.as_bytes(), &salt_of(&sealed, "password", 16)));
        let mut kek = [0; 32];
        let info = b"\x84\x03\x83\xf6\xf6\xf6\x83\xf6\xf6\xf6\x82\x19\x01\x00\x40";
        let salt = salt_of(&sealed, "secret", 32);
        ::hkdf::Hkdf::<sha2::Sha256>::new(Some(&salt), &entropy).expand(info, &mut kek).unwrap();
        add_aes(&mut needles, "key of the secret", &kek);
        let mut prk = <hmac::Hmac<sha2::Sha256> as hmac::KeyInit>::new_from_slice(&salt).unwrap();
        prk.update(&entropy);
        needles.bytes("prk of the secret", &prk.finalize().into_bytes()).unwrap();

        let (_, signing) = fresh(ctx, SigningAlgorithm::Ed25519);
        // The seed stands behind label -4; the scalar and the prefix are its hash (RFC 8032 section 5.1.5).
        let at = signing.windows(3).position(|window| window == [0x23, 0x58, 0x20]).unwrap() + 3;
        let mut hash: [u8; 64] = sha2::Sha512::digest(&signing[at..at + 32]).into();
        needles.bytes("seed", &signing[at..at + 32]).unwrap();
        needles.bytes("prefix of signatures", &hash[32..]).unwrap();
        needles.bytes("scalar before it is clamped", &hash[..32]).unwrap();
        hash[0] &= 0xf8;
        hash[31] = hash[31] & 0x3f | 0x40;
        needles.bytes("scalar", &hash[..32]).unwrap();

        let lines = vec![password.into_bytes(), told, master.to_vec(), v1_bytes, cose_bytes, content, signing];
        Made { lines, sealed, needles }
    })
}

struct Victim {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Victim {
    fn start(role: &str, made: &Made) -> (Self, String) {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", TEST, "--nocapture", "--test-threads=1"]);
        command.env(ROLE, role).env(SEALED, made.sealed.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        for line in &made.lines {
            input.write_all(&[&line[..], b"\n"].concat()).unwrap();
        }
        let mut victim = Self { child, input, output: BufReader::new(output) };
        let protection = victim.heard();
        (victim, protection)
    }

    fn heard(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it ended");
            if let Some((_, said)) = line.split_once(SAYS) {
                return said.trim_end().to_owned();
            }
        }
    }

    fn ask(&mut self, what: &str) -> String {
        writeln!(self.input, "{what}").unwrap();
        self.heard()
    }

    fn scan(&self, scanner: &Scanner) -> ScanReport {
        let _hold = Hold::of(self.child.id()).unwrap();
        scanner.process(self.child.id()).unwrap()
    }

    /// Scans it at a halt, if it has its stack in secret memory there or need not.
    fn scan_inside(&self, scanner: &Scanner, in_workspace: bool) -> Option<ScanReport> {
        let hold = Hold::of(self.child.id()).unwrap();
        let secret: Vec<_> =
            regions(self.child.id()).unwrap().into_iter().filter(|region| region.kind == Kind::Secret).collect();
        let pointers = hold.stack_pointers().unwrap();
        let inside = pointers.iter().any(|at| secret.iter().any(|region| (region.start..region.end).contains(at)));
        (inside || !in_workspace).then(|| scanner.process(self.child.id()).unwrap())
    }

    /// So many looks in the middle of an operation.
    fn attack(&mut self, scanner: &Scanner, operation: &str, in_workspace: bool) -> Vec<ScanReport> {
        self.ask(operation);
        let (start, mut looks) = (Instant::now(), Vec::new());
        while looks.len() < STOPS && start.elapsed() < LATE {
            thread::sleep(Duration::from_micros(200 + 37 * looks.len() as u64));
            looks.extend(self.scan_inside(scanner, in_workspace));
        }
        self.ask("stop");
        looks
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn found(reports: &[ScanReport]) -> BTreeSet<String> {
    reports.iter().flat_map(|report| &report.hits).map(|hit| hit.label.to_string()).collect()
}

#[test]
fn no_envelope_leaks_while_it_is_opened() {
    match env::var(ROLE).as_deref() {
        Ok("secret") => serve(),
        Ok(_) => serve_in_ordinary_memory(),
        Err(_) => {}
    }
    let made = made();
    let scanner = Scanner::new(&made.needles).unwrap();

    let (mut victim, protection) = Victim::start("secret", &made);
    if protection != format!("{0} {0}", Protection::Secret) {
        strongroom_testkit::skip!("this machine grants less than secret memory at rest and in use");
    }
    let mut looks = vec![victim.scan(&scanner)];
    for operation in OPERATIONS {
        let during = victim.attack(&scanner, operation, true);
        assert_eq!(during.len(), STOPS, "stops inside {operation}");
        assert_eq!(found(&during), BTreeSet::new(), "in the middle of {operation}");
        looks.extend(during);
        looks.push(victim.scan(&scanner));
    }
    assert_eq!(victim.ask(""), "locked");
    looks.push(victim.scan(&scanner));
    assert_eq!(found(&looks), BTreeSet::new());
    assert!(looks.iter().all(|report| report.bytes > 1 << 20));
    drop(victim);

    // The control: every secret that it was told is found at rest, and what it derives in use.
    let (mut victim, _) = Victim::start("ordinary", &made);
    let at_rest = found(&[victim.scan(&scanner)]);
    let in_use = found(&victim.attack(&scanner, "", false));
    for name in ["password", "v1, for AES", "v1, for HMAC", "cose", "content", "master", "seed"] {
        assert!(at_rest.contains(&format!("{name}, raw")), "{name}: {at_rest:?}");
    }
    assert!(in_use.contains("key of the password, raw"), "{in_use:?}");
    assert!(in_use.iter().any(|label| label.contains("key of the password, AES")), "{in_use:?}");
}

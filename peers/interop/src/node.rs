//! The SDK's side: Node as a child on two pipes, one request a line.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    error::Error,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// What a case, and everything that it calls, comes to.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// A generation of the SDK.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Sdk {
    /// The newest that is pinned.
    Current,
    /// One whose new accounts have XChaCha20-Poly1305 keys, which the current one does not unlock.
    Between,
    /// One whose envelopes do not name their algorithm, and whose security state names the user.
    Older,
    /// One that derives the key of an export with the decoded salt.
    Decoding,
    /// The first that exports.
    First,
    /// One of all that were published, by its package.
    Published(&'static str),
}

impl Sdk {
    /// As the driver knows it.
    fn name(self) -> &'static str {
        match self {
            Sdk::Current => "current",
            Sdk::Between => "between",
            Sdk::Older => "older",
            Sdk::Decoding => "decoding",
            Sdk::First => "first",
            Sdk::Published(package) => package,
        }
    }

    /// The package as `package.json` names it.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Sdk::Current => "@bitwarden/sdk-internal",
            Sdk::Between => "sdk-internal-between",
            Sdk::Older => "sdk-internal-older",
            Sdk::Decoding => "sdk-internal-decoding",
            Sdk::First => "sdk-internal-first",
            Sdk::Published(package) => package,
        }
    }
}

/// A running driver.
pub(crate) struct Node {
    child: Child,
    pipes: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Node {
    /// Starts the driver on the packages in `modules`.
    pub(crate) fn start(driver: &Path, modules: &Path) -> Outcome<Node> {
        let mut command = Command::new("node");
        command.arg(driver).arg(modules).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("node: {error}"))?;
        let pipes = child.stdin.take().zip(child.stdout.take()).ok_or("node has no pipes")?;
        Ok(Node { child, pipes: RefCell::new((pipes.0, BufReader::new(pipes.1))) })
    }

    fn ask(&self, request: &Value) -> Outcome<Value> {
        let (stdin, stdout) = &mut *self.pipes.borrow_mut();
        writeln!(stdin, "{request}")?;
        stdin.flush()?;
        let mut line = String::new();
        if stdout.read_line(&mut line)? == 0 {
            return Err("the driver ended".into());
        }
        let mut answer: Value = serde_json::from_str(&line)?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(format!("the SDK: {error}").into()),
            None => Ok(answer.get_mut("ok").map(Value::take).ok_or("no answer")?),
        }
    }

    /// Calls a static function, `Class.function` or `function`.
    pub(crate) fn call(&self, sdk: Sdk, path: &str, args: Value) -> Outcome<Value> {
        let request = json!({"op": "call", "sdk": sdk.name(), "client": null, "path": path, "args": args});
        self.ask(&request).map_err(|error| format!("{path}: {error}").into())
    }

    /// Makes a client that no user has unlocked yet.
    pub(crate) fn client(&self, sdk: Sdk) -> Outcome<Client<'_>> {
        let number = self.ask(&json!({"op": "open", "sdk": sdk.name()}))?;
        Ok(Client { node: self, sdk, number })
    }

    /// As [`Node::client`], of the government's cloud, where they use what FIPS approves. They know it by its name;
    /// nothing is sent there.
    pub(crate) fn client_of_government(&self, sdk: Sdk) -> Outcome<Client<'_>> {
        let hosts = json!({
            "apiUrl": "https://api.bitwarden-gov.com", "identityUrl": "https://identity.bitwarden-gov.com",
        });
        let number = self.ask(&json!({"op": "open", "sdk": sdk.name(), "hosts": hosts}))?;
        Ok(Client { node: self, sdk, number })
    }

    /// Calls Node's own cryptography.
    pub(crate) fn third(&self, path: &str, args: Value) -> Outcome<Vec<u8>> {
        self.ask(&json!({"op": "node", "path": path, "args": args}))?.bytes()
    }

    /// Every public function of the SDK, as `Class.function` or `function`.
    pub(crate) fn offered(&self, sdk: Sdk) -> Outcome<BTreeSet<String>> {
        self.ask(&json!({"op": "offered", "sdk": sdk.name()}))?.texts()
    }

    /// The functions that were called since this was last asked.
    pub(crate) fn called(&self, sdk: Sdk) -> Outcome<BTreeSet<String>> {
        self.ask(&json!({"op": "called", "sdk": sdk.name()}))?.texts()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It ends by itself when its input does; this one does not wait for that.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client of the SDK, which holds one user's keys.
pub(crate) struct Client<'n> {
    node: &'n Node,
    sdk: Sdk,
    number: Value,
}

impl Client<'_> {
    /// Calls a function of the client or of one of its parts: `vault.folders.encrypt`.
    pub(crate) fn call(&self, path: &str, args: Value) -> Outcome<Value> {
        let sdk = self.sdk.name();
        let request = json!({"op": "call", "sdk": sdk, "client": self.number, "path": path, "args": args});
        self.node.ask(&request).map_err(|error| format!("{path}: {error}").into())
    }

    /// What the client gave to its host to keep.
    pub(crate) fn held(&self, repository: &str) -> Outcome<Value> {
        self.node.ask(&json!({"op": "held", "client": self.number, "repository": repository}))
    }
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        let _ = self.node.ask(&json!({"op": "close", "client": self.number}));
    }
}

/// Bytes as the driver takes them.
pub(crate) fn bytes(bytes: impl AsRef<[u8]>) -> Value {
    json!({"$bytes": BASE64_STANDARD.encode(bytes)})
}

/// Bytes in the base64 that the SDK itself takes.
pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// What an answer should be, or an error that shows what it is.
pub(crate) trait Answer {
    /// A text.
    fn text(&self) -> Outcome<String>;
    /// Bytes.
    fn bytes(&self) -> Outcome<Vec<u8>>;
    /// A text of base64.
    fn base64(&self) -> Outcome<Vec<u8>>;
    /// A list of texts.
    fn texts(&self) -> Outcome<BTreeSet<String>>;
    /// A member of an object, by its path: `a.b`.
    fn at(&self, path: &str) -> Outcome<&Value>;
}

impl Answer for Value {
    fn text(&self) -> Outcome<String> {
        Ok(self.as_str().ok_or_else(|| format!("no text: {self}"))?.to_owned())
    }

    fn bytes(&self) -> Outcome<Vec<u8>> {
        self.get("$bytes").ok_or_else(|| format!("no bytes: {self}"))?.base64()
    }

    fn base64(&self) -> Outcome<Vec<u8>> {
        Ok(BASE64_STANDARD.decode(self.text()?)?)
    }

    fn texts(&self) -> Outcome<BTreeSet<String>> {
        self.as_array().ok_or_else(|| format!("no list: {self}"))?.iter().map(Answer::text).collect()
    }

    fn at(&self, path: &str) -> Outcome<&Value> {
        let mut value = self;
        for name in path.split('.') {
            value = value.get(name).ok_or_else(|| format!("no {path}: {self}"))?;
        }
        Ok(value)
    }
}

//! A secret that is looked for: read into secret memory, and compared there.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::Path;

use strongroom::extension::{self, ScopeToken, SecretMemory};
use strongroom::{ErrorKind, ProtectedBytes};

use crate::failure::{Failure, Status};
use crate::protection::Store;
use crate::{printable, terminal};

/// The secret, and the memory that it is in.
pub(crate) struct Secret {
    bytes: ProtectedBytes,
    memory: SecretMemory,
}

impl Secret {
    /// Reads it from a file, or asks for it on the terminal. One newline at its end is not part of it.
    pub(crate) fn read(store: &Store, file: Option<&Path>) -> Result<Self, Failure> {
        let bytes = match file {
            Some(path) => {
                let place = format!("secret file {}", printable::line(&path.to_string_lossy()));
                let failed = |kind: &ErrorKind| Failure::failed(format!("{place}: {kind}"));
                let file = File::open(path).map_err(|error| failed(&ErrorKind::Read(error.into())))?;
                let mut bytes = store.read_secret(file.as_fd()).map_err(|error| failed(error.kind()))?;
                bytes.strip_trailing_newline();
                bytes
            }
            None => terminal::ask("Secret to look for: ".to_owned(), |terminal| store.read_secret_line(terminal))
                .map_err(|error| {
                    Failure::failed(format!("there is no terminal to ask for the secret on: {error}"))
                        .advise("use --secret-file")
                })?
                .map_err(|error| Failure::failed(format!("secret: {}", error.kind())))?,
        };
        if bytes.is_empty() {
            return Err(Failure::new(Status::Usage, "the secret that was given is empty"));
        }
        let memory = store.context(|ctx| extension::make_secret(ctx, |memory| Ok(memory.clone())));
        let memory = memory.map_err(|error| Failure::failed(error.to_string()))?;
        Ok(Self { bytes, memory })
    }

    /// Returns true if a value is this secret, to the byte.
    pub(crate) fn is(&self, value: &str) -> Result<bool, Failure> {
        // What has another length need not be compared.
        if value.len() != self.bytes.len() {
            return Ok(false);
        }
        let compare =
            |inside: &ScopeToken<'_>, (secret, value): (&ProtectedBytes, &[u8])| **secret.expose(inside) == *value;
        self.memory
            .scope(compare, (&self.bytes, value.as_bytes()))
            .map_err(|error| Failure::failed(format!("the secret cannot be compared: {error}")))
    }
}

//! What a victim does while it is attacked.

use std::fmt;

/// An operation on keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Operation {
    Encrypt,
    Decrypt,
    EncryptXChaCha,
    DecryptXChaCha,
    EncryptXaes,
    DecryptXaes,
    EncryptGcm,
    DecryptGcm,
    Wrap,
    Unwrap,
    WrapCose,
    UnwrapCose,
    WrapRsa,
    UnwrapRsa,
    WrapEd25519,
    UnwrapEd25519,
    WrapMlDsa,
    UnwrapMlDsa,
    Generate,
    GenerateRsa,
    GenerateEd25519,
    GenerateMlDsa,
    Encapsulate,
    Decapsulate,
    Sign,
    SignMlDsa,
    Identify,
    Import,
    ImportRsa,
    ImportEd25519,
    ImportMlDsa,
    Rotate,
    Wake,
    Pbkdf2,
    Argon2id,
    /// Makes children while threads make secret memory.
    Forks,
    /// Decrypts a list while its threads are sent signals.
    List,
    /// Commits, and is locked meanwhile.
    Commit,
}

impl Operation {
    const NAMES: [(Self, &'static str); 38] = [
        (Self::Encrypt, "encrypt"),
        (Self::Decrypt, "decrypt"),
        (Self::EncryptXChaCha, "encrypt-xchacha"),
        (Self::DecryptXChaCha, "decrypt-xchacha"),
        (Self::EncryptXaes, "encrypt-xaes"),
        (Self::DecryptXaes, "decrypt-xaes"),
        (Self::EncryptGcm, "encrypt-gcm"),
        (Self::DecryptGcm, "decrypt-gcm"),
        (Self::Wrap, "wrap"),
        (Self::Unwrap, "unwrap"),
        (Self::WrapCose, "wrap-cose"),
        (Self::UnwrapCose, "unwrap-cose"),
        (Self::WrapRsa, "wrap-rsa"),
        (Self::UnwrapRsa, "unwrap-rsa"),
        (Self::WrapEd25519, "wrap-ed25519"),
        (Self::UnwrapEd25519, "unwrap-ed25519"),
        (Self::WrapMlDsa, "wrap-ml-dsa"),
        (Self::UnwrapMlDsa, "unwrap-ml-dsa"),
        (Self::Generate, "generate"),
        (Self::GenerateRsa, "generate-rsa"),
        (Self::GenerateEd25519, "generate-ed25519"),
        (Self::GenerateMlDsa, "generate-ml-dsa"),
        (Self::Encapsulate, "encapsulate"),
        (Self::Decapsulate, "decapsulate"),
        (Self::Sign, "sign"),
        (Self::SignMlDsa, "sign-ml-dsa"),
        (Self::Identify, "identify"),
        (Self::Import, "import"),
        (Self::ImportRsa, "import-rsa"),
        (Self::ImportEd25519, "import-ed25519"),
        (Self::ImportMlDsa, "import-ml-dsa"),
        (Self::Rotate, "rotate"),
        (Self::Wake, "wake"),
        (Self::Pbkdf2, "pbkdf2"),
        (Self::Argon2id, "argon2id"),
        (Self::Forks, "forks-under-load"),
        (Self::List, "list-under-signals"),
        (Self::Commit, "lock-during-commit"),
    ];

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::NAMES.into_iter().map(|(operation, _)| operation)
    }

    pub(crate) fn name(self) -> &'static str {
        #[expect(clippy::expect_used, reason = "a victim that is given no name would do something else")]
        let (_, name) = Self::NAMES.into_iter().find(|(operation, _)| *operation == self).expect("each has its name");
        name
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(_, known)| *known == name).map(|(operation, _)| operation)
    }

    /// Whether the attacker learns only afterwards what there was to be found: keys that the victim generates, nonces
    /// that it chooses, the mask of a signature.
    pub(crate) fn makes(self) -> bool {
        let signs = self == Self::SignMlDsa;
        let makes = [Self::EncryptXChaCha, Self::EncryptXaes, Self::WrapCose, Self::Encapsulate, Self::Rotate];
        self.generates() || signs || makes.contains(&self)
    }

    /// How often a victim is halted before it hands out what it made.
    pub(crate) fn halts(self) -> usize {
        // It takes a tenth of a second and more.
        if self == Self::GenerateRsa { 5 } else { 1 }
    }

    /// Whether keys that are made are all there is to be found.
    pub(crate) fn generates(self) -> bool {
        matches!(self, Self::Generate | Self::GenerateRsa | Self::GenerateEd25519 | Self::GenerateMlDsa)
    }

    /// Whether it is not the whole victim that is halted in its middle, and no core file is taken: its children are, or
    /// one of its threads.
    pub(crate) fn is_met_otherwise(self) -> bool {
        matches!(self, Self::Forks | Self::Commit)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl serde::Serialize for Operation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

//! Envelopes, by reference to the keys that go in and come out.

use strongroom_memory::ProtectedBytes;

use super::context::{Context, OfContext};
use super::key::Key;
use crate::error::{Error, ErrorKind, Malformed, Operation};
use crate::format::envelope::data::{self, DataEnvelope};
use crate::format::envelope::invite::OpenOrgInvite;
use crate::format::envelope::password::{self, PasswordProtectedKeyEnvelope};
use crate::format::envelope::secret::{self, SecretProtectedKeyEnvelope};
use crate::format::envelope::symmetric::{self, SymmetricKeyEnvelope};
use crate::high_entropy_secret::HighEntropySecret;
use crate::kdf::KdfLimits;
use crate::kdf::new_password::NewKdf;
use crate::key::facts::KeyThumbprint;
use crate::key::uses::KeyUses;
use crate::kind::Symmetric;
use crate::labels::{
    DataEnvelopeNamespace, PasswordEnvelopeNamespace, SecretEnvelopeNamespace, SymmetricEnvelopeNamespace,
};
use crate::name::KeySet;
use crate::operation::{self, NotEntropy, SHORTEST};
use crate::plaintext::Plaintext;

/// Bytes of a new secret.
const NEW: u8 = 32;

/// Seals and opens envelopes.
///
/// The calls are those of a [`Context`] and a [`Transaction`](crate::Transaction). The trait is sealed. [`Context`]
/// lists the errors of every call.
pub trait Envelopes<'c, S: KeySet>: OfContext {
    /// Seals a key for a password, such as a PIN.
    ///
    /// `kdf` makes guesses at a short password expensive. Its default is what the official software takes. Each call
    /// makes a new salt.
    ///
    /// ```
    /// # use strongroom::envelopes::{Envelopes, PasswordEnvelopeNamespace, PasswordProtectedKeyEnvelope};
    /// # use strongroom::{Error, KeyStore, KeyUses, passwords::NewKdf};
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # let store = KeyStore::<Keys>::open()?;
    /// let pin = store.secret_text("4321")?;
    /// let kdf = NewKdf::default(); // Argon2id
    /// store.context(|ctx| {
    ///     let user = ctx.generate(KeyUses::CONTENTS)?;
    ///     let envelope = ctx.seal_with_password(user, &pin, &kdf, PasswordEnvelopeNamespace::PinUnlock)?;
    ///     let read: PasswordProtectedKeyEnvelope = envelope.to_string().parse()?;
    ///     let opened =
    ///         ctx.unseal_with_password(&read, &pin, PasswordEnvelopeNamespace::PinUnlock, KeyUses::CONTENTS)?;
    ///     ctx.decrypt_text(opened, &ctx.encrypt_text(user, "milk")?)?;
    ///     Ok(())
    /// })?;
    /// # Ok::<_, Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NoRandom`]: the system gives no random bytes.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the working memory.
    fn seal_with_password(
        &self,
        key: Key<'c>,
        password: &ProtectedBytes,
        kdf: &NewKdf,
        namespace: PasswordEnvelopeNamespace,
    ) -> Result<PasswordProtectedKeyEnvelope, Error>;

    /// Opens a key that was sealed for a password, for these uses. The work that the envelope asks for has to be within
    /// the default [`KdfLimits`].
    ///
    /// An envelope that somebody made may open for up to five passwords; see [`PasswordProtectedKeyEnvelope`]. Where
    /// the program remembers the thumbprint of the key, call
    /// [`unseal_with_password_of`](Self::unseal_with_password_of).
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`WrongKey::OrChanged`](crate::errors::WrongKey::OrChanged): the password is wrong, or the envelope was
    ///   changed. What it holds is no key or another key than it names: the answer is the same, so that nobody can
    ///   tell.
    /// - [`Malformed::Purpose`]: the envelope was sealed for another purpose.
    /// - [`Limit::Kdf`](crate::errors::Limit::Kdf): the envelope asks for too much or too little work.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the key or for the working memory.
    fn unseal_with_password(
        &self,
        envelope: &PasswordProtectedKeyEnvelope,
        password: &ProtectedBytes,
        namespace: PasswordEnvelopeNamespace,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error>;

    /// Opens the key with this thumbprint that was sealed for a password, and no other key, for these uses.
    ///
    /// A program remembers the thumbprint ([`Inspect::thumbprint`](crate::inspection::Inspect::thumbprint)) where
    /// somebody who can write the envelope cannot write. An envelope that was made without the key then opens for no
    /// password.
    ///
    /// # Errors
    /// - [`WrongKey::OrChanged`](crate::errors::WrongKey::OrChanged): the password is wrong, the envelope was changed,
    ///   or it holds another key.
    /// - Else as for [`unseal_with_password`](Self::unseal_with_password).
    fn unseal_with_password_of(
        &self,
        thumbprint: &KeyThumbprint,
        envelope: &PasswordProtectedKeyEnvelope,
        password: &ProtectedBytes,
        namespace: PasswordEnvelopeNamespace,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error>;

    /// Opens a key that was sealed for a password, as [`unseal_with_password`](Self::unseal_with_password) does, within
    /// other limits.
    ///
    /// # Errors
    /// As for [`unseal_with_password`](Self::unseal_with_password).
    fn unseal_with_password_within(
        &self,
        limits: &KdfLimits,
        envelope: &PasswordProtectedKeyEnvelope,
        password: &ProtectedBytes,
        namespace: PasswordEnvelopeNamespace,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error>;

    /// Makes a new secret of 32 random bytes for [`seal_with_secret`](Self::seal_with_secret).
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NoRandom`]: the system gives no random bytes.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the secret.
    fn generate_secret(&self) -> Result<HighEntropySecret, Error>;

    /// Reads a secret that somebody was told: base64 of 16 to 64 bytes, with or without padding. It is read in constant
    /// time.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`Malformed::Secret`]: the text is not base64 of such a secret.
    /// - [`Malformed::ShortSecret`]: the secret has fewer than 16 bytes.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the secret.
    fn secret_of_base64(&self, text: &ProtectedBytes) -> Result<HighEntropySecret, Error>;

    /// Seals a key for a secret.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NoRandom`]: the system gives no random bytes.
    fn seal_with_secret(
        &self,
        key: Key<'c>,
        secret: &HighEntropySecret,
        namespace: SecretEnvelopeNamespace,
    ) -> Result<SecretProtectedKeyEnvelope, Error>;

    /// Opens a key that was sealed for a secret, for these uses.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::WrongKey`]: the secret is wrong, or the envelope was changed.
    /// - [`ErrorKind::Malformed`]: the envelope was sealed for another purpose, or does not hold a symmetric key.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the key.
    fn unseal_with_secret(
        &self,
        envelope: &SecretProtectedKeyEnvelope,
        secret: &HighEntropySecret,
        namespace: SecretEnvelopeNamespace,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error>;

    /// Seals a key under another for one purpose. Where there is no purpose, use
    /// [`wrap_key`](crate::Context::wrap_key).
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NotPermitted`]: `by` may not wrap keys.
    /// - [`ErrorKind::NoRandom`]: the system gives no random bytes.
    fn seal_key(
        &self,
        by: Key<'c>,
        key: Key<'c>,
        namespace: SymmetricEnvelopeNamespace,
    ) -> Result<SymmetricKeyEnvelope, Error>;

    /// Opens a key that was sealed under another, for these uses.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NotPermitted`]: `by` may not unwrap keys.
    /// - [`ErrorKind::WrongKey`]: another key sealed it, or the envelope was changed.
    /// - [`ErrorKind::Malformed`]: the envelope was sealed for another purpose, or does not hold a symmetric key.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the key.
    fn unseal_key(
        &self,
        by: Key<'c>,
        envelope: &SymmetricKeyEnvelope,
        namespace: SymmetricEnvelopeNamespace,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error>;

    /// Seals contents, CBOR, with a new key that is for them alone and may only decrypt.
    /// [Wrap](crate::Context::wrap_key) the key, and keep both.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NoRandom`]: the system gives no random bytes.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the key or for the result, or the contents
    ///   are too long.
    fn seal_data(
        &self,
        contents: &[u8],
        namespace: DataEnvelopeNamespace,
    ) -> Result<(DataEnvelope, Key<'c, Symmetric>), Error>;

    /// Opens contents that were sealed with this key. The result is the caller's: it is in ordinary memory, is erased
    /// when dropped, and is not shown by `Debug`.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NotPermitted`]: the key may not decrypt.
    /// - [`ErrorKind::WrongKey`]: another key sealed the contents, or the envelope was changed.
    /// - [`Malformed::Purpose`]: they were sealed for another purpose.
    /// - [`ErrorKind::Limit`]: there is no memory for the result.
    fn unseal_data(
        &self,
        key: Key<'c>,
        envelope: &DataEnvelope,
        namespace: DataEnvelopeNamespace,
    ) -> Result<Plaintext<[u8]>, Error>;

    /// Seals the contents, CBOR, of an open invitation to an organisation with a new key, and that key for a new
    /// secret. The secret is told apart from the invitation.
    ///
    /// # Errors
    /// As for [`seal_data`](Self::seal_data).
    fn seal_invite(&self, contents: &[u8]) -> Result<(OpenOrgInvite, HighEntropySecret), Error>;

    /// Opens an open invitation to an organisation with the secret that was told.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::WrongKey`]: the secret is wrong, or the invitation was changed.
    /// - [`ErrorKind::Malformed`]: its parts were sealed for another purpose, or one does not hold a key.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the key or for the result.
    fn unseal_invite(&self, invite: &OpenOrgInvite, secret: &HighEntropySecret) -> Result<Plaintext<[u8]>, Error>;
}

impl<'c, S: KeySet> Envelopes<'c, S> for Context<'c, S> {
    fn seal_with_password(
        &self,
        key: Key<'c>,
        password: &ProtectedBytes,
        kdf: &NewKdf,
        namespace: PasswordEnvelopeNamespace,
    ) -> Result<PasswordProtectedKeyEnvelope, Error> {
        self.reach()
            .making_by(Operation::Seal, key, |memory, key| password::seal(memory, key, password, &kdf.kdf(), namespace))
    }

    fn unseal_with_password(
        &self,
        envelope: &PasswordProtectedKeyEnvelope,
        password: &ProtectedBytes,
        namespace: PasswordEnvelopeNamespace,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error> {
        self.unseal_with_password_within(&KdfLimits::default(), envelope, password, namespace, uses)
    }

    fn unseal_with_password_within(
        &self,
        limits: &KdfLimits,
        envelope: &PasswordProtectedKeyEnvelope,
        password: &ProtectedBytes,
        namespace: PasswordEnvelopeNamespace,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error> {
        self.reach().make::<Symmetric>(Operation::Unseal, |memory| {
            password::unseal(memory, envelope, password, limits, namespace, None).map(|key| key.for_uses(uses))
        })
    }

    fn unseal_with_password_of(
        &self,
        thumbprint: &KeyThumbprint,
        envelope: &PasswordProtectedKeyEnvelope,
        password: &ProtectedBytes,
        namespace: PasswordEnvelopeNamespace,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error> {
        let limits = KdfLimits::default();
        self.reach().make::<Symmetric>(Operation::Unseal, |memory| {
            password::unseal(memory, envelope, password, &limits, namespace, Some(thumbprint))
                .map(|key| key.for_uses(uses))
        })
    }

    fn generate_secret(&self) -> Result<HighEntropySecret, Error> {
        self.reach().making(Operation::Generate, |memory| {
            let secret = operation::generate_entropy(memory, NEW)?.ok_or(ErrorKind::NoRandom(None))?;
            Ok(HighEntropySecret::new(secret, memory))
        })
    }

    fn secret_of_base64(&self, text: &ProtectedBytes) -> Result<HighEntropySecret, Error> {
        self.reach().making(Operation::ReadSecret, |memory| match operation::entropy_of_base64(memory, text) {
            Ok(secret) => Ok(HighEntropySecret::new(secret, memory)),
            Err(NotEntropy::Memory(error)) => Err(error.into()),
            Err(NotEntropy::Length(found)) if found < SHORTEST => {
                Err(Malformed::ShortSecret { found, min: SHORTEST }.into())
            }
            Err(NotEntropy::Base64 | NotEntropy::Length(_)) => Err(Malformed::Secret { expected: NEW.into() }.into()),
        })
    }

    fn seal_with_secret(
        &self,
        key: Key<'c>,
        secret: &HighEntropySecret,
        namespace: SecretEnvelopeNamespace,
    ) -> Result<SecretProtectedKeyEnvelope, Error> {
        self.reach().making_by(Operation::Seal, key, |memory, key| secret::seal(memory, key, secret.bytes(), namespace))
    }

    fn unseal_with_secret(
        &self,
        envelope: &SecretProtectedKeyEnvelope,
        secret: &HighEntropySecret,
        namespace: SecretEnvelopeNamespace,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error> {
        self.reach().make::<Symmetric>(Operation::Unseal, |memory| {
            secret::unseal(memory, envelope, secret.bytes(), namespace).map(|key| key.for_uses(uses))
        })
    }

    fn seal_key(
        &self,
        by: Key<'c>,
        key: Key<'c>,
        namespace: SymmetricEnvelopeNamespace,
    ) -> Result<SymmetricKeyEnvelope, Error> {
        self.reach().using_both(Operation::Seal, by, key, |memory, by, key| symmetric::seal(memory, by, key, namespace))
    }

    fn unseal_key(
        &self,
        by: Key<'c>,
        envelope: &SymmetricKeyEnvelope,
        namespace: SymmetricEnvelopeNamespace,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error> {
        self.reach().make_by::<_, Symmetric>(Operation::Unseal, by, |memory, by| {
            symmetric::unseal(memory, by, envelope, namespace).map(|key| key.for_uses(uses))
        })
    }

    fn seal_data(
        &self,
        contents: &[u8],
        namespace: DataEnvelopeNamespace,
    ) -> Result<(DataEnvelope, Key<'c, Symmetric>), Error> {
        let key = self.reach().make::<Symmetric>(Operation::Seal, |memory| {
            Ok(operation::content_key(memory)?.for_uses(KeyUses::CONTENTS))
        })?;
        let envelope =
            self.reach().using(Operation::Seal, key, |memory, key| data::seal(memory, key, contents, namespace))?;
        Ok((envelope, key))
    }

    fn unseal_data(
        &self,
        key: Key<'c>,
        envelope: &DataEnvelope,
        namespace: DataEnvelopeNamespace,
    ) -> Result<Plaintext<[u8]>, Error> {
        let plain =
            self.reach().using(Operation::Unseal, key, |memory, key| data::unseal(memory, key, envelope, namespace))?;
        // Copied into an allocation of exact size, because shrinking one may leave a copy behind.
        Ok(Box::<[u8]>::from(plain.as_slice()).into())
    }

    fn seal_invite(&self, contents: &[u8]) -> Result<(OpenOrgInvite, HighEntropySecret), Error> {
        let secret = self.generate_secret()?;
        let (data, key) = self.seal_data(contents, DataEnvelopeNamespace::RegistrationOpenOrgInvite)?;
        let key = self.seal_with_secret(key, &secret, SecretEnvelopeNamespace::RegistrationOpenOrgInvite)?;
        Ok((OpenOrgInvite { data, key }, secret))
    }

    fn unseal_invite(&self, invite: &OpenOrgInvite, secret: &HighEntropySecret) -> Result<Plaintext<[u8]>, Error> {
        let purpose = SecretEnvelopeNamespace::RegistrationOpenOrgInvite;
        let key = self.unseal_with_secret(&invite.key, secret, purpose, KeyUses::CONTENTS)?;
        self.unseal_data(key, &invite.data, DataEnvelopeNamespace::RegistrationOpenOrgInvite)
    }
}

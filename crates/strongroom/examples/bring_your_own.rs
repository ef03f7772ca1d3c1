//! A wallet signs with ECDSA on secp256k1, an algorithm that the store does not know. The key lies in secret memory all
//! the same, and is used only inside an operation; whoever asks for a [`Signer`] gets one. To be kept, it is encrypted
//! with a key of a store, from slot to ciphertext.
//!
//! Run it with `cargo run -p strongroom --example bring_your_own`.

use k256::ecdsa::signature::{Error, Signer, Verifier};
use k256::ecdsa::{Signature, SigningKey, VerifyingKey};
use strongroom::{KeyStore, KeyUses, protected::ProtectedContents};
use strongroom_memory::{
    MakeError, MemoryError, NoHeap, Policy, ProtectedBytes, ScopeInput, ScopeToken, SecretBox, SecretMemory,
    StackBudget, Status, random,
};

strongroom::key_ids! {
    /// The keys of the program that the wallet is a part of.
    enum Keys;
    symmetric Key { Wallet }
}

/// What lies in the slot: the scalar and its public point, as the library wants them. The claim of [`NoHeap`] is ours,
/// and true: a `SigningKey` of this library holds numbers, and nothing on the heap.
struct Prepared(SigningKey);
impl NoHeap for Prepared {}

/// A key of secp256k1 that can sign and cannot be read. When it is dropped it is erased.
///
/// It is no key of a `KeyStore`: it has no name there, and `lock` does not know of it. Drop it where the store is
/// locked.
pub(crate) struct WalletKey {
    memory: SecretMemory,
    key: SecretBox<Prepared>,
    public: VerifyingKey,
}

/// Why there is no such key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WalletError {
    #[error("not a private key of secp256k1: 32 bytes, above zero and below the order of the curve")]
    NotAKey,
    #[error("no random bytes")]
    Random,
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

/// An operation says no with a small number, since text cannot leave it. These are ours.
const NOT_A_KEY: Status = Status(1);
const NO_RANDOM: Status = Status(2);

// Operations are plain functions. They capture nothing, so all that goes in and out can be read from their types; and
// they hold the token `ScopeToken`, without which no secret can be read. Their stack lies in secret memory and is
// wiped.
//
// They must not allocate: no heap is protected. The test of this example counts what they take, which is nothing.

fn prepare(_: &ScopeToken<'_>, bytes: &[u8]) -> Result<Prepared, Status> {
    let bytes: &[u8; 32] = bytes.try_into().map_err(|_| NOT_A_KEY)?;
    SigningKey::from_bytes(bytes.into()).map(Prepared).map_err(|_| NOT_A_KEY)
}

fn import(inside: &ScopeToken<'_>, bytes: &ProtectedBytes) -> Result<Prepared, Status> {
    prepare(inside, bytes.expose(inside))
}

fn generate(inside: &ScopeToken<'_>, (): ()) -> Result<Prepared, Status> {
    let mut bytes = [0; 32];
    random::secret(inside, &mut bytes).map_err(|_| NO_RANDOM)?;
    prepare(inside, &bytes) // one of 2^128 tries gives bytes that are no key
}

fn public(inside: &ScopeToken<'_>, key: &SecretBox<Prepared>) -> Option<[u8; 33]> {
    let point = key.expose(inside).0.verifying_key().to_sec1_point(true);
    point.as_bytes().try_into().ok()
}

fn sign(inside: &ScopeToken<'_>, (key, message): (&SecretBox<Prepared>, &[u8])) -> Option<[u8; 64]> {
    let signature: Signature = key.expose(inside).0.try_sign(message).ok()?;
    Some(signature.to_bytes().into())
}

fn write(inside: &ScopeToken<'_>, key: &SecretBox<Prepared>, out: &mut [u8]) -> Result<usize, Status> {
    let bytes = key.expose(inside).0.to_bytes();
    out.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    Ok(bytes.len())
}

impl WalletKey {
    /// What the operations above need; `usage().deep_exits` counts those that went deeper, which costs a longer wipe.
    const ROOM: StackBudget = StackBudget::stack(24 << 10, 24 << 10);

    pub(crate) fn generate(memory: &SecretMemory) -> Result<Self, WalletError> {
        Self::make(memory, generate, ())
    }

    /// The bytes are in secret memory already, best read there from a descriptor.
    pub(crate) fn import(memory: &SecretMemory, bytes: &ProtectedBytes) -> Result<Self, WalletError> {
        Self::make(memory, import, bytes)
    }

    fn make<I: ScopeInput>(
        memory: &SecretMemory,
        how: fn(&ScopeToken<'_>, I) -> Result<Prepared, Status>,
        input: I,
    ) -> Result<Self, WalletError> {
        let memory = memory.reserving(Self::ROOM);
        let key = SecretBox::try_make(&memory, how, input).map_err(|error| match error {
            MakeError::Memory(error) => WalletError::Memory(error),
            MakeError::Failed(NO_RANDOM) => WalletError::Random,
            MakeError::Failed(_) => WalletError::NotAKey,
        })?;
        let point = memory.scope(public, &key).map_err(MemoryError::from)?;
        let public = point.and_then(|point| VerifyingKey::from_sec1_bytes(&point).ok()).ok_or(WalletError::NotAKey)?;
        Ok(Self { memory, key, public })
    }

    /// The 32 bytes, from slot to slot: for `Context::encrypt_secret`.
    pub(crate) fn to_bytes(&self) -> Result<ProtectedBytes, WalletError> {
        ProtectedBytes::try_make(&self.memory, 32, write, &self.key).map_err(|error| match error {
            MakeError::Memory(error) => WalletError::Memory(error),
            MakeError::Failed(_) => WalletError::NotAKey,
        })
    }

    pub(crate) fn public(&self) -> &VerifyingKey {
        &self.public
    }
}

/// The whole point: code written for any signer takes this one.
impl Signer<Signature> for WalletKey {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, Error> {
        let bytes = self.memory.scope(sign, (&self.key, message)).map_err(Error::from_source)?;
        Signature::from_slice(&bytes.ok_or_else(Error::new)?)
    }
}

/// Somebody else's code.
fn pay(signer: &impl Signer<Signature>, to: &str) -> Result<(String, Signature), Error> {
    let payment = format!("pay 3 to {to}");
    let signature = signer.try_sign(payment.as_bytes())?;
    Ok((payment, signature))
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let memory = SecretMemory::open(Policy::best_available())?;
    eprintln!("{}", memory.protection());

    let wallet = WalletKey::generate(&memory)?;
    let (payment, signature) = pay(&wallet, "Ben")?;
    println!(
        "{payment}: {}",
        if wallet.public().verify(payment.as_bytes(), &signature).is_ok() { "signed" } else { "?" }
    );
    match wallet.public().verify(b"pay 3 to Eve", &signature) {
        Err(_) => println!("pay 3 to Eve: not signed"),
        Ok(()) => unreachable!(),
    }

    // To be kept it is encrypted with a key of a store, and what comes out is text. Later, back again: no copy in
    // between.
    let store = KeyStore::<Keys>::open()?;
    store.transaction(|tx| {
        let key = tx.generate(KeyUses::CONTENTS)?;
        tx.insert(Key::Wallet, key)
    })?;
    let bytes = wallet.to_bytes()?;
    let kept = store.context(|ctx| ctx.encrypt_secret(ctx.key(Key::Wallet)?, &bytes))?;
    let again = store.context(|ctx| ctx.decrypt_secret(ctx.key(Key::Wallet)?, &kept))?;
    let again = WalletKey::import(&memory, &again)?;
    println!("kept, and read again: {}", if again.public() == wallet.public() { "the same key" } else { "?" });

    // A key from elsewhere, here through a pipe: `read(2)` writes it into a slot, and no buffer of ours ever holds it.
    #[cfg(unix)]
    let read = |bytes: &[u8]| -> Result<ProtectedBytes, Box<dyn std::error::Error>> {
        use std::io::Write as _;
        use std::os::fd::AsFd as _;

        let (reader, mut writer) = std::io::pipe()?;
        writer.write_all(bytes)?;
        drop(writer);
        Ok(ProtectedBytes::read_to_end(&memory, reader.as_fd())?)
    };
    // Where there are no descriptors it is copied.
    #[cfg(not(unix))]
    let read = |bytes: &[u8]| -> Result<ProtectedBytes, Box<dyn std::error::Error>> {
        Ok(ProtectedBytes::copy_from(&memory, bytes)?)
    };
    let known = WalletKey::import(&memory, &read(&[1; 32])?)?;
    let (payment, signature) = pay(&known, "Ada")?;
    known.public().verify(payment.as_bytes(), &signature)?;
    println!("imported; {payment}: signed");

    // Not every 32 bytes are a key, and not every number of bytes.
    for bytes in [&[0; 32][..], &[0xff; 32], &[1; 31]] {
        match WalletKey::import(&memory, &read(bytes)?) {
            Err(error @ WalletError::NotAKey) => println!("{} bytes: {error}", bytes.len()),
            other => unreachable!("{:?}", other.map(drop)),
        }
    }
    Ok(())
}

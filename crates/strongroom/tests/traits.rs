//! A program's own types: with keys of their own or without, in options and lists, with errors of the program's.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use strongroom::{
    Context, Decryptable, EncString, Encryptable, Error, ErrorKind, ExposeSecret, KeyStore, KeyUses, Plaintext, Sealed,
    Symmetric, UsesKey,
    algorithms::SymmetricAlgorithm,
    errors::{Malformed, WrongKey},
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User, Team(u32) }
}

fn store() -> KeyStore<Keys> {
    let store = KeyStore::open().unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let (user, team) = (
            tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?,
            tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?,
        );
        tx.insert(Key::User, user)?;
        tx.insert(Key::Team(1), team)
    });
    named.unwrap();
    store
}

/// A program's own error.
#[derive(Debug)]
enum Failure {
    Strongroom(Error),
    NameTooLong,
}
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Strongroom(error)
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Card {
    team: Option<u32>,
    holder: String,
    tags: Vec<String>,
    note: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
struct SealedCard {
    team: Option<u32>,
    key: EncString,
    holder: Sealed<String>,
    tags: Vec<Sealed<String>>,
    note: Option<Sealed<String>>,
}

impl UsesKey for Card {
    type Name = Key;
    fn uses_key(&self) -> Key {
        self.team.map_or(Key::User, Key::Team)
    }
}

impl UsesKey for SealedCard {
    type Name = Key;
    fn uses_key(&self) -> Key {
        self.team.map_or(Key::User, Key::Team)
    }
}

impl Encryptable<Keys> for Card {
    type Sealed = SealedCard;
    type Error = Failure;
    fn encrypt<'c>(&self, ctx: &Context<'c, Keys>, owner: strongroom::Key<'c>) -> Result<SealedCard, Failure> {
        if self.holder.len() > 100 {
            return Err(Failure::NameTooLong);
        }
        let own = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        let key = own;
        Ok(SealedCard {
            team: self.team,
            key: ctx.wrap_key(owner, own)?,
            holder: self.holder.encrypt(ctx, key)?,
            tags: self.tags.encrypt(ctx, key)?,
            note: self.note.encrypt(ctx, key)?,
        })
    }
}

impl Decryptable<Keys> for SealedCard {
    type Plain = Card;
    type Error = Failure;
    fn decrypt<'c>(&self, ctx: &Context<'c, Keys>, owner: strongroom::Key<'c>) -> Result<Card, Failure> {
        let key = ctx.unwrap_key::<Symmetric>(owner, &self.key, KeyUses::CONTENTS_AND_KEYS)?;
        Ok(Card {
            team: self.team,
            holder: self.holder.decrypt(ctx, key)?,
            tags: self.tags.decrypt(ctx, key)?,
            note: self.note.decrypt(ctx, key)?,
        })
    }
}

fn card(team: Option<u32>) -> Card {
    Card { team, holder: "Ada".into(), tags: vec!["one".into(), "two".into()], note: None }
}

#[test]
fn what_is_encrypted_comes_back() {
    let store = store();
    for card in [card(None), card(Some(1)), Card { note: Some("n".into()), tags: vec![], ..card(None) }] {
        let sealed = store.encrypt(&card).unwrap();
        assert_eq!(store.decrypt(&sealed).unwrap(), card);
    }
    assert_eq!(store.keys().prepared, 2, "keys of cards are gone");
}

#[test]
fn errors_are_the_programs_own() {
    let store = store();
    let long = Card { holder: "x".repeat(101), ..card(None) };
    assert!(matches!(store.encrypt(&long), Err(Failure::NameTooLong)));

    let sealed = store.encrypt(&card(None)).unwrap();
    let foreign = SealedCard { team: Some(1), ..sealed.clone() };
    let error = store.decrypt(&foreign).unwrap_err();
    assert!(
        matches!(&error, Failure::Strongroom(error) if *error == ErrorKind::WrongKey(WrongKey::OrChanged)),
        "the wrong owner's key: {error:?}"
    );
    let unknown = SealedCard { team: Some(2), ..sealed.clone() };
    let error = store.decrypt(&unknown).unwrap_err();
    assert!(matches!(&error, Failure::Strongroom(error) if *error == ErrorKind::UnknownKey), "{error:?}");

    // One part of another card in a list: the list as a whole is refused.
    let mut mixed = sealed;
    mixed.tags.push(store.encrypt(&card(None)).unwrap().holder);
    let error = store.decrypt(&mixed).unwrap_err();
    assert!(
        matches!(&error, Failure::Strongroom(error) if *error == ErrorKind::WrongKey(WrongKey::OrChanged)),
        "{error:?}"
    );
}

#[test]
fn contents_of_each_type() {
    let store = store();
    store.try_context(|ctx| {
        let key = ctx.key(Key::User).unwrap();
        let text = "café".to_owned().encrypt(ctx, key).unwrap();
        assert_eq!(text.decrypt(ctx, key).unwrap(), "café");
        assert_eq!(text.as_enc_string().decrypt(ctx, key).unwrap().expose_secret(), "café");

        let secret = Plaintext::from("café").encrypt(ctx, key).unwrap();
        assert_eq!(secret.decrypt(ctx, key).unwrap().expose_secret(), "café");

        let bytes = Plaintext::<[u8]>::from(vec![0xff, 0]).encrypt(ctx, key).unwrap();
        assert_eq!(bytes.decrypt(ctx, key).unwrap().expose_secret(), [0xff, 0]);
        let error = bytes.as_enc_string().decrypt(ctx, key).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Malformed(Malformed::NotText)), "{error:?}");
        let error = Sealed::<String>::new(bytes.into_enc_string()).decrypt(ctx, key).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Malformed(Malformed::NotText)), "{error:?}");
    });
}

#[test]
fn a_box_is_what_lies_in_it() {
    let store = store();
    let boxed = Box::new(card(Some(1)));
    let sealed: Box<SealedCard> = store.encrypt(&boxed).unwrap();
    assert_eq!((boxed.uses_key(), sealed.uses_key()), (Key::Team(1), Key::Team(1)));
    assert_eq!(store.decrypt(&sealed).unwrap(), boxed);
    let list = store.encrypt_list(&[boxed, Box::new(card(None))]);
    let list: Vec<Box<SealedCard>> = list.into_iter().map(Result::unwrap).collect();
    let opened = store.decrypt_list(&list).into_iter().map(Result::unwrap);
    assert_eq!(opened.map(|card| card.team).collect::<Vec<_>>(), [Some(1), None]);
}

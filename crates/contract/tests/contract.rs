//! The round-trip contract as a check: it passes what is right, and names what each wrong implementation breaks.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use strongroom::{
    Context, Decryptable, Encryptable, Error, ErrorKind, ExposeSecret, KeyStore, KeyUses, Plaintext, Sealed, UsesKey,
    errors::WrongKey,
};
use strongroom_contract::{Form, RoundTripError, UsesKeyError, check_round_trip, check_round_trip_by, check_uses_key};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User, Team(u32) }
}

fn store() -> KeyStore<Keys> {
    let store = KeyStore::open().unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let (user, team) = (tx.generate(KeyUses::CONTENTS_AND_KEYS)?, tx.generate(KeyUses::CONTENTS_AND_KEYS)?);
        tx.replace(Key::User, user)?;
        tx.replace(Key::Team(1), team)
    });
    named.unwrap();
    store
}

/// What is wrong with a note's implementation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    Refuses,
    ForgetsTheBody,
    LeavesTheBodyOpen,
    TakesAnotherKeyToEncrypt,
    TakesAnotherKeyToDecrypt,
    SealedNamesAnotherKey,
    OpenedNamesAnotherKey,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Note {
    fault: Fault,
    team: Option<u32>,
    body: String,
}

#[derive(Debug)]
struct SealedNote {
    fault: Fault,
    team: Option<u32>,
    body: Result<Sealed<String>, String>,
}

/// The program's own error.
#[derive(Debug, thiserror::Error)]
enum NoteError {
    #[error(transparent)]
    Strongroom(#[from] Error),
    #[error("a note may not say that")]
    Unsaid,
}

const BODY: &str = "the treasure lies under the oak";

fn note(fault: Fault) -> Note {
    Note { fault, team: Some(1), body: BODY.into() }
}

fn owner(team: Option<u32>) -> Key {
    team.map_or(Key::User, Key::Team)
}

impl UsesKey for Note {
    type Name = Key;
    fn uses_key(&self) -> Key {
        owner(self.team)
    }
}

impl UsesKey for SealedNote {
    type Name = Key;
    fn uses_key(&self) -> Key {
        owner(self.team.filter(|_| self.fault != Fault::SealedNamesAnotherKey))
    }
}

impl Encryptable<Keys> for Note {
    type Sealed = SealedNote;
    type Error = NoteError;
    fn encrypt<'c>(&self, ctx: &Context<'c, Keys>, key: strongroom::Key<'c>) -> Result<SealedNote, NoteError> {
        let key = if self.fault == Fault::TakesAnotherKeyToEncrypt { ctx.key(Key::User)? } else { key };
        let body = match self.fault {
            Fault::Refuses => return Err(NoteError::Unsaid),
            Fault::LeavesTheBodyOpen => Err(self.body.clone()),
            _ => Ok(self.body.encrypt(ctx, key)?),
        };
        Ok(SealedNote { fault: self.fault, team: self.team, body })
    }
}

impl Decryptable<Keys> for SealedNote {
    type Plain = Note;
    type Error = NoteError;
    fn decrypt<'c>(&self, ctx: &Context<'c, Keys>, key: strongroom::Key<'c>) -> Result<Note, NoteError> {
        let key = if self.fault == Fault::TakesAnotherKeyToDecrypt { ctx.key(Key::User)? } else { key };
        let body = match &self.body {
            Ok(sealed) => sealed.decrypt(ctx, key)?,
            Err(open) => open.clone(),
        };
        let body = if self.fault == Fault::ForgetsTheBody { String::new() } else { body };
        let team = self.team.filter(|_| self.fault != Fault::OpenedNamesAnotherKey);
        Ok(Note { fault: self.fault, team, body })
    }
}

#[test]
fn what_is_right_passes() {
    let store = store();
    check_round_trip(&store, &note(Fault::None)).unwrap();
    check_uses_key(&store, &note(Fault::None)).unwrap();
}

#[test]
fn what_the_crate_itself_encrypts_passes() {
    let store = store();
    let text = || BODY.to_owned();
    check_round_trip(&store, &text()).unwrap();
    check_round_trip(&store, &String::new()).unwrap();
    check_round_trip(&store, &Some(text())).unwrap();
    check_round_trip(&store, &vec![text(), String::new()]).unwrap();
    check_round_trip(&store, &Box::new(text())).unwrap();
    check_round_trip(&store, &Some(vec![Box::new(note(Fault::None))])).unwrap();
    check_uses_key(&store, &Box::new(note(Fault::None))).unwrap();

    let secret = Plaintext::from(BODY);
    check_round_trip_by(&store, &secret, |one, other| one.expose_secret() == other.expose_secret()).unwrap();
    let bytes = Plaintext::from(vec![0xff, 0]);
    check_round_trip_by(&store, &bytes, |one, other| one.expose_secret() == other.expose_secret()).unwrap();
}

#[test]
fn a_wrong_round_trip_is_named() {
    let store = store();
    let check = |fault| check_round_trip(&store, &note(fault)).unwrap_err();
    assert!(matches!(check(Fault::Refuses), RoundTripError::Encrypt(NoteError::Unsaid)));
    assert!(matches!(check(Fault::ForgetsTheBody), RoundTripError::Differs));
    assert!(matches!(check(Fault::LeavesTheBodyOpen), RoundTripError::OpensWithAnyKey));
    let wrong = |error| {
        matches!(
            error,
            RoundTripError::Decrypt(NoteError::Strongroom(error))
                if matches!(error.kind(), ErrorKind::WrongKey(WrongKey::Id { .. }))
        )
    };
    assert!(wrong(check(Fault::TakesAnotherKeyToEncrypt)));
    assert!(wrong(check(Fault::TakesAnotherKeyToDecrypt)));

    let nothing = check_round_trip(&store, &None::<String>).unwrap_err();
    assert!(matches!(nothing, RoundTripError::OpensWithAnyKey), "nothing has nothing to open");
}

#[test]
fn another_name_is_named() {
    let store = store();
    let check = |fault| check_uses_key(&store, &note(fault)).unwrap_err();
    let (given, named) = (Keys::Key(Key::Team(1)), Keys::Key(Key::User));
    let UsesKeyError::NamesAnotherKey { given: found_given, form, named: found } = check(Fault::SealedNamesAnotherKey)
    else {
        unreachable!()
    };
    assert_eq!((&found_given, form, &found), (&given, Form::Sealed, &named));
    let UsesKeyError::NamesAnotherKey { given: found_given, form, named: found } = check(Fault::OpenedNamesAnotherKey)
    else {
        unreachable!()
    };
    assert_eq!((&found_given, form, &found), (&given, Form::Opened, &named));
    assert_eq!(check(Fault::SealedNamesAnotherKey).to_string(), "it names Team(1); encrypted, it names User");
    assert_eq!(check(Fault::OpenedNamesAnotherKey).to_string(), "it names Team(1); opened again, it names User");
    assert!(matches!(check(Fault::Refuses), UsesKeyError::Encrypt(NoteError::Unsaid)));
    assert!(matches!(
        check(Fault::TakesAnotherKeyToEncrypt),
        UsesKeyError::Decrypt(NoteError::Strongroom(error))
            if matches!(error.kind(), ErrorKind::WrongKey(WrongKey::Id { .. }))
    ));
}

#[test]
fn a_failure_shows_nothing_of_the_thing() {
    let store = store();
    let check = |fault| check_round_trip(&store, &note(fault)).unwrap_err();
    for (fault, message) in [
        (Fault::Refuses, "not encrypted: a note may not say that"),
        (Fault::ForgetsTheBody, "encrypted, but opens to something else"),
        (Fault::LeavesTheBodyOpen, "encrypted, but opens with any key"),
        (Fault::TakesAnotherKeyToDecrypt, "encrypted, but does not open with the same key: encrypted with key "),
    ] {
        let said = check(fault).to_string();
        assert!(said.starts_with(message) && !said.contains("oak"), "{said}");
        assert!(!format!("{:?}", check(fault)).contains("oak"));
    }
}

#[test]
fn a_store_that_cannot_make_keys_says_so() {
    let store = store();
    store.lock();
    let error = check_round_trip(&store, &BODY.to_owned()).unwrap_err();
    assert!(matches!(&error, RoundTripError::NoKey(error) if *error == ErrorKind::Locked), "{error:?}");
    assert_eq!(error.to_string(), "no key to check with: the store is locked (generate)");
}

#[test]
fn a_check_leaves_no_key_behind() {
    let store = store();
    let before = store.keys();
    check_round_trip(&store, &note(Fault::None)).unwrap();
    let _ = check_round_trip(&store, &note(Fault::ForgetsTheBody)).unwrap_err();
    assert_eq!(store.keys(), before);
}

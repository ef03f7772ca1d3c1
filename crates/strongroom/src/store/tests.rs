use super::KeyStore;
use crate::error::Error;
use crate::key::uses::KeyUses;

crate::key_ids! {
    enum Keys;
    symmetric Key { User, Team(u32) }
}

/// The memory outlives the store here, and holds nothing of it any more.
#[test]
fn named_keys_end_with_the_store() {
    let store = KeyStore::<Keys>::open().unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let (user, team) = (tx.generate(KeyUses::CONTENTS_AND_KEYS)?, tx.generate(KeyUses::CONTENTS_AND_KEYS)?);
        tx.replace(Key::User, user)?;
        tx.replace(Key::Team(1), team)
    });
    named.unwrap();
    let memory = store.shared.memory.clone();
    assert_eq!(memory.usage().secrets, 3, "two keys and the root key");
    drop(store);
    assert_eq!(memory.usage().secrets, 0);
}

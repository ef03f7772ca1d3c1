//! The organisations of a member: their keys are opened, and compared with those that the program remembers.

use strongroom::{
    Asymmetric, EncString, ErrorKind, Key, KeyUses, Symmetric, Transaction,
    encapsulation::Encapsulate,
    inspection::{Inspect, KeyThumbprint},
    names::{KeyName, KeySet},
};

use crate::error::{Error, is_of_text};

/// Pairs an organisation from the server's list with the program's memory of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Membership<N> {
    /// The name that the organisation's key gets in the store.
    pub name: N,
    /// The key, encapsulated for the member: type 4.
    pub key: EncString,
    /// The thumbprint of the key, which the program stored when it first opened it; `None`: it does not know the
    /// organisation.
    pub last: Option<KeyThumbprint>,
}

/// Tells whether the key of an organisation was named, and if not, why.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum UnlockedOrganization {
    /// Its key is the one that the program remembers, or that has the name already. It has the name.
    Known(KeyThumbprint),
    /// The program does not know it, so its key has no name yet. Ask the user whether they joined this organisation:
    /// anybody can make one and list it. If they did, call [`accept_organization`].
    New(KeyThumbprint),
    /// Its key is another than the one that the program remembers or that has the name. The name is left as it was:
    /// what is encrypted for the organisation from now on would be encrypted for whoever made the new key. If the user
    /// accepts it, call [`accept_organization`].
    Replaced(KeyThumbprint),
    /// The text holds no key, or the private key does not open it.
    Closed(Error),
}

/// Opens the keys of organisations with the private key of a member, and names those that the program knows. Returns
/// what became of each, in the order of the list. What is wrong with one hides none of the others.
///
/// Anybody can encapsulate a key for a public key, the server too. So the program remembers the thumbprint of each key.
/// A new or another one has no name before the program calls [`accept_organization`].
///
/// Names often come from the server. So a name that another key has is left to that key. Where names are text, a prefix
/// keeps those of organisations apart from the program's own.
///
/// ```
/// use strongroom::{KeyStore, inspection::KeyThumbprint};
/// use strongroom_account::{self as account, AccountIds, Error, Membership, UnlockedOrganization};
///
/// const IDS: AccountIds<&str> = AccountIds { user: "user", private: "private", signing: None };
/// /// Shows the user a question.
/// fn user_says_yes(question: &str) -> bool {
///     println!("{question}");
///     true
/// }
/// # let store = KeyStore::open()?;
/// # let key = store.try_transaction(|tx| {
/// #     account::create_v1(tx, &IDS)?;
/// #     let made = account::create_organization(tx, "organization 7", "private")?;
/// #     tx.remove("organization 7")?;
/// #     Ok::<_, Error>(made.key)
/// # })?;
/// let mut remembered: Option<KeyThumbprint> = None; // from the program's own file
/// let list = [Membership { name: "organization 7", key, last: remembered }];
/// store.try_transaction(|tx| {
///     for (listed, found) in list.iter().zip(account::unlock_organizations(tx, "private", &list)?) {
///         let accepted = match found {
///             UnlockedOrganization::New(_) => user_says_yes("A new organisation lists you. Did you join it?"),
///             UnlockedOrganization::Replaced(_) => user_says_yes("Its key was replaced. Did you ask its owner?"),
///             UnlockedOrganization::Closed(error) => {
///                 println!("{error}");
///                 false
///             }
///             _ => false, // known: it has its name
///         };
///         if accepted {
///             remembered = Some(account::accept_organization(tx, "private", listed)?); // and store it
///         }
///     }
///     Ok::<_, Error>(())
/// })?;
/// assert!(remembered.is_some() && store.contains("organization 7"));
/// # Ok::<_, Error>(())
/// ```
///
/// # Errors
/// [`Error::Store`]: what has nothing to do with one organisation. The private key is unknown or may not unwrap; the
/// store is locked; there is no room.
pub fn unlock_organizations<S: KeySet>(
    tx: &mut Transaction<'_, S>,
    private: impl KeyName<S, Asymmetric>,
    memberships: &[Membership<impl KeyName<S, Symmetric>>],
) -> Result<Vec<UnlockedOrganization>, Error> {
    let private = tx.key(private)?;
    memberships.iter().map(|membership| unlock(tx, private, membership)).collect()
}

fn unlock<'c, S: KeySet>(
    tx: &mut Transaction<'c, S>,
    private: Key<'c, Asymmetric>,
    Membership { name, key, last }: &Membership<impl KeyName<S, Symmetric>>,
) -> Result<UnlockedOrganization, Error> {
    let key = match tx.decapsulate(private, key, KeyUses::CONTENTS_AND_KEYS) {
        Ok(key) => key,
        Err(error) if is_of_text(&error) => return Ok(UnlockedOrganization::Closed(error.into())),
        Err(error) => return Err(error.into()),
    };
    let thumbprint = tx.thumbprint(key)?;
    if last.is_some_and(|last| last != thumbprint) {
        return Ok(UnlockedOrganization::Replaced(thumbprint));
    }
    if tx.contains(name.clone()) {
        let named = match tx.key(name.clone()) {
            Ok(named) => Some(tx.thumbprint(named)?),
            Err(error) if matches!(error.kind(), ErrorKind::OtherKind { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let found =
            if named == Some(thumbprint) { UnlockedOrganization::Known } else { UnlockedOrganization::Replaced };
        return Ok(found(thumbprint));
    }
    if last.is_none() {
        return Ok(UnlockedOrganization::New(thumbprint));
    }
    tx.insert(name.clone(), key)?;
    Ok(UnlockedOrganization::Known(thumbprint))
}

/// Accepts the key of an organisation that is new or has another key: opens it with the private key of a member, and
/// gives it its name, in the place of the key that has it. Ask the user before. Store the thumbprint that it returns.
///
/// # Errors
/// [`Error::Store`]: the private key does not open the key, is unknown or may not unwrap; the store is locked; there is
/// no room.
pub fn accept_organization<S: KeySet>(
    tx: &mut Transaction<'_, S>,
    private: impl KeyName<S, Asymmetric>,
    Membership { name, key, .. }: &Membership<impl KeyName<S, Symmetric>>,
) -> Result<KeyThumbprint, Error> {
    let key = tx.decapsulate(tx.key(private)?, key, KeyUses::CONTENTS_AND_KEYS)?;
    tx.replace(name.clone(), key)?;
    Ok(tx.thumbprint(key)?)
}

//! Keys below the user key: those of organisations, and of what a client keeps on its machine.

use serde_json::{Value, json};
use strongroom::{EncString, ExposeSecret, KeyUses, Symmetric};
use strongroom_account::{self as account, AccountIds, AccountKeys, Membership, UnlockedOrganization};

use crate::{
    bench::{Bench, IDS, Key, PrivateKey, give, same, take},
    matrix::{Direction, Row},
    node::{Answer, Client, Outcome, base64, bytes},
    rows::V1,
};

pub(crate) fn rows() -> Vec<Row> {
    const ENCRYPT: &[&str] = &["CryptoClient.initialize_org_crypto", "CollectionsClient.encrypt"];
    const DECRYPT: &[&str] = &["CryptoClient.initialize_org_crypto", "CollectionsClient.decrypt"];
    const LOCAL: &[&str] =
        &["CryptoClient.encrypt_with_local_user_data_key", "CryptoClient.decrypt_with_local_user_data_key"];
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    vec![
        Row::live("organisation key, and the name of a collection", theirs, ENCRYPT, organization_theirs),
        Row::live("organisation key, and the name of a collection", ours, DECRYPT, organization_ours),
        Row::live("key of a user's local data, and a text under it", theirs, LOCAL, local_data_theirs),
        Row::live("key of a user's local data, and a text under it", ours, LOCAL, local_data_ours),
    ]
}

fn collection(b: &Bench<'_>, organization: &str, name: &str) -> Value {
    json!({
        "id": b.chance.uuid(), "organizationId": organization, "name": name, "externalId": null,
        "hidePasswords": false, "readOnly": false, "manage": true, "defaultUserCollectionEmail": null, "type": 0,
    })
}

/// Their client of a user whose private key lies wrapped as given, and who is a member.
fn member<'n>(b: &Bench<'n>, user: &[u8], private: &Value, id: &str, shared: &Value) -> Outcome<Client<'n>> {
    let method = json!({"decryptedKey": {"decrypted_user_key": base64(user)}});
    let client = b.unlock(&b.chance.email(), &json!({"V1": {"private_key": private}}), &method)?;
    client.call("crypto.initialize_org_crypto", json!([{"organizationKeys": {"$map": [[id, shared]]}}]))?;
    Ok(client)
}

fn organization_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (user, key, id, name) = (b.any_key(V1)?, b.any_key(V1)?, b.chance.uuid(), b.chance.word());
    let (pkcs8, spki) = b.our_pair()?;
    let private = b.call("PureCrypto.wrap_decapsulation_key", json!([bytes(&pkcs8), bytes(&user)]))?;
    let shared = b.call("PureCrypto.encapsulate_key_unsigned", json!([bytes(&key), bytes(&spki)]))?;
    let client = member(b, &user, &private, &id, &shared)?;
    let sealed = client.call("vault.collections.encrypt", json!([collection(b, &id, &name)]))?;

    let keys = AccountKeys::V1 { private_key: private.text()?.parse()? };
    let shared: EncString = shared.text()?.parse()?;
    b.store.try_transaction(|tx| -> Outcome<()> {
        let user = take(tx, &user)?;
        account::unlock(tx, &AccountIds { signing: None, ..IDS }, user, &keys)?;
        let list = [Membership { name: Key::Organization, key: shared.clone(), last: None }];
        let found = account::unlock_organizations(tx, PrivateKey::User, &list)?;
        same("what became of the organisation", matches!(found[..], [UnlockedOrganization::New(_)]), true)?;
        Ok(account::accept_organization(tx, PrivateKey::User, &list[0]).map(drop)?)
    })?;
    let text: EncString = sealed.at("name")?.text()?.parse()?;
    let found = b.store.context(|ctx| ctx.decrypt_text(ctx.key(Key::Organization)?, &text))?;
    same("name", found.expose_secret(), name.as_str())
}

fn organization_ours(b: &Bench<'_>) -> Outcome<()> {
    let (id, name) = (b.chance.uuid(), b.chance.word());
    let (user, keys, shared) = b.store.try_transaction(|tx| -> Outcome<_> {
        let made = account::create_v1(tx, &AccountIds { signing: None, ..IDS })?;
        let organization = account::create_organization(tx, Key::Organization, PrivateKey::User)?;
        Ok((give(tx, made.user)?, made.keys, organization.key.to_string()))
    })?;
    let AccountKeys::V1 { private_key } = keys else { return Err("another version".into()) };
    let client = member(b, &user, &json!(private_key.to_string()), &id, &json!(shared))?;
    let text = b.store.context(|ctx| ctx.encrypt_text(ctx.key(Key::Organization)?, &name))?.to_string();
    let opened = client.call("vault.collections.decrypt", json!([collection(b, &id, &text)]))?;
    same("name", opened.at("name")?.text()?, name)
}

/// The wrapped key of what a client keeps on its machine, which it gave to its host to store.
fn local_data_key(client: &Client<'_>) -> Outcome<EncString> {
    let held = client.held("local_user_data_key_state")?;
    Ok(held.get(0).ok_or_else(|| format!("one key expected: {held}"))?.at("wrapped_key")?.text()?.parse()?)
}

fn local_data_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (text, (user, client)) = (b.chance.word(), b.v1_client()?);
    let sealed = client.call("crypto.encrypt_with_local_user_data_key", json!([text]))?.text()?;
    let opened = client.call("crypto.decrypt_with_local_user_data_key", json!([sealed]))?;
    same("text, by them", opened.text()?, text.as_str())?;
    let wrapped = local_data_key(&client)?;
    b.store.try_context(|ctx| {
        let user = take(ctx, &user)?;
        let key: strongroom::Key<'_, Symmetric> = ctx.unwrap_key(user, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
        same("text", ctx.decrypt_text(key, &sealed.parse()?)?.expose_secret(), text.as_str())
    })
}

fn local_data_ours(b: &Bench<'_>) -> Outcome<()> {
    let (text, (user, client)) = (b.chance.word(), b.v1_client()?);
    client.call("crypto.encrypt_with_local_user_data_key", json!([text]))?;
    let wrapped = local_data_key(&client)?;
    let sealed = b.store.try_context(|ctx| -> Outcome<_> {
        let user = take(ctx, &user)?;
        let key: strongroom::Key<'_, Symmetric> = ctx.unwrap_key(user, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
        Ok(ctx.encrypt_text(key, &text)?.to_string())
    })?;
    let opened = client.call("crypto.decrypt_with_local_user_data_key", json!([sealed]))?;
    same("text", opened.text()?, text)
}

//! Programs by the members of their JSON.

use crate::export::format_signatures::{Format, IMPORT};

/// What the apps keep.
const APP: &str = "the stored data of a Bitwarden app or of `bw` (data.json)";

/// What to do about it.
const APP_ADVICE: &str = "it is no export: items in it are encrypted with keys of the account; export the vault as JSON: `bw export --format json`, or in the app";

/// What to do about an answer of the server.
const SYNC_ADVICE: &str = "its items are encrypted with keys of the account, which a backup does not need: export the vault as JSON: `bw export --format json`, or in the app";

/// What a server keeps.
const SERVER: &str = "the configuration of a Vaultwarden server";

/// What to do about it.
const SERVER_ADVICE: &str = "it holds settings, no items; back up the server's database, or export the vault as JSON";

/// Programs by members of their JSON that have values. The first that fits is meant.
pub(crate) static JSON: [(&[&str], Format); 21] = [
    known_by!("it has the members" "vaults", "version"; "an export of Proton Pass (JSON)", IMPORT),
    known_by!("it has the members" "vaults", "userId"; "an export of Proton Pass (JSON)", IMPORT),
    known_by!(
        "it has the members" "success", "data";
        "an answer of `bw --response`",
        "take out what is in it: `jq '.data.data // [.data]' FILE | strongroom list -`"
    ),
    known_by!(
        "it has the members" "success", "message";
        "an answer of `bw --response` that says that a command failed",
        "export the vault as JSON: `bw export --format json`, or in the app"
    ),
    known_by!("it has the members" "profile", "ciphers"; "a sync response of the server", SYNC_ADVICE),
    known_by!("it has the members" "Profile", "Ciphers"; "a sync response of the server", SYNC_ADVICE),
    known_by!(
        "it has the members" "projects", "secrets";
        "an export of Bitwarden's Secrets Manager",
        "it holds projects and secrets, no items of a vault"
    ),
    known_by!("it has the member" "stateVersion"; APP, APP_ADVICE),
    known_by!("it has the member" "authenticatedAccounts"; APP, APP_ADVICE),
    known_by!("it has the member" "global_account_accounts"; APP, APP_ADVICE),
    known_by!("it has the members" "userEmail", "encKey"; APP, APP_ADVICE),
    known_by!("it has the members" "domain", "admin_token"; SERVER, SERVER_ADVICE),
    known_by!("it has the members" "signups_allowed", "invitations_allowed"; SERVER, SERVER_ADVICE),
    known_by!("it has the members" "domain", "signups_allowed"; SERVER, SERVER_ADVICE),
    known_by!("it has the member" "AUTHENTIFIANT"; "an export of Dashlane (JSON)", IMPORT),
    known_by!("it has the members" "accounts", "schemaVersion"; "an export of another password manager (JSON)", IMPORT),
    known_by!(
        "it has the members" "header", "db", "version";
        "a vault of Aegis",
        "it holds authenticator codes; import it with the app that made it"
    ),
    known_by!(
        "it has the members" "services", "schemaVersion";
        "a backup of 2FAS",
        "it holds authenticator codes; import it with the app that made it"
    ),
    known_by!("it has the members" "records", "shared_folders"; "an export of Keeper (JSON)", IMPORT),
    known_by!(
        "it has the members" "object", "login";
        "one item, as `bw get item` prints it",
        "put it into a list: `jq -s . FILE | strongroom list -`"
    ),
    known_by!(
        "it has the members" "object", "secureNote";
        "one item, as `bw get item` prints it",
        "put it into a list: `jq -s . FILE | strongroom list -`"
    ),
];

/// Lists of the official command line, by the member `object` of their elements.
pub(crate) static LISTS: [(&[&str], Format); 3] = [
    (
        &["folder", "collection", "org-collection"],
        Format {
            name: "a list of folders or collections, as `bw list` prints it",
            reason: "the member `object` of its elements says so",
            advice: "it holds no items; `bw list items` prints those, and `bw export --format json` the whole vault",
        },
    ),
    (
        &["organization", "org-member", "orgmember"],
        Format {
            name: "a list of organizations or members, as `bw list` prints it",
            reason: "the member `object` of its elements says so",
            advice: "it holds no items; `bw list items` prints those, and `bw export --format json` the whole vault",
        },
    ),
    (
        &["send"],
        Format {
            name: "a list of Sends, as `bw send list` prints it",
            reason: "the member `object` of its elements says so",
            advice: "it holds no items; `bw list items` prints those, and `bw export --format json` the whole vault",
        },
    ),
];

/// What the apps keep for a user, by names that begin with the user's id.
pub(crate) static APP_DATA: Format =
    Format { name: APP, reason: "it has members that begin with a user's id", advice: APP_ADVICE };

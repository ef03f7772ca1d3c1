//! Programs by the members of their JSON.

use crate::export::format_signatures::Format;

/// For programs from which Bitwarden imports.
const IMPORT: &str = "import it into Bitwarden, and export that vault as JSON";

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
    (
        &["vaults", "version"],
        Format {
            name: "an export of Proton Pass (JSON)",
            reason: "it has the members `vaults`, `version`",
            advice: IMPORT,
        },
    ),
    (
        &["vaults", "userId"],
        Format {
            name: "an export of Proton Pass (JSON)",
            reason: "it has the members `vaults`, `userId`",
            advice: IMPORT,
        },
    ),
    (
        &["success", "data"],
        Format {
            name: "an answer of `bw --response`",
            reason: "it has the members `success`, `data`",
            advice: "take out the list in it: `jq .data.data FILE | strongroom list -`",
        },
    ),
    (
        &["success", "message"],
        Format {
            name: "an answer of `bw --response` that says that a command failed",
            reason: "it has the members `success`, `message`",
            advice: "export the vault as JSON: `bw export --format json`, or in the app",
        },
    ),
    (
        &["profile", "ciphers"],
        Format {
            name: "a sync response of the server",
            reason: "it has the members `profile`, `ciphers`",
            advice: SYNC_ADVICE,
        },
    ),
    (
        &["Profile", "Ciphers"],
        Format {
            name: "a sync response of the server",
            reason: "it has the members `Profile`, `Ciphers`",
            advice: SYNC_ADVICE,
        },
    ),
    (
        &["projects", "secrets"],
        Format {
            name: "an export of Bitwarden's Secrets Manager",
            reason: "it has the members `projects`, `secrets`",
            advice: "it holds projects and secrets, no items of a vault",
        },
    ),
    (&["stateVersion"], Format { name: APP, reason: "it has the member `stateVersion`", advice: APP_ADVICE }),
    (
        &["authenticatedAccounts"],
        Format { name: APP, reason: "it has the member `authenticatedAccounts`", advice: APP_ADVICE },
    ),
    (
        &["global_account_accounts"],
        Format { name: APP, reason: "it has the member `global_account_accounts`", advice: APP_ADVICE },
    ),
    (
        &["userEmail", "encKey"],
        Format { name: APP, reason: "it has the members `userEmail`, `encKey`", advice: APP_ADVICE },
    ),
    (
        &["domain", "admin_token"],
        Format { name: SERVER, reason: "it has the members `domain`, `admin_token`", advice: SERVER_ADVICE },
    ),
    (
        &["signups_allowed", "invitations_allowed"],
        Format {
            name: SERVER,
            reason: "it has the members `signups_allowed`, `invitations_allowed`",
            advice: SERVER_ADVICE,
        },
    ),
    (
        &["domain", "signups_allowed"],
        Format { name: SERVER, reason: "it has the members `domain`, `signups_allowed`", advice: SERVER_ADVICE },
    ),
    (
        &["AUTHENTIFIANT"],
        Format { name: "an export of Dashlane (JSON)", reason: "it has the member `AUTHENTIFIANT`", advice: IMPORT },
    ),
    (
        &["accounts", "schemaVersion"],
        Format {
            name: "an export of another password manager (JSON)",
            reason: "it has the members `accounts`, `schemaVersion`",
            advice: IMPORT,
        },
    ),
    (
        &["header", "db", "version"],
        Format {
            name: "a vault of Aegis",
            reason: "it has the members `header`, `db`, `version`",
            advice: "it holds authenticator codes; import it with the app that made it",
        },
    ),
    (
        &["services", "schemaVersion"],
        Format {
            name: "a backup of 2FAS",
            reason: "it has the members `services`, `schemaVersion`",
            advice: "it holds authenticator codes; import it with the app that made it",
        },
    ),
    (
        &["records", "shared_folders"],
        Format {
            name: "an export of Keeper (JSON)",
            reason: "it has the members `records`, `shared_folders`",
            advice: IMPORT,
        },
    ),
    (
        &["object", "login"],
        Format {
            name: "one item, as `bw get item` prints it",
            reason: "it has the members `object`, `login`",
            advice: "put it into a list: `jq -s . FILE | strongroom list -`",
        },
    ),
    (
        &["object", "secureNote"],
        Format {
            name: "one item, as `bw get item` prints it",
            reason: "it has the members `object`, `secureNote`",
            advice: "put it into a list: `jq -s . FILE | strongroom list -`",
        },
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

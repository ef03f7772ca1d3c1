//! Every published version of the official SDK: what its exporter writes, in a page of the documents.

use std::{error::Error, fmt::Write, fs, path::Path};

use serde_json::{Value, json};
use strongroom_vault::SaltForm;

use crate::{
    bench::{Bench, same},
    matrix::Row,
    node::{Node, Outcome, Sdk},
    npm,
    rows::generations::{self, Contents, Exporter, LaterKinds, Vault},
};

const PREFIX: &str = "sdk-";

/// Days on which a version was there at the latest, where somebody said so: the date of its commit, of the pull request
/// by which the clients took it (bitwarden/clients 15860 and 19519), or from 911 on that of the registry.
const DATES: &[(&str, &str)] = &[
    ("0.2.0-main.242", "2025-07-31"),
    ("0.2.0-main.296", "2025-09-15"),
    ("0.2.0-main.357", "2025-10-23"),
    ("0.2.0-main.409", "2025-12-03"),
    ("0.2.0-main.522", "2026-02-05"),
    ("0.2.0-main.597", "2026-03-12"),
    ("0.2.0-main.911", "2026-07-23"),
    ("0.2.0-main.960", "2026-08-10"),
    ("0.2.0-main.979", "2026-08-23"),
    ("0.2.0-main.986", "2026-08-29"),
    ("0.2.0-main.1015", "2026-09-05"),
    ("0.2.0-main.1018", "2026-09-10"),
    ("0.2.0-main.1022", "2026-09-13"),
    ("0.2.0-main.1027", "2026-09-15"),
    ("0.2.0-main.1037", "2026-09-19"),
    ("0.2.0-main.1054", "2026-09-28"),
];

const HEAD: &str = "\
# What each version of the official exporter wrote

Written by `.ci/generations`: do not edit. It runs every version of the official SDK that is published (npm package
`@bitwarden/sdk-internal`, as a black box) on fresh random vaults with items of every kind, and opens what they export.
It fails where a file does not open whole, where one is not the bytes that its generation writes, or where this page
says anything else than what ran. To write it anew: `.ci/generations --update`. The official apps for Android and iOS
export by the same SDK.

- *by*: a day on which the version was there, if one is known;
- *salt*: what the key of a protected export is derived with, the *text* in the file, or its 16 bytes *decoded*;
- *passkeys, history*: whether passkeys and former passwords are exported, or `[]` and `null` stand in their place;
- *dates*: digits after the second, as many as are needed (none, 3, 6 or 9), or always 3;
- *kinds of 2026*: bank accounts, driver's licences and passports; with one in the vault the SDK exports nothing
  (*refused*), or all but these without a word (*left out*).

";

const TAIL: &str = "
All else is the same in all of them, to the byte. JSON is indented by two spaces and has no newline at its end. Its
members are `encrypted`, `folders` (`id`, `name`) and `items`. An item has `id`, `folderId`, `organizationId` and
`collectionIds` (both `null`), `name`, `notes`, `type`, the member of its kind, `favorite`, `reprompt`, `fields` (absent
if there are none), `passwordHistory`, `revisionDate`, `creationDate`, `deletedDate`, in this order. Items in the trash
are exported. `archivedDate`, `passwordRevisionDate` and `autofillOnPageLoad` are not, so that an archived item comes
back as any other. The fingerprint of an SSH key is `keyFingerprint`.

CSV has the columns `folder`, `favorite`, `type`, `name`, `notes`, `fields`, `reprompt`, `login_uri`, `login_username`,
`login_password`, `login_totp`, and holds logins and notes alone.

A protected export has the members `encrypted`, `passwordProtected`, `salt`, `kdfType`, `kdfIterations`, `kdfMemory` and
`kdfParallelism` (`null` for PBKDF2), `encKeyValidation_DO_NOT_EDIT`, `data`, in this order. The key derivation is that
of the account.

One file of each generation lies in [`crates/vault/tests/data`](../crates/vault/tests/data/README.md).
";

/// Runs them all; says what is wrong. Writes the exports of `vector.json` into `keep`, if that is given.
pub(crate) fn compare(project: &Path, seed: u64, update: bool, keep: Option<&Path>) -> Outcome<Vec<String>> {
    let folder = project.join("generations");
    let modules = npm::install(&folder, "generations")?;
    let lock: Value = serde_json::from_str(&fs::read_to_string(folder.join(npm::LOCK))?)?;
    // They live as long as the program.
    let mut packages: Vec<&'static str> = npm::versions(&lock)?.into_keys().map(|name| &*name.leak()).collect();
    packages.retain(|name| name.starts_with(PREFIX));
    packages.sort_by_key(|name| name.split(['-', '.']).map(|part| part.parse::<u64>().ok()).collect::<Vec<_>>());

    let (mut page, mut complaints) = (String::from(HEAD), Vec::new());
    page.push_str("| version | commit | by | salt | passkeys, history | dates | kinds of 2026 | result |\n");
    page.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for package in packages {
        let version = package.trim_start_matches(PREFIX);
        // A node for each: none keeps the memory of all.
        let node = Node::start(&project.join("drive.mjs"), &modules)?;
        if let Some(keep) = keep
            && let Some(files) = vectors(&node, Sdk::Published(package), seed, &project.join("vector.json"))?
        {
            for (name, text) in files {
                fs::write(keep.join(format!("{package}{name}")), text)?;
            }
        }
        let cells = run(&node, Sdk::Published(package), seed).unwrap_or_else(|error| {
            complaints.push(format!("{version}: {error}"));
            "**failed**".to_owned()
        });
        let day = DATES.iter().find(|(dated, _)| *dated == version).map_or("—", |(_, day)| day);
        let (commit, rest) = cells.split_once(" | ").unwrap_or(("—", &cells));
        println!("{version}: {cells}");
        writeln!(page, "| {version} | {commit} | {day} | {rest} |")?;
    }
    page.push_str(TAIL);
    if complaints.is_empty() {
        complaints.extend(crate::table::page_or_differences(
            &project.join("../../docs/generations.md"),
            &page,
            update,
        )?);
    }
    Ok(complaints)
}

/// The cells of one version: its commit, and what its exporter does in every case.
fn run(node: &Node, sdk: Sdk, seed: u64) -> Outcome<String> {
    if !exports(node, sdk)? {
        return Ok("— | — | — | — | — | not offered: it has no exporter".to_owned());
    }
    let version = node.client(sdk)?.call("version", json!([]))?;
    let commit = version.as_str().and_then(|text| text.split(['(', ')']).nth(1)).ok_or("no commit")?;
    let mut found: Option<Exporter> = None;
    for case in 0..Row::FEWEST {
        let exporter = generations::observe(&Bench::new(node, sdk, seed, case)?)
            .map_err(|error| format!("case {case}: {error}"))?;
        same("exporter of another case", exporter, *found.get_or_insert(exporter))?;
    }
    let exporter = found.ok_or("no case")?;
    let salt = match exporter.salt {
        SaltForm::Text => "text",
        SaltForm::Decoded => "**decoded**",
        other => return Err(format!("a salt form without a name: {other:?}").into()),
    };
    let (contents, dates) = match exporter.contents {
        Contents::Poorer => ("left out", "as needed"),
        Contents::Whole => ("exported", "3"),
    };
    let later = match exporter.later_kinds {
        LaterKinds::Refused => "refused",
        LaterKinds::LeftOut => "left out",
    };
    Ok(format!("{commit} | {salt} | {contents} | {dates} | {later} | {} cases agreed", Row::FEWEST))
}

fn exports(node: &Node, sdk: Sdk) -> Outcome<bool> {
    Ok(node.offered(sdk)?.contains("ExporterClient.export_vault"))
}

/// The files that one version makes of a vault, by the ends of their names, if it makes any.
fn vectors(node: &Node, sdk: Sdk, seed: u64, vault: &Path) -> Outcome<Option<[(&'static str, String); 4]>> {
    if !exports(node, sdk)? {
        return Ok(None);
    }
    let (vault, bench) = (Vault::parse(&fs::read_to_string(vault)?)?, Bench::new(node, sdk, seed, 0)?);
    let export = |kdf: Value| Ok::<_, Box<dyn Error>>(generations::export(&bench, &vault, &kdf, "pw")?.1);
    let pbkdf2 = export(json!({"pBKDF2": {"iterations": 5000}}))?;
    let argon2id = export(json!({"argon2id": {"iterations": 2, "memory": 16, "parallelism": 1}}))?;
    Ok(Some([
        (".json", pbkdf2.json),
        (".csv", pbkdf2.csv),
        ("-password.json", pbkdf2.protected),
        ("-password-argon2id.json", argon2id.protected),
    ]))
}

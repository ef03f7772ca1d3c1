//! Fetches the pinned packages into the build folder, so that none of their code lies in the project's own.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::node::{Answer, Outcome};

pub(crate) const LOCK: &str = "package-lock.json";

/// Installs what the lock file of `project` names into `name` of the build folder, each package checked against its
/// hash, and says where. Nothing is done when that was done before.
pub(crate) fn install(project: &Path, name: &str) -> Outcome<PathBuf> {
    // target/debug/strongroom-interop: what lies in target is neither committed nor looked at by other tests.
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).ok_or("the program lies in no build folder")?;
    let folder = target.join(name);
    let done = folder.join("installed.json");
    let lock = fs::read(project.join(LOCK))?;
    if fs::read(&done).is_ok_and(|before| before == lock) {
        return Ok(folder);
    }
    fs::create_dir_all(&folder)?;
    for file in ["package.json", LOCK] {
        fs::copy(project.join(file), folder.join(file))?;
    }
    // No package gets to run a script of its own.
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
    let status =
        Command::new("npm").args(arguments).current_dir(&folder).status().map_err(|error| format!("npm: {error}"))?;
    if !status.success() {
        return Err(format!("npm ci: {status}").into());
    }
    fs::write(&done, lock)?;
    Ok(folder)
}

/// The versions that a lock file names, by package.
pub(crate) fn versions(lock: &Value) -> Outcome<BTreeMap<String, String>> {
    let packages = lock.at("packages")?.as_object().ok_or("no packages")?;
    let direct = packages.iter().filter_map(|(path, package)| {
        let name = path.strip_prefix("node_modules/").filter(|name| !name.contains("/node_modules/"))?;
        Some(Ok((name.to_owned(), package.at("version").and_then(Answer::text).ok()?)))
    });
    direct.collect()
}

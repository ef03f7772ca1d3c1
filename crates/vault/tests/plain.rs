//! Plain exports: what is read is written back to the byte, and one bad element hides no other.

use strongroom_vault::Export;

const ALL_KINDS: &str = include_str!("data/all-kinds.json");
const ACCOUNT_CLI: &str = include_str!("data/account-cli-plain.json");
const SDK: &str = include_str!("../../../demo/export-plain.json");

#[test]
fn what_the_official_software_wrote_is_written_back_to_the_byte() {
    for text in [ACCOUNT_CLI, SDK, ALL_KINDS] {
        let export = Export::parse(text).unwrap();
        assert_eq!(export.unreadable().count(), 0);
        assert_eq!(*export.expose_json(), text);
    }
}

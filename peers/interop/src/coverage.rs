//! Whether the rows know everything that the SDK offers: a function that no row names must stand here, with a reason.

use std::collections::BTreeSet;

use crate::matrix::Row;

const SERVER: &str = "talks to a server, or keeps what one sent";
const NO_FORMAT: &str = "neither reads nor writes a format";
const CLIENT: &str = "leads to the parts of a client";
const OTHERS: &str = "a format of others, which Strongroom does not speak";
const ALIKE: &str = "the same as another function that has a row, for a list";
const ERRORS: &str = "tells errors apart";

/// A function `Class.function`, or a beginning of names, `begin*`.
pub(crate) const LEFT_OUT: &[(&str, &str)] = &[
    ("AttachmentAdminClient.*", SERVER),
    ("AttachmentsClient.admin", CLIENT),
    ("AttachmentsClient.create_attachment", SERVER),
    ("AttachmentsClient.delete_attachment", SERVER),
    ("AttachmentsClient.get_attachment_download_url", SERVER),
    ("AttachmentsClient.renew_file_upload_url", SERVER),
    ("AttachmentsClient.upgrade_attachment", SERVER),
    ("AuthClient.*", CLIENT),
    ("CipherAdminClient.*", SERVER),
    ("CipherRiskClient.*", NO_FORMAT),
    ("CiphersClient.admin", CLIENT),
    ("CiphersClient.bulk_update_collections", SERVER),
    ("CiphersClient.create", SERVER),
    ("CiphersClient.delete", SERVER),
    ("CiphersClient.delete_many", SERVER),
    ("CiphersClient.edit", SERVER),
    ("CiphersClient.edit_gated", SERVER),
    ("CiphersClient.edit_partial", SERVER),
    ("CiphersClient.get", SERVER),
    ("CiphersClient.get_all", SERVER),
    ("CiphersClient.list", SERVER),
    ("CiphersClient.move_many", SERVER),
    ("CiphersClient.restore", SERVER),
    ("CiphersClient.restore_many", SERVER),
    ("CiphersClient.share_cipher", SERVER),
    ("CiphersClient.share_ciphers_bulk", SERVER),
    ("CiphersClient.soft_delete", SERVER),
    ("CiphersClient.soft_delete_many", SERVER),
    ("CiphersClient.update_collection", SERVER),
    ("CollectionViewNodeItem.*", NO_FORMAT),
    ("CollectionViewTree.*", NO_FORMAT),
    ("CollectionsClient.decrypt_list", ALIKE),
    ("CollectionsClient.decrypt_list_with_failures", ALIKE),
    ("CollectionsClient.encrypt_list", ALIKE),
    ("CollectionsClient.get_collection_tree", NO_FORMAT),
    ("CryptoCipherSuiteClient.*", NO_FORMAT),
    ("CryptoSyncHandlerClient.on_sync", SERVER),
    ("ExporterClient.export_cxf", OTHERS),
    ("ExporterClient.export_organization_vault", "ends in a trap, whatever it is given"),
    ("ExporterClient.import_cxf", OTHERS),
    ("FlightRecorderClient.*", NO_FORMAT),
    ("FoldersClient.create", SERVER),
    ("FoldersClient.edit", SERVER),
    ("FoldersClient.get", SERVER),
    ("FoldersClient.list", SERVER),
    ("GeneratorClient.*", NO_FORMAT),
    ("ImporterClient.import_kdbx", OTHERS),
    ("IncomingMessage.*", NO_FORMAT),
    ("IntoUnderlying*", NO_FORMAT),
    ("InviteLink*", SERVER),
    ("Ipc*", NO_FORMAT),
    ("LoginClient.*", SERVER),
    ("ManagedSettingsClient.*", NO_FORMAT),
    ("OrganizationUsersManagementClient.*", SERVER),
    ("OutgoingMessage.*", NO_FORMAT),
    ("PasswordManagerClient.*", CLIENT),
    ("PinSettingsClient.*", "keeps in its host what enroll_pin writes"),
    ("PlatformClient.*", CLIENT),
    ("PolicyClient.*", NO_FORMAT),
    ("PureCrypto.new_guid", NO_FORMAT),
    ("PureCrypto.random_number", NO_FORMAT),
    ("RegistrationClient.post_*", SERVER),
    ("SdkRandomNumberClient.*", NO_FORMAT),
    ("SendAccessClient.*", SERVER),
    ("SendClient.access_send", SERVER),
    ("SendClient.create", SERVER),
    ("SendClient.create_file_send", SERVER),
    ("SendClient.delete", SERVER),
    ("SendClient.edit", SERVER),
    ("SendClient.fetch", SERVER),
    ("SendClient.get", SERVER),
    ("SendClient.get_file_download_data", SERVER),
    ("SendClient.list", SERVER),
    ("SendClient.remove_password", SERVER),
    ("SendClient.renew_file_upload_url", SERVER),
    ("SendClient.retry_pending_deletions", SERVER),
    ("SendClient.upload_send_file", SERVER),
    ("SendSyncHandlerClient.on_sync", SERVER),
    ("ServerCommunicationConfigClient.*", SERVER),
    ("SharedUnlockPeer.*", NO_FORMAT),
    ("StateBridgeClient.*", CLIENT),
    ("StateClient.*", CLIENT),
    ("TotpClient.generate_totp", NO_FORMAT),
    ("UserCryptoManagementClient.*", SERVER),
    ("VaultClient.*", CLIENT),
    ("init_sdk", NO_FORMAT),
    ("ipcRe*", NO_FORMAT),
    ("is*", ERRORS),
];

/// Whether `pattern` names `function`.
fn names(pattern: &str, function: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == function, |begin| function.starts_with(begin))
}

/// What is offered and not accounted for, and what is accounted for and not offered.
pub(crate) fn complaints(rows: &[Row], offered: &BTreeSet<String>) -> Vec<String> {
    let named: BTreeSet<&str> = rows.iter().flat_map(|row| row.through).copied().collect();
    let unknown = offered
        .iter()
        .filter(|function| !named.contains(function.as_str()))
        .filter(|function| !LEFT_OUT.iter().any(|(pattern, _)| names(pattern, function)))
        .map(|function| format!("the SDK offers {function}: no row names it"));
    let gone = LEFT_OUT
        .iter()
        .filter(|(pattern, _)| !offered.iter().any(|function| names(pattern, function)))
        .map(|(pattern, _)| format!("the SDK offers no {pattern}"));
    unknown.chain(gone).collect()
}

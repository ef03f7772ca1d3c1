//! Where items lie.

use crate::record::record;

record! {
    /// A folder of a personal vault. A `/` in the name nests it.
    pub struct Folder {
        /// Its id, a UUID.
        id: text = "id";
        /// Its name.
        name: text = "name";
    }
}

record! {
    /// A collection of an organization's vault. A `/` in the name nests it.
    pub struct Collection {
        /// Its id, a UUID.
        id: text = "id";
        /// The organization.
        organization_id: text = "organizationId";
        /// Its name.
        name: text = "name";
        /// Its id in a directory service.
        external_id: text = "externalId";
    }
}

//! Custom fields.

use strongroom::ExposeSecret;

use crate::{
    code::code,
    entry::{Entry, Section},
    member::Member,
    record::record,
};

record! {
    /// A custom field of an item.
    pub struct Field {
        /// Its name.
        name: text = "name";
        /// Its value: text, or `true` and `false` as text for a boolean. A linked field has none.
        value: secret = "value";
        /// What it holds.
        r#type: code(FieldType) = "type";
        /// The member of the item's kind whose value a linked field stands for.
        linked_id: code(LinkedId) = "linkedId";
    }
}

impl Field {
    /// Whether its value must be masked: all but text and booleans, so also a type that this version does not know.
    /// A field without a type is text, as the official clients have it; one whose type cannot be read is masked.
    pub fn is_secret(&self) -> bool {
        match self.r#type() {
            None => matches!(self.r#type, Member::Odd(_)),
            Some(known) => !matches!(known, FieldType::Text | FieldType::Boolean),
        }
    }

    /// What it shows, given what the item's kind does.
    #[expect(clippy::disallowed_methods, reason = "a name or value that is absent is shown as an empty one")]
    pub(crate) fn entry<'a>(&'a self, index: usize, body: &[Entry<'a>], full_name: Option<String>) -> Entry<'a> {
        let (section, name) = (Section::Field(index), self.name().unwrap_or_default());
        if self.r#type() == Some(FieldType::Linked)
            && let Some(target) = self.linked_id().and_then(LinkedId::word)
        {
            let shown = match body.iter().find(|entry| entry.name() == target) {
                Some(entry) => entry.clone(),
                None => {
                    let full_name = full_name.filter(|_| target == "fullName");
                    Entry::new(section, name, name, full_name.unwrap_or_default(), false)
                }
            };
            return shown.linked_from(section, name, target);
        }
        let value = self.value().map(ExposeSecret::expose_secret).unwrap_or_default();
        Entry::new(section, name, name, value, self.is_secret()).odd(&self.name).odd(&self.value).odd(&self.r#type)
    }
}

code! {
    /// What a custom field holds.
    pub enum FieldType {
        /// Text that is shown.
        Text = 0, "text";
        /// Text that is masked.
        Hidden = 1, "hidden";
        /// `true` or `false`.
        Boolean = 2, "boolean";
        /// The value of another member of the item.
        Linked = 3, "linked";
    }
}

code! {
    /// The member that a linked field stands for.
    pub enum LinkedId {
        /// User name of a login.
        LoginUsername = 100, "username";
        /// Password of a login.
        LoginPassword = 101, "password";
        /// Name on a card.
        CardCardholderName = 300, "cardholderName";
        /// Month of a card's expiry.
        CardExpMonth = 301, "expMonth";
        /// Year of a card's expiry.
        CardExpYear = 302, "expYear";
        /// Security code of a card.
        CardCode = 303, "code";
        /// Brand of a card.
        CardBrand = 304, "brand";
        /// Number of a card.
        CardNumber = 305, "number";
        /// Title of an identity.
        IdentityTitle = 400, "title";
        /// Middle name of an identity.
        IdentityMiddleName = 401, "middleName";
        /// First line of an identity's address.
        IdentityAddress1 = 402, "address1";
        /// Second line of an identity's address.
        IdentityAddress2 = 403, "address2";
        /// Third line of an identity's address.
        IdentityAddress3 = 404, "address3";
        /// City of an identity.
        IdentityCity = 405, "city";
        /// State of an identity.
        IdentityState = 406, "state";
        /// Postal code of an identity.
        IdentityPostalCode = 407, "postalCode";
        /// Country of an identity.
        IdentityCountry = 408, "country";
        /// Company of an identity.
        IdentityCompany = 409, "company";
        /// E-mail address of an identity.
        IdentityEmail = 410, "email";
        /// Telephone number of an identity.
        IdentityPhone = 411, "phone";
        /// Social security number of an identity.
        IdentitySsn = 412, "ssn";
        /// User name of an identity.
        IdentityUsername = 413, "username";
        /// Passport number of an identity.
        IdentityPassportNumber = 414, "passportNumber";
        /// Licence number of an identity.
        IdentityLicenseNumber = 415, "licenseNumber";
        /// First name of an identity.
        IdentityFirstName = 416, "firstName";
        /// Last name of an identity.
        IdentityLastName = 417, "lastName";
        /// Title, first, middle and last name of an identity together.
        IdentityFullName = 418, "fullName";
    }
}

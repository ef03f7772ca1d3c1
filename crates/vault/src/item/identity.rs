//! Identities: what is filled into forms.

use crate::record::record;

record! {
    /// A person's data for forms (item type 4).
    pub struct Identity {
        /// Title, such as `Ms`.
        title: text = "title", "Title";
        /// First name.
        first_name: text = "firstName", "First name";
        /// Middle name.
        middle_name: text = "middleName", "Middle name";
        /// Last name.
        last_name: text = "lastName", "Last name";
        /// First line of the address.
        address1: text = "address1", "Address 1";
        /// Second line of the address.
        address2: text = "address2", "Address 2";
        /// Third line of the address.
        address3: text = "address3", "Address 3";
        /// City.
        city: text = "city", "City";
        /// State or province.
        state: text = "state", "State";
        /// Postal code.
        postal_code: text = "postalCode", "Postal code";
        /// Country.
        country: text = "country", "Country";
        /// Company.
        company: text = "company", "Company";
        /// E-mail address.
        email: text = "email", "E-mail";
        /// Telephone number.
        phone: text = "phone", "Phone";
        /// Social security number.
        ssn: secret = "ssn", "Social security number";
        /// User name.
        username: text = "username", "User name";
        /// Passport number.
        passport_number: secret = "passportNumber", "Passport number";
        /// Number of the driver's licence.
        license_number: secret = "licenseNumber", "License number";
    }
}

impl Identity {
    /// Title, first, middle and last name, as far as they are there.
    pub fn full_name(&self) -> Option<String> {
        let parts = [self.title(), self.first_name(), self.middle_name(), self.last_name()];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        Some(name).filter(|name| !name.is_empty())
    }
}

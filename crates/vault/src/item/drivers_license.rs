//! Driver's licences.

use crate::record::record;

record! {
    /// A driver's licence (item type 7).
    pub struct DriversLicense {
        /// First name.
        first_name: text = "firstName", "First name";
        /// Middle name.
        middle_name: text = "middleName", "Middle name";
        /// Last name.
        last_name: text = "lastName", "Last name";
        /// Date of birth.
        date_of_birth: text = "dateOfBirth", "Date of birth";
        /// Number of the licence.
        license_number: secret = "licenseNumber", "License number";
        /// Country that issued it.
        issuing_country: text = "issuingCountry", "Issuing country";
        /// State or province that issued it.
        issuing_state: text = "issuingState", "Issuing state";
        /// Date of issue.
        issue_date: text = "issueDate", "Issued";
        /// Date of expiry.
        expiration_date: text = "expirationDate", "Expires";
        /// Authority that issued it.
        issuing_authority: text = "issuingAuthority", "Issuing authority";
        /// Class of vehicles.
        license_class: text = "licenseClass", "License class";
    }
}

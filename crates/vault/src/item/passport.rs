//! Passports.

use crate::record::record;

record! {
    /// A passport (item type 8).
    pub struct Passport {
        /// Surname.
        surname: text = "surname", "Surname";
        /// Given name.
        given_name: text = "givenName", "Given name";
        /// Date of birth.
        date_of_birth: text = "dateOfBirth", "Date of birth";
        /// Sex.
        sex: text = "sex", "Sex";
        /// Place of birth.
        birth_place: text = "birthPlace", "Place of birth";
        /// Nationality.
        nationality: text = "nationality", "Nationality";
        /// Country that issued it.
        issuing_country: text = "issuingCountry", "Issuing country";
        /// Number of the passport.
        passport_number: secret = "passportNumber", "Passport number";
        /// Type of the passport.
        passport_type: text = "passportType", "Passport type";
        /// National identification number.
        national_identification_number: secret = "nationalIdentificationNumber", "National identification number";
        /// Authority that issued it.
        issuing_authority: text = "issuingAuthority", "Issuing authority";
        /// Date of issue.
        issue_date: text = "issueDate", "Issued";
        /// Date of expiry.
        expiration_date: text = "expirationDate", "Expires";
    }
}

//! Bank accounts.

use crate::record::record;

record! {
    /// A bank account (item type 6).
    pub struct BankAccount {
        /// Name of the bank.
        bank_name: text = "bankName", "Bank";
        /// Name of the holder.
        name_on_account: text = "nameOnAccount", "Name on account";
        /// Such as `checking` or `savings`.
        account_type: text = "accountType", "Account type";
        /// Account number.
        account_number: secret = "accountNumber", "Account number";
        /// Routing number.
        routing_number: text = "routingNumber", "Routing number";
        /// Branch number.
        branch_number: text = "branchNumber", "Branch number";
        /// Personal identification number.
        pin: secret = "pin", "PIN";
        /// SWIFT code (BIC).
        swift_code: text = "swiftCode", "SWIFT code";
        /// International bank account number.
        iban: secret = "iban", "IBAN";
        /// Telephone number of the bank.
        bank_contact_phone: text = "bankContactPhone", "Bank phone";
    }
}

//! Payment cards.

use crate::record::record;

record! {
    /// A payment card (item type 3).
    pub struct Card {
        /// Name on the card.
        cardholder_name: text = "cardholderName", "Cardholder";
        /// Brand, such as `Visa`.
        brand: text = "brand", "Brand";
        /// Number.
        number: secret = "number", "Number";
        /// Month of expiry, `1` to `12`.
        exp_month: text = "expMonth", "Expiry month";
        /// Year of expiry.
        exp_year: text = "expYear", "Expiry year";
        /// Security code.
        code: secret = "code", "Security code";
    }
}

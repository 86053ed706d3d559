//! How often somebody may do something.

use spin_sdk::pg4::ParameterValue;

use crate::Result;
use crate::database::{document, text};
use crate::system::RATE_LIMIT_TAKE;

/// Takes one from a rate of which there are `most` at once, another every `seconds`. `Some`: none is
/// left, and so many seconds pass until there is one.
pub fn take(key: &str, seconds: f64, most: f64) -> Result<Option<u32>> {
    let number = ParameterValue::Floating64;
    document(RATE_LIMIT_TAKE, &[text(key), number(seconds), number(most)])
}

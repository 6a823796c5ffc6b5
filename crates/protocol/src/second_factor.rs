//! Two-step sign-in: after the password, the code of an authenticator app (RFC 6238), or one of the recovery codes for the day
//! on which the phone is lost.

use serde::Serialize;

use crate::Millis;
use crate::from_json;

/// The number of recovery codes that an agent gets at once.
pub const RECOVERY_CODES: usize = 10;

/// The second factor of an agent's sign-in, as they see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondFactor {
    /// Since when it is asked for.
    pub since: Millis,
    /// The number of recovery codes that have not been used.
    pub recovery_codes: u64,
}

/// The agent's password, as a confirmation. The body of `POST` and `DELETE …/account/second-factor`, and of
/// `POST …/account/second-factor/recovery-codes`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Confirmation {
    /// The password.
    pub password: String,
}

/// A secret that an authenticator app has to learn before it is asked for. The answer to `POST …/account/second-factor`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSecondFactor {
    /// The secret in base 32, to be typed into the app.
    pub secret: String,
    /// The same as an `otpauth:` address, for an app on this device.
    pub address: String,
    /// The address as a QR code, for an app on another device.
    pub picture: Squares,
}

/// A QR code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Squares {
    /// Its width and height in squares, without the quiet zone around it.
    pub side: u32,
    /// The dark squares, as the `d` of an SVG path in which each is one unit wide.
    pub path: String,
}

/// A code of the app, which shows that it has learnt the secret. The body of `PUT …/account/second-factor`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppCode {
    /// The six digits.
    pub code: String,
}

/// Codes of which each signs in once in the place of the app's. They are shown once: the server keeps only their hashes.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// The codes.
    pub codes: Vec<String>,
}

/// A code as it is compared: without what people write between its parts, in lower case, and with the digits of Crockford's
/// base 32 for the letters that look like them.
pub fn code(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
    let digit = |c| match c {
        'o' => '0',
        'i' | 'l' => '1',
        c => c,
    };
    kept.flat_map(char::to_lowercase).map(digit).collect()
}

from_json!(struct SecondFactor { since, recovery_codes });
from_json!(strict struct Confirmation { password });
from_json!(struct NewSecondFactor { secret, address, picture });
from_json!(struct Squares { side, path });
from_json!(strict struct AppCode { code });
from_json!(struct RecoveryCodes { codes });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_written() {
        for written in ["abcde-fgh10", " ABCDE FGHIO ", "abcdefghlo"] {
            assert_eq!(code(written), "abcdefgh10");
        }
        assert_eq!(code("123 456"), "123456");
    }
}

//! Ids. Each type wraps a string that was validated when it was parsed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::json::{FromJson, Json, Malformed};

/// The text is not an id of the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdError;

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a well-formed id")
    }
}

impl std::error::Error for IdError {}

fn is_lower_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text, as on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err(IdError) }
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::try_from(text.to_owned())
            }
        }

        impl FromJson for $name {
            fn from_json(json: Json) -> Result<Self, Malformed> {
                Self::try_from(String::from_json(json)?).map_err(|_| Malformed("an id"))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident) => {
        id!($(#[$doc])* $name, |text| is_lower_hex(text, 32));

        impl $name {
            /// The id that these 128 random bits name. Randomness comes in as a value: the server
            /// asks the system, a browser asks `crypto.getRandomValues`.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(hex(&bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

hex_id!(
    /// Names a conversation: 128 random bits, minted by the server.
    ConversationId
);
hex_id!(
    /// The sender's id for one act: 128 random bits, minted by the client. It makes retries idempotent
    /// and ties the echo to the row that is already on the screen.
    ClientId
);
hex_id!(
    /// Names a member of a site's team: an agent or a bot.
    MemberId
);
hex_id!(
    /// Names a visitor to the agents. It grants no access; the [`VisitorKey`] does.
    VisitorId
);
hex_id!(
    /// Names an agent's picture by its bytes: the beginning of their SHA-256. Other bytes have another id, so what is at the
    /// address of one never changes.
    PictureId
);
hex_id!(
    /// Names one lifetime of the store. A restore begins a new epoch, and clients start from a snapshot.
    Epoch
);

id!(
    /// The public id of a site, as in the script tag. Letters, digits, `_` and `-`.
    SiteKey,
    |text| (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
);

impl fmt::Display for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

id!(
    /// Authenticates a visitor: 256 random bits, minted by the visitor's browser with the first message.
    /// A secret: the server stores a hash, and `Debug` prints `VisitorKey(…)`.
    VisitorKey,
    |text| is_lower_hex(text, 64)
);

impl VisitorKey {
    /// The key for 256 random bits.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(hex(&bytes))
    }
}

impl fmt::Debug for VisitorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisitorKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_ids_get_in() {
        assert!("0123456789abcdef0123456789abcdef".parse::<ConversationId>().is_ok());
        for bad in
            ["", "0123", "0123456789ABCDEF0123456789ABCDEF", "g123456789abcdef0123456789abcdef"]
        {
            assert_eq!(bad.parse::<ConversationId>(), Err(IdError), "{bad}");
        }
        assert!("pl_Shop-1".parse::<SiteKey>().is_ok());
        for bad in ["", "a b", "a/b", "é", &"x".repeat(65)] {
            assert_eq!(bad.parse::<SiteKey>(), Err(IdError), "{bad}");
        }
    }

    #[test]
    fn bytes_become_hex() {
        let id = ClientId::from_bytes([0xab; 16]);
        assert_eq!(id.as_str(), "abababababababababababababababab");
        assert_eq!(id.as_str().parse(), Ok(id));
    }

    #[test]
    fn a_visitor_key_does_not_print_itself() {
        let key = VisitorKey::from_bytes([7; 32]);
        assert_eq!(format!("{key:?}"), "VisitorKey(…)");
    }
}

//! Saving a setting in the place of what was seen, so that nobody overwrites unseen what somebody else has saved.

use serde::{Deserialize, Deserializer, Serialize};

use crate::error::ErrorCode;
use crate::json::{FromJson, Json, Malformed};

/// A value to save: its fields, and beside them what it takes the place of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Replace<T> {
    /// The new value.
    #[serde(flatten)]
    pub value: T,
    /// The value that the change began with, as the server sent it. If there is another one by now, nothing is saved.
    /// Absent: whatever is there is replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<T>,
}

impl<T: PartialEq> Replace<T> {
    /// The value to save in the place of this one; an error if the change began with another. What is saved already is
    /// no conflict, whoever has saved it.
    pub fn in_place_of(self, current: &T) -> Result<T, ErrorCode> {
        let Replace { value, seen } = self;
        if value != *current && seen.is_some_and(|seen| seen != *current) {
            return Err(ErrorCode::SettingsChanged);
        }
        Ok(value)
    }
}

impl<T: FromJson> FromJson for Replace<T> {
    fn from_json(json: Json) -> Result<Self, Malformed> {
        let mut fields = json.fields()?;
        let seen = fields.optional("seen")?;
        Ok(Replace { value: T::from_json(Json::Map(fields))?, seen })
    }
}

impl<'de, T: FromJson> Deserialize<'de> for Replace<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(from)?;
        Replace::from_json(json).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Switch;

    const ON: Switch = Switch { on: true };
    const OFF: Switch = Switch { on: false };

    fn read(json: &str) -> serde_json::Result<Replace<Switch>> {
        serde_json::from_str(json)
    }

    #[test]
    fn a_change_is_its_value_and_what_it_replaces() {
        let replace = Replace { value: ON, seen: Some(OFF) };
        let json = serde_json::to_string(&replace).unwrap();
        assert_eq!(json, r#"{"on":true,"seen":{"on":false}}"#);
        assert_eq!(read(&json).unwrap(), replace);
        let plain = Replace { value: ON, seen: None };
        assert_eq!(serde_json::to_string(&plain).unwrap(), r#"{"on":true}"#);
        assert_eq!(read(r#"{"on":true}"#).unwrap(), plain);
        assert_eq!(read(r#"{"on":true,"seen":null}"#).unwrap(), plain);
        for wrong in ["true", "{}", r#"{"on":true,"seen":1}"#, r#"{"seen":{"on":true}}"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_somebody_else_has_saved_is_not_overwritten_unseen() {
        let replace = |value, seen| Replace { value, seen };
        assert_eq!(replace(ON, Some(OFF)).in_place_of(&OFF), Ok(ON));
        assert_eq!(replace(OFF, Some(OFF)).in_place_of(&ON), Err(ErrorCode::SettingsChanged));
        assert_eq!(replace(OFF, None).in_place_of(&ON), Ok(OFF));
        assert_eq!(replace(ON, Some(OFF)).in_place_of(&ON), Ok(ON), "both save the same");
    }
}

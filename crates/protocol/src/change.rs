//! A change of a setting that names what it replaces, so that nobody overwrites unseen what somebody else has saved.

use serde::{Deserialize, Deserializer, Serialize};

use crate::error::ErrorCode;
use crate::json::{FromJson, Json, Malformed};

/// A value to save: its fields, and beside them what it replaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change<T> {
    /// The new value.
    #[serde(flatten)]
    pub value: T,
    /// The value that the change began with, as the server sent it. If there is another one by now, nothing is saved.
    /// Absent: whatever is there is replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<T>,
}

impl<T: PartialEq> Change<T> {
    /// The value to save in the place of this one; an error if the change began with another. What is saved already is
    /// no conflict, whoever has saved it.
    pub fn in_place_of(self, current: &T) -> Result<T, ErrorCode> {
        let Change { value, seen } = self;
        if value != *current && seen.is_some_and(|seen| seen != *current) {
            return Err(ErrorCode::SettingsChanged);
        }
        Ok(value)
    }
}

impl<T: FromJson> FromJson for Change<T> {
    fn from_json(json: Json) -> Result<Self, Malformed> {
        let mut fields = json.fields()?;
        let seen = fields.optional("seen")?;
        Ok(Change { value: T::from_json(Json::Map(fields))?, seen })
    }
}

impl<'de, T: FromJson> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(from)?;
        Change::from_json(json).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Switch;

    const ON: Switch = Switch { on: true };
    const OFF: Switch = Switch { on: false };

    fn read(json: &str) -> serde_json::Result<Change<Switch>> {
        serde_json::from_str(json)
    }

    #[test]
    fn a_change_is_its_value_and_what_it_replaces() {
        let change = Change { value: ON, seen: Some(OFF) };
        let json = serde_json::to_string(&change).unwrap();
        assert_eq!(json, r#"{"on":true,"seen":{"on":false}}"#);
        assert_eq!(read(&json).unwrap(), change);
        let plain = Change { value: ON, seen: None };
        assert_eq!(serde_json::to_string(&plain).unwrap(), r#"{"on":true}"#);
        assert_eq!(read(r#"{"on":true}"#).unwrap(), plain);
        assert_eq!(read(r#"{"on":true,"seen":null}"#).unwrap(), plain);
        for wrong in ["true", "{}", r#"{"on":true,"seen":1}"#, r#"{"seen":{"on":true}}"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_somebody_else_has_saved_is_not_overwritten_unseen() {
        let change = |value, seen| Change { value, seen };
        assert_eq!(change(ON, Some(OFF)).in_place_of(&OFF), Ok(ON));
        assert_eq!(change(OFF, Some(OFF)).in_place_of(&ON), Err(ErrorCode::SettingsChanged));
        assert_eq!(change(OFF, None).in_place_of(&ON), Ok(OFF));
        assert_eq!(change(ON, Some(OFF)).in_place_of(&ON), Ok(ON), "both save the same");
    }
}

//! Parsing of wire types.
//!
//! A parser, which is `serde_json` or a browser's own, makes a small tree of a text, [`Json`], and [`FromJson`] builds
//! each wire type from the tree. So no parser is compiled once per type: in the widget this takes less than half the
//! space of derived `Deserialize`. Serialization is derived, and the golden files check that both agree.
//!
//! Types that the server sends are parsed leniently, because the server may be newer than the client: an
//! unknown field is ignored, an optional field of an unknown form is treated as absent, an invalid item of a
//! list is skipped, and an unknown variant becomes the enum's `Other`. Types that clients send are parsed
//! strictly, so that the author of a client learns of a misspelt field.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A parsed JSON text.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A number that no field accepts: not whole, or too large.
    Other,
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object, with its fields in the order of the text.
    Map(Fields),
}

/// The fields of an object that have not been taken yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(Vec<(String, Json)>);

/// The tree does not have the form of the type; names the part that is missing, unknown or wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)?;
        f.write_str(" is missing or not of the documented form")
    }
}

impl std::error::Error for Malformed {}

/// A type that can be built from a [`Json`] tree.
pub trait FromJson: Sized {
    /// Builds the value, or says what is wrong with the tree.
    fn from_json(json: Json) -> Result<Self, Malformed>;
}

impl Json {
    /// The fields, if this is an object.
    pub fn fields(self) -> Result<Fields, Malformed> {
        match self {
            Json::Map(fields) => Ok(fields),
            _ => Err(Malformed("an object")),
        }
    }

    /// The name of an enum's variant, and its content. A variant without content is a bare
    /// string, any other is an object with one field.
    pub fn variant(self) -> Result<(String, Json), Malformed> {
        match self {
            Json::Text(name) => Ok((name, Json::Null)),
            Json::Map(Fields(mut fields)) if fields.len() == 1 => {
                fields.pop().ok_or(Malformed("a variant"))
            }
            _ => Err(Malformed("a variant")),
        }
    }
}

impl Json {
    /// The valid items of a list; `None` if this is not a list.
    pub fn each<T: FromJson>(self) -> Option<Vec<T>> {
        let Json::List(list) = self else { return None };
        Some(list.into_iter().filter_map(|item| T::from_json(item).ok()).collect())
    }
}

impl FromIterator<(String, Json)> for Fields {
    fn from_iter<I: IntoIterator<Item = (String, Json)>>(fields: I) -> Self {
        Fields(fields.into_iter().collect())
    }
}

impl Fields {
    /// Removes and returns a field, if present.
    pub fn take(&mut self, name: &str) -> Option<Json> {
        let index = self.0.iter().position(|(field, _)| field == name)?;
        Some(self.0.swap_remove(index).1)
    }

    /// Removes and parses a field that must be present.
    pub fn required<T: FromJson>(&mut self, name: &'static str) -> Result<T, Malformed> {
        let json = self.take(name).ok_or(Malformed(name))?;
        T::from_json(json).map_err(|_| Malformed(name))
    }

    /// Removes and parses a field that may be absent.
    pub fn optional<T: FromJson + Default>(&mut self, name: &'static str) -> Result<T, Malformed> {
        let value = self.take(name).map(T::from_json).transpose();
        value.map(Option::unwrap_or_default).map_err(|_| Malformed(name))
    }

    /// Removes and parses a field that may be absent, and an invalid one counts as such. Nothing here can fail, which
    /// spares the widget all that would then have to be dropped at each of these fields.
    pub fn lenient<T: FromJson + Default>(&mut self, name: &str) -> T {
        self.take(name).and_then(|json| T::from_json(json).ok()).unwrap_or_default()
    }

    /// Removes a list that must be present, and returns its valid items.
    pub fn each<T: FromJson>(&mut self, name: &'static str) -> Result<Vec<T>, Malformed> {
        self.each_of_some(name).ok_or(Malformed(name))
    }

    /// Like [`Fields::each`], for a list that may be absent.
    pub fn each_of_some<T: FromJson>(&mut self, name: &'static str) -> Option<Vec<T>> {
        self.take(name)?.each()
    }

    /// Ends the parsing of an object. With `strict`, a field that was not taken is an error.
    pub fn end(self, strict: bool) -> Result<(), Malformed> {
        if strict && !self.0.is_empty() { Err(Malformed("an unknown field")) } else { Ok(()) }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or(Json::Other, Json::Number))
    }

    // No error here: serde's own would link the formatting of floats into the widget.
    fn visit_f64<E: Error>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Json::Map(Fields(fields)))
    }
}

impl FromJson for bool {
    fn from_json(json: Json) -> Result<Self, Malformed> {
        match json {
            Json::Bool(value) => Ok(value),
            _ => Err(Malformed("a truth value")),
        }
    }
}

impl FromJson for i64 {
    fn from_json(json: Json) -> Result<Self, Malformed> {
        match json {
            Json::Number(value) => Ok(value),
            _ => Err(Malformed("a number")),
        }
    }
}

impl FromJson for u64 {
    fn from_json(json: Json) -> Result<Self, Malformed> {
        u64::try_from(i64::from_json(json)?).map_err(|_| Malformed("a number"))
    }
}

impl FromJson for u32 {
    fn from_json(json: Json) -> Result<Self, Malformed> {
        u32::try_from(i64::from_json(json)?).map_err(|_| Malformed("a number"))
    }
}

impl FromJson for String {
    fn from_json(json: Json) -> Result<Self, Malformed> {
        match json {
            Json::Text(text) => Ok(text),
            _ => Err(Malformed("a string")),
        }
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(json: Json) -> Result<Self, Malformed> {
        match json {
            Json::Null => Ok(None),
            json => T::from_json(json).map(Some),
        }
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: Json) -> Result<Self, Malformed> {
        match json {
            Json::List(list) => list.into_iter().map(T::from_json).collect(),
            _ => Err(Malformed("a list")),
        }
    }
}

/// Implements [`FromJson`], and `Deserialize` by way of [`Json`], for a wire type.
///
/// The macro lists the fields of a struct, and the compiler checks that none is missing: `name` must be
/// present, `name: optional` may be absent, `name: each` is a list whose invalid items are skipped
/// (`name: each_of_some` may be absent, too, and `name: each_or_none` is empty then). A field of a variant may have a `cfg`, as
/// where it is declared. `strict` refuses unknown fields. An enum lists its
/// variants with their names on the wire: `"open" => Open`, `"agent" => Agent(_)`,
/// `"beacon" => Beacon(each)`, `"message" => Message { text }`; with `_ => Other`, anything else parses as
/// `Other`.
#[macro_export]
macro_rules! from_json {
    (strict $kind:ident $name:ident { $($body:tt)* }) => {
        $crate::from_json!(@ true, $kind $name { $($body)* });
    };
    (struct $name:ident { $($body:tt)* }) => {
        $crate::from_json!(@ false, struct $name { $($body)* });
    };
    (enum $name:ident { $($body:tt)* }) => {
        $crate::from_json!(@ false, enum $name { $($body)* });
    };

    (@ $strict:tt, struct $name:ident {
        $($(#[$cfg:meta])? $field:ident $(: $optional:ident)?),* $(,)?
    }) => {
        impl $crate::json::FromJson for $name {
            fn from_json(json: $crate::json::Json) -> Result<Self, $crate::json::Malformed> {
                let mut fields = json.fields()?;
                let value = Self {
                    $($(#[$cfg])? $field: $crate::from_json!(@field $strict, fields, $field $(: $optional)?),)*
                };
                fields.end($strict)?;
                Ok(value)
            }
        }
        $crate::from_json!(@serde $name);
    };

    (@ $strict:tt, enum $name:ident {
        $($(#[$only:meta])? $tag:literal => $variant:ident $(($value:tt))? $({
            $($(#[$cfg:meta])? $field:ident $(: $optional:ident)?),*
        })?),*
        $(, _ => $other:ident)?
        $(,)?
    }) => {
        impl $crate::json::FromJson for $name {
            fn from_json(json: $crate::json::Json) -> Result<Self, $crate::json::Malformed> {
                let read = || {
                    let (tag, value) = json.variant()?;
                    match tag.as_str() {
                        $($(#[$only])? $tag => $crate::from_json!(
                            @variant $strict, value,
                            $variant $(($value))? $({ $($(#[$cfg])? $field $(: $optional)?),* })?
                        ),)*
                        _ => Err($crate::json::Malformed("a variant")),
                    }
                };
                $crate::from_json!(@or read, $($other)?)
            }
        }
        $crate::from_json!(@serde $name);
    };

    (@or $read:ident,) => { $read() };
    (@or $read:ident, $other:ident) => { Ok($read().unwrap_or(Self::$other)) };

    (@variant $strict:tt, $json:ident, $variant:ident) => {
        if $strict && $json != $crate::json::Json::Null {
            Err($crate::json::Malformed("a variant"))
        } else {
            Ok(Self::$variant)
        }
    };
    (@variant $strict:tt, $json:ident, $variant:ident (each)) => {
        $json.each().map(Self::$variant).ok_or($crate::json::Malformed("a list"))
    };
    (@variant $strict:tt, $json:ident, $variant:ident (_)) => {
        $crate::json::FromJson::from_json($json).map(Self::$variant)
    };
    (@variant $strict:tt, $json:ident, $variant:ident {
        $($(#[$cfg:meta])? $field:ident $(: $optional:ident)?),*
    }) => {{
        let mut fields = $json.fields()?;
        let value = Self::$variant {
            $($(#[$cfg])? $field: $crate::from_json!(@field $strict, fields, $field $(: $optional)?),)*
        };
        fields.end($strict)?;
        Ok(value)
    }};

    (@field $strict:tt, $fields:ident, $field:ident) => {
        $fields.required(stringify!($field))?
    };
    (@field true, $fields:ident, $field:ident: optional) => {
        $fields.optional(stringify!($field))?
    };
    (@field false, $fields:ident, $field:ident: optional) => {
        $fields.lenient(stringify!($field))
    };
    (@field $strict:tt, $fields:ident, $field:ident: each) => {
        $fields.each(stringify!($field))?
    };
    (@field $strict:tt, $fields:ident, $field:ident: each_of_some) => {
        $fields.each_of_some(stringify!($field))
    };
    (@field $strict:tt, $fields:ident, $field:ident: each_or_none) => {
        $fields.each_of_some(stringify!($field)).unwrap_or_default()
    };

    (@serde $name:ident) => {
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let json = <$crate::json::Json as ::serde::Deserialize>::deserialize(from)?;
                $crate::json::FromJson::from_json(json).map_err(::serde::de::Error::custom)
            }
        }
    };
}

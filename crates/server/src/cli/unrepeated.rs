//! Arguments that may hold a password.

use std::ffi::OsStr;
use std::marker::PhantomData;
use std::str::FromStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

/// Parses a value that may hold a password. An error names the flag and not the value, which clap's own parsers repeat.
pub(crate) struct Unrepeated<T>(PhantomData<fn() -> T>);

impl<T> Unrepeated<T> {
    pub(crate) fn new() -> Self {
        Unrepeated(PhantomData)
    }
}

impl<T> Clone for Unrepeated<T> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<T> TypedValueParser for Unrepeated<T>
where
    T: FromStr<Err = anyhow::Error> + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        let flag = arg.and_then(Arg::get_long).unwrap_or("the argument");
        let parsed = match value.to_str() {
            Some(text) => text.parse::<T>().map_err(|error| error.to_string()),
            None => Err("it is no UTF-8".to_owned()),
        };
        parsed.map_err(|why| {
            let told = format!("invalid value for '--{flag}': {why}\n");
            Error::raw(ErrorKind::ValueValidation, told).with_cmd(command)
        })
    }
}

//! The time where the visitor is.

use js_sys::Function;
use porchlight_browser::{dates, js};
use porchlight_protocol::Millis;
use wasm_bindgen::JsValue;

use crate::words::locale;

/// The time of an instant in a zone, with its day of the week: `Sat, 14:05`; `None` if the browser does not know the
/// zone.
pub fn time_in(zone: &str, at: Millis) -> Option<String> {
    written(zone, at, &[("weekday", "short")])
}

/// The same without its day: `14:05`.
pub fn clock_in(zone: &str, at: Millis) -> Option<String> {
    written(zone, at, &[])
}

fn written(zone: &str, at: Millis, day: &[(&str, &str)]) -> Option<String> {
    let time = [("hour", "numeric"), ("minute", "2-digit"), ("timeZone", zone)];
    let parts = day.iter().chain(&time).map(|(name, value)| (*name, JsValue::from_str(value)));
    let options = js::object(&parts.collect::<Vec<_>>());
    let date: JsValue = js_sys::Date::new(&JsValue::from_str(&dates::datetime(at))).into();
    // By reflection, because it throws if it does not know the zone.
    let write = Function::from(js::get(&date, "toLocaleString"));
    write.call2(&date, &locale().into(), &options).ok()?.as_string()
}

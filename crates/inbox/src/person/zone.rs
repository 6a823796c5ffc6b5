//! The time where the visitor is.

use js_sys::Function;
use porchlight_browser::{dates, js};
use porchlight_protocol::Millis;
use wasm_bindgen::JsValue;

use crate::words::locale;

/// The time of an instant in a zone, with its day of the week: `Sat, 14:05`; `None` if the browser does not know the
/// zone.
pub fn time_in(zone: &str, at: Millis) -> Option<String> {
    let options = js::object(&[
        ("weekday", "short".into()),
        ("hour", "numeric".into()),
        ("minute", "2-digit".into()),
        ("timeZone", zone.into()),
    ]);
    let date: JsValue = js_sys::Date::new(&JsValue::from_str(&dates::datetime(at))).into();
    // By reflection, because it throws if it does not know the zone.
    let write = Function::from(js::get(&date, "toLocaleString"));
    write.call2(&date, &locale().into(), &options).ok()?.as_string()
}

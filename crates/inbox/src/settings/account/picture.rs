//! The agent's picture: chosen, looked at, saved; removed, and put back.

use js_sys::Promise;
use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_protocol::ErrorCode;
use porchlight_protocol::limits::{PICTURE_BYTES_MAX, PICTURE_PIXELS_MAX};
use porchlight_protocol::team::Pictured;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{CanvasRenderingContext2d, File, HtmlCanvasElement, ImageBitmap};

use crate::app::{App, Undo};
use crate::settings::account::{AccountPage, Outcome};
use crate::text;
use crate::words::{Word, say};

/// The path in the API.
const PATH: &str = "/account/picture";

/// What the server reads, as browsers name it.
pub const FORMATS: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

/// A picture that was chosen and is not saved yet.
#[derive(Clone)]
pub struct Chosen {
    /// The file.
    file: File,
    /// What the browser reads in it.
    pub bitmap: ImageBitmap,
}

impl Chosen {
    /// Reads a file, or says why it can't be the picture. The server decides: this is what can be told before anything is sent.
    async fn read(file: File) -> Result<Chosen, ErrorCode> {
        let named = file.type_();
        if !named.is_empty() && !FORMATS.contains(&named.as_str()) {
            return Err(ErrorCode::PictureInvalid);
        }
        if file.size() > PICTURE_BYTES_MAX as f64 {
            return Err(ErrorCode::PictureTooLarge);
        }
        let begun: Result<Promise, _> = window().create_image_bitmap_with_blob(&file);
        let begun = begun.map_err(|_| ErrorCode::PictureInvalid)?;
        let read = JsFuture::from(begun).await.map_err(|_| ErrorCode::PictureInvalid)?;
        let bitmap: ImageBitmap = read.dyn_into().map_err(|_| ErrorCode::PictureInvalid)?;
        if u64::from(bitmap.width()) * u64::from(bitmap.height()) > PICTURE_PIXELS_MAX {
            return Err(ErrorCode::PictureTooLarge);
        }
        Ok(Chosen { file, bitmap })
    }

    /// Draws the square in the middle, which is what is shown of it.
    pub fn draw(&self, canvas: &HtmlCanvasElement) {
        let context = canvas.get_context("2d").ok().flatten();
        let context = context.and_then(|it| it.dyn_into::<CanvasRenderingContext2d>().ok());
        let Some(context) = context else { return };
        let (width, height) = (f64::from(self.bitmap.width()), f64::from(self.bitmap.height()));
        let side = width.min(height);
        let (left, top) = ((width - side) / 2.0, (height - side) / 2.0);
        let (to_width, to_height) = (f64::from(canvas.width()), f64::from(canvas.height()));
        // A picture that can't be drawn is not shown, and can be saved all the same.
        let _ = context.draw_image_with_image_bitmap_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            &self.bitmap,
            left,
            top,
            side,
            side,
            0.0,
            0.0,
            to_width,
            to_height,
        );
    }
}

impl AccountPage {
    /// Takes a file that was chosen or dropped, to be looked at before it is saved. Calls `done` once it can be.
    pub fn choose_picture(self, file: File, done: impl FnOnce() + 'static) {
        if self.picture.with_untracked(|outcome| *outcome == Outcome::Busy) {
            return;
        }
        self.chosen.set(None);
        self.picture.set(Outcome::Busy);
        spawn_local(async move {
            let read = Chosen::read(file).await;
            if self.account.is_disposed() {
                return;
            }
            match read {
                Ok(chosen) => {
                    self.chosen.set(Some(chosen));
                    self.picture.set(Outcome::None);
                    done();
                }
                Err(code) => self.picture.set(Outcome::Refused(say(text::error_code(code)))),
            }
        });
    }

    /// Puts the chosen picture away. The one from before stays.
    pub fn forget_chosen(self) {
        self.chosen.set(None);
        self.picture.set(Outcome::None);
    }

    /// Saves the chosen picture. Calls `done` after it.
    pub fn save_picture(self, done: impl FnOnce() + 'static) {
        let Some(chosen) = self.chosen.get_untracked() else { return };
        let Some(api) = self.begin(self.picture) else { return };
        spawn_local(async move {
            let answer = api.put_file::<Pictured>(PATH, &chosen.file).await;
            if self.app.is_over() {
                return;
            }
            if let Ok(Pictured { picture }) = &answer {
                self.app.pictured(Some(picture.clone()));
            }
            self.end(self.picture, answer, |_| {
                self.chosen.set(None);
                done();
                say(Word::AccountSaved)
            });
        });
    }

    /// Removes the picture. The toast offers to put it back.
    pub fn remove_picture(self) {
        let Some(id) = self.app.own_picture() else { return };
        let Some(api) = self.begin(self.picture) else { return };
        spawn_local(async move {
            // The browser has it from showing it.
            let file = api.file(&["/pictures/", id.as_str()].concat()).await;
            let answer = api.tell(Method::DELETE, PATH, &()).await;
            if self.app.is_over() {
                return;
            }
            if answer.is_ok() {
                self.app.pictured(None);
                let undo = if file.is_ok() { Undo::Picture } else { Undo::Nothing };
                self.app.settings.removed_picture.set_value(file.ok());
                self.app.show_toast(say(Word::AccountPictureRemoved), undo, false);
            }
            self.end(self.picture, answer, |()| String::new());
        });
    }
}

impl App {
    /// Undoes that the agent's picture was removed.
    pub(crate) fn picture_back(self) {
        let Some(file) = self.settings.removed_picture.try_update_value(Option::take).flatten()
        else {
            return;
        };
        let Some(api) = self.api() else { return };
        spawn_local(async move {
            let answer = api.put_file::<Pictured>(PATH, &file).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(Pictured { picture }) => {
                    self.pictured(Some(picture));
                    self.tell(say(Word::AccountPictureBack));
                }
                Err(failure) => {
                    if let Some(why) = self.why(failure) {
                        self.tell(why);
                    }
                }
            }
        });
    }
}

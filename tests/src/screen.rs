//! A document in a browser window: a page, or a frame in it.

use std::path::Path;
use std::sync::Arc;

use porchlight_words::{CHAT, Catalogue, Language, Text};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::error::WebDriverResult;
use thirtyfour::{WebDriver, WebElement, WindowHandle};

use crate::browser::Browser;
use crate::computed;
use crate::engine::Engine;
use crate::find::{Name, RESTS, Role, by_script};
use crate::wait::until;

/// The place of a document: its window, and the frame in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    window: String,
    document: Document,
}

/// One of the documents in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Document {
    Page,
    /// The chat's frame, which the loader has added to the page.
    Chat,
    /// A frame that is part of the page.
    Frame,
}

impl Document {
    /// A script that finds the frame; `None` for the page.
    fn frame(self) -> Option<&'static str> {
        match self {
            Document::Page => None,
            Document::Chat => Some(
                "return document.querySelector('porchlight-chat').shadowRoot.querySelector('iframe')",
            ),
            Document::Frame => Some("return document.querySelector('iframe')"),
        }
    }
}

impl Place {
    /// Switches the driver to this document.
    pub(crate) async fn enter(&self, web: &WebDriver) -> WebDriverResult<()> {
        web.switch_to_window(WindowHandle::from(self.window.as_str())).await?;
        web.enter_default_frame().await?;
        if let Some(frame) = self.document.frame() {
            web.execute(frame, vec![]).await?.element()?.enter_frame().await?;
        }
        Ok(())
    }
}

/// A document in a person's browser, and the steps of stories on it.
#[derive(Debug, Clone)]
pub struct Screen {
    /// The browser.
    pub browser: Arc<Browser>,
    place: Place,
    /// If set, elements are searched only within list items that contain these words.
    item: Option<String>,
    /// The words of the document. Stories name elements in English.
    catalogue: &'static Catalogue,
    /// Its language.
    language: &'static Language,
}

impl Screen {
    /// The page in a window.
    pub(crate) fn of_window(browser: Arc<Browser>, window: &str) -> Screen {
        let place = Place { window: window.to_owned(), document: Document::Page };
        Screen { browser, place, item: None, catalogue: &CHAT, language: CHAT.english() }
    }

    /// The window of the document.
    pub(crate) fn window(&self) -> &str {
        &self.place.window
    }

    /// The chat's frame in this page.
    pub fn chat(&self) -> Screen {
        self.document(Document::Chat)
    }

    /// The frame that is part of this page.
    pub fn frame(&self) -> Screen {
        self.document(Document::Frame)
    }

    fn document(&self, document: Document) -> Screen {
        let place = Place { document, ..self.place.clone() };
        Screen { place, item: None, ..self.clone() }
    }

    /// The same document, with elements searched only within list items that contain these words.
    pub fn item(&self, words: &str) -> Screen {
        Screen { item: Some(words.to_owned()), ..self.clone() }
    }

    /// The same document, in this language: what stories call by its English name is found by its own.
    pub(crate) fn speaking(
        self,
        catalogue: &'static Catalogue,
        language: &'static Language,
    ) -> Screen {
        Screen { catalogue, language, ..self }
    }

    /// What the product says in this document's language where it says `words` in English; other words, such as
    /// people's, as they are.
    pub fn translated<'a>(&self, words: &'a str) -> &'a str {
        let mut english = self.catalogue.english().words.iter();
        let says = |text: &Text| matches!(text, Text::Plain(text) if *text == words);
        let key = english.find(|(_, text)| says(text)).map(|(key, _)| key);
        key.and_then(|key| self.language.get(key)).unwrap_or(words)
    }

    // Navigation.

    /// Navigates to an address.
    #[track_caller]
    pub fn go(&self, address: &str) {
        self.once(&format!("{address} to load"), async |web| web.goto(address).await);
        self.browser.forget_place();
    }

    /// Reloads the page.
    #[track_caller]
    pub fn reload(&self) {
        self.once("the page to load again", async |web| web.refresh().await);
        self.browser.forget_place();
    }

    /// The address of the page.
    #[track_caller]
    pub fn address(&self) -> String {
        self.script("return location.href", json!([]))
    }

    // Conditions and queries.

    /// Waits until there is an element with this role and name.
    #[track_caller]
    pub fn sees(&self, role: Role, name: &str) {
        self.find(role, Name::Is(name));
    }

    /// Waits until there is an element with these words in its name.
    #[track_caller]
    pub fn sees_with(&self, role: Role, words: &str) {
        self.find(role, Name::Has(words));
    }

    /// Waits until there is no element with this role and name.
    #[track_caller]
    pub fn lacks(&self, role: Role, name: &str) {
        self.lacks_any(role, Name::Is(name));
    }

    /// Waits until there is no element with these words in its name.
    #[track_caller]
    pub fn lacks_with(&self, role: Role, words: &str) {
        self.lacks_any(role, Name::Has(words));
    }

    /// Whether there is an element with this role and name now.
    pub fn has(&self, role: Role, name: &str) -> bool {
        self.look(role, Name::Is(name)).is_ok_and(|(found, _)| !found.is_empty())
    }

    /// The names of all elements with a role, in document order.
    #[track_caller]
    pub fn names(&self, role: Role) -> Vec<String> {
        until("the page", || self.look(role, Name::Has("")).map(|(_, names)| names))
    }

    /// The names of all elements with a role, or the driver's error.
    pub(crate) fn names_now(&self, role: Role) -> Result<Vec<String>, String> {
        self.look(role, Name::Has("")).map(|(_, names)| names)
    }

    /// The visible text of an element, line by line.
    #[track_caller]
    pub fn lines(&self, role: Role, name: &str) -> Vec<String> {
        let text: String = self.on(role, Name::Is(name), async |web, element| {
            web.execute("return arguments[0].innerText", vec![element.to_json()?]).await?.convert()
        });
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// Waits until an element contains these words.
    #[track_caller]
    pub fn reads(&self, role: Role, name: &str, words: &str) {
        until(&format!("“{words}” in the {} “{name}”", role.name()), || {
            let lines = self.lines_now(role, name)?;
            let there = lines.iter().any(|line| line.contains(self.translated(words)));
            if there { Ok(()) } else { Err(format!("there was {lines:?}")) }
        });
    }

    /// The visible text of an element, line by line, if it is there.
    pub(crate) fn lines_now(&self, role: Role, name: &str) -> Result<Vec<String>, String> {
        let (found, names) = self.look(role, Name::Is(name))?;
        let element = found.first().ok_or_else(|| format!("there were {names:?}"))?;
        let what = format!("what stands in the {} “{name}”", role.name());
        let text: String = self.browser.at(&self.place, &what, async |web| {
            web.execute("return arguments[0].innerText", vec![element.to_json()?]).await?.convert()
        })?;
        Ok(text.lines().map(|line| line.trim().to_owned()).collect())
    }

    /// Waits until the page contains these words.
    #[track_caller]
    pub fn says(&self, words: &str) {
        until(&format!("“{words}” on the page"), || {
            let text = self.text_now()?;
            let there = text.contains(self.translated(words));
            if there { Ok(()) } else { Err(format!("it said {text:?}")) }
        });
    }

    /// The visible text of the page.
    #[track_caller]
    pub fn text(&self) -> String {
        self.script("return document.body.innerText", json!([]))
    }

    /// Whether these words are visible now. Live regions don't count, because they keep old announcements.
    #[track_caller]
    pub fn shows(&self, words: &str) -> bool {
        const SHOWN: &str = r#"
            const told = "[role=status]";
            return [...document.body.querySelectorAll("*")].some((element) => !element.closest(told)
              && !element.querySelector(told) && element.innerText?.includes(arguments[0]))"#;
        self.script(SHOWN, json!([words]))
    }

    /// The visible text of the page, or the driver's error.
    pub(crate) fn text_now(&self) -> Result<String, String> {
        self.try_script("return document.body.innerText", json!([]))
    }

    /// Whether a switch is on.
    #[track_caller]
    pub fn is_on(&self, switch: &str) -> bool {
        self.on(Role::Switch, Name::Is(switch), async |_, element| element.is_selected().await)
    }

    /// Whether an element is enabled.
    #[track_caller]
    pub fn is_enabled(&self, role: Role, name: &str) -> bool {
        self.on(role, Name::Is(name), async |_, element| element.is_enabled().await)
    }

    /// Waits until the live regions contain these words and nothing else.
    #[track_caller]
    pub fn announces(&self, words: &str) {
        self.told(&format!("“{words}” to be announced"), |told| told == self.translated(words));
    }

    /// Waits until these words are nowhere on the screen.
    #[track_caller]
    pub fn lacks_words(&self, words: &str) {
        until(&format!("“{words}” to go"), || {
            if self.shows(words) { Err("it is there".to_owned()) } else { Ok(()) }
        });
    }

    /// Waits until the live regions contain these words.
    #[track_caller]
    pub fn tells(&self, words: &str) {
        self.told(&format!("“{words}” to be told"), |told| {
            told.contains(self.translated(words))
        });
    }

    #[track_caller]
    fn told(&self, what: &str, right: impl Fn(&str) -> bool) {
        const TOLD: &str = r#"
            const roots = [document];
            for (const host of document.querySelectorAll("porchlight-chat")) roots.push(host.shadowRoot);
            const regions = roots.flatMap((root) => [...root.querySelectorAll("[role=status]")]);
            return regions.filter((region) => region.checkVisibility({ visibilityProperty: true }))
              .map((region) => region.textContent).filter(Boolean)"#;
        until(what, || {
            let told: Vec<String> = self.try_script(TOLD, json!([]))?;
            if right(&told.join(" ")) { Ok(()) } else { Err(format!("there was {told:?}")) }
        });
    }

    /// Waits until the focus is in this document.
    #[track_caller]
    pub fn has_the_focus(&self) {
        until("the focus to be here", || {
            let here: bool = self.try_script("return document.hasFocus()", json!([]))?;
            if here { Ok(()) } else { Err("it was elsewhere".to_owned()) }
        });
    }

    /// The names of the cookies that the page's requests bring along.
    #[track_caller]
    pub(crate) fn cookies(&self) -> Vec<String> {
        let cookies = self.once("the cookies", async |web| web.get_all_cookies().await);
        cookies.into_iter().map(|cookie| cookie.name).collect()
    }

    /// Width and height of an element.
    #[track_caller]
    pub fn size(&self, role: Role, name: &str) -> (f64, f64) {
        let rect = self.on(role, Name::Is(name), async |_, element| element.rect().await);
        (rect.width, rect.height)
    }

    /// The text in a field.
    #[track_caller]
    pub fn value(&self, role: Role, name: &str) -> String {
        self.on(role, Name::Is(name), async |web, element| {
            web.execute("return arguments[0].value", vec![element.to_json()?]).await?.convert()
        })
    }

    /// The selected option of a field.
    #[track_caller]
    pub fn chosen(&self, name: &str) -> String {
        const CHOSEN: &str = "return arguments[0].selectedOptions[0]?.text.trim() ?? ''";
        self.on(Role::ComboBox, Name::Is(name), async |web, select| {
            web.execute(CHOSEN, vec![select.to_json()?]).await?.convert()
        })
    }

    /// The role and the name of the focused element.
    #[track_caller]
    pub fn focus(&self) -> (String, String) {
        self.focus_now().unwrap_or_else(|error| panic!("the focus: {error}"))
    }

    fn focus_now(&self) -> Result<(String, String), String> {
        const FOCUSED: &str = "let at = document.activeElement;
            while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
            return [at, at?.computedRole ?? '', at?.computedName ?? '']";
        self.browser.at(&self.place, "the focus", async |web| {
            let focused = web.execute(FOCUSED, vec![]).await?;
            let (element, role, name): (Value, String, String) = focused.convert()?;
            if self.browser.engine() == Engine::Chromium || element.is_null() {
                return Ok((role, name));
            }
            let element = WebElement::from_json(element, web.handle().clone())?;
            Ok((computed::role(&element).await?, computed::name(&element).await?))
        })
    }

    /// Waits until an element with this role and name has the focus.
    #[track_caller]
    pub fn focuses(&self, role: Role, name: &str) {
        until(&format!("the focus on the {} “{name}”", role.name()), || {
            let at = self.focus_now()?;
            let there = at.0 == role.name() && at.1 == self.translated(name);
            if there { Ok(()) } else { Err(format!("it was on {at:?}")) }
        });
    }

    /// Waits until an element with these words in its name has the focus.
    #[track_caller]
    pub fn focuses_with(&self, role: Role, words: &str) {
        until(&format!("the focus on the {} “…{words}…”", role.name()), || {
            let at = self.focus_now()?;
            let there = at.0 == role.name() && at.1.contains(words);
            if there { Ok(()) } else { Err(format!("it was on {at:?}")) }
        });
    }

    // Input.

    /// Clicks on an element.
    #[track_caller]
    pub fn click(&self, role: Role, name: &str) {
        self.aimed(role, Name::Is(name), async |_, element| element.click().await);
    }

    /// Clicks on an element with these words in its name.
    #[track_caller]
    pub fn click_with(&self, role: Role, words: &str) {
        self.aimed(role, Name::Has(words), async |_, element| element.click().await);
    }

    /// Moves the pointer onto an element with these words in its name.
    #[track_caller]
    pub fn hovers(&self, role: Role, words: &str) {
        self.aimed(role, Name::Has(words), async |web, element| {
            web.action_chain().move_to_element_center(element).perform().await
        });
    }

    /// Clicks at the pointer's position, whatever element is there now.
    #[track_caller]
    pub fn clicks_here(&self) {
        self.once("a click", async |web| web.action_chain().click().perform().await);
    }

    /// Types into a field, after its text.
    #[track_caller]
    pub fn write(&self, name: &str, text: &str) {
        self.on(Role::TextBox, Name::Is(name), async |_, field| field.send_keys(text).await);
    }

    /// Types into a field, in place of its text.
    #[track_caller]
    pub fn rewrite(&self, name: &str, text: &str) {
        self.rewrite_in(Role::TextBox, name, text);
    }

    /// Types into a field with this role, in place of its text.
    #[track_caller]
    pub fn rewrite_in(&self, role: Role, name: &str, text: &str) {
        self.on(role, Name::Is(name), async |_, field| {
            // By keys, as people do it: the page would not notice a script that empties the field.
            field.send_keys("\u{e009}a\u{e000}").await?;
            field.send_keys(text).await
        });
    }

    /// Selects an option of a field.
    #[track_caller]
    pub fn choose(&self, name: &str, option: &str) {
        const OPTION: &str =
            "return [...arguments[0].options].find(({ text }) => text.trim() === arguments[1])";
        self.on(Role::ComboBox, Name::Is(name), async |web, select| {
            let found = web.execute(OPTION, vec![select.to_json()?, option.into()]).await?;
            found.element()?.click().await
        });
    }

    /// Presses keys, wherever the focus is.
    #[track_caller]
    pub fn press(&self, keys: &str) {
        self.once("keys", async |web| web.action_chain().send_keys(keys).perform().await);
    }

    /// Presses Tab until an element with these words in its name has the focus.
    #[track_caller]
    pub fn tab_to(&self, role: Role, words: &str) {
        for _ in 0..40 {
            let (at, name) = self.focus();
            if at == role.name() && name.contains(words) {
                return;
            }
            self.press("\u{e004}");
        }
        panic!("no {} “…{words}…” is reached by Tab", role.name());
    }

    /// Presses a key while another one is held down, wherever the focus is.
    #[track_caller]
    pub fn press_with(&self, held: char, key: char) {
        self.once("keys", async |web| {
            let chain = web.action_chain().key_down(held).send_keys(key.to_string());
            chain.key_up(held).perform().await
        });
    }

    /// Turns the mouse wheel down by so many pixels, with the pointer at this place of the window.
    #[track_caller]
    pub fn turn_wheel(&self, at: (f64, f64), by: f64) {
        self.browser.turn_wheel(&self.place.window, at, by);
    }

    /// Runs a script on the page.
    #[track_caller]
    pub fn script<T: DeserializeOwned>(&self, script: &str, arguments: Value) -> T {
        self.try_script(script, arguments).unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// The value that a script returns, or the driver's error.
    pub(crate) fn try_script<T: DeserializeOwned>(
        &self,
        script: &str,
        arguments: Value,
    ) -> Result<T, String> {
        let arguments = arguments.as_array().cloned().unwrap_or_default();
        let what = format!("a script's answer ({})", beginning(script));
        let run = async |web: &WebDriver| web.execute(script, arguments).await?.convert();
        self.browser.at(&self.place, &what, run)
    }

    /// Runs a script that calls its last argument when it is done.
    #[track_caller]
    pub fn script_until_done<T: DeserializeOwned>(&self, script: &str, arguments: Value) -> T {
        let arguments = arguments.as_array().cloned().unwrap_or_default();
        let what = format!("a script to be done ({})", beginning(script));
        self.once(&what, async |web| web.execute_async(script, arguments).await?.convert())
    }

    /// Waits for a round trip to the server and two animation frames, so that the page shows what it has received.
    /// For stories in which something does *not* happen.
    #[track_caller]
    pub fn settle(&self) {
        self.script_until_done::<Value>(
            "const done = arguments[0];
             const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => done(0)));
             fetch('/healthz', { cache: 'no-store' }).finally(() => setTimeout(painted));",
            json!([]),
        );
    }

    /// Saves a screenshot of the window.
    pub fn picture(&self, path: &Path) -> Result<(), String> {
        self.browser.at(&self.place, "a picture", async |web| web.screenshot(path).await)
    }

    /// Saves a screenshot of an element.
    #[track_caller]
    pub fn picture_of(&self, role: Role, name: &str, path: &Path) {
        self.on(role, Name::Is(name), async |_, element| element.screenshot(path).await);
    }

    /// The current HTML of the document.
    pub fn source(&self) -> Result<String, String> {
        self.try_script("return document.documentElement.outerHTML", json!([]))
    }

    // Implementation.

    fn look(&self, role: Role, name: Name<'_>) -> Result<(Vec<WebElement>, Vec<String>), String> {
        let name = match name {
            Name::Is(words) => Name::Is(self.translated(words)),
            Name::Has(words) => Name::Has(self.translated(words)),
        };
        let what = format!("a look at the {}s", role.name());
        self.browser.at(&self.place, &what, async |web| {
            if self.browser.engine() != Engine::Chromium {
                return computed::find(web, role, name, self.item.as_deref()).await;
            }
            let (words, whole) = name.parts();
            let arguments = vec![
                role.selector().into(),
                role.name().into(),
                words.into(),
                whole.into(),
                self.item.as_deref().into(),
            ];
            let found = web.execute(by_script(), arguments).await?;
            let (elements, names): (Vec<Value>, Vec<String>) = found.convert()?;
            let elements = elements.into_iter();
            let elements = elements.map(|value| WebElement::from_json(value, web.handle().clone()));
            Ok((elements.collect::<WebDriverResult<_>>()?, names))
        })
    }

    /// The only element with this role and name.
    fn only(&self, role: Role, name: Name<'_>) -> Result<WebElement, String> {
        let (mut found, names) = self.look(role, name)?;
        match (found.pop(), found.len()) {
            (Some(only), 0) => Ok(only),
            (None, _) => Err(format!("there were {names:?}")),
            (Some(_), more) => Err(format!("there were {} of them", more + 1)),
        }
    }

    #[track_caller]
    fn find(&self, role: Role, name: Name<'_>) -> WebElement {
        until(&format!("the {} {name}", role.name()), || self.only(role, name))
    }

    #[track_caller]
    fn lacks_any(&self, role: Role, name: Name<'_>) {
        until(&format!("no {} {name}", role.name()), || {
            let (found, _) = self.look(role, name)?;
            if found.is_empty() { Ok(()) } else { Err("there was one".to_owned()) }
        });
    }

    /// Runs `act` on an element, as soon as the element is there and accepts it.
    #[track_caller]
    fn on<T>(
        &self,
        role: Role,
        name: Name<'_>,
        act: impl AsyncFn(&WebDriver, &WebElement) -> WebDriverResult<T>,
    ) -> T {
        self.when(role, name, async |web, element| act(web, element).await.map(Ok))
    }

    /// Like [`Screen::on`], for the pointer: waits until the element stays where it is, too. Otherwise a line that
    /// comes or goes above it, between the browser's look at its place and the press, would make the click miss.
    #[track_caller]
    fn aimed<T>(
        &self,
        role: Role,
        name: Name<'_>,
        act: impl AsyncFn(&WebDriver, &WebElement) -> WebDriverResult<T>,
    ) -> T {
        self.when(role, name, async |web, element| {
            let rests = web.execute_async(RESTS, vec![element.to_json()?]).await?;
            if rests.convert()? {
                act(web, element).await.map(Ok)
            } else {
                Ok(Err("it was moving".to_owned()))
            }
        })
    }

    /// Runs `act` on an element again and again, until the element is there and `act` has an answer.
    #[track_caller]
    fn when<T>(
        &self,
        role: Role,
        name: Name<'_>,
        act: impl AsyncFn(&WebDriver, &WebElement) -> WebDriverResult<Result<T, String>>,
    ) -> T {
        let what = format!("the {} {name}", role.name());
        until(&what, || {
            let element = self.only(role, name)?;
            self.browser.at(&self.place, &what, async |web| act(web, &element).await)?
        })
    }

    #[track_caller]
    fn once<T>(&self, what: &str, act: impl AsyncFnOnce(&WebDriver) -> WebDriverResult<T>) -> T {
        self.browser.at(&self.place, what, act).unwrap_or_else(|error| panic!("{what}: {error}"))
    }
}

/// The first line of a script, for error messages.
fn beginning(script: &str) -> &str {
    let line = script.trim_start().lines().next().unwrap_or_default();
    line.char_indices().nth(60).map_or(line, |(end, _)| &line[..end])
}

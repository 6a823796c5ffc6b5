//! Where and for whom the shown bot greets, as an admin edits it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_client::Failure;
use porchlight_protocol::greeting::{Greeting, GreetingError, Visitors};
use porchlight_protocol::replace::Replace;
use porchlight_protocol::{ErrorCode, MemberId};
use wasm_bindgen_futures::spawn_local;

use crate::settings::bots::BotsPage;
use crate::settings::setting::Saving;
use crate::text;
use crate::words::say;

/// The fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields {
    /// The pages, one on each line.
    pub pages: String,
    /// The languages, with commas or blanks between them.
    pub languages: String,
    /// Which visitors.
    pub visitors: Visitors,
}

impl Fields {
    /// The fields of a rule.
    pub fn of(rule: &Greeting) -> Self {
        Fields {
            pages: rule.pages.join("\n"),
            languages: rule.languages.join(", "),
            visitors: rule.visitors,
        }
    }

    /// The rule of the fields, or what is wrong with them.
    pub fn rule(&self) -> Result<Greeting, GreetingError> {
        let tags = self.languages.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
        let rule = Greeting {
            pages: self.pages.lines().map(str::to_owned).collect(),
            languages: tags.map(str::to_owned).collect(),
            visitors: self.visitors,
        };
        rule.checked()
    }
}

/// A bot's rule: what is saved, and what stands in the fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Edited {
    saved: Fields,
    fields: Fields,
    /// The fields as they were before they were reset.
    discarded: Option<Fields>,
    /// Somebody has tried to save the fields as they are.
    tried: bool,
}

/// The rules of the bots that were looked at. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct GreetingForm {
    /// True if a rule has changes that are not saved.
    pub unsaved: Memo<bool>,
    /// The state of the last request.
    pub state: RwSignal<Saving>,
    /// The page.
    pub page: BotsPage,
    all: RwSignal<BTreeMap<MemberId, Edited>>,
}

impl GreetingForm {
    /// The form, which asks what is saved of each bot that is shown.
    pub fn open(page: BotsPage) -> Self {
        let all = RwSignal::new(BTreeMap::<MemberId, Edited>::new());
        let form = GreetingForm {
            unsaved: Memo::new(move |_| {
                all.with(|all| all.values().any(|it| it.fields != it.saved))
            }),
            state: RwSignal::new(Saving::Idle),
            page,
            all,
        };
        Effect::new(move |_| {
            page.shown.track();
            form.state.set(Saving::Idle);
            form.load();
        });
        form
    }

    /// Asks where the shown bot greets, unless that is known.
    pub fn load(self) {
        let (Some(bot), Some(api)) = (self.page.shown.get_untracked(), self.page.app.api()) else {
            return;
        };
        if self.all.with_untracked(|all| all.contains_key(&bot)) {
            return;
        }
        spawn_local(async move {
            let answer = api.get::<Greeting>(&path(&bot)).await;
            self.answered(answer, &bot, Saving::Idle);
        });
    }

    /// Saves the fields, or shows what is wrong with them first. Returns that.
    pub fn save(self) -> Option<GreetingError> {
        if !self.is_changed() || untrack(|| self.is_fixed()) {
            return None;
        }
        self.change(|it| {
            it.tried = true;
            it.discarded = None;
        });
        let (rule, seen) = self.look(|it| (it.fields.rule(), it.saved.rule().ok()))?;
        let change = match rule {
            Ok(value) => Replace { value, seen },
            Err(problem) => return Some(problem),
        };
        let (bot, api) = (self.page.shown.get_untracked()?, self.page.app.api()?);
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.send::<_, Greeting>(Method::PUT, &path(&bot), &change).await;
            self.answered(answer, &bot, Saving::Saved);
        });
        None
    }

    /// Changes the fields.
    pub fn write(self, change: impl FnOnce(&mut Fields)) {
        self.change(|it| change(&mut it.fields));
        if self.state.with_untracked(|state| *state != Saving::Busy) {
            self.state.set(Saving::Idle);
        }
    }

    /// Resets the fields to what is saved. They can be restored.
    pub fn discard(self) {
        self.change(|it| {
            it.discarded = Some(std::mem::replace(&mut it.fields, it.saved.clone()));
            it.tried = false;
        });
        self.state.set(Saving::Idle);
    }

    /// Restores what was reset.
    pub fn restore(self) {
        self.change(|it| {
            if let Some(fields) = it.discarded.take() {
                it.fields = fields;
            }
        });
    }

    /// A field, once the rule is known.
    pub fn field<T>(self, look: impl FnOnce(&Fields) -> T) -> Option<T> {
        self.look(|it| look(&it.fields))
    }

    /// True once it is known where the shown bot greets.
    pub fn is_there(self) -> bool {
        self.look(|_| ()).is_some()
    }

    /// What is wrong with the fields, since somebody has tried to save them.
    pub fn problem(self) -> Option<GreetingError> {
        self.look(|it| it.tried.then(|| it.fields.rule().err()).flatten()).flatten()
    }

    /// True if the shown bot's fields differ from what is saved.
    pub fn is_changed(self) -> bool {
        self.look(|it| it.fields != it.saved) == Some(true)
    }

    /// True if the fields were reset, and can be restored.
    pub fn is_discarded(self) -> bool {
        self.look(|it| it.discarded.is_some() && it.fields == it.saved) == Some(true)
    }

    /// True if the fields can't be changed.
    pub fn is_fixed(self) -> bool {
        !self.page.may_change || self.state.get() == Saving::Busy
    }

    fn look<T>(self, look: impl FnOnce(&Edited) -> T) -> Option<T> {
        self.all.with(|all| self.page.shown.with(|bot| all.get(bot.as_ref()?).map(look)))
    }

    fn change(self, change: impl FnOnce(&mut Edited)) {
        let Some(bot) = self.page.shown.get_untracked() else { return };
        self.all.update(|all| {
            if let Some(edited) = all.get_mut(&bot) {
                change(edited);
            }
        });
    }

    fn answered(self, answer: Result<Greeting, Failure>, bot: &MemberId, state: Saving) {
        if self.all.is_disposed() {
            return;
        }
        match answer {
            Ok(rule) => {
                let saved = Fields::of(&rule);
                let edited = Edited { fields: saved.clone(), saved, ..Edited::default() };
                self.all.update(|all| drop(all.insert(bot.clone(), edited)));
                self.state.set(state);
            }
            Err(failure) => match self.page.app.gate.unless_lost(failure) {
                None => self.state.set(Saving::Idle),
                Some(failure) if failure.code() == Some(ErrorCode::SettingsChanged) => {
                    self.look_again(bot.clone(), failure);
                }
                Some(failure) => self.failed(&failure),
            },
        }
    }

    fn failed(self, failure: &Failure) {
        self.state.set(Saving::Failed(say(text::failure(failure))));
    }

    /// Somebody else has saved meanwhile: the fields keep what was written, and stand beside what is saved now.
    fn look_again(self, bot: MemberId, failure: Failure) {
        let Some(api) = self.page.app.api() else { return };
        spawn_local(async move {
            let answer = api.get::<Greeting>(&path(&bot)).await;
            if self.all.is_disposed() {
                return;
            }
            match answer.map_err(|failure| self.page.app.gate.unless_lost(failure)) {
                Ok(theirs) => {
                    self.all.update(|all| {
                        if let Some(edited) = all.get_mut(&bot) {
                            edited.saved = Fields::of(&theirs);
                        }
                    });
                    self.failed(&failure);
                }
                Err(None) => self.state.set(Saving::Idle),
                Err(Some(failure)) => self.failed(&failure),
            }
        });
    }
}

/// The path of a bot's rule.
fn path(bot: &MemberId) -> String {
    [super::PATH, "/", bot.as_str(), "/greeting"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_what_its_fields_say() {
        let fields = Fields {
            pages: " /cart\n\n/shop/* \r\n".to_owned(),
            languages: "de, pt-br;fr  en".to_owned(),
            visitors: Visitors::New,
        };
        let rule = fields.rule().unwrap();
        assert_eq!(rule.pages, ["/cart", "/shop/*"]);
        assert_eq!(rule.languages, ["de", "pt-BR", "fr", "en"]);
        let tidy = Fields::of(&rule);
        assert_eq!(
            (tidy.pages.as_str(), tidy.languages.as_str()),
            ("/cart\n/shop/*", "de, pt-BR, fr, en")
        );
        assert_eq!(tidy.rule(), Ok(rule));
    }

    #[test]
    fn empty_fields_are_no_rule() {
        assert!(Fields::default().rule().unwrap().is_for_all());
        let blank =
            Fields { pages: " \n\n".to_owned(), languages: " , ".to_owned(), ..Fields::default() };
        assert!(blank.rule().unwrap().is_for_all());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let pages = Fields { pages: "/cart\nshop".to_owned(), ..Fields::default() };
        assert_eq!(pages.rule(), Err(GreetingError::Page("shop".to_owned())));
        let languages = Fields { languages: "de, german".to_owned(), ..Fields::default() };
        assert_eq!(languages.rule(), Err(GreetingError::Language("german".to_owned())));
    }
}

//! What visitors are called, and changes of their records, with their undo.

use leptos::prelude::*;
use porchlight_browser::{Method, time};
use porchlight_client::{Change, Failure, Input, Machine};
use porchlight_protocol::VisitorId;
use porchlight_protocol::person::{Change as Told, EditVisitor, Given, VisitorName, VisitorRecord};
use wasm_bindgen_futures::spawn_local;

use crate::app::{App, Undo};
use crate::person::part::undo;
use crate::person::{call, path, told};
use crate::words::{Pattern, Word, fill, say};

impl App {
    /// Takes over what visitors are called.
    pub fn names(self, names: Vec<VisitorName>) {
        if !names.is_empty() {
            self.dispatch(Input::Named(names));
        }
    }

    /// Asks for the names of visitors of whom the server has told nothing: those whose conversations came neither with a
    /// welcome nor with a listing.
    pub(crate) fn ensure_names(self, machine: &Machine, changes: &[Change]) {
        for change in changes {
            let Change::Line(id) = change else { continue };
            if let Some(known) = machine.conversation(id) {
                self.ensure_name(machine, &known.visitor);
            }
        }
    }

    fn ensure_name(self, machine: &Machine, id: &VisitorId) {
        let asked = self.visitors.asked_names.with_value(|asked| asked.contains(id));
        if asked || machine.names().is_told(id) {
            return;
        }
        let Some(api) = self.api() else { return };
        self.visitors.asked_names.update_value(|asked| asked.push(id.clone()));
        let id = id.clone();
        spawn_local(async move {
            let answer = api.get::<VisitorRecord>(&path(&id)).await;
            if self.is_over() {
                return;
            }
            self.visitors.asked_names.update_value(|asked| asked.retain(|it| *it != id));
            match answer {
                Ok(record) => {
                    // A visitor who has joined another one is told under both ids.
                    let name = record.as_name();
                    self.names(vec![VisitorName { id, ..name.clone() }, name]);
                }
                Err(failure) => {
                    // Without a name the visitor has a number. The next change of the conversation asks again.
                    let _ = self.gate.unless_lost(failure);
                }
            }
        });
    }

    /// Changes a visitor's record. The toast offers to undo it.
    pub fn edit_visitor(
        self,
        before: VisitorRecord,
        edit: EditVisitor,
        answered: impl FnOnce(Result<(), Failure>) + 'static,
    ) {
        let back = undo(&edit, &before);
        let words = becomes(&edit);
        self.send_edit(before.id, edit, move |answer| match answer {
            Ok(record) => {
                let edit = EditVisitor { revision: record.revision, ..back };
                let undo = Undo::Record { of: record.id.clone(), edit };
                self.took_record(record);
                self.show_toast(words, undo, false);
                answered(Ok(()));
            }
            Err(failure) => answered(Err(failure)),
        });
    }

    /// Undoes a change of a record.
    pub(crate) fn record_back(self, of: VisitorId, edit: EditVisitor) {
        let words = becomes(&edit);
        self.send_edit(of, edit, move |answer| match answer {
            Ok(record) => {
                self.took_record(record);
                self.tell(words);
            }
            Err(failure) => {
                if let Some(why) = self.why(failure) {
                    self.tell(why);
                }
            }
        });
    }

    fn send_edit(
        self,
        of: VisitorId,
        edit: EditVisitor,
        answered: impl FnOnce(Result<VisitorRecord, Failure>) + 'static,
    ) {
        let Some(api) = self.api() else { return };
        spawn_local(async move {
            let answer = api.send(Method::PATCH, &path(&of), &edit).await;
            if !self.is_over() {
                answered(answer);
            }
        });
    }

    fn took_record(self, record: VisitorRecord) {
        self.names(vec![record.as_name()]);
        self.visitors.changed_record.set(Some(record));
    }
}

/// What a change makes of a record, in words: `Name: Mia Sommer`.
fn becomes(edit: &EditVisitor) -> String {
    let none = || say(Word::PersonRemoved);
    let text = |change: &Told<String>| match change {
        Told::Keep => None,
        Told::Remove => Some(none()),
        Told::Set(text) => Some(text.clone()),
    };
    let fields = [
        (Word::PersonName, &edit.name),
        (Word::PersonEmail, &edit.email),
        (Word::PersonPhone, &edit.phone),
    ];
    let call = match edit.call_back {
        Told::Keep => None,
        Told::Remove => Some(say(Word::PersonCallDone)),
        Told::Set(wish) => Some(fill(Pattern::PersonCallAt, &[&call::time(wish, time::now())])),
    };
    let fields = fields.into_iter().filter_map(|(name, change)| Some((say(name), text(change)?)));
    let attributes = edit.attributes.iter().map(|(key, given)| {
        let value = match given {
            Given::Value(value) => told::value(value),
            Given::Nothing | Given::Unusable => none(),
        };
        (told::label(key), value)
    });
    let all = fields.chain(attributes);
    let all = all.map(|(name, value)| fill(Pattern::PersonIs, &[&name, &value]));
    all.chain(call).collect::<Vec<String>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toast_says_what_has_become_of_it() {
        let edit = EditVisitor { name: Told::Set("Mia".to_owned()), ..EditVisitor::default() };
        assert_eq!(becomes(&edit), "Name: Mia");
        let called = EditVisitor { call_back: Told::Remove, ..EditVisitor::default() };
        assert_eq!(becomes(&called), "Called back");
        let attributes = [("order_number".to_owned(), Given::Nothing)].into();
        let edit = EditVisitor { attributes, ..EditVisitor::default() };
        assert_eq!(becomes(&edit), "Order number: removed");
    }
}

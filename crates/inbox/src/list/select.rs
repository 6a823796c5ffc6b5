//! The selection in the list of conversations.

use std::collections::BTreeSet;

use porchlight_protocol::ConversationId;

/// The selected conversations, a subset of the listed ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    ids: BTreeSet<ConversationId>,
    /// The start of a range: the conversation that was selected or deselected last.
    anchor: Option<ConversationId>,
}

/// How much of the list is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Nothing.
    None,
    /// Some, but not all.
    Some,
    /// All.
    All,
}

impl Selection {
    /// True if this conversation is selected.
    pub fn has(&self, id: &ConversationId) -> bool {
        self.ids.contains(id)
    }

    /// The number of selected conversations.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// True if no conversation is selected.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// How much of a list of `listed` conversations is selected.
    pub fn extent(&self, listed: usize) -> Extent {
        match self.ids.len() {
            0 => Extent::None,
            selected if selected < listed => Extent::Some,
            _ => Extent::All,
        }
    }

    /// Selects or deselects one conversation, and makes it the start of a range.
    pub fn toggle(&mut self, id: &ConversationId) {
        if !self.ids.remove(id) {
            self.ids.insert(id.clone());
        }
        self.anchor = Some(id.clone());
    }

    /// Selects, or deselects, the whole range from its start to this conversation, as a click on it alone would
    /// do. Without a start, toggles this one.
    pub fn extend(&mut self, id: &ConversationId, listed: &[ConversationId]) {
        let place = |wanted: &ConversationId| listed.iter().position(|id| id == wanted);
        let (Some(from), Some(to)) = (self.anchor.as_ref().and_then(place), place(id)) else {
            return self.toggle(id);
        };
        let select = !self.has(id);
        for id in listed.iter().skip(from.min(to)).take(from.abs_diff(to) + 1) {
            if select {
                self.ids.insert(id.clone());
            } else {
                self.ids.remove(id);
            }
        }
        self.anchor = Some(id.clone());
    }

    /// Selects exactly these conversations.
    pub fn only(&mut self, ids: impl IntoIterator<Item = ConversationId>) {
        self.ids = ids.into_iter().collect();
        self.anchor = None;
    }

    /// Deselects everything.
    pub fn clear(&mut self) {
        *self = Selection::default();
    }

    /// Deselects the conversations that were acted on, but keeps those selected whose act failed.
    pub fn deselect_done(&mut self, acted: &[ConversationId], failed: &[ConversationId]) {
        self.ids.retain(|id| !acted.contains(id));
        self.ids.extend(failed.iter().cloned());
    }

    /// Deselects conversations that are no longer listed. True if there were any.
    pub fn retain(&mut self, listed: &[ConversationId]) -> bool {
        let before = self.ids.len();
        self.ids.retain(|id| listed.contains(id));
        self.ids.len() != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> ConversationId {
        ConversationId::from_bytes([n; 16])
    }

    fn listed() -> Vec<ConversationId> {
        // Not in the order of the ids: a range goes by the screen.
        [3, 1, 5, 2, 4].map(id).to_vec()
    }

    fn check(selection: &Selection, expected: &[u8]) {
        let selected: Vec<_> = listed().into_iter().filter(|id| selection.has(id)).collect();
        assert_eq!(selected, expected.iter().map(|n| id(*n)).collect::<Vec<_>>());
        assert_eq!(selection.len(), expected.len());
    }

    #[test]
    fn a_click_selects_and_another_takes_out() {
        let mut selection = Selection::default();
        selection.toggle(&id(1));
        selection.toggle(&id(2));
        check(&selection, &[1, 2]);
        selection.toggle(&id(1));
        check(&selection, &[2]);
    }

    #[test]
    fn a_range_goes_from_the_last_click_in_both_directions() {
        let mut selection = Selection::default();
        selection.toggle(&id(5));
        selection.extend(&id(4), &listed());
        check(&selection, &[5, 2, 4]);
        selection.extend(&id(3), &listed());
        check(&selection, &[3, 1, 5, 2, 4]);
    }

    #[test]
    fn a_range_takes_out_what_its_end_would_take_out() {
        let mut selection = Selection::default();
        selection.only(listed());
        selection.toggle(&id(1));
        selection.extend(&id(2), &listed());
        check(&selection, &[3, 4]);
    }

    #[test]
    fn a_range_without_a_beginning_is_a_click() {
        let mut selection = Selection::default();
        selection.extend(&id(2), &listed());
        check(&selection, &[2]);

        // What began it is not listed any more.
        selection.toggle(&id(9));
        selection.retain(&listed());
        selection.extend(&id(4), &listed());
        check(&selection, &[2, 4]);
    }

    #[test]
    fn what_failed_stays_selected_and_what_was_added_meanwhile_too() {
        let mut selection = Selection::default();
        selection.only([1, 2, 3].map(id));
        let out = listed().into_iter().filter(|id| selection.has(id)).collect::<Vec<_>>();
        selection.toggle(&id(5));
        selection.deselect_done(&out, &[id(2)]);
        check(&selection, &[5, 2]);
    }

    #[test]
    fn what_is_not_listed_is_not_selected() {
        let mut selection = Selection::default();
        selection.only(listed());
        assert_eq!(selection.extent(5), Extent::All);
        assert!(selection.retain(&[id(1), id(7)]));
        assert!(!selection.retain(&[id(1), id(7)]));
        check(&selection, &[1]);
        assert_eq!(selection.extent(2), Extent::Some);
        selection.clear();
        assert_eq!(selection.extent(2), Extent::None);
    }
}

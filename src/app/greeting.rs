//! Which bot greets here, and conversations that a bot or the host page begins.

use std::rc::Rc;

use porchlight_browser::client_id;
use porchlight_client::Place;
use porchlight_protocol::greeting::Greeter;

use super::App;
use crate::keep::find;
use crate::view::Template;

/// Home's button.
const BUTTON: &str = ".home__bot";

impl App {
    /// The first bot whose rule holds for this visitor on this page.
    fn greeter(&self) -> Option<&Greeter> {
        let page = self.page.borrow();
        let known = self.screen.borrow().link.known;
        self.config.bots.iter().find(|bot| bot.greets(&page, known))
    }

    /// Names the bot that greets on Home's button, also where Home is not shown yet. Without a name there is no button.
    pub fn offer_bot(&self) {
        let label = self.greeter().map_or("", |bot| &bot.label);
        if let Some(button) = Template::Foot.part(BUTTON) {
            button.set_text_content(Some(label));
        }
        if let Some(button) = find(BUTTON) {
            button.set_text_content(Some(label));
        }
    }

    /// Starts a conversation with the bot that greets, and shows it.
    pub fn begin_with_bot(self: &Rc<Self>) {
        if let Some(bot) = self.greeter() {
            self.show(self.begin_with(bot));
        }
    }

    /// Starts a conversation with the bot that the page names, or shows an empty thread for one with the team. The focus
    /// stays where it is.
    pub(super) fn begin_for_page(self: &Rc<Self>, bot: &str) {
        let named = self.config.bots.iter().find(|it| it.id.as_str() == bot);
        let place = match named {
            Some(bot) => self.begin_with(bot),
            None if self.screen.borrow().live_off => return,
            None => self.new_place(),
        };
        self.show_unfocused(place);
    }

    fn begin_with(&self, bot: &Greeter) -> Place {
        let client_id = client_id();
        // Servers before names were refuse them, and the only bot needs none.
        let is_named = self.config.bots.len() > 1;
        if let Some(driver) = self.driver() {
            driver.begin(client_id.clone(), is_named.then(|| bot.id.clone()));
        }
        Place::New(client_id)
    }
}

//! Finding elements on a page as people find them: by role and accessible name.

/// The ARIA role of an element, as a screen reader announces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An error message.
    Alert,
    /// A button.
    Button,
    /// A checkbox.
    Checkbox,
    /// A choice from a list.
    ComboBox,
    /// A modal dialog.
    Dialog,
    /// A heading.
    Heading,
    /// A link.
    Link,
    /// A list.
    List,
    /// An item of a list.
    ListItem,
    /// A thread's messages, in order.
    Log,
    /// The main region of a page.
    Main,
    /// An item of a menu.
    MenuItem,
    /// A choice in a menu, of which one holds.
    MenuItemRadio,
    /// The navigation.
    Navigation,
    /// A radio button.
    Radio,
    /// A named region of a page.
    Region,
    /// A field to search by.
    SearchBox,
    /// A switch.
    Switch,
    /// A tab, which shows one of several panels.
    Tab,
    /// A text field.
    TextBox,
}

impl Role {
    /// The ARIA name of the role.
    pub fn name(self) -> &'static str {
        match self {
            Role::Alert => "alert",
            Role::Button => "button",
            Role::Checkbox => "checkbox",
            Role::ComboBox => "combobox",
            Role::Dialog => "dialog",
            Role::Heading => "heading",
            Role::Link => "link",
            Role::List => "list",
            Role::ListItem => "listitem",
            Role::Log => "log",
            Role::Main => "main",
            Role::MenuItem => "menuitem",
            Role::MenuItemRadio => "menuitemradio",
            Role::Navigation => "navigation",
            Role::Radio => "radio",
            Role::Region => "region",
            Role::SearchBox => "searchbox",
            Role::Switch => "switch",
            Role::Tab => "tab",
            Role::TextBox => "textbox",
        }
    }

    /// A selector of the elements that may have the role; the browser's computed role decides.
    pub fn selector(self) -> String {
        let usual = match self {
            Role::Button => "button",
            Role::Checkbox | Role::Radio => "input",
            Role::ComboBox => "input, select",
            Role::Dialog => "dialog",
            Role::Heading => "h1, h2, h3",
            Role::Link => "a[href]",
            Role::List => "ul, ol",
            Role::ListItem => "li",
            Role::Main => "main",
            Role::Navigation => "nav",
            Role::Region => "section, form, aside",
            // Hundreds of boxes in a list would be asked one by one.
            Role::SearchBox => "input[type=search]",
            Role::TextBox => "input:not([type=checkbox], [type=radio]), textarea",
            Role::Alert
            | Role::Log
            | Role::MenuItem
            | Role::MenuItemRadio
            | Role::Switch
            | Role::Tab => "[role]",
        };
        format!("{usual}, [role={}]", self.name())
    }
}

/// A condition on an accessible name.
#[derive(Debug, Clone, Copy)]
pub enum Name<'a> {
    /// The name equals these words.
    Is(&'a str),
    /// The name contains these words.
    Has(&'a str),
}

impl Name<'_> {
    /// The words, and whether they have to be the whole name.
    pub fn parts(&self) -> (&str, bool) {
        match self {
            Name::Is(words) => (words, true),
            Name::Has(words) => (words, false),
        }
    }
}

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Name::Is(words) => write!(f, "“{words}”"),
            Name::Has(words) => write!(f, "“…{words}…”"),
        }
    }
}

/// Defines `shown`, the elements of a selector that can be seen, in the document and in the launcher's shadow root;
/// with `item`, only those within list items that contain these words.
const SHOWN: &str = r#"
const shown = (selector, item) => {
  const roots = [document];
  for (const host of document.querySelectorAll("porchlight-chat")) roots.push(host.shadowRoot);
  return roots.flatMap((root) => [...root.querySelectorAll(selector)])
    .filter((element) => item == null || element.closest("li")?.innerText.includes(item))
    .filter((element) => element.checkVisibility({ visibilityProperty: true }));
};
"#;

/// Defines `texts`, all the text that an element's name may be made of. To compute a name takes a millisecond, and pages
/// have hundreds of fields.
const TEXTS: &str = r#"
const texts = (element) => {
  const ids = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean);
  const labels = ids.map((id) => element.getRootNode().getElementById(id)?.textContent);
  for (const label of element.labels ?? []) labels.push(label.textContent);
  const within = [element, ...element.querySelectorAll("[aria-label], [alt], [title]")];
  const attributes = ["aria-label", "alt", "title", "placeholder", "value"];
  const said = within.flatMap((it) => attributes.map((name) => it.getAttribute(name)));
  return [element.textContent, ...labels, ...said].filter(Boolean).join(" ");
};
"#;

/// Finds the elements with a role and a name, where scripts can ask for both: in Chromium. Also returns what all that may
/// have the role are called: those that can't have the name by their text. Elements that are hidden from screen readers
/// have no computed role.
pub fn by_script() -> String {
    const FIND: &str = r#"
const [selector, role, words, whole, item] = arguments;
const name = (element) => (element.computedName ?? "").replace(/\s+/g, " ").trim();
const wanted = words.split(/\s+/);
const found = [], names = [];
for (const element of shown(selector, item)) {
  const text = texts(element);
  if (!wanted.every((word) => text.includes(word))) {
    names.push(text.replace(/\s+/g, " ").trim());
  } else if (element.computedRole === role) {
    const called = name(element);
    if (whole ? called === words : called.includes(words)) found.push(element);
    names.push(called);
  }
}
return [found, names];
"#;
    [SHOWN, TEXTS, FIND].concat()
}

/// Finds the elements that may have a role, each with all the text that its name may be made of, and whether it is a
/// field for a password: HTML gives that no role. Chromium calls it a text field, as people do.
pub fn candidates() -> String {
    const CANDIDATES: &str = r#"
const [selector, item] = arguments;
return shown(selector, item).map((element) => [element, texts(element), element.type === "password"]);
"#;
    [SHOWN, TEXTS, CANDIDATES].concat()
}

/// Whether an element stays where it is from one frame to the one after the next. A window in the background has
/// no frames: there, a timer takes their place.
pub const RESTS: &str = r#"
const [element, done] = arguments;
const place = () => {
  const { x, y, width, height } = element.getBoundingClientRect();
  return [x, y, width, height].join();
};
const frame = () => new Promise((next) => {
  requestAnimationFrame(next);
  setTimeout(next, 100);
});
const before = place();
frame().then(frame).then(() => done(element.isConnected && place() === before));
"#;

//! What is on a page, found as people find it: by role and accessible name.

/// What a thing is, to a screen reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Says that something is wrong.
    Alert,
    /// Does something.
    Button,
    /// Is ticked or not.
    Checkbox,
    /// Offers a choice of one.
    ComboBox,
    /// A question that must be answered first.
    Dialog,
    /// A title.
    Heading,
    /// Leads somewhere.
    Link,
    /// Things of a kind.
    List,
    /// One of them.
    ListItem,
    /// What was said, in its order.
    Log,
    /// The main part of a page.
    Main,
    /// One of the things in a menu.
    MenuItem,
    /// The ways from place to place.
    Navigation,
    /// One of several, of which one is chosen.
    Radio,
    /// A part of a page that has a name.
    Region,
    /// Is on or off.
    Switch,
    /// Shows one of several panels.
    Tab,
    /// Takes text.
    TextBox,
}

impl Role {
    /// Its name, as ARIA calls it.
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
            Role::Navigation => "navigation",
            Role::Radio => "radio",
            Role::Region => "region",
            Role::Switch => "switch",
            Role::Tab => "tab",
            Role::TextBox => "textbox",
        }
    }

    /// Elements that may have it; which of them do, the browser says.
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
            Role::TextBox => "input, textarea",
            Role::Alert | Role::Log | Role::MenuItem | Role::Switch | Role::Tab => "[role]",
        };
        format!("{usual}, [role={}]", self.name())
    }
}

/// A name as it was wanted.
#[derive(Debug, Clone, Copy)]
pub enum Name<'a> {
    /// This and nothing else.
    Is(&'a str),
    /// This, among other things.
    Has(&'a str),
}

impl Name<'_> {
    /// The words, and whether they are all.
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

/// Finds the elements with a role and a name, in the document and in the launcher's shadow root, or
/// in the one item of a list that has these words; and the names of all that have the role. What a
/// screen reader does not meet has no role.
pub const FIND: &str = r#"
const [selector, role, words, whole, item] = arguments;
const roots = [document];
for (const host of document.querySelectorAll("porchlight-chat")) roots.push(host.shadowRoot);
const name = (element) => (element.computedName ?? "").replace(/\s+/g, " ").trim();
const all = roots.flatMap((root) => [...root.querySelectorAll(selector)])
  .filter((element) => item == null || element.closest("li")?.innerText.includes(item))
  .filter((element) => element.computedRole === role)
  .filter((element) => element.checkVisibility({ visibilityProperty: true }));
const found = all.filter((element) => whole ? name(element) === words : name(element).includes(words));
return [found, all.map(name)];
"#;

//! The roles and names of elements by WebDriver, which asks the engine: outside Chromium no script can do that.

use serde_json::Value;
use thirtyfour::common::command::FormatRequestData;
use thirtyfour::error::WebDriverResult;
use thirtyfour::{RequestData, SessionId, WebDriver, WebElement};

use crate::find::{Name, Role, candidates};

/// WebDriver's *Get Computed Role* and *Get Computed Label*.
#[derive(Debug)]
struct Computed {
    element: String,
    what: &'static str,
}

impl FormatRequestData for Computed {
    fn format_request(&self, session: &SessionId) -> RequestData {
        let Computed { element, what } = self;
        let address = format!("session/{session}/element/{element}/computed{what}");
        RequestData::new(reqwest::Method::GET, address)
    }
}

async fn ask(element: &WebElement, what: &'static str) -> WebDriverResult<String> {
    let asked = Computed { element: element.element_id().to_string(), what };
    let answer = element.handle().cmd(asked).await?.value_json()?;
    Ok(answer.as_str().unwrap_or_default().to_owned())
}

/// The role of an element.
pub async fn role(element: &WebElement) -> WebDriverResult<String> {
    ask(element, "role").await
}

/// The accessible name of an element, with single spaces.
pub async fn name(element: &WebElement) -> WebDriverResult<String> {
    let name = ask(element, "label").await?;
    Ok(name.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The elements with a role and a name, and what all elements with the role are called. Each question is a request,
/// so those that can't have the name are not asked: in place of their names stands their text.
pub async fn find(
    web: &WebDriver,
    wanted: Role,
    words: Name<'_>,
    item: Option<&str>,
) -> WebDriverResult<(Vec<WebElement>, Vec<String>)> {
    let arguments = vec![wanted.selector().into(), item.into()];
    let some: Vec<(Value, String, bool)> = web.execute(candidates(), arguments).await?.convert()?;
    let (words, whole) = words.parts();
    let (mut found, mut names) = (Vec::new(), Vec::new());
    for (element, text, is_password) in some {
        if !words.split_whitespace().all(|word| text.contains(word)) {
            names.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
            continue;
        }
        let element = WebElement::from_json(element, web.handle().clone())?;
        let is_one = match is_password {
            true => wanted == Role::TextBox,
            false => role(&element).await? == wanted.name(),
        };
        if !is_one {
            continue;
        }
        let name = name(&element).await?;
        if name == words || (!whole && name.contains(words)) {
            found.push(element);
        }
        names.push(name);
    }
    Ok((found, names))
}

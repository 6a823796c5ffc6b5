//! Where and for whom a bot greets: which paths a pattern means, which languages are the same, and what can be a rule.

use proptest::prelude::*;

use porchlight_protocol::greeting::{Greeter, Greeting, GreetingError, Visitors};
use porchlight_protocol::limits::{GREETING_LANGUAGES_MAX, GREETING_PAGES_MAX, PAGE_CHARS_MAX};
use porchlight_protocol::{ErrorCode, MemberId};

fn on(pages: &[&str]) -> Greeting {
    Greeting { pages: pages.iter().map(|page| (*page).to_owned()).collect(), ..Greeting::default() }
}

fn holds(rule: &Greeting, path: &str, language: &str, returning: bool) -> bool {
    let bot = Greeter::new(MemberId::from_bytes([7; 16]), "Chat".to_owned(), rule, language);
    // As the host page tells it.
    let path = if path.is_empty() || path.ends_with('/') { path } else { &format!("{path}/") };
    bot.greets(path, returning)
}

/// Of what can be a pattern: none has a blank.
fn greets(pattern: &str, path: &str) -> bool {
    holds(&on(&[pattern]), path, "en", false)
}

#[test]
fn a_rule_without_parts_holds_everywhere_and_for_everybody() {
    for path in ["", "/", "/cart", "no path"] {
        for returning in [false, true] {
            assert!(holds(&Greeting::default(), path, "", returning));
        }
    }
    assert!(Greeting::default().is_for_all());
    assert!(!on(&["*"]).is_for_all());
}

#[test]
fn a_pattern_means_paths() {
    for (pattern, path) in [
        ("/", "/"),
        ("/cart", "/cart"),
        ("/shop/*", "/shop/lamps/7"),
        ("/shop/*", "/shop/"),
        ("/shop*", "/shop"),
        ("/shop*", "/shopping"),
        ("*", "/"),
        ("*", "/anything/at/all"),
        ("**", "/a"),
        ("*/checkout", "/de/checkout"),
        ("*/checkout", "/checkout"),
        ("/*/lamps/*", "/de/lamps/7"),
        ("/*a*b*", "/xaxxbx"),
        ("/*.html", "/a.html.html"),
    ] {
        assert!(greets(pattern, path), "{pattern} {path}");
    }
    for (pattern, path) in [
        ("/", "/cart"),
        ("/cart", "/"),
        ("/cart", "/cart/2"),
        ("/cart", "/my/cart"),
        ("/cart", "/car"),
        ("/shop/*", "/shopping"),
        ("/shop/*", "/de/shop/"),
        ("*/checkout", "/checkout/2"),
        ("/*b*a*", "/xaxxbx"),
        // The end may not be what the beginning has used.
        ("/aba*ba", "/aba"),
        ("*ab*b", "/ab"),
        // Only `*` stands for something.
        ("/sho.", "/shop"),
        ("/[a-z]*", "/shop"),
        ("/shop?", "/shop"),
    ] {
        assert!(!greets(pattern, path), "{pattern} {path}");
    }
}

#[test]
fn a_slash_at_the_end_makes_no_difference() {
    for (pattern, path) in
        [("/cart", "/cart/"), ("/cart/", "/cart"), ("/shop/*", "/shop"), ("*/cart/", "/de/cart")]
    {
        assert!(greets(pattern, path), "{pattern} {path}");
    }
    assert!(!greets("/cart", "/cart//"), "that is another path");
}

#[test]
fn capitals_make_a_difference_as_in_addresses() {
    assert!(!greets("/Cart", "/cart"));
    assert!(!greets("/cart", "/CART"));
}

#[test]
fn what_is_not_ascii_is_percent_encoded_as_browsers_do() {
    for (pattern, path) in [
        ("/größe/*", "/gr%C3%B6%C3%9Fe/xl"),
        ("/gr%C3%B6%C3%9Fe", "/gr%C3%B6%C3%9Fe"),
        ("/ラ*", "/%E3%83%A9%E3%83%B3%E3%83%97"),
        ("/a%20b", "/a%20b"),
        ("/100%", "/100%"),
        ("/%zz", "/%zz"),
    ] {
        assert!(greets(pattern, path), "{pattern} {path}");
    }
    assert!(!greets("/%2A", "/anything"), "an encoded star stands for nothing else");
}

#[test]
fn where_the_path_is_not_known_no_pattern_holds() {
    for pattern in ["*", "/", "/*"] {
        assert!(!greets(pattern, ""), "{pattern}");
    }
}

#[test]
fn a_rule_that_nobody_could_have_saved_does_no_harm() {
    let long = "/".to_owned() + &"*a".repeat(5_000);
    assert!(!greets(&long, &("/".to_owned() + &"a".repeat(4_000))));
    assert!(!greets("shop", "/shop"));
    assert!(!greets("https://shop.example/", "/"));
}

proptest! {
    #[test]
    fn any_path_is_its_own_pattern_and_one_of_all(path in "/[!-)+-~]{0,40}") {
        prop_assert!(greets(&path, &path));
        prop_assert!(greets("*", &path));
        prop_assert!(greets("/*", &path));
    }

    #[test]
    fn no_pattern_and_no_path_is_too_odd(pattern in ".{0,40}", path in ".{0,40}") {
        greets(&pattern, &path);
    }

    /// Against the plainest matcher that there is.
    #[test]
    fn a_star_stands_for_any_characters(pattern in "/[ab*]{0,8}", path in "/[ab]{0,8}") {
        fn plain(pattern: &[u8], path: &[u8]) -> bool {
            match (pattern, path) {
                ([], []) => true,
                ([b'*', rest @ ..], _) => (0..=path.len()).any(|at| plain(rest, &path[at..])),
                ([one, pattern @ ..], [other, path @ ..]) => one == other && plain(pattern, path),
                _ => false,
            }
        }
        let bare = path.strip_suffix('/').unwrap_or(&path);
        let means = plain(pattern.as_bytes(), bare.as_bytes())
            || plain(pattern.as_bytes(), format!("{bare}/").as_bytes());
        prop_assert_eq!(greets(&pattern, &path), means);
    }

    #[test]
    fn what_was_checked_stays_as_it_is(pages in prop::collection::vec("[ /*a]{0,4}", 0..6)) {
        let rule = Greeting { pages, ..Greeting::default() };
        if let Ok(checked) = rule.checked() {
            prop_assert_eq!(checked.clone().checked(), Ok(checked));
        }
    }
}

#[test]
fn one_of_several_pages_and_languages_is_enough_and_all_parts_have_to_hold() {
    let rule = Greeting {
        pages: vec!["/cart".to_owned(), "/shop/*".to_owned()],
        languages: vec!["de".to_owned(), "pt-BR".to_owned()],
        visitors: Visitors::New,
    };
    assert!(holds(&rule, "/cart", "de-AT", false));
    assert!(holds(&rule, "/shop/7", "pt", false));
    assert!(!holds(&rule, "/about", "de", false));
    assert!(!holds(&rule, "/cart", "fr", false));
    assert!(!holds(&rule, "/cart", "", false));
    assert!(!holds(&rule, "/cart", "de", true));
}

#[test]
fn new_visitors_and_returning_ones_are_all() {
    for (visitors, new, returning) in [
        (Visitors::Everybody, true, true),
        (Visitors::New, true, false),
        (Visitors::Returning, false, true),
    ] {
        let rule = Greeting { visitors, ..Greeting::default() };
        assert_eq!(
            (holds(&rule, "/", "en", false), holds(&rule, "/", "en", true)),
            (new, returning)
        );
    }
}

#[test]
fn a_rule_is_stored_without_blanks_and_repetitions() {
    let rule = Greeting {
        pages: [" /cart ", "", "/cart", "\t", "*"].map(str::to_owned).to_vec(),
        languages: ["PT-br", " de", "", "de"].map(str::to_owned).to_vec(),
        visitors: Visitors::Returning,
    };
    let checked = rule.checked().unwrap();
    assert_eq!(checked.pages, ["/cart", "*"]);
    assert_eq!(checked.languages, ["pt-BR", "de"]);
    assert_eq!(checked.visitors, Visitors::Returning);
}

#[test]
fn what_is_no_path_and_no_tag_is_refused_by_its_name() {
    let longest = format!("/{}", "é".repeat(PAGE_CHARS_MAX - 1));
    assert!(on(&[&longest]).checked().is_ok());
    for page in [
        "shop",
        "https://shop.example/cart",
        "/cart?step=2",
        "/cart#pay",
        "/my cart",
        "/a\u{0}b",
        "?",
        &format!("{longest}é"),
    ] {
        let error = on(&["/", page]).checked().unwrap_err();
        assert_eq!(error, GreetingError::Page(page.to_owned()));
        assert_eq!(error.body().code, ErrorCode::PageInvalid);
        assert_eq!(error.body().field, Some(format!("pages.{page}")));
    }
    for tag in ["english", "en_US", "de-", "*", "x"] {
        let rule = Greeting { languages: vec![tag.to_owned()], ..Greeting::default() };
        let body = rule.checked().unwrap_err().body();
        assert_eq!(body.code, ErrorCode::LanguageInvalid);
        assert_eq!(body.field, Some(format!("languages.{tag}")));
    }
}

#[test]
fn a_rule_has_limits() {
    let pages = |number| Greeting {
        pages: (0..number).map(|n| format!("/{n}")).collect(),
        ..Greeting::default()
    };
    assert!(pages(GREETING_PAGES_MAX).checked().is_ok());
    assert_eq!(pages(GREETING_PAGES_MAX + 1).checked(), Err(GreetingError::TooManyPages));
    let languages = |number| Greeting {
        languages: (b'a'..=b'z')
            .flat_map(|one| [format!("a{}", char::from(one)), format!("b{}", char::from(one))])
            .take(number)
            .collect(),
        ..Greeting::default()
    };
    assert!(languages(GREETING_LANGUAGES_MAX).checked().is_ok());
    assert_eq!(
        languages(GREETING_LANGUAGES_MAX + 1).checked(),
        Err(GreetingError::TooManyLanguages)
    );
}

//! What a visitor's answer has to be, and how it is saved.

use serde::{Deserialize, Serialize};

/// What an answer has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One of the choices. The default of questions with choices.
    Choice,
    /// Anything. The default of all others.
    Text,
    /// A name: one line, with a letter in it.
    Name,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A number.
    Number,
    /// A day, as `2026-11-30`, `30.11.2026` or `30/11/2026`.
    Date,
}

/// Characters of an e-mail address, by RFC 5321.
const EMAIL_CHARS_MAX: usize = 254;

/// Digits of a telephone number with its country's code, by ITU-T E.164, and fewest of one without.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 4..=15;

/// Characters of a name.
const NAME_CHARS_MAX: usize = 80;

/// The answer as it is saved, or `None` if it is none of this kind.
pub fn read(kind: Kind, said: &str) -> Option<String> {
    let said = said.trim();
    if said.is_empty() {
        return None;
    }
    match kind {
        // The machine compares it with the choices.
        Kind::Choice => None,
        Kind::Text => Some(said.to_owned()),
        Kind::Name => name(said),
        Kind::Email => email(said),
        Kind::Phone => phone(said),
        Kind::Number => number(said),
        Kind::Date => date(said),
    }
}

fn name(said: &str) -> Option<String> {
    let fits = said.chars().count() <= NAME_CHARS_MAX && said.lines().count() == 1;
    (fits && said.chars().any(char::is_alphabetic)).then(|| said.to_owned())
}

/// An address as most mail servers take it. Whether somebody reads it only a mail can tell.
fn email(said: &str) -> Option<String> {
    let (local, domain) = said.rsplit_once('@')?;
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\"\\".contains(c);
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let local_fits = !local.is_empty()
        && !local.contains('@')
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(is_plain);
    let domain_fits = domain.contains('.') && domain.split('.').all(label);
    let fits = said.chars().count() <= EMAIL_CHARS_MAX && local_fits && domain_fits;
    // The part before the @ may be told apart by case; the domain never is.
    fits.then(|| [local, "@", &domain.to_lowercase()].concat())
}

fn phone(said: &str) -> Option<String> {
    let mut number = String::new();
    for c in said.chars() {
        match c {
            '+' if number.is_empty() => number.push('+'),
            ' ' | '-' | '.' | '(' | ')' | '/' => {}
            // Other spaces and hyphens, and the marks that address books put around a number.
            '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2010}'..='\u{2013}' => {}
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c => number.push(char::from_digit(c.to_digit(10).or_else(|| other_digit(c))?, 10)?),
        }
    }
    let digits = number.trim_start_matches('+').len();
    PHONE_DIGITS.contains(&digits).then_some(number)
}

/// The value of a digit of another script's decimal digits, as Arabic and Indian keyboards type them.
fn other_digit(c: char) -> Option<u32> {
    const ZEROS: [char; 5] = ['٠', '۰', '०', '০', '０'];
    let of = ZEROS.iter().find(|zero| (**zero..=zero_plus_nine(**zero)).contains(&c))?;
    (c as u32).checked_sub(*of as u32)
}

fn zero_plus_nine(zero: char) -> char {
    char::from_u32(zero as u32 + 9).unwrap_or(zero)
}

/// A number with a point or a comma before the decimals, whichever stands last; other points, commas, apostrophes and
/// spaces group thousands. It is saved with a point.
fn number(said: &str) -> Option<String> {
    let (sign, digits) = match said.strip_prefix(['-', '−']) {
        Some(digits) => ("-", digits),
        None => ("", said.strip_prefix('+').unwrap_or(said)),
    };
    let plain: Option<String> = digits
        .chars()
        .filter(|c| !matches!(c, ' ' | '\'' | '’' | '\u{a0}' | '\u{202f}'))
        .map(|c| match c {
            '.' | ',' => Some(c),
            c => char::from_digit(c.to_digit(10).or_else(|| other_digit(c))?, 10),
        })
        .collect();
    let plain = plain?;
    let marks: Vec<char> = plain.chars().filter(|c| !c.is_ascii_digit()).collect();
    let last = plain.rfind(['.', ',']);
    let (whole, decimals) = match (marks.as_slice(), last) {
        ([], _) | (_, None) => (plain.clone(), String::new()),
        // `1.234.567` and `1,234,567`: the same mark twice can't be before decimals.
        (marks, Some(_))
            if marks.len() > 1 && marks.iter().all(|mark| marks.first() == Some(mark)) =>
        {
            (grouped(&plain)?, String::new())
        }
        (_, Some(last)) => {
            let (whole, decimals) = plain.split_at_checked(last)?;
            let decimals = decimals.get(1..)?;
            (if marks.len() > 1 { grouped(whole)? } else { whole.to_owned() }, decimals.to_owned())
        }
    };
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if !plain.chars().any(|c| c.is_ascii_digit()) || whole.len() + decimals.len() > 30 {
        return None;
    }
    let decimals = decimals.trim_end_matches('0');
    let point = if decimals.is_empty() { "" } else { "." };
    let sign = if whole == "0" && decimals.is_empty() { "" } else { sign };
    Some([sign, whole, point, decimals].concat())
}

/// The digits of a number whose thousands are grouped, if they are.
fn grouped(number: &str) -> Option<String> {
    let groups: Vec<&str> = number.split(['.', ',']).collect();
    let (first, others) = groups.split_first()?;
    let fits = (1..=3).contains(&first.len()) && others.iter().all(|group| group.len() == 3);
    fits.then(|| groups.concat())
}

/// A day of the calendar, saved as ISO 8601 writes it.
fn date(said: &str) -> Option<String> {
    let parts: Vec<&str> = said.split(['-', '.', '/']).map(str::trim).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let value = |part: &str| -> Option<u32> {
        let all = !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
        all.then(|| part.parse().ok()).flatten()
    };
    let (year, month, day) = if first.len() == 4 {
        (value(first)?, value(second)?, value(third)?)
    } else if third.len() == 4 {
        (value(third)?, value(second)?, value(first)?)
    } else {
        return None;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    ((1..=days).contains(&day) && year >= 1000).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, cases: &[(&str, Option<&str>)]) {
        for (said, expected) in cases {
            assert_eq!(read(kind, said).as_deref(), *expected, "{kind:?}: {said:?}");
        }
    }

    #[test]
    fn nothing_is_no_answer() {
        for kind in [Kind::Text, Kind::Name, Kind::Email, Kind::Phone, Kind::Number, Kind::Date] {
            check(kind, &[("", None), (" \n\t", None)]);
        }
    }

    #[test]
    fn e_mail_addresses() {
        check(
            Kind::Email,
            &[
                (" ada@example.com ", Some("ada@example.com")),
                ("Ada.L+shop@Mail.Example.COM", Some("Ada.L+shop@mail.example.com")),
                ("josé@übung.example", Some("josé@übung.example")),
                ("ada@example", None),
                ("ada", None),
                ("@example.com", None),
                ("ada@", None),
                ("ada@@example.com", None),
                ("ada lovelace@example.com", None),
                ("ada@exa mple.com", None),
                ("ada@example..com", None),
                ("a..b@example.com", None),
                (".a@example.com", None),
                ("ada@-example.com", None),
                ("Ada <ada@example.com>", None),
                ("ada@example.com, bob@example.com", None),
                ("ada@example.com\nBcc: x@example.com", None),
            ],
        );
        let long = format!("{}@example.com", "a".repeat(300));
        check(Kind::Email, &[(&long, None)]);
    }

    #[test]
    fn telephone_numbers() {
        check(
            Kind::Phone,
            &[
                ("+49 (30) 901820-0", Some("+49309018200")),
                ("030/12 34 56", Some("030123456")),
                ("٠١٢٣٤٥٦٧", Some("01234567")),
                ("110", None),
                ("1234567890123456", None),
                ("call me", None),
                ("12+345", None),
                ("\u{202a}+49\u{a0}30\u{2011}901820\u{202c}", Some("+4930901820")),
            ],
        );
    }

    #[test]
    fn numbers() {
        check(
            Kind::Number,
            &[
                ("42", Some("42")),
                ("-7", Some("-7")),
                ("+7", Some("7")),
                ("3,50", Some("3.5")),
                ("3.50", Some("3.5")),
                ("1.234,56", Some("1234.56")),
                ("1,234.56", Some("1234.56")),
                ("1 234 567", Some("1234567")),
                ("1'234.5", Some("1234.5")),
                ("1.234.567", Some("1234567")),
                ("007", Some("7")),
                ("0.0", Some("0")),
                ("-0,0", Some("0")),
                ("४२", Some("42")),
                ("1.23.45", None),
                ("1,2,3.4", None),
                ("four", None),
                ("4 pieces", None),
                (".", None),
                ("1e9", None),
                ("99999999999999999999999999999999", None),
            ],
        );
    }

    #[test]
    fn days() {
        check(
            Kind::Date,
            &[
                ("2026-11-30", Some("2026-11-30")),
                ("30.11.2026", Some("2026-11-30")),
                ("5/3/2026", Some("2026-03-05")),
                ("29.2.2024", Some("2024-02-29")),
                ("29.2.2026", None),
                ("29.2.1900", None),
                ("31.4.2026", None),
                ("1.13.2026", None),
                ("0.1.2026", None),
                ("1.1.26", None),
                ("tomorrow", None),
                ("1.1.2026.1", None),
                ("2026-1-1-", None),
            ],
        );
    }

    #[test]
    fn names() {
        check(
            Kind::Name,
            &[("Ada", Some("Ada")), ("李", Some("李")), ("42", None), ("Ada\nLovelace", None)],
        );
    }
}

//! Slips in e-mail addresses: `ada@gmial.com` for `ada@gmail.com`.

/// Mail providers of many people, by name and ending. What is one of them is no slip, though it is near to another.
const PROVIDERS: &[(&str, &[&str])] = &[
    ("gmail", &["com"]),
    ("googlemail", &["com"]),
    ("hotmail", &["com", "co.uk", "de", "es", "fr", "it", "nl", "be", "com.br"]),
    ("outlook", &["com", "de", "es", "fr", "it", "com.br", "jp"]),
    ("yahoo", &["com", "co.uk", "de", "es", "fr", "it", "ca", "com.br", "co.in", "co.jp"]),
    ("ymail", &["com"]),
    ("icloud", &["com"]),
    ("live", &["com", "co.uk", "de", "fr", "it", "nl", "be", "ca", "se"]),
    ("msn", &["com"]),
    ("aol", &["com", "de"]),
    ("mail", &["com", "ru", "de", "ee"]),
    ("email", &["com", "de", "cz", "it"]),
    ("proton", &["me"]),
    ("protonmail", &["com", "ch"]),
    ("gmx", &["de", "net", "at", "ch", "com", "fr", "us"]),
    ("web", &["de"]),
    ("freenet", &["de"]),
    ("t-online", &["de"]),
    ("orange", &["fr"]),
    ("wanadoo", &["fr"]),
    ("laposte", &["net"]),
    ("libero", &["it"]),
    ("virgilio", &["it"]),
    ("uol", &["com.br"]),
    ("terra", &["com.br"]),
    ("yandex", &["ru", "com"]),
    ("seznam", &["cz"]),
    ("comcast", &["net"]),
    ("verizon", &["net"]),
    ("btinternet", &["com"]),
    ("rediffmail", &["com"]),
    ("naver", &["com"]),
];

/// Characters of the shortest name in which a slip is looked for: of shorter ones, too many others are one letter away.
const NAME_CHARS_MIN: usize = 5;

/// Characters of the shortest name in which two are looked for.
const TWO_SLIPS_CHARS_MIN: usize = 7;

/// Endings in which a slip is looked for. Those of two letters are all countries.
const ENDINGS: &[&str] = &["com", "net", "co.uk", "com.br"];

/// The address that was probably meant, if the domain of this one is within a slip or two of a provider that many people
/// have. It is a question: the address may be right.
pub fn meant(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let domain = domain.to_lowercase();
    let (name, ending) = domain.split_once('.')?;
    let all =
        || PROVIDERS.iter().flat_map(|(name, endings)| endings.iter().map(move |of| (*name, *of)));
    if all().any(|known| known == (name, ending)) {
        return None;
    }
    let near = all().filter_map(|(right, right_ending)| {
        let slips = slips_of_name(name, right)? + slips_of_ending(ending, right_ending)?;
        (slips <= 2).then_some((slips, right, right_ending))
    });
    let (_, name, ending) = near.min_by_key(|(slips, ..)| *slips)?;
    Some([local, "@", name, ".", ending].concat())
}

fn slips_of_name(name: &str, right: &str) -> Option<usize> {
    let slips = distance(name, right);
    let most = match right.chars().count() {
        TWO_SLIPS_CHARS_MIN.. => 2,
        NAME_CHARS_MIN.. => 1,
        _ => 0,
    };
    (slips <= most).then_some(slips)
}

fn slips_of_ending(ending: &str, right: &str) -> Option<usize> {
    let slips = distance(ending, right);
    (slips == 0 || slips == 1 && ENDINGS.contains(&right)).then_some(slips)
}

/// How many letters are wrong, missing, too many or exchanged with the next one: the optimal string alignment distance.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, a) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, b) in other.iter().enumerate() {
            let at = |line: &[usize], place: usize| line.get(place).copied().unwrap_or(usize::MAX);
            let other_letter = at(&last, column) + usize::from(a != b);
            let mut least = other_letter.min(at(&last, column + 1) + 1).min(at(&next, column) + 1);
            let is_exchanged = row > 0
                && column > 0
                && one.get(row - 1) == Some(b)
                && other.get(column - 1) == Some(a);
            if is_exchanged {
                least = least.min(at(&before, column - 1) + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found() {
        for (written, right) in [
            ("gmial.com", "gmail.com"),
            ("gmai.com", "gmail.com"),
            ("gmaill.com", "gmail.com"),
            ("gmail.con", "gmail.com"),
            ("gmail.co", "gmail.com"),
            ("gmail.cmo", "gmail.com"),
            ("gnail.com", "gmail.com"),
            ("GMIAL.com", "gmail.com"),
            ("hotmial.com", "hotmail.com"),
            ("hotmal.de", "hotmail.de"),
            ("hormial.com", "hotmail.com"),
            ("outlok.com", "outlook.com"),
            ("outlool.co", "outlook.com"),
            ("yaho.co.uk", "yahoo.co.uk"),
            ("iclould.com", "icloud.com"),
            ("t-onlin.de", "t-online.de"),
            ("web.de", ""),
        ] {
            let expected = Some(["Ada.L@", right].concat()).filter(|_| !right.is_empty());
            assert_eq!(meant(&["Ada.L@", written].concat()), expected, "{written}");
        }
    }

    #[test]
    fn what_may_be_right_is_left() {
        for right in [
            "gmail.com",
            "ymail.com",
            "mail.com",
            "email.com",
            "gmx.at",
            "hotmail.ca",
            "hotmail.pl",
            "yahoo.pl",
            "outlook.cz",
            "me.com",
            "we.com",
            "wed.de",
            "example.com",
            "mall.com",
            "gmail.example.com",
            "shop.example",
            "company.com",
            "localhost",
            "übung.de",
        ] {
            assert_eq!(meant(&["ada@", right].concat()), None, "{right}");
        }
        assert_eq!(meant("no address"), None);
    }

    #[test]
    fn letters_are_counted() {
        for (one, other, letters) in [
            ("", "", 0),
            ("", "ab", 2),
            ("gmail", "gmial", 1),
            ("abcd", "bacd", 1),
            ("ab", "cd", 2),
        ] {
            assert_eq!((distance(one, other), distance(other, one)), (letters, letters), "{one}");
        }
    }
}

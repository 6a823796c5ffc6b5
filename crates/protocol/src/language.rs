//! Language tags, and how near two languages are: chooses the notice for a visitor's language.

/// Deprecated codes with their replacements, and codes of languages with those of their macrolanguages.
const RENAMED: [(&str, &str); 26] = [
    ("arb", "ar"),
    ("azj", "az"),
    ("cmn", "zh"),
    ("ekk", "et"),
    ("gaz", "om"),
    ("hbs", "sr"),
    ("in", "id"),
    ("iw", "he"),
    ("ji", "yi"),
    ("jw", "jv"),
    ("khk", "mn"),
    ("kmr", "ku"),
    ("lvs", "lv"),
    ("mo", "ro"),
    ("no", "nb"),
    ("npi", "ne"),
    ("ory", "or"),
    ("pes", "fa"),
    ("plt", "mg"),
    ("prs", "fa"),
    ("sh", "sr"),
    ("swh", "sw"),
    ("tl", "fil"),
    ("uzn", "uz"),
    ("ydd", "yi"),
    ("zsm", "ms"),
];

/// Groups of languages whose readers understand each other's.
const FAMILIES: [&[&str]; 4] = [
    &["nb", "nn"],
    &["zh", "yue", "wuu", "nan", "hak", "gan", "hsn"],
    &["sr", "hr", "bs", "cnr"],
    &["ar", "arz", "apc", "ary", "aeb", "acm", "afb"],
];

/// The name of the cookie with the language of the inbox that an agent has chosen. The inbox sets it, and the server
/// writes the next document in that language. It is no secret, and the same for all servers of a host.
pub const LANGUAGE_COOKIE: &str = "porchlight_language";

/// A language tag with the hyphens of BCP 47, from other notations: `pt_BR`, or `de_DE.UTF-8` as in an
/// operating system's locale.
pub fn hyphenated(tag: &str) -> String {
    let plain = tag.trim().split(['.', '@']).next().unwrap_or_default();
    plain.replace('_', "-")
}

/// The [`nearness`] from which on two tags mean the same language in the same script: another script takes more away than
/// region and variants add.
const SAME: u32 = 40;

/// True if two tags mean the same language, in the same script, whatever the region.
pub fn is_same(wanted: &str, offered: &str) -> bool {
    nearness(wanted, offered) >= SAME
}

/// How near the language `offered` is to the language `wanted`: greater is nearer, 0 is a
/// different language.
pub fn nearness(wanted: &str, offered: &str) -> u32 {
    let (wanted, offered) = (Parts::of(wanted), Parts::of(offered));
    let mut nearness = if wanted.language == offered.language {
        SAME
    } else if FAMILIES
        .iter()
        .any(|of| of.contains(&&*wanted.language) && of.contains(&&*offered.language))
    {
        20
    } else {
        return 0;
    };
    if wanted.script.zip(offered.script).is_some_and(|(wanted, offered)| wanted != offered) {
        nearness -= 15;
    }
    nearness += match (&*wanted.region, &*offered.region) {
        (wanted, offered) if wanted == offered => 8,
        // A text for no region in particular is nearer than one for another region.
        (_, "") => 4,
        // Portuguese outside of Brazil is written as in Portugal, and most readers are Brazilian.
        (region, "pt") if wanted.language == "pt" && !matches!(region, "" | "br") => 6,
        ("", "br") => 2,
        // 419 is Latin America.
        (region, "419") if region != "es" => 6,
        _ => 0,
    };
    // `sl-rozaj` is a special case of `sl`: equal variants are nearer.
    if wanted.rest == offered.rest { nearness + 1 } else { nearness }
}

/// The parts of a tag, in lower case.
struct Parts {
    language: String,
    /// As written in the tag, or implied by language and region.
    script: Option<Script>,
    region: String,
    /// Variants and extensions.
    rest: String,
}

/// A script by its four letters.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Script([u8; 4]);

const HANS: Script = Script(*b"hans");
const HANT: Script = Script(*b"hant");
const LATIN: Script = Script(*b"latn");
const CYRILLIC: Script = Script(*b"cyrl");

impl Parts {
    fn of(tag: &str) -> Parts {
        let tag = hyphenated(tag).to_ascii_lowercase();
        let mut subtags = tag.split('-').peekable();
        let written = subtags.next().unwrap_or_default();
        let renamed = RENAMED.iter().find(|(from, _)| *from == written);
        let mut language = renamed.map_or(written, |(_, to)| to);
        // `zh-yue`: the second part is the language. `zh-cmn` is plain Chinese.
        if let Some(extended) = subtags.next_if(|it| it.len() == 3 && is_alphabetic(it))
            && extended != "cmn"
        {
            language = extended;
        }
        let script = subtags.next_if(|it| it.len() == 4 && is_alphabetic(it));
        let script = script.and_then(|it| it.as_bytes().try_into().ok()).map(Script);
        let region = subtags
            .next_if(|it| it.len() == 2 && is_alphabetic(it) || is_number(it))
            .unwrap_or_default();
        let script = script.or(match (language, region) {
            ("zh", "tw" | "hk" | "mo") | ("yue", _) => Some(HANT),
            ("zh", _) => Some(HANS),
            ("sr", "me") | ("hr" | "bs" | "cnr", _) => Some(LATIN),
            ("sr", _) if written != "sr" => Some(LATIN),
            ("sr", _) => Some(CYRILLIC),
            _ => None,
        });
        Parts {
            language: language.to_owned(),
            script,
            region: region.to_owned(),
            rest: subtags.collect::<Vec<_>>().join("-"),
        }
    }
}

fn is_alphabetic(subtag: &str) -> bool {
    subtag.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_number(subtag: &str) -> bool {
    subtag.len() == 3 && subtag.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The nearest of these, the first of those that are as near; "" if none is near.
    fn nearest<'a>(wanted: &str, offered: &[&'a str]) -> &'a str {
        let mut best = ("", 0);
        for tag in offered {
            let near = nearness(wanted, tag);
            if near > best.1 {
                best = (tag, near);
            }
        }
        best.0
    }

    #[test]
    fn a_tag_may_be_written_otherwise() {
        for (written, hyphens) in
            [("pt_BR", "pt-BR"), ("de_DE.UTF-8", "de-DE"), (" sr_RS@latin ", "sr-RS"), ("en", "en")]
        {
            assert_eq!(hyphenated(written), hyphens);
        }
        assert_eq!(nearest("pt_BR", &["en", "pt", "pt-BR"]), "pt-BR");
        assert_eq!(nearest("de_DE.UTF-8", &["en", "de"]), "de");
        assert_eq!(nearest("pt-br", &["en", "pt_BR"]), "pt_BR");
    }

    #[test]
    fn the_same_language_is_nearer_than_any_other() {
        assert_eq!(nearest("pt-PT", &["en", "pt-BR", "pt"]), "pt");
        assert_eq!(nearest("pt-PT", &["en", "pt-BR"]), "pt-BR");
        assert_eq!(nearest("pt", &["en", "pt-BR"]), "pt-BR");
        assert_eq!(nearest("pt", &["pt-PT", "pt-BR"]), "pt-BR");
        assert_eq!(nearest("pt-AO", &["pt-BR", "pt", "pt-PT"]), "pt-PT");
        assert_eq!(nearest("pt-MZ", &["pt-BR", "pt"]), "pt");
        assert_eq!(nearest("es-MX", &["es-ES", "es-419"]), "es-419");
        assert_eq!(nearest("es-ES", &["es-419", "es"]), "es");
        assert_eq!(nearest("sl", &["sl-rozaj", "sl"]), "sl");
        assert_eq!(nearest("fr", &["en", "de", ""]), "");
        assert_eq!(nearest("", &["en"]), "");
    }

    #[test]
    fn a_script_is_told_by_the_region() {
        for traditional in ["zh-TW", "zh-HK", "zh-Hant-MO", "zh-Hant", "yue", "zh-yue-HK"] {
            assert_eq!(nearest(traditional, &["zh-Hans", "zh-Hant"]), "zh-Hant", "{traditional}");
            assert_eq!(nearest(traditional, &["zh-CN", "zh-TW"]), "zh-TW", "{traditional}");
            assert_eq!(nearest(traditional, &["en", "zh-CN"]), "zh-CN", "{traditional}");
        }
        for simplified in ["zh", "zh-CN", "zh-SG", "zh-Hans", "cmn", "zh-cmn-Hans-CN"] {
            assert_eq!(nearest(simplified, &["zh-TW", "zh-CN"]), "zh-CN", "{simplified}");
            assert_eq!(nearest(simplified, &["zh-Hant", "zh-Hans"]), "zh-Hans", "{simplified}");
        }
        assert_eq!(nearest("sr-ME", &["sr-Cyrl", "sr-Latn"]), "sr-Latn");
        assert_eq!(nearest("sh", &["sr", "sr-Latn"]), "sr-Latn");
        assert_eq!(nearest("sr", &["sr-Latn", "sr-Cyrl"]), "sr-Cyrl");
        assert_eq!(nearest("pt-Latn-AO", &["en", "pt"]), "pt");
    }

    #[test]
    fn old_codes_and_macrolanguages_are_the_language() {
        for (wanted, offered) in [
            ("iw", "he"),
            ("he-IL", "iw"),
            ("in", "id"),
            ("ji", "yi"),
            ("mo", "ro"),
            ("tl-PH", "fil"),
            ("nb-NO", "no"),
            ("no", "nb"),
            ("cmn-Hans", "zh"),
            ("arb", "ar"),
            ("prs", "fa"),
            ("zsm", "ms"),
        ] {
            assert_eq!(nearest(wanted, &["en", offered]), offered, "{wanted}");
        }
    }

    #[test]
    fn a_language_is_the_same_in_every_region_and_not_in_every_script() {
        for (one, other) in
            [("de", "de-AT"), ("en-GB", "en-US"), ("pt", "pt-BR"), ("iw", "he-IL"), ("zh", "zh-CN")]
        {
            assert!(is_same(one, other) && is_same(other, one), "{one} {other}");
        }
        for (one, other) in [("de", "nl"), ("zh-TW", "zh-CN"), ("nn", "nb"), ("de", ""), ("", "de")]
        {
            assert!(!is_same(one, other) && !is_same(other, one), "{one} {other}");
        }
        // The most that another script can have in common.
        assert!(!is_same("sr-Latn-RS-ekavsk", "sr-Cyrl-RS-ekavsk"));
    }

    #[test]
    fn a_relative_is_better_than_the_default() {
        assert_eq!(nearest("nn", &["en", "nb"]), "nb");
        assert_eq!(nearest("nn", &["nb", "nn"]), "nn");
        assert_eq!(nearest("no", &["nn", "nb"]), "nb");
        assert_eq!(nearest("yue", &["en", "zh"]), "zh");
        assert_eq!(nearest("hr", &["en", "bs"]), "bs");
        assert_eq!(nearest("hr", &["sr-Cyrl", "sr-Latn"]), "sr-Latn");
        assert_eq!(nearest("ar-EG", &["en", "arz"]), "arz");
    }
}

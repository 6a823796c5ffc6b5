//! Code that makes a proof, for six back ends and each method. It is code, so it is the same in every language that people
//! speak; `docs/identity.md` has it, too.

use porchlight_protocol::person::ProofMethod;

/// A programming language of a site's back end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackEnd {
    /// Node.
    Node,
    /// Python.
    Python,
    /// PHP.
    Php,
    /// Ruby.
    Ruby,
    /// Go.
    Go,
    /// Rust.
    Rust,
}

impl BackEnd {
    /// All of them.
    pub const ALL: [BackEnd; 6] =
        [BackEnd::Node, BackEnd::Python, BackEnd::Php, BackEnd::Ruby, BackEnd::Go, BackEnd::Rust];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            BackEnd::Node => "Node",
            BackEnd::Python => "Python",
            BackEnd::Php => "PHP",
            BackEnd::Ruby => "Ruby",
            BackEnd::Go => "Go",
            BackEnd::Rust => "Rust",
        }
    }

    /// The code that makes a proof by a method.
    pub const fn code(self, method: ProofMethod) -> &'static str {
        match (self, method) {
            (BackEnd::Node, ProofMethod::Hmac) => include_str!("snippets/hash.js.txt"),
            (BackEnd::Node, ProofMethod::JwtHs256) => include_str!("snippets/hs256.js.txt"),
            (BackEnd::Node, ProofMethod::JwtEs256) => include_str!("snippets/es256.js.txt"),
            (BackEnd::Python, ProofMethod::Hmac) => include_str!("snippets/hash.py.txt"),
            (BackEnd::Python, ProofMethod::JwtHs256) => include_str!("snippets/hs256.py.txt"),
            (BackEnd::Python, ProofMethod::JwtEs256) => include_str!("snippets/es256.py.txt"),
            (BackEnd::Php, ProofMethod::Hmac) => include_str!("snippets/hash.php.txt"),
            (BackEnd::Php, ProofMethod::JwtHs256) => include_str!("snippets/hs256.php.txt"),
            (BackEnd::Php, ProofMethod::JwtEs256) => include_str!("snippets/es256.php.txt"),
            (BackEnd::Ruby, ProofMethod::Hmac) => include_str!("snippets/hash.rb.txt"),
            (BackEnd::Ruby, ProofMethod::JwtHs256) => include_str!("snippets/hs256.rb.txt"),
            (BackEnd::Ruby, ProofMethod::JwtEs256) => include_str!("snippets/es256.rb.txt"),
            (BackEnd::Go, ProofMethod::Hmac) => include_str!("snippets/hash.go.txt"),
            (BackEnd::Go, ProofMethod::JwtHs256) => include_str!("snippets/hs256.go.txt"),
            (BackEnd::Go, ProofMethod::JwtEs256) => include_str!("snippets/es256.go.txt"),
            (BackEnd::Rust, ProofMethod::Hmac) => include_str!("snippets/hash.rs.txt"),
            (BackEnd::Rust, ProofMethod::JwtHs256) => include_str!("snippets/hs256.rs.txt"),
            (BackEnd::Rust, ProofMethod::JwtEs256) => include_str!("snippets/es256.rs.txt"),
        }
    }
}

/// The code by which the page passes a proof on.
pub const fn of_page(method: ProofMethod) -> &'static str {
    match method {
        ProofMethod::Hmac => {
            "Porchlight(\"identify\", { id: \"user-42\", name: \"Bo Lee\", hash: \"…\" });"
        }
        ProofMethod::JwtHs256 | ProofMethod::JwtEs256 => {
            "Porchlight(\"identify\", { jwt: \"…\" });"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_snippet_is_in_the_guide_or_differs_by_its_key_alone() {
        let guide = include_str!("../../../../../docs/identity.md");
        for back_end in BackEnd::ALL {
            for method in [ProofMethod::Hmac, ProofMethod::JwtHs256] {
                let code = back_end.code(method);
                assert!(guide.contains(code), "{}: {code}", back_end.name());
            }
            let code = back_end.code(ProofMethod::JwtEs256);
            assert!(code.contains("ES256") && !code.contains("HS256"), "{code}");
            assert!(code.contains("PORCHLIGHT_PRIVATE_KEY") && !code.contains("_SECRET"), "{code}");
        }
    }
}

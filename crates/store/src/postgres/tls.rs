//! TLS to a database. Its certificate is always verified: by the authorities of this machine, or by those in the file that
//! the address names as `sslrootcert`.

use std::error::Error as StdError;
use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use anyhow::{Context, ensure};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::form_urlencoded;

/// The parameter of an address that names a file with authorities' certificates. The client knows it not.
const AUTHORITIES: &str = "sslrootcert";

/// An address without its [`AUTHORITIES`], and the file that they name.
pub(super) fn without_authorities(address: &str) -> (String, Option<String>) {
    let Some((place, query)) = address.split_once('?') else {
        return (address.to_owned(), None);
    };
    let is_named = |pair: &&str| pair.split('=').next() == Some(AUTHORITIES);
    let (named, others): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_named);
    let file = named.last().and_then(|pair| form_urlencoded::parse(pair.as_bytes()).next());
    let others = others.join("&");
    let address = if others.is_empty() { place.to_owned() } else { format!("{place}?{others}") };
    (address, file.map(|(_, file)| file.into_owned()))
}

/// Connects by TLS, trusting the authorities in this file, or those of the machine.
pub(super) fn connector(authorities: Option<&str>) -> anyhow::Result<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(path) => {
            let cannot_read = || format!("can't read the certificates in {path}");
            let file = BufReader::new(File::open(path).with_context(cannot_read)?);
            for certificate in CertificateDer::pem_reader_iter(file) {
                roots.add(certificate.with_context(cannot_read)?).with_context(cannot_read)?;
            }
            ensure!(!roots.is_empty(), "there is no certificate in {path}");
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("TLS can't be set up")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// What an error of TLS means, and what to do. `None` for an error of another kind.
pub(super) fn explain(error: &postgres::Error) -> Option<&'static str> {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        if text.contains("server does not support TLS") {
            return Some(
                "it offers no TLS. Switch it on there, or, on a private network, write sslmode=disable",
            );
        }
        if text.contains("invalid peer certificate") {
            return Some(
                "its certificate is not trusted. Name the file of its authority: sslrootcert=FILE",
            );
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authorities_are_taken_out_of_an_address() {
        let take = |address: &str| without_authorities(address);
        assert_eq!(take("postgres://h/db"), ("postgres://h/db".to_owned(), None));
        let file = Some("/etc/a b.pem".to_owned());
        for address in [
            "postgres://h/db?sslrootcert=/etc/a%20b.pem&sslmode=require",
            "postgres://h/db?sslmode=require&sslrootcert=%2Fetc%2Fa%20b.pem",
        ] {
            assert_eq!(take(address), ("postgres://h/db?sslmode=require".to_owned(), file.clone()));
        }
        assert_eq!(
            take("postgres://h/db?sslrootcert=x"),
            ("postgres://h/db".to_owned(), Some("x".to_owned()))
        );
    }
}

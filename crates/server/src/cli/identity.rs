//! `porchlight identity`.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand, ValueEnum};
use porchlight_protocol::MemberId;
use porchlight_protocol::person::{IdentitySettings, ProofMethod};

use super::{DataArg, SiteArg, ago};

#[derive(Subcommand)]
pub(super) enum IdentityCommand {
    /// Secrets, by which the site's back end makes proofs.
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Choose how the site's back end proves who a visitor is.
    Method {
        #[command(flatten)]
        data: DataArg,
        /// The method.
        method: MethodArg,
        /// With jwt-es256: the file of the public key, as PEM.
        #[arg(long, value_name = "FILE")]
        public_key: Option<PathBuf>,
        #[command(flatten)]
        site: SiteArg,
    },
    /// Let only visitors start conversations whose identity is proved, or everybody.
    Require {
        #[command(flatten)]
        data: DataArg,
        /// Whether a proof is required.
        required: OnOff,
        #[command(flatten)]
        site: SiteArg,
    },
}

#[derive(Subcommand)]
pub(super) enum SecretCommand {
    /// Make a secret and print it. Proofs by the others hold still, until they are removed.
    Add(OfSite),
    /// List the secrets, without the secrets themselves.
    List(OfSite),
    /// Remove a secret: proofs by it hold no longer.
    Remove {
        #[command(flatten)]
        data: DataArg,
        /// The secret's id, as listed.
        id: MemberId,
        #[command(flatten)]
        site: SiteArg,
    },
}

#[derive(Args)]
pub(super) struct OfSite {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    site: SiteArg,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum MethodArg {
    /// HMAC-SHA256 of the person's id, by a secret.
    Hmac,
    /// A JWT with the algorithm HS256, by a secret.
    JwtHs256,
    /// A JWT with the algorithm ES256, by a private key that only the site's back end has.
    JwtEs256,
}

impl From<MethodArg> for ProofMethod {
    fn from(method: MethodArg) -> Self {
        match method {
            MethodArg::Hmac => ProofMethod::Hmac,
            MethodArg::JwtHs256 => ProofMethod::JwtHs256,
            MethodArg::JwtEs256 => ProofMethod::JwtEs256,
        }
    }
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(super) enum OnOff {
    /// It is required.
    On,
    /// It is not.
    Off,
}

pub(super) fn run(command: IdentityCommand) -> anyhow::Result<()> {
    match command {
        IdentityCommand::Secret(command) => secret(command)?,
        IdentityCommand::Method { data, method, public_key, site } => {
            let store = data.store();
            let site = store.site(site.site.as_ref())?;
            let method = ProofMethod::from(method);
            let read = |file: PathBuf| {
                let read = std::fs::read_to_string(&file);
                read.with_context(|| format!("{} can't be read", file.display()))
            };
            let given = public_key.map(read).transpose()?;
            let settings = store.change_identity(&site.key, |before| IdentitySettings {
                method,
                public_key: given.or(before.public_key),
                ..before
            })?;
            let name = settings.method.as_str();
            println!("{} expects proofs by {name} from now on.", site.name);
            if method.has_secrets() && store.identity(&site.key)?.secrets.is_empty() {
                println!("It has no secret yet: porchlight identity secret add --help");
            }
        }
        IdentityCommand::Require { data, required, site } => {
            let store = data.store();
            let site = store.site(site.site.as_ref())?;
            let required = required == OnOff::On;
            store.change_identity(&site.key, |before| IdentitySettings { required, ..before })?;
            let whom =
                if required { "Only visitors whose identity is proved" } else { "All visitors" };
            println!("{whom} can start conversations on {} from now on.", site.name);
        }
    }
    Ok(())
}

fn secret(command: SecretCommand) -> anyhow::Result<()> {
    match command {
        SecretCommand::Add(OfSite { data, site }) => {
            let store = data.store();
            let site = store.site(site.site.as_ref())?;
            let made = store.add_secret(&site.key)?;
            println!("{}", made.secret);
            eprintln!(
                "This is shown once. Keep it on the back end of {}, where no visitor gets it. Its id is {}.",
                site.name, made.seen.id
            );
        }
        SecretCommand::List(OfSite { data, site }) => {
            let store = data.store();
            let site = store.site(site.site.as_ref())?;
            let secrets = store.identity(&site.key)?.secrets;
            if secrets.is_empty() {
                println!("{} has no secrets.", site.name);
            }
            for secret in secrets {
                println!("{}  …{}  {}", secret.id, secret.ends_in, ago(secret.created_at));
            }
        }
        SecretCommand::Remove { data, id, site } => {
            let store = data.store();
            let site = store.site(site.site.as_ref())?;
            let removed = store.remove_secret(&site.key, &id)?;
            ensure!(removed, "{} has no secret {id}: porchlight identity secret list", site.name);
            println!("Removed the secret {id}. Proofs by it hold no longer.");
        }
    }
    Ok(())
}

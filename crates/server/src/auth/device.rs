//! Known devices: browsers in which an agent has signed in before. Strangers who guess the agent's password from
//! elsewhere don't lock them out.
//!
//! The device's cookie holds a random name and a seal (a keyed hash) that only the server can make, from the hash of
//! the agent's password. The server stores nothing; a new password makes all devices unknown.

use porchlight_protocol::id;
use porchlight_store::agents::Login;
use porchlight_store::random::{self, Hash};
use subtle::ConstantTimeEq;

fn seal(name: &str, login: &Login) -> String {
    let (password, account) = (login.password.as_bytes(), login.account.as_str().as_bytes());
    id::hex(&random::hash_parts(&[b"device", password, account, name.as_bytes()]))
}

/// The cookie's value for a device after its first sign-in.
pub fn made_known(login: &Login) -> anyhow::Result<String> {
    let name = id::hex(&random::bytes::<16>()?);
    let seal = seal(&name, login);
    Ok(format!("{name}.{seal}"))
}

/// The hash that rate limits count a device by, if it is known to this person.
pub fn known(shown: &str, login: &Login) -> Option<Hash> {
    let (name, shown_seal) = shown.split_once('.')?;
    let right: bool = seal(name, login).as_bytes().ct_eq(shown_seal.as_bytes()).into();
    right.then(|| random::hash(name))
}

#[cfg(test)]
mod tests {
    use porchlight_protocol::MemberId;

    use super::*;

    fn login(account: u8, password: &str) -> Login {
        Login {
            // At whichever site they are.
            id: MemberId::from_bytes(random::bytes().unwrap()),
            account: MemberId::from_bytes([account; 16]),
            site: 1,
            password: password.to_owned(),
            active: true,
        }
    }

    #[test]
    fn a_device_is_known_to_one_person_with_one_password() {
        let ada = login(1, "hash");
        let shown = made_known(&ada).unwrap();
        assert!(known(&shown, &ada).is_some());
        assert!(known(&shown, &login(2, "hash")).is_none());
        assert!(known(&shown, &login(1, "another")).is_none());
        let (name, seal) = shown.split_once('.').unwrap();
        for forged in
            [name, &format!("{name}."), &format!("x.{seal}"), &format!("{name}x.{seal}"), ""]
        {
            assert!(known(forged, &ada).is_none(), "{forged}");
        }
        assert_ne!(made_known(&ada).unwrap(), shown);
    }
}

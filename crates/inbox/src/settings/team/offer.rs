//! What the page offers for a person of the team, by the rights of whoever looks at it.

use porchlight_protocol::MemberId;
use porchlight_protocol::rights::Role;
use porchlight_protocol::team::Person;

/// The roles that somebody in the role `me` may give to a person, one of which they have; none if the role is not to be
/// changed by them.
pub fn roles(me: Role, of: Role) -> Vec<Role> {
    if !me.may_manage(of) {
        return Vec::new();
    }
    Role::ALL.into_iter().filter(|role| me.may_manage(*role)).collect()
}

/// The roles to which somebody in the role `me` may invite, the one with the fewest rights first: whoever does not choose
/// gives no more than is needed.
pub fn invitable(me: Role) -> Vec<Role> {
    Role::ALL.into_iter().rev().filter(|role| me.may_manage(*role)).collect()
}

/// True if `me` is offered to deactivate, or reactivate, this person. Nobody is offered to do it to themselves: they would
/// be out at once, and could not undo it.
pub fn activity(me: &MemberId, role: Role, person: &Person) -> bool {
    role.may_manage(person.role) && person.agent.id != *me
}

#[cfg(test)]
mod tests {
    use porchlight_protocol::Member;

    use super::*;

    #[test]
    fn everybody_is_offered_what_they_may() {
        let [owner, admin, agent] = Role::ALL;
        assert_eq!(roles(owner, owner), [owner, admin, agent]);
        assert_eq!(roles(owner, agent), [owner, admin, agent]);
        assert_eq!(roles(admin, agent), [admin, agent]);
        assert!(roles(admin, owner).is_empty());
        assert!(roles(agent, agent).is_empty());
        assert_eq!(invitable(owner), [agent, admin, owner]);
        assert_eq!(invitable(admin), [agent, admin]);
        assert!(invitable(agent).is_empty());
    }

    #[test]
    fn nobody_is_offered_to_put_themselves_out() {
        let id = |digit: u8| MemberId::from_bytes([digit; 16]);
        let person = |role: Role| Person {
            agent: Member { id: id(1), name: "Ada".to_owned() },
            email: String::new(),
            role,
            active: true,
            away: false,
            seen_at: None,
            picture: None,
        };
        assert!(!activity(&id(1), Role::Owner, &person(Role::Owner)));
        assert!(activity(&id(2), Role::Owner, &person(Role::Owner)));
        assert!(!activity(&id(2), Role::Admin, &person(Role::Owner)));
        assert!(activity(&id(2), Role::Admin, &person(Role::Admin)));
        assert!(!activity(&id(2), Role::Agent, &person(Role::Agent)));
    }
}

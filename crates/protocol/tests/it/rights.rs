//! The table of rights, held against docs/team.md.

use porchlight_protocol::rights::{Right, Role, may_lose};

/// What docs/team.md calls a right.
fn words(right: Right) -> &'static str {
    match right {
        Right::Answer => "Read, claim, answer and close conversations",
        Right::EditVisitors => "See what is known of a visitor, and correct it",
        Right::Block => "Block and unblock visitors",
        Right::SeeSettings => "See the settings, the bots and their flows",
        Right::SeeTeam => "See who is on the team",
        Right::ChangeSettings => "Change the settings",
        Right::ManageBots => "Manage bots, their flows and where they greet",
        Right::ManageData => "Export and erase a visitor's data",
        Right::SeeAudit => "Read the audit log",
        Right::ManageTeam => "Invite, change and deactivate agents and admins",
        Right::ManageOwners => "Invite, change and deactivate owners",
    }
}

#[test]
fn the_documented_table_is_the_one_in_force() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/team.md");
    let text = std::fs::read_to_string(path).unwrap();
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let lines: Vec<Vec<String>> =
        text.lines().skip_while(|line| !line.starts_with("| right |")).map(cells).collect();
    let roles: Vec<String> = Role::ALL.map(|role| role.as_str().to_owned()).into();
    assert_eq!(lines[0], [vec!["right".to_owned()], roles].concat());
    let documented: Vec<_> = lines.iter().skip(2).take_while(|row| row.len() == 4).collect();
    assert_eq!(documented.len(), Right::ALL.len());
    for (row, right) in documented.into_iter().zip(Right::ALL) {
        let may = Role::ALL.map(|role| if role.may(right) { "yes" } else { "no" }.to_owned());
        assert_eq!(row, &[vec![words(right).to_owned()], may.into()].concat());
    }
}

#[test]
fn who_has_more_rights_lacks_none_of_the_others() {
    for right in Right::ALL {
        let may = Role::ALL.map(|role| role.may(right));
        assert!(may.is_sorted_by(|higher, lower| higher >= lower), "{right:?}: {may:?}");
    }
}

#[test]
fn nobody_manages_those_above_them() {
    let [owner, admin, agent] = Role::ALL;
    for (who, whom) in
        [(owner, vec![owner, admin, agent]), (admin, vec![admin, agent]), (agent, vec![])]
    {
        let managed: Vec<Role> =
            Role::ALL.into_iter().filter(|other| who.may_manage(*other)).collect();
        assert_eq!(managed, whom, "{who:?}");
    }
}

#[test]
fn the_last_owner_stays() {
    assert!(!may_lose(1, true));
    assert!(may_lose(2, true));
    // Somebody who is no owner, whether there is one or not.
    assert!(may_lose(0, false) && may_lose(1, false));
}

//! How the steps of a flow lead to each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::flow::{Flow, Step};
use crate::limits::{MESSAGES_AT_ONCE_MAX, STEPS_AT_ONCE_MAX};
use crate::problem::{Problem, What};

/// Steps that nothing leads to, that lead in circles, or to more than a run may do without the visitor.
pub(crate) fn check(flow: &Flow) -> Vec<Problem> {
    let mut problems = unreachable(flow);
    let loops = loops(flow);
    if loops.is_empty() {
        problems.extend(too_much(flow));
    }
    problems.extend(loops);
    problems
}

/// The steps to which nothing leads from the start; none if there is no start, which is another problem.
fn unreachable(flow: &Flow) -> Vec<Problem> {
    let mut reached = BTreeSet::new();
    let mut next = vec![flow.start.as_str()];
    while let Some(name) = next.pop() {
        if let Some(step) = flow.steps.get(name)
            && reached.insert(name)
        {
            next.extend(step.leads_to().into_iter().map(String::as_str));
        }
    }
    if reached.is_empty() {
        return Vec::new();
    }
    let others = flow.steps.keys().filter(|name| !reached.contains(name.as_str()));
    others.map(|name| Problem::of(name, What::Unreachable)).collect()
}

/// Loops of steps that never stop for the visitor. Each step that is on one is named in one of them at least.
fn loops(flow: &Flow) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut named = BTreeSet::new();
    for name in flow.steps.keys() {
        if named.contains(name.as_str()) {
            continue;
        }
        if let Some(steps) = shortest_loop(flow, name) {
            named.extend(steps.iter().copied());
            let steps = steps.into_iter().map(str::to_owned).collect();
            problems.push(Problem::of(name, What::Loop { steps }));
        }
    }
    problems
}

/// The fewest steps by which a step leads to itself.
fn shortest_loop<'a>(flow: &'a Flow, start: &'a str) -> Option<Vec<&'a str>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(name) = next.pop_front() {
        for target in goes_on_to(flow, name) {
            if target == start {
                let back = std::iter::successors(Some(name), |at| before.get(at).copied());
                let mut steps: Vec<&str> = back.collect();
                steps.reverse();
                return Some(steps);
            }
            if !before.contains_key(target) {
                before.insert(target, name);
                next.push_back(target);
            }
        }
    }
    None
}

/// The steps to which a step leads at once.
fn goes_on_to<'a>(flow: &'a Flow, name: &str) -> Vec<&'a str> {
    match flow.steps.get(name) {
        Some(step) if !step.stops() => step.leads_to().into_iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The longest way without the visitor, if it is too long in steps or in messages. The flow has no loops.
fn too_much(flow: &Flow) -> Vec<Problem> {
    let most = |of: &'static str, max: usize, weight: fn(&Step) -> usize| {
        let counts = most_from_here(flow, weight);
        // Of two steps with as many, the first by name.
        let longest = counts.into_iter().rev().max_by_key(|(_, count)| *count);
        longest
            .filter(|(_, count)| *count > max)
            .map(|(name, count)| Problem::of(name, What::TooMuchAtOnce { of, count, max }))
    };
    let messages = most("messages", MESSAGES_AT_ONCE_MAX, messages);
    messages.into_iter().chain(most("steps", STEPS_AT_ONCE_MAX, |_| 1)).collect()
}

/// The messages that a step sends.
fn messages(step: &Step) -> usize {
    match step {
        Step::Say { .. } | Step::Ask(_) => 1,
        Step::HandOver { text } | Step::Close { text } => usize::from(text.is_some()),
        Step::Branch { .. } | Step::Set { .. } | Step::Wait { .. } | Step::End => 0,
    }
}

/// By step, the most that a run can meet from it on until the visitor acts, itself included.
fn most_from_here(flow: &Flow, weight: fn(&Step) -> usize) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    let mut next: Vec<&str> = flow.steps.keys().map(String::as_str).collect();
    // Depth first, without recursion: a step is counted when all to which it leads are.
    while let Some(name) = next.last().copied() {
        let targets = goes_on_to(flow, name);
        let open = |target: &&str| !counts.contains_key(target) && flow.steps.contains_key(*target);
        let open: Vec<&str> = targets.iter().copied().filter(open).collect();
        if open.is_empty() {
            next.pop();
            let after = targets.iter().filter_map(|target| counts.get(target)).max();
            let own = flow.steps.get(name).map_or(0, weight);
            let count = after.copied().unwrap_or(0) + own;
            counts.insert(name, count);
        }
        next.extend(open);
    }
    counts
}

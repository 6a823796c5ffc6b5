//! Drills: real servers as processes of their own, driven over real HTTP and sockets.
//!
//! Nothing here calls the server's code. A drill sees what a browser, a proxy and an operator see: addresses, answers,
//! frames, commands, processes.
//!
//! | module | what it has |
//! |---|---|
//! | [`chaos`] | clients at random, and nodes, databases and connections that fail by a seed |
//! | [`checker`] | holds what clients did and were told against what is there in the end |
//! | [`client`] | visitors, agents and bots: requests, long polls and sockets |
//! | [`dice`] | chance that can be repeated |
//! | [`history`] | what clients did, were told and heard |
//! | [`load`] | what servers cost and how much they carry: a table |
//! | [`nodes`] | a store with its commands, and the servers on it: started, killed, stopped, restarted, measured |
//! | [`proxy`] | a TCP proxy that delays, resets, swallows and loses answers |
//! | [`smoke`] | the smallest drill: one visitor, one agent, one server that dies |

pub mod chaos;
pub mod checker;
pub mod client;
pub mod dice;
pub mod history;
pub mod load;
pub mod nodes;
pub mod proxy;
pub mod smoke;

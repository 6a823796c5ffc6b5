//! Drills: real servers as processes of their own, driven over real HTTP and sockets.
//!
//! Nothing here calls the server's code. A drill sees what a browser, a proxy and an operator see: addresses, answers,
//! frames, commands, processes.
//!
//! | module | what it has |
//! |---|---|
//! | [`client`] | visitors, agents and bots: requests, long polls and sockets |
//! | [`dice`] | chance that can be repeated |
//! | [`nodes`] | a store with its commands, and the servers on it: started, killed, stopped, restarted, measured |
//! | [`proxy`] | a TCP proxy that delays, resets, swallows and loses answers |
//! | [`smoke`] | the smallest drill: one visitor, one agent, one server that dies |

pub mod client;
pub mod dice;
pub mod nodes;
pub mod proxy;
pub mod smoke;

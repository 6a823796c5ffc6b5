//! A cluster's life: it starts, is killed, starts again at the same address, and goes.

use std::net::TcpStream;
use std::path::PathBuf;

use porchlight_cluster::{Cluster, Durability};

#[test]
#[ignore = "needs PORCHLIGHT_POSTGRES, the folder of initdb and pg_ctl"]
fn a_cluster_that_is_killed_starts_again_at_its_address() {
    let programs = PathBuf::from(std::env::var_os("PORCHLIGHT_POSTGRES").unwrap());
    for durability in [Durability::Killed, Durability::PowerCut] {
        let cluster = Cluster::start(&programs, durability).unwrap();
        let at = ("127.0.0.1", cluster.port());
        TcpStream::connect(at).unwrap();
        cluster.kill().unwrap();
        TcpStream::connect(at).unwrap_err();
        cluster.restart().unwrap();
        TcpStream::connect(at).unwrap();
        assert!(cluster.tail_of_log().contains("ready to accept connections"));
        drop(cluster);
        TcpStream::connect(at).unwrap_err();
    }
}

#[test]
fn what_went_wrong_is_in_the_error() {
    let error = Cluster::start(&PathBuf::from("/there/is/none"), Durability::Killed).err().unwrap();
    assert!(format!("{error:#}").contains("/there/is/none"), "{error:#}");
}

//! The broker that `spindle up` has, in this process. Its topics are in memory.

use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use nisshi_broker::coordinator::group::administrator::{Controller, GroupCoordinatorConfig};
use nisshi_storage::ArcDynStorage;
use tokio::runtime::Runtime;
use url::Url;

/// A broker that ends with this value.
pub struct Embedded(Option<Runtime>);

impl Embedded {
    /// Listens on `port` and tells clients to connect to `advertised`.
    pub fn start(port: u16, advertised: u16) -> Embedded {
        let url = |port| Url::parse(&format!("tcp://127.0.0.1:{port}")).expect("an address");
        let runtime = Runtime::new().expect("a runtime");
        // Built in its own runtime, which may not be entered from a test's.
        let (ready, built) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            let broker =
                nisshi_broker::broker::Broker::<Controller<ArcDynStorage>, ArcDynStorage>::builder(
                )
                .node_id(1)
                .cluster_id("test")
                .incarnation_id(uuid::Uuid::now_v7())
                .advertised_listener(url(advertised))
                .storage(Url::parse("memory://nisshi/").expect("an address"))
                .listener(url(port))
                .silent(true)
                .group_coordinator(GroupCoordinatorConfig {
                    initial_rebalance_delay: Duration::from_millis(50),
                    ..GroupCoordinatorConfig::default()
                })
                .build()
                .await;
            let mut broker = broker.expect("a broker");
            ready.send(()).expect("the test waits");
            broker.serve(tokio::time::Instant::now()).await.expect("the broker serves");
        });
        built.recv().expect("the broker is built");
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(Instant::now() < deadline, "the broker does not listen");
            std::thread::yield_now();
        }
        Embedded(Some(runtime))
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

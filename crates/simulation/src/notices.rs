use std::sync::Arc;

use dika_wechat::pay::{Event, Notice};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::clock::pass_ms;
use crate::plan::{Fault, Seam};
use crate::server::Servers;
use crate::world::World;

/// Delivers whatever WeChat Pay has to tell, side by side.
pub(crate) async fn deliver(
    world: Arc<World>,
    servers: Servers,
    mut events: UnboundedReceiver<Event>,
) {
    while let Some(event) = events.recv().await {
        if world.plan.deaf {
            continue;
        }
        let (world, servers) = (world.clone(), servers.clone());
        tokio::spawn(async move { notify(&world, &servers, event).await });
    }
}

/// Tells a server of something: lost, late, doubled, and again until it is taken.
async fn notify(world: &Arc<World>, servers: &Servers, event: Event) {
    const AGAIN_S: [i64; 6] = [0, 15, 15, 30, 180, 600];
    let notice = Notice {
        id: String::new(),
        event,
    };
    for wait in AGAIN_S {
        pass_ms(wait * 1_000 + world.chance.between(50, 3_000)).await;
        let fault = world.fault(Seam::Notice);
        match fault {
            Some(Fault::LostBefore | Fault::Refused | Fault::CrashBefore) => continue,
            Some(Fault::Late | Fault::Slow) => {
                pass_ms(world.chance.between(1_000, 3 * 3_600_000)).await;
            }
            Some(Fault::Doubled) => {
                let (world, servers, notice) = (world.clone(), servers.clone(), notice.clone());
                tokio::spawn(async move {
                    pass_ms(world.chance.between(0, 3_600_000)).await;
                    servers.book(&notice).await;
                });
            }
            _ => {}
        }
        let taken = servers.book(&notice).await;
        world.note(format_args!("notified: {taken}"));
        if taken && fault != Some(Fault::LostAfter) {
            return;
        }
    }
}

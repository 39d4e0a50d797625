//! What a list costs does not depend on its length: the same number of SQL statements for 1, 20 and 40 items, of which
//! nothing is kept in memory.
//!
//! To add a list: a line in [`LISTS`]. `{n}` is the number of items to ask for; the other words are those of
//! [`World::path`]. All items of a list have the same shape, so that equal means equal.

use serde_json::{Value, json};

use crate::support::{Person, TestServer, id};

/// The paths, and where in the answer the items are (empty: it is the list).
const LISTS: &[(&str, &str)] = &[
    ("/api/v1/accounts/search?q=person&limit={n}", ""),
    ("/api/v1/accounts/{me}/followers?limit={n}", ""),
    ("/api/v1/accounts/{me}/statuses?limit={n}", ""),
    ("/api/v1/bookmarks?limit={n}", ""),
    ("/api/v1/directory?limit={n}", ""),
    ("/api/v1/favourites?limit={n}", ""),
    ("/api/v1/notifications?limit={n}", ""),
    ("/api/v1/statuses?{ids}", ""),
    ("/api/v1/statuses/{liked}/favourited_by?limit={n}", ""),
    ("/api/v1/statuses/{liked}/quotes?limit={n}", ""),
    ("/api/v1/statuses/{liked}/reblogged_by?limit={n}", ""),
    ("/api/v1/statuses/{first}/context", "/descendants"),
    ("/api/v1/statuses/{last}/context", "/ancestors"),
    ("/api/v1/timelines/home?limit={n}", ""),
    ("/api/v1/timelines/public?limit={n}", ""),
    ("/api/v1/timelines/tag/all?limit={n}", ""),
];

const SIZES: [usize; 3] = [1, 20, 40];

/// Documents whose pages have a size of their own: what is asked for, of whom, with how many items, and where they are.
/// In each row all cost alike.
const DOCUMENTS: &[(&[(&str, usize)], &str)] = &[
    (
        &[("/users/alice/outbox?max_id={second}&page=true", 1), ("/users/alice/outbox?max_id={later}&page=true", 20)],
        "/orderedItems",
    ),
    (&[("/users/person1/following?page=1", 1), ("/users/alice/followers?page=1", 12)], "/orderedItems"),
    (&[("{replied_once}/replies?page=true", 1), ("{replied}/replies?page=true", 40)], "/items"),
];

/// Forty of everything.
struct World {
    server: TestServer,
    alice: Person,
    /// In the order of posting: all of Alice's, kept and liked by herself.
    statuses: Vec<String>,
    /// For each size, the ids of a thread: so many answers below the first.
    threads: Vec<Vec<String>>,
    /// A status that forty others like, reblog and quote.
    liked: String,
    /// A status with one reply, and one with forty.
    replied: [String; 2],
}

impl World {
    async fn new() -> Self {
        let mut server = TestServer::start().await;
        // What jobs read would be counted too.
        server.stop_work().await;
        let alice = server.with_user("alice").await;
        let mut statuses = Vec::new();
        for n in 0..SIZES[2] {
            let status = alice.posts(&format!("@alice says #all #tag{n} :smile:")).await;
            for action in ["bookmark", "favourite"] {
                alice.post(&format!("/api/v1/statuses/{}/{action}", id(&status)), json!({})).await;
            }
            statuses.push(id(&status).to_owned());
        }
        let mut threads = Vec::new();
        for size in SIZES {
            threads.push(thread(&alice, size).await);
        }
        let liked = statuses[0].clone();
        let replied = [replied(&alice, SIZES[0]).await, replied(&alice, SIZES[2]).await];
        for n in 0..SIZES[2] {
            let person = server.with_user(&format!("person{n}")).await;
            person.post(&format!("/api/v1/accounts/{}/follow", alice.id), json!({})).await;
            for action in ["favourite", "reblog"] {
                person.post(&format!("/api/v1/statuses/{liked}/{action}"), json!({})).await;
            }
            let quote = json!({ "status": format!("quotes {n}"), "quoted_status_id": liked });
            person.post("/api/v1/statuses", quote).await;
        }
        Self { server, alice, statuses, threads, liked, replied }
    }

    fn path(&self, template: &str, size: usize) -> String {
        let n = SIZES.iter().position(|known| *known == size).unwrap();
        let ids: Vec<_> = self.statuses[..size].iter().map(|id| format!("id[]={id}")).collect();
        template
            .replace("{n}", &size.to_string())
            .replace("{me}", &self.alice.id.to_string())
            .replace("{ids}", &ids.join("&"))
            .replace("{liked}", &self.liked)
            .replace("{second}", &self.statuses[1])
            .replace("{later}", &self.statuses[20])
            .replace("{replied_once}", &self.replied[0])
            .replace("{replied}", &self.replied[1])
            .replace("{first}", &self.threads[n][0])
            .replace("{last}", self.threads[n].last().unwrap())
    }

    /// The statements of one request, and the items it answered. The least of three: something else may be at work.
    async fn cost(&self, path: &str, place: &str) -> (u64, usize) {
        let mut least = u64::MAX;
        let mut answer = Value::Null;
        for _ in 0..3 {
            self.server.app.kept.clear();
            let before = self.server.app.reader.statements();
            answer = self.alice.get(path).await;
            least = least.min(self.server.app.reader.statements() - before);
        }
        (least, answer.pointer(place).and_then(Value::as_array).map_or(0, Vec::len))
    }
}

/// The path of a status with so many replies.
async fn replied(alice: &Person, replies: usize) -> String {
    let parent = alice.posts("asks").await;
    for n in 0..replies {
        let body = json!({ "status": format!("replies {n}"), "in_reply_to_id": id(&parent) });
        alice.post("/api/v1/statuses", body).await;
    }
    format!("/users/alice/statuses/{}", id(&parent))
}

async fn thread(alice: &Person, answers: usize) -> Vec<String> {
    let mut ids = vec![id(&alice.posts("@alice begins #thread :smile:").await).to_owned()];
    for n in 0..answers {
        let body =
            json!({ "status": format!("@alice goes on {n} #thread :smile:"), "in_reply_to_id": ids.last().unwrap() });
        ids.push(id(&alice.post("/api/v1/statuses", body).await).to_owned());
    }
    ids
}

/// Whether these differ by no more than chance: parts of an answer that are gathered at the same time may each look for
/// the author, or find that another part has. What an item costs would show nineteen times at least.
fn alike(costs: &[u64]) -> bool {
    let (least, most) = (costs.iter().min(), costs.iter().max());
    most.zip(least).is_some_and(|(most, least)| most - least <= 2)
}

#[tokio::test]
async fn lists_cost_the_same_however_long() {
    let world = World::new().await;
    for (template, place) in LISTS {
        let mut costs = Vec::new();
        for size in SIZES {
            let path = world.path(template, size);
            let (statements, items) = world.cost(&path, place).await;
            assert_eq!(items, size, "{path} has other items than the test thinks");
            costs.push(statements);
        }
        assert!(alike(&costs), "{template} costs {costs:?} statements for {SIZES:?} items");
    }
    for (row, place) in DOCUMENTS {
        let mut costs = Vec::new();
        for (template, size) in *row {
            let path = world.path(template, SIZES[0]);
            let (statements, items) = world.cost(&path, place).await;
            assert_eq!(items, *size, "{path} has other items than the test thinks");
            costs.push(statements);
        }
        assert!(alike(&costs), "{row:?} costs {costs:?} statements");
    }
    world.server.finish().await;
}

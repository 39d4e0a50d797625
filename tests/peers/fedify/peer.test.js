// Peers on ports of their own do to each other all that they will do to a Chronodon: what fails here is the peer's fault.

import "./logging.js";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startPeer } from "./server.js";

const peers = [];
let number = 0;

before(async () => peers.push(await startPeer(), await startPeer(), await startPeer()));
after(() => {
  for (const peer of peers) peer.close();
  setImmediate(() => process.exit());
});

async function call(peer, path, body) {
  const options = body && { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(`${peer.base}/control/${path}`, options);
  const answer = await response.json();
  assert.ok(response.ok, `${path}: ${JSON.stringify(answer)}`);
  return answer;
}

// A person on a peer, whose verbs are methods.
async function person(peer, name, settings = {}) {
  const { url, name: known } = await call(peer, "actors", { name: `${name}${number++}`, ...settings });
  return {
    url,
    peer,
    name: known,
    can: (verb, body = {}) => call(peer, `actors/${known}/${verb}`, body),
    state: () => call(peer, `actors/${known}`),
    sees: (url) => call(peer, `objects?url=${encodeURIComponent(url)}`),
    hears: (query) => call(peer, `wait?${new URLSearchParams(query)}`),
  };
}

// Alice on the first peer and Bob, who follows her, on the second or another.
async function friends(settings, other = peers[1]) {
  const [alice, bob] = [await person(peers[0], "alice", settings), await person(other, "bob")];
  await bob.can("follow", { actor: alice.url });
  await alice.hears({ type: "Follow", actor: bob.url });
  if (settings?.manual) return [alice, bob];
  await bob.hears({ type: "Accept", actor: alice.url });
  return [alice, bob];
}

test("follows, is accepted, and takes it back", async () => {
  const [alice, bob] = await friends();
  assert.deepEqual((await alice.state()).followers, [bob.url]);
  assert.deepEqual((await bob.state()).following, { [alice.url]: true });
  await bob.can("unfollow", { actor: alice.url });
  await alice.hears({ type: "Undo", actor: bob.url });
  assert.deepEqual((await alice.state()).followers, []);
});

test("a locked account decides", async () => {
  const [alice, bob] = await friends({ manual: true });
  assert.deepEqual((await alice.state()).requests, [bob.url]);
  await alice.can("accept", { actor: bob.url });
  await bob.hears({ type: "Accept", actor: alice.url });
  assert.deepEqual((await alice.state()).followers, [bob.url]);
  await alice.can("reject", { actor: bob.url });
  await bob.hears({ type: "Reject", actor: alice.url });
  assert.deepEqual((await bob.state()).following, {});
});

test("posts, edits and deletes", async () => {
  const [alice, bob] = await friends();
  const { object } = await alice.can("post", { content: "<p>Hello</p>", images: [{ name: "blue" }], tags: ["cats"] });
  await bob.hears({ type: "Create", object });
  const seen = await bob.sees(object);
  assert.equal(seen.content, "<p>Hello</p>");
  assert.equal(seen.json.attachment.mediaType, "image/png");
  await alice.can("edit", { object, content: "<p>Hello again</p>" });
  await bob.hears({ type: "Update", object });
  assert.equal((await bob.sees(object)).content, "<p>Hello again</p>");
  await alice.can("delete", { object });
  await bob.hears({ type: "Delete", object });
  assert.equal((await bob.sees(object)).deleted, true);
  const gone = await fetch(object, { headers: { accept: "application/activity+json" } });
  assert.deepEqual([gone.status, (await gone.json()).type], [410, "Tombstone"]);
});

test("likes, reacts and boosts, and takes it back", async () => {
  const [alice, bob] = await friends();
  const { object } = await alice.can("post", { content: "<p>Nice</p>" });
  await bob.can("like", { object });
  await alice.hears({ type: "Like", object });
  await bob.can("boost", { object });
  await alice.hears({ type: "Announce", object });
  const loved = await alice.sees(object);
  assert.deepEqual([loved.likes, loved.boosts], [[bob.url], [bob.url]]);
  const served = await (await fetch(object, { headers: { accept: "application/activity+json" } })).json();
  assert.deepEqual([served.likes.totalItems, served.shares.totalItems], [1, 1]);
  const mark = (await call(alice.peer, "log")).length;
  await bob.can("unlike", { object });
  const { n } = await alice.hears({ type: "Undo", actor: bob.url, after: mark });
  await bob.can("unboost", { object });
  await alice.hears({ type: "Undo", actor: bob.url, after: n + 1 });
  const left = await alice.sees(object);
  assert.deepEqual([left.likes, left.boosts], [[], []]);
  await bob.can("react", { object, emoji: "🦀" });
  assert.equal((await alice.hears({ type: "EmojiReact", object })).json.content, "🦀");
});

test("answers, mentions, and shows followers' and direct posts to nobody else", async () => {
  const [alice, bob] = await friends();
  const carol = await person(peers[1], "carol");
  const { object } = await alice.can("post", { content: "<p>For you</p>", to: "followers" });
  await bob.hears({ type: "Create", object });
  const { activity } = await alice.can("post", { content: "<p>For you too</p>", to: "followers" });
  assert.equal((await carol.can("get", { url: activity })).status, 401);
  assert.equal((await bob.can("get", { url: activity })).status, 200);
  const { object: answer } = await bob.can("post", { content: "<p>Thanks</p>", in_reply_to: object, mentions: [alice.url], to: "direct" });
  await alice.hears({ type: "Create", object: answer, inbox: alice.name });
  assert.deepEqual((await alice.sees(object)).replies, [answer]);
  assert.equal((await fetch(object, { headers: { accept: "application/activity+json" } })).status, 401);
  assert.equal((await bob.can("lookup", { url: object })).content, "<p>For you</p>");
  await assert.rejects(carol.can("lookup", { url: object }), /nothing was found/);
});

test("a poll is voted on, once", async () => {
  const [alice, bob] = await friends();
  const { object } = await alice.can("post", { content: "<p>Well?</p>", poll: { options: ["Yes", "No"] } });
  await bob.hears({ type: "Create", object });
  await bob.can("vote", { question: object, choices: ["No"] });
  const { n } = await alice.hears({ type: "Create", actor: bob.url });
  await bob.can("vote", { question: object, choices: ["Yes"] });
  await alice.hears({ type: "Create", actor: bob.url, after: n + 1 });
  assert.deepEqual((await alice.sees(object)).votes, { [bob.url]: ["No"] });
  await alice.can("edit", { object });
  await bob.hears({ type: "Update", object });
  const [, no] = (await bob.sees(object)).json.oneOf;
  assert.equal(no.replies.totalItems, 1);
});

test("blocks, and lets in again", async () => {
  const [alice, bob] = await friends();
  await alice.can("block", { actor: bob.url });
  await bob.hears({ type: "Block", actor: alice.url });
  const state = await bob.state();
  assert.deepEqual([state.blocked_by, state.following], [[alice.url], {}]);
  await bob.can("follow", { actor: alice.url });
  await bob.hears({ type: "Reject", actor: alice.url });
  await alice.can("unblock", { actor: bob.url });
  await bob.hears({ type: "Undo", actor: alice.url });
  assert.deepEqual((await bob.state()).blocked_by, []);
});

test("moves, when the new account names the old one", async () => {
  const [alice, bob] = await friends();
  const moved = await person(peers[1], "moved");
  const stranger = await person(peers[1], "stranger");
  await alice.can("move", { to: stranger.url });
  await bob.hears({ type: "Move", target: stranger.url });
  assert.deepEqual((await bob.state()).following, { [alice.url]: true });
  await moved.can("alias", { to: alice.url });
  await alice.can("move", { to: moved.url });
  await bob.hears({ type: "Move", target: moved.url });
  await bob.hears({ type: "Accept", actor: moved.url });
  assert.deepEqual((await bob.state()).following, { [moved.url]: true });
  await alice.hears({ type: "Undo", actor: bob.url });
});

test("keys are rotated and signatures verified", async () => {
  const [alice, bob] = await friends();
  await alice.can("rotate");
  const { object } = await alice.can("post", { content: "<p>New key</p>" });
  await bob.hears({ type: "Create", object });
  const forged = { "@context": "https://www.w3.org/ns/activitystreams", id: `${bob.url}#x`, type: "Like", actor: bob.url, object };
  const inbox = `${bob.url}/inbox`;
  for (const knock of ["rfc9421", "draft-cavage-http-signatures-12"]) {
    assert.equal((await alice.can("raw", { inbox, body: forged, knock })).status, 401, "signed by another");
    const own = { ...forged, id: `${alice.url}#${knock}`, actor: alice.url };
    assert.equal((await alice.can("raw", { inbox, body: own, knock })).status, 202);
  }
  assert.equal((await fetch(inbox, { method: "POST", body: JSON.stringify(forged) })).status, 401, "not signed");
});

test("a server in secure mode is read and written to", async () => {
  await call(peers[0], "settings", { secure: true });
  const [alice, bob] = await friends();
  assert.equal((await fetch(alice.url, { headers: { accept: "application/activity+json" } })).status, 401);
  const { object } = await alice.can("post", { content: "<p>Secure</p>" });
  await bob.can("boost", { object });
  await alice.hears({ type: "Announce", object });
  await call(peers[0], "settings", { secure: false });
});

test("what was refused for a while arrives once", async () => {
  const [alice, bob] = await friends();
  await call(peers[1], "settings", { refuse: 503 });
  const { object } = await alice.can("post", { content: "<p>Later</p>" });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await call(peers[1], "settings", { refuse: 0 });
  await bob.hears({ type: "Create", object });
  assert.equal((await call(peers[1], "log")).filter((entry) => entry.object === object).length, 1);
});

test("what was held back is sent later", async () => {
  const [alice, bob] = await friends();
  const { object, activity } = await alice.can("post", { content: "<p>Wait</p>", hold: true });
  const { object: next } = await alice.can("post", { content: "<p>First</p>" });
  await bob.hears({ type: "Create", object: next });
  assert.equal((await bob.sees(object)).unknown, true);
  await alice.can("resend", { activity });
  await bob.hears({ type: "Create", object });
});

test("one kind of signature is known and the other is not", async () => {
  const [alice, bob] = await friends();
  const like = { "@context": "https://www.w3.org/ns/activitystreams", type: "Like", actor: alice.url, object: bob.url };
  for (const [index, knows] of ["rfc9421", "draft-cavage-http-signatures-12"].entries()) {
    await call(peers[1], "settings", { knows });
    const statuses = [];
    for (const knock of ["rfc9421", "draft-cavage-http-signatures-12"]) {
      statuses.push((await alice.can("raw", { inbox: `${bob.url}/inbox`, body: { ...like, id: `${alice.url}#${index}${knock}` }, knock })).status);
    }
    assert.deepEqual(statuses, index ? [401, 202] : [202, 401]);
  }
  await call(peers[1], "settings", { knows: null });
});

test("collections are walked, and tell their followers apart", async () => {
  const [alice, bob] = await friends();
  const objects = [];
  for (let n = 0; n < 12; n++) objects.push((await alice.can("post", { content: `<p>${n}</p>` })).activity);
  const outbox = await bob.can("walk", { url: `${alice.url}/outbox` });
  assert.deepEqual([outbox.total, outbox.items], [12, objects.toReversed()]);
  assert.equal((await bob.can("get", { url: `${alice.url}/followers?cursor=0`, knock: null })).status, 200);
  await bob.hears({ type: "Create", actor: alice.url });
  const told = (await call(peers[1], "requests")).find(({ body }) => body?.includes(objects[0]));
  assert.match(told.headers["collection-synchronization"], /digest="[0-9a-f]{64}"/);
  const nodeinfo = await bob.can("nodeinfo", { url: peers[0].base });
  assert.equal(nodeinfo.software.name, "fedify-peer");
});

test("an answer is passed on to the followers of what it answers", async () => {
  const [alice, bob] = await friends({}, peers[2]);
  const carol = await person(peers[1], "carol");
  await call(peers[0], "settings", { forward: true });
  const { object } = await alice.can("post", { content: "<p>Well?</p>" });
  const { object: answer } = await carol.can("post", { content: "<p>Well.</p>", in_reply_to: object });
  await bob.hears({ type: "Create", actor: carol.url, object: answer });
  await call(peers[0], "settings", { forward: false });
  assert.deepEqual((await alice.sees(object)).replies, [answer]);
});

test("a relay announces what it gets", async () => {
  const relay = await person(peers[0], "relay", { kind: "Application", relay: true });
  const [bob, carol] = [await person(peers[1], "bob"), await person(peers[1], "carol")];
  const everything = { type: "Follow", object: "https://www.w3.org/ns/activitystreams#Public" };
  await bob.can("send", { activity: everything, to: [relay.url] });
  await bob.hears({ type: "Accept", actor: relay.url });
  const { object } = await carol.can("post", { content: "<p>For all</p>", mentions: [relay.url] });
  await bob.hears({ type: "Announce", actor: relay.url, object });
});

test("is found by handle, and leaves", async () => {
  const [alice, bob] = await friends();
  const found = await bob.can("lookup", { url: `@${alice.name}@${new URL(alice.url).host}` });
  assert.equal(found.id, alice.url);
  await alice.can("leave");
  await bob.hears({ type: "Delete", object: alice.url });
  assert.deepEqual((await bob.state()).following, {});
  assert.equal((await fetch(alice.url, { headers: { accept: "application/activity+json" } })).status, 410);
});

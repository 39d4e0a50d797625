// The client API as masto.js uses it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { createRestAPIClient, createStreamingAPIClient } from "masto";
import WebSocket from "ws";

const url = process.env.CHRONODON_TEST_URL;
let number = 0;

function chronodon(...args) {
  const text = execFileSync(process.env.CHRONODON_TEST_BIN, ["--json", ...args], { encoding: "utf8" });
  return text.trim() ? JSON.parse(text) : null;
}

function person(name) {
  const username = `${name}_js_${process.pid}_${number++}`;
  chronodon("account", "create", username, "--email", `${username}@example.org`, "--approve", "--password", "correct horse battery");
  const { access_token: token } = chronodon("token", "create", username, "--scopes", "read write follow push");
  return { username, token, api: createRestAPIClient({ url, accessToken: token }) };
}

test("posts, reads, edits and deletes", async () => {
  const { api } = person("alice");
  const posted = await api.v1.statuses.create({ status: "Hello #masto", spoilerText: "hi" });
  assert.equal(posted.spoilerText, "hi");
  const edited = await api.v1.statuses.$select(posted.id).update({ status: "Hello again" });
  assert.ok(edited.editedAt);
  assert.equal((await api.v1.statuses.$select(posted.id).history.list()).length, 2);
  await api.v1.statuses.$select(posted.id).remove();
  await assert.rejects(api.v1.statuses.$select(posted.id).fetch(), { statusCode: 404 });
});

test("asks and answers a poll", async () => {
  const alice = person("alice");
  const bob = person("bob");
  const posted = await alice.api.v1.statuses.create({
    status: "Well?",
    poll: { options: ["Yes", "No"], expiresIn: 600, multiple: true },
  });
  const voted = await bob.api.v1.polls.$select(posted.poll.id).votes.create({ choices: [0, 1] });
  assert.deepEqual(voted.ownVotes, [0, 1]);
  assert.equal(voted.votersCount, 1);
});

test("quotes, and takes leave back", async () => {
  const alice = person("alice");
  const bob = person("bob");
  const posted = await alice.api.v1.statuses.create({ status: "Quote me", quoteApprovalPolicy: "followers" });
  assert.deepEqual(posted.quoteApproval.automatic, ["followers"]);
  const status = alice.api.v1.statuses.$select(posted.id);
  const quote = { status: "Look", quotedStatusId: posted.id };
  await assert.rejects(bob.api.v1.statuses.create(quote), { statusCode: 404 });
  await status.interactionPolicy.update({ quoteApprovalPolicy: "public" });
  const quoting = await bob.api.v1.statuses.create(quote);
  assert.equal(quoting.quote.state, "accepted");
  assert.equal(quoting.quote.quotedStatus.id, posted.id);
  assert.deepEqual((await status.quotes.list()).map(({ id }) => id), [quoting.id]);
  const told = await alice.api.v1.notifications.list({ types: ["quote"] });
  assert.equal(told[0].status.id, quoting.id);
  const revoked = await status.quotes.$select(quoting.id).revoke();
  assert.equal(revoked.quote.state, "revoked");
});

test("pages a timeline to its end", async () => {
  const alice = person("alice");
  for (let n = 0; n < 5; n++) await alice.api.v1.statuses.create({ status: `post ${n}` });
  const seen = [];
  for await (const page of alice.api.v1.timelines.home.list({ limit: 2 })) {
    if (page.length === 0) break;
    seen.push(...page.map((status) => status.content));
  }
  assert.equal(seen.length, 5);
});

test("follows, and hears of it", async () => {
  const alice = person("alice");
  const bob = person("bob");
  const me = await alice.api.v1.accounts.verifyCredentials();
  const relationship = await bob.api.v1.accounts.$select(me.id).follow();
  assert.ok(relationship.following);
  const [told] = await alice.api.v1.notifications.list();
  assert.equal(told.type, "follow");
  const groups = await alice.api.v2.notifications.list();
  assert.equal(groups.notificationGroups[0].type, "follow");
});

test("uploads a picture", async () => {
  const { api } = person("alice");
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFElEQVR42mNITvn/nxjMMKqQvgoBXEMVBHqFbPEAAAAASUVORK5CYII=",
    "base64",
  );
  const media = await api.v2.media.create({ file: new Blob([png], { type: "image/png" }), description: "a dot" });
  assert.equal(media.type, "image");
  const posted = await api.v1.statuses.create({ status: "look", mediaIds: [media.id] });
  assert.equal(posted.mediaAttachments[0].description, "a dot");
});

test("searches and describes", async () => {
  const alice = person("alice");
  const found = await alice.api.v2.search.list({ q: alice.username, type: "accounts" });
  assert.equal(found.accounts[0].username, alice.username);
  const instance = await alice.api.v2.instance.fetch();
  assert.equal(instance.configuration.polls.maxOptions, 4);
});

test("hears what happens, over one socket", { timeout: 60_000 }, async () => {
  const alice = person("alice");
  const bob = person("bob");
  const streaming = createStreamingAPIClient({
    streamingApiUrl: url.replace("http", "ws"),
    accessToken: alice.token,
    implementation: WebSocket,
  });
  const user = streaming.user.subscribe();
  const heard = (async () => {
    for await (const event of user) if (event.event === "notification") return event.payload.type;
  })();
  // What is said before the subscription stands is not heard, and nobody is told when it does.
  let type;
  for (let n = 0; !type; n++) {
    await bob.api.v1.statuses.create({ status: `hello ${n} @${alice.username}` });
    type = await Promise.race([heard, new Promise((resolve) => setTimeout(resolve, 1000))]);
  }
  assert.equal(type, "mention");
  user.unsubscribe();
  streaming.close();
});

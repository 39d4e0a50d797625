// What others can read: actors, objects, activities and collections, as Fedify serves them.
//
// Signatures, WebFinger, content negotiation and delivery are Fedify's own; nothing here switches a check off.

import {
  Activity,
  createExponentialBackoffPolicy,
  createFederation,
  InProcessMessageQueue,
  MemoryKvStore,
  Object as ActivityObject,
} from "@fedify/fedify";
import { actorDocument } from "./actors.js";
import { receive } from "./inbox.js";

// The actor that signs what no person asks for.
export const INSTANCE = "instance";
const PAGE = 10;

// Fedify keeps fetched documents for minutes: a test that changes a profile or a key cannot wait for that.
class ForgetfulStore extends MemoryKvStore {
  set(key, value, options) {
    return key[1] === "remoteDocument" ? Promise.resolve() : super.set(key, value, options);
  }
}

export function newFederation(world, firstKnock) {
  const federation = createFederation({
    kv: new ForgetfulStore(),
    queue: { inbox: new InProcessMessageQueue(), outbox: new InProcessMessageQueue(), fanout: new InProcessMessageQueue() },
    origin: world.base,
    allowPrivateAddress: true,
    firstKnock,
    outboxRetryPolicy: createExponentialBackoffPolicy({ initialDelay: { milliseconds: 200 }, maxDelay: { seconds: 5 } }),
    inboxRetryPolicy: createExponentialBackoffPolicy({ initialDelay: { milliseconds: 200 }, maxAttempts: 3 }),
  });
  serveActors(federation, world);
  serveCollections(federation, world);
  serveObjects(federation, world);
  federation
    .setInboxListeners("/users/{identifier}/inbox", "/inbox")
    .setSharedKeyDispatcher(() => ({ identifier: INSTANCE }))
    .withIdempotency("per-inbox")
    .on(Activity, (ctx, activity) => receive(world, ctx, activity));
  federation.setNodeInfoDispatcher("/nodeinfo/2.1", () => ({
    software: { name: "fedify-peer", version: { major: 1, minor: 0, patch: 0 } },
    protocols: ["activitypub"],
    usage: { users: { total: world.actors.size }, localPosts: world.objects.size, localComments: 0 },
  }));
  return federation;
}

function serveActors(federation, world) {
  federation
    .setActorDispatcher("/users/{identifier}", async (ctx, name) => {
      const actor = world.actors.get(name);
      return actor && !actor.gone ? actorDocument(world, ctx, actor) : null;
    })
    .setKeyPairsDispatcher((_, name) => world.actors.get(name)?.keys ?? [])
    .mapHandle((_, name) => (world.actors.has(name) ? name : null));
}

function serveCollections(federation, world) {
  const paged = (setters, list) =>
    setters.setCounter((_, name) => list(world.actor(name)).length).setFirstCursor((_, name) => (world.actors.has(name) ? "0" : null));
  const page = (list) => (_, name, cursor) => (world.actors.has(name) ? cut(list(world.actor(name)), cursor) : null);

  const outbox = (actor) => actor.outbox.filter(isListed).map(({ activity }) => activity).toReversed();
  paged(federation.setOutboxDispatcher("/users/{identifier}/outbox", page(outbox)), outbox);
  const following = (actor) => [...actor.following].filter(([, { accepted }]) => accepted).map(([url]) => new URL(url));
  paged(federation.setFollowingDispatcher("/users/{identifier}/following", page(following)), following);
  const pins = (actor) => actor.pins.map((url) => world.objectAt(url)?.object).filter(Boolean);
  paged(federation.setFeaturedDispatcher("/users/{identifier}/collections/featured", page(pins)), pins);

  // Whole (cursor null) when Fedify itself delivers to it, and filtered for the synchronisation of FEP-8fcf.
  const followers = (_, name, cursor, filter) => {
    if (!world.actors.has(name)) return null;
    const all = [...world.actor(name).followers.values()].filter(({ id }) => !filter || id.origin === filter.origin);
    return cut(all, cursor);
  };
  const everyFollower = (actor) => [...actor.followers.values()];
  paged(federation.setFollowersDispatcher("/users/{identifier}/followers", followers), everyFollower);
}

function cut(items, cursor) {
  if (cursor == null) return { items };
  const from = Number(cursor);
  const next = from + PAGE < items.length ? String(from + PAGE) : null;
  return { items: items.slice(from, from + PAGE), nextCursor: next };
}

const isListed = ({ audience }) => audience === "public" || audience === "unlisted";

function serveObjects(federation, world) {
  federation.setObjectDispatcher(ActivityObject, "/objects/{id}", (_, { id }) => world.objects.get(id)?.object ?? null);
  federation.setObjectDispatcher(Activity, "/activities/{id}", (_, { id }) => world.activities.get(id)?.activity ?? null);
  federation.setCollectionDispatcher("replies", ActivityObject, "/objects/{id}/replies", (_, { id }) => {
    const kept = world.objects.get(id);
    return kept ? { items: [...kept.replies].map((url) => new URL(url)) } : null;
  });
}

// What a local actor can do: each verb takes the JSON of the control API, sends, and says what it sent.
//
// To add one, write a function and a line in VERBS.

import { Temporal } from "@js-temporal/polyfill";
import {
  Activity,
  Add,
  Announce,
  Block,
  Delete,
  EmojiReact,
  Flag,
  Like,
  Move,
  PUBLIC_COLLECTION,
  Reject,
  Remove,
  signRequest,
  Update,
} from "@fedify/fedify";
import { actorDocument } from "./actors.js";
import { activityOf, deliver } from "./delivery.js";
import { accept, answer, follow, undo } from "./follows.js";
import { newKeys } from "./keys.js";
import { lookup, nodeInfo } from "./lookup.js";
import { deletePost, edit, post, vote } from "./posts.js";
import { Refused } from "./world.js";

export const VERBS = {
  accept: acceptRequest,
  alias: (peer, actor, { to }) => profile(peer, actor, { aliases: to }),
  block,
  boost,
  delete: deletePost,
  edit,
  flag,
  follow,
  get,
  leave,
  like,
  lookup: (peer, actor, { url }) => lookup(peer, actor, url).then((object) => object.toJsonLd(peer.ctx)),
  move,
  nodeinfo: (_, __, { url }) => nodeInfo(url),
  pin: (peer, actor, body) => pin(peer, actor, body, Add),
  post,
  profile,
  raw,
  react,
  reject,
  resend,
  rotate,
  send,
  unblock: (peer, actor, { actor: whom }) => undo(peer, actor, actor.blocks, whom, "direct"),
  unboost: (peer, actor, { object }) => undo(peer, actor, actor.boosts, object, "public"),
  unfollow: (peer, actor, { actor: whom }) => undo(peer, actor, actor.following, whom, "direct"),
  unlike: (peer, actor, { object }) => undo(peer, actor, actor.likes, object, "direct"),
  unpin: (peer, actor, body) => pin(peer, actor, body, Remove),
  vote,
  walk,
};

async function acceptRequest({ world, ctx }, actor, { actor: whom }) {
  const request = actor.requests.get(whom);
  if (!request) throw new Refused(`${whom} did not ask to follow ${actor.name}`);
  return { activity: (await accept(world, ctx, actor, request.follower, request.follow)).id.href };
}

// Refuses a request, or ends what was accepted.
async function reject({ world, ctx }, actor, { actor: whom }) {
  const request = actor.requests.get(whom);
  const follower = request?.follower ?? actor.followers.get(whom);
  if (!follower) throw new Refused(`${whom} neither follows ${actor.name} nor asked to`);
  actor.requests.delete(whom);
  actor.followers.delete(whom);
  return { activity: (await answer(world, ctx, actor, Reject, follower, request?.follow ?? follower.activity)).id.href };
}

async function aboutObject(peer, actor, url) {
  const object = await lookup(peer, actor, url);
  const author = await lookup(peer, actor, object.attributionId);
  return { object, author };
}

async function like(peer, actor, { object: url }) {
  const { object, author } = await aboutObject(peer, actor, url);
  const activity = activityOf(peer, actor, Like, { object: object.id, to: author.id });
  actor.likes.set(object.id.href, { activity, people: [author] });
  return await deliver(peer, actor, activity, "direct", [author]);
}

async function react(peer, actor, { object: url, emoji }) {
  const { object, author } = await aboutObject(peer, actor, url);
  const activity = activityOf(peer, actor, EmojiReact, { object: object.id, to: author.id, content: emoji });
  actor.likes.set(object.id.href, { activity, people: [author] });
  return await deliver(peer, actor, activity, "direct", [author]);
}

async function boost(peer, actor, { object: url, to = "public" }) {
  const { object, author } = await aboutObject(peer, actor, url);
  const followers = peer.ctx.getFollowersUri(actor.name);
  const [tos, ccs] = to === "public" ? [[PUBLIC_COLLECTION], [followers, author.id]] : [[followers], [author.id]];
  const activity = activityOf(peer, actor, Announce, { object: object.id, tos, ccs, published: Temporal.Now.instant() });
  actor.boosts.set(object.id.href, { activity, people: [author] });
  actor.outbox.push({ activity, audience: to });
  return await deliver(peer, actor, activity, to, [author]);
}

async function block(peer, actor, { actor: whom }) {
  const person = await lookup(peer, actor, whom);
  for (const list of [actor.followers, actor.requests, actor.following]) list.delete(person.id.href);
  const activity = activityOf(peer, actor, Block, { object: person.id, to: person.id });
  actor.blocks.set(person.id.href, { activity, people: [person] });
  return await deliver(peer, actor, activity, "direct", [person]);
}

async function flag(peer, actor, { actor: whom, objects = [], content }) {
  const person = await lookup(peer, actor, whom);
  const about = [person.id, ...objects.map((url) => new URL(url))];
  return await deliver(peer, actor, activityOf(peer, actor, Flag, { objects: about, content, to: person.id }), "direct", [person]);
}

// Tells the followers: what is not named stays.
async function profile(peer, actor, { name, summary, fields, manual, aliases, people = [] }) {
  const given = { displayName: name, summary, fields, manual, aliases: aliases && [aliases].flat() };
  for (const [key, value] of Object.entries(given)) if (value !== undefined) actor[key] = value;
  return await tellProfile(peer, actor, people);
}

async function tellProfile(peer, actor, urls) {
  const object = await actorDocument(peer.world, peer.ctx, actor);
  const people = await Promise.all(urls.map((url) => lookup(peer, actor, url)));
  const activity = activityOf(peer, actor, Update, { object, to: PUBLIC_COLLECTION, updated: Temporal.Now.instant() });
  return await deliver(peer, actor, activity, "public", people);
}

// New keys under the same names; the Update is signed with them.
async function rotate(peer, actor, { tell = true }) {
  actor.keys = await newKeys();
  return tell ? await tellProfile(peer, actor, []) : {};
}

async function move(peer, actor, { to }) {
  actor.movedTo = to;
  await tellProfile(peer, actor, []);
  const followers = peer.ctx.getFollowersUri(actor.name);
  const activity = activityOf(peer, actor, Move, { object: peer.ctx.getActorUri(actor.name), target: new URL(to), to: followers });
  return await deliver(peer, actor, activity, "followers", []);
}

// The actor deletes itself. It still signs, and its document is gone.
async function leave(peer, actor, { people = [] }) {
  const others = await Promise.all(people.map((url) => lookup(peer, actor, url)));
  const activity = activityOf(peer, actor, Delete, { object: peer.ctx.getActorUri(actor.name), to: PUBLIC_COLLECTION });
  const sent = await deliver(peer, actor, activity, "public", others);
  actor.gone = true;
  return sent;
}

async function pin(peer, actor, { object }, Kind) {
  actor.pins = actor.pins.filter(({ href }) => href !== object);
  if (Kind === Add) actor.pins.push(new URL(object));
  const target = peer.ctx.getFeaturedUri(actor.name);
  return await deliver(peer, actor, activityOf(peer, actor, Kind, { object: new URL(object), target }), "public", []);
}

// Any activity at all, as the caller wrote it: `to` names actors, `audience` whether the followers get it too.
async function send(peer, actor, { activity: json, to = [], audience = "direct" }) {
  const given = { "@context": "https://www.w3.org/ns/activitystreams", id: peer.world.newActivityUrl().href, ...json };
  const activity = await Activity.fromJsonLd({ ...given, actor: peer.ctx.getActorUri(actor.name).href }, peer.ctx);
  const people = await Promise.all(to.map((url) => lookup(peer, actor, url)));
  return await deliver(peer, actor, activity, audience, people);
}

// What was sent before or held back, as it was then.
async function resend(peer, actor, { activity: url }) {
  const kept = peer.world.activities.get(url.split("/activities/")[1]);
  if (kept?.owner !== actor) throw new Refused(`${url} is not of ${actor.name}`);
  return await deliver(peer, actor, kept.activity, kept.audience, kept.people);
}

// The URIs in a collection, from page to page.
async function walk(peer, actor, { url }) {
  const collection = await lookup(peer, actor, url);
  const documentLoader = await peer.ctx.getDocumentLoader({ identifier: actor.name });
  const items = [];
  for await (const item of peer.ctx.traverseCollection(collection, { documentLoader })) items.push(item.id?.href ?? null);
  return { total: collection.totalItems, items };
}

// What a server answers to a GET, signed unless `knock` is null.
async function get({ ctx }, actor, { url, accept = "application/activity+json", knock = "rfc9421" }) {
  const [{ privateKey, keyId }] = await ctx.getActorKeyPairs(actor.name);
  const request = new Request(url, { headers: { accept }, redirect: "manual" });
  const response = await fetch(knock ? await signRequest(request, privateKey, keyId, { spec: knock }) : request);
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}

// A body that need not even be an activity, signed and posted at once.
async function raw({ ctx }, actor, { inbox, body, knock = "rfc9421" }) {
  const [{ privateKey, keyId }] = await ctx.getActorKeyPairs(actor.name);
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const request = new Request(inbox, { method: "POST", body: text, headers: { "content-type": "application/activity+json" } });
  const response = await fetch(await signRequest(request, privateKey, keyId, { spec: knock }));
  return { status: response.status, body: await response.text() };
}

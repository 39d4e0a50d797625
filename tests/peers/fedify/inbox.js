// What an activity from elsewhere changes here. Its signature held, or it would not have come this far.
//
// To understand one more kind, write a function and a line in CHANGES.

import { Announce, getTypeId, isActor, PUBLIC_COLLECTION, Reject } from "@fedify/fedify";
import { activityOf, deliver } from "./delivery.js";
import { accept, answer, moveFollow } from "./follows.js";

const CHANGES = {
  Accept: accepted,
  Announce: boosted,
  Block: blocked,
  Create: told,
  Delete: deleted,
  EmojiReact: liked,
  Follow: followed,
  Like: liked,
  Move: moved,
  Reject: rejected,
  Undo: undone,
  Update: told,
};

export async function receive(world, ctx, activity) {
  const type = typeName(activity);
  await CHANGES[type]?.(world, ctx, activity);
  world.record({
    type,
    id: activity.id?.href ?? null,
    actor: activity.actorId?.href ?? null,
    object: activity.objectId?.href ?? null,
    target: activity.targetId?.href ?? null,
    inbox: ctx.recipient,
    json: await activity.toJsonLd(ctx),
  });
}

const typeName = (object) => getTypeId(object).href.split(/[#/]/).at(-1);

// Who follows the public collection asks a relay for all it gets.
async function followed(world, ctx, follow) {
  const actor = isPublic(follow.objectId) ? relay(world, ctx) : world.actorAt(follow.objectId);
  const follower = await follow.getActor(ctx);
  if (!actor || !isActor(follower)) return;
  see(world, follower, await follower.toJsonLd(ctx));
  if (actor.blocks.has(follower.id.href)) await answer(world, ctx, actor, Reject, follower, follow);
  else if (actor.manual && !actor.followers.has(follower.id.href)) actor.requests.set(follower.id.href, { follower, follow });
  else await accept(world, ctx, actor, follower, follow);
}

const isPublic = (url) => url?.href === PUBLIC_COLLECTION.href;

// The relay whose inbox this is.
function relay(world, ctx) {
  const actor = world.actors.get(ctx.recipient);
  return actor?.relay ? actor : undefined;
}

// The follow of one of ours that this activity answers.
function ownFollow(world, { actorId, objectId }) {
  for (const actor of world.actors.values()) {
    const follow = actor.following.get(actorId.href);
    if (follow && (follow.id === objectId?.href || objectId?.href === world.actorUrl(actor.name).href)) return { actor, follow };
  }
}

function accepted(world, _, activity) {
  const found = ownFollow(world, activity);
  if (found) found.follow.accepted = true;
}

function rejected(world, _, activity) {
  ownFollow(world, activity)?.actor.following.delete(activity.actorId.href);
}

async function undone(world, ctx, undo) {
  const by = undo.actorId.href;
  const known = world.log.find(({ id, actor }) => id === undo.objectId?.href && actor === by);
  const embedded = known ? null : await undo.getObject(ctx);
  const type = known?.type ?? (embedded && typeName(embedded));
  const url = known ? known.object && new URL(known.object) : embedded?.objectId;
  const actor = world.actorAt(url);
  const kept = world.objectAt(url);
  if (type === "Follow") {
    actor?.followers.delete(by);
    actor?.requests.delete(by);
  } else if (type === "Block") actor?.blockedBy.delete(by);
  else if (type === "Announce") kept?.boosts.delete(by);
  else kept?.likes.delete(by);
}

// A new object or a new version of one; or a vote, which is told like a note.
async function told(world, ctx, activity) {
  const object = await activity.getObject(ctx);
  if (!object?.id) return;
  if (!isActor(object) && object.attributionId?.href !== activity.actorId.href) return;
  const question = world.objectAt(object.replyTargetId);
  if (question?.poll && object.name && !object.content) return voted(question, activity.actorId.href, object.name.toString());
  question?.replies.add(object.id.href);
  see(world, object, await object.toJsonLd(ctx));
  await passOn(world, ctx, activity, question);
}

// As it came, from the author of what it answers; or announced, from a relay.
async function passOn(world, ctx, activity, answered) {
  const announcer = relay(world, ctx);
  if (answered && world.settings.forward) {
    const sender = { identifier: answered.owner.name };
    await ctx.forwardActivity(sender, "followers", { skipIfUnsigned: false, preferSharedInbox: true, excludeBaseUris: [activity.actorId] });
  } else if (announcer && [...activity.toIds, ...activity.ccIds].some(isPublic)) {
    const announce = activityOf({ world, ctx }, announcer, Announce, { object: activity.objectId, to: PUBLIC_COLLECTION });
    await deliver({ world, ctx }, announcer, announce, "public", []);
  }
}

function voted(question, by, name) {
  const before = question.votes.get(by) ?? [];
  if (!question.poll.options.includes(name) || before.includes(name) || (before.length && !question.poll.multiple)) return;
  question.votes.set(by, question.poll.options.filter((option) => option === name || before.includes(option)));
}

// Keeps the newest version, and nothing of what was deleted.
export function see(world, object, json) {
  const url = object.id.href;
  const before = world.seen.get(url);
  const updated = (object.updated ?? object.published)?.toString() ?? null;
  if (before?.deleted || (before?.updated && updated && updated < before.updated)) return;
  world.seen.set(url, { url, type: typeName(object), content: (object.content ?? object.name)?.toString() ?? null, updated, deleted: false, json });
}

function deleted(world, _, { actorId, objectId }) {
  if (!objectId || objectId.origin !== actorId.origin) return;
  const url = objectId.href;
  world.seen.set(url, { ...world.seen.get(url), url, content: null, deleted: true, json: null });
  if (url !== actorId.href) return;
  for (const actor of world.actors.values()) for (const list of [actor.followers, actor.requests, actor.following]) list.delete(url);
}

function liked(world, _, { actorId, objectId }) {
  world.objectAt(objectId)?.likes.add(actorId.href);
}

async function boosted(world, ctx, announce) {
  const kept = world.objectAt(announce.objectId);
  if (kept) return void kept.boosts.add(announce.actorId.href);
  const object = await announce.getObject(ctx);
  if (object?.id) see(world, object, await object.toJsonLd(ctx));
}

function blocked(world, _, { actorId, objectId }) {
  const actor = world.actorAt(objectId);
  if (!actor) return;
  actor.blockedBy.add(actorId.href);
  for (const list of [actor.followers, actor.requests, actor.following]) list.delete(actorId.href);
}

// Believed when the new account names the old one.
async function moved(world, ctx, { actorId, objectId, targetId }) {
  if (objectId?.href !== actorId.href || !targetId) return;
  for (const actor of world.actors.values()) {
    if (actor.following.has(objectId.href)) await moveFollow({ world, ctx }, actor, objectId, targetId);
  }
}

// Following, being followed, and moving along.

import { Accept, Follow, Undo } from "@fedify/fedify";
import { activityOf, deliver } from "./delivery.js";
import { lookup } from "./lookup.js";
import { Refused } from "./world.js";

export async function follow(peer, actor, { actor: whom }) {
  const person = await lookup(peer, actor, whom);
  const activity = activityOf(peer, actor, Follow, { object: person.id, to: person.id });
  actor.following.set(person.id.href, { id: activity.id.href, accepted: false, activity, people: [person] });
  return await deliver(peer, actor, activity, "direct", [person]);
}

// Takes back what was kept under the URI of its object.
export async function undo(peer, actor, kept, url, audience) {
  const done = kept.get(url);
  if (!done) throw new Refused(`${actor.name} has nothing of this kind about ${url}`);
  kept.delete(url);
  const { activity, people } = done;
  const undone = activityOf(peer, actor, Undo, { object: activity, tos: activity.toIds, ccs: activity.ccIds });
  return await deliver(peer, actor, undone, audience, people);
}

// Follows where somebody moved, when the new account names the old one.
export async function moveFollow(peer, actor, from, to) {
  const target = await lookup(peer, actor, to);
  if (!target.aliasIds.some(({ href }) => href === from.href)) return;
  await follow(peer, actor, { actor: target.id.href });
  await undo(peer, actor, actor.following, from.href, "direct");
}

export async function accept(world, ctx, actor, follower, follow) {
  const { id, inboxId, endpoints } = follower;
  actor.requests.delete(id.href);
  actor.followers.set(id.href, { id, inboxId, endpoints, follow: follow.id.href, activity: follow });
  return await answer(world, ctx, actor, Accept, follower, follow);
}

// Accepts or rejects a follow; the answer holds the whole of it.
export async function answer(world, ctx, actor, Answer, follower, follow) {
  const id = world.newActivityUrl();
  const activity = new Answer({ id, actor: ctx.getActorUri(actor.name), object: follow, to: follower.id });
  world.keepActivity(actor, activity, "direct");
  await ctx.sendActivity({ identifier: actor.name }, follower, activity);
  return activity;
}

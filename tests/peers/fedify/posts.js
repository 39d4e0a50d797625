// Notes and questions: written, edited, deleted, voted on.

import { Temporal } from "@js-temporal/polyfill";
import {
  Collection,
  Create,
  Delete,
  Document,
  Emoji,
  Hashtag,
  Image,
  Mention,
  Note,
  PUBLIC_COLLECTION,
  Question,
  Tombstone,
  Update,
} from "@fedify/fedify";
import { activityOf, deliver } from "./delivery.js";
import { lookup } from "./lookup.js";
import { Refused } from "./world.js";

// `content` is HTML and goes out as it is; `to` is public, unlisted, followers or direct.
export async function post(peer, actor, body) {
  const { world, ctx } = peer;
  const { to = "public", in_reply_to: parent, mentions = [], poll } = body;
  const people = await Promise.all(mentions.map((url) => lookup(peer, actor, url)));
  const answered = parent && (await lookup(peer, actor, parent));
  const tags = [...people.map(mention), ...(body.tags ?? []).map(hashtag(world)), ...(body.emojis ?? []).map(emoji(world))];
  if (answered?.attributionId && !people.some(({ id }) => id.href === answered.attributionId.href)) {
    people.push(await lookup(peer, actor, answered.attributionId));
  }
  const id = world.newObjectUrl();
  const published = body.published ? Temporal.Instant.from(body.published) : Temporal.Now.instant();
  const object = new (poll ? Question : Note)({
    id,
    url: new URL(id.pathname.replace("/objects/", `/@${actor.name}/`), world.base),
    attribution: ctx.getActorUri(actor.name),
    content: body.content,
    summary: body.summary,
    sensitive: body.sensitive,
    published,
    replyTarget: answered?.id,
    quoteUrl: body.quote && new URL(body.quote),
    tags,
    attachments: (body.images ?? []).map(picture(world)),
    replies: new URL(`${id.href}/replies`),
    ...addressees(ctx, actor, to, people),
    ...(poll && options(poll, new Map())),
  });
  const kept = world.keepObject(actor, object, to);
  Object.assign(kept, { people, poll });
  const activity = activityOf(peer, actor, Create, { object, published, tos: object.toIds, ccs: object.ccIds });
  actor.outbox.push({ activity, audience: to });
  world.objectAt(answered?.id)?.replies.add(id.href);
  return { object: id.href, ...(await deliver(peer, actor, activity, to, people)) };
}

function addressees(ctx, actor, to, people) {
  const followers = ctx.getFollowersUri(actor.name);
  const ids = people.map(({ id }) => id);
  if (to === "public") return { tos: [PUBLIC_COLLECTION], ccs: [followers, ...ids] };
  if (to === "unlisted") return { tos: [followers], ccs: [PUBLIC_COLLECTION, ...ids] };
  if (to === "followers") return { tos: [followers], ccs: ids };
  if (to === "direct") return { tos: ids };
  throw new Refused(`a post goes to public, unlisted, followers or direct, not to ${to}`);
}

const mention = ({ id, preferredUsername }) => new Mention({ href: id, name: `@${preferredUsername}@${id.host}` });
const hashtag = (world) => (name) => new Hashtag({ href: new URL(`/tags/${name}`, world.base), name: `#${name}` });
const emoji = (world) => (name) =>
  new Emoji({
    id: new URL(`/emojis/${name}`, world.base),
    name: `:${name}:`,
    icon: new Image({ url: new URL("/media/picture.png", world.base), mediaType: "image/png" }),
  });
const picture = (world) => (image) =>
  new Document({ mediaType: "image/png", url: new URL(image.url ?? "/media/picture.png", world.base), name: image.name, width: 8, height: 8 });

// The choices with their tallies, and when it ends.
function options({ options, multiple, seconds = 3600, ends }, votes) {
  const choices = [...votes.values()].flat();
  const notes = options.map(
    (name) => new Note({ name, replies: new Collection({ totalItems: choices.filter((choice) => choice === name).length }) }),
  );
  const endTime = ends ? Temporal.Instant.from(ends) : Temporal.Now.instant().add({ seconds });
  return { [multiple ? "inclusiveOptions" : "exclusiveOptions"]: notes, endTime, voters: votes.size };
}

function own(world, actor, url) {
  const kept = world.objectAt(new URL(url));
  if (kept?.owner !== actor) throw new Refused(`${url} is not of ${actor.name}`);
  return kept;
}

// A new version; without words, the tallies of a poll as they now stand.
export async function edit(peer, actor, { object: url, ...body }) {
  const kept = own(peer.world, actor, url);
  const updated = body.updated ? Temporal.Instant.from(body.updated) : Temporal.Now.instant();
  const changed = {};
  for (const key of ["content", "summary", "sensitive"]) if (body[key] !== undefined) changed[key] = body[key];
  if (Object.keys(changed).length) changed.updated = updated;
  if (kept.poll) Object.assign(changed, options({ ...kept.poll, ends: kept.object.endTime.toString() }, kept.votes));
  kept.object = kept.object.clone(changed);
  const { toIds: tos, ccIds: ccs } = kept.object;
  const activity = activityOf(peer, actor, Update, { object: kept.object, updated, tos, ccs });
  return await deliver(peer, actor, activity, kept.audience, kept.people);
}

// Leaves a tombstone, which is served with 410.
export async function deletePost(peer, actor, { object: url }) {
  const kept = own(peer.world, actor, url);
  const { id, toIds: tos, ccIds: ccs } = kept.object;
  kept.object = new Tombstone({ id, deleted: Temporal.Now.instant() });
  actor.outbox = actor.outbox.filter(({ activity }) => activity.objectId?.href !== id.href);
  const activity = activityOf(peer, actor, Delete, { object: kept.object, tos, ccs });
  return await deliver(peer, actor, activity, kept.audience, kept.people);
}

// One activity for each choice, as Mastodon does.
export async function vote(peer, actor, { question: url, choices }) {
  const question = await lookup(peer, actor, url);
  const author = await lookup(peer, actor, question.attributionId);
  const sent = [];
  for (const name of choices) {
    const id = peer.world.newObjectUrl();
    const attribution = peer.ctx.getActorUri(actor.name);
    const object = new Note({ id, name, attribution, replyTarget: question.id, to: author.id });
    sent.push(await deliver(peer, actor, activityOf(peer, actor, Create, { object, to: author.id }), "direct", [author]));
  }
  return { activities: sent.map(({ activity }) => activity) };
}

// The control API: how a test tells the peer what to do and asks what came. JSON in, JSON out, under `/control/`.
//
//   POST actors {name, kind?, manual?, relay?}         GET actors/{name}         POST actors/{name}/{verb}: see verbs.js
//   GET  log?after=N                        every activity received and verified, in order
//   GET  wait?after=N&timeout=MS&type=…&actor=…&object=…              the first such one, or 504
//   GET  requests?after=N                   every request of others with its headers and the status of our answer
//   GET  objects?url=…                      what is known of an object, ours or another's
//   POST settings {secure?, refuse?, delay?, forward?, knows?}         ask for signed GETs; answer inboxes with that status
//        (0: no more); answer them so many milliseconds late; pass answers to our posts on to our followers; know that kind
//        of HTTP signature only (null: both)
//
// A verb with `hold` sends nothing: what it would have sent, `resend` sends.

import { newKeys } from "./keys.js";
import { VERBS } from "./verbs.js";
import { LocalActor, Refused } from "./world.js";

const WAIT_MAX = 60_000;

export async function control(peer, request) {
  const url = new URL(request.url);
  const [noun, name, verb] = url.pathname.split("/").slice(2);
  try {
    const body = request.method === "POST" ? JSON.parse((await request.text()) || "{}") : undefined;
    const answer = body ? await change(peer, noun, name, verb, body) : await read(peer, noun, name, url.searchParams);
    return answer === null ? Response.json({ error: "nothing like it" }, { status: 504 }) : Response.json(answer);
  } catch (error) {
    if (!(error instanceof Refused)) console.error(error);
    return Response.json({ error: error.message }, { status: error instanceof Refused ? 400 : 500 });
  }
}

async function change(peer, noun, name, verb, body) {
  const { world } = peer;
  if (noun === "settings") {
    for (const key of Object.keys(world.settings)) if (key in body) world.settings[key] = body[key];
    return world.settings;
  }
  if (noun !== "actors") throw new Refused(`nothing can be changed at ${noun}`);
  if (!name) return await createActor(world, body);
  if (!Object.hasOwn(VERBS, verb)) throw new Refused(`an actor cannot ${verb}`);
  return await VERBS[verb]({ ...peer, hold: body.hold }, world.actor(name), body);
}

async function createActor(world, { name, kind = "Person", ...settings }) {
  if (world.actors.has(name)) throw new Refused(`there is already an actor ${name}`);
  const actor = new LocalActor(name, kind, await newKeys(), settings);
  world.actors.set(name, actor);
  return actor.state(world);
}

async function read({ world, ctx }, noun, name, query) {
  const after = Number(query.get("after") ?? 0);
  switch (noun) {
    case "actors":
      return world.actor(name).state(world);
    case "log":
      return world.log.slice(after);
    case "requests":
      return world.requests.slice(after);
    case "objects":
      return await known(world, ctx, query.get("url"));
    case "wait":
      return await wait(world, query, after);
    default:
      throw new Refused(`there is no ${noun}`);
  }
}

function wait(world, query, after) {
  const wanted = ["type", "actor", "object", "target", "inbox"].filter((key) => query.has(key));
  const fits = (entry) => wanted.every((key) => entry[key] === query.get(key));
  return world.waitFor(fits, after, Math.min(Number(query.get("timeout") ?? 20_000), WAIT_MAX));
}

async function known(world, ctx, url) {
  const kept = world.objectAt(new URL(url));
  if (!kept) return world.seen.get(url) ?? { url, unknown: true };
  const json = await kept.object.toJsonLd(ctx);
  const lists = Object.fromEntries(["likes", "boosts", "replies"].map((key) => [key, [...kept[key]]]));
  return { url, type: json.type, content: json.content ?? null, deleted: json.type === "Tombstone", ...lists, votes: Object.fromEntries(kept.votes), json };
}

// The port: everything that is not `/control/…` goes to Fedify as it came.

import "./localhost.js";
import "./older-node.js";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { Tombstone } from "@fedify/fedify";
import { control } from "./control.js";
import { INSTANCE, newFederation } from "./federation.js";
import { newKeys } from "./keys.js";
import { LocalActor, World } from "./world.js";

// 8 × 8 pixels of one colour.
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR4nGMwTjuDFTEMLQkAuYZZQRPJG+IAAAAASUVORK5CYII=",
  "base64",
);

// `base` is the origin that others see when something stands in front (TLS); without it, plain http on the port.
export async function startPeer({ port = 0, base, firstKnock = "rfc9421" } = {}) {
  const server = createServer((request, response) => serve(peer, request, response));
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const listening = server.address().port;
  const world = new World(base ?? `http://127.0.0.1:${listening}`);
  world.actors.set(INSTANCE, new LocalActor(INSTANCE, "Application", await newKeys()));
  const federation = newFederation(world, firstKnock);
  const ctx = federation.createContext(new URL(world.base), undefined);
  const close = () => (server.closeAllConnections(), server.close());
  const peer = { world, federation, ctx, port: listening, base: world.base, close };
  return peer;
}

async function serve(peer, incoming, outgoing) {
  let answer;
  try {
    const body = ["GET", "HEAD"].includes(incoming.method) ? undefined : await buffer(incoming);
    const { method, headers, url } = incoming;
    const request = new Request(new URL(url, peer.base), { method, headers, body });
    answer = new URL(request.url).pathname.startsWith("/control/") ? await control(peer, request) : await federate(peer, request, body);
  } catch (error) {
    console.error(error);
    answer = new Response(String(error), { status: 500 });
  }
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
  outgoing.end(Buffer.from(await answer.arrayBuffer()));
}

async function federate(peer, request, body) {
  const { world, federation } = peer;
  const { pathname } = new URL(request.url);
  if (request.method === "POST") return await inbox(peer, request, body);
  if (pathname.startsWith("/media/")) return new Response(PICTURE, { headers: { "content-type": "image/png" } });
  if (!(await mayRead(peer, request, pathname))) return new Response("Not for you, or not signed.", { status: 401 });
  const actor = /^\/users\/[^/]+$/.test(pathname) && world.actorAt(new URL(pathname, world.base));
  if (actor?.gone) return new Response("Gone.", { status: 410 });
  const answer = await federation.fetch(request, { contextData: undefined, onNotFound: page, onNotAcceptable: page });
  const kept = world.objectAt(new URL(pathname, world.base));
  return kept && answer.ok ? await withTotals(kept, answer) : answer;
}

// Fedify knows neither the status of a tombstone nor the collections that count likes and shares.
async function withTotals({ object, likes, boosts }, answer) {
  const type = answer.headers.get("content-type");
  if (object instanceof Tombstone) return new Response(answer.body, { status: 410, headers: { "content-type": type } });
  if (!type.includes("json")) return answer;
  const collection = (name, { size }) => ({ id: `${object.id.href}/${name}`, type: "Collection", totalItems: size });
  const json = { ...(await answer.json()), likes: collection("likes", likes), shares: collection("shares", boosts) };
  return Response.json(json, { headers: { "content-type": type, vary: "Accept" } });
}

// What a browser sees.
function page({ url }) {
  const known = /^\/(@|users\/|objects\/)/.test(new URL(url).pathname);
  return known ? new Response("<!doctype html><title>A peer</title>", { headers: { "content-type": "text/html" } }) : new Response("Nothing is here.", { status: 404 });
}

async function inbox({ world, federation }, request, body) {
  const { refuse } = world;
  const answer = refuse
    ? new Response("Told to refuse.", { status: refuse })
    : await federation.fetch(request, { contextData: undefined });
  const text = body.toString();
  world.recordRequest({ path: new URL(request.url).pathname, headers: Object.fromEntries(request.headers), body: text, status: answer.status });
  return answer;
}

// In secure mode every document but the signer's own asks for a signature; a private object always asks for a reader's.
async function mayRead({ world, federation, ctx }, request, pathname) {
  const kept = world.objectAt(new URL(pathname, world.base)) ?? world.activities.get(pathname.split("/activities/")[1]);
  const isPrivate = kept?.object && !["public", "unlisted"].includes(kept.audience);
  const guarded = world.secure && /^\/(users|objects|activities)\//.test(pathname) && pathname !== `/users/${INSTANCE}`;
  if (!isPrivate && !guarded) return true;
  const documentLoader = await ctx.getDocumentLoader({ identifier: INSTANCE });
  const reader = await federation.createContext(request, undefined).getSignedKeyOwner({ documentLoader });
  if (!reader?.id) return false;
  return !isPrivate || kept.owner.followers.has(reader.id.href) || kept.people.some(({ id }) => id.href === reader.id.href);
}

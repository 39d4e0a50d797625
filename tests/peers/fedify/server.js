// The port: everything that is not `/control/…` goes to Fedify as it came.

import "./localhost.js";
import "./older-node.js";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
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
  const answer = request.method === "POST" ? await inbox(peer, request) : await document(peer, request);
  const { method, headers, url } = request;
  const { pathname: path } = new URL(url);
  peer.world.recordRequest({ method, path, headers: Object.fromEntries(headers), body: body?.toString() ?? null, status: answer.status });
  return answer;
}

async function inbox({ world, federation }, request) {
  const { refuse, delay } = world.settings;
  await setTimeout(delay);
  if (!understands(world, request)) return new Response("Signed in another way.", { status: 401 });
  return refuse ? new Response("Told to refuse.", { status: refuse }) : await federation.fetch(request, { contextData: undefined });
}

// Whether it knows the kind of signature that a request has: those of RFC 9421 come with a `Signature-Input`.
function understands({ settings: { knows } }, { headers }) {
  return !knows || (knows === "rfc9421") === headers.has("signature-input");
}

async function document(peer, request) {
  const { world, federation } = peer;
  const { pathname } = new URL(request.url);
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

// In secure mode every document but the instance's own asks for a signature; a private object, and what tells of it, asks
// for that of somebody who may read it.
async function mayRead({ world, federation, ctx }, request, pathname) {
  const told = world.activities.get(pathname.split("/activities/")[1]);
  const kept = world.objectAt(told ? told.activity.objectId : new URL(pathname, world.base));
  const isPrivate = kept && !["public", "unlisted"].includes(kept.audience);
  const guarded = world.settings.secure && /^\/(users|objects|activities)\//.test(pathname) && pathname !== `/users/${INSTANCE}`;
  if (!isPrivate && !guarded) return true;
  if (!understands(world, request)) return false;
  const documentLoader = await ctx.getDocumentLoader({ identifier: INSTANCE });
  const reader = await federation.createContext(request, undefined).getSignedKeyOwner({ documentLoader });
  if (!reader?.id) return false;
  return !isPrivate || kept.owner.followers.has(reader.id.href) || kept.people.some(({ id }) => id.href === reader.id.href);
}

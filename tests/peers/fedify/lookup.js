// Finds objects and actors of others, by URI or by handle, and what runs there.

import { nodeInfoToJson, parseNodeInfo } from "@fedify/fedify";
import { Refused } from "./world.js";

// Signed by the actor who asks, as a server in secure mode wants it.
export async function lookup({ world, ctx }, actor, what) {
  const url = typeof what === "string" && what.startsWith("@") ? await byHandle(world, what) : String(what);
  const documentLoader = await ctx.getDocumentLoader({ identifier: actor.name });
  const object = await ctx.lookupObject(url, { documentLoader });
  if (!object) throw new Refused(`nothing was found at ${url}`);
  return object;
}

// As strictly as Fedify reads it; its own fetch of it would refuse private addresses.
export async function nodeInfo(base) {
  const { links } = await (await fetch(new URL("/.well-known/nodeinfo", base))).json();
  const { href } = links.find(({ rel }) => rel.startsWith("http://nodeinfo.diaspora.software/ns/schema/2."));
  const parsed = parseNodeInfo(await (await fetch(href)).json());
  if (!parsed) throw new Refused(`${href} is no NodeInfo`);
  return nodeInfoToJson(parsed);
}

// Fedify's own lookup of handles knows https only; the servers of tests may speak plain http.
async function byHandle(world, handle) {
  const host = handle.split("@").at(-1);
  const url = new URL("/.well-known/webfinger", world.base);
  url.host = host;
  url.searchParams.set("resource", `acct:${handle.slice(1)}`);
  const response = await fetch(url, { headers: { accept: "application/jrd+json" } });
  if (!response.ok) throw new Refused(`${handle}: WebFinger says ${response.status}`);
  const { links = [] } = await response.json();
  const self = links.find(({ rel, type }) => rel === "self" && /activity/.test(type));
  if (!self) throw new Refused(`${handle}: WebFinger names no actor`);
  return self.href;
}

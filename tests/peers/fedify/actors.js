// The document of a local actor.

import { Application, Endpoints, Group, Organization, Person, PropertyValue, Service } from "@fedify/fedify";

export const KINDS = { Application, Group, Organization, Person, Service };

export async function actorDocument(world, ctx, actor) {
  const { name } = actor;
  const keys = await ctx.getActorKeyPairs(name);
  return new KINDS[actor.kind]({
    id: ctx.getActorUri(name),
    preferredUsername: name,
    name: actor.displayName,
    summary: actor.summary,
    url: new URL(`/@${name}`, world.base),
    inbox: ctx.getInboxUri(name),
    // A relay passes on what comes to its own inbox.
    endpoints: actor.relay ? null : new Endpoints({ sharedInbox: ctx.getInboxUri() }),
    outbox: ctx.getOutboxUri(name),
    followers: ctx.getFollowersUri(name),
    following: ctx.getFollowingUri(name),
    featured: ctx.getFeaturedUri(name),
    manuallyApprovesFollowers: actor.manual,
    attachments: actor.fields.map(({ name, value }) => new PropertyValue({ name, value })),
    aliases: actor.aliases.map((url) => new URL(url)),
    successor: actor.movedTo && new URL(actor.movedTo),
    publicKey: keys[0].cryptographicKey,
    assertionMethods: keys.map((pair) => pair.multikey),
  });
}

// How an activity of ours goes out.

// What every activity has, and `rest`.
export function activityOf({ world, ctx }, actor, Kind, rest) {
  return new Kind({ id: world.newActivityUrl(), actor: ctx.getActorUri(actor.name), ...rest });
}

// Sends to `people`, and to the followers unless it is for those people only. Held back, it waits for `resend`.
export async function deliver({ world, ctx, hold }, actor, activity, audience, people) {
  world.keepActivity(actor, activity, audience, people);
  if (hold) return { activity: activity.id.href };
  const sender = { identifier: actor.name };
  const shared = audience !== "direct";
  if (shared) await ctx.sendActivity(sender, "followers", activity, { preferSharedInbox: true, syncCollection: true });
  const others = people.filter(({ id }) => !shared || !actor.followers.has(id.href));
  if (others.length) await ctx.sendActivity(sender, others, activity, { preferSharedInbox: shared });
  return { activity: activity.id.href };
}

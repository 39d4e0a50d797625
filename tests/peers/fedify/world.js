// What the peer knows: its actors and their objects, what it saw of others, and every activity that came in, in order.
//
// Knows nothing of HTTP, nor when to send what.

import { randomUUID } from "node:crypto";

// What `GET /control/log` keeps; a test that needs more is too long.
const LOG_MAX = 10_000;

export class World {
  constructor(base) {
    this.base = base;
    this.actors = new Map();
    // By the last part of the path.
    this.objects = new Map();
    this.activities = new Map();
    // Objects and actors of others, by URI, as they were last told or fetched.
    this.seen = new Map();
    this.log = [];
    this.requests = [];
    this.waiting = new Set();
    // What a test may set: ask for signed GETs ("secure mode"), refuse what comes to inboxes with a status, answer them
    // late, pass answers to posts of ours on to our followers, know one kind of HTTP signature only.
    this.settings = { secure: false, refuse: 0, delay: 0, forward: false, knows: null };
  }

  actor(name) {
    const actor = this.actors.get(name);
    if (!actor) throw new Refused(`there is no actor ${name}`);
    return actor;
  }

  actorUrl(name) {
    return new URL(`/users/${name}`, this.base);
  }

  // The local actor with this URI, if there is one.
  actorAt(url) {
    const path = url?.href.startsWith(`${this.base}/users/`) ? url.pathname.split("/") : [];
    return path.length === 3 ? this.actors.get(path[2]) : undefined;
  }

  // The local object with this URI, if there is one.
  objectAt(url) {
    const prefix = `${this.base}/objects/`;
    return url?.href.startsWith(prefix) ? this.objects.get(url.href.slice(prefix.length)) : undefined;
  }

  newObjectUrl() {
    return new URL(`/objects/${randomUUID()}`, this.base);
  }

  newActivityUrl() {
    return new URL(`/activities/${randomUUID()}`, this.base);
  }

  keepObject(owner, object, audience) {
    const kept = { owner, object, audience, likes: new Set(), boosts: new Set(), replies: new Set(), votes: new Map() };
    this.objects.set(object.id.pathname.split("/").at(-1), kept);
    return kept;
  }

  keepActivity(owner, activity, audience, people = []) {
    this.activities.set(activity.id.pathname.split("/").at(-1), { owner, activity, audience, people });
  }

  // Writes down an activity whose signature held, and wakes who waits for one like it.
  record(entry) {
    entry.n = this.log.length;
    if (this.log.length < LOG_MAX) this.log.push(entry);
    for (const wake of this.waiting) wake(entry);
  }

  // Writes down a request from elsewhere, whatever became of it.
  recordRequest(request) {
    if (this.requests.length < LOG_MAX) this.requests.push(request);
  }

  // The first entry from number `after` on for which `fits` holds; null when none came in time.
  waitFor(fits, after, milliseconds) {
    const found = this.log.find((entry) => entry.n >= after && fits(entry));
    if (found) return Promise.resolve(found);
    return new Promise((resolve) => {
      const done = (entry) => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve(entry);
      };
      const wake = (entry) => fits(entry) && done(entry);
      const timer = setTimeout(() => done(null), milliseconds);
      this.waiting.add(wake);
    });
  }
}

export class LocalActor {
  constructor(name, kind, keys, { manual = false, relay = false } = {}) {
    Object.assign(this, { name, kind, keys, manual, relay, displayName: name, summary: "", fields: [] });
    this.aliases = [];
    this.movedTo = null;
    this.gone = false;
    // All by the URI of the other actor. A follower is what Fedify needs to deliver to it.
    this.followers = new Map();
    this.requests = new Map();
    this.following = new Map();
    this.blocks = new Map();
    this.blockedBy = new Set();
    // By the URI of the object: the activity that says so.
    this.likes = new Map();
    this.boosts = new Map();
    this.pins = [];
    this.outbox = [];
  }

  state(world) {
    return {
      name: this.name,
      url: world.actorUrl(this.name).href,
      manual: this.manual,
      aliases: this.aliases,
      moved_to: this.movedTo,
      followers: [...this.followers.keys()],
      requests: [...this.requests.keys()],
      following: Object.fromEntries([...this.following].map(([url, { accepted }]) => [url, accepted])),
      blocks: [...this.blocks.keys()],
      blocked_by: [...this.blockedBy],
      likes: [...this.likes.keys()],
      boosts: [...this.boosts.keys()],
    };
  }
}

// The caller of the control API asked for what cannot be.
export class Refused extends Error {}

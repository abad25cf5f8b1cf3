// What is known: the facts, in order, and how the world stands. Knows nothing of the page.

import { parse } from "./time.js";

// The server keeps fewer.
const MOST = 30000;
// What outcomes say of their channel.
const CHANGES = {
  "Channel Blocked": (channel) => Object.assign(channel, { blocked: true, key: null }),
  "Channel Unblocked": (channel) => Object.assign(channel, { blocked: false, taken_down: false }),
  "Channel Taken Down": (channel) => Object.assign(channel, { taken_down: true }),
  "Stream Key Rotated": (channel, _, fact) => Object.assign(channel, { key: { made_at: fact.at } }),
  "Playback Restricted": (channel, { countries = [], origins = [] }) => Object.assign(channel, {
    restricted: [...countries, ...origins].join(", "), restriction_waits: false,
  }),
  "Playback Restriction Lifted": (channel) => Object.assign(channel, {
    restricted: null, restriction_waits: false,
  }),
  "Playback Restriction Postponed": (channel) => Object.assign(channel, { restriction_waits: true }),
  "Stream Unhealthy": (channel, { metric }) => Object.assign(channel, {
    unhealthy: [...new Set([...channel.unhealthy, words(metric)])],
  }),
  "Stream Healthy Again": (channel, { metric }) => Object.assign(channel, {
    unhealthy: channel.unhealthy.filter((one) => one !== words(metric)),
  }),
};
const words = (metric) => metric.replaceAll("_", " ");
const STATUS_WORDS = { live: "live", starving: "starving", offline: "offline", connecting: "connecting" };

export function channelsOf(fact) {
  return fact.channel ? [fact.channel] : fact.more.channels || [];
}

export class Store {
  constructor() {
    this.clear();
  }

  clear() {
    this.facts = [];
    this.byNumber = new Map();
    this.children = new Map();
    this.byChannel = new Map();
    this.next = 0;
    this.droppedBefore = null;
    this.state = null;
    this.functions = new Set();
  }

  // Takes facts in the order of their numbers; those that are known already are left out.
  add(facts) {
    let count = 0;
    for (const fact of facts) {
      if (fact.n >= this.next && !this.byNumber.has(fact.n)) {
        this.place({ ...fact, ms: parse(fact.at) });
        count += 1;
      }
    }
    if (this.facts.length > MOST) {
      this.drop(this.facts.length - MOST);
    }
    return count;
  }

  place(fact) {
    this.next = Math.max(this.next, fact.n + 1);
    this.byNumber.set(fact.n, fact);
    insert(this.facts, fact);
    for (const arn of channelsOf(fact)) {
      insert(listed(this.byChannel, arn), fact);
    }
    if (channelsOf(fact).length === 0) {
      insert(listed(this.byChannel, null), fact);
    }
    if (fact.parent !== null) {
      listed(this.children, fact.parent).push(fact.n);
    }
    if (fact.function) {
      this.functions.add(fact.function);
    }
  }

  drop(count) {
    const left = this.facts.slice(count).sort((one, other) => one.n - other.n);
    const { state } = this;
    const before = this.facts[count].at;
    this.clear();
    this.state = state;
    left.forEach((fact) => this.place(fact));
    this.droppedBefore = before;
  }

  get start() {
    return this.state ? parse(this.state.start) : this.facts.length ? this.facts[0].ms : 0;
  }

  get now() {
    return this.state ? parse(this.state.now) : 0;
  }

  of(arn) {
    return this.byChannel.get(arn) || [];
  }

  // The way that led to a fact, from what began it.
  ancestors(fact) {
    const way = [];
    let at = fact;
    while (at && at.parent !== null && way.length < 100) {
      at = this.byNumber.get(at.parent);
      if (at) {
        way.unshift(at);
      }
    }
    return way;
  }

  childrenOf(fact) {
    const numbers = this.children.get(fact.n) || [];
    return numbers.map((n) => this.byNumber.get(n)).filter(Boolean);
  }

  // All that a fact led to, up to a limit.
  descendants(fact, most = 200) {
    const found = [];
    const waiting = [...this.childrenOf(fact)];
    while (waiting.length && found.length < most) {
      const next = waiting.shift();
      found.push(next);
      waiting.push(...this.childrenOf(next));
    }
    return found;
  }

  // The stretches of a channel's sessions: { from, to, status, name }; to is null while it lasts.
  stretches(arn) {
    const found = [];
    let open = null;
    for (const fact of this.of(arn)) {
      if (fact.kind !== "session" || !fact.more.status) {
        continue;
      }
      const { status } = fact.more;
      if (open && open.status === status && open.name === fact.more.session) {
        continue;
      }
      if (open) {
        open.to = fact.ms;
        open = null;
      }
      if (status !== "offline") {
        open = { from: fact.ms, to: null, status, name: fact.more.session };
        found.push(open);
      }
    }
    return found;
  }

  // The channels as they stand now, or as the facts say that they stood at an earlier moment.
  channels(past) {
    const now = this.state ? this.state.channels : [];
    return past === null ? now : now.map((channel) => this.then(channel, past));
  }

  then(channel, past) {
    const was = {
      ...channel, status: "offline", encoder: false, viewers: null, session: null,
      blocked: false, taken_down: false, restricted: null, restriction_waits: false, unhealthy: [],
      key: null, held_until: null, past: true,
    };
    for (const fact of this.of(channel.arn)) {
      if (fact.ms > past) {
        break;
      }
      apply(was, fact);
    }
    return was;
  }
}

function apply(channel, fact) {
  if (fact.kind === "session" && fact.more.status) {
    const over = fact.more.status === "offline";
    channel.status = fact.more.status;
    channel.encoder = !over;
    channel.unhealthy = over ? [] : channel.unhealthy;
    channel.session = over ? null : {
      stream_id: fact.more.stream_id,
      started_at: fact.more.status === "live" ? fact.at : channel.session && channel.session.started_at,
    };
  }
  if (fact.kind !== "outcome") {
    return;
  }
  const change = CHANGES[fact.title];
  if (change) {
    change(channel, fact.more.event ? fact.more.event.detail : {}, fact);
  }
}

export function statusWord(channel) {
  return STATUS_WORDS[channel.status] || channel.status;
}

function listed(map, key) {
  if (!map.has(key)) {
    map.set(key, []);
  }
  return map.get(key);
}

// Nearly always at the end: facts come in the order of time.
function insert(list, fact) {
  let place = list.length;
  while (place > 0 && after(list[place - 1], fact)) {
    place -= 1;
  }
  list.splice(place, 0, fact);
}

function after(one, other) {
  return one.ms > other.ms || (one.ms === other.ms && one.n > other.n);
}

// The index of the first fact from this moment on.
export function firstFrom(facts, ms) {
  let low = 0;
  let high = facts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (facts[middle].ms < ms) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// Whether a fact passes what somebody wants to see: { channel, function, cause, text, kind }.
export function passes(fact, wanted) {
  if (wanted.channel && !channelsOf(fact).includes(wanted.channel)) {
    return false;
  }
  if (wanted.function && fact.function !== wanted.function) {
    return false;
  }
  if (wanted.cause && fact.cause !== wanted.cause) {
    return false;
  }
  if (wanted.kind && fact.kind !== wanted.kind) {
    return false;
  }
  const text = wanted.text && wanted.text.toLowerCase();
  return !text || `${fact.title} ${fact.text || ""}`.toLowerCase().includes(text);
}

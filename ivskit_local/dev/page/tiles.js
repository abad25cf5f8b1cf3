// The channels, a tile each: how they stand, and what can be done.

import { quick } from "./actions.js";
import { button, el, keyed, say, set, show } from "./dom.js";
import { statusWord } from "./model.js";
import { parse, span } from "./time.js";

export class Tiles {
  // page: { act(action, channel), more(channel), choose(channel), canAct() }
  constructor(place, page) {
    this.place = place;
    this.page = page;
  }

  draw(channels, now, chosen) {
    keyed(
      this.place,
      channels,
      (channel) => channel.arn,
      (channel) => this.create(channel),
      (tile, channel) => this.update(tile, channel, now, chosen),
    );
  }

  create(channel) {
    const parts = {
      dot: el("span", { class: "dot", "aria-hidden": "true" }),
      name: button("", () => this.page.choose(tile.channel), { class: "name" }),
      badges: el("span", { class: "badges" }),
      status: el("span", { class: "status" }),
      facts: el("p", { class: "facts" }),
      quick: el("span", { class: "quick" }),
      more: button("More…", () => this.page.more(tile.channel), { class: "more" }),
    };
    const tile = el(
      "li",
      { class: "tile" },
      el("div", { class: "head" }, parts.dot, parts.name, parts.status),
      parts.facts,
      parts.badges,
      el("div", { class: "acts" }, parts.quick, parts.more),
    );
    tile.parts = parts;
    tile.channel = channel;
    return tile;
  }

  update(tile, channel, now, chosen) {
    const { parts } = tile;
    tile.channel = channel;
    set(tile, "data-status", channel.status);
    set(tile, "data-blocked", channel.blocked);
    set(tile, "data-name", channel.name);
    say(parts.name, channel.name);
    set(parts.name, "title", channel.arn);
    set(parts.name, "aria-pressed", String(chosen === channel.arn));
    say(parts.status, statusWord(channel));
    say(parts.facts, about(channel, now));
    badges(parts.badges, channel);
    this.buttons(parts, channel);
  }

  buttons(parts, channel) {
    const can = this.page.canAct();
    show(parts.quick.parentElement, can);
    if (!can) {
      return;
    }
    const make = (action) => button(action.label, () => {
      this.page.act(action, parts.quick.closest("li").channel);
    }, { class: action.danger ? "danger" : "" });
    keyed(parts.quick, quick(channel), (action) => action.id, make, () => {});
    set(parts.more, "aria-label", `More for ${channel.name}`);
  }
}

function about(channel, now) {
  const said = [];
  const since = channel.session && parse(channel.session.started_at);
  if (since) {
    said.push(`for ${span(now - since)}`);
  }
  if (channel.status !== "offline" && channel.viewers !== null) {
    said.push(`${channel.viewers} viewer${channel.viewers === 1 ? "" : "s"}`);
  }
  said.push(keyAge(channel, now));
  return said.filter(Boolean).join(" · ");
}

function keyAge(channel, now) {
  if (channel.key === null) {
    return channel.past && !channel.blocked ? null : "no key";
  }
  const made = parse(channel.key.made_at);
  return made ? `key ${span(now - made)} old` : "has a key";
}

function badges(place, channel) {
  const words = [];
  if (channel.taken_down) {
    words.push(["blocked", "taken down"]);
  } else if (channel.blocked) {
    words.push(["blocked", "blocked"]);
  }
  if (channel.restricted) {
    words.push(["restricted", `only in ${channel.restricted}`]);
  }
  if (channel.restriction_waits) {
    words.push(["restricted", "restriction waits for the end"]);
  }
  for (const metric of channel.unhealthy) {
    words.push(["unhealthy", `unhealthy: ${metric}`]);
  }
  if (channel.held_until) {
    words.push(["held", "held"]);
  }
  if (!channel.managed) {
    words.push(["unmanaged", "not managed"]);
  } else if (channel.mode === "observe") {
    words.push(["observed", "only observed"]);
  }
  const make = ([kind, text]) => el("span", { class: `badge ${kind}`, text });
  keyed(place, words, ([, text]) => text, make, () => {});
  show(place, words.length > 0);
}

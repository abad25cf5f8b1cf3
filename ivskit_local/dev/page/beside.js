// What stands beside the channels: dead letters, recordings and quotas, as they are now.

import { button, el, keyed, say, set, show } from "./dom.js";
import { exactly, parse, span } from "./time.js";

const SECOND = 1000;
const MOST_RECORDINGS = 20;

export class Beside {
  // part(name): an element of the document; page: { redrive(name), nameOf(arn), isLive() }
  constructor(part, page) {
    this.part = part;
    this.page = page;
  }

  draw(store, view) {
    const isNow = view.past === null;
    this.letters(isNow ? store.state.dead_letters : []);
    this.recordings(isNow ? store.state.recordings : null, view);
    this.quotas(isNow ? store.state.quotas : []);
  }

  letters(letters) {
    const { part, page } = this;
    show(part("letters"), letters.length > 0);
    keyed(part("letter-list"), letters, (one) => `${one.queue} ${one.event_id}`, (one) => el(
      "li",
      {},
      el("span", { class: "what" }, el("b", { text: one.function || one.queue }), el("span", { text: one.error })),
      one.function && page.isLive() ? button("Redrive", () => page.redrive(one.function)) : null,
    ), () => {});
  }

  // Of all channels, or of the one that is chosen; null where the stage has no index.
  recordings(all, view) {
    const { part } = this;
    const { channel } = view.wanted;
    const fitting = (all || []).filter((one) => !channel || one.channel_arn === channel);
    const shown = fitting.slice(0, MOST_RECORDINGS);
    show(part("recordings"), shown.length > 0);
    const marked = shown.filter((one) => one.taken_down_by).length;
    say(part("recordings-count"), [
      `${shown.length}${channel ? ` of ${this.page.nameOf(channel)}` : ""}`,
      marked ? `${marked} taken down` : "",
    ].filter(Boolean).join(", "));
    keyed(
      part("recording-list"), shown, (one) => `${one.channel_arn} ${one.recording}`,
      (one) => this.recording(one), (row, one) => this.update(row, one, view.zone),
    );
  }

  recording(one) {
    const parts = {
      status: el("span", {}), mark: el("span", { class: "badge blocked", text: "taken down" }),
      began: el("td", {}), lasts: el("td", { class: "number" }),
    };
    const where = one.prefix ? `s3://${one.bucket}/${one.prefix}` : "";
    const row = el(
      "tr", {}, el("td", {}, el("b", { text: this.page.nameOf(one.channel_arn) })),
      el("td", {}, parts.status, " ", parts.mark), parts.began, parts.lasts,
      el("td", { class: "where", text: where }),
    );
    row.parts = parts;
    return row;
  }

  update({ parts }, one, zone) {
    const began = parse(one.started_at);
    say(parts.status, one.failure ? `${one.status}: ${one.failure}` : one.status);
    show(parts.mark, Boolean(one.taken_down_by));
    set(parts.mark, "title", one.taken_down_by ? `by the command ${one.taken_down_by}` : null);
    say(parts.began, began ? exactly(began, zone).slice(0, 19) : "");
    say(parts.lasts, one.duration_ms ? span(one.duration_ms) : "");
  }

  quotas(quotas) {
    const { part } = this;
    const near = quotas.filter((one) => one.is_near);
    show(part("quotas"), quotas.length > 0);
    const said = near.map((one) => `${one.quota} ${percent(one)}`).join(", ");
    say(part("quotas-near"), said || "none is used to 80 %");
    set(part("quotas-near"), "data-near", near.length > 0);
    keyed(part("quota-list"), quotas, (one) => one.quota, (one) => {
      const parts = {
        used: el("td", { class: "number" }), bar: el("i", {}), share: el("td", { class: "number" }),
        full: el("td", { class: "number" }),
      };
      const bar = el("td", { class: "bar", "aria-hidden": "true" }, el("span", {}, parts.bar));
      const row = el("tr", {}, el("td", { text: one.quota }), parts.used, bar, parts.share, parts.full);
      row.parts = parts;
      return row;
    }, (row, one) => {
      const { parts } = row;
      set(row, "data-near", one.is_near);
      say(parts.used, `${one.used.toLocaleString("en")} of ${one.of.toLocaleString("en")}`);
      parts.bar.style.width = `${Math.min(one.share, 1) * 100}%`;
      say(parts.share, percent(one));
      say(parts.full, fullIn(one));
    });
  }
}

function percent(one) {
  return `${Math.round(one.share * 100)} %`;
}

function fullIn({ full_in_seconds: seconds }) {
  if (seconds === null) {
    return "";
  }
  return seconds > 0 ? span(Math.round(seconds) * SECOND) : "now";
}

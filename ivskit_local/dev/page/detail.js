// One fact in full: what led to it, what it led to, its calls and its JSON.

import { button, el, show } from "./dom.js";
import { glyph } from "./feed.js";
import { channelsOf } from "./model.js";
import { clock, exactly, span, zoneName } from "./time.js";

const MARKS = { well: "done", refused: "refused", failed: "failed" };
const MOST_LISTED = 40;

export class Detail {
  // page: { select(fact), close(), only(wanted), look(ms), redrive(name), canAct(), nameOf(arn) }
  constructor(place, page) {
    this.place = place;
    this.page = page;
    this.drawn = null;
  }

  draw(store, view) {
    const fact = view.selected === null ? null : store.byNumber.get(view.selected);
    show(this.place, Boolean(fact));
    const drawn = fact && `${fact.n} ${view.zone} ${view.past} ${store.childrenOf(fact).length}`;
    if (drawn === this.drawn) {
      return;
    }
    this.drawn = drawn;
    const focused = this.place.contains(document.activeElement);
    this.place.replaceChildren(...(fact ? this.content(fact, store, view) : []));
    if (fact && (focused || this.takesFocus)) {
      this.place.querySelector("h2").focus();
      this.takesFocus = false;
    }
  }

  content(fact, store, view) {
    const ancestors = store.ancestors(fact);
    return [
      el(
        "header",
        {},
        el("h2", { text: fact.title, tabindex: "-1" }),
        button("Close", () => this.page.close(), { class: "quiet", title: "Escape" }),
      ),
      el("p", { class: "kind" }, glyph(fact), el("span", { text: this.kind(fact) })),
      fact.text ? el("p", { class: "reason", text: fact.text }) : null,
      this.list(fact, view),
      this.buttons(fact),
      ancestors.length ? this.facts("Led to it", ancestors, fact, view) : null,
      this.facts("What it led to", store.childrenOf(fact), fact, view),
      calls(fact),
      ...documents(fact, store.childrenOf(fact)),
    ].filter(Boolean);
  }

  kind(fact) {
    return [fact.kind, MARKS[fact.mark]].filter(Boolean).join(", ");
  }

  list(fact, view) {
    const rows = [
      ["When", `${exactly(fact.ms, view.zone)} ${zoneName(view.zone, fact.ms)}`],
      ["Channel", channelsOf(fact).map(this.page.nameOf).join(", ")],
      ["Function", fact.function],
      ["Session", fact.more.session],
      ["Stream id", fact.more.stream_id],
      ["Cause", fact.cause],
      ["Rules", (fact.more.rules || []).join(", ")],
      ["Queues", (fact.more.queues || [fact.more.queue].filter(Boolean)).join(", ")],
      ["Lost", (fact.more.lost || []).join(", ")],
      ["Took", fact.more.ms ? `${fact.more.ms.toFixed(1)} ms on this machine` : null],
      ["Error", fact.more.error !== fact.text ? fact.more.error : null],
    ];
    const said = rows.filter(([, value]) => value);
    return el("dl", {}, ...said.flatMap(([name, value]) => [
      el("dt", { text: name }),
      el("dd", { text: value }),
    ]));
  }

  buttons(fact) {
    const { page } = this;
    const [channel] = channelsOf(fact);
    const redrives = fact.kind === "dead letter" && fact.function && page.canAct();
    const made = [
      fact.cause ? button("Only this cause", () => page.only({ cause: fact.cause })) : null,
      channel ? button("Only this channel", () => page.only({ channel })) : null,
      button("Show this moment", () => page.look(fact.ms)),
      redrives ? button("Redrive", () => page.redrive(fact.function)) : null,
    ];
    return el("p", { class: "buttons" }, ...made);
  }

  facts(title, facts, here, view) {
    if (!facts.length) {
      return null;
    }
    const rows = facts.slice(0, MOST_LISTED).map((fact) => {
      const away = fact.ms - here.ms;
      const when = away === 0 ? "" : `${span(away)} ${away < 0 ? "before" : "later"}`;
      const pressed = button("", () => this.page.select(fact), { title: clock(fact.ms, view.zone) });
      pressed.append(
        glyph(fact),
        el("span", { class: "title", text: fact.title }),
        el("span", { class: "away", text: when }),
      );
      return el("li", {}, pressed);
    });
    const left = facts.length - rows.length;
    const more = left > 0 ? [el("li", { class: "hint", text: `and ${left} more` })] : [];
    return el("section", {}, el("h3", { text: title }), el("ol", { class: "chain" }, ...rows, ...more));
  }
}

function calls(fact) {
  const made = fact.more.calls || [];
  if (!made.length) {
    return null;
  }
  // A function copes with most errors: only the last one of an attempt that failed made it fail.
  const errors = made.filter((call) => call.error);
  const fatal = fact.mark === "failed" ? errors[errors.length - 1] : null;
  const rows = made.map((call) => el(
    "tr",
    { class: call === fatal ? "failed" : "" },
    el(
      "td",
      {},
      el("span", { class: "service", text: call.service }),
      el("b", { text: call.operation }),
      call.error ? el("p", { class: "error", text: call.error }) : null,
    ),
    el("td", { class: "number", text: call.ms ? span(call.ms) : "at once" }),
  ));
  const head = [
    el("th", { scope: "col", text: "Call" }),
    el("th", { scope: "col", class: "number", text: "Took" }),
  ];
  return el(
    "section",
    {},
    el("h3", { text: `${made.length} call${made.length === 1 ? "" : "s"} to AWS` }),
    el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)),
  );
}

// The fact's own event; a decision has those of its outcomes, which say what it was based on.
function documents(fact, children) {
  const { event } = fact.more;
  const outcomes = fact.kind === "decision" ? children.filter((child) => child.kind === "outcome") : [];
  const said = outcomes.filter((child) => child.more.event);
  return [
    ...(event ? [json("The event", event, true)] : []),
    ...said.map((child) => json(child.title, child.more.event.detail, false)),
  ];
}

function json(title, value, open) {
  const text = el("pre", { tabindex: "0", text: JSON.stringify(value, null, 2) });
  return el("details", { open }, el("summary", { text: title }), text);
}

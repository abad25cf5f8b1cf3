// Everything that happened, newest first, as far as it passes the filters.

import { button, el, keyed, say, set, show } from "./dom.js";
import { channelsOf, firstFrom, passes } from "./model.js";
import { clock, day } from "./time.js";

const A_PAGE = 120;

export class Feed {
  // page: { select(fact), nameOf(arn) }
  constructor(place, more, page) {
    this.place = place;
    this.more = more;
    this.page = page;
    this.most = A_PAGE;
    more.addEventListener("click", () => {
      this.most += A_PAGE;
      this.page.redraw();
    });
  }

  draw(store, view) {
    const { shown, left } = newest(store, view, this.most);
    keyed(
      this.place,
      shown,
      (fact) => fact.n,
      (fact) => this.create(fact),
      (row, fact) => this.update(row, fact, view),
    );
    show(this.more, left);
    return shown;
  }

  create(fact) {
    const time = el("time", { datetime: fact.at });
    const about = el("span", { class: "about" });
    const main = el(
      "span",
      { class: "what" },
      el("span", { class: "title", text: fact.title }),
      fact.text ? el("span", { class: "text", text: fact.text }) : null,
    );
    const pressed = button("", (event) => this.page.select(fact, event.detail === 0));
    pressed.append(time, glyph(fact), main, about);
    const row = el("li", { "data-kind": fact.kind, "data-mark": fact.mark }, pressed);
    Object.assign(row, { time, about, pressed });
    return row;
  }

  update(row, fact, view) {
    say(row.time, clock(fact.ms, view.zone));
    set(row.time, "title", day(fact.ms, view.zone));
    say(row.about, names(fact, this.page));
    set(row.pressed, "aria-current", view.selected === fact.n);
  }
}

function names(fact, page) {
  const channels = channelsOf(fact);
  return channels.length > 2 ? `${channels.length} channels` : channels.map(page.nameOf).join(", ");
}

export function glyph(fact) {
  return el("span", { class: "glyph", "data-kind": fact.kind, "data-mark": fact.mark, title: fact.kind });
}

// The newest that pass, and whether older ones would.
function newest(store, view, most) {
  const { facts } = store;
  const shown = [];
  let place = (view.past === null ? facts.length : firstFrom(facts, view.past + 1)) - 1;
  for (; place >= 0 && shown.length < most; place -= 1) {
    if (passes(facts[place], view.wanted)) {
      shown.push(facts[place]);
    }
  }
  return { shown, left: place >= 0 };
}

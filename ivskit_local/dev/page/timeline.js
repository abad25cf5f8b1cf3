// The timeline: a lane for each channel with something to show, as SVG.

import { keyed, say, set, show, svg } from "./dom.js";
import { LANE, bars, dues, family, lanes, lines, marks, scale, shapeOf } from "./layout.js";
import { MINUTE, clock, day, span, ticks } from "./time.js";

const A_PAGE = 12;
const NARROW = 640;
const SHAPE = {
  circle: "M-5 0A5 5 0 1 1 5 0A5 5 0 1 1 -5 0Z",
  square: "M-4.5-4.5H4.5V4.5H-4.5Z",
  diamond: "M0-6L6 0L0 6L-6 0Z",
  up: "M0-5.5L5.5 4.5H-5.5Z",
  bar: "M-2-6H2V6H-2Z",
  letter: "M-6-4H6V4H-6ZM-6-4L0 1L6-4",
  cross: "M-5-3L-3-5L0-2L3-5L5-3L2 0L5 3L3 5L0 2L-3 5L-5 3L-2 0Z",
};

export class Timeline {
  // parts: { svg, none, pages, before, after, which }; page: { select(fact), close(), redraw(), choose }
  constructor(parts, page) {
    this.parts = parts;
    this.page = page;
    this.first = 0;
    this.groups = ["grid", "bars", "lines", "marks", "names", "edge"].map((name) => svg("g", { class: name }));
    [this.grid, this.bars, this.lines, this.marks, this.names, this.edge] = this.groups;
    parts.svg.append(...this.groups);
    parts.before.addEventListener("click", () => this.turn(-A_PAGE));
    parts.after.addEventListener("click", () => this.turn(A_PAGE));
    parts.svg.addEventListener("keydown", (event) => this.key(event));
  }

  topOf(number) {
    return LANE.top + number * this.lane.height;
  }

  turn(by) {
    this.first = Math.max(0, this.first + by);
    this.page.redraw();
  }

  draw(store, channels, view) {
    const width = this.parts.svg.parentElement.clientWidth;
    if (!width || !store.state) {
      return;
    }
    const narrow = width < NARROW;
    const all = lanes(store, channels, view.window, view.wanted);
    this.first = Math.min(this.first, Math.max(0, Math.ceil(all.length / A_PAGE) * A_PAGE - A_PAGE));
    const shown = all.slice(this.first, this.first + A_PAGE);
    this.pages(all.length, shown.length);
    show(this.parts.none, all.length === 0);
    // A narrow timeline has the names of its lanes above their marks.
    this.lane = { ...LANE, height: LANE.height + (narrow ? LANE.name : 0), marks: narrow ? LANE.name : 0 };
    const height = LANE.top + Math.max(1, shown.length) * this.lane.height + 4;
    set(this.parts.svg, "viewBox", `0 0 ${width} ${height}`);
    set(this.parts.svg, "height", height);
    const at = scale(view.window, width, narrow ? 8 : 132);
    this.drawGrid(view, at, shown, height, narrow);
    this.drawLanes(store, shown, view, at);
  }

  pages(all, shown) {
    show(this.parts.pages, all > A_PAGE);
    say(this.parts.which, `Channels ${this.first + 1} to ${this.first + shown} of ${all}`);
    this.parts.before.disabled = this.first === 0;
    this.parts.after.disabled = this.first + shown >= all;
  }

  drawGrid(view, at, shown, height, narrow) {
    const { from, to, now, until } = view.window;
    const { at: moments } = ticks(from, to, (at.right - at.left) / 84, view.zone);
    const days = new Set();
    const labels = moments.map((ms) => {
      const date = day(ms, view.zone);
      const isNew = !days.has(date) && days.size > 0;
      days.add(date);
      return { ms, text: isNew ? date.slice(5) : clock(ms, view.zone).slice(0, to - from < 10 * MINUTE ? 8 : 5) };
    });
    const lane = (_, number) => this.topOf(number);
    const drawn = [
      ...labels.map((one) => ({ key: `t${one.ms}`, kind: "tick", x: at.x(one.ms), text: one.text })),
      ...shown.map((one, number) => ({ key: `l${one.arn}`, kind: "lane", y: lane(one, number) })),
    ];
    keyed(this.grid, drawn, (one) => one.key, makeGrid, (made, one) => {
      if (one.kind === "tick") {
        set(made, "transform", `translate(${one.x.toFixed(1)} 0)`);
        set(made.firstChild, "y2", height);
        say(made.lastChild, one.text);
      } else {
        set(made, "transform", `translate(0 ${one.y})`);
        set(made.firstChild, "x2", at.right + 10);
      }
    });
    const texts = shown.map((one, number) => ({ ...one, y: lane(one, number), narrow }));
    keyed(this.names, texts, (one) => String(one.arn), (one) => this.makeName(one), (made, one) => {
      set(made, "transform", `translate(${narrow ? 8 : 0} ${one.y + (narrow ? 12 : 33)})`);
      set(made, "class", narrow ? "name over" : "name");
      say(made, cut(one.name, narrow ? 40 : 18));
    });
    this.drawNow(until, now, at, height, this.page.isLive() ? "now" : "end");
  }

  makeName(lane) {
    return svg("text", { on: { click: () => lane.arn && this.page.choose(lane) } });
  }

  drawNow(until, now, at, height, word) {
    const x = at.x(until);
    const inside = x >= at.left && x <= at.right;
    const kind = until < now ? "past" : "now";
    keyed(this.edge, inside ? [kind] : [], (one) => one, (one) => svg(
      "g",
      { class: one },
      svg("line", { y1: 18, y2: 0 }),
      svg("text", { y: 26, "text-anchor": "middle", text: one === "now" ? word : "shown" }),
    ), (made) => {
      set(made, "transform", `translate(${x.toFixed(1)} 0)`);
      set(made.firstChild, "y1", LANE.top);
      set(made.firstChild, "y2", height);
    });
  }

  drawLanes(store, shown, view, at) {
    const placed = new Map();
    const allBars = [];
    this.all = [];
    shown.forEach((lane, number) => {
      const top = this.topOf(number) + this.lane.marks;
      bars(store, lane.arn, view.window, at).forEach((bar) => allBars.push({ ...bar, lane, top }));
      const here = marks(store, lane.arn, view.window, view.wanted, at);
      if (view.past === null) {
        here.push(...dues(store.state, lane.arn, view.window, at));
      }
      for (const mark of here) {
        mark.y += top;
        mark.lane = number;
        mark.key = `${lane.arn} ${mark.key}`;
        mark.name = lane.name;
        (mark.facts || []).forEach((fact) => placed.set(fact.n, mark));
        this.all.push(mark);
      }
    });
    const together = family(store, view.selected);
    keyed(this.bars, allBars, (bar) => `${bar.lane.arn} ${bar.key}`, makeBar, updateBar);
    keyed(this.lines, lines(store, view.selected, placed), (one) => one.key, () => svg("path"), (made, one) => {
      set(made, "d", one.path);
    });
    keyed(this.marks, this.all, (mark) => mark.key, () => this.makeMark(), (made, mark) => {
      updateMark(made, mark, view, together);
    });
    this.oneTabStop(view);
  }

  makeMark() {
    const made = svg(
      "g",
      { role: "button", tabindex: "-1" },
      svg("circle", { class: "halo", r: 10 }),
      svg("path", { class: "shape" }),
      svg("text", { class: "count", x: 7, y: 3.5 }),
      svg("title"),
    );
    made.addEventListener("click", () => this.press(made.mark, false));
    return made;
  }

  press(mark, byKey) {
    if (mark.facts) {
      this.page.select(nextOf(mark, this.page.selected()), byKey);
    }
  }

  // One mark can be reached with Tab; from it the arrow keys lead to the others.
  oneTabStop() {
    const marks = [...this.marks.children];
    const chosen = marks.find((made) => made === document.activeElement)
      || marks.find((made) => made.classList.contains("selected")) || marks[marks.length - 1];
    marks.forEach((made) => set(made, "tabindex", made === chosen ? "0" : "-1"));
  }

  key(event) {
    const here = event.target.mark;
    if (!here) {
      return;
    }
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.press(here, true);
      return;
    }
    const next = neighbour(this.all, here, event.key);
    if (next) {
      event.preventDefault();
      [...this.marks.children].find((made) => made.mark === next).focus();
      this.oneTabStop();
    }
  }
}

function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

// A mark that stands for several shows one after the other.
function nextOf(mark, selected) {
  const place = mark.facts.findIndex((fact) => fact.n === selected);
  return place < 0 ? mark.shown : mark.facts[(place + 1) % mark.facts.length];
}

export function neighbour(all, here, key) {
  const inLane = all.filter((mark) => mark.lane === here.lane);
  const place = inLane.indexOf(here);
  const nearest = (lane) => all.filter((mark) => mark.lane === lane)
    .sort((one, other) => Math.abs(one.x - here.x) - Math.abs(other.x - here.x))[0];
  switch (key) {
    case "ArrowRight": return inLane[place + 1];
    case "ArrowLeft": return inLane[place - 1];
    case "ArrowDown": return nearest(here.lane + 1);
    case "ArrowUp": return nearest(here.lane - 1);
    case "Home": return inLane[0];
    case "End": return inLane[inLane.length - 1];
    default: return undefined;
  }
}

function makeGrid(one) {
  return one.kind === "tick"
    ? svg("g", { class: "tick" }, svg("line", { y1: 18, y2: 0 }), svg("text", { y: 12, "text-anchor": "middle" }))
    : svg("g", { class: "lane" }, svg("line", { x1: 0 }));
}

function makeBar(bar) {
  return svg("rect", { height: 8, rx: 3 }, svg("title", { text: bar.name }));
}

function updateBar(made, bar) {
  set(made, "x", bar.x.toFixed(1));
  set(made, "y", bar.top + LANE.bar);
  set(made, "width", bar.width.toFixed(1));
  set(made, "data-status", bar.status);
}

function updateMark(made, mark, view, together) {
  made.mark = mark;
  const [halo, shape, count, title] = made.children;
  set(made, "transform", `translate(${mark.x.toFixed(1)} ${mark.y})`);
  const several = (mark.facts || mark.all).length;
  say(count, several > 1 ? String(several) : "");
  set(halo, "r", 10);
  const text = mark.facts ? described(mark, view) : announced(mark, view);
  say(title, text);
  set(made, "aria-label", text.replaceAll("\n", ". "));
  if (!mark.facts) {
    set(made, "class", mark.beyond ? "mark due beyond" : "mark due");
    set(shape, "d", mark.all[0].function ? SHAPE.diamond : SHAPE.circle);
    return;
  }
  const numbers = mark.facts.map((fact) => fact.n);
  const isIn = numbers.some((n) => together.has(n));
  const chosen = numbers.includes(view.selected);
  set(made, "class", ["mark", chosen ? "selected" : "", together.size && !isIn ? "aside" : ""].join(" ").trim());
  set(made, "data-kind", mark.shown.kind);
  set(made, "data-mark", mark.shown.mark);
  set(made, "aria-pressed", String(chosen));
  set(shape, "d", SHAPE[shapeOf(mark.shown.kind)]);
}

function described(mark, view) {
  const said = mark.facts.slice(0, 8).map((fact) => `${clock(fact.ms, view.zone)} ${fact.kind}: ${fact.title}`);
  const left = mark.facts.length - said.length;
  return [mark.name, ...said, ...(left > 0 ? [`and ${left} more`] : [])].join("\n");
}

function announced(mark, view) {
  const said = mark.all.slice(0, 8).map((one) => (
    `due in ${span(one.ms - view.window.now)}: ${[one.function, one.what].filter(Boolean).join(" ")}`
  ));
  return [mark.name, ...said].join("\n");
}

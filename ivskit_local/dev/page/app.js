// The page: holds what is shown, and draws it when something changed.

import { generalActions } from "./actions.js";
import { ask, askForChannel, chooseAction, chooseFrom } from "./asking.js";
import { Beside } from "./beside.js";
import { Detail } from "./detail.js";
import { el, options, say, set, show } from "./dom.js";
import { Feed } from "./feed.js";
import { Store } from "./model.js";
import { Live, Recorded } from "./source.js";
import { startTheme, turnTheme } from "./theme.js";
import { Tiles } from "./tiles.js";
import { TimeBar } from "./timebar.js";
import { Timeline } from "./timeline.js";
import { MINUTE, clock, exactly, zoneName } from "./time.js";

const TILES = 60;
// More tiles than these scroll in a place of their own.
const MANY = 12;
const KINDS = [
  "step", "session", "event", "command", "decision", "outcome", "mail", "dead letter", "check",
];
const part = (name) => document.querySelector(`[data-part="${name}"]`);

class App {
  constructor() {
    this.store = new Store();
    this.view = {
      zone: "utc", past: null, selected: null, span: 20 * MINUTE, end: null, window: null,
      wanted: { channel: "", function: "", cause: "", kind: "", text: "" },
    };
    this.mostTiles = TILES;
    this.announced = 0;
    this.selectedBefore = null;
    this.source = this.chosenSource();
    const page = this.page();
    this.tiles = new Tiles(part("tiles"), page);
    this.feed = new Feed(part("feed"), part("older"), page);
    this.detail = new Detail(part("detail"), page);
    this.beside = new Beside(part, page);
    this.timebar = new TimeBar(part, page, this.source.isLive);
    this.timeline = new Timeline({
      svg: part("timeline"), none: part("no-lanes"), pages: part("pages"), before: part("lanes-before"),
      after: part("lanes-after"), which: part("lanes-which"),
    }, page);
    this.wire();
    this.source.start();
  }

  chosenSource() {
    const recorded = document.getElementById("recorded");
    const take = {
      facts: (facts, before) => this.takeFacts(facts, before),
      state: (state) => this.takeState(state),
      restarted: () => this.restarted(),
      connected: (is) => show(part("lost"), !is),
    };
    set(document.body, "data-live", !recorded);
    return recorded ? new Recorded(JSON.parse(recorded.textContent), take) : new Live(take);
  }

  page() {
    return {
      act: (action, channel) => this.act(action, channel),
      more: (channel) => chooseAction(channel, (action) => this.act(action, channel)),
      choose: (channel) => this.choose(channel),
      only: (wanted) => this.only(wanted),
      select: (fact, byKey) => this.select(fact.n, byKey),
      selected: () => this.view.selected,
      close: () => this.select(null),
      look: (ms) => this.look(ms),
      redrive: (name) => this.send({ do: "redrive", function: name }),
      time: (change) => this.time(change),
      canAct: () => this.source.isLive && this.view.past === null,
      nameOf: (arn) => this.nameOf(arn),
      isLive: () => this.source.isLive,
      zone: () => this.view.zone,
      redraw: () => this.redraw(),
    };
  }

  // What comes in.

  takeFacts(facts, before) {
    const count = this.store.add(facts);
    this.store.droppedBefore = before || this.store.droppedBefore;
    if (!this.source.isLive) {
      this.fit();
    } else if (count && this.announced) {
      this.announce(facts[facts.length - 1], count);
    }
    this.announced += 1;
    this.redraw();
  }

  takeState(state) {
    this.store.state = state;
    this.redraw();
  }

  restarted() {
    this.store.clear();
    Object.assign(this.view, { past: null, selected: null, end: null });
    this.announced = 0;
    this.redraw();
  }

  // Read out at most every two seconds.
  announce(fact, count) {
    this.toSay = { fact, count: (this.toSay ? this.toSay.count : 0) + count };
    if (this.saying) {
      return;
    }
    this.saying = setTimeout(() => {
      const { fact: last, count: all } = this.toSay;
      const more = all > 1 ? `${all} new facts. ` : "";
      say(part("announce"), `${more}${last.title}${last.text ? `: ${last.text}` : ""}`);
      this.saying = this.toSay = null;
    }, 2000);
  }

  // What people do.

  act(action, channel) {
    const send = (given) => this.send(action.step(channel, given));
    if (action.fields) {
      const title = [action.label.replace("…", ""), channel && channel.name].filter(Boolean).join(": ");
      ask(title, action.fields, action.hint, send);
    } else {
      send({});
    }
  }

  send(step) {
    return this.tried(async () => {
      const { sentence, refused } = await this.source.step(step);
      this.toast(refused ? `${sentence}: refused, ${refused}` : sentence, Boolean(refused));
    });
  }

  time(change) {
    return this.tried(async () => {
      await this.source.time(change);
      if (change.restart_from) {
        this.look(null);
      }
    });
  }

  async tried(act) {
    try {
      await act();
    } catch (error) {
      this.toast(error.message, true);
    }
  }

  toast(text, bad) {
    const made = el("p", { class: bad ? "toast bad" : "toast", text });
    part("toasts").append(made);
    setTimeout(() => made.remove(), bad ? 8000 : 3500);
  }

  choose(channel) {
    const { wanted } = this.view;
    this.only({ channel: wanted.channel === channel.arn ? "" : channel.arn });
  }

  only(wanted) {
    Object.assign(this.view.wanted, wanted);
    for (const [name, value] of Object.entries(wanted)) {
      if (part(`by-${name}`)) {
        this.filters();
        part(`by-${name}`).value = value;
      }
    }
    this.redraw();
  }

  // With the keyboard, reading goes on in the details; Escape leads back.
  select(number, byKey = false) {
    if (number !== null && this.view.selected === null) {
      this.selectedBefore = document.activeElement;
    }
    this.view.selected = number;
    this.reveal(number);
    this.redraw();
    this.detail.takesFocus = byKey;
    if (number === null && this.selectedBefore && this.selectedBefore.isConnected) {
      this.selectedBefore.focus();
    }
  }

  // Moves the timeline to where the fact is.
  reveal(number) {
    const fact = number === null ? null : this.store.byNumber.get(number);
    const { window } = this.view;
    if (fact && window && (fact.ms < window.from || fact.ms > window.to)) {
      this.view.end = fact.ms + this.view.span / 2;
    }
  }

  look(ms) {
    const isNow = ms === null || ms >= this.store.now;
    this.view.past = isNow ? null : Math.max(ms, this.store.start);
    this.redraw();
  }

  // Wiring of what is in the document from the start.

  wire() {
    const on = (name, event, act) => part(name).addEventListener(event, act);
    for (const name of ["channel", "function", "kind", "text"]) {
      on(`by-${name}`, "input", (event) => this.only({ [name]: event.target.value }));
    }
    on("cause", "click", () => this.only({ cause: "" }));
    on("clear", "click", () => this.only({ channel: "", function: "", cause: "", kind: "", text: "" }));
    on("closer", "click", () => this.zoom(0.5));
    on("wider", "click", () => this.zoom(2));
    on("earlier", "click", () => this.pan(-0.5));
    on("later", "click", () => this.pan(0.5));
    on("follow", "click", () => this.pan(null));
    on("all", "click", () => this.fit());
    on("zone", "click", () => this.turnZone());
    on("theme", "click", () => turnTheme());
    on("new-channel", "click", () => askForChannel(this.store.channels(null).length + 1, (channel) => this.create(channel)));
    on("mishap", "click", () => this.mishap());
    on("pause-automation", "click", () => this.send({ do: this.store.state.paused.automation ? "resume" : "pause" }));
    on("more-tiles", "click", () => {
      this.mostTiles += TILES;
      this.redraw();
    });
    document.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.redraw()).observe(part("timeline").parentElement);
    options(part("by-kind"), [["", "Every kind"], ...KINDS.map((kind) => [kind, kind])]);
    this.pickRuns();
  }

  pickRuns() {
    if (this.source.isLive) {
      return;
    }
    const { runs } = this.source;
    options(part("run"), runs.map((run, number) => [String(number), `${run.ok ? "✓" : "✗"} ${run.title}`]));
    part("run").addEventListener("input", (event) => this.source.choose(Number(event.target.value)));
    show(part("runs"), runs.length > 1);
  }

  key(event) {
    const typing = event.target.closest("input, select, textarea, dialog");
    if (event.key === "Escape" && !typing && this.view.selected !== null) {
      this.select(null);
    }
  }

  create(channel) {
    return this.tried(async () => {
      await this.source.create(channel);
      this.toast(`${channel.name} is there`, false);
    });
  }

  mishap() {
    const actions = generalActions(this.store.state ? this.store.state.functions : []);
    chooseFrom("Mishaps", actions, (action) => this.act(action, null));
  }

  turnZone() {
    this.view.zone = this.view.zone === "utc" ? "local" : "utc";
    this.redraw();
  }

  // The stretch of time that the timeline shows.

  zoom(by) {
    const middle = this.view.end === null ? null : this.view.end - this.view.span / 2;
    this.view.span = Math.min(Math.max(this.view.span * by, MINUTE / 2), 40 * 24 * 60 * MINUTE);
    this.view.end = middle === null ? null : middle + this.view.span / 2;
    this.redraw();
  }

  pan(by) {
    this.view.end = by === null ? null : this.view.window.to + by * this.view.span;
    this.redraw();
  }

  fit() {
    const { store } = this;
    const from = store.facts.length ? Math.min(store.facts[0].ms, store.start) : store.start;
    const size = Math.max(store.now - from, MINUTE);
    this.view.span = size * 1.06;
    this.view.end = from + size * 1.04;
    this.redraw();
  }

  window() {
    const { store, view } = this;
    const until = view.past === null ? store.now : view.past;
    // Before the start there is nothing: what is due gets the room.
    const following = Math.max(until + view.span * 0.15, store.start + view.span * 0.97);
    const to = view.end === null ? following : view.end;
    return { from: to - view.span, to, now: store.now, until };
  }

  // Drawing.

  redraw() {
    if (!this.drawing) {
      this.drawing = requestAnimationFrame(() => {
        this.drawing = null;
        this.draw();
      });
    }
  }

  draw() {
    const { store, view } = this;
    if (!store.state) {
      return;
    }
    view.window = this.window();
    this.channels = store.channels(view.past);
    this.names = new Map(this.channels.map((channel) => [channel.arn, channel.name]));
    this.timebar.draw(store, view);
    this.drawTiles();
    this.filters();
    this.timeline.draw(store, this.channels, view);
    this.feed.draw(store, view);
    this.detail.draw(store, view);
    this.beside.draw(store, view);
    this.drawWords();
  }

  drawTiles() {
    const { view } = this;
    const chosen = view.wanted.channel;
    const first = this.channels.filter(({ arn }) => arn === chosen);
    const shown = [...first, ...this.channels.filter(({ arn }) => arn !== chosen)].slice(0, this.mostTiles);
    this.tiles.draw(shown, view.window.until, chosen);
    set(part("tiles"), "data-many", shown.length > MANY);
    show(part("more-tiles"), this.channels.length > shown.length);
    say(part("more-tiles"), `Show more of the ${this.channels.length} channels`);
    show(part("no-channels"), this.channels.length === 0);
    const live = this.channels.filter((channel) => ["live", "starving"].includes(channel.status)).length;
    say(part("count"), `${plural(this.channels.length, "channel")}, ${live} live`);
  }

  filters() {
    const channels = this.channels || [];
    options(part("by-channel"), [["", "Every channel"], ...channels.map(({ arn, name }) => [arn, name])]);
    const functions = [...this.store.functions].sort();
    options(part("by-function"), [["", "Every function"], ...functions.map((name) => [name, name])]);
    const { wanted } = this.view;
    show(part("cause"), Boolean(wanted.cause));
    say(part("cause"), `Cause ${wanted.cause.slice(0, 18)} ✕`);
    show(part("clear"), Object.values(wanted).some(Boolean));
  }

  drawWords() {
    const { store, view } = this;
    const before = store.droppedBefore;
    show(part("dropped"), Boolean(before));
    say(part("dropped"), before ? `Details before ${exactly(Date.parse(before), view.zone)} are dropped.` : "");
    say(part("zone"), zoneName(view.zone, store.now));
    set(part("zone"), "aria-label", `Times are in ${zoneName(view.zone, store.now)}. Change`);
    say(part("stage"), store.state.stage);
    const { paused } = store.state;
    say(part("pause-automation"), paused.automation ? "Resume automation" : "Pause automation");
    show(part("paused"), paused.automation);
    say(part("paused"), `Automation is ${paused.text}`);
    const run = this.source.isLive ? null : this.source.runs[Number(part("run").value) || 0];
    show(part("tells"), Boolean(run));
    say(part("tells"), run ? run.tells : "");
    set(part("follow"), "aria-pressed", String(view.end === null));
    document.title = `${run ? run.title : `ivskit ${store.state.stage}`} · ${clock(view.window.until, view.zone)}`;
  }

  nameOf(arn) {
    return (this.names && this.names.get(arn)) || arn.split("/").pop();
  }
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

startTheme();
window.ivskit = new App();

// Where facts and states come from: a running `ivskit dev`, or a recording in the page itself.

export class Live {
  // take: { facts, state, restarted, connected }, called as things come in.
  constructor(take) {
    this.take = take;
    this.next = 0;
    this.waiting = [];
    this.isLive = true;
  }

  async start() {
    try {
      const [facts, state] = await Promise.all([get("/_ivs/facts?since=0"), get("/_ivs/state")]);
      this.next = facts.next;
      this.take.state(state);
      this.take.facts(facts.facts, facts.dropped_before);
      this.listen();
    } catch {
      this.take.connected(false);
      setTimeout(() => this.start(), 2000);
    }
  }

  listen() {
    const events = new EventSource(`/_ivs/events?since=${this.next}`);
    events.addEventListener("open", () => this.take.connected(true));
    events.addEventListener("fact", (event) => this.wait(JSON.parse(event.data)));
    events.addEventListener("state", (event) => this.take.state(JSON.parse(event.data)));
    events.addEventListener("restarted", () => this.again(events));
    events.addEventListener("error", () => this.lost(events));
  }

  // Facts come one by one, and often hundreds at once: the page takes them together.
  wait(fact) {
    this.waiting.push(fact);
    if (this.waiting.length === 1) {
      setTimeout(() => this.hand(), 30);
    }
  }

  hand() {
    const facts = this.waiting;
    this.waiting = [];
    if (facts.length) {
      this.next = Math.max(this.next, facts[facts.length - 1].n + 1);
      this.take.facts(facts, null);
    }
  }

  again(events) {
    events.close();
    this.waiting = [];
    this.next = 0;
    this.take.restarted();
    this.start();
  }

  // The server may have been started anew, with a world that has nothing in common.
  lost(events) {
    this.take.connected(false);
    events.close();
    setTimeout(() => this.again(events), 1500);
  }

  step(step) {
    return post("/_ivs/steps", step);
  }

  create(channel) {
    return post("/_ivs/channels", channel);
  }

  time(change) {
    return post("/_ivs/time", change);
  }
}

export class Recorded {
  constructor(runs, take) {
    this.runs = runs;
    this.take = take;
    this.isLive = false;
  }

  start() {
    this.choose(0);
  }

  choose(number) {
    const run = this.runs[number];
    this.take.restarted();
    this.take.state(run.state);
    this.take.facts(run.facts.facts, run.facts.dropped_before);
    this.take.connected(true);
  }
}

async function get(path) {
  return answer(await fetch(path, { headers: { Accept: "application/json" } }));
}

async function post(path, value) {
  const sent = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
  };
  return answer(await fetch(path, sent));
}

async function answer(response) {
  const value = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(value.message || `The server answered ${response.status}.`);
  }
  return value;
}

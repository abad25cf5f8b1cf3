// What encoders and people can do on a channel, each as a step of a scenario.

const EVENTS = [
  "Stream Start", "Stream End", "Session Created", "Session Ended", "Starvation Start",
  "Starvation End", "Recording Start", "Recording End",
].map((name) => [name, name]);

const OPERATIONS = [
  "StopStream", "DeleteStreamKey", "CreateStreamKey", "GetChannel", "GetStream",
  "PutSecretValue", "UpdateItem", "PutEvents",
].map((name) => [name, name]);

function command(name, detail = {}) {
  return (channel) => ({ do: "command", command: name, channel: channel.name, detail });
}

function encoder(what) {
  return (channel) => ({ do: what, channel: channel.name });
}

const text = (name, label, value, more = {}) => ({ name, label, value, ...more });
const choice = (name, label, pairs) => ({ name, label, pairs, value: pairs[0][0] });

function reason(step) {
  return (channel, given) => {
    const made = step(channel, given);
    return given.reason ? { ...made, detail: { ...made.detail, reason: given.reason } } : made;
  };
}

const WHY = text("reason", "Reason", "", { optional: true });
const connected = (channel) => channel.encoder;
const away = (channel) => !channel.encoder;

export const GROUPS = ["Encoder", "People", "Viewers", "Mishaps"];

// when: on which channels it makes sense; fields: what is asked before; step: what is sent.
export const ACTIONS = [
  {
    id: "go live", group: "Encoder", label: "Go live", when: away,
    step: (channel) => ({ do: "go live", channel: channel.name, reconnect_after: "5s" }),
    hint: "An encoder connects with the current key. Cut off, it comes back after 5 s.",
  },
  {
    id: "once", group: "Encoder", label: "Go live, and stay away once cut off", when: away,
    step: encoder("go live"),
  },
  {
    id: "wrong key", group: "Encoder", label: "Go live with a wrong key", when: away,
    step: (channel) => ({ do: "go live", channel: channel.name, key: "wrong" }),
  },
  {
    id: "first key", group: "Encoder", label: "Go live with its first key", when: away,
    step: (channel) => ({ do: "go live", channel: channel.name, key: "first" }),
    hint: "After a rotation, IVS refuses it.",
  },
  { id: "hang up", group: "Encoder", label: "Hang up", when: connected, step: encoder("hang up") },
  {
    id: "starve", group: "Encoder", label: "Starve", step: encoder("starve"),
    when: (channel) => channel.status === "live",
    hint: "The encoder stays connected and sends nothing.",
  },
  {
    id: "recover", group: "Encoder", label: "Recover", step: encoder("recover"),
    when: (channel) => channel.status === "starving",
  },
  { id: "fail", group: "Encoder", label: "IVS fails the stream", when: connected, step: encoder("fail") },
  {
    id: "stop", group: "People", label: "Stop", fields: [WHY],
    step: reason(command("Stop Stream")), when: (channel) => channel.status !== "offline",
    hint: "The key is replaced, so that the encoder stays out, unless the policy keeps keys.",
  },
  {
    id: "kick", group: "People", label: "Kick", step: command("Stop Stream", { then: "kick" }),
    when: (channel) => channel.status !== "offline",
    hint: "The stream is cut; the encoder may come back with the same key.",
  },
  {
    id: "stop and block", group: "People", label: "Stop and block", danger: true,
    step: command("Stop Stream", { then: "block", reason: "blocked on the page" }),
    when: (channel) => channel.status !== "offline" && !channel.blocked,
  },
  {
    id: "block", group: "People", label: "Block", danger: true, fields: [WHY],
    step: reason(command("Block Channel")), when: (channel) => !channel.blocked,
  },
  {
    id: "unblock", group: "People", label: "Unblock", step: command("Unblock Channel"),
    when: (channel) => channel.blocked,
  },
  {
    id: "take down", group: "People", label: "Take down…", danger: true,
    fields: [
      WHY,
      text("countries", "Let it play only in (codes such as DE AT; empty: everywhere)", "", { optional: true }),
    ],
    step: (channel, given) => {
      const countries = given.countries.trim().split(/[ ,]+/).filter(Boolean);
      const detail = countries.length ? { countries } : {};
      return reason(command("Take Down", detail))(channel, given);
    },
    when: (channel) => !channel.taken_down,
    hint: "Cut first, then audience, restriction and recording; one report.",
  },
  {
    id: "restore", group: "People", label: "Restore…", fields: [WHY],
    step: reason(command("Restore")), when: (channel) => channel.blocked,
    hint: "Undoes a take-down: a new key, no restriction, no mark.",
  },
  {
    id: "rotate", group: "People", label: "Rotate the key", step: command("Rotate Stream Key"),
    when: (channel) => channel.status === "offline",
  },
  {
    id: "rotate live", group: "People", label: "Rotate the key, though it is live",
    step: command("Rotate Stream Key", { if_live: "proceed" }),
    when: (channel) => channel.status !== "offline",
  },
  {
    id: "delete key", group: "People", label: "Delete the key by hand",
    step: encoder("delete key"), when: (channel) => channel.key !== null,
    hint: "Somebody deletes it in the console of IVS.",
  },
  {
    id: "create key", group: "People", label: "Create a key by hand",
    step: encoder("create key"), when: (channel) => channel.key === null,
  },
  {
    id: "tag", group: "People", label: "Tag…",
    fields: [
      text("name", "Tag", "ivskit:mode"),
      text("value", "Value, or nothing to remove it", "observe", { optional: true }),
    ],
    step: (channel, given) => ({
      do: "tag", channel: channel.name, tags: { [given.name]: given.value || null },
    }),
  },
  {
    id: "restrict", group: "Viewers", label: "Restrict to countries…",
    fields: [text("countries", "Codes of countries", "DE AT")],
    step: (channel, given) => ({
      do: "command", command: "Restrict Playback", channel: channel.name,
      detail: { countries: given.countries.trim().split(/[ ,]+/) },
    }),
    hint: "For a public channel. While it is live, from its next start.",
  },
  {
    id: "lift restriction", group: "Viewers", label: "Lift the restriction",
    step: command("Lift Restriction"), when: (channel) => channel.restricted !== null || channel.restriction_waits,
  },
  {
    id: "watch", group: "Viewers", label: "Viewers…",
    fields: [text("viewers", "How many watch", "100", { type: "number", min: -1 })],
    step: (channel, given) => ({
      do: "watch", channel: channel.name, viewers: Number(given.viewers),
    }),
    when: (channel) => channel.status === "live" || channel.status === "starving",
  },
  {
    id: "token", group: "Viewers", label: "Issue a token…",
    fields: [text("viewer", "Viewer", "fan-1")],
    step: (channel, given) => ({ do: "issue token", channel: channel.name, viewer: given.viewer }),
    hint: "For a private channel.",
  },
  {
    id: "revoke", group: "Viewers", label: "Revoke a viewer…",
    fields: [text("viewer", "Viewer", "fan-1")],
    step: (channel, given) => ({
      do: "command",
      command: "Revoke Viewers",
      detail: { channel_arns: [channel.name], viewer_ids: [given.viewer] },
    }),
  },
  {
    id: "metadata", group: "Viewers", label: "Push metadata…",
    fields: [text("metadata", "Text or JSON, at most 1,024 bytes", '{"goal": "home"}')],
    step: (channel, given) => ({
      do: "command",
      command: "Push Metadata",
      detail: { channel_arns: [channel.name], metadata: given.metadata },
    }),
  },
  {
    id: "lose", group: "Mishaps", label: "Lose its next…", fields: [choice("event", "Event", EVENTS)],
    step: (channel, given) => ({ do: "lose", channel: channel.name, event_name: given.event }),
  },
  {
    id: "delay", group: "Mishaps", label: "Delay its next…",
    fields: [choice("event", "Event", EVENTS), text("by", "By", "2m")],
    step: (channel, given) => ({
      do: "delay", channel: channel.name, event_name: given.event, by: given.by,
    }),
  },
  {
    id: "repeat", group: "Mishaps", label: "Repeat its next…",
    fields: [choice("event", "Event", EVENTS), text("after", "After", "30s")],
    step: (channel, given) => ({
      do: "repeat", channel: channel.name, event_name: given.event, after: given.after,
    }),
  },
];

// What is about no channel.
export function generalActions(functions) {
  const names = functions.map((name) => [name, name]);
  return [
    {
      id: "rotate playback key", label: "Rotate the playback key",
      step: () => ({ do: "command", command: "Rotate Playback Key" }),
      hint: "Tokens are signed with a new pair; the former is deleted when its tokens are over.",
    },
    {
      id: "void tokens", label: "Void every playback token", danger: true,
      step: () => ({
        do: "command", command: "Rotate Playback Key", detail: { emergency: true },
      }),
      hint: "The pair is deleted at once: who is to stay needs a new token.",
    },
    {
      id: "kill", label: "Kill a function…",
      fields: [
        choice("function", "Function", names.length ? names : [["", "none"]]),
        choice("when", "When", [["before", "before"], ["after", "after"]]),
        choice("operation", "Its next call of", OPERATIONS),
      ],
      step: (_, given) => ({
        do: "kill", function: given.function, operation: given.operation, when: given.when,
      }),
    },
    {
      id: "kill at call", label: "Kill a function at its nth call…",
      fields: [
        choice("function", "Function", names.length ? names : [["", "none"]]),
        choice("when", "When", [["before", "before"], ["after", "after"]]),
        text("call", "Which of its calls", "3", { type: "number", min: 1 }),
      ],
      step: (_, given) => ({
        do: "kill", function: given.function, call: Number(given.call), when: given.when,
      }),
    },
    {
      id: "fault", label: "Fail a call to AWS…",
      fields: [
        text("service", "Service", "ivs"),
        text("operation", "Operation", "GetChannel"),
        text("times", "How often", "1", { type: "number", min: 1 }),
      ],
      step: (_, given) => ({
        do: "fault", service: given.service, operation: given.operation, times: Number(given.times),
      }),
    },
  ];
}

export function suits(action, channel) {
  return !action.when || action.when(channel);
}

// The two or three that a tile offers at once.
export function quick(channel) {
  const wanted = channel.blocked
    ? [channel.taken_down ? "restore" : "unblock", ...(channel.encoder ? ["hang up"] : ["go live"])]
    : channel.encoder ? ["hang up", "stop and block"] : ["go live", "rotate"];
  return wanted.map((id) => ACTIONS.find((action) => action.id === id));
}

// Types of the events of ivskit, and a function for each command.
// Written by `python -m ivskit_local.contracts`, as the JSON schemas are: do not edit it.

/** An event as EventBridge delivers it. */
export type Envelope<Source extends string, DetailType extends string, Detail> = {
  version: string;
  id: string;
  source: Source;
  account: string;
  time: string;
  region: string;
  resources: string[];
  "detail-type": DetailType;
  detail: Detail;
};

/** An entry of EventBridge's PutEvents. */
export type Entry = { EventBusName: string; Source: string; DetailType: string; Detail: string };

type Identity = { command_id: string; issued_at: string };

/** A command to be issued: without an id of yours it gets a new one, without a time the present. */
export type New<Command> = Command extends Identity
  ? Omit<Command, keyof Identity> & Partial<Identity>
  : never;

/** For one kind of command, the function that makes an entry for a bus such as `ivskit-prod`. */
function command<Command extends Identity>(detailType: string) {
  return (fields: New<Command>, bus: string): Entry => ({
    EventBusName: bus,
    Source: "ivskit.command",
    DetailType: detailType,
    Detail: JSON.stringify({
      ...fields,
      command_id: fields.command_id ?? crypto.randomUUID(),
      issued_at: fields.issued_at ?? new Date().toISOString(),
    }),
  });
}

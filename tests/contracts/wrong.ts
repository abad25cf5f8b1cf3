// What the types are to refuse: without an error in the next line, each comment is one.
import { pushMetadata, revokeViewers, rotateStreamKey, stopStream, type OutcomeEvent } from "./ivskit.js";

stopStream({ channel_arn: "arn", then: "block" }, "bus");
stopStream({ channel_arns: ["arn"], command_id: "id", issued_at: "2026-11-20T16:58:00Z" }, "bus");
// @ts-expect-error: names no channel
stopStream({ then: "block" }, "bus");
// @ts-expect-error: names its channel in two ways
stopStream({ channel_arn: "arn", channel_arns: ["arn"] }, "bus");
// @ts-expect-error: a session is on one channel
stopStream({ channel_arns: ["arn"], stream_id: "st-1" }, "bus");
// @ts-expect-error: no such ending
stopStream({ channel_arn: "arn", then: "blok" }, "bus");
// @ts-expect-error: no such field
rotateStreamKey({ channel_arn: "arn", if_life: "proceed" }, "bus");
// @ts-expect-error: no bus
rotateStreamKey({ channel_arn: "arn" });
// @ts-expect-error: no metadata
pushMetadata({ channel_arns: ["arn"] }, "bus");
// @ts-expect-error: viewers of no channel
revokeViewers({ viewer_ids: ["viewer"] }, "bus");

export function ending(event: OutcomeEvent): string {
  // @ts-expect-error: not every outcome has it
  event.detail.then;
  return event["detail-type"] === "Stream Stopped" ? (event.detail.then ?? "") : "";
}

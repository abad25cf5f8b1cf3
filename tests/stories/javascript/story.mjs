// The story, told with the AWS SDK for JavaScript. Usage: node story.mjs PUBLIC_KEY.pem
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  Ivs,
  ChannelNotBroadcasting,
  ConflictException,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  ValidationException,
} from "@aws-sdk/client-ivs";

const ivs = new Ivs({});

async function world(route, body) {
  const url = `${process.env.AWS_ENDPOINT_URL_IVS}/_ivs/${route}`;
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.text());
}

async function refused(kind, call) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof kind, String(error));
    assert.notEqual(error.exceptionMessage ?? error.message, "");
    return true;
  });
}

// Create a channel, read its key.
const { channel } = await ivs.createChannel({ name: "story", tags: { "made-by": "javascript" } });
const channelArn = channel.arn;
const { streamKeys } = await ivs.listStreamKeys({ channelArn });
const { streamKey } = await ivs.getStreamKey({ arn: streamKeys[0].arn });
await refused(ServiceQuotaExceededException, ivs.createStreamKey({ channelArn }));

// Go live, put metadata, stop.
await refused(ChannelNotBroadcasting, ivs.getStream({ channelArn }));
await world("encoders", { streamKey: streamKey.value });
await world("clock", { advanceSeconds: 7 });
const { stream } = await ivs.getStream({ channelArn });
assert.equal(stream.state, "LIVE");
assert.ok(stream.startTime instanceof Date);
await ivs.putMetadata({ channelArn, metadata: JSON.stringify({ score: "1:0" }) });
await refused(ConflictException, ivs.deleteChannel({ arn: channelArn }));
await ivs.stopStream({ channelArn });
await world("clock", { advanceSeconds: 3 });

// Rotate, list sessions, tag.
await ivs.deleteStreamKey({ arn: streamKey.arn });
const rotated = await ivs.createStreamKey({ channelArn });
assert.notEqual(rotated.streamKey.value, streamKey.value);
const { streamSessions } = await ivs.listStreamSessions({ channelArn });
assert.equal(streamSessions.length, 1);
const { streamSession } = await ivs.getStreamSession({ channelArn });
assert.deepEqual(
  streamSession.truncatedEvents.map((event) => event.name),
  ["Session Ended", "Stream End", "Stream Start", "Session Created"],
);
assert.ok(streamSession.endTime > streamSession.startTime);
await ivs.tagResource({ resourceArn: channelArn, tags: { mood: "good" } });
assert.equal((await ivs.listTagsForResource({ resourceArn: channelArn })).tags.mood, "good");
await ivs.untagResource({ resourceArn: channelArn, tagKeys: ["mood", "made-by"] });
assert.deepEqual((await ivs.listTagsForResource({ resourceArn: channelArn })).tags, {});

// Import a key pair, revoke, delete.
const publicKeyMaterial = readFileSync(process.argv[2], "utf8");
const { keyPair } = await ivs.importPlaybackKeyPair({ publicKeyMaterial });
const { errors } = await ivs.batchStartViewerSessionRevocation({
  viewerSessions: [
    { channelArn, viewerId: "viewer" },
    { channelArn: `${channelArn}x`, viewerId: "viewer" },
  ],
});
assert.deepEqual(errors.map((error) => error.code), ["ResourceNotFoundException"]);
await ivs.deletePlaybackKeyPair({ arn: keyPair.arn });
await ivs.deleteChannel({ arn: channelArn });
await refused(ResourceNotFoundException, ivs.getChannel({ arn: channelArn }));
await refused(ValidationException, ivs.getChannel({ arn: "nonsense" }));
console.log("The AWS SDK for JavaScript has lived the story.");

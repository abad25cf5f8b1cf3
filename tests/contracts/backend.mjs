// An application's backend against AWS_ENDPOINT_URL: it rotates the key of a channel that it makes.
import { CreateChannelCommand, GetStreamKeyCommand, IvsClient } from "@aws-sdk/client-ivs";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";

const bus = "ivskit-dev";
const ivs = new IvsClient();
const events = new EventBridgeClient();
const sqs = new SQSClient();
const secrets = new SecretsManagerClient();

const { channel, streamKey } = await ivs.send(
  new CreateChannelCommand({ name: "mine", tags: { "ivskit:managed": "true" } }),
);

const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "outcomes" }));
const { Attributes } = await sqs.send(
  new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
);
const { RuleArn } = await events.send(
  new PutRuleCommand({
    Name: "to-my-queue",
    EventBusName: bus,
    EventPattern: JSON.stringify({
      source: ["ivskit.outcome"],
      detail: { channel_arn: [channel.arn] },
    }),
  }),
);
const statement = {
  Effect: "Allow",
  Principal: { Service: "events.amazonaws.com" },
  Action: "sqs:SendMessage",
  Resource: Attributes.QueueArn,
  Condition: { ArnEquals: { "aws:SourceArn": RuleArn } },
};
const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
await events.send(
  new PutTargetsCommand({
    Rule: "to-my-queue",
    EventBusName: bus,
    Targets: [{ Id: "mine", Arn: Attributes.QueueArn }],
  }),
);

const command = {
  command_id: crypto.randomUUID(),
  issued_at: new Date().toISOString(),
  channel_arn: channel.arn,
};
await events.send(
  new PutEventsCommand({
    Entries: [
      {
        EventBusName: bus,
        Source: "ivskit.command",
        DetailType: "Rotate Stream Key",
        Detail: JSON.stringify(command),
      },
    ],
  }),
);

let outcome;
for (let tries = 0; !outcome && tries < 10; tries += 1) {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }),
  );
  for (const { Body, ReceiptHandle } of Messages) {
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    const event = JSON.parse(Body);
    if (event["detail-type"] === "Stream Key Rotated") outcome = event.detail;
  }
}

const SecretId = `ivskit/dev/channel/${channel.arn.split("/")[1]}`;
const secret = await secrets.send(new GetSecretValueCommand({ SecretId }));
const { streamKey: current } = await ivs.send(
  new GetStreamKeyCommand({ arn: outcome.stream_key_arn }),
);

const errors = [];
for (const attempt of [
  () => secrets.send(new GetSecretValueCommand({ SecretId: "none" })),
  () => ivs.send(new GetStreamKeyCommand({ arn: streamKey.arn })),
  () => new SQSClient({ region: "eu-west-1" }).send(new CreateQueueCommand({ QueueName: "far" })),
]) {
  errors.push(await attempt().then(() => null, (error) => error.name));
}

// This SDK puts the name of a bucket before that of the host, unless it may not.
const s3 = new S3Client({ forcePathStyle: true });
await s3.send(new CreateBucketCommand({ Bucket: "of-node" }));
await s3.send(new PutObjectCommand({ Bucket: "of-node", Key: "a/b.txt", Body: "content" }));
const object = await s3.send(new GetObjectCommand({ Bucket: "of-node", Key: "a/b.txt" }));

console.log(
  JSON.stringify({
    command: command.command_id,
    outcome,
    firstKey: streamKey.value,
    secret: secret.SecretString,
    currentKey: current.value,
    errors,
    object: await object.Body.transformToString(),
  }),
);

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

/** A viewer session of a private channel: all versions up to the one given are revoked. */
export type Viewer = {
  channel_arn: string;
  viewer_id: string;
  up_to_version?: number | null;
};

/** Where a recording is; prefix: what the keys of its objects begin with, as far as known. */
export type RecordingPlace = {
  bucket: string;
  prefix: string;
};

/** One part of a take-down, and what is known of it. */
export type Step = {
  step: "block" | "stream" | "key" | "audience" | "restriction" | "recording";
  state: "done" | "failed" | "pending" | "left out";
  why: string;
};

/** One quality of a recording; playlist: its object in the bucket; sizes in pixels. */
export type Rendition = {
  playlist: string;
  width?: number | null;
  height?: number | null;
};

/** The pictures of a recording; prefix: of their objects in the bucket; sizes in pixels. */
export type Thumbnails = {
  prefix: string;
  width?: number | null;
  height?: number | null;
};

/** Keep the channel down until it is unblocked; of two, the newer issued_at wins. */
export type BlockChannel = {
  command_id: string;
  issued_at: string;
  reason?: string;
  sender?: string | null;
  force?: boolean;
  max_age?: string;
  replayed?: boolean;
  channel_arn?: string | null;
  channel_arns?: string[] | null;
} & (
  | { channel_arn: string; channel_arns?: null }
  | { channel_arn?: null; channel_arns: string[] }
);

export type BlockChannelEvent = Envelope<"ivskit.command", "Block Channel", BlockChannel>;

/** Stop a revocation: viewers that are not revoked yet are skipped. */
export type CancelRevocation = {
  command_id: string;
  issued_at: string;
  reason?: string;
  sender?: string | null;
  force?: boolean;
  max_age?: string;
  replayed?: boolean;
  job: string;
};

export type CancelRevocationEvent = Envelope<"ivskit.command", "Cancel Revocation", CancelRevocation>;

/** Let the channel play again as it did before ivskit restricted it. */
export type LiftRestriction = {
  command_id: string;
  issued_at: string;
  reason?: string;
  sender?: string | null;
  force?: boolean;
  max_age?: string;
  replayed?: boolean;
  channel_arn?: string | null;
  channel_arns?: string[] | null;
} & (
  | { channel_arn: string; channel_arns?: null }
  | { channel_arn?: null; channel_arns: string[] }
);

export type LiftRestrictionEvent = Envelope<"ivskit.command", "Lift Restriction", LiftRestriction>;

/**
 * Insert timed metadata into live streams; JSON is serialized compactly (1 to 1,024 bytes).
 *
 *     send_all(sqs, queue_url, command.messages())  # of ivskit.queues
 *
 * On the bus, commands may overtake each other; sent directly to the metadata queue, those for
 * one channel keep their order.
 */
export type PushMetadata = {
  command_id: string;
  issued_at: string;
  reason?: string;
  sender?: string | null;
  force?: boolean;
  max_age?: string;
  replayed?: boolean;
  channel_arns: string[];
  /** Text, or JSON that is serialized compactly */
  metadata: unknown;
  expires_at?: string | null;
  coalesce?: boolean;
};

export type PushMetadataEvent = Envelope<"ivskit.command", "Push Metadata", PushMetadata>;

/**
 * Undo a take-down: unblock the channel, lift the restriction, unmark the recording.
 *
 * Who was revoked needs a new token. Of two commands, the newer issued_at wins.
 */
export type Restore = {
  command_id: string;
  issued_at: string;
  reason?: string;
  sender?: string | null;
  force?: boolean;
  max_age?: string;
  replayed?: boolean;
  channel_arn?: string | null;
  channel_arns?: string[] | null;
} & (
  | { channel_arn: string; channel_arns?: null }
  | { channel_arn?: null; channel_arns: string[] }
);

export type RestoreEvent = Envelope<"ivskit.command", "Restore", Restore>;

/**
 * Let the channel play only in these countries, and only on sites of these origins.
 *
 * Or as the policy of this name in the settings says. Private channels ignore restrictions: there,
 * tokens say who may watch. IVS changes no live channel: there it counts from the next start.
 */
export type RestrictPlayback = {
  command_id: string;
  issued_at: string;
  reason?: string;
  sender?: string | null;
  force?: boolean;
  max_age?: string;
  replayed?: boolean;
  channel_arn?: string | null;
  channel_arns?: string[] | null;
  countries?: string[];
  origins?: string[];
  policy?: string | null;
} & (
  | { channel_arn: string; channel_arns?: null }
  | { channel_arn?: null; channel_arns: string[] }
);

export type RestrictPlaybackEvent = Envelope<"ivskit.command", "Restrict Playback", RestrictPlayback>;

/** Resume a revocation that was cancelled, or whose messages are in the dead-letter queue. */
export type ResumeRevocation = {
  command_id: string;
  issued_at: string;
  reason?: string;
  sender?: string | null;
  force?: boolean;
  max_age?: string;
  replayed?: boolean;
  job: string;
};

export type ResumeRevocationEvent = Envelope<"ivskit.command", "Resume Revocation", ResumeRevocation>;

/** Revoke viewer sessions, named in one of four ways. */
export type RevokeViewers = {
  command_id: string;
  issued_at: string;
  reason?: string;
  sender?: string | null;
  force?: boolean;
  max_age?: string;
  replayed?: boolean;
  viewers?: Viewer[] | null;
  channel_arns?: string[] | null;
  viewer_ids?: string[] | null;
  manifest?: string | null;
  audience_of?: string[] | null;
} & (
  | { viewers: Viewer[]; channel_arns?: null; viewer_ids?: null; manifest?: null; audience_of?: null }
  | { viewers?: null; channel_arns: string[]; viewer_ids: string[]; manifest?: null; audience_of?: null }
  | { viewers?: null; channel_arns?: null; viewer_ids?: null; manifest: string; audience_of?: null }
  | { viewers?: null; channel_arns?: null; viewer_ids?: null; manifest?: null; audience_of: string[] }
);

export type RevokeViewersEvent = Envelope<"ivskit.command", "Revoke Viewers", RevokeViewers>;

/**
 * Sign playback tokens with a new key pair, and delete the former when its tokens are over.
 *
 * emergency: delete every pair of ivskit first, so that no token that was issued before lets
 * anybody in.
 */
export type RotatePlaybackKey = {
  command_id: string;
  issued_at: string;
  reason?: string;
  sender?: string | null;
  force?: boolean;
  max_age?: string;
  replayed?: boolean;
  emergency?: boolean;
};

export type RotatePlaybackKeyEvent = Envelope<"ivskit.command", "Rotate Playback Key", RotatePlaybackKey>;

/** Give the channel a new stream key; a live channel only where `if_live` is proceed. */
export type RotateStreamKey = {
  command_id: string;
  issued_at: string;
  reason?: string;
  sender?: string | null;
  force?: boolean;
  max_age?: string;
  replayed?: boolean;
  channel_arn?: string | null;
  channel_arns?: string[] | null;
  if_live?: "refuse" | "proceed";
} & (
  | { channel_arn: string; channel_arns?: null }
  | { channel_arn?: null; channel_arns: string[] }
);

export type RotateStreamKeyEvent = Envelope<"ivskit.command", "Rotate Stream Key", RotateStreamKey>;

/**
 * Stop the session that is live when the command is issued, or the one that it names.
 *
 * then: auto replaces the key, so that the encoder stays out; where the policy never replaces
 * keys, it cuts every session that starts within 15 minutes. rotate replaces the key whatever the
 * policy says, kick lets the encoder reconnect, block keeps the whole channel down until it is
 * unblocked, whichever session is named.
 */
export type StopStream = {
  command_id: string;
  issued_at: string;
  reason?: string;
  sender?: string | null;
  force?: boolean;
  max_age?: string;
  replayed?: boolean;
  channel_arn?: string | null;
  channel_arns?: string[] | null;
  stream_id?: string | null;
  then?: "auto" | "rotate" | "kick" | "block";
} & (
  | { channel_arn: string; channel_arns?: null }
  | { channel_arn?: null; channel_arns: string[]; stream_id?: null }
);

export type StopStreamEvent = Envelope<"ivskit.command", "Stop Stream", StopStream>;

/**
 * Block the channel, stop its stream, revoke its audience, and say where its recording is.
 *
 * revoke_audience: where the stage records the viewers of tokens. countries, origins, policy:
 * restrict where a public channel plays as well, as Restrict Playback does. Of a take-down, a
 * block and what ends them the newest issued_at wins.
 */
export type TakeDown = {
  command_id: string;
  issued_at: string;
  reason?: string;
  sender?: string | null;
  force?: boolean;
  max_age?: string;
  replayed?: boolean;
  channel_arn?: string | null;
  channel_arns?: string[] | null;
  revoke_audience?: boolean;
  countries?: string[];
  origins?: string[];
  policy?: string | null;
} & (
  | { channel_arn: string; channel_arns?: null }
  | { channel_arn?: null; channel_arns: string[] }
);

export type TakeDownEvent = Envelope<"ivskit.command", "Take Down", TakeDown>;

/** Let the channel stream again; of two, the newer issued_at wins. */
export type UnblockChannel = {
  command_id: string;
  issued_at: string;
  reason?: string;
  sender?: string | null;
  force?: boolean;
  max_age?: string;
  replayed?: boolean;
  channel_arn?: string | null;
  channel_arns?: string[] | null;
} & (
  | { channel_arn: string; channel_arns?: null }
  | { channel_arn?: null; channel_arns: string[] }
);

export type UnblockChannelEvent = Envelope<"ivskit.command", "Unblock Channel", UnblockChannel>;

export type AdBreakStateChange = {
  event_name: "Ad Break Inserted";
  channel_name: string;
  stream_id: string;
  ad_break_id: string;
  duration_seconds: number;
  target_start_time: string;
};

export type AdBreakStateChangeEvent = Envelope<"aws.ivs", "IVS Ad Break State Change", AdBreakStateChange>;

export type LimitBreach = {
  limit_name?: "Ingest Bitrate" | "Ingest Resolution" | "Concurrent Broadcasts" | "Concurrent Viewers";
  limit?: "Ingest Bitrate" | "Ingest Resolution" | "Concurrent Broadcasts" | "Concurrent Viewers";
  limit_value: number;
  exceeded_by: number;
  limit_unit: string;
  channel_name?: string;
  stream_id?: string;
} & (
  | { limit_name: "Ingest Bitrate" | "Ingest Resolution" | "Concurrent Broadcasts" | "Concurrent Viewers" }
  | { limit: "Ingest Bitrate" | "Ingest Resolution" | "Concurrent Broadcasts" | "Concurrent Viewers" }
);

export type LimitBreachEvent = Envelope<"aws.ivs", "IVS Limit Breach", LimitBreach>;

export type RecordingStateChange = {
  channel_name: string;
  stream_id: string;
  recording_status: "Recording Start" | "Recording End" | "Recording Start Failure" | "Recording End Failure";
  recording_status_reason: string;
  recording_s3_bucket_name: string;
  recording_s3_key_prefix: string;
  recording_duration_ms?: number;
  recording_session_id?: string;
  recording_session_stream_ids?: string[];
};

export type RecordingStateChangeEvent = Envelope<"aws.ivs", "IVS Recording State Change", RecordingStateChange>;

export type StreamHealthChange = {
  event_name: "Starvation Start" | "Starvation End";
  channel_name: string;
  stream_id: string;
};

export type StreamHealthChangeEvent = Envelope<"aws.ivs", "IVS Stream Health Change", StreamHealthChange>;

export type StreamStateChange = {
  event_name: "Session Created" | "Session Ended" | "Stream Start" | "Stream End" | "Stream Failure" | "Stream Takeover" | "Stream Takeover Failure";
  channel_name: string;
  stream_id: string;
  code?: string;
  reason?: string;
};

export type StreamStateChangeEvent = Envelope<"aws.ivs", "IVS Stream State Change", StreamStateChange>;

/** A missed Stream State Change, rebuilt from what IVS still knows of it. */
export type MissedStreamStateChange = {
  event_name: "Stream Start" | "Stream End";
  channel_name: string;
  stream_id: string;
};

export type MissedStreamStateChangeEvent = Envelope<"ivskit.reconcile", "IVS Stream State Change", MissedStreamStateChange>;

/** The channel has no key and gets none until it is unblocked. */
export type ChannelBlocked = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type ChannelBlockedEvent = Envelope<"ivskit.outcome", "Channel Blocked", ChannelBlocked>;

/** What undoing a take-down did, step by step. */
export type ChannelRestored = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  steps: Step[];
  failed?: ("block" | "stream" | "key" | "audience" | "restriction" | "recording")[];
  recording_place?: RecordingPlace | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type ChannelRestoredEvent = Envelope<"ivskit.outcome", "Channel Restored", ChannelRestored>;

/**
 * What a take-down did, step by step; recording_place: where its recording is.
 *
 * IVS checks tokens only when playback begins: what ends playback is the end of the stream.
 */
export type ChannelTakenDown = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  steps: Step[];
  failed?: ("block" | "stream" | "key" | "audience" | "restriction" | "recording")[];
  recording_place?: RecordingPlace | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type ChannelTakenDownEvent = Envelope<"ivskit.outcome", "Channel Taken Down", ChannelTakenDown>;

/** The channel may stream again. */
export type ChannelUnblocked = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type ChannelUnblockedEvent = Envelope<"ivskit.outcome", "Channel Unblocked", ChannelUnblocked>;

/** A command was refused: every error, and what was sent (32 KB, no secrets). */
export type CommandRefused = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  command: string;
  errors: string[];
  original: string;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type CommandRefusedEvent = Envelope<"ivskit.outcome", "Command Refused", CommandRefused>;

/** Metadata was not inserted, or may not have been, and is not retried. */
export type MetadataDropped = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type MetadataDroppedEvent = Envelope<"ivskit.outcome", "Metadata Dropped", MetadataDropped>;

/** Metadata was too old to be inserted. */
export type MetadataExpired = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type MetadataExpiredEvent = Envelope<"ivskit.outcome", "Metadata Expired", MetadataExpired>;

/** Metadata was inserted into the stream; `seq` is its number, where it went in an envelope. */
export type MetadataPushed = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  seq?: string | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type MetadataPushedEvent = Envelope<"ivskit.outcome", "Metadata Pushed", MetadataPushed>;

/** Metadata was queued, once for each of `channels` channels. */
export type MetadataQueued = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  channels: number;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type MetadataQueuedEvent = Envelope<"ivskit.outcome", "Metadata Queued", MetadataQueued>;

/** A pair was deleted: no token that it signed lets anybody in. */
export type PlaybackKeyDeleted = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  playback_key_arn: string;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type PlaybackKeyDeletedEvent = Envelope<"ivskit.outcome", "Playback Key Deleted", PlaybackKeyDeleted>;

/**
 * The store holds a new pair, with which playback tokens are to be signed from now on.
 *
 * version: that of the secret. emergency: every other pair of ivskit was deleted first, so a
 * viewer who is to stay needs a new token. delete_at: when the former pair is deleted.
 */
export type PlaybackKeyRotated = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  playback_key_arn: string;
  version: string;
  emergency?: boolean;
  delete_at?: string | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type PlaybackKeyRotatedEvent = Envelope<"ivskit.outcome", "Playback Key Rotated", PlaybackKeyRotated>;

/**
 * From now on the channel plays only in these countries, and only on sites of these origins.
 *
 * None of one kind is all. by: "command" if a command asked for it, "tag" if the channel's tags
 * do.
 */
export type PlaybackRestricted = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  by?: "command" | "tag";
  policy_arn: string;
  countries?: string[];
  origins?: string[];
  strict?: boolean;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type PlaybackRestrictedEvent = Envelope<"ivskit.outcome", "Playback Restricted", PlaybackRestricted>;

/** The channel plays as it did before; policy_arn: the policy that it had then, if any. */
export type PlaybackRestrictionLifted = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  by?: "command" | "tag";
  policy_arn?: string | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type PlaybackRestrictionLiftedEvent = Envelope<"ivskit.outcome", "Playback Restriction Lifted", PlaybackRestrictionLifted>;

/** The channel is live, and IVS changes no live channel: the change is made at Stream End. */
export type PlaybackRestrictionPostponed = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type PlaybackRestrictionPostponedEvent = Envelope<"ivskit.outcome", "Playback Restriction Postponed", PlaybackRestrictionPostponed>;

/** The restriction of the channel was not changed. */
export type PlaybackRestrictionSkipped = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type PlaybackRestrictionSkippedEvent = Envelope<"ivskit.outcome", "Playback Restriction Skipped", PlaybackRestrictionSkipped>;

/** The pair was not replaced, or none was deleted. */
export type PlaybackRotationSkipped = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type PlaybackRotationSkippedEvent = Envelope<"ivskit.outcome", "Playback Rotation Skipped", PlaybackRotationSkipped>;

/**
 * The account uses 80 % or more of a quota of IVS in this region; once a day.
 *
 * share: of the quota, 1 where it is full; is_own: whether the quota is the account's own, and not
 * the one that AWS publishes; full_in_seconds: at the growth of the last hour, where it is known.
 */
export type QuotaNearlyFull = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  quota: string;
  used: number;
  of: number;
  share: number;
  is_own: boolean;
  full_in_seconds?: number | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type QuotaNearlyFullEvent = Envelope<"ivskit.outcome", "Quota Nearly Full", QuotaNearlyFull>;

/**
 * A stream was not recorded, or not all of it.
 *
 * status: start failed, end failed (some of it may be in the bucket), or missing: IVS sent no
 * event, and nothing was found. failure: what IVS says.
 */
export type RecordingFailed = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  recording: string;
  status: "recording" | "ended" | "start failed" | "end failed" | "missing";
  stream_ids: string[];
  bucket: string;
  prefix?: string;
  recording_session_id?: string | null;
  taken_down_by?: string | null;
  failure?: string | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type RecordingFailedEvent = Envelope<"ivskit.outcome", "Recording Failed", RecordingFailed>;

/**
 * A recording has ended, and is in the table of recordings.
 *
 * stream_ids: all streams that it is of; started_at, ended_at, duration_ms: left out where they
 * are unknown; unread: why there are no renditions and thumbnails; playback_url: of the main
 * playlist.
 */
export type RecordingIndexed = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  recording: string;
  status: "recording" | "ended" | "start failed" | "end failed" | "missing";
  stream_ids: string[];
  bucket: string;
  prefix?: string;
  recording_session_id?: string | null;
  taken_down_by?: string | null;
  started_at?: string | null;
  ended_at?: string | null;
  duration_ms?: number | null;
  unread?: string | null;
  renditions?: Rendition[];
  thumbnails?: Thumbnails | null;
  playback_url?: string | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type RecordingIndexedEvent = Envelope<"ivskit.outcome", "Recording Indexed", RecordingIndexed>;

/** A policy of ivskit was deleted, since no channel used it any more: three fit a region. */
export type RestrictionPolicyDeleted = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  policy_arn: string;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type RestrictionPolicyDeletedEvent = Envelope<"ivskit.outcome", "Restriction Policy Deleted", RestrictionPolicyDeleted>;

/** This job revokes no more viewers; `Viewers Revoked` follows with the counts. */
export type RevocationCancelled = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  job: string;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type RevocationCancelledEvent = Envelope<"ivskit.outcome", "Revocation Cancelled", RevocationCancelled>;

/**
 * A bulk revocation begins: its distinct pairs, their calls, and the seconds that it will take.
 *
 * The job's id is the cause. rejected: rows that name no viewer; skipped: pairs that are
 * skipped because of their channel.
 */
export type RevocationPlanned = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  pairs: number;
  calls: number;
  eta_seconds: number;
  rejected?: number;
  skipped?: number;
  advice?: string[];
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type RevocationPlannedEvent = Envelope<"ivskit.outcome", "Revocation Planned", RevocationPlanned>;

/** The job goes on with the viewers that are not revoked yet. */
export type RevocationResumed = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  job: string;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type RevocationResumedEvent = Envelope<"ivskit.outcome", "Revocation Resumed", RevocationResumed>;

/** No viewers were revoked after a stream. */
export type RevocationSkipped = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type RevocationSkippedEvent = Envelope<"ivskit.outcome", "Revocation Skipped", RevocationSkipped>;

/**
 * No viewer could be revoked for a while; the job continues by itself once IVS serves it again.
 *
 * The job's id is the cause. since: when the last viewer was revoked, or the first call failed;
 * error: what the last call failed with.
 */
export type RevocationStalled = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  since: string;
  error: string;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type RevocationStalledEvent = Envelope<"ivskit.outcome", "Revocation Stalled", RevocationStalled>;

/** The key was not replaced, or an open rotation was withdrawn as obsolete. */
export type RotationSkipped = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type RotationSkippedEvent = Envelope<"ivskit.outcome", "Rotation Skipped", RotationSkipped>;

/** The stream was not stopped; `limit` is the limit of IVS that it, or the account, exceeds. */
export type StopSkipped = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  limit?: string | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type StopSkippedEvent = Envelope<"ivskit.outcome", "Stop Skipped", StopSkipped>;

/** The store deleted the key of a channel that is gone; a secret can be restored for 30 days. */
export type StoredKeyDeleted = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type StoredKeyDeletedEvent = Envelope<"ivskit.outcome", "Stored Key Deleted", StoredKeyDeleted>;

/** The store still has the key of a channel that is gone; delete_at: None for never. */
export type StoredKeyOrphaned = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  delete_at?: string | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type StoredKeyOrphanedEvent = Envelope<"ivskit.outcome", "Stored Key Orphaned", StoredKeyOrphaned>;

/** A stopped stream is live again. */
export type StreamBack = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type StreamBackEvent = Envelope<"ivskit.outcome", "Stream Back", StreamBack>;

/**
 * The metric of an unhealthy stream was right for as long.
 *
 * value: the average of the newest minute; since: when it became unhealthy.
 */
export type StreamHealthyAgain = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  metric: "ingest_bitrate" | "ingest_framerate" | "keyframe_interval";
  value: number;
  since: string;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type StreamHealthyAgainEvent = Envelope<"ivskit.outcome", "Stream Healthy Again", StreamHealthyAgain>;

/** The channel's existing key was delivered to the store; the key itself did not change. */
export type StreamKeyDelivered = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  stream_key_arn: string;
  version?: string | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type StreamKeyDeliveredEvent = Envelope<"ivskit.outcome", "Stream Key Delivered", StreamKeyDelivered>;

/**
 * The store does not hold the channel's key, or no key could be made yet.
 *
 * The key is offered to the store again at growing intervals. stream_key_arn: None where the
 * channel has no key at all.
 */
export type StreamKeyNotDelivered = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  stream_key_arn?: string | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type StreamKeyNotDeliveredEvent = Envelope<"ivskit.outcome", "Stream Key Not Delivered", StreamKeyNotDelivered>;

/** The channel has a new key and the store holds it; the outcome never carries its value. */
export type StreamKeyRotated = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  stream_key_arn: string;
  version?: string | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type StreamKeyRotatedEvent = Envelope<"ivskit.outcome", "Stream Key Rotated", StreamKeyRotated>;

/**
 * The session was disconnected.
 *
 * by: "command" if a command asked for this stop, "policy" if ivskit did it by itself. then: what
 * keeps the encoder out: a new key (rotate), no key (block), cuts of all that it starts for a
 * while (lockout), or nothing (kick). again: an encoder is back that an earlier stop or block was
 * to keep out.
 */
export type StreamStopped = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  by?: "command" | "policy";
  then?: "kick" | "lockout" | "rotate" | "block";
  again?: boolean;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type StreamStoppedEvent = Envelope<"ivskit.outcome", "Stream Stopped", StreamStopped>;

/**
 * A metric of a stream was wrong for as long as the policy allows.
 *
 * value: the average of the newest minute; since: when it began; then: what follows, where the
 * channel's mode lets it.
 */
export type StreamUnhealthy = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  metric: "ingest_bitrate" | "ingest_framerate" | "keyframe_interval";
  value: number;
  since: string;
  then: "notify" | "kick" | "rotate" | "block";
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type StreamUnhealthyEvent = Envelope<"ivskit.outcome", "Stream Unhealthy", StreamUnhealthy>;

/**
 * The sweep compared live streams with the events seen, and re-emitted the missed ones.
 *
 * live: live streams; postponed: those of them that the sweep had no time for; unfinished: open
 * rotations and stops; unshut: blocked channels that were live or had a key; idle: streams without
 * viewers for longer than their limit; keys: of the channels visited, those whose key is too old,
 * lost, or different from memory or store. Other functions handle the last four. orphaned: stored
 * keys whose channels are gone; recordings: those of which no end was seen, which another function
 * looks for. verified_from: when the sweep was due that last began to verify
 * every managed channel's key, stored key and newest session. calls: calls to IVS, by operation.
 */
export type StreamsReconciled = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  live: number;
  postponed?: number;
  missed_starts: number;
  missed_ends: number;
  unfinished: number;
  unshut: number;
  idle: number;
  visited: number;
  keys: number;
  orphaned?: number;
  recordings?: number;
  verified_from?: string | null;
  calls: Record<string, number>;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type StreamsReconciledEvent = Envelope<"ivskit.outcome", "Streams Reconciled", StreamsReconciled>;

/** The sweep did nothing: another one is running, or has run since. */
export type SweepSkipped = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type SweepSkippedEvent = Envelope<"ivskit.outcome", "Sweep Skipped", SweepSkipped>;

/** The channel has invalid tags: the settings apply instead, or the channel is only observed. */
export type TagRefused = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  errors: string[];
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type TagRefusedEvent = Envelope<"ivskit.outcome", "Tag Refused", TagRefused>;

/**
 * A bulk revocation is over; `report` is the s3:// address of the failures and their reasons.
 *
 * The job's id is the cause.
 */
export type ViewersRevoked = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  revoked: number;
  failed: number;
  rejected?: number;
  skipped?: number;
  report?: string | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type ViewersRevokedEvent = Envelope<"ivskit.outcome", "Viewers Revoked", ViewersRevoked>;

/** Viewers of a stream were not welcomed. */
export type WelcomeSkipped = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type WelcomeSkippedEvent = Envelope<"ivskit.outcome", "Welcome Skipped", WelcomeSkipped>;

/** The function decides again when this is due. */
export type WillLookAgain = {
  cause: string;
  channel_arn?: string | null;
  stream_id?: string | null;
  reason: string;
  mode: "enforce" | "observe";
  at: string;
  event_id: string;
  sender?: string | null;
  tags?: Record<string, string> | null;
  purpose: string;
  due: string;
  /** The same for the same cause, channel and outcome, so that a repeat is recognized. */
  id: string;
};

export type WillLookAgainEvent = Envelope<"ivskit.outcome", "Will Look Again", WillLookAgain>;

/** Every command, as it arrives. */
export type CommandEvent =
  | BlockChannelEvent
  | CancelRevocationEvent
  | LiftRestrictionEvent
  | PushMetadataEvent
  | RestoreEvent
  | RestrictPlaybackEvent
  | ResumeRevocationEvent
  | RevokeViewersEvent
  | RotatePlaybackKeyEvent
  | RotateStreamKeyEvent
  | StopStreamEvent
  | TakeDownEvent
  | UnblockChannelEvent;

/** Every outcome; `detail-type` says which it is. */
export type OutcomeEvent =
  | ChannelBlockedEvent
  | ChannelRestoredEvent
  | ChannelTakenDownEvent
  | ChannelUnblockedEvent
  | CommandRefusedEvent
  | MetadataDroppedEvent
  | MetadataExpiredEvent
  | MetadataPushedEvent
  | MetadataQueuedEvent
  | PlaybackKeyDeletedEvent
  | PlaybackKeyRotatedEvent
  | PlaybackRestrictedEvent
  | PlaybackRestrictionLiftedEvent
  | PlaybackRestrictionPostponedEvent
  | PlaybackRestrictionSkippedEvent
  | PlaybackRotationSkippedEvent
  | QuotaNearlyFullEvent
  | RecordingFailedEvent
  | RecordingIndexedEvent
  | RestrictionPolicyDeletedEvent
  | RevocationCancelledEvent
  | RevocationPlannedEvent
  | RevocationResumedEvent
  | RevocationSkippedEvent
  | RevocationStalledEvent
  | RotationSkippedEvent
  | StopSkippedEvent
  | StoredKeyDeletedEvent
  | StoredKeyOrphanedEvent
  | StreamBackEvent
  | StreamHealthyAgainEvent
  | StreamKeyDeliveredEvent
  | StreamKeyNotDeliveredEvent
  | StreamKeyRotatedEvent
  | StreamStoppedEvent
  | StreamUnhealthyEvent
  | StreamsReconciledEvent
  | SweepSkippedEvent
  | TagRefusedEvent
  | ViewersRevokedEvent
  | WelcomeSkippedEvent
  | WillLookAgainEvent;

/** Every event of Amazon IVS, and those that a sweep re-emits on the ivskit bus. */
export type ChangeEvent =
  | AdBreakStateChangeEvent
  | LimitBreachEvent
  | RecordingStateChangeEvent
  | StreamHealthChangeEvent
  | StreamStateChangeEvent
  | MissedStreamStateChangeEvent;

/** Keep the channel down until it is unblocked; of two, the newer issued_at wins. */
export const blockChannel = command<BlockChannel>("Block Channel");

/** Stop a revocation: viewers that are not revoked yet are skipped. */
export const cancelRevocation = command<CancelRevocation>("Cancel Revocation");

/** Let the channel play again as it did before ivskit restricted it. */
export const liftRestriction = command<LiftRestriction>("Lift Restriction");

/** Insert timed metadata into live streams; JSON is serialized compactly (1 to 1,024 bytes). */
export const pushMetadata = command<PushMetadata>("Push Metadata");

/** Undo a take-down: unblock the channel, lift the restriction, unmark the recording. */
export const restore = command<Restore>("Restore");

/** Let the channel play only in these countries, and only on sites of these origins. */
export const restrictPlayback = command<RestrictPlayback>("Restrict Playback");

/** Resume a revocation that was cancelled, or whose messages are in the dead-letter queue. */
export const resumeRevocation = command<ResumeRevocation>("Resume Revocation");

/** Revoke viewer sessions, named in one of four ways. */
export const revokeViewers = command<RevokeViewers>("Revoke Viewers");

/** Sign playback tokens with a new key pair, and delete the former when its tokens are over. */
export const rotatePlaybackKey = command<RotatePlaybackKey>("Rotate Playback Key");

/** Give the channel a new stream key; a live channel only where `if_live` is proceed. */
export const rotateStreamKey = command<RotateStreamKey>("Rotate Stream Key");

/** Stop the session that is live when the command is issued, or the one that it names. */
export const stopStream = command<StopStream>("Stop Stream");

/** Block the channel, stop its stream, revoke its audience, and say where its recording is. */
export const takeDown = command<TakeDown>("Take Down");

/** Let the channel stream again; of two, the newer issued_at wins. */
export const unblockChannel = command<UnblockChannel>("Unblock Channel");

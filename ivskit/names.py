"""The strings that stacks, functions and the local runtime share; imports nothing."""

# Sources of events. AWS uses the first; the others travel on the ivskit bus.
IVS = "aws.ivs"
COMMAND = "ivskit.command"
OUTCOME = "ivskit.outcome"
RECONCILE = "ivskit.reconcile"
LOOK_AGAIN_SOURCE = "ivskit.look-again"
SCHEDULE = "ivskit.schedule"
REVOCATION_SOURCE = "ivskit.revocation"
# As the last release names it, and this one still writes it: the last reads no other.
FORMER_REVOCATION_SOURCE = "ivskit.errand"

# The regions that Amazon IVS is in.
REGIONS = (
    "us-east-1",
    "us-west-2",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "eu-central-1",
    "eu-west-1",
)

# Detail types of IVS.
STREAM_STATE_CHANGE = "IVS Stream State Change"
STREAM_HEALTH_CHANGE = "IVS Stream Health Change"
LIMIT_BREACH = "IVS Limit Breach"
RECORDING_STATE_CHANGE = "IVS Recording State Change"
AD_BREAK_STATE_CHANGE = "IVS Ad Break State Change"

# Event names of IVS that a rule or a function asks for.
STREAM_START = "Stream Start"
STREAM_END = "Stream End"
STARVATION_START = "Starvation Start"
STARVATION_END = "Starvation End"
SESSION_CREATED = "Session Created"
RECORDING_START = "Recording Start"
RECORDING_END = "Recording End"
RECORDING_START_FAILURE = "Recording Start Failure"
RECORDING_END_FAILURE = "Recording End Failure"

# The limits that a limit breach may name.
LIMITS = ("Ingest Bitrate", "Ingest Resolution", "Concurrent Broadcasts", "Concurrent Viewers")

# Detail types of commands.
ROTATE_STREAM_KEY = "Rotate Stream Key"
STOP_STREAM = "Stop Stream"
BLOCK_CHANNEL = "Block Channel"
UNBLOCK_CHANNEL = "Unblock Channel"
REVOKE_VIEWERS = "Revoke Viewers"
CANCEL_REVOCATION = "Cancel Revocation"
RESUME_REVOCATION = "Resume Revocation"
PUSH_METADATA = "Push Metadata"
ROTATE_PLAYBACK_KEY = "Rotate Playback Key"
RESTRICT_PLAYBACK = "Restrict Playback"
LIFT_RESTRICTION = "Lift Restriction"
TAKE_DOWN = "Take Down"
RESTORE = "Restore"

# The detail type of a message that a function sends to itself.
LOOK_AGAIN = "Look Again"

# The detail type of a message that a recurring schedule sends.
SWEEP = "Sweep"

# Detail types of outcomes.
STREAM_KEY_ROTATED = "Stream Key Rotated"
ROTATION_SKIPPED = "Rotation Skipped"
STREAM_KEY_DELIVERED = "Stream Key Delivered"
STREAM_KEY_NOT_DELIVERED = "Stream Key Not Delivered"
STORED_KEY_ORPHANED = "Stored Key Orphaned"
STORED_KEY_DELETED = "Stored Key Deleted"
PLAYBACK_KEY_ROTATED = "Playback Key Rotated"
PLAYBACK_ROTATION_SKIPPED = "Playback Rotation Skipped"
PLAYBACK_KEY_DELETED = "Playback Key Deleted"
PLAYBACK_RESTRICTED = "Playback Restricted"
PLAYBACK_RESTRICTION_LIFTED = "Playback Restriction Lifted"
PLAYBACK_RESTRICTION_POSTPONED = "Playback Restriction Postponed"
PLAYBACK_RESTRICTION_SKIPPED = "Playback Restriction Skipped"
RESTRICTION_POLICY_DELETED = "Restriction Policy Deleted"
STREAM_STOPPED = "Stream Stopped"
STOP_SKIPPED = "Stop Skipped"
STREAM_BACK = "Stream Back"
STREAM_UNHEALTHY = "Stream Unhealthy"
STREAM_HEALTHY_AGAIN = "Stream Healthy Again"
CHANNEL_BLOCKED = "Channel Blocked"
CHANNEL_UNBLOCKED = "Channel Unblocked"
CHANNEL_TAKEN_DOWN = "Channel Taken Down"
CHANNEL_RESTORED = "Channel Restored"
REVOCATION_PLANNED = "Revocation Planned"
REVOCATION_CANCELLED = "Revocation Cancelled"
REVOCATION_RESUMED = "Revocation Resumed"
REVOCATION_STALLED = "Revocation Stalled"
VIEWERS_REVOKED = "Viewers Revoked"
REVOCATION_SKIPPED = "Revocation Skipped"
METADATA_QUEUED = "Metadata Queued"
WELCOME_SKIPPED = "Welcome Skipped"
METADATA_PUSHED = "Metadata Pushed"
METADATA_EXPIRED = "Metadata Expired"
METADATA_DROPPED = "Metadata Dropped"
RECORDING_INDEXED = "Recording Indexed"
RECORDING_FAILED = "Recording Failed"
STREAMS_RECONCILED = "Streams Reconciled"
SWEEP_SKIPPED = "Sweep Skipped"
QUOTA_NEARLY_FULL = "Quota Nearly Full"
WILL_LOOK_AGAIN = "Will Look Again"
COMMAND_REFUSED = "Command Refused"
TAG_REFUSED = "Tag Refused"

# Tags that a channel may carry; the others are the fields of ivskit.policy.
TAG_PREFIX = "ivskit:"
TAG_MANAGED = "ivskit:managed"
TAG_BLOCKED = "ivskit:blocked"
# Tags with the prefix that ivskit sets itself: no part of a channel's policy.
OWN_TAGS = (TAG_BLOCKED,)

# The attribute of the memory table that marks what the sweep has to look at, and its index.
# CloudFormation cannot change the keys or the projection of an index in place: raise the number
# when you change either. One update of a table adds or removes only one index, so the stack also
# keeps the index of the previous version, and the next version removes it.
WATCHED = "watched"
WATCHED_INDEX = "watched-1"
# The items of the memory table that are not about a channel: the sweep's own, that of the region's
# playback key pairs, and that of its playback restriction policies, which has nothing but a lease.
SWEEP_ITEM = "#sweep"
PLAYBACK_ITEM = "#playback"
RESTRICTIONS_ITEM = "#restrictions"

# Tags of the playback key pairs that ivskit makes: the stage, and the version of the secret that
# held the private key first.
TAG_PLAYBACK_STAGE = "ivskit:stage"
TAG_PLAYBACK_VERSION = "ivskit:version"
# Tags of the playback restriction policies that ivskit makes: the stage, and what they allow.
TAG_RESTRICTION_STAGE = "ivskit:stage"
TAG_RESTRICTION = "ivskit:restriction"
# Whoever signs playback tokens reads the current pair at least this often.
PLAYBACK_READ_SECONDS = 300

OUTCOMES_METRIC = "Outcomes"

# A function times out before its lease expires, so that it never acts on an expired lease.
FUNCTION_TIMEOUT_SECONDS = 30
# Concurrent invocations of revoke_viewers per queue: SQS allows no fewer.
REVOCATION_LANES = 2
LEASE_SECONDS = 40
# A sweep of a large account takes longer, and keeps other sweeps out as long.
SWEEP_TIMEOUT_SECONDS = 120
SWEEP_LEASE_SECONDS = 130
# The most that a record takes: with less time left, an invocation begins no other.
RECORD_SECONDS = 15
# The value of the pause parameter when nothing is paused.
PAUSE_OFF = "off"
# A failing record is tried this many times before it goes to the dead-letter queue.
TRIES = 10
# Metadata is retried until it expires, and what is behind it waits: as often as SQS allows.
METADATA_TRIES = 1_000

# The parameter that only one stage of an account and region can have: that stage manages the
# channels that name no stage.
MANAGED_CHANNELS = "/ivskit/managed-channels"

# The pattern of a stream key, as a regular expression for both Python and CloudWatch Logs.
STREAM_KEY_PATTERN = r"sk_[A-Za-z0-9-]+_[A-Za-z0-9_]+"


def restriction_cause(command_id: str) -> str:
    """The cause of the restriction that is part of a take-down, or of its end."""
    return f"{command_id}: restriction"


def metrics_namespace(stage: str) -> str:
    """The namespace of one stage's metrics in CloudWatch."""
    return f"ivskit/{stage}"


def secret_prefix(stage: str) -> str:
    """The prefix of the names of one stage's stream key secrets."""
    return f"ivskit/{stage}/channel/"


def playback_secret(stage: str) -> str:
    """The name of the secret that holds one stage's current playback key pair."""
    return f"ivskit/{stage}/playback-key"


def key_parameter_prefix(stage: str) -> str:
    """The prefix of the names of one stage's stream key parameters."""
    return f"/ivskit/{stage}/channel/"


def audit_log_group(stage: str) -> str:
    """The name of the log group that holds all events of one stage's bus."""
    return f"/ivskit/{stage}/audit"


def memory_parameter(stage: str) -> str:
    """The name of the parameter that names the memory table of one stage."""
    return f"/ivskit/{stage}/memory"


def recordings_parameter(stage: str) -> str:
    """The name of the parameter that names the table of recordings of one stage."""
    return f"/ivskit/{stage}/recordings"


def pause_parameter(stage: str) -> str:
    """The name of the parameter that pauses one stage."""
    return f"/ivskit/{stage}/pause"

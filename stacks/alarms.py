"""Alarms: what raises each one, and which of them call somebody.

Every alarm sends a ticket. Two composite alarms call a person: one while ivskit does not act, and
one when it gave up on something. docs/runbook.md has an entry for each alarm.
"""

from collections.abc import Sequence
from typing import Literal

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from ivskit import names

from .event_function import EventFunction
from .event_queue import EventQueue
from .log_metrics import EVENT_AGE, LATE_EVENTS, THROTTLED
from .quota_metrics import share_of_quota
from .settings import Settings

_AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
_MORE_THAN = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_MINUTE, _FIVE_MINUTES = Duration.minutes(1), Duration.minutes(5)
OLDEST_SECONDS = {"high": 60, "normal": 300, "low": 86_400}
NEAR_QUOTA_PERCENT = 80
# Which outcome of which function is an alarm, and what it means.
BAD_OUTCOMES = (
    (
        "revoke_viewers",
        names.REVOCATION_STALLED,
        "a revocation makes no progress, so its viewers can still watch.",
    ),
    (
        "rotate_stream_key",
        names.STREAM_KEY_NOT_DELIVERED,
        "a new stream key is not in the store, or its channel has none.",
    ),
)
# Nobody gets up at night for lost metadata.
_CAN_WAIT = ("queue_metadata", "push_metadata", "index_recordings")
Call = Literal["not acting", "gave up"]


class Alarms:
    """Every alarm of one stage; the topics get a message when one begins and when it ends.

    tickets: the topic of all alarms. calls: the topic of the two that call a person.
    Missing data counts as OK: in the first hour after a deploy, most metrics have none.
    """

    def __init__(
        self, scope: Construct, *, settings: Settings, tickets: sns.ITopic, calls: sns.ITopic
    ) -> None:
        self._scope = scope
        self._settings = settings
        self._stage = f"ivskit-{settings.stage}"
        self._namespace = names.metrics_namespace(settings.stage)
        self._ticket = actions.SnsAction(tickets)
        self._call = actions.SnsAction(calls)
        self._calling: dict[Call, list[cloudwatch.IAlarm]] = {"not acting": [], "gave up": []}
        self.all: list[cloudwatch.IAlarm] = []
        self.dead_letters: list[str] = []

    def watch_functions(self, functions: Sequence[EventFunction]) -> None:
        """Alarms on the queues, errors and throttles of each function, and on bad outcomes."""
        for function in functions:
            for queue in function.queues:
                self._dead_letters_of(function, queue)
                self._oldest_message(function, queue)
            self._errors(function)
            self._throttles(function)
        packages = {function.package for function in functions}
        for package, outcome, advice in BAD_OUTCOMES:
            if package in packages:
                self._outcome(package, outcome, advice)

    def watch_dead_letters(
        self, alarm_id: str, queue_name: str, advice: str, *, entry: str, call: Call | None = None
    ) -> None:
        """An alarm on the first message in this queue; `entry` is the runbook's."""
        self.dead_letters.append(queue_name)
        visible = _of_queue(queue_name, "ApproximateNumberOfMessagesVisible")
        self._add(alarm_id, queue_name, advice, visible, entry=entry, call=call)

    def watch_schedules(self, group: str) -> None:
        """Alarms on scheduled messages that reach no queue."""
        schedules: tuple[tuple[str, str, str, Call], ...] = (
            (
                "InvocationDroppedCount",
                "schedules-dropped",
                "EventBridge Scheduler gave up on a message.",
                "gave up",
            ),
            (
                "TargetErrorCount",
                "schedules-failed",
                "EventBridge Scheduler could not send a message, and retries for a day.",
                "not acting",
            ),
        )
        for metric, entry, advice, call in schedules:
            count = _sum("AWS/Scheduler", metric, {"ScheduleGroup": group})
            self._add(metric, f"{self._stage}-{entry}", advice, count, entry=entry, call=call)

    def watch_sweeps(self, sweep: EventFunction) -> None:
        """Alarms when sweeps stop, and when they keep finding events that IVS sent late or not.

        A sweep that succeeds deletes its message. SQS reports 0 for a queue that Lambda polls and
        that nothing is deleted from, so sweeps that stop are an alarm, and a new stage, which has
        no data, raises none: missing data stays missing. Should SQS report nothing at all any more,
        the state goes back to INSUFFICIENT_DATA, and a ticket says so.
        """
        every = Duration.seconds(int(self._settings.sweep.every.total_seconds()))
        queue = {"QueueName": sweep.queue.name}
        alarm = self._add(
            "NoSweep",
            f"{self._stage}-no-sweep",
            "no sweep succeeded in three intervals, so missed events are not re-emitted.",
            _sum("AWS/SQS", "NumberOfMessagesDeleted", queue, every),
            entry="no-sweep",
            call="not acting",
            periods=3,
            comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            missing=cloudwatch.TreatMissingData.MISSING,
        )
        alarm.add_insufficient_data_action(self._ticket)
        overdue = int(self._settings.sweep.overdue.total_seconds())
        self._add(
            "LateEvents",
            f"{self._stage}-late-events",
            f"three of four sweeps found events of IVS that were {overdue} s late or got lost, and "
            "re-emitted them.",
            _sum(self._namespace, LATE_EVENTS, {}, every),
            entry="late-events",
            periods=4,
            of_them=3,
        )

    def watch_event_age(self) -> None:
        """An alarm on events of IVS that arrive late, those included that no sweep re-emits."""
        overdue = int(self._settings.sweep.overdue.total_seconds())
        self._add(
            "EventAge",
            f"{self._stage}-event-age",
            f"for 15 minutes, events of IVS were more than {overdue} s old when ivskit began to "
            "handle them.",
            _sum(self._namespace, EVENT_AGE, {}).with_(statistic=cloudwatch.Stats.MAXIMUM),
            entry="event-age",
            threshold=1000 * overdue,
            periods=3,
            comparison=_MORE_THAN,
        )

    def watch_quotas(self) -> None:
        """Alarms on what IVS publishes the use of, and on calls that it refused as too many.

        AWS/Usage has no calls of IVS, so their share of a rate cannot be measured.
        """
        for resource, entry, what in (
            ("ConcurrentStreams", "streams-near-quota", "streams are live"),
            ("ConcurrentViews", "views-near-quota", "viewers watch"),
        ):
            self._add(
                f"{resource}NearQuota",
                f"{self._stage}-{entry}",
                f"more than {NEAR_QUOTA_PERCENT} % of the {what} that the account may have in "
                "this region; at 100 %, IVS rejects the next.",
                share_of_quota(resource),
                entry=entry,
                threshold=NEAR_QUOTA_PERCENT,
                comparison=_MORE_THAN,
            )
        self._add(
            "IvsThrottles",
            f"{self._stage}-ivs-throttles",
            "for 15 minutes, events failed because the account calls IVS too often. They are tried "
            "again.",
            _sum(self._namespace, THROTTLED, {}),
            entry="ivs-throttles",
            periods=3,
        )

    def call_somebody(self) -> None:
        """The two composite alarms, once all others are there: one fault is one call.

        While the first calls, the second is silent. It waits for the first, since both begin about
        twenty minutes into an outage: the third sweep has failed by then, and the tenth try.
        """
        acting = self._composite(
            "NotActing",
            "not-acting",
            "ivskit does not act, or somebody waits for it.",
            self._calling["not acting"],
        )
        self._composite(
            "GaveUp",
            "gave-up",
            "ivskit gave up on an event, a command or a message.",
            self._calling["gave up"],
            silenced_by=acting,
        )

    def _composite(
        self,
        alarm_id: str,
        entry: str,
        advice: str,
        alarms: Sequence[cloudwatch.IAlarm],
        *,
        silenced_by: cloudwatch.IAlarm | None = None,
    ) -> cloudwatch.CompositeAlarm:
        name = f"{self._stage}-{entry}"
        alarm = cloudwatch.CompositeAlarm(
            self._scope,
            alarm_id,
            composite_alarm_name=name,
            alarm_description=_description(name, advice, entry),
            alarm_rule=cloudwatch.AlarmRule.any_of(*alarms),
            actions_suppressor=silenced_by,
            actions_suppressor_wait_period=None if silenced_by is None else Duration.minutes(10),
            actions_suppressor_extension_period=None
            if silenced_by is None
            else Duration.minutes(30),
        )
        alarm.add_alarm_action(self._call)
        alarm.add_ok_action(self._call)
        self.all.append(alarm)
        return alarm

    def _dead_letters_of(self, function: EventFunction, queue: EventQueue) -> None:
        self.watch_dead_letters(
            f"{_id(function, queue)}DeadLetters",
            queue.dead_letters_name,
            f"{function.package} gave up on an event, or never received it.",
            entry="dead-letters",
            call=None if function.package in _CAN_WAIT else "gave up",
        )

    def _oldest_message(self, function: EventFunction, queue: EventQueue) -> None:
        """An alarm on a message that waits for too long.

        Urgent queues hold no delayed messages, so their age is taken as it is. Other queues hold
        messages that are due later, and AWS does not document whether the age includes those. What
        it documents is that a delayed message is not visible. So the age counts only while there
        are visible messages, at three minutes in a row: a function that keeps up leaves none. A
        day, which is for the chunks of a large job, is longer than any delay.

        A message that was received three times no longer counts; its end is the dead letters.
        """
        age = _of_queue(queue.name, "ApproximateAgeOfOldestMessage")
        waiting = _of_queue(queue.name, "ApproximateNumberOfMessagesVisible")
        seconds = OLDEST_SECONDS[queue.urgency]
        normal = queue.urgency == "normal"
        waits = queue.urgency == "low" or function.package in _CAN_WAIT
        self._add(
            f"{_id(function, queue)}OldestMessage",
            f"{queue.name}-oldest-message",
            f"a message of {function.package} has waited for more than {seconds} s.",
            cloudwatch.MathExpression(
                expression="IF(waiting > 0, age, 0)",
                using_metrics={"waiting": waiting, "age": age},
                period=_MINUTE,
            )
            if normal
            else age,
            entry="oldest-message",
            call=None if waits else "not acting",
            threshold=seconds,
            comparison=_MORE_THAN,
            periods=3 if normal else 1,
        )

    def _errors(self, function: EventFunction) -> None:
        self._add(
            f"{function.node.id}Errors",
            f"{function.name}-errors",
            f"{function.package} crashed or timed out. SQS delivers the records again.",
            _sum("AWS/Lambda", "Errors", {"FunctionName": function.name}),
            entry="errors",
        )

    def _throttles(self, function: EventFunction) -> None:
        """An alarm on throttles that last; Lambda retries, so a few do no harm."""
        self._add(
            f"{function.node.id}Throttles",
            f"{function.name}-throttles",
            f"Lambda has throttled {function.package} for 15 minutes.",
            _sum("AWS/Lambda", "Throttles", {"FunctionName": function.name}),
            entry="throttles",
            periods=3,
        )

    def _outcome(self, package: str, outcome: str, advice: str) -> None:
        entry = outcome.lower().replace(" ", "-")
        dimensions = {"function": package, "outcome": outcome}
        self._add(
            outcome.replace(" ", ""),
            f"{self._stage}-{entry}",
            advice,
            _sum(self._namespace, names.OUTCOMES_METRIC, dimensions),
            entry=entry,
            call="not acting",
        )

    def _add(
        self,
        alarm_id: str,
        name: str,
        advice: str,
        metric: cloudwatch.IMetric,
        *,
        entry: str,
        call: Call | None = None,
        threshold: int = 1,
        periods: int = 1,
        of_them: int | None = None,
        comparison: cloudwatch.ComparisonOperator = _AT_LEAST,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self._scope,
            alarm_id,
            alarm_name=name,
            alarm_description=_description(name, advice, entry),
            metric=metric,
            threshold=threshold,
            comparison_operator=comparison,
            evaluation_periods=periods,
            datapoints_to_alarm=of_them,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(self._ticket)
        alarm.add_ok_action(self._ticket)
        self.all.append(alarm)
        if call is not None:
            self._calling[call].append(alarm)
        return alarm


def _description(name: str, advice: str, entry: str) -> str:
    return f"{name}: {advice} What to do: docs/runbook.md#{entry}"


def _id(function: EventFunction, queue: EventQueue) -> str:
    return f"{function.node.id}{queue.node.id.removesuffix('Queue')}"


def _of_queue(queue_name: str, metric: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/SQS",
        metric_name=metric,
        dimensions_map={"QueueName": queue_name},
        statistic=cloudwatch.Stats.MAXIMUM,
        period=_MINUTE,
    )


def _sum(
    namespace: str, metric: str, dimensions: dict[str, str], period: Duration = _FIVE_MINUTES
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=metric,
        dimensions_map=dimensions,
        statistic=cloudwatch.Stats.SUM,
        period=period,
    )

"""Alarms: what raises each one, and what the person on call does about it."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from ivskit import names

from .event_function import EventFunction
from .event_queue import EventQueue
from .settings import Settings

_AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
_MINUTE, _FIVE_MINUTES = Duration.minutes(1), Duration.minutes(5)
OLDEST_SECONDS, OLDEST_URGENT_SECONDS = 300, 60
# Which outcome of which function is an alarm, and what it means.
BAD_OUTCOMES = (
    (
        "revoke_viewers",
        names.REVOCATION_STALLED,
        "a revocation makes no progress, so its viewers can still watch. `ivskit jobs` shows which "
        "job and why. The job continues by itself.",
    ),
    (
        "rotate_stream_key",
        names.STREAM_KEY_NOT_DELIVERED,
        "a new stream key is not in the store, or its channel has none. ivskit retries. The "
        "audit log names the channel and the error.",
    ),
)


class Alarms:
    """Every alarm of one stage; the topic gets a message when one begins and when it ends.

    Missing data counts as OK: in the first hour after a deploy, most metrics have none.
    """

    def __init__(self, scope: Construct, *, settings: Settings, topic: sns.ITopic) -> None:
        self._scope = scope
        self._settings = settings
        self._action = actions.SnsAction(topic)
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

    def watch_dead_letters(self, alarm_id: str, queue_name: str, advice: str) -> None:
        """An alarm on the first message in this queue."""
        self.dead_letters.append(queue_name)
        visible = _of_queue(queue_name, "ApproximateNumberOfMessagesVisible")
        self._add(alarm_id, queue_name, advice, visible)

    def watch_schedules(self, group: str) -> None:
        """Alarms on scheduled messages that reach no queue."""
        for metric, name, advice in (
            (
                "InvocationDroppedCount",
                "schedules-dropped",
                "EventBridge Scheduler gave up on a message. Redrive the dead-letter queue of the "
                "function that it was for.",
            ),
            (
                "TargetErrorCount",
                "schedules-failed",
                "EventBridge Scheduler could not send a message, and retries for a day. Check that "
                "the queues and the roles of the schedules are as deployed.",
            ),
        ):
            count = _sum("AWS/Scheduler", metric, {"ScheduleGroup": group})
            self._add(metric, f"ivskit-{self._settings.stage}-{name}", advice, count)

    def watch_sweeps(self) -> None:
        """An alarm when sweeps stop: every sweep counts itself, also when it finds nothing.

        A new stage has no data until its first sweep, and an alarm for which missing data is
        breaching would begin as soon as CloudFormation makes it. Here missing data stays missing:
        CloudWatch makes the alarm in the state INSUFFICIENT_DATA, without an action, sets it to OK
        at the first sweep, and runs the action when it goes back to INSUFFICIENT_DATA. So a deploy
        raises nothing, however long the first sweep takes. Where the schedule cannot send at all,
        the alarms on schedules and on dead letters begin.
        """
        every = self._settings.sweep.every
        alarm = self._add(
            "NoSweep",
            f"ivskit-{self._settings.stage}-no-sweep",
            "no sweep succeeded in three intervals, so missed events are not re-emitted. Read the "
            "log of reconcile_streams, and check that its schedule exists.",
            _sum(
                names.metrics_namespace(self._settings.stage),
                names.OUTCOMES_METRIC,
                {"function": "reconcile_streams", "outcome": names.STREAMS_RECONCILED},
                Duration.seconds(int(every.total_seconds())),
            ),
            periods=3,
            comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            missing=cloudwatch.TreatMissingData.MISSING,
        )
        alarm.add_insufficient_data_action(self._action)

    def _dead_letters_of(self, function: EventFunction, queue: EventQueue) -> None:
        self.watch_dead_letters(
            f"{_id(function, queue)}DeadLetters",
            queue.dead_letters_name,
            f"{function.package} gave up on an event, or never received it. Read its log, fix the "
            f"cause, then redrive {queue.dead_letters_name} to {queue.name}.",
        )

    def _oldest_message(self, function: EventFunction, queue: EventQueue) -> None:
        """An alarm on a message that waits for too long.

        Urgent queues hold no delayed messages, so their age is taken as it is. Other queues hold
        messages that are due later, and AWS does not document whether the age includes those. What
        it documents is that a delayed message is not visible. So the age counts only while there
        are visible messages, at three minutes in a row: a function that keeps up leaves none.
        """
        if queue.urgency == "low":
            return
        age = _of_queue(queue.name, "ApproximateAgeOfOldestMessage")
        waiting = _of_queue(queue.name, "ApproximateNumberOfMessagesVisible")
        seconds = OLDEST_URGENT_SECONDS if queue.urgency == "high" else OLDEST_SECONDS
        self._add(
            f"{_id(function, queue)}OldestMessage",
            f"{queue.name}-oldest-message",
            f"a message has waited for more than {seconds} s. Check errors and throttles of "
            f"{function.package}, and the unused concurrency of the account.",
            age
            if queue.urgency == "high"
            else cloudwatch.MathExpression(
                expression="IF(waiting > 0, age, 0)",
                using_metrics={"waiting": waiting, "age": age},
                period=_MINUTE,
            ),
            threshold=seconds,
            comparison=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            periods=1 if queue.urgency == "high" else 3,
        )

    def _errors(self, function: EventFunction) -> None:
        self._add(
            f"{function.node.id}Errors",
            f"{function.name}-errors",
            f"{function.package} crashed or timed out. Its log has the error. SQS delivers the "
            "records again.",
            _sum("AWS/Lambda", "Errors", {"FunctionName": function.name}),
        )

    def _throttles(self, function: EventFunction) -> None:
        """An alarm on throttles that last; Lambda retries, so a few do no harm."""
        self._add(
            f"{function.node.id}Throttles",
            f"{function.name}-throttles",
            f"Lambda has throttled {function.package} for 15 minutes. `ivskit doctor` shows the "
            "concurrency limit of the account and how to raise it.",
            _sum("AWS/Lambda", "Throttles", {"FunctionName": function.name}),
            periods=3,
        )

    def _outcome(self, package: str, outcome: str, advice: str) -> None:
        stage = self._settings.stage
        self._add(
            outcome.replace(" ", ""),
            f"ivskit-{stage}-{outcome.lower().replace(' ', '-')}",
            advice,
            _sum(
                names.metrics_namespace(stage),
                names.OUTCOMES_METRIC,
                {"function": package, "outcome": outcome},
            ),
        )

    def _add(
        self,
        alarm_id: str,
        name: str,
        advice: str,
        metric: cloudwatch.IMetric,
        *,
        threshold: int = 1,
        periods: int = 1,
        comparison: cloudwatch.ComparisonOperator = _AT_LEAST,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self._scope,
            alarm_id,
            alarm_name=name,
            alarm_description=f"{name}: {advice}",
            metric=metric,
            threshold=threshold,
            comparison_operator=comparison,
            evaluation_periods=periods,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        return alarm


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

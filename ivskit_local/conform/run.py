"""Asks probes, one after another."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from ivskit_local.conform.outcome import Outcome
from ivskit_local.conform.place import Place, SetUpFailed
from ivskit_local.conform.probe import Probe

# What says more about the caller than about the endpoint.
OF_THE_CALLER = ("AccessDeniedException", "PendingVerification", "ServiceQuotaExceededException")

# What probes raise where an answer is not of the form that the model gives it.
NOT_UNDERSTOOD = (LookupError, TypeError, ValueError, AttributeError, StopIteration)


def run(probes: Iterable[Probe], place: Place) -> Generator[Outcome]:
    """An outcome for each probe, in their order; deletes in the end all that was made."""
    try:
        for probe in probes:
            yield asked(probe, place)
    finally:
        place.close()


def asked(probe: Probe, place: Place) -> Outcome:
    """Ask one probe; what it makes is deleted."""
    if probe.cannot:
        return Outcome(probe, "skipped", missing=probe.cannot)
    missing = sorted(need.value for need in probe.needs - place.around.has)
    if missing:
        return Outcome(probe, "skipped", missing=f"needs {' and '.join(missing)}")
    with place.made.one_probe():
        try:
            answer = place.scrubbed(probe.ask(place))
        except SetUpFailed as failed:
            return _not_set_up(probe, failed)
        except NOT_UNDERSTOOD as error:
            what = place.scrubbed(f"an answer that lacks something: {type(error).__name__} {error}")
            return Outcome(probe, "differs", what)
    return Outcome(probe, "agrees" if answer == probe.expected else "differs", answer)


def _not_set_up(probe: Probe, failed: SetUpFailed) -> Outcome:
    if failed.answered.code in OF_THE_CALLER:
        return Outcome(probe, "skipped", missing=str(failed))
    return Outcome(probe, "differs", f"not asked: {failed}")

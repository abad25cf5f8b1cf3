"""All laws, and how a run is checked against them."""

from collections.abc import Callable, Iterator, Sequence

from ivskit import names
from ivskit_local.laws import (
    acts,
    answers,
    audiences,
    health,
    hours,
    keys,
    leases,
    lockouts,
    looks,
    playback,
    quotas,
    recordings,
    restraint,
    restrictions,
    secrets,
    stops,
    take_downs,
)
from ivskit_local.laws.story import Breach, Deployed, Story
from ivskit_local.scenarios.run import Run

OF_A_CHANNEL: Sequence[Callable[[Story], Iterator[Breach]]] = (
    stops.untouched,
    stops.with_a_reason,
    stops.not_longer_than_allowed,
    stops.a_stop_holds,
    stops.off_air_while_blocked,
    stops.key_before_cut,
    keys.of_a_live_session,
    keys.not_without_a_key,
    keys.after_a_stream,
    keys.in_the_store,
    keys.kept_while_the_store_refuses,
    restraint.while_held,
    restraint.where_keys_stay,
    restraint.until_grace_is_over,
    restraint.of_newer_keys,
    restraint.not_too_often,
    restraint.of_kicked_streams,
    restraint.undone,
    restraint.no_key_while_blocked,
    hours.put_in_order,
    health.published,
    health.with_a_reason,
    restrictions.as_published,
    restrictions.as_tagged,
    restrictions.finished,
    secrets.not_of_a_blocked_channel,
    leases.lost_only_to_people,
    lockouts.cuts,
    looks.at_what_was_done,
    take_downs.finished_or_failed,
)
OF_ALL: Sequence[Callable[[Run], Iterator[Breach]]] = (
    answers.to_every_command,
    answers.once,
    answers.one_key_each,
    answers.the_same_again,
    answers.not_in_vain,
    answers.given_up_for_trouble,
    answers.keys_are_owed,
    answers.patient,
    acts.one_id_each,
    acts.in_time,
    acts.of_all_that_was_done,
    audiences.counted_once,
    audiences.up_to_the_version,
    audiences.to_the_highest_version,
    audiences.in_order,
    secrets.in_no_log,
    playback.not_beyond_its_time,
    playback.private_keys_in_no_record,
    quotas.once_a_day,
    recordings.indexed_and_published,
    restrictions.with_an_owner,
)
OF_A_STAGE: Sequence[Callable[[Run, Deployed], Iterator[Breach]]] = (quotas.published,)


def breaches(run: Run, deployed: Deployed, *neighbours: Deployed) -> Iterator[Breach]:
    """Every broken law and its case; a channel belongs to the stage that its tag names."""
    for channel in run.arns:
        named = {worn.tags.get(names.TAG_MANAGED) for worn in run.tags_worn[channel]}
        owner = next((each for each in neighbours if each.stage in named), deployed)
        story = Story(run, channel, owner)
        for law in OF_A_CHANNEL:
            yield from law(story)
    for law_of_all in OF_ALL:
        yield from law_of_all(run)
    for law_of_a_stage in OF_A_STAGE:
        for stage in (deployed, *neighbours):
            yield from law_of_a_stage(run, stage)

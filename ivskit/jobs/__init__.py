"""Bulk revocations: the table of jobs, as functions write it and operators read it.

A job is some items under one partition key:

    job          its state, and its progress; which of its parts are done
    command      the command that it is for
    left#000000  up to a thousand channels whose viewers are skipped
    part#000007  up to a thousand pairs, written once, before any of them is sent
    done#000007  which chunks of that part are done, and how many pairs were revoked or failed

Every count is added in the one conditional write that notes its chunk as done, so a message that
comes twice, or to two at once, counts once. Which parts are done is a set: adding twice is adding
once. Besides, every job is listed under one partition key of all, to be found again.
"""

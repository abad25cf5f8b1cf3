"""Bulk revocations: the table of jobs, as functions write it and operators read it.

A job is several items under one partition key:

    job          its state, and its progress; which of its parts are done
    request      the command that it carries out
    left#000000  up to a thousand channels whose viewers are skipped
    part#000007  up to a thousand pairs, written once, before any of them is sent
    done#000007  which chunks of that part are done, and how many pairs were revoked or failed

Every count is added in the one conditional write that notes its chunk as done, so a message that
arrives twice, or at two workers at once, counts once. The parts that are done are a set, to which
adding twice is harmless. Every job is also listed under one common partition key.
"""

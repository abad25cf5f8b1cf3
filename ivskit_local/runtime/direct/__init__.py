"""Calls without HTTP: from botocore's parameters to the service's own code and back.

Signing, sending, parsing, and all that again for the answer take most of a call's time, and none
of it decides anything. What decides stays: botocore checks the parameters and retries, the
service's code carries the call out, and the errors come from botocore's own parser.
"""

"""Judges the streams of the past by other settings, without playing them again.

history   what the events say of each channel
settings  the settings as they are, and as somebody would set them
rules     the decisions of the functions
channel   one channel's past under one of the settings
tally     what was counted
report    the answer, for people and for programs
"""

"""The index of recordings: what IVS has recorded to S3, and where.

records  what the index has of a recording
table    reads and writes the items
"""

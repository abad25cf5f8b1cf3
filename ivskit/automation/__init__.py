"""The machinery of the functions: from a queue record to an outcome. Only functions/ imports it."""

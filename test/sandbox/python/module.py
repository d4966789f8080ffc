"""A module for tests."""

NOTE = "used by tests"

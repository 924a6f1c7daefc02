"""Connecting LinkedIn (https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow)."""

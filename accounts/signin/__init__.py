"""Signing in: tokens for programs, sign-in by Firebase, and the guards in front of both. The flows themselves are allauth's."""

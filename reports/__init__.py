"""Matches to reviews, cases, evidence bundles, notices and weekly reports."""

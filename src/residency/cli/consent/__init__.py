"""``residency consent``: give, end, look at and exchange consents."""

from residency.cli.consent.group import consent

__all__ = ["consent"]

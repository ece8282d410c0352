"""The day on which everything is measured."""

from datetime import date

DAY = date(2026, 6, 1)

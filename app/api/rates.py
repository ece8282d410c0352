"""How often a credential may ask, and an address may fail to sign in. Each process counts for itself."""

import math
import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from app.errors import TooMany
from app.settings import Settings


class Rates:
    """The limits of this process."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._asking = _per_minute(settings.rate_per_minute)
        self._failing = _per_minute(settings.failed_per_minute)

    async def count(self, credential: str) -> dict[str, str]:
        """Count a request of a credential; the headers that tell it where it stands, or `TooMany`."""
        if self._asking is None:
            return {}
        taken = await self._limiter.hit(self._asking, "asks", credential)
        headers = await self._told(self._asking, "asks", credential)
        if not taken:
            raise _too_many(headers)
        return headers

    async def failed(self, address: str) -> None:
        """Count a failure to sign in; `TooMany` once an address has failed too often.

        Who signs in is let in all the same: else one who fails behind a proxy would shut out all behind it.
        """
        if self._failing is not None and not await self._limiter.hit(self._failing, "fails", address):
            raise _too_many(await self._told(self._failing, "fails", address))

    async def _told(self, item: RateLimitItem, name: str, who: str) -> dict[str, str]:
        """The RateLimit headers of the IETF's draft: the policy, what is left of it, and for how long."""
        stands = await self._limiter.get_window_stats(item, name, who)
        left = max(0, math.ceil(stands.reset_time - time.time()))
        return {
            "RateLimit-Policy": f'"{name}";q={item.amount};w={item.get_expiry()}',
            "RateLimit": f'"{name}";r={stands.remaining};t={left}',
        }


def _per_minute(amount: int) -> RateLimitItem | None:
    return RateLimitItemPerMinute(amount) if amount else None


def _too_many(headers: dict[str, str]) -> TooMany:
    wait = headers["RateLimit"].rpartition("t=")[2]
    return TooMany(headers={**headers, "Retry-After": max(wait, "1", key=int)})

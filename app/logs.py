"""Logs: one line of JSON per event on standard error. By default no body, query or exception's text."""

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from asgi_correlation_id import correlation_id

log = structlog.stdlib.get_logger("golden_thread")

_NOT_OURS = ("neo4j", "uvicorn", "uvicorn.error", "asyncio")


def set_up(level: str = "INFO") -> None:
    """Write events of this level and above to standard error; at DEBUG with the text of exceptions."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_request,
            structlog.processors.format_exc_info if level == "DEBUG" else _without_text,
            structlog.processors.JSONRenderer(serializer=_written),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(with_text=level == "DEBUG"))
    logging.root.handlers = [handler]
    logging.root.setLevel("WARNING" if level == "INFO" else level)
    for name in _NOT_OURS:
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").disabled = True


def _written(event: Any, **_: Any) -> str:
    return json.dumps(
        event, ensure_ascii=True, separators=(",", ":"), default=lambda value: type(value).__name__
    )


def _with_request(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Name the request an event belongs to."""
    if request := correlation_id.get():
        event.setdefault("request_id", request)
    return event


def _without_text(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep an exception's class and drop its text, which may hold what a caller sent."""
    event.pop("exc_info", None)
    return event


class _Line(logging.Formatter):
    """Records of other libraries in the same form. Their texts may hold anything: by default who spoke."""

    def __init__(self, with_text: bool) -> None:
        super().__init__()
        self._with_text = with_text

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON for a record."""
        event = {"event": "library", "logger": record.name, "level": record.levelname.lower()}
        if record.exc_info and record.exc_info[0]:
            event["error"] = record.exc_info[0].__qualname__
        if self._with_text:
            event["text"] = record.getMessage()
            event |= {"exception": self.formatException(record.exc_info)} if record.exc_info else {}
        return _written(event)

"""Every setting of the service: read once from `GOLDEN_THREAD_*`, then passed in."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_BOLT = re.compile(r"(bolt|neo4j)(\+s|\+ssc)?://[^/]")

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a service that listens on `host`."""
    if host.casefold() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def may_be_asked(address: str, loopback_http: bool = False) -> bool:
    """Whether an identity provider's address may be fetched: https, or http on this machine if allowed."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and loopback_http and is_loopback(host))


class Settings(BaseSettings):
    """How this process is set up. Each field comes from `GOLDEN_THREAD_<FIELD>`; others are ignored."""

    model_config = SettingsConfigDict(
        env_prefix="GOLDEN_THREAD_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    data: Annotated[
        Path,
        Field(description="Directory that holds the database; by default in the user's data directory."),
    ] = Field(default_factory=lambda: user_data_path("golden-thread", appauthor=False))
    cache: Annotated[
        Path,
        Field(description="Directory of fetched jars, shared by clones; by default in the user's cache."),
    ] = Field(default_factory=lambda: user_cache_path("golden-thread", appauthor=False))
    real_data: Annotated[
        Path, Field(description="Folder of the public registers, for `load` and for tests on them.")
    ] = Path("../shared/real_data")

    neo4j_uri: Annotated[
        str | None,
        Field(
            description="Address of a Neo4j to use (`neo4j://` or `bolt://`); without it one is run locally."
        ),
    ] = None
    neo4j_user: Annotated[str, Field(description="User at the Neo4j that `NEO4J_URI` names.")] = "neo4j"
    neo4j_password: Annotated[
        SecretStr | None, Field(description="Password at the Neo4j that `NEO4J_URI` names.")
    ] = None
    neo4j_password_file: Annotated[
        Path | None,
        Field(description="File whose first line is that password; used when `NEO4J_PASSWORD` is not set."),
    ] = None
    neo4j_database: Annotated[str, Field(min_length=1, description="Name of the database in Neo4j.")] = (
        "neo4j"
    )
    neo4j_version: Annotated[
        str,
        Field(
            pattern=r"^\d+(\.\d+){1,3}$",
            description="Version of the local Neo4j: one whose jars are listed in `app/neo4j_jars`.",
        ),
    ] = "5.26.30"
    neo4j_heap_mb: Annotated[int, Field(ge=256, description="Heap of the local Neo4j in megabytes.")] = 512
    neo4j_pagecache_mb: Annotated[
        int,
        Field(ge=8, description="Memory in which the local Neo4j keeps its files, in megabytes."),
    ] = 64
    neo4j_port: Annotated[
        int,
        Field(ge=0, le=65535, description="Loopback port of the local Neo4j; 0 takes a free one."),
    ] = 0
    neo4j_jars_from: Annotated[
        str | None,
        Field(description="Address of a Maven repository to fetch the jars from; without it the usual one."),
    ] = None
    test_neo4j: Annotated[
        str | None,
        Field(
            description="Address of a Neo4j for the tests, **which empty it**; without it they run their own."
        ),
    ] = None

    host: Annotated[
        str,
        Field(
            description="Address the service listens on; one beyond loopback is served to signed-in callers."
        ),
    ] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port the service listens on.")] = 8000
    workers: Annotated[
        int,
        Field(ge=1, le=64, description="Processes that answer, each with a portfolio and limits of its own."),
    ] = 1
    published_on_loopback: Annotated[
        bool,
        Field(
            description="Says that this is a container whose port is published on loopback alone, so that it "
            "may be tried out without signing in."
        ),
    ] = False
    behind_tls: Annotated[
        bool,
        Field(description="Says that all requests come through a proxy that speaks https to everybody."),
    ] = False
    allowed_hosts: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="Host names served besides the loopback ones, separated by commas."),
    ] = ()
    timezone: Annotated[str, Field(description="Time zone whose calendar says what day it is.")] = (
        "Europe/London"
    )
    max_body_mb: Annotated[
        float, Field(gt=0, description="Largest request body in megabytes, imports excepted.")
    ] = 1
    max_batch_mb: Annotated[float, Field(gt=0, description="Largest batch in megabytes.")] = 20
    query_timeout_s: Annotated[
        float, Field(gt=0, description="Longest time a read may take, in seconds.")
    ] = 10.0
    write_timeout_s: Annotated[
        float, Field(gt=0, description="Longest time a write may take, in seconds.")
    ] = 10.0
    rate_per_minute: Annotated[
        int, Field(ge=0, description="Requests a minute one credential may make, per process; 0: any number.")
    ] = 6_000
    failed_per_minute: Annotated[
        int,
        Field(ge=0, description="Failed sign-ins a minute from one address, per process; 0: any number."),
    ] = 30
    credentials_held_s: Annotated[
        float, Field(ge=0, le=5, description="How long a credential is held before it is looked up again.")
    ] = 5.0
    oidc_issuer: Annotated[
        str | None,
        Field(
            description="Issuer of the tokens that are taken, such as "
            "`https://login.microsoftonline.com/<tenant>/v2.0`."
        ),
    ] = None
    oidc_audience: Annotated[
        str | None, Field(description="The `aud` of those tokens: the client id of this service.")
    ] = None
    oidc_tenant: Annotated[str | None, Field(description="The `tid` of those tokens.")] = None
    oidc_organisation: Annotated[
        str | None, Field(description="Id of the organisation users belong to, where nothing else is said.")
    ] = None
    oidc_loopback_http: Annotated[
        bool, Field(description="Allows an issuer at plain http on this machine: for tests alone.")
    ] = False
    portfolio_memory_mb: Annotated[
        int,
        Field(
            ge=64,
            description="Most memory the portfolio may take in each process, in megabytes.",
        ),
    ] = 2_048
    log_level: Annotated[LogLevel, Field(description="Least severe level that is logged.")] = "INFO"
    log_queries: Annotated[
        bool, Field(description="Whether query strings are logged; they may hold personal data.")
    ] = False

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _separated_by_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip().casefold() for name in value.split(",") if name.strip())
        return value

    @field_validator("neo4j_uri", "test_neo4j")
    @classmethod
    def _speaks_bolt(cls, value: str | None) -> str | None:
        if value is not None and not _BOLT.match(value):
            raise ValueError(
                "this is not the address of a Neo4j, such as neo4j://host:7687 or bolt://host:7687"
            )
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError):
            raise ValueError("this is not the name of a time zone, such as Europe/London") from None
        return value

    @model_validator(mode="after")
    def _whole_provider(self) -> Self:
        if self.oidc_issuer is None:
            return self
        if not (self.oidc_audience and self.oidc_tenant):
            raise ValueError(
                "an issuer needs its audience and tenant: set GOLDEN_THREAD_OIDC_AUDIENCE and _OIDC_TENANT"
            )
        if not may_be_asked(self.oidc_issuer, self.oidc_loopback_http):
            raise ValueError("GOLDEN_THREAD_OIDC_ISSUER must be an address that begins with https://")
        return self

    @property
    def may_demonstrate(self) -> bool:
        """Whether only this machine reaches the service, so that it may be tried out without signing in."""
        return is_loopback(self.host) or self.published_on_loopback

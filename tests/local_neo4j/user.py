"""A process that uses the data directory's engine until its standard input ends. Run as a file."""

import sys

from app.local_neo4j import engine
from app.settings import Settings

with engine(Settings()) as address:
    sys.stdout.write(f"{address.uri}\n")
    sys.stdout.flush()
    sys.stdin.read()

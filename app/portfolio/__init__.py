"""The portfolio: everything at once, as columns in memory, exact at one number of the ledger."""

from app.portfolio.past import then as then
from app.portfolio.refresh import at as at
from app.portfolio.refresh import keep as keep

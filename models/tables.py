"""Every table, imported so that Base.metadata is whole (migrations, tests)."""

from models import (  # noqa: F401  imported for their effect on Base.metadata
    accounts,
    attendance,
    circulars,
    commands,
    commissioning,
    deductions,
    lines,
    loss,
    people,
    places,
    processes,
    requests,
    tallies,
    terminals,
    tickets,
    units,
)
from models.base import Base

metadata = Base.metadata

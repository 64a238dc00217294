"""The model of the trade: tables, rules, acts and queries."""

"""How fast Sextant writes, measured against what PostgreSQL itself can do: `make bench`."""

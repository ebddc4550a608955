-- Roles that a dump gives rights to and the server does not have. Takes: roles (names). Returns: name. Cost: the catalog.
SELECT role FROM unnest(%(roles)s::text[]) AS role WHERE to_regrole(quote_ident(role)) IS NULL

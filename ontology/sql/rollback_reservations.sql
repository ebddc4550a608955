-- No run reserves anything, so nothing is held for any, whatever the saved usage says. Takes nothing. Returns nothing. Cost: a scan of usage.
UPDATE quotas_usage SET held = 0 WHERE held <> 0 AND metric IN ('entities_total', 'connections_total', 'storage_gb', 'users')

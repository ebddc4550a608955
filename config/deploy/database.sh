#!/bin/sh
# Furnishes the database container at its first start, with the same passwords that the processes sign in by.
SEXTANT_PASSWORD=$(cat /run/secrets/database_owner_password) \
SEXTANT_APP_PASSWORD=$(cat /run/secrets/database_password) \
SEXTANT_WORKER_PASSWORD=$(cat /run/secrets/database_worker_password) \
	psql -X -v ON_ERROR_STOP=1 -U postgres -d template1 -f /etc/sextant/database.sql

DROP FUNCTION monitoring_repair_undo(uuid, uuid);
DROP FUNCTION monitoring_repair(uuid, uuid, text, uuid);
DROP FUNCTION monitoring_repair_noted(uuid);
DROP FUNCTION monitoring_repair_row(regclass, uuid);
DROP FUNCTION monitoring_repair_table(text);

DROP FUNCTION monitoring_observed_add(jsonb);
DROP FUNCTION monitoring_slow_days_drop(integer);
DROP FUNCTION monitoring_slow_day_make(date);
DROP TABLE monitoring_slowstatement;

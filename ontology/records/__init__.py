"""Files of records, read as a stream: what is in them, where each record stands, and what is wrong with it."""

from ontology.records.files import RecordFile, is_csv_name
from ontology.records.record import Record

__all__ = ["Record", "RecordFile", "is_csv_name"]

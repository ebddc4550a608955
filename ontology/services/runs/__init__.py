"""Long work: started, driven in chunks, watched, tuned, stopped and continued."""

from ontology.services.runs.control import NewRun, run_cancel, run_enqueue, run_pause, run_resume, run_start, run_tune
from ontology.services.runs.driver import Driver, run_drive
from ontology.services.runs.job import Chunk, Job
from ontology.services.runs.journal import run_log
from ontology.services.runs.sweep import runs_sweep

__all__ = [
    "Chunk",
    "Driver",
    "Job",
    "NewRun",
    "run_cancel",
    "run_drive",
    "run_enqueue",
    "run_log",
    "run_pause",
    "run_resume",
    "run_start",
    "run_tune",
    "runs_sweep",
]

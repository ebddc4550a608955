"""What can go wrong while the embedded set-up is made, each as one sentence for a person."""

from __future__ import annotations

import errno


class SetupError(Exception):
    """The set-up cannot go on; the text is one sentence that says why and what to do."""


def sentence_for(problem: OSError) -> str | None:
    """Return the sentence for an operating system's refusal, or None for an unknown one."""
    place = problem.filename or "the project's folder"
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full ({place}): free some space and run the same command again."
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{place} is not writable for this user: run as its owner or change its owner."
    return None


def sentence_in(output: str) -> str | None:
    """Return the sentence for what a child process printed before it failed, or None."""
    # The second is what PostgreSQL says when a file could be extended by half only.
    if any(words in output for words in ("No space left on device", "Check free disk space", "Disk quota exceeded")):
        return "The disk is full: free some space and run the same command again."
    if "Permission denied" in output or "Read-only file system" in output:
        return "A file of the set-up is not writable for this user: run as its owner."
    return None

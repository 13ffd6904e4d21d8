"""What can be wrong with the machine rather than with the user's objects. Each says what to do.

Unavailable
    PortTaken       a port of the settings is held by another program
    NotReady        a process of the installation ended, or said nothing, before it was ready
"""

from __future__ import annotations


class Unavailable(Exception):
    """The environment does not give what an installation needs; the text names the remedy."""


class PortTaken(Unavailable):
    """A port that the settings name is in use. Known before anything is started."""


class NotReady(Unavailable):
    """A process of the installation did not come up; the text carries the end of its log."""

"""Work that one thread of a process does at a time, and that nobody waits for."""

from collections import defaultdict
from collections.abc import Callable
from threading import Event, Lock

_at_it: defaultdict[str, Lock] = defaultdict(Lock)
_wanted: defaultdict[str, Event] = defaultdict(Event)


def one_at_a_time(name: str, work: Callable[[], object]) -> None:
    """Do the work, or leave it to the thread of this process that is at the work of that name: it begins anew then.

    A slow provider so takes one of a worker's threads, however many jobs there are for it.
    """
    _wanted[name].set()
    while _wanted[name].is_set() and _at_it[name].acquire(blocking=False):
        try:
            _wanted[name].clear()
            work()
        finally:
            _at_it[name].release()

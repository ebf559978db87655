"""Workers that are actors of a Ray cluster. Ray, which comes with the extra ``ray``, is imported late."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic

from longzip.errors import MissingExtra, ModelError
from longzip.pools import Answer, Broken, Gone, Make, Task, Worker

if TYPE_CHECKING:
    from ray import ObjectRef
    from ray.actor import ActorHandle
SHOWN = 200


@dataclass(slots=True, eq=False)
class Actor:
    """An actor and what it is at."""

    handle: ActorHandle
    answer: list[ObjectRef] = field(default_factory=list)


class Actors(Generic[Task, Answer]):
    """A ``Crew`` of actors, one core each. Not restarted by Ray: the pool hires another and gives it the lost one's
    task.

    make: makes a worker, on a node where longzip is installed. address: of the cluster, as ``ray.init`` takes it:
    "auto" for one that runs on this machine, "ray://HOST:10001" for one elsewhere, "local" to start one.
    """

    def __init__(self, make: Make[Task, Answer], address: str) -> None:
        self.make = make
        connect(address)

    def hire(self) -> Actor:
        import ray

        return Actor(ray.remote(num_cpus=1, max_restarts=0)(Worker).remote(self.make))

    def give(self, hand: Actor, task: Task) -> None:
        hand.answer[:] = [hand.handle.do.remote(task)]

    def wait(self, busy: Sequence[Actor]) -> list[tuple[Actor, Answer | Broken | Gone]]:
        import ray

        done, _ = ray.wait([hand.answer[0] for hand in busy], num_returns=1)
        ready = set(done)
        return [(hand, self.receive(hand)) for hand in busy if hand.answer[0] in ready]

    def receive(self, hand: Actor) -> Answer | Broken | Gone:
        import ray

        try:
            found: Answer | Broken = ray.get(hand.answer[0])
        except ray.exceptions.RayError as error:
            return Gone(f"because of {type(error).__name__}: {' '.join(str(error).split())[:SHOWN]}")
        return found

    def dismiss(self, hand: Actor) -> None:
        import ray

        ray.kill(hand.handle)


def connect(address: str) -> None:
    """Join the cluster, unless this process is in one. Raises MissingExtra, and ModelError where there is none at the
    address."""
    try:
        import ray
    except ImportError:
        raise MissingExtra("ray", "ray") from None
    if ray.is_initialized():
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster that is started here tells nobody
    try:
        ray.init(address=address, log_to_driver=False, logging_level="error", configure_logging=False)
    except (ConnectionError, ValueError, RuntimeError, OSError, TimeoutError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"there is no Ray cluster at {address!r} ({reason}); start one with: ray start --head, or give local."
        ) from None


def cores() -> int:
    """Of the cluster, at least 1. An actor for which there is none would wait for it for ever, and its task with it."""
    import ray

    return max(1, int(ray.cluster_resources().get("CPU", 1)))

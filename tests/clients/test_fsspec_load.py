"""Many tasks and threads on one instance of `residency://`: nothing lands in a wrong zone."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from residency import TransferBlocked
from residency.clients import acting_for, carry
from residency.clients.fsspec import Place
from tests.clients.scene import ACME, BOLT, CANARY
from tests.clients.shelves import Shelves


@pytest.mark.parametrize("tasks", [2, pytest.param(200, marks=pytest.mark.untraced)])
async def test_tasks_keep_their_accounts_apart(clouds: Shelves, tasks: int) -> None:
    """Under load nothing lands in a wrong zone, and each attempt at it is blocked."""
    places = {
        zone: Place(place.url, place.location, {**place.options, "skip_instance_cache": True})
        for zone, place in clouds.places.items()
    }
    fs = clouds.system(files=clouds.guarded(places=places), asynchronous=True)

    async def work(number: int) -> None:
        account, wrong = ((ACME, "US"), (BOLT, "EU"))[number % 2]
        with acting_for(account):
            await fs._pipe_file(f"{account.id}/{number}", account.id.encode())
            with pytest.raises(TransferBlocked):
                await fs._pipe_file(f"{account.id}@{wrong}/{number}", CANARY)
            with pytest.raises(TransferBlocked):
                await fs._cp_file(
                    f"{account.id}/{number}", f"{'bolt' if account is ACME else 'acme'}/{number}"
                )

    await asyncio.gather(*(work(number) for number in range(tasks)))
    assert clouds.close is not None
    for system, _ in fs._reached.values():
        await clouds.close(system)
    assert CANARY not in clouds.sent
    assert clouds.look() == {
        "EU": {f"acme/{number}": b"acme" for number in range(0, tasks, 2)},
        "US": {f"bolt/{number}": b"bolt" for number in range(1, tasks, 2)},
    }


def _work(shelf: Shelves, number: int) -> None:
    account, other, wrong = ((ACME, BOLT, "US"), (BOLT, ACME, "EU"))[number % 2]
    shelf.fs.pipe_file(f"{account.id}/{number}", account.id.encode())
    with pytest.raises(TransferBlocked):
        shelf.fs.pipe_file(f"{account.id}@{wrong}/{number}", CANARY)
    with pytest.raises(TransferBlocked):
        shelf.fs.copy(
            [f"{account.id}/{number}"] * 2, [f"{account.id}/{number}x", f"{other.id}/{number}"]
        )


def _sixteen_threads(shelf: Shelves) -> None:
    jobs: list[Future[None]] = []
    with ThreadPoolExecutor(16) as pool:
        for number in range(160):
            with acting_for((ACME, BOLT)[number % 2]):
                jobs.append(pool.submit(carry(_work), shelf, number))
    for job in jobs:
        job.result()
    assert CANARY not in shelf.sent
    assert shelf.look() == {
        "EU": {f"acme/{number}": b"acme" for number in range(0, 160, 2)},
        "US": {f"bolt/{number}": b"bolt" for number in range(1, 160, 2)},
    }


@pytest.mark.untraced
def test_sixteen_threads_keep_their_accounts_apart(clouds: Shelves) -> None:
    """Many threads on one instance write each for its own account, and only to its zone."""
    _sixteen_threads(clouds)


def test_sixteen_threads_keep_their_accounts_apart_on_this_machine(folders: Shelves) -> None:
    """Where the file system blocks, too, each thread writes only to its account's zone."""
    _sixteen_threads(folders)

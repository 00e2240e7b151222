"""For whom the program writes: set, nested, carried into threads, and never assumed."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date
from threading import Thread
from typing import Any

import pytest

from residency import Account, Designation, Guard, Router, load_policy
from residency.clients import acting_for, carry, current_account
from residency.errors import ErrorKind, InputError, MissingAccountError

_ACME = Account("acme", "Germany", setup_date=date(2021, 3, 1))
_BOLT = Account("bolt", "Canada", setup_date=date(2021, 3, 1))


def _nobody() -> bool:
    try:
        current_account()
    except MissingAccountError:
        return True
    return False


def test_no_account_is_assumed() -> None:
    """Where none was set, asking for the account raises a typed error that says what to do."""
    with pytest.raises(MissingAccountError, match=r"acting_for\(account\)") as raised:
        current_account()
    assert raised.value.kind == ErrorKind.MISSING_ACCOUNT
    assert isinstance(raised.value, LookupError)


def test_a_block_sets_and_resets() -> None:
    """Inside a block the account is set; after it, also after an error, it is what it was."""
    with acting_for(_ACME) as given:
        assert given is current_account() is _ACME
        with pytest.raises(ZeroDivisionError), acting_for(_BOLT):
            _ = 1 / int(current_account() is not _BOLT)
        assert current_account() is _ACME
    assert _nobody()


def test_nobody_hides_the_account_outside() -> None:
    """`acting_for(None)` acts for nobody, whatever stands outside."""
    with acting_for(_ACME), acting_for(None):
        assert _nobody()


def test_a_designation_is_an_account_too() -> None:
    """What was designated at setup may stand in for the account."""
    designation = Guard(Router(load_policy("xmedius"))).designate(_ACME, "xm-fax")
    with acting_for(designation):
        assert isinstance(current_account(), Designation)


@pytest.mark.parametrize("wrong", ["acme", 1, object()])
def test_anything_else_is_refused(wrong: Any) -> None:
    """An account's id is no account: nobody could say where its data belongs."""
    with pytest.raises(InputError) as raised:
        acting_for(wrong)
    assert raised.value.kind == ErrorKind.TYPE


def test_a_decorated_function_acts() -> None:
    """A decorated function acts for the account whenever it is called, and only as it runs."""

    @acting_for(_ACME)
    def whose(prefix: str) -> str:
        """Say whose turn it is."""
        account = current_account()
        assert isinstance(account, Account)
        return prefix + account.id

    assert (whose("it is "), whose.__doc__) == ("it is acme", "Say whose turn it is.")
    assert _nobody()


async def test_a_decorated_coroutine_function_acts() -> None:
    """A decorated coroutine function acts for the account over its awaits."""

    @acting_for(_ACME)
    async def whose() -> object:
        await asyncio.sleep(0)
        return current_account()

    assert await whose() is _ACME
    assert _nobody()


def test_a_generator_function_is_refused() -> None:
    """A generator's body runs after the call, when the account would be gone: it is refused."""

    def generate() -> Iterator[int]:
        yield 1

    async def generate_async() -> Any:
        yield 1

    for function in (generate, generate_async):
        with pytest.raises(InputError, match="generator"):
            acting_for(_ACME)(function)


def test_what_cannot_be_called_is_refused() -> None:
    """Only a function can act."""
    not_a_function: Any = 1
    with pytest.raises(InputError):
        acting_for(_ACME)(not_a_function)


def test_interleaved_generators_leave_nothing_behind() -> None:
    """Two generators that end in the order they began leave no account set."""

    def session(account: Account) -> Iterator[None]:
        with acting_for(account):
            yield

    first, second = session(_ACME), session(_BOLT)
    next(first)
    next(second)
    first.close()  # type: ignore[attr-defined]  # a generator, typed as what it yields
    assert current_account() is _BOLT
    second.close()  # type: ignore[attr-defined]  # a generator, typed as what it yields
    assert _nobody()


def test_leaving_in_another_context_takes_nothing_away() -> None:
    """A block that is left in another context takes away no account of that context."""
    block = acting_for(_ACME)
    copy_context().run(block.__enter__)
    with acting_for(_BOLT):
        block.__exit__(None, None, None)
        assert current_account() is _BOLT


def test_a_thread_inherits_nothing_and_carry_takes_it_there() -> None:
    """A thread or an executor knows no account, unless the function was carried."""
    with acting_for(_ACME), ThreadPoolExecutor(1) as pool:
        assert pool.submit(_nobody).result()
        assert pool.submit(carry(current_account)).result() is _ACME
        seen: list[object] = []

        def append() -> None:
            seen.append(current_account())

        thread = Thread(target=carry(append))
        thread.start()
        thread.join()
        assert seen == [_ACME]
        assert pool.submit(_nobody).result(), "the pool's thread keeps nothing"


def test_nothing_is_carried_where_there_is_nothing() -> None:
    """Without an account, `carry` raises at once, not later in the thread."""
    with pytest.raises(MissingAccountError):
        carry(print)


async def test_tasks_keep_their_accounts_apart() -> None:
    """Tasks, and `asyncio.to_thread`, inherit the account and do not see each other's."""

    async def work(account: Account) -> None:
        with acting_for(account):
            await asyncio.sleep(0)
            assert current_account() is account
            assert await asyncio.to_thread(current_account) is account
            assert await asyncio.create_task(asyncio.to_thread(current_account)) is account
            loop = asyncio.get_running_loop()
            assert await loop.run_in_executor(None, _nobody)
            assert await loop.run_in_executor(None, carry(current_account)) is account

    await asyncio.gather(*(work((_ACME, _BOLT)[turn % 2]) for turn in range(50)))
    assert _nobody()

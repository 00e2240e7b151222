"""For whom the program is writing now: the account that a guarded client asks the guard about.

It lives in a context variable, so that threads and tasks do not see each other's. Tasks and
``asyncio.to_thread`` inherit it; threads and executors do not, and :func:`carry` takes it there.
Where it is missing, a guarded write raises: no account is ever assumed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast, final

from residency.account import Account
from residency.checks import require_callable
from residency.designation import Designation
from residency.errors import ErrorKind, InputError, MissingAccountError, quote_type
from residency.guard import Subject

__all__ = ["Acting", "acting_for", "carry", "current_account"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

_ACTING: ContextVar[tuple[Acting, ...]] = ContextVar("residency.clients.acting", default=())


@final
class Acting:
    """A block or a function that acts for one account; made by :func:`acting_for`.

    It may be entered again while it is entered, and shared by threads and tasks.
    """

    __slots__ = ("_subject",)

    def __init__(self, account: Subject | None) -> None:
        if not issubclass(type(account), (Account, Designation, type(None))):
            message = f"the account is a {quote_type(account)}: pass an Account or a Designation"
            raise InputError(message, kind=ErrorKind.TYPE, value=account)
        self._subject = account

    @property
    def account(self) -> Subject | None:
        """The account or designation; None for nobody."""
        return self._subject

    def __enter__(self) -> Subject | None:
        _ACTING.set((*_ACTING.get(), self))
        return self._subject

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Generators may leave their blocks in another order than they entered them. Each takes away
        # its own entry, so that no account outlives its block.
        entered = _ACTING.get()
        for index in range(len(entered) - 1, -1, -1):
            if entered[index] is self:
                _ACTING.set(entered[:index] + entered[index + 1 :])
                return

    def __call__(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """Make a function act for the account whenever it is called, from whatever thread.

        Raises:
            InputError: it is no function, or a generator function, whose body runs after the call.
        """
        require_callable(function, "what acts for an account")
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            message = "a generator runs after its call: use `with acting_for(...)` where it is read"
            raise InputError(message, kind=ErrorKind.TYPE, value=function)
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def act_async(*args: _P.args, **kwargs: _P.kwargs) -> Any:
                with self:
                    return await function(*args, **kwargs)

            return cast("Callable[_P, _R]", act_async)

        @wraps(function)
        def act(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            with self:
                return function(*args, **kwargs)

        return act


def acting_for(account: Subject | None) -> Acting:
    """Act for an account, in a ``with`` block or as a decorator, in sync and async code.

    Args:
        account: whose data is written: an account, or a designation. None for nobody: a guarded
            write inside raises, whatever stands outside.

    Raises:
        InputError: it is neither (TYPE).
    """
    return Acting(account)


def current_account(*, otherwise: Callable[[], Subject] | None = None) -> Subject:
    """Return the account that the program acts for.

    Args:
        otherwise: returns the account where the program is in no block or function that acts; one
            that acts for nobody still has none.

    Raises:
        MissingAccountError: it acts for none.
    """
    entered = _ACTING.get()
    if not entered and otherwise is not None:
        return otherwise()
    account = entered[-1].account if entered else None
    if account is None:
        message = "no account is set: write inside `with acting_for(account)`"
        raise MissingAccountError(message, kind=ErrorKind.MISSING_ACCOUNT)
    return account


def carry(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Bind the current account to a function that is to run in another thread.

    ``executor.submit(carry(upload), path)`` and ``Thread(target=carry(upload))`` act for the
    account of the moment at which :func:`carry` was called.

    Raises:
        MissingAccountError: the program acts for none.
        InputError: as for a function that :func:`acting_for` decorates.
    """
    return acting_for(current_account())(function)

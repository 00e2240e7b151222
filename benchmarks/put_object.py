"""What the guard adds to boto3's put_object, against a transport that answers at once.

Guarded and unguarded calls take turns in one process, so that whatever else the machine does falls
on both. Prints one line of JSON.
"""

import argparse
import gc
import json
import statistics
import time
from datetime import date
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse

from residency import Account, Guard, Router, load_policy
from residency.clients import acting_for
from residency.clients.boto3 import guard_session

ACME = Account("acme", "Germany", "XMedius Europe SAS", setup_date=date(2021, 3, 1))


def main() -> None:
    """Measure, and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--turns", type=int, default=1_500, help="turns of four calls each (1500)")
    turns: int = options.parse_args().turns
    guard = Guard(Router(load_policy("xmedius")))
    guarded = guard_session(
        session(), guard, solution="xm-fax", buckets={"acme-data": "aws:eu-west-3"}
    )
    plain, checked = client(session()), client(guarded)
    ratios: list[float] = []
    with acting_for(ACME):
        batch(plain)
        batch(checked)
        gc.disable()
        for turn in range(turns):
            # The one that goes first changes, for the second finds warmer caches.
            if turn % 2:
                first, second = batch(plain), batch(checked)
                ratios.append(second / first)
            else:
                second, first = batch(checked), batch(plain)
                ratios.append(second / first)
    share = statistics.median(ratios) - 1
    seconds = batch_floor(plain)
    print(
        json.dumps(
            {
                "guard on put_object": share * 100,
                "guard on put_object, in seconds": seconds * share,
                "put_object, unguarded, in seconds": seconds,
            }
        )
    )


class Empty:
    """A body without a byte."""

    def stream(self) -> tuple[bytes, ...]:
        """Return no chunks."""
        return ()


def session() -> Any:
    """Return a session with made-up credentials."""
    return boto3.Session(aws_access_key_id="AKID", aws_secret_access_key="secret")


def client(made: Any) -> Any:
    """Return a client whose requests are answered without a network."""
    found = made.client("s3", region_name="eu-west-3")

    def answer(request: Any, **_: object) -> AWSResponse:
        return AWSResponse(request.url, 200, {}, Empty())

    found.meta.events.register_last("before-send.s3", answer)
    return found


def batch(found: Any, calls: int = 4) -> float:
    """Return the seconds that some calls take."""
    start = time.perf_counter()
    for _ in range(calls):
        found.put_object(Bucket="acme-data", Key="fax", Body=b"x")
    return time.perf_counter() - start


def batch_floor(found: Any) -> float:
    """Return the seconds of one unguarded call, the best of several batches."""
    with acting_for(ACME):
        return min(batch(found) for _ in range(100)) / 4


if __name__ == "__main__":
    main()

"""``residency vectors``: portable cases with their expected answers."""

from __future__ import annotations

import click

from residency.cli.files import open_sink
from residency.cli.options import output_option, policy_argument
from residency.policy import read_policy
from residency.policy.source import read_source
from residency.testing.vectors import vectors_text

__all__ = ["vectors"]


@click.command
@policy_argument
@output_option
def vectors(*, policy: str, sink: str) -> int:
    """Write cases of POLICY with the answer that the reference evaluator expects, as JSON.

    They are for implementations in other languages; the documentation describes the format.
    """
    data = read_source(policy)
    read_policy(data)  # the reference evaluator checks nothing: a faulty document is refused here
    with open_sink(sink) as stream:
        for text in vectors_text(data):
            stream.write(text.encode())
    return 0

"""A batch: records in, one answer for each of them out, in order, whatever their number."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from residency.cli.csvfile import read_csv, write_csv
from residency.cli.files import Format, open_sink, open_source
from residency.cli.jsonlines import read_json_lines, write_json
from residency.cli.lines import read_lines
from residency.cli.progress import progress
from residency.cli.record import Answer, Broken, Fields, Schema, refusal
from residency.cli.terminal import say
from residency.errors import quote

__all__ = ["Batch", "run_batch"]

_MOST_NAMES = 10


@frozen(slots=True)
class Batch:
    """Where a batch is read and written, and how.

    Args:
        source: the input's path; ``-`` for standard input.
        sink: the output's path; ``-`` for standard output.
        read: the input's format.
        write: the output's format.
    """

    source: str
    sink: str
    read: Format
    write: Format


def run_batch(
    batch: Batch,
    schema: Schema,
    answer: Callable[[Fields], Answer],
    *,
    settle: Callable[[], object] = lambda: None,
) -> int:
    """Answer each record of the input, one record for each.

    No more than one record is held at a time, and before waiting for more input all that is
    answered has been passed on.

    Args:
        batch: where from, and where to.
        schema: the fields of a record and of an answer.
        answer: answers one record; what it raises ends the batch.
        settle: called after the last answer, and before an output file appears; likewise.

    Returns:
        the exit code: 0 if all is well with each record, else 1.

    Raises:
        InputError: the input cannot be read.
        OSError: the output cannot be written.
    """
    known = schema.required | schema.optional
    unknown: dict[str, None] = {}
    to_text = _writer(batch.write)
    answered, code = 0, 0
    with (
        open_source(batch.source) as source,
        open_sink(batch.sink) as sink,
        progress(source.size) as show,
    ):

        def before_read(read: int) -> None:
            sink.flush()
            show(answered if source.size is None else read)

        lines = read_lines(source, before_read=before_read)
        is_csv = batch.read is Format.CSV
        records = read_csv(lines, schema) if is_csv else read_json_lines(lines)
        if batch.write is Format.CSV:
            sink.write(write_csv((*schema.written, "error_kind", "error_message")).encode())
        for record in records:
            if isinstance(record, Broken):
                given = refusal(schema, record.id, record.error)
            else:
                given = answer(record)
                if len(unknown) <= _MOST_NAMES and not record.keys() <= known:
                    unknown.update(dict.fromkeys(sorted(record.keys() - known)[: _MOST_NAMES + 1]))
            if given.blocked or given.error is not None:
                code = 1
            sink.write(to_text(given).encode("utf-8", "backslashreplace"))
            answered += 1
        settle()
    if unknown:
        _warn(list(unknown))
    return code


def _writer(written: Format) -> Callable[[Answer], str]:
    return _csv if written is Format.CSV else _json


def _csv(answer: Answer) -> str:
    error = answer.error
    return write_csv(
        (
            *answer.fields.values(),
            None if error is None else str(error.kind),
            None if error is None else error.message,
        )
    )


def _json(answer: Answer) -> str:
    error = answer.error
    described = error and {
        "kind": str(error.kind),
        "message": error.message,
        "suggestions": error.suggestions,
    }
    return write_json({**answer.fields, "error": described}) + "\n"


def _warn(names: list[str]) -> None:
    shown = ", ".join(map(quote, names[:_MOST_NAMES]))
    others = " and others" if len(names) > _MOST_NAMES else ""
    say(f"warning: fields that are not known were ignored: {shown}{others}")

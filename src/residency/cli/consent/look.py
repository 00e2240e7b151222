"""``residency consent list`` and ``show``: what the ledger holds."""

from __future__ import annotations

from datetime import datetime

import click

from residency.cli.consent.options import at_option, now, required_ledger_option
from residency.cli.jsonlines import write_json
from residency.consent import histories, open_ledger
from residency.consent.codec import event_to_json

__all__ = ["list_", "show"]


@click.command("list")
@required_ledger_option
@at_option
@click.argument("account")
def list_(ledger_url: str, account: str, at: datetime | None) -> int:
    """List the consents of ACCOUNT, one a line, each with its validity at a moment."""
    moment = at or now()
    for history in histories(open_ledger(ledger_url).events(account)):
        periods = sorted(history.periods, key=lambda period: period[0])
        fields = {
            "record_id": history.record_id,
            "validity": str(history.validity(moment)),
            "valid_from": periods[0][0].isoformat() if periods else None,
            "valid_until": str(periods[-1][1] or "") or None if periods else None,
            "services": sorted({each for record in history.records for each in record.solutions}),
            "source_location": sorted({record.source_zone for record in history.records}),
            "storage_locations": sorted(
                {each for record in history.records for each in record.destination_zones}
            ),
        }
        click.echo(write_json(fields))
    return 0


@click.command
@required_ledger_option
@click.argument("record_id", metavar="RECORD")
def show(ledger_url: str, record_id: str) -> int:
    """Show every event of the consent RECORD, one a line, in order."""
    events = open_ledger(ledger_url).history(record_id)
    for event in sorted(events, key=lambda event: event.event_time):
        click.echo(write_json(event_to_json(event)))
    return 0

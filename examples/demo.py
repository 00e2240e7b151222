"""Place a file of sign-ups, keep their files in one folder per zone, and guard every copy.

Run it with ``make demo``, or with ``python examples/demo.py --output FOLDER``.
"""

import argparse
import csv
import shutil
import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

from residency import (
    Account,
    ConsentRecord,
    Designation,
    Guard,
    ResidencyError,
    Router,
    TransferBlocked,
    explain,
    load_policy,
    open_ledger,
)
from residency.consent import Expression, PartyRole
from residency.consent.sql import create_ledger

SIGN_UPS = Path(__file__).with_name("sign-ups.csv")
USUAL_SOLUTION = "xm-fax"
MARK = ".residency-demo"  # so that no folder but one of ours is ever emptied


def main() -> int:
    """Run the demonstration; return 0 if everything went as it says."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--output", type=Path, default=Path("demo-output"), metavar="FOLDER")
    folder: Path = options.parse_args().output
    prepare(folder)

    url = f"sqlite:///{folder / 'consents.db'}"
    create_ledger(url)
    ledger = open_ledger(url)
    guard = Guard(Router(load_policy("xmedius")), ledger)
    for zone in guard.router.policy.zones:
        (folder / zone).mkdir()

    print(f"1. Place the sign-ups of {SIGN_UPS.name}, each into the folder of its zone.\n")
    designations = place(guard, folder)

    print("\n2. Copy the files of a German customer to the USA.\n")
    german = next(each for each in designations if each.placement.territory == "DE")
    require(not copied(guard, german, folder, to="US"), "the copy is blocked")

    print("\n3. The customer gives explicit consent; copy again.\n")
    record = consent(german, to="US")
    ledger.give(record)
    require(copied(guard, german, folder, to="US"), "the copy is permitted")
    require(not copied(guard, german, folder, to="CA"), "and no other copy is")

    print("\n4. The customer withdraws the consent; delete the copy and try once more.\n")
    ledger.withdraw(record.record_id, reason="the customer changed their mind")
    path(folder, "US", german).unlink()
    require(not copied(guard, german, folder, to="US"), "the copy is blocked again")

    print(f"\nAll went as promised. Look into {folder}.")
    return 0


def prepare(folder: Path) -> None:
    """Make the output folder, or empty the one that an earlier run left."""
    if (folder / MARK).exists():
        shutil.rmtree(folder)
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        sys.exit(f"{folder} exists and is no output of this program: name another folder")
    (folder / MARK).touch()


def place(guard: Guard, folder: Path) -> list[Designation]:
    """Place every sign-up; write the placed into their zones and the refused into a list."""
    designations: list[Designation] = []
    refused: list[tuple[str, str]] = []
    with SIGN_UPS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                account = Account(
                    row["id"],
                    row["setup_country"],
                    row["order_entity"],
                    setup_date=date.fromisoformat(row["setup_date"]),
                )
                designation = guard.designate(account, row["solution"] or USUAL_SOLUTION)
            except (ResidencyError, ValueError) as error:
                refused.append((row["id"], str(error)))
            else:
                store(guard, designation, folder)
                designations.append(designation)
    with (folder / "refused.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "why"), *refused])

    print(f"{len(designations)} are placed, {len(refused)} are refused: no default zone is taken.")
    counted = Counter((each.placement.zone, each.placement.clause) for each in designations)
    for (zone, clause), number in sorted(counted.items()):
        print(f"  {number:4} in {zone:6} by {clause}")
    for account_id, why in refused[:3]:
        print(f"  {account_id} is refused: {why}")
    print(f"  … and {len(refused) - 3} more, in {folder / 'refused.csv'}")
    require(
        sum(len(each.placement.zones) for each in designations) == len(list(folder.glob("*/*"))),
        "there is one file in each designated zone of each account",
    )
    return designations


def store(guard: Guard, designation: Designation, folder: Path) -> None:
    """Write an account's file into each of its designated zones."""
    for zone in designation.placement.zones:
        guard.enforce(designation, to=f"zone:{zone}")
        path(folder, zone, designation).write_text(designation.to_json() + "\n", encoding="utf-8")


def path(folder: Path, zone: str, designation: Designation) -> Path:
    """Return where the file of an account lies in a zone."""
    return folder / zone / f"{designation.account}.json"


def copied(guard: Guard, designation: Designation, folder: Path, *, to: str) -> bool:
    """Copy an account's file to another zone if that is permitted; say what was decided."""
    source = path(folder, designation.placement.zone, designation)
    target = path(folder, to, designation)
    try:
        decision = guard.enforce(designation, to=f"zone:{to}")
    except TransferBlocked as blocked:
        decision = blocked.decision
    else:
        shutil.copyfile(source, target)
    print(f"{'PERMITTED' if decision.permitted else 'BLOCKED'}: {source} to {target}")
    print("  " + explain(decision).replace("\n", "\n  "))
    require(target.exists() is decision.permitted, "the file is there only if that is permitted")
    return decision.permitted


def consent(designation: Designation, *, to: str) -> ConsentRecord:
    """Return the consent that the customer gives: this solution's data, to this zone alone."""
    return ConsentRecord(
        record_id="consent-1",
        account=designation.account,
        controller="XMedius Solutions Inc.",
        privacy_notice="2020-11-01",
        solutions=frozenset({designation.placement.solution}),
        categories=frozenset({"*"}),
        purposes=frozenset({"*"}),
        source_zone=designation.placement.zone,
        destination_zones=frozenset({to}),
        event_time=datetime.now(UTC),
        expression=Expression.EXPLICIT,
        party_name="the account's administrator",
        party_role=PartyRole.ADMINISTRATOR,
        method="web form",
    )


def require(holds: bool, promise: str) -> None:  # noqa: FBT001 - a promise and whether it holds
    """Stop with an error if a promise does not hold."""
    if not holds:
        sys.exit(f"broken promise: {promise}")


if __name__ == "__main__":
    sys.exit(main())

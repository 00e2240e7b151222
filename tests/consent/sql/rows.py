"""The rows of a ledger as somebody sees and changes them who goes round the library."""

from sqlalchemy import create_engine, text


def change(url: str, *statements: str, **values: object) -> None:
    """Run statements behind the library's back."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), values)
    engine.dispose()


def row_at(url: str, position: int) -> dict[str, object]:
    """Return the event at a position, column by column."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        query = text("SELECT * FROM residency_event WHERE position = :p")
        held = dict(connection.execute(query, {"p": position}).mappings().one())
    engine.dispose()
    return held

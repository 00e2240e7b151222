"""Receipts of decisions: written off the hot path, chained by hash, decided again offline."""

from residency.receipts.chain import GENESIS, Damage, Link, ReceiptHead, link_of, read_chain
from residency.receipts.pseudonyms import Pseudonyms
from residency.receipts.receipt import RECEIPT_FORMAT, receipt_of
from residency.receipts.replay import Agreed, Replay, replay
from residency.receipts.writer import ReceiptWriter

__all__ = [
    "GENESIS",
    "RECEIPT_FORMAT",
    "Agreed",
    "Damage",
    "Link",
    "Pseudonyms",
    "ReceiptHead",
    "ReceiptWriter",
    "Replay",
    "link_of",
    "read_chain",
    "receipt_of",
    "replay",
]

"""Check a ledger after docs/ledger-format.md alone: chain, numbering, postings, every porsi series, corrections.

python docs/audit.py DIR    exit 0: everything holds; exit 1: the first entry that does not is printed with its number
"""
# ruff: noqa: INP001, T201, BLE001 - an auditor's script: no package, prints, and takes any error for a finding

import sys
from hashlib import sha256

import lmdb
import msgpack


def check(holds: bool, reason: str) -> None:
    if not holds:
        raise ValueError(reason)


def audit(path: str) -> int:
    seq, before, series, persons, deposits = 0, bytes(32), {}, set(), {}
    try:
        env = lmdb.open(f"{path}/journal", readonly=True, create=False, max_dbs=2, map_size=1 << 36)
        with env.begin(db=env.open_db(b"entries", create=False)) as txn:
            for seq, (key, body) in enumerate(txn.cursor(), 1):
                row = msgpack.unpackb(body)
                check(int.from_bytes(key, "big") == row[1] == seq, f"numbered {row[1]}")
                check(row[2] == before, f"the chain is broken: entry {seq - 1} was changed, or this one")
                for currency in {posting[2] for posting in row[14]}:
                    check(sum(line[3] for line in row[14] if line[2] == currency) == 0, "debit is not credit")
                if row[3] == "STA":
                    porsi, form, identitas = row[13][:3]
                    series[porsi[:2]] = series.get(porsi[:2], 0) + 1
                    check(porsi == f"{porsi[:2]}{series[porsi[:2]]:08d}", f"porsi {porsi} is not the next")
                    check(identitas not in persons, f"the person of porsi {porsi} has another")
                    persons.add(identitas)
                    deposits[porsi] = [porsi, form, *row[13][2:4], seq, row[5:8], sorted(row[14])]
                elif row[3] in ("KOR", "BTP"):
                    back, facts = sorted([*line[:3], -line[3]] for line in row[14]), row[13]
                    of = row[5:8] if row[3] == "KOR" else [facts[7], facts[5], facts[6]]
                    check(deposits.pop(facts[0], 0) == [*facts[:5], of, back], "reverses no deposit like it")
                    check(row[11] not in ("", row[10]), "nobody else signed")
                    persons.remove(row[13][2])
                before = sha256(body).digest()
        check(seq > 0, "there is none")
    except Exception as error:
        print(f"entry {seq}: {str(error) or type(error).__name__}")
        return 1
    print(f"{seq} entries, head {before.hex()}, porsi {series}: everything holds")
    return 0


if __name__ == "__main__":
    sys.exit(audit(sys.argv[1]) if len(sys.argv) == 2 else __doc__)

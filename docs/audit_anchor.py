"""Check that a ledger still contains the day of an anchor, after docs/ledger-format.md alone.

python docs/audit_anchor.py DIR HARI.json KEY    KEY: the host's public key, 64 hex digits, from anywhere but DIR
exit 0: that day is there, and all the rest is chained on it; 1: the first entry that does not hold is printed;
2: nothing could be checked (InvalidSignature: altered, or not signed by that key)
"""
# ruff: noqa: INP001, T201, BLE001 - an auditor's script: no package, prints, and takes any error for a finding

import json
import sys
from hashlib import sha256
from pathlib import Path

import lmdb
import msgpack
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FACTS = ("seq_awal", "seq_akhir", "jumlah", "terbuka", "belum", "silang")


def check(holds: bool, reason: str) -> None:
    if not holds:
        raise ValueError(reason)


def audit(path: str, file: str, key: str) -> int:
    seq, before, places, sums = 0, bytes(32), {("DEP", "0000"): "31"}, {}
    try:
        signed, mark, rest = Path(file).read_bytes().rpartition(b',\n"tanda_tangan":"')
        signature = bytes.fromhex(rest[:128].decode())
        check(bool(mark) and rest == signature.hex().encode() + b'"\n}\n', "its end is not as it was written")
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, signed)
        anchor = json.loads(signed + b"}")
        known = {anchor[f"seq_{at}"]: anchor[f"hash_{at}"] for at in ("awal", "akhir", "tutup")}
        env = lmdb.open(f"{path}/journal", readonly=True, create=False, max_dbs=2, map_size=1 << 36)
        with env.begin(db=env.open_db(b"entries", create=False)) as txn:
            for seq, (key_, body) in enumerate(txn.cursor(), 1):
                row = msgpack.unpackb(body)
                check(int.from_bytes(key_, "big") == row[1] == seq and row[2] == before, "the chain is broken here")
                before = sha256(body).digest()
                check(known.get(seq, before.hex()) == before.hex(), "not the entry that the anchor knows")
                if row[3] in ("CAB", "KDP"):
                    place = row[13][:2] if row[3] == "CAB" else ["DEP", row[13][0]]
                    places[tuple(place)] = row[13][4 if row[3] == "CAB" else 2]
                if anchor["seq_awal"] <= seq <= anchor["seq_akhir"]:
                    for _, _, currency, amount in row[14] or [("", "", "-", 0)]:
                        if amount >= 0:
                            total = sums.setdefault((row[3], row[6], places[row[6], row[7]], currency), [0, 0])
                            total[:] = total[0] + 1, total[1] + amount
                if seq == anchor["seq_tutup"]:
                    said = [anchor[at] for at in FACTS]
                    check(row[13][1:7] == said, "it says otherwise")
        check(seq >= anchor["seq_tutup"], f"the ledger ends here, before entry {anchor['seq_tutup']}")
        check(
            sorted([*at, *total] for at, total in sums.items()) == sorted(anchor["jumlah"]), "totals are not the sums"
        )
    except Exception as error:
        print(f"{f'entry {seq}' if seq else 'anchor'}: {str(error) or type(error).__name__}")
        return 1 if seq else 2
    print(f"day {anchor['hari']} is in this ledger: entries {min(known)} to {max(known)} of {seq}, head {before.hex()}")
    return 0


if __name__ == "__main__":
    sys.exit(audit(*sys.argv[1:]) if len(sys.argv) == 4 else __doc__)

"""Which moves name a clause."""

from beehive_spec.citing import Citing, citing_moves
from beehive_spec.rules import RULES, Move


def test_each_clause_has_the_moves_that_name_it() -> None:
    rules = {
        ("send", "start"): (Move("find", lambda *_: iter(()), (), ("X-1",)),),
        ("send", "put"): (
            Move("put", lambda *_: iter(()), (), ("X-1", "X-2")),
            Move("wait", lambda *_: iter(()), (), ()),
        ),
    }
    assert citing_moves(rules) == {
        "X-1": (Citing("send", "start", "find"), Citing("send", "put", "put")),
        "X-2": (Citing("send", "put", "put"),),
    }


def test_a_move_is_named_by_its_operation_its_place_and_its_name() -> None:
    assert "send_sync/await: time out" in map(str, citing_moves(RULES)["SYNC-4"])

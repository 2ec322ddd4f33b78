"""Which moves cite a clause, and what is drawn from a sentence."""

from beehive_spec.chapters import chapters, read_chapter
from beehive_spec.rules import RULES, Move
from beehive_spec.traceability import CitingMove, citing_moves, drawn_from


def test_each_clause_has_the_moves_that_cite_it() -> None:
    rules = {
        ("send", "start"): (Move("find module", lambda *_: iter(()), (), ("X-1",)),),
        ("send", "put"): (
            Move("put", lambda *_: iter(()), (), ("X-1", "X-2")),
            Move("wait", lambda *_: iter(()), (), ()),
        ),
    }
    assert citing_moves(rules) == {
        "X-1": (CitingMove("send", "start", "find module"), CitingMove("send", "put", "put")),
        "X-2": (CitingMove("send", "put", "put"),),
    }


def test_a_move_is_named_by_its_operation_its_place_and_its_name() -> None:
    assert "send_sync/await: time out" in map(str, citing_moves(RULES)["SYNC-4"])


TEXT = """# Title

## Clauses

### X-1
One sentence.
- source: send 2 (8ac22fff4e64), send 1 (e7ef50dbed66)
- sure: stated
- tested: scenarios

## Disputes

### D-1
They differ.
- source: send 1 (e7ef50dbed66), overview 1 (ef689b9a4a7b)

## Descriptive

- send 3 (5da3b0e81b0f): an example.
"""


def test_sentences_stand_in_the_order_of_the_documents_with_what_is_drawn_from_each() -> None:
    assert [(str(source), names) for source, names in drawn_from([read_chapter(TEXT, "x.md")]).items()] == [
        ("overview 1", ("D-1",)),
        ("send 1", ("X-1", "D-1")),
        ("send 2", ("X-1",)),
        ("send 3", ()),
    ]


def test_a_sentence_from_which_something_is_drawn_is_not_called_descriptive() -> None:
    drawn = drawn_from(chapters())
    descriptive = {source for chapter in chapters() for each in chapter.descriptive for source in each.sources}
    assert {str(source): names for source, names in drawn.items() if names and source in descriptive} == {}

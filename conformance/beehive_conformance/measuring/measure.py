"""Measures the answers of a target: one by one with probes, then all of them with other programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from beehive_spec.answers import UNBOUNDED, Answers
from beehive_spec.rules import RULES

from beehive_conformance.checking.judge import with_overlays
from beehive_conformance.deviations.ambiguity import Ambiguity, AmbiguityReason
from beehive_conformance.deviations.baselines import DEFAULT_ANSWERS
from beehive_conformance.deviations.overlay import Overlay
from beehive_conformance.generation.random_programs import LENGTH, random_programs
from beehive_conformance.judging.signature import Signature, signature_of
from beehive_conformance.measuring.joint import Repair
from beehive_conformance.measuring.observations import Item, Observations
from beehive_conformance.measuring.pairs import pair_programs
from beehive_conformance.measuring.separations import WIDER, Separations
from beehive_conformance.measuring.single import Prober, probes_of
from beehive_conformance.programs.capability import Capability
from beehive_conformance.programs.program import Program, needed
from beehive_conformance.scenarios.scenario import load_scenarios
from beehive_conformance.shrinking.passes import size
from beehive_conformance.targets.target import Target

MAX_PASSES = 4
"""How often all questions are measured one by one, as long as something changes."""
MAX_ROUNDS = 12
"""How often the answers are changed after all programs have run, as long as something changes."""
RANDOM_PROGRAMS = 500
"""The number of random programs that the measured answers have to allow."""
SEED = 20_261_130
"""The seed of these programs: other ones than those that judge a target by default."""
PAIR_RUNS = 5
"""How often each pair of operations runs: two answers may differ in one of several orders of a race."""
TRIES_PER_SIGNATURE = 3
"""The number of runs with one failure signature that a repair is tried for."""

LIMITLESS = frozenset({UNBOUNDED, "forever", "at_timeout"})
"""Answers that cannot be distinguished from a number above the largest one that is searched for."""

Notify = Callable[[str], None]
"""Called with a few words on what is being done."""


class Measured(NamedTuple):
    """The answer to one question, and how it was found.

    `answer` is None if no allowed answer fits what was seen: then it is unexplained, and `refuting` is the program
    that showed it. `ambiguity` are other answers that fit as well. `probes` are the programs that were run. `least`
    is set where a number was searched for and not found: if there is such a number, it is at least this large.
    `is_asked` is False where the target lacks what a probe would need; then the answer says nothing.
    """

    question: str
    answer: str | int | None
    ambiguity: tuple[Ambiguity, ...]
    probes: tuple[Program, ...]
    least: int | None = None
    refuting: Program | None = None
    is_asked: bool = True


class Unexplained(NamedTuple):
    """Programs that no answers explain: their failure signature, the number of runs, and the smallest program.

    `read` are the questions on whose answers it depended whether the program is allowed.
    """

    signature: Signature
    runs: int
    program: Program
    read: tuple[str, ...]


class Measurement(NamedTuple):
    """The answers of one target, how each was found, and what they do not explain.

    `programs` is the number of programs, other than probes, that ran under all the answers together.
    """

    answers: Answers
    table: tuple[Measured, ...]
    unexplained: tuple[Unexplained, ...] = ()
    programs: int = 0

    @property
    def outside(self) -> tuple[Measured, ...]:
        """The questions for which no allowed answer fits what was seen."""
        return tuple(measured for measured in self.table if measured.answer is None)


def measure(
    target: Target,
    overlays: Sequence[Overlay] = (),
    asked: Sequence[str] = Answers._fields,
    guess: Answers = DEFAULT_ANSWERS,
    notice: Notify = lambda _: None,
    programs: int = RANDOM_PROGRAMS,
) -> Measurement:
    """Return the answers that allow what a target does, and the widest ones where several do.

    `overlays` are deviations that the target is known to have. `asked` are the questions to measure; all others have
    the answers of `guess`, with which the search begins. The scenarios, the pairs of operations and `programs` random
    programs run under the result, none of them if `programs` is 0. `notice` is called with the progress. Raises
    TargetError if the target cannot be used.
    """
    measurer = _Measurer(target, overlays, asked, guess, notice)
    measurer.one_by_one()
    measurer.together(programs)
    return measurer.measurement()


class _Measurer:
    def __init__(
        self, target: Target, overlays: Sequence[Overlay], asked: Sequence[str], guess: Answers, notice: Notify
    ) -> None:
        self._target = target
        shows_fields = Capability.FIELDS in target.capabilities
        self._separations = Separations(with_overlays(overlays), shows_fields)
        self._faultless = Separations(RULES, shows_fields) if overlays else self._separations
        self._evidence = Observations(self._separations, Capability.LOGS in target.capabilities)
        self._prober = Prober(target, self._evidence, self._separations)
        self._repairs = Repair(self._evidence, self._prober)
        self._asked = tuple(asked)
        self._notice = notice
        self._answers = guess
        self._fitting: dict[str, tuple[str | int, ...]] = {}
        self._excused: dict[int, Item] = {}
        self._programs = 0

    def one_by_one(self) -> None:
        """Measure each question under the answers to the others, until nothing changes."""
        for number in range(1, MAX_PASSES + 1):
            before = self._answers
            for place, name in enumerate(self._asked, 1):
                self._notice(f"probes, pass {number}: {name} ({place} of {len(self._asked)})")
                self._answers = self._prober.measure(self._answers, name)
            if self._answers == before:
                return

    def together(self, programs: int) -> None:
        """Find answers that allow everything, and the widest of those that nothing distinguishes."""
        for name in set(Answers._fields) - set(self._asked):
            self._prober.candidates[name] = (getattr(self._answers, name),)
        self._run(programs)
        self._take_wider()
        for number in range(1, MAX_ROUNDS + 1):
            self._notice(f"all answers together, round {number}")
            before, seen = self._answers, len(self._evidence.items)
            self._repair()
            self._narrow()
            if len(self._evidence.items) == seen:
                self._widen()
                if self._answers == before:
                    return

    def measurement(self) -> Measurement:
        """Return the result."""
        table = tuple(self._measured(name) for name in self._asked)
        return Measurement(self._answers, table, tuple(self._unexplained()), self._programs)

    def _run(self, count: int) -> None:
        capabilities = self._target.capabilities
        cases = [each.program for each in load_scenarios()] if count else []
        cases += PAIR_RUNS * [*pair_programs(self._answers)] if count else []
        drawn = random_programs(SEED, count, LENGTH, self._answers.bound, off_bus=capabilities)
        programs = [each for each in (*cases, *drawn) if needed(each) <= capabilities]
        self._programs = len(programs)
        for number, (program, history) in enumerate(self._target.run(programs)):
            if number % 50 == 0:
                self._notice(f"scenarios, pairs of operations and random programs: {number} of {len(programs)}")
            self._evidence.add(program, history)

    @property
    def _items(self) -> tuple[Item, ...]:
        return tuple(each for each in self._evidence.items if each.number not in self._excused)

    def _repair(self) -> None:
        """Change answers until they allow everything, apart from what no answers explain."""
        tried: Counter[Signature] = Counter()
        while refuted := sorted(self._evidence.refuted(self._answers, self._items), key=_by_size):
            first = refuted[0]
            signature = self._signature(first)
            self._notice(f"{len(refuted)} programs do not fit: changing answers together")
            better = None
            if tried[signature] < TRIES_PER_SIGNATURE:
                tried[signature] += 1
                better = self._repairs.explained(self._answers, refuted, self._items)
            if better is None:
                self._excused[first.number] = first
            else:
                self._answers = better
                # What nothing explained before may be explained now.
                self._excused.clear()
                tried.clear()

    def _narrow(self) -> None:
        """Run probes wherever several answers fit everything that was seen."""
        items = self._items
        for name in self._asked:
            candidates = self._prober.candidates[name]
            fitting = tuple(each for each in candidates if self._allows(name, each, items))
            if len(fitting) > 1:
                fitting = self._prober.narrowed(self._answers, name, fitting)
            self._fitting[name] = fitting

    def _take_wider(self) -> None:
        """Take the answers that allow more than the present ones, whatever the other answers are."""
        for name, pairs in WIDER.items():
            for wider, narrower in pairs:
                if getattr(self._answers, name) == narrower and wider in self._prober.candidates[name]:
                    self._answers = self._answers.with_answers({name: wider})

    def _widen(self) -> None:
        """Take the answers that allow more than the present ones and fit what was seen as well."""
        for name in self._asked:
            given = getattr(self._answers, name)
            for other in self._fitting[name]:
                if other != given and self._separations.is_wider(self._answers, name, other, given):
                    given = other
            self._answers = self._answers.with_answers({name: given})

    def _allows(self, question: str, answer: str | int, items: Sequence[Item]) -> bool:
        return self._evidence.allows(self._answers.with_answers({question: answer}), items)

    def _fits_together(self, question: str, answer: str | int) -> bool:
        changed = self._answers.with_answers({question: answer})
        return self._repairs.with_another(changed, question, self._items) is not None

    def _signature(self, item: Item) -> Signature:
        difference = self._evidence.walked(item, self._answers).difference
        assert difference is not None, "an item that is refuted differs somewhere"
        return signature_of(item.program, difference)

    def _measured(self, question: str) -> Measured:
        given = getattr(self._answers, question)
        if not self._prober.can_ask(question):
            return Measured(question, given, (), (), is_asked=False)
        runs = tuple(probes_of(question, self._evidence.items))
        probes = tuple(dict.fromkeys(each.program for each in runs))
        own = next((each for each in runs if each.number in self._excused), None)
        candidates = self._prober.candidates[question]
        if own is not None and not any(self._allows(question, each, (own,)) for each in candidates):
            return Measured(question, None, (), probes, refuting=own.program)
        fitting = self._fitting[question]
        others = (other for other in fitting if other != given)
        ambiguity = (
            *(Ambiguity(other, self._why(question, given, other)) for other in others),
            *(
                Ambiguity(other, AmbiguityReason.TOGETHER)
                for other in candidates
                if other not in fitting and self._fits_together(question, other)
            ),
        )
        has_numbers = given in LIMITLESS or any(isinstance(each.answer, int) for each in ambiguity)
        least = self._prober.least.get(question) if has_numbers else None
        return Measured(question, given, ambiguity, probes, least)

    def _why(self, question: str, answer: str | int, other: str | int) -> AmbiguityReason:
        found = self._separations.between(self._answers, question, answer, other)
        without = self._faultless.between(self._answers, question, answer, other)
        if without is not None and (found is None or without.strength is not found.strength):
            return AmbiguityReason.FAULT
        return AmbiguityReason.ANSWERS if found is None else AmbiguityReason.CHANCE

    def _unexplained(self) -> Iterator[Unexplained]:
        found: dict[Signature, list[Item]] = {}
        for item in self._excused.values():
            found.setdefault(self._signature(item), []).append(item)
        for signature, items in sorted(found.items()):
            smallest = min(items, key=_by_size)
            read = tuple(self._evidence.walked(smallest, self._answers).read)
            yield Unexplained(signature, len(items), smallest.program, read)


def _by_size(item: Item) -> tuple[tuple[int, ...], int]:
    return tuple(size(item.program)), item.number

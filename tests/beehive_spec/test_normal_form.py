"""The normal form of states, and what is left when a step has settled, along random walks."""

from random import Random

import pytest
from beehive_spec.answers import Answers
from beehive_spec.model import Model, moves
from beehive_spec.normal_form import live_tags, normal
from beehive_spec.state import INITIAL, NOBODY
from beehive_spec.vocabulary import (
    AddModule,
    AddModuleGroup,
    CleanUp,
    Receive,
    Send,
    SendResp,
    SendSync,
    SendToGroup,
    SendToGroupSync,
    Sleep,
)

ANSWERS = (
    Answers(),
    Answers(capacity=1, broadcast_full="handed_over", sync_late="left", group_sync_look=20),
    Answers(capacity=1, sync_put="left", group_sync_put="left", group_sync_look="at_timeout", empty_group="kept"),
    Answers(receive_unknown="waits", group_sync_count="at_response", add_again="replaced", sync_order="put_first"),
)
LENGTH = 30


def operation(random):
    module, request, client = random.choice("ab"), random.choice(("m1", "m2")), random.choice(("", "", "c"))
    return random.choice(
        (
            AddModule(module=module, client=client),
            AddModuleGroup(module=module, group="g", client=client),
            CleanUp(module=module, client=client),
            Send(module=module, id=request, client=client),
            SendToGroup(group="g", id=request, client=client),
            Receive(module=module, client=client),
            SendSync(module=module, id=request, timeout=random.choice((0, 30, 100)), client=client),
            SendToGroupSync(group="g", id=request, timeout=random.choice((0, 30, 100)), client=client),
            SendResp(parent=request, client=client),
            Sleep(ms=random.choice((0, 20)), client=client),
        )
    )


def settled_along(answers, seed):
    """Yield each model state that a step may end in, with the state from which the step began."""
    random = Random(seed)
    model, before = Model(answers), INITIAL
    yielded = 0
    for _ in range(LENGTH):
        if random.random() < 0.25:
            ended = model.elapse((before,), random.choice((1, 20, 70, 100)))
        else:
            state = before
            for _ in range(random.choice((1, 1, 2))):
                tag = min(set(range(100)) - live_tags(state))
                state = model.start(state, operation(random), tag)
            ended = model.settle((state,))
        for after in ended:
            yielded += 1
            yield model, before, after
        before = normal(random.choice(sorted(ended, key=repr)))[1]
    assert yielded >= LENGTH


walks = pytest.mark.parametrize("seed", range(25))
under_answers = pytest.mark.parametrize("answers", ANSWERS, ids=range(len(ANSWERS)))


@walks
@under_answers
def test_no_move_is_left_in_a_settled_state(answers, seed):
    for model, _, after in settled_along(answers, seed):
        assert not moves(model, after)


@walks
@under_answers
def test_the_state_before_a_step_makes_no_difference_to_the_normal_form(answers, seed):
    for _, before, after in settled_along(answers, seed):
        assert normal(after, before) == normal(after)


@walks
@under_answers
def test_the_normal_form_of_a_normal_form_is_itself(answers, seed):
    for _, _, after in settled_along(answers, seed):
        _, once = normal(after)
        observation, twice = normal(once)
        assert twice == once
        assert not observation.returned


@walks
@under_answers
def test_every_process_that_waits_at_a_channel_exists(answers, seed):
    for _, _, after in settled_along(answers, seed):
        _, state = normal(after)
        there = range(len(state.processes))
        for channel in state.pool:
            waiting = (*channel.receivers, *(pid for pid, _ in channel.senders if pid != NOBODY))
            assert set(waiting) <= set(there)

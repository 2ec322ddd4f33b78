"""The rules of the model: one table from operation and place to moves."""

from beehive_spec.rules.broadcasts import BROADCAST_RULES
from beehive_spec.rules.group_requests import GROUP_REQUEST_RULES
from beehive_spec.rules.making import MAKING_RULES
from beehive_spec.rules.messages import MESSAGE_RULES
from beehive_spec.rules.modules import MODULE_RULES
from beehive_spec.rules.move import PASSIVE, Move, OperationT, Rule, Rules, rules_for
from beehive_spec.rules.registration import REGISTRATION_RULES
from beehive_spec.rules.requests import REQUEST_RULES
from beehive_spec.rules.responses import RESPONSE_RULES
from beehive_spec.rules.turn import Turn

RULES: Rules = {
    **MODULE_RULES,
    **MESSAGE_RULES,
    **BROADCAST_RULES,
    **REQUEST_RULES,
    **RESPONSE_RULES,
    **GROUP_REQUEST_RULES,
    **MAKING_RULES,
    **REGISTRATION_RULES,
}

__all__ = ["PASSIVE", "RULES", "Move", "OperationT", "Rule", "Rules", "Turn", "rules_for"]

----------------------------- MODULE Behaviours -----------------------------
(* Prints what may be observed of every program: the operations that have returned, in which step and after how many *)
(* milliseconds, with their outcomes; the steps in which something was logged; and the keys of the maps at the end.   *)
EXTENDS Beehive

Observed(i) ==
  IF At(i, "done") THEN <<proc[i].step, proc[i].ms, proc[i].out[1], proc[i].out[2]>> ELSE <<>>
Observation ==
  <<family.name, steps, [i \in DOMAIN proc |-> Observed(i)], {<<k, Answers.response_logged>> : k \in logged},
    <<DOMAIN channels, {<<g, DOMAIN groups[g]>> : g \in DOMAIN groups}, DOMAIN anon>>>>
Report == StepIsOver /\ Len(steps) > Len(family.preamble) => PrintT(ToString(Observation))
=============================================================================

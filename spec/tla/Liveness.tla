------------------------------ MODULE Liveness ------------------------------
(* What happens in the end, if the operations go on, time passes, and somebody receives what is sent. When a program *)
(* is over, a receive comes for every send that waits, and then `Enough` milliseconds pass.                          *)
EXTENDS Properties

CONSTANT Enough

Over == StepIsOver /\ Choices = {}
Waiting == {m \in DOMAIN channels : chan[channels[m]].writers # <<>>}
Come ==
  /\ Over /\ Waiting # {}
  /\ ops' = Append(ops, [op |-> "receive", module |-> CHOOSE m \in Waiting : TRUE, group |-> "", id |-> "", parent |-> "",
                         client |-> "", timeout |-> 0])
  /\ proc' = Append(proc, Fresh)
  /\ begun' = now
  /\ UNCHANGED <<bus, now, until, steps, family, logged>>
Pass ==
  /\ Over /\ Waiting = {} /\ now < Enough
  /\ until' = Enough /\ begun' = now
  /\ UNCHANGED <<bus, now, ops, proc, steps, family, logged>>

Live ==
  /\ Init /\ [][Next \/ Come \/ Pass]_vars
  /\ WF_vars(Operate) /\ WF_vars(Tick) /\ WF_vars(Begin) /\ WF_vars(Come) /\ WF_vars(Pass)

(* Nothing begins any more in the end, so "from some time on all have ended" says that each one ends. *)
AllEnded(kinds) == \A i \in DOMAIN proc : Kind(i) \in kinds => At(i, "done")
(* SYNC-4, GSYNC-5; not where an answer says that a timeout has no limit. *)
CallsEnd == <>[](\A i \in DOMAIN proc : (Calls(i) /\ Limit(i) # Unlimited) => At(i, "done"))
(* SEND-1, BCAST-4, CLEAN-5 *)
SendsEnd == <>[]AllEnded({"send", "send_to_group"})
(* OVER-5 *)
NothingElseWaits == <>[]AllEnded({"add_module", "add_module_group", "clean_up"})
(* The moves within an instant end. *)
MovesEnd == []<>Settled
=============================================================================

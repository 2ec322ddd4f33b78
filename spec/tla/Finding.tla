------------------------------- MODULE Finding --------------------------------
EXTENDS Modules

(* Timeouts: sync_zero, sync_negative, group_sync_zero, group_sync_negative *)

Meaning(i) ==
  IF ops[i].timeout > 0 THEN "limit"
  ELSE IF ops[i].timeout = 0 THEN IF ToGroup(i) THEN Answers.group_sync_zero ELSE Answers.sync_zero
  ELSE IF ToGroup(i) THEN Answers.group_sync_negative ELSE Answers.sync_negative
Number(i) ==
  IF ops[i].timeout = 0 THEN IF ToGroup(i) THEN Answers.group_sync_zero_ms ELSE Answers.sync_zero_ms
  ELSE IF ToGroup(i) THEN Answers.group_sync_negative_ms ELSE Answers.sync_negative_ms
Limit(i) ==
  CASE Meaning(i) = "limit" -> ops[i].timeout
    [] Meaning(i) = "number" -> Number(i)
    [] Meaning(i) = "forever" -> Unlimited
    [] OTHER -> 0
TimeIsOver(i) == Calls(i) /\ Meaning(i) = "at_once"
FromNow(i) == IF Limit(i) = Unlimited THEN Never ELSE now + Limit(i)
Timer(i) == IF ToGroup(i) THEN Answers.group_sync_timer ELSE Answers.sync_timer

Due(i) ==
  \/ proc[i].deadline # Never /\ proc[i].deadline <= now
  \/ \E c \in DOMAIN proc[i].wait : proc[i].wait[c] # Never /\ proc[i].wait[c] <= now

(* Reasons to fail that do not depend on the state of the bus; sync_negative and so on, empty_id. *)
Refusals(i) ==
  (CASE Meaning(i) = "unsent" -> {"timeout"} [] Meaning(i) = "refused" -> {"other"} [] OTHER -> {})
  \cup (IF ops[i].id = "" /\ Answers.empty_id = "refused" THEN {"other"} ELSE {})
(* sync_same_id: a reason to fail that may be looked up at any time before the id is entered. *)
InUse(i) == ops[i].id \in DOMAIN anon /\ Answers.sync_same_id = "refused"

(* Unspecified: which error of several reasons. A time that is over at once is a reason as well. *)
Fails(i, kinds) ==
  \E kind \in kinds \cup (IF TimeIsOver(i) THEN {"timeout"} ELSE {}) :
    /\ Step(i, Finish(Nothing(proc[i]), Error(kind)))
    /\ chan' = TakenBack(chan, i)

-------------------------------------------------------------------------------
(* Looking up the module or the group *)

PutAt(i, targets) == [proc[i] EXCEPT !.at = "put", !.todo = targets, !.targets = targets]

(* send-1, SEND-1; send_unknown *)
FindForSend(i) ==
  /\ Starts(i, "send")
  /\ IF ops[i].module \in DOMAIN channels THEN Step(i, PutAt(i, {channels[ops[i].module]}))
     ELSE Step(i, Done(proc[i], IF Answers.send_unknown = "ignored" THEN Returned ELSE Error("unknown_module")))
  /\ UNCHANGED <<bus, logged, clock>>

(* BCAST-1, BCAST-2, BCAST-4: the modules that the group has when it is read; broadcast_unknown, broadcast_empty *)
ReadGroup(i) ==
  /\ Starts(i, "send_to_group")
  /\ LET g == ops[i].group IN
     IF g \notin DOMAIN groups
     THEN Step(i, Done(proc[i], IF Answers.broadcast_unknown = "ignored" THEN Returned ELSE Error("unknown_group")))
     ELSE IF DOMAIN groups[g] = {}
     THEN Step(i, Done(proc[i], IF Answers.broadcast_empty = "returned" THEN Returned ELSE Error("unknown_group")))
     ELSE Step(i, PutAt(i, {groups[g][m] : m \in DOMAIN groups[g]}))
  /\ UNCHANGED <<bus, logged, clock>>

(* A call fails for a reason that has nothing to do with its module or group. *)
Refuse(i) ==
  /\ Calls(i) /\ (At(i, "found") \/ (At(i, "new") /\ Ready(i)))
  /\ LET kinds == Refusals(i) \cup (IF InUse(i) THEN {"other"} ELSE {}) IN kinds # {} /\ Fails(i, kinds)
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>

Begun(i) == IF Timer(i) = "whole" THEN FromNow(i) ELSE Never
(* sync_unknown, group_sync_unknown and group_sync_empty: timeout. The time is counted from the start. *)
Limbo(i) == Step(i, [proc[i] EXCEPT !.at = "limbo", !.deadline = FromNow(i)]) /\ chan' = chan
Found(i, targets) ==
  /\ Refusals(i) = {}
  /\ Step(i, [proc[i] EXCEPT !.at = "found", !.todo = targets, !.targets = targets, !.deadline = Begun(i),
                             !.size = Cardinality(targets), !.complete_before = targets = {}])
  /\ chan' = chan

(* SYNC-1, SYNC-5; sync_unknown, sync_full *)
FindForCall(i) ==
  /\ Starts(i, "send_sync")
  /\ IF ops[i].module \in DOMAIN channels
     THEN LET c == channels[ops[i].module] IN
          \/ Found(i, {c})
          \/ Refusals(i) # {} /\ Full(chan, c) /\ Answers.sync_full = "refused" /\ Fails(i, {"other"})
     ELSE CASE Answers.sync_unknown = "refused" -> Fails(i, {"unknown_module"})
            [] Answers.sync_unknown = "timeout" -> Limbo(i)
            [] Answers.sync_unknown = "goes_on" -> Found(i, {})
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>

(* group_sync_unknown and group_sync_empty: waits. The id is entered, and then the call waits for the timeout alone. *)
FoundNobody(i) ==
  /\ Refusals(i) = {}
  /\ Step(i, [proc[i] EXCEPT !.at = "found", !.lone = TRUE, !.deadline = FromNow(i)])
  /\ chan' = chan

(* GSYNC-1, GSYNC-9; group_sync_unknown, group_sync_empty *)
ReadGroupForCall(i) ==
  /\ Starts(i, "send_to_group_sync")
  /\ LET g == ops[i].group IN
     IF g \notin DOMAIN groups
     THEN CASE Answers.group_sync_unknown = "refused" -> Fails(i, {"unknown_group"})
            [] Answers.group_sync_unknown = "timeout" -> Limbo(i)
            [] Answers.group_sync_unknown = "goes_on" -> Found(i, {})
            [] Answers.group_sync_unknown = "waits" -> FoundNobody(i)
            [] Answers.group_sync_unknown = "returned" -> \/ Step(i, Done(proc[i], Returned)) /\ chan' = chan
                                                          \/ TimeIsOver(i) /\ Fails(i, {"timeout"})
     ELSE IF DOMAIN groups[g] = {}
     THEN CASE Answers.group_sync_empty = "refused" -> Fails(i, {"unknown_group"})
            [] Answers.group_sync_empty = "timeout" -> Limbo(i)
            [] Answers.group_sync_empty = "waits" -> FoundNobody(i)
            [] Answers.group_sync_empty = "returned" -> Found(i, {})
     ELSE \/ Found(i, {groups[g][m] : m \in DOMAIN groups[g]})
          \/ /\ Refusals(i) # {} /\ Answers.group_sync_put \in {"skips", "none", "stops"}
             /\ \E m \in DOMAIN groups[g] : chan[groups[g][m]].open /\ Full(chan, groups[g][m])
             /\ Fails(i, {"other"})
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>

-------------------------------------------------------------------------------
(* Entering the id *)

(* RESP-4: where response_full is dropped, there is room for the first response. GSYNC-9. *)
ResponseRoom(i) ==
  IF ToGroup(i) THEN proc[i].size
  ELSE IF Answers.response_room = 0 /\ Answers.response_full = "dropped" THEN 1 ELSE Answers.response_room
RegisterFirst(i) == ToGroup(i) \/ Answers.sync_order = "register_first"

Enter(i, next) ==
  IF InUse(i) THEN Fails(i, {"other"}) /\ anon' = anon
  ELSE /\ anon' = (ops[i].id :> i) @@ anon
       /\ chan' = (i :> Channel(ResponseRoom(i))) @@ chan
       /\ Step(i, [proc[i] EXCEPT !.at = next, !.entered = TRUE])

(* SYNC-2, GSYNC-2, FIELD-3; sync_order register_first, sync_same_id *)
EnterFirst(i) ==
  /\ At(i, "found") /\ RegisterFirst(i)
  /\ Enter(i, IF proc[i].lone THEN "limbo" ELSE "put")
  /\ UNCHANGED <<channels, groups, logged, clock>>

(* sync_order put_first: the id is looked up before the message is put, and again when it is entered (sync_same_id). *)
PutFirst(i) ==
  /\ At(i, "found") /\ ~RegisterFirst(i) /\ ~InUse(i)
  /\ Step(i, [proc[i] EXCEPT !.at = "put"])
  /\ UNCHANGED <<bus, logged, clock>>

EnterLate(i) ==
  /\ At(i, "enter")
  /\ Enter(i, "ask")
  /\ UNCHANGED <<channels, groups, logged, clock>>
===============================================================================

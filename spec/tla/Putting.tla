------------------------------- MODULE Putting --------------------------------
EXTENDS Finding

(* Putting the message into one channel or several *)

OnFull(i) ==
  CASE Kind(i) = "send" -> Answers.full
    [] Kind(i) = "send_sync" -> Answers.sync_full
    [] Kind(i) = "send_to_group" -> Answers.broadcast_full
    [] ToGroup(i) -> Answers.group_sync_put
    [] Kind(i) = "send_resp" -> Answers.response_full
(* Are waiting for room and waiting for responses one wait? sync_put, group_sync_put *)
OneWait(i) ==
  \/ ToGroup(i) /\ Answers.group_sync_put \in {"withdrawn", "left"}
  \/ Kind(i) = "send_sync" /\ RegisterFirst(i) /\ Answers.sync_put \in {"withdrawn", "left"}

Fail(i, kinds) == Fails(i, kinds) /\ UNCHANGED <<channels, groups, anon, logged, clock>>
Skip(i, c, kinds) ==
  /\ Step(i, [proc[i] EXCEPT !.todo = @ \ {c}, !.shut = @ \ {c}, !.why = @ \cup kinds])
  /\ UNCHANGED <<bus, logged, clock>>

(* send_closed, broadcast_closed, sync_closed, group_sync_closed. Whoever reaches a closed channel continues as one  *)
(* that waited there (chapters 5 and 6, unspecified).                                                                *)
MeetClosed(i, c) ==
  IF Kind(i) = "send"
  THEN IF Answers.send_closed = "returned"
       THEN Step(i, Done(Nothing(proc[i]), Returned)) /\ UNCHANGED <<bus, logged, clock>>
       ELSE Fail(i, {IF Answers.send_closed = "refused" THEN "closed" ELSE Answers.send_closed})
  ELSE IF Kind(i) = "send_sync"
  THEN IF Answers.sync_closed = "goes_on" THEN Skip(i, c, {}) ELSE Fail(i, {Answers.sync_closed})
  ELSE IF ToGroup(i)
  THEN IF Answers.group_sync_closed = "goes_on" THEN Skip(i, c, {}) ELSE Fail(i, {Answers.group_sync_closed})
  ELSE CASE Answers.broadcast_closed = "goes_on" -> Skip(i, c, {})
         [] Answers.broadcast_closed = "reported" -> Skip(i, c, AnyKind)
         [] Answers.broadcast_closed = "refused" /\ OnFull(i) = "handed_over" ->  \* what was handed over stays
              /\ \E kind \in AnyKind : Step(i, [Done(proc[i], Error(kind)) EXCEPT !.todo = {}])
              /\ UNCHANGED <<bus, logged, clock>>
         [] Answers.broadcast_closed = "refused" -> Fail(i, AnyKind)

WaitAt(i, c) ==
  /\ chan' = [chan EXCEPT ![c].writers = Append(@, i)]
  /\ Step(i, [proc[i] EXCEPT !.todo = @ \ {c},
        !.wait = (c :> IF Calls(i) /\ ~OneWait(i) /\ Timer(i) = "each" THEN FromNow(i) ELSE Never) @@ @])
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>

(* full, sync_full, broadcast_full, group_sync_put *)
MeetFull(i, c) ==
  CASE OnFull(i) \in {"waits", "withdrawn", "left", "handed_over"} -> WaitAt(i, c)
    [] OnFull(i) = "skips" -> Skip(i, c, {"other"})
    [] OnFull(i) \in {"refused", "stops"} -> Fail(i, {"other"} \cup proc[i].why)

(* SEND-1, SEND-2, BCAST-1, BCAST-3, SYNC-1, GSYNC-1. The order of the modules of a group is unspecified. *)
Visit(i) ==
  /\ At(i, "put") /\ Kind(i) # "send_resp"
  /\ \E c \in IF proc[i].shut = {} THEN proc[i].todo ELSE proc[i].shut :  \* CLEAN-5: at that instant
       IF ~chan[c].open THEN MeetClosed(i, c)
       ELSE /\ OnFull(i) # "none"
            /\ IF Full(chan, c) THEN MeetFull(i, c)
               ELSE /\ \E r \in Puts(chan, [proc EXCEPT ![i].todo = @ \ {c}], i, c) : Change(r)
                    /\ UNCHANGED <<channels, groups, anon, logged, clock>>

RECURSIVE PutsAll(_, _, _, _)
PutsAll(C, P, i, cs) ==
  IF cs = {} THEN {[chan |-> C, proc |-> P]}
  ELSE LET c == CHOOSE x \in cs : TRUE IN UNION {PutsAll(r.chan, r.proc, i, cs \ {c}) : r \in Puts(C, P, i, c)}

ClosedEnds(i) ==
  IF ToGroup(i) THEN Answers.group_sync_closed # "goes_on" ELSE Answers.broadcast_closed = "refused"
(* broadcast_full and group_sync_put: none. Either every channel has room, or the message is in none. If a closed    *)
(* channel ends the operation half-way, which others have the message already is unspecified.                        *)
PutAllOrNone(i) ==
  /\ At(i, "put") /\ Kind(i) # "send_resp" /\ OnFull(i) = "none" /\ proc[i].shut = {}
  /\ LET open == {c \in proc[i].todo : chan[c].open}
         closed == proc[i].todo \ open
     IN /\ open # {}
        /\ IF \E c \in open : Full(chan, c) THEN Fail(i, {"other"} \cup proc[i].why)
           ELSE /\ \E some \in IF closed # {} /\ ClosedEnds(i) THEN SUBSET open ELSE {open} :
                     \E r \in PutsAll(chan, [proc EXCEPT ![i].todo = closed], i, some) : Change(r)
                /\ UNCHANGED <<channels, groups, anon, logged, clock>>

(* A call whose id is in use finds its channel closed as well: one of several reasons. Without another reason, a call *)
(* enters its id first and meets the channel when it puts its message.                                              *)
FindTrouble(i) ==
  /\ At(i, "found") /\ Kind(i) = "send_sync" /\ InUse(i)
  /\ \E c \in proc[i].todo : ~chan[c].open /\ Answers.sync_closed # "goes_on" /\ Fails(i, {Answers.sync_closed})
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>

(* What comes when nothing is left to put, or when the rest has to wait. While one channel is full, which others     *)
(* have the message already is unspecified; but BCAST-4: handed_over returns when every channel with room has it.    *)
TimedFromNow(i) == IF proc[i].deadline = Never THEN FromNow(i) ELSE proc[i].deadline
StartsToWait(i) ==
  IF proc[i].waits THEN [proc[i] EXCEPT !.at = "reply"]
  ELSE [proc[i] EXCEPT !.at = "reply", !.waits = TRUE, !.deadline = TimedFromNow(i), !.compare = TRUE,
                       !.poll = IF Answers.group_sync_look = "number" THEN now + Answers.group_sync_look_ms ELSE Never]
Proceed(i) ==
  /\ At(i, "put") /\ proc[i].shut = {}
  /\ LET p == proc[i] IN
     IF p.wait # <<>>
     THEN CASE OnFull(i) = "handed_over" ->
                   p.todo = {} /\ \E out \in IF p.why = {} THEN {Returned} ELSE {Error(kind) : kind \in p.why} :
                                    Step(i, Done(p, out))
            [] ToGroup(i) /\ OneWait(i) -> Step(i, StartsToWait(i))
            [] Kind(i) = "send_sync" /\ OneWait(i) -> Step(i, [p EXCEPT !.at = "ask", !.deadline = TimedFromNow(i)])
            [] OTHER -> Step(i, [p EXCEPT !.at = "room"])
     ELSE /\ p.todo = {}
          /\ CASE p.why # {} -> \E kind \in p.why \cup (IF TimeIsOver(i) THEN {"timeout"} ELSE {}) :
                                  Step(i, Finish(p, Error(kind)))
               [] p.why = {} /\ ToGroup(i) -> Step(i, StartsToWait(i))
               [] p.why = {} /\ Kind(i) = "send_sync" ->
                    Step(i, [p EXCEPT !.at = IF p.entered THEN "ask" ELSE "enter"])
               [] OTHER -> Step(i, Done(p, Returned))
  /\ UNCHANGED <<bus, logged, clock>>

(* handed_over, left, and sync_late and group_sync_late left: the call has returned, and the rest is put when there  *)
(* is room.                                                                                                          *)
PutLater(i) ==
  /\ At(i, "done")
  /\ \E c \in proc[i].todo :
       IF ~chan[c].open THEN Step(i, [proc[i] EXCEPT !.todo = @ \ {c}]) /\ UNCHANGED <<bus, logged, clock>>
       ELSE IF Full(chan, c)
       THEN /\ Step(i, [proc[i] EXCEPT !.todo = @ \ {c}, !.wait = (c :> Never) @@ @])
            /\ chan' = [chan EXCEPT ![c].writers = Append(@, i)]
            /\ UNCHANGED <<channels, groups, anon, logged, clock>>
       ELSE /\ \E r \in Puts(chan, [proc EXCEPT ![i].todo = @ \ {c}], i, c) : Change(r)
            /\ UNCHANGED <<channels, groups, anon, logged, clock>>

(* sync_put and group_sync_put left: when the timeout is over, sync_late and group_sync_late count. *)
Late(i) == IF ToGroup(i) THEN Answers.group_sync_late ELSE Answers.sync_late
Overdue(i) == At(i, "done") /\ Calls(i) /\ (proc[i].todo # {} \/ proc[i].wait # <<>>) /\ Late(i) = "taken_back" /\ Due(i)
GiveUp(i) ==
  /\ Overdue(i)
  /\ Step(i, [Nothing(proc[i]) EXCEPT !.deadline = Never])
  /\ chan' = TakenBack(chan, i)
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>

-------------------------------------------------------------------------------
(* Receiving *)

(* RECV-1, RECV-2, RECV-3; receive_unknown *)
FindForReceive(i) ==
  /\ Kind(i) = "receive" /\ ((At(i, "new") /\ Ready(i)) \/ (At(i, "absent") /\ ops[i].module \in DOMAIN channels))
  /\ IF ops[i].module \in DOMAIN channels
     THEN Step(i, [proc[i] EXCEPT !.at = "take", !.ch = channels[ops[i].module]])
     ELSE Step(i, IF Answers.receive_unknown = "refused" THEN Done(proc[i], Error("unknown_module"))
                  ELSE [proc[i] EXCEPT !.at = "absent"])
  /\ UNCHANGED <<bus, logged, clock>>

(* RECV-1, RECV-2, RECV-4, OVER-3, CLEAN-7. What becomes of messages in a channel that is closed is unspecified; a     *)
(* receive that found the module before may still get one.                                                            *)
TakeOrWait(i) ==
  /\ At(i, "take")
  /\ LET c == proc[i].ch IN
     \/ CanTake(c) /\ \E r \in Takes(i, c) : Change(r)
     \/ ~chan[c].open /\ Step(i, Done(proc[i], Error(Answers.receive_closed))) /\ chan' = chan
     \/ /\ ~CanTake(c) /\ chan[c].open
        /\ Step(i, [proc[i] EXCEPT !.at = "recv"]) /\ chan' = [chan EXCEPT ![c].readers = Append(@, i)]
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>
===============================================================================

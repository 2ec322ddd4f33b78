------------------------------ MODULE Responses -------------------------------
EXTENDS Putting

(* Waiting for responses *)

(* SYNC-3, SYNC-7; response_room. In one wait (sync_put) the channel is still full. *)
Ask(i) ==
  /\ At(i, "ask")
  /\ IF CanTake(i) THEN \E r \in Takes(i, i) : Change(r)
     ELSE /\ Step(i, [proc[i] EXCEPT !.at = "reply", !.deadline = TimedFromNow(i)])
          /\ chan' = [chan EXCEPT ![i].readers = <<i>>]
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>

Members(i) == IF ops[i].group \in DOMAIN groups THEN Cardinality(DOMAIN groups[ops[i].group]) ELSE 0
(* GSYNC-3, GSYNC-8, D-4; group_sync_count, group_sync_compare *)
Complete(i) ==
  LET arrived == Len(chan[i].messages)
      needed == IF Answers.group_sync_count = "at_start" THEN proc[i].size ELSE Members(i)
  IN IF Answers.group_sync_compare = "equal" /\ Answers.group_sync_count # "at_start" THEN arrived = needed
     ELSE arrived >= needed

(* A call to a group ends; the rest is put later, or taken back. *)
EndCall(i, out, left) ==
  IF left THEN Step(i, Finish([proc[i] EXCEPT !.todo = @ \cup proc[i].shut, !.shut = {}], out)) /\ chan' = chan
  ELSE Step(i, Finish(Nothing(proc[i]), out)) /\ chan' = TakenBack(chan, i)

Looking(i) == ToGroup(i) /\ At(i, "reply")

(* GSYNC-3, GSYNC-4; group_sync_look *)
Succeed(i) ==
  /\ Looking(i) /\ Complete(i)
  /\ CASE Answers.group_sync_look = "at_once" -> NoticesShrinking \/ proc[i].compare
       [] Answers.group_sync_look = "number" -> proc[i].poll <= now \/ proc[i].compare
       [] OTHER -> FALSE
  /\ EndCall(i, Returned, Answers.group_sync_put = "left")
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>

(* The comparison finds too few; or a call that polls does not look right at the start, which it may. *)
LookInVain(i) ==
  /\ Looking(i)
  /\ CASE LooksAtOnce -> /\ ~NoticesShrinking /\ proc[i].compare /\ ~Complete(i)
                         /\ Step(i, [proc[i] EXCEPT !.compare = FALSE])
       [] Answers.group_sync_look = "number" ->
            \/ proc[i].compare /\ Step(i, [proc[i] EXCEPT !.compare = FALSE])
            \/ proc[i].poll <= now /\ ~Complete(i) /\ Step(i, [proc[i] EXCEPT !.poll = @ + Answers.group_sync_look_ms])
       [] OTHER -> FALSE
  /\ UNCHANGED <<bus, logged, clock>>

(* D-2; group_sync_unnoticed: does a call look at its responses when the timeout is over? *)
LooksAtTheEnd(i) ==
  LET beforeIt == At(i, "room") \/ (At(i, "put") /\ ~OneWait(i))
  IN CASE Answers.group_sync_unnoticed = "returned" -> TRUE
       [] Answers.group_sync_unnoticed = "returned_if_looking" -> ~beforeIt
       [] Answers.group_sync_unnoticed = "timeout" -> ~beforeIt /\ Answers.group_sync_look = "at_timeout"

(* SYNC-4; sync_late *)
TimeoutOfCall(i) ==
  /\ Kind(i) = "send_sync" \/ At(i, "limbo")
  /\ IF Answers.sync_late = "left" \/ At(i, "limbo")
     THEN /\ Step(i, Finish([proc[i] EXCEPT !.todo = @ \cup proc[i].shut, !.shut = {}], Error("timeout")))
          /\ chan' = Unread(chan, i)
     ELSE Step(i, Finish(Nothing(proc[i]), Error("timeout"))) /\ chan' = TakenBack(chan, i)

(* GSYNC-5, D-2; group_sync_late. A set that was complete at an earlier instant counts if the call looks; one that   *)
(* became complete at this very instant may be counted or not. A closed channel that the call has not reached is     *)
(* one reason more (chapter 6, unspecified).                                                                         *)
TimeoutOfGroupCall(i) ==
  /\ ToGroup(i) /\ ~At(i, "limbo")
  /\ \/ /\ LooksAtTheEnd(i) /\ Complete(i)
        /\ EndCall(i, Returned, \/ Answers.group_sync_put = "left"
                                \/ Answers.group_sync_put = "waits" /\ Answers.group_sync_late = "left")
     \/ /\ ~(LooksAtTheEnd(i) /\ Complete(i) /\ proc[i].complete_before)
        /\ EndCall(i, Error("timeout"), Answers.group_sync_late = "left")
     \/ /\ Answers.group_sync_closed # "goes_on" /\ \E c \in proc[i].todo : ~chan[c].open
        /\ EndCall(i, Error(Answers.group_sync_closed), FALSE)

(* Where the time is over at once, the message is put first if there is room (sync_zero and so on: at_once). *)
Timeout(i) ==
  /\ Calls(i) /\ Due(i)
  /\ proc[i].at \in {"room", "reply", "ask", "limbo"} \/ (At(i, "put") /\ ~TimeIsOver(i))
  /\ TimeoutOfCall(i) \/ TimeoutOfGroupCall(i)
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>

(* SYNC-6, GSYNC-7, FIELD-3; sync_same_id, response_left *)
Leave(i) ==
  /\ At(i, "end")
  /\ anon' = IF ops[i].id \in DOMAIN anon /\ (Answers.sync_same_id = "replaced_any" \/ anon[ops[i].id] = i)
             THEN Drop(anon, {ops[i].id}) ELSE anon
  /\ LET late == {j \in DOMAIN proc : Kind(j) = "send_resp" /\ i \in DOMAIN proc[j].wait}
         kinds == IF Answers.response_left = "refused" THEN {"closed", "other"} ELSE {"none"}
         back == IF Answers.response_left = "stays" THEN {} ELSE late
         taken == IF Kind(i) = "send_sync" /\ proc[i].out[1] = "message" /\ Answers.sync_put # "left"
                  THEN TakenBack(chan, i) ELSE chan
         left == IF Kind(i) = "send_sync" /\ proc[i].out[1] = "message" /\ Answers.sync_put # "left"
                 THEN Nothing(proc[i]) ELSE proc[i]
     IN /\ \E kind \in [back -> kinds] :
             proc' = [j \in DOMAIN proc |->
                       IF j = i THEN Done(left, left.out)
                       ELSE IF j \in back
                       THEN Done(Nothing(proc[j]), IF Answers.response_left = "released" THEN Returned ELSE Error(kind[j]))
                       ELSE proc[j]]
        /\ chan' = [taken EXCEPT ![i].open = FALSE, ![i].readers = <<>>,
                                 ![i].writers = SelectSeq(@, LAMBDA j : j \notin back)]
  /\ UNCHANGED <<channels, groups, logged, clock>>

-------------------------------------------------------------------------------
(* Responding *)

(* RESP-1, RESP-2, RESP-3; empty_id unanswered, response_unknown. response_logged decides nothing here: what is logged *)
(* is logged at the level that it says.                                                                                *)
FindCall(i) ==
  /\ Starts(i, "send_resp")
  /\ LET id == ops[i].parent IN
     IF id \in DOMAIN anon /\ (id # "" \/ Answers.empty_id # "unanswered")
     THEN Step(i, [PutAt(i, {anon[id]}) EXCEPT !.ch = anon[id]]) /\ logged' = logged
     ELSE /\ Step(i, Done(proc[i], IF Answers.response_unknown = "returned" THEN Returned ELSE Error("other")))
          /\ logged' = logged \cup {Len(steps)}
  /\ UNCHANGED <<bus, clock>>

(* RESP-1, RESP-4; response_full, response_left. If the call ends after its entry was found, send_resp continues as    *)
(* one that waits for room, or returns where that would be an error (chapter 6, unspecified).                          *)
Respond(i) ==
  /\ Kind(i) = "send_resp" /\ At(i, "put") /\ proc[i].todo # {}
  /\ LET c == proc[i].ch
         ends(out) == Step(i, Done(Nothing(proc[i]), out)) /\ chan' = chan
         waits == /\ Step(i, [proc[i] EXCEPT !.at = "room", !.todo = {}, !.wait = (c :> Never)])
                  /\ chan' = [chan EXCEPT ![c].writers = Append(@, i)]
     IN \/ /\ ~Full(chan, c)
           /\ \E r \in Puts(chan, [proc EXCEPT ![i] = Done(Nothing(proc[i]), Returned)], i, c) : Change(r)
        \/ Full(chan, c) /\ Answers.response_full = "dropped" /\ ends(Returned)
        \/ Full(chan, c) /\ Answers.response_full = "refused" /\ ends(Error("other"))
        \/ Full(chan, c) /\ Answers.response_full = "waits" /\ chan[c].open /\ waits
        \/ ~chan[c].open /\
             \/ Answers.response_left = "stays" /\ Answers.response_full = "waits" /\ Full(chan, c) /\ waits
             \/ Answers.response_left = "released" /\ ends(Returned)
             \/ Answers.response_left = "refused" /\ \E out \in {Returned, Error("closed"), Error("other")} : ends(out)
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>
===============================================================================

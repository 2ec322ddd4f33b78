------------------------------- MODULE Beehive -------------------------------
(* The context of the bus, written from the chapters of the spec and from the documents alone. It shares nothing    *)
(* with the rules of the Python model: each guard and each effect here names the clause, the question or the         *)
(* unspecified line that it comes from. A test compares what the two models allow.                                   *)
(*                                                                                                                   *)
(* An operation is a process. Its number in the program is also its message, the channel that it creates (add_module)*)
(* and the channel for the responses to it (send_sync, send_to_group_sync).                                          *)
EXTENDS Integers, Sequences, FiniteSets, TLC

CONSTANTS
  Answers,    \* one answer to each question, by its name; NAME_ms is the number where the answer is "number"
  Alphabet,   \* the steps: a sequence of [ops, ms]
  Families    \* sets of programs: [preamble, choices, length], where steps are indices into Alphabet

VARIABLES
  channels,   \* module -> channel (FIELD-1)
  groups,     \* group -> module -> channel (FIELD-2)
  anon,       \* id -> synchronous call (FIELD-3)
  chan,       \* channel -> [messages, readers, writers, room, open]
  ops,        \* number -> operation
  proc,       \* number -> process
  now,        \* milliseconds since the program began
  until,      \* the time at which the current step is over
  begun,      \* the time at which it began
  logged,     \* the steps in which a response without a call was logged (RESP-2)
  steps,      \* the steps begun so far, as indices into Alphabet
  family      \* the family that the program belongs to

bus == <<channels, groups, anon, chan>>
clock == <<now, until, begun, steps, ops, family>>
vars == <<channels, groups, anon, chan, ops, proc, now, until, begun, logged, steps, family>>

-------------------------------------------------------------------------------
(* Values *)

Unlimited == -1
Never == -1
None == <<"none", 0>>
Returned == <<"returned", 0>>
Message(i) == <<"message", i>>
Error(kind) == <<"error", kind>>
AnyKind == {"closed", "unknown_module", "other"}

Without(seq, x) == SelectSeq(seq, LAMBDA y : y # x)
Drop(f, keys) == [k \in DOMAIN f \ keys |-> f[k]]
Turn(queue, answer) ==  \* receivers and senders: who is next
  IF queue = <<>> THEN {} ELSE IF answer = "fifo" THEN {queue[1]} ELSE {queue[k] : k \in DOMAIN queue}

Channel(room) == [messages |-> <<>>, readers |-> <<>>, writers |-> <<>>, room |-> room, open |-> TRUE]

(* at: new    not begun, or looking something up       found  the module or the group was found                     *)
(*     join, clean   adding to a group, cleaning up    put    putting the message                                   *)
(*     room   waiting for room                         ask    about to wait for the response                        *)
(*     reply  waiting for responses                    limbo  waiting for the timeout alone                         *)
(*     absent waiting for the module to be there       recv   waiting for a message                                 *)
(*     end    the outcome is known, the entry not yet removed                                                       *)
(*     done   returned; what is left in `wait` and `todo` is put when there is room                                 *)
Fresh == [at |-> "new", ch |-> 0, todo |-> {}, shut |-> {}, wait |-> <<>>, targets |-> {}, why |-> {}, out |-> None,
          deadline |-> Never, entered |-> FALSE, size |-> 0, full_before |-> FALSE, waits |-> FALSE, compare |-> FALSE, poll |-> Never,
          step |-> 0, ms |-> 0]

Kind(i) == ops[i].op
At(i, place) == proc[i].at = place
Calls(i) == Kind(i) \in {"send_sync", "send_to_group_sync"}
ToGroup(i) == Kind(i) = "send_to_group_sync"

Done(p, out) ==
  [Fresh EXCEPT !.at = "done", !.out = out, !.ch = p.ch, !.targets = p.targets, !.todo = p.todo, !.wait = p.wait,
                !.deadline = IF p.todo = {} /\ p.wait = <<>> THEN Never ELSE p.deadline,
                !.step = Len(steps), !.ms = now - begun]
(* A call leaves its entry first: SYNC-6, GSYNC-7. *)
Finish(p, out) == IF p.entered THEN [p EXCEPT !.at = "end", !.out = out] ELSE Done(p, out)

(* A client has one operation under way at a time. *)
Ready(i) == ops[i].client = "" \/ \A j \in 1..(i - 1) : ops[j].client = ops[i].client => At(j, "done")
Starts(i, kind) == Kind(i) = kind /\ At(i, "new") /\ Ready(i)

LooksAtOnce == Answers.group_sync_look = "at_once"
NoticesShrinking == Answers.group_sync_count # "at_response"

-------------------------------------------------------------------------------
(* Channels: putting and taking. Both yield the set of possible results, [chan, proc]. *)

Full(C, c) == C[c].readers = <<>> /\ C[c].room # Unlimited /\ Len(C[c].messages) >= C[c].room

(* RECV-1, SYNC-3: a waiting reader gets message m. *)
Received(r, p, m) ==
  IF Kind(r) = "receive" THEN Done(p, Message(m)) ELSE [p EXCEPT !.at = "end", !.out = Message(m)]

(* SEND-1, OVER-2: m goes to a reader that waits, or to the end of the queue; only if the channel is not full. *)
Puts(C, P, m, c) ==
  IF C[c].readers # <<>>
  THEN {[chan |-> [C EXCEPT ![c].readers = Without(@, r)], proc |-> [P EXCEPT ![r] = Received(r, @, m)]]
        : r \in Turn(C[c].readers, Answers.receivers)}
  ELSE {[chan |-> [C EXCEPT ![c].messages = Append(@, m)],
         (* at_response of group_sync_count: one more response is kept. *)
         proc |-> IF ToGroup(c) /\ LooksAtOnce THEN [P EXCEPT ![c].compare = TRUE] ELSE P]}

(* A writer that waited at c was served; it goes on if it has more to do. *)
Served(p, c) ==
  [p EXCEPT !.wait = Drop(@, {c}),
            !.at = IF @ = "room" \/ (@ = "reply" /\ p.todo # {}) THEN "put" ELSE @]

(* Room in c goes to a writer that waits there, at once. *)
Serves(C, P, c) ==
  IF C[c].writers = <<>> THEN {[chan |-> C, proc |-> P]}
  ELSE {[chan |-> [C EXCEPT ![c].writers = Without(@, s), ![c].messages = Append(@, s)],
         proc |-> [P EXCEPT ![s] = Served(@, c)]]
        : s \in Turn(C[c].writers, Answers.senders)}

(* capacity: a channel that holds none passes a message on only to a receiver that waits. *)
CanTake(c) == chan[c].messages # <<>> \/ chan[c].writers # <<>>
Takes(r, c) ==
  IF chan[c].messages # <<>>
  THEN Serves([chan EXCEPT ![c].messages = Tail(@)], [proc EXCEPT ![r] = Received(r, @, Head(chan[c].messages))], c)
  ELSE {[chan |-> [chan EXCEPT ![c].writers = Without(@, s)],
         proc |-> [proc EXCEPT ![s] = Served(@, c), ![r] = Received(r, @, s)]]
        : s \in Turn(chan[c].writers, Answers.senders)}

(* A call reads its responses no more. *)
Unread(C, i) == IF i \in DOMAIN C THEN [C EXCEPT ![i].readers = <<>>] ELSE C
(* i stops waiting everywhere: what it has not put is taken back. *)
TakenBack(C, i) == [c \in DOMAIN C |-> [C[c] EXCEPT !.writers = Without(@, i), !.readers = Without(@, i)]]
Nothing(p) == [p EXCEPT !.todo = {}, !.shut = {}, !.wait = <<>>]

Change(r) == chan' = r.chan /\ proc' = r.proc
Step(i, p) == proc' = [proc EXCEPT ![i] = p]

-------------------------------------------------------------------------------
(* Operations on modules *)

(* ADD-1, ADD-2; add_again, unnamed_module. The map is changed as if one after another (FIELD-4). *)
AddModule(i) ==
  /\ Starts(i, "add_module")
  /\ LET m == ops[i].module
         named == m # "" \/ Answers.unnamed_module = "accepted"
         there == m \in DOMAIN channels
     IN /\ Step(i, Done(proc[i],
            IF ~named THEN IF Answers.unnamed_module = "ignored" THEN Returned ELSE Error("other")
            ELSE IF there /\ Answers.add_again = "refused" THEN Error("other") ELSE Returned))
        /\ IF named /\ (~there \/ Answers.add_again = "replaced")
           THEN /\ channels' = (m :> i) @@ channels
                /\ chan' = (i :> Channel(Answers.capacity)) @@ chan
           ELSE UNCHANGED <<channels, chan>>
  /\ UNCHANGED <<groups, anon, logged, clock>>

(* add-module-group 1: the channel is looked up first. group_unknown_module, unnamed_group; which of several reasons *)
(* counts is unspecified.                                                                                            *)
FindForGroup(i) ==
  /\ Starts(i, "add_module_group")
  /\ LET m == ops[i].module
         unknown == m \notin DOMAIN channels
         unnamed == ops[i].group = "" /\ Answers.unnamed_group # "accepted"
         outs == (IF unknown THEN {IF Answers.group_unknown_module = "ignored" THEN Returned
                                   ELSE Error("unknown_module")} ELSE {})
                 \cup (IF unnamed THEN {IF Answers.unnamed_group = "ignored" THEN Returned ELSE Error("other")} ELSE {})
     IN IF outs = {} THEN Step(i, [proc[i] EXCEPT !.at = "join", !.ch = channels[m]])
        ELSE \E out \in outs : Step(i, Done(proc[i], out))
  /\ UNCHANGED <<bus, logged, clock>>

(* GROUP-1, GROUP-2, GROUP-3. Between the two the module may be cleaned up (chapter 5, unspecified). *)
Join(i) ==
  /\ At(i, "join")
  /\ LET g == ops[i].group
         members == IF g \in DOMAIN groups THEN groups[g] ELSE <<>>
     IN groups' = (g :> ((ops[i].module :> proc[i].ch) @@ members)) @@ groups
  /\ Step(i, Done(proc[i], Returned))
  /\ UNCHANGED <<channels, anon, chan, logged, clock>>

UnknownToCleanUp == IF Answers.clean_up_unknown = "ignored" THEN Returned ELSE Error("unknown_module")
Groups == {o.group : o \in {ops[j] : j \in {k \in DOMAIN ops : Kind(k) = "add_module_group"}}}

(* clean_up_unknown. A module that only a group still has is not in channels, but CLEAN-2 applies to it: no sentence *)
(* says whether it is there.                                                                                         *)
InGroup(m) == \E g \in DOMAIN groups : m \in DOMAIN groups[g]
CleanUp(i) ==
  /\ Starts(i, "clean_up")
  /\ LET m == ops[i].module
         all == {<<"group", g>> : g \in Groups}
     IN \/ /\ m \in DOMAIN channels
           /\ Step(i, [proc[i] EXCEPT !.at = "clean", !.todo = {<<"channels", "">>} \cup all])
        \/ m \notin DOMAIN channels /\ InGroup(m) /\ Step(i, [proc[i] EXCEPT !.at = "clean", !.todo = all])
        \/ m \notin DOMAIN channels /\ Step(i, Done(proc[i], UnknownToCleanUp))
  /\ UNCHANGED <<bus, logged, clock>>

(* CLEAN-1, CLEAN-4. The order of channels and groups is unspecified. A module that an overlapping clean_up has *)
(* taken out of channels meanwhile is not there (chapter 5, unspecified: which of them comes first).            *)
LeaveChannels(i) ==
  /\ At(i, "clean") /\ <<"channels", "">> \in proc[i].todo
  /\ LET m == ops[i].module
     IN IF m \in DOMAIN channels
        THEN /\ channels' = Drop(channels, {m})
             /\ Step(i, [proc[i] EXCEPT !.todo = @ \ {<<"channels", "">>}, !.ch = channels[m]])
        ELSE channels' = channels /\ Step(i, Done(Nothing(proc[i]), UnknownToCleanUp))
  /\ UNCHANGED <<groups, anon, chan, logged, clock>>

(* CLEAN-2; empty_group *)
LeaveGroup(i) ==
  /\ At(i, "clean")
  /\ \E t \in proc[i].todo \ {<<"channels", "">>} :
       /\ Step(i, [proc[i] EXCEPT !.todo = @ \ {t}])
       /\ LET g == t[2] IN
          IF g \in DOMAIN groups /\ ops[i].module \in DOMAIN groups[g]
          THEN groups' = IF DOMAIN groups[g] = {ops[i].module} /\ Answers.empty_group = "removed" THEN Drop(groups, {g})
                         ELSE [groups EXCEPT ![g] = Drop(@, {ops[i].module})]
          ELSE groups' = groups
  /\ UNCHANGED <<channels, anon, chan, logged, clock>>

(* CLEAN-3, CLEAN-5, CLEAN-6, CLEAN-7; receive_closed. Who waited for room at the channel finds it closed. *)
Close(i) ==
  /\ At(i, "clean") /\ proc[i].todo = {}
  /\ LET c == proc[i].ch
         woken(j, p) ==
           IF j = i THEN Done(p, Returned) ELSE IF c = 0 THEN p
           ELSE IF \E k \in DOMAIN chan[c].readers : chan[c].readers[k] = j THEN Done(p, Error(Answers.receive_closed))
           ELSE IF c \in DOMAIN p.wait
                THEN IF p.at \in {"room", "reply", "put", "ask"}
                     THEN [p EXCEPT !.wait = Drop(@, {c}), !.shut = @ \cup {c}, !.at = "put"]
                     ELSE [p EXCEPT !.wait = Drop(@, {c})]
           ELSE p
     IN /\ proc' = [j \in DOMAIN proc |-> woken(j, proc[j])]
        /\ chan' = IF c = 0 THEN chan ELSE [chan EXCEPT ![c].open = FALSE, ![c].readers = <<>>, ![c].writers = <<>>]
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>

-------------------------------------------------------------------------------
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
                             !.size = Cardinality(targets), !.full_before = targets = {}])
  /\ chan' = chan

(* SYNC-1, SYNC-5; sync_unknown, full *)
FindForCall(i) ==
  /\ Starts(i, "send_sync")
  /\ IF ops[i].module \in DOMAIN channels
     THEN LET c == channels[ops[i].module] IN
          \/ Found(i, {c})
          \/ Refusals(i) # {} /\ Full(chan, c) /\ Answers.full = "refused" /\ Fails(i, {"other"})
     ELSE CASE Answers.sync_unknown = "refused" -> Fails(i, {"unknown_module"})
            [] Answers.sync_unknown = "timeout" -> Limbo(i)
            [] Answers.sync_unknown = "goes_on" -> Found(i, {})
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>

(* GSYNC-1, GSYNC-9; group_sync_unknown, group_sync_empty *)
ReadGroupForCall(i) ==
  /\ Starts(i, "send_to_group_sync")
  /\ LET g == ops[i].group IN
     IF g \notin DOMAIN groups
     THEN CASE Answers.group_sync_unknown = "refused" -> Fails(i, {"unknown_group"})
            [] Answers.group_sync_unknown = "timeout" -> Limbo(i)
            [] Answers.group_sync_unknown = "returned" -> \/ Step(i, Done(proc[i], Returned)) /\ chan' = chan
                                                          \/ TimeIsOver(i) /\ Fails(i, {"timeout"})
     ELSE IF DOMAIN groups[g] = {}
     THEN CASE Answers.group_sync_empty = "refused" -> Fails(i, {"unknown_group"})
            [] Answers.group_sync_empty = "timeout" -> Limbo(i)
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
  /\ Enter(i, "put")
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

-------------------------------------------------------------------------------
(* Putting the message into one channel or several *)

OnFull(i) ==
  CASE Kind(i) \in {"send", "send_sync"} -> Answers.full
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
         [] Answers.broadcast_closed = "refused" -> Fail(i, AnyKind)

WaitAt(i, c) ==
  /\ chan' = [chan EXCEPT ![c].writers = Append(@, i)]
  /\ Step(i, [proc[i] EXCEPT !.todo = @ \ {c},
        !.wait = (c :> IF Calls(i) /\ ~OneWait(i) /\ Timer(i) = "each" THEN FromNow(i) ELSE Never) @@ @])
  /\ UNCHANGED <<channels, groups, anon, logged, clock>>

(* full, broadcast_full, group_sync_put *)
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

-------------------------------------------------------------------------------
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
     \/ /\ ~(LooksAtTheEnd(i) /\ Complete(i) /\ proc[i].full_before)
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

(* RESP-1, RESP-4; response_full, response_left. No sentence says what becomes of a response if the call ends after  *)
(* its entry was found: send_resp returns, or ends as one that waited there; with stays, as if the call went on.      *)
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

-------------------------------------------------------------------------------
(* Programs: steps, settling, and time *)

Act(i) ==
  \/ AddModule(i) \/ FindForGroup(i) \/ Join(i) \/ CleanUp(i) \/ LeaveChannels(i) \/ LeaveGroup(i) \/ Close(i)
  \/ FindForSend(i) \/ ReadGroup(i) \/ Refuse(i) \/ FindForCall(i) \/ ReadGroupForCall(i)
  \/ EnterFirst(i) \/ PutFirst(i) \/ EnterLate(i) \/ FindTrouble(i)
  \/ Visit(i) \/ PutAllOrNone(i) \/ Proceed(i) \/ PutLater(i) \/ GiveUp(i)
  \/ FindForReceive(i) \/ TakeOrWait(i)
  \/ Ask(i) \/ Succeed(i) \/ LookInVain(i) \/ Timeout(i) \/ Leave(i)
  \/ FindCall(i) \/ Respond(i)

(* Has operation i nothing to do at this instant? *)
Idle(i) ==
  LET p == proc[i] IN
  CASE p.at = "new" -> ~Ready(i)
    [] p.at = "absent" -> ops[i].module \notin DOMAIN channels
    [] p.at = "recv" -> TRUE
    [] p.at = "done" -> p.todo = {} /\ ~Overdue(i)
    [] p.at \in {"room", "limbo"} -> ~Due(i)
    [] p.at = "reply" ->
         /\ ~Due(i)
         /\ ToGroup(i) => IF LooksAtOnce THEN IF NoticesShrinking THEN ~Complete(i) ELSE ~p.compare
                          ELSE Answers.group_sync_look = "number" => ~p.compare /\ p.poll > now
    [] OTHER -> FALSE
Settled == \A i \in DOMAIN proc : Idle(i)

Operate == \E i \in DOMAIN proc : Act(i)

(* The next instant at which something is due. *)
Times ==
  UNION {{proc[i].deadline, proc[i].poll} \cup {proc[i].wait[c] : c \in DOMAIN proc[i].wait} : i \in DOMAIN proc}
Tick ==
  /\ now < until /\ Settled
  /\ LET next == {t \in Times : t > now /\ t < until} \cup {until}
     IN now' = CHOOSE t \in next : \A u \in next : t <= u
  (* D-2: was the set complete before? *)
  /\ proc' = [i \in DOMAIN proc |->
                IF ToGroup(i) /\ proc[i].entered THEN [proc[i] EXCEPT !.full_before = Complete(i)] ELSE proc[i]]
  /\ UNCHANGED <<bus, until, begun, ops, steps, family, logged>>

StepIsOver == now = until /\ Settled
Choices ==
  LET n == Len(steps) - Len(family.preamble) IN
  IF n < 0 THEN {family.preamble[Len(steps) + 1]} ELSE IF n < family.length THEN family.choices ELSE {}
Begin ==
  /\ StepIsOver
  /\ \E k \in Choices :
       /\ steps' = Append(steps, k)
       /\ ops' = ops \o Alphabet[k].ops
       /\ proc' = proc \o [j \in DOMAIN Alphabet[k].ops |-> Fresh]
       /\ until' = now + Alphabet[k].ms
  /\ begun' = now
  /\ UNCHANGED <<bus, now, family, logged>>

Init ==
  /\ channels = <<>> /\ groups = <<>> /\ anon = <<>> /\ chan = <<>>
  /\ ops = <<>> /\ proc = <<>>
  /\ now = 0 /\ until = 0 /\ begun = 0
  /\ logged = {} /\ steps = <<>> /\ family \in Families
Next == Operate \/ Tick \/ Begin
Spec == Init /\ [][Next]_vars
=============================================================================

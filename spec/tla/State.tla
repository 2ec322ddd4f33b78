-------------------------------- MODULE State ---------------------------------
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
(*     join, clean   adding to a group, cleaning up    enter  about to enter the id                                 *)
(*     put    putting the message                      room   waiting for room                                      *)
(*     ask    about to wait for the response           reply  waiting for responses                                 *)
(*     limbo  waiting for the timeout alone            absent waiting for the module to be there                    *)
(*     take   about to take a message                  recv   waiting for a message                                 *)
(*     end    the outcome is known, the entry not yet removed                                                       *)
(*     done   returned; what is left in `wait` and `todo` is put when there is room                                 *)
(* ch: the channel that was found. targets: the channels for the message, of which todo are not reached yet, wait    *)
(* are those where it waits for room, each with its own deadline, and shut those that were closed meanwhile.         *)
(* why: kinds of errors met on the way. out: the outcome, with the step in which it was returned and the ms.         *)
(* deadline, poll: when the timeout is over, and when the call looks next. entered: is its id in anon?               *)
(* size: how many modules the group had. complete_before: were all responses there at an earlier instant?            *)
(* waits: has it begun to wait for responses? compare: does it have to look at its responses?                        *)
(* lone: has it found no module, and only waits for its timeout once its id is entered?                              *)
Fresh == [at |-> "new", ch |-> 0, todo |-> {}, shut |-> {}, wait |-> <<>>, targets |-> {}, why |-> {}, out |-> None,
          deadline |-> Never, entered |-> FALSE, size |-> 0, complete_before |-> FALSE, waits |-> FALSE,
          compare |-> FALSE, poll |-> Never, lone |-> FALSE, step |-> 0, ms |-> 0]

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
===============================================================================

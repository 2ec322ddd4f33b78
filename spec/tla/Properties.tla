----------------------------- MODULE Properties -----------------------------
(* What holds in every state of the model, at every point of an instant. Each says under which answers it must hold. *)
EXTENDS Beehive

Has(seq, x) == \E k \in DOMAIN seq : seq[k] = x
Occurs(seq, x) == Cardinality({k \in DOMAIN seq : seq[k] = x})
Ops == DOMAIN proc
IsResponseChannel(c) == Calls(c)
TookIn(P, i, m, c) == P[i].out = Message(m) /\ IF Kind(i) = "receive" THEN P[i].ch = c ELSE i = c
Took(i, m, c) == TookIn(proc, i, m, c)

(* SEND-1, BCAST-4: a send that has returned without an error has put its message. The answers that lose messages   *)
(* (send_closed returned, broadcast_closed goes_on) do so where the channel was closed.                              *)
NothingIsLost ==
  \A i \in Ops :
    (Kind(i) \in {"send", "send_to_group"} /\ At(i, "done") /\ proc[i].out = Returned) =>
      \A c \in proc[i].targets :
        \/ ~chan[c].open
        \/ Has(chan[c].messages, i) \/ \E j \in Ops : Took(j, i, c)
        \/ Answers.broadcast_full = "handed_over" /\ (c \in DOMAIN proc[i].wait \/ c \in proc[i].todo)
(* OVER-3, BCAST-1, GSYNC-1: once into each channel, and taken out once. *)
NothingIsDoubled ==
  \A c \in DOMAIN chan : \A m \in Ops :
    Occurs(chan[c].messages, m) + Cardinality({j \in Ops : Took(j, m, c)}) <= 1
(* RECV-2 *)
NoReaderBesideAMessage ==
  \A c \in DOMAIN chan : chan[c].readers # <<>> => chan[c].messages = <<>> /\ chan[c].writers = <<>>
(* SEND-2, BCAST-3 *)
NoWriterBesideRoom == \A c \in DOMAIN chan : chan[c].writers # <<>> => Full(chan, c)
(* capacity, GSYNC-9 *)
NoMoreThanRoom == \A c \in DOMAIN chan : chan[c].room # Unlimited => Len(chan[c].messages) <= chan[c].room
(* CLEAN-5, CLEAN-7; for a response channel, response_left *)
NobodyAtAClosedChannel ==
  \A c \in DOMAIN chan : ~chan[c].open =>
    /\ chan[c].readers = <<>>
    /\ chan[c].writers # <<>> => IsResponseChannel(c) /\ Answers.response_left = "stays"
(* A queue of writers and the places where their operations say that they wait are the same. *)
QueuesAgree ==
  \A c \in DOMAIN chan : \A i \in Ops :
    Kind(i) # "clean_up" => (Has(chan[c].writers, i) <=> c \in DOMAIN proc[i].wait)
(* CLEAN-6 *)
NoClosedChannelInChannels == \A m \in DOMAIN channels : chan[channels[m]].open
(* CLEAN-6, unless an add_module_group overlaps the cleaning up (chapter 5, unspecified) *)
First(k) == Cardinality(UNION {{<<j, n>> : n \in DOMAIN Alphabet[steps[j]].ops} : j \in 1..(k - 1)})
StartedIn(i, k) == i > First(k) /\ i <= First(k) + Len(Alphabet[steps[k]].ops)
NoClosedChannelInAGroup ==
  \A g \in DOMAIN groups : \A m \in DOMAIN groups[g] :
    \/ chan[groups[g][m]].open
    \/ \E k \in DOMAIN steps : \E i, j \in Ops :
         /\ Kind(i) = "add_module_group" /\ ops[i].module = m /\ ops[i].group = g
         /\ Kind(j) = "clean_up" /\ ops[j].module = m
         /\ StartedIn(i, k) /\ StartedIn(j, k)
(* SYNC-6, GSYNC-7 *)
NoEntryOfAnEndedCall == \A id \in DOMAIN anon : ~At(anon[id], "done")
(* SYNC-2, GSYNC-2; with the other answers to sync_same_id, another call may have taken the entry over, or removed it. *)
EntryWhileWaiting ==
  \A i \in Ops : (Calls(i) /\ proc[i].entered /\ Answers.sync_same_id = "refused") =>
    ops[i].id \in DOMAIN anon /\ anon[ops[i].id] = i
(* SYNC-4, GSYNC-5: when a step is over, no timer is due. *)
NoDueTimer == StepIsOver => \A i \in Ops : ~(~At(i, "done") /\ Due(i))
(* OVER-2: of two sends into a channel, the one that returned before the other began is first. *)
FirstInFirstOut ==
  \A c \in DOMAIN chan : \A a, b \in DOMAIN chan[c].messages :
    LET i == chan[c].messages[a]
        j == chan[c].messages[b]
    IN (a < b /\ Kind(i) = "send" /\ Kind(j) = "send" /\ At(j, "done")) =>
         ~\E k \in DOMAIN steps : StartedIn(i, k) /\ proc[j].step < k
(* `Idle` says in other words what the actions say. *)
IdleMeansThatNothingCanHappen == \A i \in Ops : Idle(i) <=> ~ENABLED Act(i)

Invariants ==
  /\ NothingIsLost /\ NothingIsDoubled /\ NoReaderBesideAMessage /\ NoWriterBesideRoom /\ NoMoreThanRoom
  /\ NobodyAtAClosedChannel /\ QueuesAgree /\ NoClosedChannelInChannels /\ NoClosedChannelInAGroup
  /\ NoEntryOfAnEndedCall /\ EntryWhileWaiting /\ NoDueTimer /\ FirstInFirstOut

(* A result never changes. *)
ResultsStay ==
  [][\A i \in DOMAIN proc : At(i, "done") =>
       proc'[i].out = proc[i].out /\ proc'[i].step = proc[i].step /\ proc'[i].ms = proc[i].ms]_proc
(* OVER-3, SYNC-8, GSYNC-10: only a receive takes a message out; only its call takes a response. *)
MessagesStay ==
  [][\A c \in DOMAIN chan : \A k \in DOMAIN chan[c].messages :
       LET m == chan[c].messages[k] IN Has(chan'[c].messages, m) \/ \E j \in Ops : TookIn(proc', j, m, c)]_chan
=============================================================================

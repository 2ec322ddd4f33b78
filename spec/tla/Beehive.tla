------------------------------- MODULE Beehive --------------------------------
(* The context of the bus: its operations, the steps of programs, settling and time. State.tla says how to read it.  *)
EXTENDS Responses

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
                IF ToGroup(i) /\ proc[i].entered THEN [proc[i] EXCEPT !.complete_before = Complete(i)] ELSE proc[i]]
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
===============================================================================

------------------------------- MODULE Modules --------------------------------
EXTENDS State

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

(* clean_up_unknown. A module that only a group still has is not in channels, but CLEAN-2 applies to it: either.     *)
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
===============================================================================

// Marks the root of the module; the real ones, one for each version of beehive, are versions/*.mod
// and are chosen with -modfile.
module beehivebridge

go 1.25

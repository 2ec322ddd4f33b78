// This file only marks the root of the module. Each version of beehive has its own file in versions/, which -modfile
// selects.
module beehivebridge

go 1.25

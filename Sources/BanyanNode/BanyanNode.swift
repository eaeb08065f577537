// BanyanNode: one node put together. Options and their file, the data directory and its keys, the running node with its
// control socket, and what the verbs do that need a whole node rather than one module of it.
//
//   Configuration/  the table of options, banyan.toml, --set           reported with file, line and key
//   Directory/      what lies in DIR: keys, site record, ready file    made by `init`, read by everything else
//   Control/        DIR/control: other processes hand their writes over to the one that serves
//   Service/        `serve`: order of start and stop, signals, readiness, log
//   System/         system calls (unsafe island): files, sockets in the file system, child processes
//
// The command line (target banyan) parses arguments, calls one function here and prints.

// Registering all system calls.
import "./sys-memory.ts";
import "./sys-process.ts";
import "./sys-files.ts";
import "./sys-net.ts";

export { type DirEntry, type FileStat, type Host, HostError } from "./host.ts";
export { MemoryHost } from "./memory.ts";

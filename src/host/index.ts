export { type DirEntry, type FileStat, type Host, HostError } from "./host.ts";
export type { ToolResult } from "./tool.ts";
export { MemoryHost } from "./memory.ts";

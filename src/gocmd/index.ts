export { goCommand } from "./command.ts";
export { CommandError, type Exec, type ToolName, type ToolRequest } from "./exec.ts";
export { type CacheEntry, Cache, cacheDir } from "./cache.ts";
export { findGoRoot, type GoRoot } from "./goroot.ts";

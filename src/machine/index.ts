export { cpuModels } from "./cpu/cpuid.ts";
export { ElfError, parseElf } from "./kernel/loader.ts";
export { type KernelHooks, Outcome } from "./kernel/kernel.ts";
export { Machine, type MachineOptions } from "./machine.ts";
export { Process, type SigAction, SigInfo, Thread, ThreadState } from "./kernel/process.ts";
export { signalName } from "./kernel/signals.ts";
export { type ArgKind, syscallName } from "./kernel/table.ts";
export { errnoText } from "./kernel/errno.ts";
export type { Terminal } from "./kernel/files.ts";
export { Region } from "./mem/space.ts";
export type { Snapshot } from "./snapshot.ts";
export { type Driven, drive, type MachineIo } from "./drive.ts";
export {
  type MachineHost,
  machineMain,
  machineUsage,
  parseRunFlags,
  prepare,
  type RunOptions,
  SymbolTable,
  UsageError,
} from "./command.ts";
export { callText, quoted, straceLine } from "./kernel/strace.ts";

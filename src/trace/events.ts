// What a recorded run consists of. This is the stable format of `rt0 boot -json`: one event a line.

/** How much an event matters: 0 a step of the way, 1 what the step does, 2 every detail. */
export type Level = 0 | 1 | 2;

export type EventKind =
  /** Something of the file or the kernel before the first instruction. */
  | "load"
  /** A function of the boot path begins, ends. */
  | "enter"
  | "leave"
  /** The program wrote a field of a structure that matters. */
  | "write"
  /** CPUID was executed. */
  | "cpuid"
  | "syscall"
  | "thread"
  | "thread-exit"
  | "goroutine"
  /** A goroutine changed its status. */
  | "status"
  /** A thread begins to run a goroutine. */
  | "run"
  | "signal"
  | "exit";

/** One event. Numbers are JSON numbers; addresses are hexadecimal strings. */
export interface TraceEvent {
  /** Instructions run before it, all threads together. */
  readonly n: number;
  readonly kind: EventKind;
  readonly level: Level;
  /** Thread of the guest. */
  readonly tid: number;
  /** Goroutine: 0 is a g0; -1 before there is one. */
  readonly goid: number;
  /** P of the thread, -1 without. */
  readonly p: number;
  /** Nesting among the recorded functions of the same stack. */
  readonly depth: number;
  readonly pc: string;
  /** Function, without the suffix of its ABI. */
  readonly func: string;
  readonly file: string;
  readonly line: number;
  /** The sentence. */
  readonly text: string;
  /** Instructions between enter and leave, on "leave" events. */
  readonly cost?: number;
  /** What was read from the machine, by name. */
  readonly data?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** The head of the stream: the first line of -json. */
export interface TraceHead {
  readonly format: "rt0-boot";
  readonly version: 1;
  readonly program: string;
  readonly go: string;
  readonly stripped: boolean;
  readonly instructions: number;
  readonly status: number;
  /** Whether the program came to its end; false when the recording stopped before. */
  readonly ended: boolean;
  /** Instruction at which main.main began, -1 if it did not. */
  readonly mainMain: number;
  /** Later events that were not kept, because there were more than `-events`. */
  readonly dropped: number;
  /** What this version does otherwise than Go 1.26, as seen in the run. */
  readonly differences: readonly string[];
}

export interface Trace {
  readonly head: TraceHead;
  readonly events: readonly TraceEvent[];
  /** The initial stack: address, contents as words, meaning. */
  readonly stack: readonly { readonly address: string; readonly value: string; readonly text: string }[];
  /** Memory at the end: regions. */
  readonly maps: readonly {
    readonly start: string;
    readonly end: string;
    readonly perm: string;
    readonly name: string;
    readonly resident: number;
  }[];
  /** What the program printed. */
  readonly output: string;
}

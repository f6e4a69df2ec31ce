// Running to the end as the commands do: in pieces, between which the host's events get their turn, so that Ctrl-C is heard,
// input arrives and real time passes. Where the pieces end makes no difference to the guest.

import type { Terminal } from "./kernel/files.ts";
import { Outcome } from "./kernel/kernel.ts";
import { SigInfo } from "./kernel/process.ts";
import { Sig } from "./kernel/signals.ts";
import type { Machine } from "./machine.ts";

/** The outside of the command: streams, environment, and real time if wanted. */
export interface MachineIo extends Terminal {
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds, for -realtime. */
  now?(): number;
  /** Lets the host's events happen, for at least so many milliseconds or until one of them concerns the run. */
  pause?(ms: number): Promise<void>;
  /** Until there is input, or its end, or an interrupt. */
  waitInput?(): Promise<void>;
  /** How often the user has interrupted (Ctrl-C). */
  interrupts?(): number;
}

export interface Driven {
  readonly outcome: Outcome;
  /** Where the guest was when the user interrupted it: pc, thread, instructions; undefined: nobody did. */
  readonly interrupted: { readonly pc: number; readonly tid: number; readonly instructions: number } | undefined;
  /** The second interrupt stopped the run; the first is the guest's SIGINT. */
  readonly stopped: boolean;
}

/** Instructions between two looks at the outside: some tens of milliseconds. */
const piece = 5_000_000;

export async function drive(machine: Machine, maxInstructions: number, io: MachineIo): Promise<Driven> {
  let interrupted: Driven["interrupted"];
  let seen = 0;
  for (;;) {
    const outcome = machine.run(Math.min(piece, maxInstructions - machine.instructions));
    if (outcome === Outcome.Limit && machine.instructions < maxInstructions) await io.pause?.(0);
    else if (outcome === Outcome.Input && io.waitInput !== undefined) await io.waitInput();
    else if (outcome === Outcome.Waiting && io.pause !== undefined) await io.pause(machine.kernel.wakeAfter);
    else return { outcome, interrupted, stopped: false };
    const count = io.interrupts?.() ?? 0;
    if (count === seen) continue;
    if (seen === 0) {
      const t = machine.kernel.state.current ?? machine.process?.main;
      interrupted = { pc: t?.pc ?? 0, tid: t?.tid ?? 0, instructions: machine.instructions };
      if (machine.process !== undefined)
        machine.kernel.signalProcess(machine.process, new SigInfo(Sig.INT, 128, 0, 0, 0, 0, 0));
    } else return { outcome, interrupted, stopped: true };
    seen = count;
  }
}

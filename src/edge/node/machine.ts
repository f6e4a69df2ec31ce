// Binds the machine to the process's own streams, clock and environment.
import { readSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { MachineIo } from "#machine";

/** Standard streams, read and written synchronously: the machine is one loop. */
export class NodeMachineIo implements MachineIo {
  readonly env: Record<string, string> = {};
  private readonly sleeper = new Int32Array(new SharedArrayBuffer(4));

  constructor() {
    for (const [k, v] of Object.entries(process.env)) if (v !== undefined) this.env[k] = v;
  }

  read(fd: number, count: number): Uint8Array {
    const b = new Uint8Array(Math.min(count, 65536));
    for (;;) {
      try {
        return b.subarray(0, readSync(fd, b, 0, b.length, null));
      } catch (e) {
        const code = (e as { code?: string }).code;
        if (code === "EOF") return new Uint8Array(0);
        if (code !== "EAGAIN") return new Uint8Array(0);
        this.sleep(5);
      }
    }
  }

  write(fd: number, bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(fd, bytes, at);
      } catch (e) {
        // A full pipe is waited for; a closed one is the guest's SIGPIPE.
        if ((e as { code?: string }).code !== "EAGAIN") return false;
        this.sleep(1);
      }
    }
    return true;
  }

  isTerminal(fd: number): boolean {
    return isatty(fd);
  }

  now(): number {
    return performance.now();
  }

  sleep(ms: number): void {
    Atomics.wait(this.sleeper, 0, 0, ms);
  }
}

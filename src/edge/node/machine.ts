// Binds the machine to the process's own streams, clock, environment and Ctrl-C.
import { fstatSync, readSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { MachineIo } from "#machine";

/**
 * Standard streams. Output is written synchronously; input from a file is read so too, other input (a terminal, a pipe) as it
 * comes, so that Ctrl-C is heard while a program waits for it.
 */
export class NodeMachineIo implements MachineIo {
  readonly env: Record<string, string> = {};
  private readonly sleeper = new Int32Array(new SharedArrayBuffer(4));
  private count = 0;
  private wake: (() => void) | undefined;
  /** undefined: input has not been asked for. */
  private chunks: Uint8Array[] | undefined;
  private ended = false;
  private readonly fromFile: boolean;

  constructor() {
    for (const [k, v] of Object.entries(process.env)) if (v !== undefined) this.env[k] = v;
    // The command's own listener ends the process at once.
    process.removeAllListeners("SIGINT").on("SIGINT", () => {
      this.count++;
      this.wake?.();
    });
    this.fromFile = isFile(0);
  }

  read(fd: number, count: number): Uint8Array | undefined {
    if (this.fromFile) {
      const b = new Uint8Array(Math.min(count, 65536));
      try {
        return b.subarray(0, readSync(fd, b, 0, b.length, null));
      } catch {
        return new Uint8Array(0);
      }
    }
    if (this.chunks === undefined) this.listen();
    const chunks = this.chunks as Uint8Array[];
    const first = chunks[0];
    if (first === undefined) {
      if (this.ended) return new Uint8Array(0);
      process.stdin.ref?.();
      process.stdin.resume();
      return undefined;
    }
    if (first.length <= count) {
      chunks.shift();
      return first;
    }
    chunks[0] = first.subarray(count);
    return first.subarray(0, count);
  }

  private listen(): void {
    this.chunks = [];
    const stdin = process.stdin;
    const more = (): void => {
      const wake = this.wake;
      this.wake = undefined;
      wake?.();
    };
    stdin.on("data", (b: Buffer) => {
      this.chunks?.push(b);
      // What nobody has asked for yet stays outside, and does not keep the process alive.
      stdin.pause();
      more();
    });
    const end = (): void => {
      this.ended = true;
      more();
    };
    stdin.on("end", end);
    stdin.on("error", end);
  }

  waitInput(): Promise<void> {
    if (this.ended || (this.chunks?.length ?? 0) > 0) return Promise.resolve();
    return new Promise((done) => {
      this.wake = () => {
        this.wake = undefined;
        // A stream that is listened to keeps the process alive.
        process.stdin.pause();
        done();
      };
    });
  }

  write(fd: number, bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(fd, bytes, at);
      } catch (e) {
        // A full pipe is waited for; a closed one is the guest's SIGPIPE.
        if ((e as { code?: string }).code !== "EAGAIN") return false;
        Atomics.wait(this.sleeper, 0, 0, 1);
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

  pause(ms: number): Promise<void> {
    if (ms === 0) return new Promise((done) => setImmediate(done));
    return new Promise((done) => {
      const end = (): void => {
        clearTimeout(timer);
        this.wake = undefined;
        done();
      };
      const timer = setTimeout(end, ms);
      this.wake = end;
    });
  }

  interrupts(): number {
    return this.count;
  }
}

/** Whether a descriptor is a regular file or a device like /dev/null, which are always ready. */
function isFile(fd: number): boolean {
  try {
    const s = fstatSync(fd);
    return s.isFile() || (s.isCharacterDevice() && !isatty(fd));
  } catch {
    return true;
  }
}

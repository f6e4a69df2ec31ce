import type { RegMask } from "../core/index.ts";

/** More wishes than this at one point are not kept track of: the oldest are forgotten. */
const limit = 24;

/**
 * In which registers values had best be, seen from the uses behind a point of the program: where a call wants its
 * argument, where a loop's phi lives. Kept while going backwards through a block. Wishes only guide choices.
 */
export class Desired {
  readonly ids: number[] = [];
  readonly masks: RegMask[] = [];
  /** All registers somebody wishes for. */
  avoid: RegMask = 0;

  clear(): void {
    this.ids.length = 0;
    this.masks.length = 0;
    this.avoid = 0;
  }

  get(id: number): RegMask {
    const i = this.ids.indexOf(id);
    return i < 0 ? 0 : this.masks[i]!;
  }

  /** The nearest use decides: an older wish for the same value is replaced. */
  add(id: number, mask: RegMask): void {
    if (mask === 0) return;
    const i = this.ids.indexOf(id);
    if (i >= 0) {
      this.masks[i] = mask;
    } else {
      if (this.ids.length === limit) {
        this.ids.shift();
        this.masks.shift();
      }
      this.ids.push(id);
      this.masks.push(mask);
    }
    this.avoid |= mask;
  }

  remove(id: number): void {
    const i = this.ids.indexOf(id);
    if (i < 0) return;
    const last = this.ids.length - 1;
    this.ids[i] = this.ids[last]!;
    this.masks[i] = this.masks[last]!;
    this.ids.length = last;
    this.masks.length = last;
    this.refresh();
  }

  /** Registers that an instruction destroys: nothing can stay in them until the wish comes true. */
  clobber(mask: RegMask): void {
    if ((this.avoid & mask) === 0) return;
    let n = 0;
    for (let i = 0; i < this.ids.length; i++) {
      const m = this.masks[i]! & ~mask;
      if (m === 0) continue;
      this.ids[n] = this.ids[i]!;
      this.masks[n++] = m;
    }
    this.ids.length = n;
    this.masks.length = n;
    this.refresh();
  }

  /** Takes over the wishes of a successor that this one does not have yet. */
  merge(ids: readonly number[], masks: readonly RegMask[]): void {
    for (let i = 0; i < ids.length; i++) if (this.ids.indexOf(ids[i]!) < 0) this.add(ids[i]!, masks[i]!);
  }

  private refresh(): void {
    let a = 0;
    for (const m of this.masks) a |= m;
    this.avoid = a;
  }
}

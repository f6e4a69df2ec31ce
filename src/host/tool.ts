/** What a tool (`compile`, `asm`, `link`, `nm`, …) leaves behind besides its files: the texts it prints and its exit status. */
export interface ToolResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What goes to standard output instead of `stdout` when it is no text (members of archives). */
  readonly bytes?: Uint8Array;
}

/** What a tool (`compile`, `asm`, `link`, `nm`, …) leaves behind besides its files: the texts it prints and its exit status. */
export interface ToolResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

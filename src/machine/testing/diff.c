// Runs single instructions on prepared registers and memory and reports what they left. The same static program is run on
// the real CPU and in the machine; the outputs must agree. Input: struct in, repeated; output: struct out, repeated.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct in {
  uint8_t len, code[15];
  uint64_t gpr[16], flags;
  uint8_t ymm[16][32];
  uint64_t seed;
  // The start of an FXSAVE image: control, status, tags, MXCSR, eight x87 registers.
  uint8_t fx[160];
};
struct out {
  uint64_t sig;
  uint64_t gpr[16], flags;
  uint8_t ymm[16][32];
  uint64_t mem;
  uint8_t fx[160];
};

#define STATE 0x30000000ul
#define BUFFER 0x10000000ul
#define CODE 0x20000000ul
// The state page: gpr at 0, flags at 128, ymm at 256, host rsp at 1024, target at 1032, FXSAVE images at 2048 and 2560.
extern void enter(void);
extern void leave_(void);
__asm__(
    ".globl enter\nenter:\n"
    "push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "mov %rsp, 0x30000400\n"
    "fxrstor64 0x30000800\n"
    ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "vmovdqu 0x30000100+\\n*32, %ymm\\n\n"
    ".endr\n"
    "pushq 0x30000080; popfq\n"
    "mov 0x30000000, %rax; mov 0x30000008, %rcx; mov 0x30000010, %rdx; mov 0x30000018, %rbx\n"
    "mov 0x30000020, %rsp; mov 0x30000028, %rbp; mov 0x30000030, %rsi; mov 0x30000038, %rdi\n"
    "mov 0x30000040, %r8; mov 0x30000048, %r9; mov 0x30000050, %r10; mov 0x30000058, %r11\n"
    "mov 0x30000060, %r12; mov 0x30000068, %r13; mov 0x30000070, %r14; mov 0x30000078, %r15\n"
    "jmp *0x30000408\n"
    ".globl leave_\nleave_:\n"
    "mov %rax, 0x30000000; mov %rcx, 0x30000008; mov %rdx, 0x30000010; mov %rbx, 0x30000018\n"
    "mov %rsp, 0x30000020; mov %rbp, 0x30000028; mov %rsi, 0x30000030; mov %rdi, 0x30000038\n"
    "mov %r8, 0x30000040; mov %r9, 0x30000048; mov %r10, 0x30000050; mov %r11, 0x30000058\n"
    "mov %r12, 0x30000060; mov %r13, 0x30000068; mov %r14, 0x30000070; mov %r15, 0x30000078\n"
    "mov 0x30000400, %rsp\n"
    "pushfq; popq 0x30000080\n"
    "cld\n"
    "fxsave64 0x30000a00; fninit; ldmxcsr 0x30000410\n"
    ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
    "vmovdqu %ymm\\n, 0x30000100+\\n*32\n"
    ".endr\n"
    "vzeroupper\n"
    "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "ret\n");

static uint32_t usual = 0x1f80;
static sigjmp_buf escape;
static void onsignal(int sig) { siglongjmp(escape, sig); }

static int readall(void *p, size_t n) {
  size_t at = 0;
  while (at < n) {
    ssize_t r = read(0, (char *)p + at, n - at);
    if (r <= 0) return 0;
    at += r;
  }
  return 1;
}

#define BATCH 512
static struct in cases[BATCH];
static struct out results[BATCH];

int main(void) {
  int rwx = PROT_READ | PROT_WRITE | PROT_EXEC, flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  mmap((void *)STATE, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
  mmap((void *)BUFFER, 8192, PROT_READ | PROT_WRITE, flags, -1, 0);
  mmap((void *)CODE, BATCH * 64, rwx, flags, -1, 0);
  static char alt[65536];
  stack_t ss = {.ss_sp = alt, .ss_size = sizeof alt};
  sigaltstack(&ss, 0);
  struct sigaction sa = {.sa_handler = onsignal, .sa_flags = SA_ONSTACK | SA_NODEFER};
  int sigs[] = {SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGTRAP};
  for (int i = 0; i < 5; i++) sigaction(sigs[i], &sa, 0);
  for (;;) {
    uint64_t n;
    if (!readall(&n, 8) || n == 0 || n > BATCH) break;
    if (!readall(cases, n * sizeof cases[0])) break;
    for (uint64_t i = 0; i < n; i++) {
      uint8_t *c = (uint8_t *)CODE + i * 64;
      memcpy(c, cases[i].code, cases[i].len);
      c += cases[i].len;
      *c++ = 0xff, *c++ = 0x25, *c++ = 0, *c++ = 0, *c++ = 0, *c++ = 0;
      uint64_t back = (uint64_t)leave_;
      memcpy(c, &back, 8);
    }
    for (uint64_t i = 0; i < n; i++) {
      uint64_t x = cases[i].seed;
      uint64_t *mem = (uint64_t *)BUFFER;
      for (int k = 0; k < 256; k++) {
        x = x * 6364136223846793005ul + 1442695040888963407ul;
        mem[k] = x ^ (x >> 29);
      }
      memcpy((void *)STATE, cases[i].gpr, 128 + 8);
      memcpy((void *)(STATE + 256), cases[i].ymm, 512);
      *(uint64_t *)(STATE + 1032) = CODE + i * 64;
      *(uint32_t *)(STATE + 1040) = 0x1f80;
      memset((void *)(STATE + 2048), 0, 1024);
      memcpy((void *)(STATE + 2048), cases[i].fx, 160);
      volatile int sig = sigsetjmp(escape, 0);
      if (sig == 0) enter();
      struct out *o = &results[i];
      o->sig = sig;
      if (sig == 0) {
        memcpy(o->gpr, (void *)STATE, 128 + 8);
        memcpy(o->ymm, (void *)(STATE + 256), 512);
        memcpy(o->fx, (void *)(STATE + 2560), 160);
        // Where the last x87 instruction was is not compared, nor what is a constant of the CPU.
        memset(o->fx + 5, 0, 19);
        memset(o->fx + 28, 0, 4);
      } else {
        memset(o->fx, 0, 160);
        memset(o->gpr, 0, 128 + 8 + 512);
        __asm__ volatile("vzeroupper; cld; fninit; ldmxcsr %0" ::"m"(usual));
      }
      uint64_t h = 1469598103934665603ul;
      for (int k = 0; k < 256; k++) h = (h ^ mem[k]) * 1099511628211ul;
      o->mem = h;
    }
    fwrite(results, sizeof results[0], n, stdout);
    fflush(stdout);
  }
  return 0;
}

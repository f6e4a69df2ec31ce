/**
 * Instructions that Go's disassembler reads and the project's table (what an assembler writes) does not have, or that Go
 * reads in its own way. A line: opcode bytes, /digit, m (memory only) or r (register only); prefix condition; name;
 * operands. Conditions: `-` none; `np` neither 66 nor F2 nor F3 (which belong to other instructions); `n` the same, VEX included; `d` 66; `66`, `f2`, `f3`;
 * `w`: REX.W; `o16`: 66 without REX.W; name `?`: unknown to Go.
 *
 * Operands as Intel's opcode map names them: E r/m, G reg, R r/m as register, P and Q MMX reg and r/m, V and W XMM reg and
 * r/m, U r/m as XMM register, M memory, S segment register, C control, D debug, O offset, Z register in the opcode; size
 * b w d q, v (16, 32, 64 by prefixes), y (32 or 64), x (128 bits), t (80), f (no size); I immediate (b unsigned, w), 1 3;
 * eAX AL DX FS GS; st STi.
 */
export const goRows = `
6c - INSB $ins8
6d - INS $insv
6e - OUTSB $outs8
6f - OUTS $outsv
63 - MOVSXD Gv,Ed
8c o16 MOV Esel,Sw
8c - MOV Esel,Sw
8e o16 MOV Sw,Esel
8e - MOV Sw,Esel
8f/0 o16 POP Ew
9c o16 PUSHF
9d o16 POPF
a0 - MOV AL,Ob
a1 - MOV eAX,Ov
a2 - MOV Ob,AL
a3 - MOV Ov,eAX
c8 - ENTER Iw,Ib
ca - LRET Iw
cb - LRET
cf w IRETQ
cf o16 IRET
cf - IRETD
cd - INT Ib
d7 - XLATB $xlat
e4 - IN AL,Ib
e5 - IN eAX,Ib
e6 - OUT Ib,AL
e7 - OUT Ib,eAX
ec - IN AL,DX
ed - IN eAX,DX
ee - OUT DX,AL
ef - OUT DX,eAX
fa - CLI
fb - STI
ff/3m - LCALL Mp
ff/5m - LJMP Mp
f6/1 - ?
f7/1 - ?
c0/6 - ?
c1/6 - ?
d0/6 - ?
d1/6 - ?
d2/6 - ?
d3/6 - ?
0f00/0 - SLDT Esel
0f00/1 - STR Esel
0f00/2 - LLDT Ew
0f00/3 - LTR Ew
0f00/4 - VERR Ew
0f00/5 - VERW Ew
0f01/0m - SGDT Mf
0f01/1m - SIDT Mf
0f01/2m - LGDT Mf
0f01/3m - LIDT Mf
0f01/4 - SMSW Esel
0f01/6 - LMSW Ew
0f01/7m - INVLPG Mf
0f06 - CLTS
0f07 - SYSRET
0f08 - INVD
0f09 - WBINVD
0f0d/1m - PREFETCHW Mf
0f0d - ?
0f18/0m - PREFETCHNTA Mf
0f18/1m - PREFETCHT0 Mf
0f18/2m - PREFETCHT1 Mf
0f18/3m - PREFETCHT2 Mf
0f18 - ?
0f19 - ?
0f1a - ?
0f1b - ?
0f1c - ?
0f1d - ?
0f1e - ?
0f1f w ?
0f1f/1 - ?
0f1f/2 - ?
0f1f/3 - ?
0f1f/4 - ?
0f1f/5 - ?
0f1f/6 - ?
0f1f/7 - ?
0f12r 66 MOVLPD Vx,Wq
0f13r 66 MOVLPD Wq,Vx
0f16r 66 MOVHPD Vx,Wq
0f17r 66 MOVHPD Wq,Vx
0f13r - ?
0f17r - ?
0f20 - MOV Rq,Cd
0f21 - MOV Rq,Dd
0f22 - MOV Cd,Rq
0f23 - MOV Dd,Rq
0f2bm f2 MOVNTSD Mq,Vx
0f2bm f3 MOVNTSS Md,Vx
0f24 - MOV Rq,Td
0f26 - MOV Td,Rq
0f30 - WRMSR
0f32 - RDMSR
0f34 - SYSENTER
0f35 - SYSEXIT
0f6f n MOVQ Pq,Qq
0f7f n MOVQ Qq,Pq
0f90 - SETO Eb
0f91 - SETNO Eb
0f92 - SETB Eb
0f93 - SETAE Eb
0f94 - SETE Eb
0f95 - SETNE Eb
0f96 - SETBE Eb
0f97 - SETA Eb
0f98 - SETS Eb
0f99 - SETNS Eb
0f9a - SETP Eb
0f9b - SETNP Eb
0f9c - SETL Eb
0f9d - SETGE Eb
0f9e - SETLE Eb
0f9f - SETG Eb
0fa0 - PUSH FS
0fa1 - POP FS
0fa8 - PUSH GS
0fa9 - POP GS
0faa - RSM
0fae/0m f3 ?
0fae/1m f3 ?
0fae/2m f3 WRFSBASE Esel4
0fae/3m f3 WRGSBASE Esel4
0fae/7m - CLFLUSH Mf
0fae/0m w FXSAVE64 Mf
0fae/1m w FXRSTOR64 Mf
0fae/4m w XSAVE64 Mf
0fae/5m w XRSTOR64 Mf
0fae/6m w XSAVEOPT64 Mf
0fb9 d ?
0fb9 w ?
0fb9 - UD1 Gv,Ev
0fff d ?
0fff w ?
0fff - UD0 Gv,Ev
0fc4 np PINSRW Pq,Edw,Ib
0fc5r np PEXTRW Gd,Qq,Ib
0fc7/3m w XRSTORS64 Mf
0fc7/3m - XRSTORS Mf
0fc7/4m w XSAVEC64 Mf
0fc7/4m - XSAVEC Mf
0fc7/5m w XSAVES64 Mf
0fc7/5m - XSAVES Mf
0fd4 np PADDQ Pq,Qq
0fd8 np PSUBUSB Pq,Qq
0fd9 np PSUBUSW Pq,Qq
0fda np PMINUB Pq,Qq
0fde np PMAXUB Pq,Qq
0fe8 np PSUBSB Pq,Qq
0fe9 np PSUBSW Pq,Qq
0fea np PMINSW Pq,Qq
0fee np PMAXSW Pq,Qq
0ff6 np PSADBW Pq,Qq
0ff8 np PSUBB Pq,Qq
0ff9 np PSUBW Pq,Qq
0ffa np PSUBD Pq,Qq
0ffb np PSUBQ Pq,Qq
0f3800 np PSHUFB Pq,Qq
0f3801 np PHADDW Pq,Qq
0f3802 np PHADDD Pq,Qq
0f3803 np PHADDSW Pq,Qq
0f3804 np PMADDUBSW Pq,Qq
0f3805 np PHSUBW Pq,Qq
0f3806 np PHSUBD Pq,Qq
0f3807 np PHSUBSW Pq,Qq
0f3808 np PSIGNB Pq,Qq
0f3809 np PSIGNW Pq,Qq
0f380a np PSIGND Pq,Qq
0f380b np PMULHRSW Pq,Qq
0f381c np PABSB Pq,Qq
0f381d np PABSW Pq,Qq
0f381e np PABSD Pq,Qq
0f3882m 66 INVPCID Gq,Mx
0f3a0f np PALIGNR Pq,Qq,Ib
d8/0m - FADD Md
d8/1m - FMUL Md
d8/2m - FCOM Md
d8/3m - FCOMP Md
d8/4m - FSUB Md
d8/5m - FSUBR Md
d8/6m - FDIV Md
d8/7m - FDIVR Md
d8/0r - FADD st,sti
d8/1r - FMUL st,sti
d8/2r - FCOM sti
d8/3r - FCOMP sti
d8/4r - FSUB st,sti
d8/5r - FSUBR st,sti
d8/6r - FDIV st,sti
d8/7r - FDIVR st,sti
d9/0m - FLD Md
d9/2m - FST Md
d9/3m - FSTP Md
d9/4m - FLDENV Mf
d9/5m - FLDCW Mw
d9/6m - FNSTENV Mf
d9/7m - FNSTCW Mw
d9/0r - FLD sti
d9/1r - FXCH sti
da/0m - FIADD Md
da/1m - FIMUL Md
da/2m - FICOM Md
da/3m - FICOMP Md
da/4m - FISUB Md
da/5m - FISUBR Md
da/6m - FIDIV Md
da/7m - FIDIVR Md
da/0r - FCMOVB st,sti
da/1r - FCMOVE st,sti
da/2r - FCMOVBE st,sti
da/3r - FCMOVU st,sti
da=e9 - FUCOMPP
da - ?
db/0m - FILD Md
db/1m - FISTTP Md
db/2m - FIST Md
db/3m - FISTP Md
db/5m - FLD Mt
db/7m - FSTP Mt
db/0r - FCMOVNB st,sti
db/1r - FCMOVNE st,sti
db/2r - FCMOVNBE st,sti
db/3r - FCMOVNU st,sti
db/5r - FUCOMI st,sti
db/6r - FCOMI st,sti
dc/0m - FADD Mq
dc/1m - FMUL Mq
dc/2m - FCOM Mq
dc/3m - FCOMP Mq
dc/4m - FSUB Mq
dc/5m - FSUBR Mq
dc/6m - FDIV Mq
dc/7m - FDIVR Mq
dc/0r - FADD sti,st
dc/1r - FMUL sti,st
dc/4r - FSUBR sti,st
dc/5r - FSUB sti,st
dc/6r - FDIVR sti,st
dc/7r - FDIV sti,st
dc - ?
dd/0m - FLD Mq
dd/1m - FISTTP Mq
dd/2m - FST Mq
dd/3m - FSTP Mq
dd/4m - FRSTOR Mf
dd/6m - FNSAVE Mf
dd/7m - FNSTSW Mw
dd/0r - FFREE sti
dd/2r - FST sti
dd/3r - FSTP sti
dd/4r - FUCOM sti
dd/5r - FUCOMP sti
dd - ?
de/0m - FIADD Mw
de/1m - FIMUL Mw
de/2m - FICOM Mw
de/3m - FICOMP Mw
de/4m - FISUB Mw
de/5m - FISUBR Mw
de/6m - FIDIV Mw
de/7m - FIDIVR Mw
de/0r - FADDP sti,st
de/1r - FMULP sti,st
de=d9 - FCOMPP
de/4r - FSUBRP sti,st
de/5r - FSUBP sti,st
de/6r - FDIVRP sti,st
de/7r - FDIVP sti,st
de - ?
df/0m - FILD Mw
df/1m - FISTTP Mw
df/2m - FIST Mw
df/3m - FISTP Mw
df/4m - FBLD Mf
df/5m - FILD Mq
df/6m - FBSTP Mf
df/7m - FISTP Mq
df/0r - FFREEP sti
df=e0 - FNSTSW AX
df/5r - FUCOMIP st,sti
df/6r - FCOMIP st,sti
df - ?
`;

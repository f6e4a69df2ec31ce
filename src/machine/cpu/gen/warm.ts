// Made by src/machine/testing/forms.ts: instruction forms that programs were seen to use and that are not in the loop.
// The bundled base module brings them, so that a program's start does not have to emit them.
export const warm = `
adc r32,i32
adc r64,i64 f
adc r64,r64
add m32,i32
add m32,i32 f
add m32,r32 f
add m64,i64
add r16,i16
add r32,m32
add r32,m32 f
and m32,i32
and m32,i32 f
and m32,r32
and m32,r32 f
and m64,i64
and m64,i64 f
and m64,r64
and m64,r64 f
and m8,r8
and m8,r8 f
and r16,i16
and r16,i16 f
and r32,r32 f
and r64,m64 f
and r8,i8
and r8,i8 f
and r8,r8 f
andpd v128,m128
blsmsk r32,r32
bsf r32,r32
bsr r32,r32
bsr r32,r32 f
bsr r64,m64
bsr r64,r64
bsr r64,r64 f
bswap r64
bt r32,i32
bt r64,r64 f
btc r64,r64
btc r64,r64 f
btr r32,i32
btr r32,r32
btr r32,r32 f
btr r64,i64
btr r64,i64 f
btr r64,r64
btr r64,r64 f
bts m32,i32 f
bts r32,i32
bts r32,r32 f
bts r64,i64
bts r64,i64 f
bts r64,r64
bts r64,r64 f
call m64
cdq -
cdqe -
cld -
cmovcc r32,m32 4
cmovcc r32,r32 12
cmovcc r32,r32 14
cmovcc r32,r32 2
cmovcc r32,r32 4
cmovcc r32,r32 6
cmovcc r32,r32 7
cmovcc r32,r32 8
cmovcc r32,r32 9
cmovcc r64,m64 4
cmovcc r64,r64 13
cmovcc r64,r64 14
cmovcc r64,r64 15
cmovcc r64,r64 6
cmovcc r64,r64 8
cmovcc r64,r64 9
cmp m16,i16 f
cmp m16,r16 f
cmp m32,r32 f
cmp m64,r64 f
cmp m8,r8 f
cmp r16,i16 f
cmp r16,r16 f
cmp r32,r32 f
cmp r64,i64
cmp r64,m64 f
cmp r8,i8
cmp r8,m8 f
cmp+jcc m16,i16 f 5
cmp+jcc m16,i16 f 6
cmp+jcc m16,r16 f 4
cmp+jcc m16,r16 f 5
cmp+jcc m16,r16 f 6
cmp+jcc m32,i32 f 12
cmp+jcc m32,i32 f 13
cmp+jcc m32,i32 f 15
cmp+jcc m32,i32 f 2
cmp+jcc m32,i32 f 3
cmp+jcc m32,i32 f 6
cmp+jcc m32,i32 f 7
cmp+jcc m32,r32 f 12
cmp+jcc m32,r32 f 13
cmp+jcc m32,r32 f 14
cmp+jcc m32,r32 f 15
cmp+jcc m32,r32 f 2
cmp+jcc m32,r32 f 4
cmp+jcc m32,r32 f 7
cmp+jcc m64,i64 f 12
cmp+jcc m64,i64 f 13
cmp+jcc m64,i64 f 15
cmp+jcc m64,i64 f 3
cmp+jcc m64,i64 f 6
cmp+jcc m64,i64 f 7
cmp+jcc m64,r64 f 12
cmp+jcc m64,r64 f 13
cmp+jcc m64,r64 f 14
cmp+jcc m64,r64 f 15
cmp+jcc m64,r64 f 2
cmp+jcc m8,i8 f 2
cmp+jcc m8,i8 f 7
cmp+jcc m8,r8 f 4
cmp+jcc m8,r8 f 5
cmp+jcc m8,r8 f 6
cmp+jcc r16,i16 f 3
cmp+jcc r16,i16 f 4
cmp+jcc r16,i16 f 5
cmp+jcc r16,i16 f 7
cmp+jcc r16,m16 f 5
cmp+jcc r16,r16 f 3
cmp+jcc r16,r16 f 5
cmp+jcc r16,r16 f 7
cmp+jcc r32,i32 f 12
cmp+jcc r32,i32 f 13
cmp+jcc r32,i32 f 14
cmp+jcc r32,i32 f 2
cmp+jcc r32,r32 f 2
cmp+jcc r32,r32 f 3
cmp+jcc r32,r32 f 7
cmp+jcc r64,m64 f 2
cmp+jcc r64,m64 f 3
cmp+jcc r64,m64 f 4
cmp+jcc r64,m64 f 7
cmp+jcc r8,i8 f 14
cmp+jcc r8,i8 f 15
cmp+jcc r8,i8 f 6
cmp+jcc r8,m8 f 4
cmp+jcc r8,m8 f 5
cmp+jcc r8,r8 f 2
cmp+jcc r8,r8 f 3
cmp+jcc r8,r8 f 5
cmp+jcc r8,r8 f 6
cmp+jcc r8,r8 f 7
cpuid -
cqo -
cvtsd2si r64,v128
cvtsd2ss v128,v128
cvtsi2sd v128,r32
cvtsi2ss v128,r64
cvtss2sd v128,v128
cvttsd2si r32,v128
cvttsd2si r64,v128
dec m32 f
dec m64
dec m64 f
div m64
div r16
div r32
divss v128,v128
endbr64 -
fucomi - f
fucomip - f
idiv r32
idiv r64
imul r32,r32
imul r32,r32 f
imul r32,r32,i32 f
imul r64 f
jcc - 10
jcc - 8
jcc - 9
jmp r64
lfence -
mfence -
mov r16,m16
mov r8,r8
movapd v128,v128
movaps m128,v128
movaps v128,m128
movaps v128,v128
movd r32,v128
movd v128,r32
movdqa v128,m128
movhps v128,m64
movmskpd r32,v128
movq m64,v128
movq v128,m64
movs -
movss m32,v128
movss v128,m32
movsx r32,m8
movsx r32,r8
movsx r64,m8
movsx r64,r8
movzx r64,m8
mul r32 f
mulsd v128,m64
mulss v128,v128
neg r32 f
or m32,i32
or m32,i32 f
or m32,r32
or m32,r32 f
or m64,i64
or m64,r64
or m64,r64 f
or m8,i8
or m8,r8 f
or r32,i32 f
or r32,m32
or r32,m32 f
or r32,r32 f
or r64,i64
or r64,i64 f
or r64,m64
or r64,m64 f
or r8,i8
or r8,i8 f
or r8,r8 f
paddq v128,v128
pand v128,m128
pand v128,v128
pause -
pcmpeqb v128,m128
pcmpeqd v128,v128
pcmpestri -
pcmpgtd v128,v128
pinsrd v128,m32,i128 2
pinsrw v128,r32,i128 4
pminub v128,v128
pmuludq v128,v128
popcnt r32,r32 f
popcnt r64,r64
popcnt r64,r64 f
popf - f
por v128,v128
prefetcht0 m8
pshufb v128,m128
pshufd v128,v128,i128 221
pshufhw v128,v128,i128
pslld v128,i128 1
pslld v128,i128 2
pslld v128,i128 3
pslld v128,i128 4
pslld v128,i128 5
pslld v128,i128 8
psllq v128,i128 32
psrad v128,i128 4
psrld v128,i128 24
psrlq v128,i128 32
psubd v128,v128
punpckldq v128,v128
punpcklqdq v128,v128
punpcklwd v128,v128
push i64
push m64
pushf -
pxor v128,m128
rcr r64,i8
rcr r64,i8 f
rdtsc -
rdtscp -
rol r64,i64
rol r64,i64 f
ror r64,i64
sar r32,i32 f
sar r32,i8
sar r64,i64 f
sar r64,i8
sar r64,r8
sbb r32,i32 f
sbb r32,r32 f
sbb r64,i64 f
sbb r64,r64 f
setcc m8 12
setcc m8 15
setcc m8 2
setcc m8 3
setcc m8 4
setcc r8
setcc r8 14
setcc r8 15
setcc r8 2
setcc r8 3
shl r32,i32 f
shl r32,i8
shl r32,r8 f
shl r64,i8
shl r64,r8 f
shld r64,r64,r8
shr r16,i16
shr r32,i32 f
shr r32,i8 f
shr r32,r8
shr r32,r8 f
shr r64,i8 f
shr r64,r8 f
shr r8,r8
shrd r64,r64,r8
shrd r64,r64,r8 f
std -
stos -
sub m32,i32
sub m32,i32 f
sub m32,r32
sub m32,r32 f
sub m64,r64 f
sub r32,i32
sub r32,i32 f
sub r32,m32
sub r32,r32 f
sub r64,m64 f
syscall -
test m8,i8 f
test r16,i16 f
test r16,r16 f
test r32,i32 f
test r32,r32
test r64,i64 f
test r64,r64
test r8,i8 f
test r8,r8
test+jcc m32,i32 f 4
test+jcc m32,i32 f 5
test+jcc m8,i8 f 4
test+jcc m8,i8 f 5
test+jcc r16,r16 f 4
test+jcc r16,r16 f 5
test+jcc r16,r16 f 6
test+jcc r16,r16 f 7
test+jcc r32,i32 f 4
test+jcc r32,i32 f 5
test+jcc r32,r32 f 13
test+jcc r32,r32 f 15
test+jcc r32,r32 f 7
test+jcc r32,r32 f 8
test+jcc r32,r32 f 9
test+jcc r64,i64 f 4
test+jcc r64,i64 f 6
test+jcc r64,r64 f 7
test+jcc r64,r64 f 8
test+jcc r64,r64 f 9
test+jcc r8,r8 f 8
tzcnt r32,r32
tzcnt r32,r32 f
tzcnt r64,m64
tzcnt r64,m64 f
ucomisd v128,m64 f
ucomiss v128,v128 f
vmovd v128,r32
vmovdqa m256,v256
vmovdqu m128,v128
vmovdqu m256,v256
vmovdqu v128,m128
vmovdqu v256,m256
vpbroadcastb v256,v128
vpcmpeqb v256,v256,m256
vpcmpeqb v256,v256,v256
vpmovmskb r32,v256
vpor v256,v256,v256
vptest v256,v256 f
vpxor v128,v128,v128
vpxor v256,v256,v256
vzeroupper -
xadd m32,r32
xadd m64,r64 f
xchg m64,r64
xgetbv -
xor r32,m32 f
xor r64,i64
xor r64,i64 f
xor r64,m64 f
xor r8,i8
xor r8,i8 f
xor r8,r8
xor r8,r8 f
`;

; Small kernels in one 64 KB ROM: run as -bios. COM1 gets a letter at the start and the same letter at the end of each kernel, so that
; whoever listens can take the time between; Z is the end. Each kernel asks one question about an emulator.
; %define S scales the work down: S=10 is a tenth of the loops. %define SSE adds kernel J, where the assembler knows SSE2.
%ifndef S
%define S 1
%endif

ROM  equ 0xF0000
RAM  equ 0x200000               ; the ROM copies itself here and runs from RAM
COM1 equ 0x3F8

bits 16
org 0
start16:
    cli
    in al, 0x92                 ; A20 on, no reset
    or al, 2
    and al, 0xFE
    out 0x92, al
    mov ax, cs
    mov ds, ax
    o32 lgdt [gdtr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp dword 8:ROM+start32
align 8
gdt: dq 0, 0x00CF9A000000FFFF, 0x00CF92000000FFFF
gdtr: dw 23
    dd ROM+gdt

bits 32
start32:
    mov ax, 16
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov fs, ax
    mov gs, ax
    mov esp, 0x1F0000
    cld
    mov esi, ROM
    mov edi, RAM
    mov ecx, 16384
    rep movsd
    mov eax, cr0                ; x87 on: EM and TS off, MP on
    and eax, ~0xC
    or eax, 2
    mov cr0, eax
    fninit
    mov edx, COM1+3             ; 8 data bits: after a reset a 16550A sends 5
    mov al, 3
    out dx, al
    mov eax, RAM+main
    jmp eax

%macro MARK 1
    mov al, %1
    mov edx, COM1
    out dx, al
%endmacro
%macro RUN 2
    MARK %1
    mov eax, RAM+%2
    call eax
    MARK %1
%endmacro

align 4096
main:
    RUN 'A', k_alu
    RUN 'B', k_store
    RUN 'C', k_call
    RUN 'D', k_sort
    RUN 'E', k_indirect
    RUN 'F', k_pages
    RUN 'G', k_crc
    RUN 'H', k_rep
    RUN 'I', k_x87
    RUN 'K', k_flags
%ifdef SSE
    mov eax, 1
    cpuid
    test edx, 1 << 26           ; SSE2
    jz .end
    mov eax, cr4                ; OSFXSR, OSXMMEXCPT
    or eax, 0x600
    mov cr4, eax
    RUN 'J', k_sse
.end:
%endif
    MARK 'Z'
.halt:
    hlt
    jmp .halt

; A: arithmetic in registers, seven instructions a round
align 4096
k_alu:
    mov edx, 100000000/S
    mov eax, 1
    mov ebx, 2
    mov ecx, 3
align 16
.l: add eax, ebx
    xor ebx, ecx
    lea ecx, [ecx+eax*4+7]
    sub eax, ecx
    shl ebx, 1
    dec edx
    jnz .l
    ret

; B: byte stores with a stride, as a sieve does
align 64
k_store:
    mov edx, 150/S+1
.o: mov ebx, 3
.m: mov esi, 0x300000
    add esi, ebx
    mov edi, 0x300000+65536
align 16
.l: mov byte [esi], 0
    add esi, ebx
    cmp esi, edi
    jb .l
    add ebx, 2
    cmp ebx, 200
    jb .m
    dec edx
    jnz .o
    ret

; C: calls, returns and the stack: Fibonacci numbers, recursively
align 64
k_call:
%if S > 1
    mov eax, 28
%else
    mov eax, 34
%endif
    call fib
    ret
align 16
fib:
    push ebp
    mov ebp, esp
    push ebx
    push esi
    mov ebx, eax
    cmp eax, 2
    jl .one
    lea eax, [ebx-1]
    call fib
    mov esi, eax
    lea eax, [ebx-2]
    call fib
    add eax, esi
    jmp .end
.one:
    mov eax, 1
.end:
    pop esi
    pop ebx
    pop ebp
    ret

; D: insertion sort of 512 words: loads, stores, and branches that depend on data
align 64
k_sort:
    mov dword [0x310000], 400/S+1
.o: mov edi, 0x320000
    mov eax, 12345
    xor ecx, ecx
.f: imul eax, eax, 1664525
    add eax, 1013904223
    mov [edi+ecx*4], eax
    inc ecx
    cmp ecx, 512
    jb .f
    mov ecx, 1
.i: mov eax, [edi+ecx*4]
    lea edx, [ecx-1]
.j: cmp edx, 0
    jl .k
    mov ebx, [edi+edx*4]
    cmp ebx, eax
    jle .k
    mov [edi+edx*4+4], ebx
    dec edx
    jmp .j
.k: mov [edi+edx*4+4], eax
    inc ecx
    cmp ecx, 512
    jb .i
    dec dword [0x310000]
    jnz .o
    ret

; E: indirect calls through a table of eight functions in one page
align 64
k_indirect:
    mov ecx, 20000000/S
    xor esi, esi
    xor eax, eax
.l: mov edx, esi
    and edx, 7
    call [RAM+table+edx*4]
    inc esi
    dec ecx
    jnz .l
    ret
align 4
table: dd RAM+f0, RAM+f1, RAM+f2, RAM+f3, RAM+f4, RAM+f5, RAM+f6, RAM+f7
f0: add eax, 1
    ret
f1: xor eax, 3
    ret
f2: sub eax, 7
    ret
f3: add eax, esi
    ret
f4: rol eax, 3
    ret
f5: lea eax, [eax+eax*2]
    ret
f6: not eax
    ret
f7: add eax, ecx
    ret

; F: direct calls from page to page
align 4096
k_pages:
    mov ecx, 5000000/S
    xor eax, eax
.l: call x0
    call x2
    call x4
    dec ecx
    jnz .l
    ret
align 4096
x0: add eax, 1
    call x1
    ret
align 4096
x1: xor eax, 5
    ret
align 4096
x2: add eax, 3
    call x3
    ret
align 4096
x3: xor eax, 9
    ret
align 4096
x4: add eax, 7
    call x5
    ret
align 4096
x5: rol eax, 1
    ret

; G: CRC-32 by table: byte loads, partial registers
align 4096
k_crc:
    xor ecx, ecx
.t: mov eax, ecx
    mov edx, 8
.u: shr eax, 1
    jnc .v
    xor eax, 0xEDB88320
.v: dec edx
    jnz .u
    mov [0x330000+ecx*4], eax
    inc ecx
    cmp ecx, 256
    jb .t
    mov ebx, 600/S+1
.o: mov esi, 0x300000
    mov ecx, 65536
    mov eax, -1
.l: movzx edx, byte [esi]
    xor dl, al
    shr eax, 8
    movzx edx, dl
    xor eax, [0x330000+edx*4]
    inc esi
    dec ecx
    jnz .l
    dec ebx
    jnz .o
    ret

; H: REP MOVSD of 64 KB, again and again
align 64
k_rep:
    mov ebx, 40000/S
.o: mov esi, 0x300000
    mov edi, 0x340000
    mov ecx, 16384
    rep movsd
    dec ebx
    jnz .o
    ret

; I: x87 arithmetic with memory operands
align 64
k_x87:
    mov ecx, 10000000/S
    fld1
    fldpi
    fld1
.l: fld st1
    fmul st0, st1
    fadd qword [RAM+constants]
    fstp qword [0x310010]
    fadd qword [RAM+constants+8]
    dec ecx
    jnz .l
    fninit
    ret
align 16
constants: dq 1.5, 0.0001, 2.5, 3.5

; J: SSE2
%ifdef SSE
align 64
k_sse:
    mov ecx, 30000000/S
    movapd xmm0, [RAM+constants]
    movapd xmm1, [RAM+constants]
    xorpd xmm2, xmm2
.l: movapd xmm3, xmm0
    mulpd xmm3, xmm1
    addpd xmm2, xmm3
    movapd [0x310020], xmm2
    paddd xmm4, xmm5
    dec ecx
    jnz .l
    ret
%endif

; K: flags that are used: ADC, SETcc, CMOVcc
align 64
k_flags:
    mov edi, 20000000/S
    xor eax, eax
    xor ecx, ecx
    mov ebx, 0x87654321
    mov esi, 7
.l: add eax, ebx
    adc ecx, esi
    setc dl
    movzx edx, dl
    add ebx, edx
    cmp eax, ecx
    cmovb esi, eax
    test esi, 1
    jz .x
    inc esi
.x: dec edi
    jnz .l
    ret

    times 0xFFF0-($-$$) db 0x90
bits 16
    jmp 0xF000:start16
    times 0x10000-($-$$) db 0

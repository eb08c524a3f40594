; Control transfers between rings: call gates with parameters in 16 and 32 bits, far returns, interrupt and trap gates, IRET, I/O
; permission (SDM vol. 3, 6.8.2 to 6.8.6, 7.12; vol. 1, 19.5).
%include "common.inc"

G_CALL   equ FREE               ; the gate under test
G_CODE   equ FREE+8             ; a code segment for tests
LOG      equ SCRATCH            ; what the target of a gate saw
LOW      equ 0xC000             ; code below 64 KB
RETURNS  equ V_USER+8           ; whether the targets of 16-bit gates return

main:
    call call_gates
    call call_gates_16
    call gate_checks
    call parameters
    call far_returns
    call interrupt_gates
    call iret_checks
    call io_permission
    call finish

; The target of the gates: notes CS, SS, ESP and what is on the stack, and comes back.
target:
    push ds
    push eax
    mov ax, DATA3
    mov ds, ax
    mov [LOG], cs
    mov [LOG+4], ss
    mov [LOG+8], esp
    mov eax, [esp+8]            ; return address and what follows it
    mov [LOG+12], eax
    mov eax, [esp+12]
    mov [LOG+16], eax
    mov eax, [esp+16]
    mov [LOG+20], eax
    mov eax, [esp+20]
    mov [LOG+24], eax
    mov eax, [esp+24]
    mov [LOG+28], eax
    mov eax, [esp+28]
    mov [LOG+32], eax
    pop eax
    pop ds
    retf

; The same, and drops three dwords of parameters from both stacks.
target_3:
    push ds
    push eax
    mov ax, DATA3
    mov ds, ax
    mov [LOG], cs
    mov [LOG+8], esp
    mov eax, [esp+16]
    mov [LOG+20], eax
    mov eax, [esp+20]
    mov [LOG+24], eax
    mov eax, [esp+24]
    mov [LOG+28], eax
    mov eax, [esp+28]
    mov [LOG+32], eax
    mov eax, [esp+32]
    mov [LOG+36], eax
    pop eax
    pop ds
    retf 12

%macro SAW 1
    PRINT %1
    PRINT ': cs '
    HEX [LOG], 4
    PRINT ' ss '
    HEX [LOG+4], 4
    PRINT ' esp '
    HEX [LOG+8]
    LINE
%endmacro

call_gates:
    GATE G_CALL, CODE0, target, 0xEC, 0
    SHOW 'call gate in ring 0', {call G_CALL:0x12345678}
    SAW 'seen'
    SHOW 'call gate with rpl 3 in ring 0', {call G_CALL+3:0}
    SAW 'seen'
    RING 3, 'call gate from ring 3', {call G_CALL+3:0}, {mov eax, esp}, {int 0x80}
    SAW 'seen'
    VALUE 'old cs on the stack', [LOG+16], 4
    VALUE 'old esp', [LOG+20]
    VALUE 'old ss', [LOG+24], 4
    VALUE 'esp afterwards', [V_REGISTERS+28]
    VALUE 'cs afterwards', [V_CS], 4
    VALUE 'ds afterwards', [V_SEGMENTS], 4
    RING 2, 'call gate from ring 2', {call G_CALL:0}
    SAW 'seen'
    RING 3, 'jump through a call gate to ring 0', {jmp G_CALL:0}
    ; Through memory.
    mov dword [V_USER], 0x11223344
    mov word [V_USER+4], G_CALL+3
    RING 3, 'call far [memory]', {call far [V_USER]}
    SAW 'seen'
    ; To ring 1 and to a conforming segment.
    GATE G_CALL, CODE1, target, 0xEC, 0
    RING 3, 'call gate to ring 1', {call G_CALL+3:0}
    SAW 'seen'
    GATE G_CALL, CODE1, target, 0xEC, 0
    SHOW 'call gate to ring 1 in ring 0', {call G_CALL:0}
    DESCRIPTOR G_CODE, 0, 0xFFFFF, 0x9E, 12
    GATE G_CALL, G_CODE, target, 0xEC, 0
    RING 3, 'call gate to conforming code', {call G_CALL+3:0}
    SAW 'seen'
    RING 3, 'jump through a gate to conforming code', {jmp G_CALL+3:0}
    VALUE 'cs', [LOG], 4
    ; Jump to the same ring.
    GATE G_CALL, CODE3, back_by_interrupt, 0xEC, 0
    RING 3, 'jump through a gate within ring 3', {jmp G_CALL:0}
    VALUE 'cs', [V_CS], 4
    ret

back_by_interrupt:
    int 0x80

call_gates_16:
    GATE G_CALL, CODE16, target_16-CODE_BASE, 0xE4, 0
    SHOW '16-bit call gate in ring 0', {call G_CALL:0}
    SAW 'seen'
    RING 3, '16-bit call gate from ring 3', {call G_CALL+3:0}
    SAW 'seen'
    VALUE 'ip and cs', [LOG+12]
    VALUE 'sp and ss', [LOG+16]
    GATE G_CALL, CODE16, target_16-CODE_BASE, 0xE4, 2
    RING 3, '16-bit call gate with two words', {push word 0x1111}, {push word 0x2222}, {call G_CALL+3:0}, {mov ebx, esp}, {int 0x80}
    VALUE 'ip and cs', [LOG+12]
    VALUE 'the words', [LOG+16]
    VALUE 'sp and ss', [LOG+20]
    mov byte [LOW], 0x9A        ; CALL G_CALL+3:0, INT 81h
    mov dword [LOW+1], 0
    mov word [LOW+5], G_CALL+3
    mov word [LOW+7], 0x81CD
    mov dword [RETURNS], 1
    RING 3, '16-bit call gate and back', {mov ax, DATA3}, {mov ds, ax}, {mov esi, esp}, {mov eax, LOW}, {jmp eax}
    VALUE 'eip', [V_EIP]
    VALUE 'esp', [V_ESP]
    mov dword [RETURNS], 0
    ret

bits 16
target_16:                      ; through a 16-bit gate: words on the stack
    push ds
    push eax
    mov ax, DATA3
    mov ds, ax
    mov [dword LOG], cs
    mov [dword LOG+4], ss
    mov [dword LOG+8], esp
    mov eax, [esp+6]
    mov [dword LOG+12], eax
    mov eax, [esp+10]
    mov [dword LOG+16], eax
    mov eax, [esp+14]
    mov [dword LOG+20], eax
    pop eax
    pop ds
    cmp dword [dword RETURNS], 0
    je .stay
    retf
.stay:
    int 0x81                    ; its return address has 16 bits only, and the tests lie above 64 KB
bits 32

; A call gate to ring 0 whose inner stack is bad. The exception needs a stack as well, so these vectors go to ring 1, whose stack is good.
%macro RING_TASK 1
    call ring1_traps
    RING 3, %1, {call G_CALL+3:0}
    call ring0_traps
%endmacro

gate_checks:
    GATE G_CALL, CODE0, target, 0x8C, 0
    RING 3, 'gate dpl 0 from ring 3', {call G_CALL:0}
    GATE G_CALL, CODE0, target, 0xCC, 0
    RING 3, 'gate dpl 2 from ring 3', {call G_CALL:0}
    RING 2, 'gate dpl 2 with rpl 3 from ring 2', {call G_CALL+3:0}
    RING 2, 'gate dpl 2 from ring 2', {call G_CALL+2:0}
    GATE G_CALL, CODE0, target, 0x6C, 0
    SHOW 'gate not present', {call G_CALL:0}
    GATE G_CALL, 0, target, 0xEC, 0
    SHOW 'gate to null', {call G_CALL:0}
    GATE G_CALL, DATA0, target, 0xEC, 0
    SHOW 'gate to data', {call G_CALL:0}
    GATE G_CALL, 0x200, target, 0xEC, 0
    SHOW 'gate beyond the gdt', {call G_CALL:0}
    GATE G_CALL, TSS_SEL, target, 0xEC, 0
    SHOW 'gate to a tss', {call G_CALL:0}
    DESCRIPTOR G_CODE, 0, 0xFFFFF, 0x1A, 12
    GATE G_CALL, G_CODE, target, 0xEC, 0
    SHOW 'gate to code not present', {call G_CALL:0}
    RING 3, 'gate to code not present from ring 3', {call G_CALL:0}
    DESCRIPTOR G_CODE, 0, 0xFFFFF, 0xFA, 12
    GATE G_CALL, G_CODE, target, 0xEC, 0
    SHOW 'gate to dpl 3 in ring 0', {call G_CALL:0}
    DESCRIPTOR G_CODE, 0, 0xFFF, 0x9A, 4
    GATE G_CALL, G_CODE, 0x1000, 0xEC, 0
    SHOW 'gate beyond the limit', {call G_CALL:0}
    RING 3, 'gate beyond the limit from ring 3', {call G_CALL:0}
    SHOW 'call to an interrupt gate in the gdt', {mov dword [TABLE(G_CALL)+4], 0x8E00}, {call G_CALL:0}
    ; The inner stack, as the TSS has it.
    GATE G_CALL, CODE0, target, 0xEC, 0
    mov dword [TSS+8], 0
    RING_TASK 'inner ss null'
    mov dword [TSS+8], DATA3
    RING_TASK 'inner ss of rpl 3'
    mov dword [TSS+8], CODE0
    RING_TASK 'inner ss code'
    mov dword [TSS+8], 0x200
    RING_TASK 'inner ss beyond the gdt'
    DESCRIPTOR G_CODE, 0, 0xFFFFF, 0x12, 12
    mov dword [TSS+8], G_CODE
    RING_TASK 'inner ss not present'
    DESCRIPTOR G_CODE, 0, 0xFFFFF, 0x90, 12
    RING_TASK 'inner ss read-only'
    DESCRIPTOR G_CODE, 0, 0xFFF, 0x92, 4
    RING_TASK 'inner ss too small'
    mov dword [TSS+8], DATA0
    ret

; #TS #NP #SS #GP go to ring 1, and from there INT 82h leads back. In ring 1 the recorder cannot work, so a stub notes what it needs.
ring1_traps:
    VECTOR 10, CODE1, ring1_10, 0xEE00
    VECTOR 11, CODE1, ring1_11, 0xEE00
    VECTOR 12, CODE1, ring1_12, 0xEE00
    VECTOR 13, CODE1, ring1_13, 0xEE00
    ret
ring0_traps:
    VECTOR 10, CODE0, trap_stubs+10*16, 0x8E00
    VECTOR 11, CODE0, trap_stubs+11*16, 0x8E00
    VECTOR 12, CODE0, trap_stubs+12*16, 0x8E00
    VECTOR 13, CODE0, trap_stubs+13*16, 0x8E00
    ret
%macro RING1_STUB 1
    push eax
    push ds
    mov ax, DATA3
    mov ds, ax
    mov eax, [esp+8]            ; error code
    mov [LOG+40], eax
    mov eax, [esp+12]           ; EIP
    mov [LOG+44], eax
    mov eax, [esp+16]           ; CS
    mov [LOG+48], eax
    mov dword [LOG+52], %1
    mov dword [TSS+8], DATA0    ; now ring 0 can be entered again
    mov dword [V_HOOK], from_ring1
    int 0x81
%endmacro
ring1_10: RING1_STUB 10
ring1_11: RING1_STUB 11
ring1_12: RING1_STUB 12
ring1_13: RING1_STUB 13

from_ring1:                     ; hook: puts what ring 1 has noted in the recorder's place
    mov dword [V_HOOK], 0
    mov eax, [LOG+40]
    mov [V_ERROR], eax
    mov eax, [LOG+44]
    mov [V_EIP], eax
    mov eax, [LOG+48]
    mov [V_CS], eax
    mov eax, [LOG+52]
    mov [V_VECTOR], eax
    jmp trap.recover

parameters:
    GATE G_CALL, CODE0, target_3, 0xEC, 3
    RING 3, 'call gate with three dwords', {push dword 0x33333333}, {push dword 0x22222222}, {push dword 0x11111111}, {call G_CALL+3:0}, {mov ebx, esp}, {int 0x80}
    VALUE 'first', [LOG+20]
    VALUE 'second', [LOG+24]
    VALUE 'third', [LOG+28]
    VALUE 'old esp', [LOG+32]
    VALUE 'old ss', [LOG+36], 4
    VALUE 'inner esp', [LOG+8]
    VALUE 'esp afterwards', [V_REGISTERS+16]
    SHOW 'in ring 0 no parameters are copied', {push dword 3}, {push dword 2}, {push dword 1}, {call G_CALL:0}
    VALUE 'first', [LOG+20]
    ; 31 parameters, from an outer stack that ends in the middle of them.
    GATE G_CALL, CODE0, target, 0xEC, 31
    DESCRIPTOR G_CODE, 0, STACK3_TOP-1, 0xF2, 4
    RING 3, 'parameters beyond the outer stack', {mov ax, G_CODE+3}, {mov ss, ax}, {mov esp, STACK3_TOP-40}, {call G_CALL+3:0}
    ret

far_returns:
    SHOW 'retf within ring 0', {push dword CODE0}, {push dword .here1}, {retf}
.here1:
    SHOW 'retf to data', {push dword DATA0}, {push dword 0}, {retf}
    SHOW 'retf to null', {push dword 0}, {push dword 0}, {retf}
    RING 3, 'retf to an inner ring', {push dword CODE0}, {push dword 0}, {retf}
    RING 3, 'retf with rpl below cpl', {push dword CODE3-3}, {push dword 0}, {retf}
    DESCRIPTOR G_CODE, 0, 0xFFFFF, 0x1A, 12
    SHOW 'retf to code not present', {push dword G_CODE}, {push dword 0}, {retf}
    ; Outwards: SS and ESP come from the stack, segments that the outer ring may not have become null.
    TRY .outer
    mov dword [V_START], .outer
    push dword DATA3
    push dword STACK3_TOP-0x200
    push dword CODE3
    push dword .in3
    mov ax, DATA0
    mov es, ax
    mov ax, DATA3
    mov fs, ax
    mov ax, CODE0
    mov gs, ax
    retf
.in3:
    int 0x80
.outer:
    VALUE 'retf to ring 3: cs', [V_CS], 4
    VALUE 'ss', [V_SS], 4
    VALUE 'esp', [V_ESP]
    VALUE 'ds', [V_SEGMENTS], 4
    VALUE 'es', [V_SEGMENTS+2], 4
    VALUE 'fs', [V_SEGMENTS+4], 4
    VALUE 'gs', [V_SEGMENTS+6], 4
    call flat_data
    TRY .outer_n
    push dword DATA3
    push dword STACK3_TOP-0x200
    push dword 1
    push dword 2
    push dword CODE3
    push dword .in3
    retf 8
.outer_n:
    VALUE 'retf 8 to ring 3: esp', [V_ESP]
    call flat_data
    SHOW 'retf outwards, ss of ring 0', {push dword DATA0}, {push dword 0}, {push dword CODE3}, {push dword 0}, {retf}
    SHOW 'retf outwards, ss null', {push dword 0}, {push dword 0}, {push dword CODE3}, {push dword 0}, {retf}
    DESCRIPTOR G_CODE, 0, 0xFFFFF, 0x72, 12
    SHOW 'retf outwards, ss not present', {push dword G_CODE+3}, {push dword 0}, {push dword CODE3}, {push dword 0}, {retf}
    SHOW 'retf outwards, ss of rpl 2', {push dword DATA3-1}, {push dword 0}, {push dword CODE3}, {push dword 0}, {retf}
    ret

interrupt_gates:
    RING 3, 'int to a gate of dpl 0', {int 0x40}
    RING 3, 'int to a gate of dpl 3', {int 0x80}
    RING 3, 'int3 with a gate of dpl 0', {int3}
    RING 3, 'into with a gate of dpl 0', {mov al, 0x7F}, {add al, 1}, {into}
    SHOW 'into without overflow', {xor eax, eax}, {into}
    SHOW 'into with overflow', {mov al, 0x7F}, {add al, 1}, {into}
    SHOW 'int3', {int3}
    SHOW 'int 3 in two bytes', {db 0xCD, 3}
    VECTOR 13, CODE0, trap_stubs+0x40*16, 0x8E00 ; a stub that expects no error code
    SHOW 'int 13 pushes no error code', {int 13}
    VECTOR 13, CODE0, trap_stubs+13*16, 0x8E00
    RING 3, 'ud2', {ud2}
    RING 3, 'ud2 with a gate of dpl 0 is no int', {ud2}
    ; An interrupt gate clears IF, a trap gate leaves it; both clear TF, NT and RF.
    sti
    SHOW 'interrupt gate with if set', {int 0x40}
    cli
    mov eax, [V_EFLAGS]
    and eax, 0x200
    VALUE 'if on the stack', eax
    VECTOR 0x41, CODE0, note_flags, 0x8F00
    VECTOR 0x42, CODE0, note_flags, 0x8E00
    push dword 0x4202           ; NT and IF
    popfd
    int 0x41
    VALUE 'flags behind a trap gate', [LOG]
    VALUE 'flags that it pushed', [LOG+4]
    push dword 0x4202
    popfd
    int 0x42
    VALUE 'flags behind an interrupt gate', [LOG]
    push dword 2
    popfd
    ; 16-bit gates push words.
    VECTOR 0x43, CODE16, gate_16-CODE_BASE, 0x8600
    mov [V_USER], esp
    SHOW '16-bit gate', {int 0x43}
    mov eax, [V_USER]
    sub eax, [LOG+8]
    VALUE 'bytes pushed', eax
    VALUE 'flags and cs', [LOG+2]
    VECTOR 0x43, CODE16, gate_16-CODE_BASE, 0x8700
    SHOW '16-bit trap gate', {int 0x43}
    VALUE 'flags and cs', [LOG+2]
    mov dword [RETURNS], 1
    mov dword [LOW], 0x81CD43CD ; INT 43h, INT 81h
    SHOW '16-bit gate and back', {mov eax, LOW}, {jmp eax}
    VALUE 'eip', [V_EIP]
    mov dword [RETURNS], 0
    VECTOR 0x43, CODE16, gate_16-CODE_BASE, 0xE600
    RING 3, '16-bit gate from ring 3', {int 0x43}
    VALUE 'flags and cs', [LOG+2]
    VALUE 'ss and sp', [LOG+12]
    ; Gates that cannot be used.
    VECTOR 0x44, CODE0, note_flags, 0x0E00
    SHOW 'int through a gate not present', {int 0x44}
    RING 3, 'int through a gate not present of dpl 0', {int 0x44}
    VECTOR 0x44, DATA0, note_flags, 0x8E00
    SHOW 'int to data', {int 0x44}
    VECTOR 0x44, 0, note_flags, 0x8E00
    SHOW 'int to null', {int 0x44}
    VECTOR 0x44, 0x200, note_flags, 0x8E00
    SHOW 'int beyond the gdt', {int 0x44}
    VECTOR 0x44, CODE3, note_flags, 0x8E00
    SHOW 'int to an outer ring', {int 0x44}
    VECTOR 0x44, CODE0, note_flags, 0x8C00
    SHOW 'int through a call gate', {int 0x44}
    VECTOR 0x44, CODE0, note_flags, 0x8900
    SHOW 'int through a tss descriptor', {int 0x44}
    DESCRIPTOR G_CODE, 0, 0xFFF, 0x9A, 4
    VECTOR 0x44, G_CODE, 0x1000, 0x8E00
    SHOW 'int beyond the limit of the code', {int 0x44}
    DESCRIPTOR G_CODE, 0, 0xFFFFF, 0x1A, 12
    VECTOR 0x44, G_CODE, 0x1000, 0x8E00
    SHOW 'int to code not present', {int 0x44}
    DESCRIPTOR G_CODE, 0, 0xFFFFF, 0x9E, 12
    VECTOR 0x45, G_CODE, conforming_target, 0xEE00
    RING 3, 'int to conforming code from ring 3', {int 0x45}
    VALUE 'cs there', [LOG], 4
    ; The IDT's limit.
    mov word [V_USER], 0x43*8-2
    mov dword [V_USER+2], IDT
    lidt [V_USER]
    SHOW 'int beyond the idt', {int 0x45}
    SHOW 'int 42h, whose gate is cut', {int 0x42}
    lidt [idt_register]
    ret

note_flags:
    pushfd
    pop dword [LOG]
    mov eax, [esp+8]
    mov [LOG+4], eax
    ; IRET would take NT for a task return.
    push dword 2
    popfd
    and dword [esp+8], ~0x4000
    iretd

conforming_target:
    mov ax, DATA3
    mov ds, ax
    mov [LOG], cs
    iretd

bits 16
gate_16:
    push ds
    push eax
    mov ax, DATA0
    mov ds, ax
    mov eax, [esp+6]            ; IP, CS
    mov [dword LOG], eax
    mov eax, [esp+8]            ; CS, flags
    mov [dword LOG+2], eax
    lea eax, [esp+6]
    mov [dword LOG+8], eax
    mov eax, [esp+12]
    mov [dword LOG+12], eax
    pop eax
    pop ds
    cmp dword [dword RETURNS], 0
    je .stay
    iret
.stay:
    int 0x81
bits 32

iret_checks:
    SHOW 'iret to data', {push dword 2}, {push dword DATA0}, {push dword 0}, {iretd}
    SHOW 'iret to null', {push dword 2}, {push dword 0}, {push dword 0}, {iretd}
    SHOW 'iret to rpl 3 of dpl 0', {push dword 2}, {push dword CODE0+3}, {push dword 0}, {iretd}
    RING 3, 'iret to ring 0', {push dword 2}, {push dword CODE0}, {push dword 0}, {iretd}
    SHOW 'iret outwards, ss of ring 0', {push dword DATA0}, {push dword 0}, {push dword 2}, {push dword CODE3}, {push dword 0}, {iretd}
    SHOW 'iret outwards, ss null', {push dword 0}, {push dword 0}, {push dword 2}, {push dword CODE3}, {push dword 0}, {iretd}
    SHOW 'iret with nt and no back link', {push dword 0x4002}, {popfd}, {iretd}
    push dword 2
    popfd
    ; Which flags IRET and POPF change, by ring.
    TRY .flags0
    push dword 0x00257ED7
    popfd
    pushfd
    pop ebx
    push dword 2
    popfd
    mov [LOG], ebx
    int 0x80
.flags0:
    VALUE 'popf in ring 0', [LOG]
    RING 3, 'popf in ring 3', {push dword 0x00257ED7}, {popfd}, {pushfd}, {pop ebx}, {push dword 2}, {popfd}, {int 0x80}
    VALUE 'its flags', [V_REGISTERS+16]
    mov dword [V_USER_FLAGS], 0x3002
    RING 3, 'popf in ring 3 with iopl 3', {push dword 0x00250ED7}, {popfd}, {pushfd}, {pop ebx}, {push dword 2}, {popfd}, {int 0x80}
    VALUE 'its flags', [V_REGISTERS+16]
    RING 3, 'iret in ring 3 with iopl 3', {push dword 0x00254ED7}, {push dword CODE3}, {push dword .iret3}, {iretd}
.iret3_check:
    VALUE 'its flags', [V_REGISTERS+16]
    mov dword [V_USER_FLAGS], 2
    ret
.iret3:
    pushfd
    pop ebx
    push dword 2
    popfd
    int 0x80

io_permission:
    mov dword [TSS+0x66], 0x68  ; the map lies beyond the TSS: no port is permitted
    RING 3, 'in without a map', {in al, 0x80}
    RING 3, 'cli', {cli}
    RING 3, 'sti', {sti}
    RING 3, 'insb', {insb}
    mov dword [V_USER_FLAGS], 0x3002
    RING 3, 'in with iopl 3', {in al, 0x80}
    RING 3, 'cli with iopl 3', {cli}
    mov dword [V_USER_FLAGS], 0x1002
    RING 3, 'in with iopl 1', {in al, 0x80}
    RING 1, 'in in ring 1 with iopl 1', {in al, 0x80}
    RING 2, 'cli in ring 2 with iopl 1', {cli}
    mov dword [V_USER_FLAGS], 2
    ; A map for ports 0 to FF.
    DESCRIPTOR G_CODE, TSS, 0x88+32, 0x89, 0
    mov ax, G_CODE
    ltr ax
    mov dword [TSS+0x64], 0x00880000
    mov edi, TSS+0x88
    mov ecx, 33
    mov al, 0
    rep stosb
    mov byte [TSS+0x88+0x10], 0xE0 ; 85h 86h 87h are refused
    mov byte [TSS+0x88+32], 0xFF
    RING 3, 'byte permitted', {in al, 0x84}
    RING 3, 'byte refused', {in al, 0x85}
    RING 3, 'word half refused', {in ax, 0x84}
    RING 3, 'word permitted', {in ax, 0x82}
    RING 3, 'dword at the end refused', {in eax, 0x82}
    RING 3, 'dword permitted', {in eax, 0x80}
    RING 3, 'last byte permitted', {in al, 0xFF}
    RING 3, 'word across the end of the map', {in ax, 0xFF}
    RING 3, 'beyond the map', {mov dx, 0x108}, {in al, dx}
    RING 3, 'far beyond the map', {mov dx, 0xFFFF}, {in al, dx}
    RING 3, 'outsb refused', {mov dx, 0x85}, {mov esi, SCRATCH}, {outsb}
    RING 3, 'outsb permitted', {mov dx, 0x80}, {mov esi, SCRATCH}, {outsb}
    mov dword [TSS+0x64], 0x00000000
    ret
ROM_END

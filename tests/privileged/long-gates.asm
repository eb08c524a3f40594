; 64-bit mode without paging's part: canonical faults, gates of 16 bytes, interrupt stacks and exceptions in exceptions, IRETQ, SYSCALL and
; SYSRET, segment loads, control and debug registers, bases (SDM vol. 3A 3.3.7, 5.8, 6.14, vol. 2).
%include "long.inc"

HOLE equ 0x800000000000

%macro hlt_twice 0
    mov rax, HOLE
    mov eax, [rax]
%endmacro
%macro fault_page 0
    mov eax, [0x10000000]
%endmacro
%macro DESCRIPTOR64 4           ; selector, limit, access, flags; base 0
    mov dword [GDT+%1], (%2) & 0xFFFF
    mov dword [GDT+%1+4], ((%3) << 8) | ((%2) & 0xF0000) | ((%4) << 20)
%endmacro
%macro pushfq_to 1
    mov rsp, STACK0_TOP-0x400
    pushfq
    pop rax
    mov [%1], rax
%endmacro

main64:
    call canonical
    call frames
    call gate_checks
    call nested
    call returns
    call system_calls
    call segment_loads
    call registers
    call bases
    SHOW64 'cr4, bit 32', {mov rax, cr4}, {bts rax, 32}, {mov cr4, rax}
    SHOW64 'cr8, 16', {mov eax, 16}, {mov cr8, rax}
    SHOW64 'lgdt', {mov rax, HOLE}, {mov [SCRATCH+2], rax}, {mov word [SCRATCH], 0xFF}, {lgdt [SCRATCH]}
    SHOW64 'lidt', {lidt [SCRATCH]}
    jmp finish64

canonical:                      ; the stack may be unusable
    mov byte [IDT64+8*16+4], 1
    mov byte [IDT64+12*16+4], 1
    mov byte [IDT64+13*16+4], 1
    SHOW64 'read', {mov rbx, HOLE}, {mov eax, [rbx]}
    SHOW64 'write', {mov rbx, HOLE}, {mov [rbx], eax}
    SHOW64 'read across', {mov rbx, HOLE-2}, {mov eax, [rbx]}
    SHOW64 'read from the last byte', {mov rbx, 0xFFFF7FFFFFFFFFFF}, {mov eax, [rbx]}
    SHOW64 'rbp', {mov rbp, HOLE}, {mov eax, [rbp]}
    SHOW64 'rsp', {mov rsp, HOLE+8}, {push rax}
    SHOW64 'pop', {mov rsp, HOLE}, {pop rax}
    SHOW64 'rbp as index', {mov rbp, HOLE}, {mov eax, [rbx+rbp*1+0]}
    SHOW64 'jmp', {mov rax, HOLE}, {jmp rax}
    SHOW64 'call', {mov rax, HOLE}, {call rax}
    SHOW64 'ret', {mov rax, HOLE}, {push rax}, {ret}
    SHOW64 'movs', {mov rsi, HOLE}, {mov edi, SCRATCH}, {movsb}
    SHOW64 'stos', {mov rdi, HOLE}, {stosb}
    SHOW64 'invlpg', {mov rax, HOLE}, {invlpg [rax]}
    SHOW64 'cmpxchg16b, not aligned', {mov eax, SCRATCH+8}, {db 0x48, 0x0F, 0xC7, 0x08}
    USER64 'ring 3: read', {mov rbx, HOLE}, {mov eax, [rbx]}
    USER64 'ring 3: push', {mov rsp, HOLE+8}, {push rax}
    mov byte [IDT64+13*16+4], 0
    ret

; What the processor pushes.
%macro FRAME64 1
    PRINT64 %1
    PRINT64 ': rsp '
    HEX64 [W_FRAME], 4
    PRINT64 ' cs '
    HEX64 [W_CS], 4
    PRINT64 ' rflags '
    HEX64 [W_FLAGS], 8
    PRINT64 ' rsp '
    HEX64 [W_RSP], 8
    PRINT64 ' ss '
    HEX64 [W_SS], 4
    LINE64
%endmacro
frames:
    TRY64 .same
    mov rsp, STACK0_TOP-0x100-3
    int 0x40
.same:
    FRAME64 'same ring'
    TRY64 .error
    mov rsp, STACK0_TOP-0x100-9
    mov rax, HOLE
    mov eax, [rax]
.error:
    FRAME64 'error code'
    USER64 'ring 3', {int 0x81}
    FRAME64 'ring 3'
    mov byte [IDT64+0x40*16+4], 1
    TRY64 .ist
    int 0x40
.ist:
    FRAME64 'ist 1'
    mov byte [IDT64+0x81*16+4], 2
    USER64 'ring 3, ist 2', {int 0x81}
    FRAME64 'ring 3, ist 2'
    mov byte [IDT64+0x40*16+4], 0
    mov byte [IDT64+0x81*16+4], 0
    ; The SS that a handler of an inner ring finds.
    mov qword [IDT64+0x82*16+8], 0
    mov eax, .see_ss
    mov [IDT64+0x82*16], ax
    shr eax, 16
    mov [IDT64+0x82*16+6], ax
    mov byte [IDT64+0x82*16+5], 0xEE
    TRY64 .seen
    mov qword [W_START], 0
    push DATA64_3
    push USER+STACK3_TOP
    push 2
    push CODE64_3
    push USER+.user
    iretq
.user:
    int 0x82
.see_ss:
    mov ax, ss
    mov [W_TEMP], rax
    mov ss, [idt64_register+4]  ; a null selector
    mov rax, ss
    mov [W_TEMP+8], rax
    mov eax, DATA64
    mov ss, ax
    mov rsp, [W_STACK]
.seen:
    VALUE64 'ss in the handler', [W_TEMP], 4
    VALUE64 'null ss loaded', [W_TEMP+8], 4
    ret

; CHANGED 'name', address, byte, {instruction}...: with a byte of a table changed
%macro CHANGED 4
    mov al, [%2]
    mov [W_TEMP+0x20], al
    mov byte [%2], %3
    SHOW64 %1, %4
    mov al, [W_TEMP+0x20]
    mov [%2], al
%endmacro
GATE40 equ IDT64+0x40*16
gate_checks:
    SHOW64 'int', {int 0x40}
    SHOW64 'beyond the limit', {int 0x84}
    CHANGED 'not present', GATE40+5, 0x0E, {int 0x40}
    CHANGED '16-bit gate', GATE40+5, 0x86, {int 0x40}
    CHANGED 'task gate', GATE40+5, 0x85, {int 0x40}
    CHANGED 'call gate', GATE40+5, 0x8C, {int 0x40}
    CHANGED 'null selector', GATE40+2, 0, {int 0x40}
    CHANGED '32-bit code', GATE40+2, CODE0, {int 0x40}
    CHANGED 'data', GATE40+2, DATA64, {int 0x40}
    CHANGED 'ring 3 code', GATE40+2, CODE64_3, {int 0x40}
    CHANGED 'beyond the gdt', GATE40+3, 0x80, {int 0x40}
    CHANGED 'target not canonical', GATE40+10, 0x80, {int 0x40}
    mov byte [GATE40+4], 2
    CHANGED 'stack not canonical', TSS64+0x2C+6, 0x80, {int 0x40}
    mov byte [GATE40+4], 0
    USER64 'dpl', {int 0x40}
    USER64 'rsp0 of ring 3', {hlt}
    ret

nested:                         ; exceptions while an exception is delivered
    mov qword [TSS64+0x34], 0x10000000 ; IST3: no page
    mov byte [IDT64+8*16+4], 1
    mov byte [IDT64+14*16+4], 3
    SHOW64 'page fault in page fault', {mov eax, [0x10000000]}
    mov byte [IDT64+14*16+4], 0
    mov byte [IDT64+13*16+4], 3
    SHOW64 'page fault in general protection', {mov rax, HOLE}, {mov eax, [rax]}
    mov byte [IDT64+13*16+4], 0
    mov byte [GATE40+4], 3
    SHOW64 'page fault in int', {int 0x40}
    mov byte [GATE40+4], 0
    CHANGED 'absent gate in general protection', IDT64+13*16+5, 0x0E, {hlt_twice}
    CHANGED 'absent gate in page fault', IDT64+14*16+5, 0x0E, {fault_page}
    ret

; BACK 'name', cs, ss, rip: IRETQ with them
%macro BACK 4
    SHOW64 %1, {push %3}, {push STACK0_TOP-0x200}, {push 2}, {push %2}, {mov rax, %4}, {push rax}, {iretq}
%endmacro
returns:
    BACK 'iretq', CODE64, DATA64, .stop
    BACK 'null ss', CODE64, 0, .stop
    BACK 'null ss with rpl 1', CODE64, 1, .stop
    BACK 'null ss with rpl 3', CODE64, 3, .stop
    BACK 'null ss to ring 3', CODE64_3, 3, USER+.stop
    BACK 'ring 3', CODE64_3, DATA64_3, USER+.stop
    BACK 'data of ring 0 in ring 3', CODE64_3, DATA64, USER+.stop
    BACK 'null ss to 32-bit code', CODE0, 0, .stop
    BACK 'null cs', 0, DATA64, .stop
    BACK 'data as cs', DATA64, DATA64, .stop
    BACK 'not canonical', CODE64, DATA64, HOLE
    BACK 'not canonical, to ring 3', CODE64_3, DATA64_3, HOLE
    SHOW64 'nt', {push 0x4002}, {popfq}, {iretq}
    DESCRIPTOR64 FREE64, 0xFFFFF, 0x9A, 0xE
    BACK 'l and d', FREE64, DATA64, .stop
    SHOW64 'far jump to l and d', {mov dword [SCRATCH], .stop}, {mov word [SCRATCH+4], FREE64}, {jmp far dword [SCRATCH]}
    SHOW64 'far jump to a tss', {mov word [SCRATCH+4], TSS64_SEL}, {jmp far dword [SCRATCH]}
    SHOW64 'far jump to null', {mov word [SCRATCH+4], 0}, {jmp far dword [SCRATCH]}
    ret
.stop:
    int 0x81

%macro MSR64 2                  ; index, value
    mov ecx, %1
    mov rax, %2
    mov rdx, rax
    shr rdx, 32
    wrmsr
%endmacro
system_calls:
    MSR64 0xC0000081, ((CODE32_3-3) << 48) | (CODE64 << 32)
    MSR64 0xC0000082, .entry
    MSR64 0xC0000084, 0x40600
    TRY64 .called
    mov qword [W_START], USER+.user
    push DATA64_3
    push USER+STACK3_TOP
    push 0xA02
    push CODE64_3
    push USER+.user
    iretq
.user:
    syscall
.entry:
    pushfq_to W_TEMP
    mov [W_TEMP+8], rcx
    mov [W_TEMP+0x10], r11
    mov [W_TEMP+0x18], rsp
    mov ax, cs
    mov [W_TEMP+0x20], rax
    mov ax, ss
    mov [W_TEMP+0x28], rax
    mov rsp, [W_STACK]
    mov eax, DATA64
    mov ss, ax
.called:
    VALUE64 'syscall: rflags', [W_TEMP], 8
    mov rax, [W_TEMP+8]
    sub rax, [W_START]
    VALUE64 'rcx', rax, 4
    VALUE64 'r11', [W_TEMP+0x10], 8
    VALUE64 'cs', [W_TEMP+0x20], 4
    VALUE64 'ss', [W_TEMP+0x28], 4
    SHOW64 'sysret', {mov rcx, USER+.there}, {mov r11d, 2}, {mov rsp, USER+STACK3_TOP}, {sysretq}
    VALUE64 'cs', [W_CS], 4
    VALUE64 'ss', [W_SS], 4
    SHOW64 'sysret, flags', {mov rcx, USER+.there}, {mov r11, 0x3FFEFF}, {mov rsp, USER+STACK3_TOP}, {sysretq}
    VALUE64 'rflags', [W_FLAGS], 8
    SHOW64 'sysret to 32-bit code', {mov rcx, USER+.there}, {mov r11d, 2}, {sysretd}
    VALUE64 'cs', [W_CS], 4
    SHOW64 'sysret, not canonical', {mov rcx, HOLE}, {mov r11d, 2}, {sysretq}
    SHOW64 'sysret to 32-bit code, not canonical', {mov rcx, HOLE+USER+.there}, {mov r11d, 2}, {sysretd}
    USER64 'sysret in ring 3', {sysretq}
    mov ecx, IA32_EFER
    rdmsr
    btr eax, 0
    wrmsr
    SHOW64 'syscall without sce', {syscall}
    SHOW64 'sysret without sce', {sysretq}
    mov ecx, IA32_EFER
    rdmsr
    bts eax, 0
    wrmsr
    ret
.there:
    int 0x81

segment_loads:
    SHOW64 'ds null', {xor eax, eax}, {mov ds, ax}, {mov eax, [SCRATCH]}
    SHOW64 'ss null', {xor eax, eax}, {mov ss, ax}, {push rax}
    mov eax, DATA64
    mov ss, ax
    SHOW64 'ss null with rpl 3', {mov eax, 3}, {mov ss, ax}
    USER64 'ring 3: ss null', {mov eax, 3}, {mov ss, ax}
    USER64 'ring 3: ds of ring 0', {mov eax, DATA64}, {mov ds, ax}
    SHOW64 'ss of ring 3', {mov eax, DATA64_3}, {mov ss, ax}
    SHOW64 'ltr of a busy tss', {mov eax, TSS64_SEL}, {ltr ax}
    DESCRIPTOR64 FREE64, 0x67, 0x89, 0
    mov dword [GDT+FREE64+8], 0
    mov dword [GDT+FREE64+12], 0x100
    SHOW64 'ltr, upper half with a type', {mov eax, FREE64}, {ltr ax}
    DESCRIPTOR64 FREE64, 0x67, 0x82, 0
    mov dword [GDT+FREE64+12], 0
    SHOW64 'lldt', {mov eax, FREE64}, {lldt ax}
    SHOW64 'ltr of an ldt', {mov eax, FREE64}, {ltr ax}
    ret

registers:
    SHOW64 'cr1', {db 0x0F, 0x20, 0xC8}
    SHOW64 'cr5', {db 0x0F, 0x20, 0xE8}
    SHOW64 'cr9', {db 0x44, 0x0F, 0x20, 0xC8}
    SHOW64 'cr8', {mov eax, 15}, {mov cr8, rax}
    mov rbx, cr8
    VALUE64 'read back', rbx, 4
    xor eax, eax
    mov cr8, rax
    SHOW64 'dr0, not canonical', {mov rax, HOLE}, {mov dr0, rax}
    mov rbx, dr0
    VALUE64 'read back', rbx
    xor eax, eax
    mov dr0, rax
    SHOW64 'dr6, bit 32', {mov rax, 0x100000000}, {mov dr6, rax}
    SHOW64 'dr7, bit 32', {mov rax, 0x100000400}, {mov dr7, rax}
    SHOW64 'dr8', {db 0x44, 0x0F, 0x21, 0xC0}
    USER64 'ring 3: cr0', {mov rax, cr0}
    USER64 'ring 3: cr9', {db 0x44, 0x0F, 0x20, 0xC8}
    USER64 'ring 3: swapgs', {swapgs}
    USER64 'ring 3: hlt', {hlt}
    USER64 'ring 3: cli', {cli}
    USER64 'ring 3: in', {in al, 0x80}
    ret

%macro BASE 1                   ; MSR of a base: canonical values only
    SHOW64 'wrmsr canonical', {mov ecx, %1}, {xor eax, eax}, {mov edx, 0xFFFF8000}, {wrmsr}
    SHOW64 'wrmsr not canonical', {mov ecx, %1}, {xor eax, eax}, {mov edx, 0x8000}, {wrmsr}
    mov ecx, %1
    rdmsr
    shl rdx, 32
    or rdx, rax
    VALUE64 'read back', rdx
    xor eax, eax
    xor edx, edx
    wrmsr
%endmacro
bases:
    BASE 0xC0000100
    BASE 0xC0000101
    BASE 0xC0000102
    BASE 0xC0000082
    BASE 0xC0000083
    SHOW64 'rdfsbase without fsgsbase', {rdfsbase rax}
    mov rax, cr4
    bts rax, 16
    mov cr4, rax
    SHOW64 'wrfsbase', {mov rax, 0xFFFF800012345678}, {wrfsbase rax}
    rdfsbase rbx
    VALUE64 'read back', rbx
    SHOW64 'wrfsbase, not canonical', {mov rax, HOLE}, {wrfsbase rax}
    SHOW64 'wrgsbase of 32 bits', {mov rax, HOLE+0x1234}, {wrgsbase eax}
    SHOW64 'swapgs', {swapgs}
    rdgsbase rbx
    VALUE64 'gs', rbx
    swapgs
    rdgsbase rbx
    VALUE64 'gs', rbx
    xor eax, eax
    mov fs, ax
    mov ecx, 0xC0000100
    rdmsr
    VALUE64 'fs after a null selector', rax, 8
    USER64 'ring 3: wrfsbase', {mov eax, 5}, {wrfsbase rax}
    ret
ROM_END

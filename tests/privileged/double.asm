; Exceptions while an exception is delivered: which pairs are handled one after the other, which make a double fault, and what makes a
; shutdown (SDM vol. 3, 7.15, vector 8, tables 7-4 and 7-5).
%define RESTARTS_EXPECTED
%include "common.inc"

SEL_T   equ FREE                ; TSS of a task for double faults
SEL_X   equ FREE+8
TSS_T   equ TSS_A
DIRECTORY equ PAGES
TABLE0  equ PAGES+0x1000
TABLE1  equ PAGES+0x2000
PAGE    equ 0x400000
IDT_COPY equ PAGE+0x1000-14*8   ; vectors 0 to 13 lie on one page, 14 and up on the next

; Gate n becomes not present, or present again.
%macro ABSENT 1
    and byte [IDT+(%1)*8+5], 0x7F
%endmacro
%macro PRESENT 1
    or byte [IDT+(%1)*8+5], 0x80
%endmacro

main:
    call pairs
    call bad_gates
    call paged
    call ring3_stacks
    call task_gate
    jmp shutdown_1

pairs:
    ABSENT 0
    SHOW '#DE, gate not present', {xor ecx, ecx}, {div ecx}
    PRESENT 0
    ABSENT 13
    SHOW '#GP, gate not present', {mov ax, 0x200}, {mov fs, ax}
    PRESENT 13
    DESCRIPTOR SEL_X, 0, 0xFFFFF, 0x12, 12
    ABSENT 11
    SHOW '#NP, gate not present', {mov ax, SEL_X}, {mov fs, ax}
    ABSENT 12
    PRESENT 11
    SHOW '#SS, gate not present', {mov ax, SEL_X}, {mov ss, ax}
    PRESENT 12
    ABSENT 6
    SHOW '#UD, gate not present', {ud2}
    PRESENT 6
    ABSENT 5
    SHOW '#BR, gate not present', {mov eax, 5}, {bound eax, [zeros]}
    PRESENT 5
    ABSENT 3
    SHOW 'int3, gate not present', {int3}
    PRESENT 3
    ABSENT 4
    SHOW 'into, gate not present', {mov al, 0x7F}, {add al, 1}, {into}
    PRESENT 4
    ABSENT 0x40
    SHOW 'int 40h, gate not present', {int 0x40}
    PRESENT 0x40
    ABSENT 13
    SHOW 'int 13, gate not present', {int 13}
    SHOW 'int 8', {int 0x42}
    PRESENT 13
    ABSENT 1
    SHOW 'int1, gate not present', {int1}
    PRESENT 1
    ; #NP while #UD is delivered, whose own gate is not present: that pair is contributory.
    ABSENT 6
    ABSENT 11
    SHOW '#UD, then #NP, gate not present', {ud2}
    PRESENT 11
    PRESENT 6
    ret
align 4
zeros: dd 0, 0

bad_gates:
    VECTOR 6, DATA0, 0, 0x8E00
    SHOW '#UD, gate to data', {ud2}
    VECTOR 6, 0, 0, 0x8E00
    SHOW '#UD, gate to null', {ud2}
    VECTOR 6, CODE3, 0, 0x8E00
    SHOW '#UD, gate to an outer ring', {ud2}
    VECTOR 6, 0x200, 0, 0x8E00
    SHOW '#UD, gate beyond the gdt', {ud2}
    DESCRIPTOR SEL_X, 0, 0xFFFFF, 0x1A, 12
    VECTOR 6, SEL_X, 0, 0x8E00
    SHOW '#UD, gate to code not present', {ud2}
    VECTOR 6, CODE0, 0, 0x8C00
    SHOW '#UD, call gate', {ud2}
    VECTOR 6, TSS_SEL, 0, 0x8500
    SHOW '#UD, task gate to the busy task', {ud2}
    VECTOR 6, CODE0, trap_stubs+6*16, 0x8E00
    VECTOR 13, DATA0, 0, 0x8E00
    SHOW '#GP, gate to data', {mov ax, 0x200}, {mov fs, ax}
    VECTOR 13, CODE0, trap_stubs+13*16, 0x8E00
    mov word [V_USER], 9*8-1    ; the IDT ends behind the double fault
    mov dword [V_USER+2], IDT
    lidt [V_USER]
    SHOW '#GP, idt too short', {mov ax, 0x200}, {mov fs, ax}
    SHOW 'int 13, idt too short', {int 13}
    lidt [idt_register]
    ret

paging_on:
    mov edi, DIRECTORY
    mov ecx, 0x3000/4
    xor eax, eax
    rep stosd
    mov edi, TABLE0
    mov eax, 7
    mov ecx, 1024
.identity:
    stosd
    add eax, 0x1000
    loop .identity
    mov dword [DIRECTORY], TABLE0+7
    mov dword [DIRECTORY+4], TABLE1+7
    mov dword [TABLE1], 0x60007
    mov dword [TABLE1+4], 0x61007
    mov eax, DIRECTORY
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    jmp .on
.on:
    mov esi, IDT
    mov edi, IDT_COPY
    mov ecx, 256*2
    rep movsd
    mov word [V_USER], 256*8-1
    mov dword [V_USER+2], IDT_COPY
    lidt [V_USER]
    ret

%macro MAP 2                    ; entries of the IDT's two pages
    mov dword [TABLE1], %1
    mov dword [TABLE1+4], %2
    mov eax, cr3
    mov cr3, eax
%endmacro

paged:
    call paging_on
    SHOW '#PF', {mov eax, [0x800000]}
    MAP 0x60007, 0
    SHOW '#PF, its gate on a missing page', {mov eax, [0x800000]}
    VALUE 'cr2', [V_CR2]
    SHOW '#GP, its gate on a page', {mov ax, 0x200}, {mov fs, ax}
    MAP 0, 0x61007
    SHOW '#GP, its gate on a missing page', {mov ax, 0x200}, {mov fs, ax}
    SHOW '#UD, its gate on a missing page', {ud2}
    SHOW 'int 13, its gate on a missing page', {int 13}
    SHOW '#PF, its gate on a page', {mov eax, [0x800000]}
    MAP 0x60007, 0x61007
    and byte [IDT_COPY+14*8+5], 0x7F
    SHOW '#PF, gate not present', {mov eax, [0x800000]}
    or byte [IDT_COPY+14*8+5], 0x80
    ret

ring3_stacks:                   ; the inner stack is on a missing page: #PF goes through a task gate here
    call df_task
    mov dword [IDT_COPY+14*8], SEL_T << 16
    mov dword [IDT_COPY+14*8+4], 0x8500
    mov dword [TSS+4], 0x800100
    mov dword [TSS_T+0x20], .page_fault
    TRY .done
    push dword DATA3
    push dword STACK3_TOP
    push dword 2
    push dword CODE3
    push dword .in3
    iretd
.in3:
    int 0x80
.page_fault:
    pop dword [V_USER+8]
    mov eax, cr2
    mov [V_USER+12], eax
    mov eax, [TSS+0x20]
    sub eax, .in3
    mov [V_USER+16], eax
    mov eax, [TSS+0x4C]
    mov [V_USER+20], eax
    jmp trap.recover
.done:
    VALUE 'int from ring 3, inner stack on a missing page: error code', [V_USER+8]
    VALUE 'cr2', [V_USER+12]
    VALUE 'saved eip', [V_USER+16]
    VALUE 'saved cs', [V_USER+20], 4
    mov dword [TSS+4], STACK0_TOP-0x800
    ret

; A task for the vectors that must not trust the present stack.
df_task:
    push dword 2
    popfd
    clts
    DESCRIPTOR SEL_T, TSS_T, 0x67, 0x89, 0
    mov edi, TSS_T
    mov ecx, 0x68/4
    xor eax, eax
    rep stosd
    mov eax, cr3
    mov dword [TSS_T+0x1C], eax
    mov dword [TSS_T+0x24], 2
    mov dword [TSS_T+0x38], 0xC800
    mov dword [TSS_T+0x48], DATA0
    mov dword [TSS_T+0x4C], CODE0
    mov dword [TSS_T+0x50], DATA0
    mov dword [TSS_T+0x54], DATA0
    mov dword [TSS_T+0x64], 0x00680000
    mov byte [TABLE(TSS_SEL)+5], 0x89
    mov ax, TSS_SEL
    ltr ax
    ret

task_gate:
    mov eax, cr0
    and eax, 0x7FFFFFFF
    mov cr0, eax
    jmp .off
.off:
    lidt [idt_register]
    call df_task
    mov dword [IDT+8*8], SEL_T << 16
    mov dword [IDT+8*8+4], 0x8500
    mov dword [TSS_T+0x20], .double
    DESCRIPTOR SEL_X, 0, 0xFFF, 0x92, 4 ; a stack that ends below ESP
    TRY .done
    mov [V_USER+24], esp
    mov ax, SEL_X
    mov ss, ax
.push:
    push eax                    ; #SS, and its frame does not fit either
    ud2
.double:
    pop dword [V_USER+8]
    mov eax, [TSS+0x20]
    sub eax, .push
    mov [V_USER+12], eax
    mov eax, [TSS+0x38]
    sub eax, [V_USER+24]
    mov [V_USER+16], eax
    mov eax, [TSS+0x50]
    mov [V_USER+20], eax
    jmp trap.recover
.done:
    VALUE '#DF through a task gate: error code', [V_USER+8]
    VALUE 'saved eip', [V_USER+12]
    VALUE 'esp moved', [V_USER+16]
    VALUE 'saved ss', [V_USER+20], 4
    ret

; Shutdowns: the machine resets and comes back to `restarted`, which goes on with the next.
shutdown_1:
    call df_task
    PRINT 'double fault gate not present: '
    ABSENT 13
    ABSENT 8
    mov ax, 0x200
    mov fs, ax
    PRINT 'no shutdown'
    LINE
    jmp finish
shutdown_2:
    PRINT 'empty idt: '
    mov dword [V_USER], 0
    mov dword [V_USER+4], 0
    lidt [V_USER]
    int3
    PRINT 'no shutdown'
    LINE
    jmp finish
shutdown_3:
    PRINT 'stack gone: '
    DESCRIPTOR SEL_X, 0, 0xFFF, 0x92, 4
    mov ax, SEL_X
    mov ss, ax
    push eax
shutdown_4:
    PRINT 'paging without tables: '
    mov eax, 0x300000
    mov cr3, eax
    mov edi, eax
    mov ecx, 1024
    xor eax, eax
    rep stosd
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    nop

restarted:
    PRINT 'shutdown, reset'
    LINE
    mov eax, cr0
    mov eax, [RESTARTS+4]
    cmp eax, 1
    je shutdown_2
    cmp eax, 2
    je shutdown_3
    cmp eax, 3
    je shutdown_4
    jmp finish
ROM_END

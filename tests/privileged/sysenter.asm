; SYSENTER and SYSEXIT: the selectors they make of IA32_SYSENTER_CS, where EIP and ESP come from, the ring, the flags, and when they
; raise #GP (SDM vol. 2, SYSENTER and SYSEXIT; vol. 3, 6.8.7).
%include "common.inc"
; QEMU 7.2 compares IA32_SYSENTER_CS with 0 as a whole; by the SDM only bits 15:2 count, so the lines "with null and rpl 3" are as in Bochs.

IA32_SYSENTER_CS  equ 0x174
IA32_SYSENTER_ESP equ 0x175
IA32_SYSENTER_EIP equ 0x176
; Four descriptors in a row as the instructions want them: code 0, data 0, code 3, data 3. CODE0 begins such a row.
ENTRY_STACK equ STACK0_TOP-0x400
USER_STACK  equ STACK3_TOP-0x100

%macro WRITE_MSR 2
    mov ecx, %1
    mov eax, %2
    xor edx, edx
    wrmsr
%endmacro

main:
    mov dword [V_USER_FLAGS], 2
    call registers
    call refused
    call entering
    call leaving
    call virtual_entry
    call finish

registers:
    mov ecx, IA32_SYSENTER_CS
    rdmsr
    VALUE 'cs after reset', eax
    mov ecx, IA32_SYSENTER_ESP
    rdmsr
    VALUE 'esp after reset', eax
    mov ecx, IA32_SYSENTER_EIP
    rdmsr
    VALUE 'eip after reset', eax
    WRITE_MSR IA32_SYSENTER_ESP, 0x89ABCDEF
    mov ecx, IA32_SYSENTER_ESP
    rdmsr
    VALUE 'esp written', eax
    WRITE_MSR IA32_SYSENTER_EIP, 0xFEDCBA98
    mov ecx, IA32_SYSENTER_EIP
    rdmsr
    VALUE 'eip written', eax
    RING 3, 'wrmsr in ring 3', {wrmsr}
    ret

refused:
    WRITE_MSR IA32_SYSENTER_CS, 0
    SHOW 'sysenter without a selector', {sysenter}
    RING 3, 'sysenter without a selector in ring 3', {sysenter}
    SHOW 'sysexit without a selector', {sysexit}
    WRITE_MSR IA32_SYSENTER_CS, 3 ; the RPL does not count
    SHOW 'sysenter with null and rpl 3', {sysenter}
    SHOW 'sysexit with null and rpl 3', {sysexit}
    WRITE_MSR IA32_SYSENTER_CS, CODE0
    RING 3, 'sysexit in ring 3', {sysexit}
    RING 1, 'sysexit in ring 1', {sysexit}
    ret

; Prints what SYSENTER left; SYSENTER saves nothing, so the ring and the stack are looked at in place.
show_entry:
    pushad
    pushfd
    pop ecx
    mov eax, cs
    VALUE '  cs', eax, 4
    mov eax, ss
    VALUE '  ss', eax, 4
    mov eax, esp
    add eax, 36                 ; PUSHA and the return address
    VALUE '  esp', eax
    and ecx, 0x30200            ; IF, RF, VM
    VALUE '  if, rf, vm', ecx
    popad
    ret

entering:
    WRITE_MSR IA32_SYSENTER_CS, CODE0+3
    WRITE_MSR IA32_SYSENTER_ESP, ENTRY_STACK
    WRITE_MSR IA32_SYSENTER_EIP, .entered
    mov [V_TEMP], esp
    mov dword [V_USER+0x10], 0
    PRINT 'from ring 0'
    LINE
    sysenter
    PRINT 'not entered'
    LINE
.next:
    mov dword [V_USER+0x10], 1
    PRINT 'from ring 3 with interrupts enabled'
    LINE
    push dword DATA3
    push dword USER_STACK
    push dword 0x202
    push dword CODE3
    push dword .user
    mov ax, DATA3
    mov ds, ax
    mov es, ax
    iretd
.user:
    mov ebx, 0x11111111
    mov ecx, 0x22222222
    mov edx, 0x33333333
    sysenter
.entered:
    mov [ss:V_USER+0x14], ebx
    mov [ss:V_USER+0x18], ecx
    mov [ss:V_USER+0x1C], edx
    mov bx, ds                  ; DS stays
    call flat_data
    call show_entry
    movzx ebx, bx
    VALUE '  ds', ebx, 4
    cmp dword [V_USER+0x10], 1
    je .was_user
    mov esp, [V_TEMP]
    jmp .next
.was_user:
    VALUE '  ebx stays', [V_USER+0x14]
    VALUE '  ecx stays', [V_USER+0x18]
    VALUE '  edx stays', [V_USER+0x1C]
    ; The stack segment is flat and 32 bits whatever the descriptor says: the GDT is not read.
    mov esp, [V_TEMP]
    DESCRIPTOR FREE, SCRATCH, 0x10, 0x9A, 4
    DESCRIPTOR FREE+8, SCRATCH, 0x10, 0x92, 0
    WRITE_MSR IA32_SYSENTER_CS, FREE
    WRITE_MSR IA32_SYSENTER_EIP, .unread
    mov [V_TEMP], esp
    sysenter
.unread:
    call flat_data
    PRINT 'descriptors are not read'
    LINE
    call show_entry
    jmp CODE0:.restored
.restored:
    mov ax, DATA0
    mov ss, ax
    mov esp, [V_TEMP]
    ret

leaving:
    WRITE_MSR IA32_SYSENTER_CS, CODE0
    PRINT 'sysexit'
    LINE
    TRY .left
    mov dword [V_START], .outside
    mov ecx, USER_STACK
    mov edx, .outside
    sysexit
.outside:
    int 0x81
.left:
    call flat_data
    VALUE '  cs', [V_CS], 4
    VALUE '  ss', [V_SS], 4
    VALUE '  esp', [V_ESP]
    mov eax, [V_EIP]
    sub eax, [V_START]
    VALUE '  eip after int', eax, 2
    ; From there ring 3 is as after IRET: it may not HLT, but it can enter again.
    TRY .halted
    mov dword [V_START], .halt
    mov ecx, USER_STACK
    mov edx, .halt
    sysexit
.halt:
    hlt
.halted:
    call flat_data
    PRINT 'hlt after sysexit'
    call report
    ; IOPL and IF are left alone.
    TRY .flags_seen
    push dword 0x3202
    popfd
    mov ecx, USER_STACK
    mov edx, .flags
    sysexit
.flags:
    int 0x81
.flags_seen:
    call flat_data
    mov eax, [V_EFLAGS]
    and eax, 0x3200
    VALUE 'iopl and if after sysexit', eax
    ; The new segments are flat even where descriptors are not there.
    WRITE_MSR IA32_SYSENTER_CS, 0x1E0
    TRY .unread
    mov ecx, USER_STACK
    mov edx, .unread_user
    sysexit
.unread_user:
    mov eax, 0x5A5A5A5A
    push eax
    int 0x81
.unread:
    call flat_data
    VALUE 'cs of no descriptor', [V_CS], 4
    VALUE 'its ss', [V_SS], 4
    VALUE 'its esp', [V_ESP]
    ret

; From V86 mode SYSENTER leaves V86 mode and clears VM.
virtual_entry:
    WRITE_MSR IA32_SYSENTER_CS, CODE0
    WRITE_MSR IA32_SYSENTER_EIP, .entered
    mov word [SCRATCH], 0x340F  ; SYSENTER
    mov [V_TEMP], esp
    push dword 0                ; GS FS DS ES
    push dword 0
    push dword 0
    push dword 0
    push dword 0                ; SS:ESP
    push dword USER_STACK
    push dword 0x20202          ; VM, IF
    push dword SCRATCH >> 4
    push dword 0
    iretd
.entered:
    call flat_data
    PRINT 'from v86'
    LINE
    call show_entry
    mov esp, [V_TEMP]
    ret
ROM_END

; Hardware task switches: JMP, CALL, IRET and interrupts, 32- and 16-bit TSSs, busy bits, NT and back link, CR0.TS, the T flag, CR3 and
; LDT, and every check on the way (SDM vol. 3, 9.1 to 9.6).
%include "common.inc"

SEL_A   equ FREE                ; a 32-bit TSS
SEL_B   equ FREE+8              ; another
SEL_G   equ FREE+16             ; a task gate to B
SEL_16  equ FREE+24             ; a 16-bit TSS
SEL_X   equ FREE+32             ; a segment for tests
TSS_16  equ TSS_B+0x80
SEEN    equ SCRATCH             ; what task B saw
STACK_B equ 0xC800

main:
    call jumps
    call calls
    call interrupts
    call sixteen
    call checks
    call state_checks
    call trap_flag
    call address_space
    call finish

; Both tasks as new: B starts at EAX on a stack of its own.
fresh:
    pushad
    mov ebx, eax
    push dword 2
    popfd
    clts
    mov dword [TABLE(TSS_SEL)+4], 0x00008900
    mov ax, TSS_SEL
    ltr ax
    mov ax, LDT_SEL
    lldt ax
    DESCRIPTOR SEL_A, TSS_A, 0x67, 0x89, 0
    DESCRIPTOR SEL_B, TSS_B, 0x67, 0xE9, 0
    DESCRIPTOR SEL_16, TSS_16, 0x2B, 0x81, 0
    mov dword [TABLE(SEL_G)], SEL_B << 16
    mov dword [TABLE(SEL_G)+4], 0x0000E500
    mov edi, TSS_A
    mov ecx, 0x400/4
    xor eax, eax
    rep stosd
    mov edi, TSS_B
    mov dword [edi+0x04], STACK0_TOP-0x400 ; the stack for ring 0
    mov dword [edi+0x08], DATA0
    mov eax, cr3
    mov [edi+0x1C], eax
    mov [edi+0x20], ebx         ; EIP
    mov dword [edi+0x24], 2
    mov dword [edi+0x28], 0xB0000001 ; EAX ...
    mov dword [edi+0x2C], 0xB0000002
    mov dword [edi+0x30], 0xB0000003
    mov dword [edi+0x34], 0xB0000004
    mov dword [edi+0x38], STACK_B
    mov dword [edi+0x3C], 0xB0000006
    mov dword [edi+0x40], 0xB0000007
    mov dword [edi+0x44], 0xB0000008
    mov dword [edi+0x48], DATA0 ; ES CS SS DS FS GS
    mov dword [edi+0x4C], CODE0
    mov dword [edi+0x50], DATA0
    mov dword [edi+0x54], DATA0
    mov dword [edi+0x58], DATA3
    mov dword [edi+0x5C], 0
    mov dword [edi+0x60], 0
    mov dword [edi+0x64], 0x00680000
    mov edi, SEEN
    mov ecx, 24
    xor eax, eax
    rep stosd
    popad
    ret

%macro FRESH 1
    mov eax, %1
    call fresh
%endmacro

; Notes what a task sees at its start. EAX, ECX ... are pushed by the caller with PUSHA.
note:
    mov eax, cr0
    and eax, 8
    mov [SEEN+32], eax
    str [SEEN+36]
    mov eax, [TSS_B]
    mov [SEEN+40], eax          ; back link
    mov eax, [TABLE(TSS_SEL)+4]
    and eax, 0xFF00
    mov [SEEN+44], eax
    mov eax, [TABLE(SEL_B)+4]
    and eax, 0xFF00
    mov [SEEN+48], eax
    sldt [SEEN+52]
    mov [SEEN+56], fs
    clts
    ret

%macro NOTE 0
    pushfd
    pop dword [SEEN+60]
    push dword 2                ; without NT
    popfd
    pushad
    mov esi, esp
    mov edi, SEEN
    mov ecx, 8
    rep movsd
    call note
    popad
%endmacro

show_seen:
    VALUE '  eax', [SEEN+28]
    VALUE '  ecx', [SEEN+24]
    VALUE '  esp', [SEEN+12]
    VALUE '  edi', [SEEN]
    VALUE '  eflags', [SEEN+60]
    VALUE '  cr0.ts', [SEEN+32], 1
    VALUE '  tr', [SEEN+36], 4
    VALUE '  back link', [SEEN+40], 4
    VALUE '  descriptor of the old task', [SEEN+44], 4
    VALUE '  descriptor of the new task', [SEEN+48], 4
    VALUE '  ldt', [SEEN+52], 4
    VALUE '  fs', [SEEN+56], 4
    ret

show_saved:                     ; the TSS at ESI, EIP as a distance from EBX
    mov eax, [esi+0x20]
    sub eax, ebx
    VALUE '  saved eip', eax
    VALUE '  saved eflags', [esi+0x24]
    VALUE '  saved eax', [esi+0x28]
    VALUE '  saved edi', [esi+0x44]
    VALUE '  saved es', [esi+0x48], 4
    VALUE '  saved cs', [esi+0x4C], 4
    VALUE '  saved fs', [esi+0x58], 4
    VALUE '  saved back link', [esi], 4
    ret

jumps:
    FRESH .task
    mov eax, 0xA0000001
    mov edi, 0xA0000008
    mov dword [TSS+0x1C], 0x0000BEE0 ; not written by a switch
    stc
.from:
    jmp SEL_B:0x12345678        ; the offset is ignored
.after:
    pushfd
    pop dword [SEEN+64]
    mov [SEEN+68], eax
    str [SEEN+72]
    mov eax, cr0
    and eax, 8
    mov [SEEN+76], eax
    clts
    PRINT 'jmp to a tss'
    LINE
    call show_seen
    mov esi, TSS
    mov ebx, .from
    call show_saved
    VALUE '  saved cr3', [TSS+0x1C]
    VALUE '  eax afterwards', [SEEN+68]
    VALUE '  flags afterwards', [SEEN+64]
    VALUE '  tr afterwards', [SEEN+72], 4
    VALUE '  ts afterwards', [SEEN+76], 1
    VALUE '  descriptor of b', [TABLE(SEL_B)+4]
    VALUE '  descriptor of the first', [TABLE(TSS_SEL)+4]
    mov eax, [TSS_B+0x20]
    sub eax, .task_end
    VALUE '  eip saved in b', eax
    mov dword [TSS+0x1C], 0
    ; Through a task gate.
    FRESH .task
    jmp SEL_G+3:0
    PRINT 'jmp to a task gate'
    LINE
    call show_seen
    ret
.task:
    NOTE
    jmp TSS_SEL:0
.task_end:
    ud2

calls:
    FRESH .task
    mov eax, 0xA0000001
.from:
    call SEL_B:0
    pushfd
    pop dword [SEEN+64]
    str [SEEN+72]
    PRINT 'call of a tss'
    LINE
    call show_seen
    mov esi, TSS
    mov ebx, .from
    call show_saved
    VALUE '  flags afterwards', [SEEN+64]
    VALUE '  tr afterwards', [SEEN+72], 4
    VALUE '  descriptor of b', [TABLE(SEL_B)+4]
    VALUE '  eflags saved in b', [TSS_B+0x24]
    VALUE '  eax saved in b', [TSS_B+0x28]
    ; Called again, B goes on behind its IRET.
    call SEL_B:0
    VALUE 'second call: eax in b', [SEEN+80]
    ; A jump out of a called task leaves the caller busy, and NT in the image.
    FRESH .leave
    mov [V_LEAVE], esp
    call SEL_B:0
    ud2
.left:
    mov ax, DATA0
    mov ss, ax
    mov esp, [V_LEAVE]
    VALUE 'jmp out of a called task: descriptor of the caller', [TABLE(TSS_SEL)+4]
    VALUE '  descriptor of b', [TABLE(SEL_B)+4]
    VALUE '  eflags saved in b', [TSS_B+0x24]
    VALUE '  back link of b', [TSS_B], 4
    FRESH .task
    RING 3, 'call of a task gate of dpl 3 in ring 3', {call SEL_G:0}
    FRESH .task
    RING 3, 'call of a task gate in ring 3', {call SEL_G+3:0}
    PRINT 'seen'
    LINE
    call show_seen
    FRESH .task
    mov byte [TABLE(SEL_G)+5], 0x85
    RING 3, 'call of a task gate of dpl 0 in ring 3', {call SEL_G:0}
    FRESH .task
    RING 3, 'call of a tss of dpl 3 in ring 3', {call SEL_B+3:0}
    FRESH .task
    mov byte [TABLE(SEL_B)+5], 0x89
    RING 3, 'call of a tss of dpl 0 in ring 3', {call SEL_B:0}
    ret
.task:
    NOTE
    pushfd
    or dword [esp], 0x4000
    popfd
    mov eax, 0xCCCCCCCC
    iretd
    mov [SEEN+80], eax
    mov eax, 0xDDDDDDDD
    iretd
.leave:
    mov dword [TSS_A+0x20], .left
    mov dword [TSS_A+0x24], 2
    mov dword [TSS_A+0x38], STACK0_TOP
    mov dword [TSS_A+0x48], DATA0
    mov dword [TSS_A+0x4C], CODE0
    mov dword [TSS_A+0x50], DATA0
    mov dword [TSS_A+0x54], DATA0
    jmp SEL_A:0
    ud2
V_LEAVE equ V_USER+4

interrupts:
    FRESH .task
    VECTOR 0x50, SEL_B, 0, 0xE500
    mov eax, 0xA0000001
.from:
    int 0x50
    PRINT 'int through a task gate'
    LINE
    call show_seen
    mov esi, TSS
    mov ebx, .from
    call show_saved
    FRESH .task
    RING 3, 'int through a task gate in ring 3', {int 0x50}
    VALUE '  cs saved', [TSS+0x4C], 4
    VALUE '  esp saved', [TSS+0x38]
    ; An exception with an error code pushes it onto the new task's stack.
    FRESH .with_error
    VECTOR 13, SEL_B, 0, 0x8500
    mov ax, 0x1F8
    mov ebx, .faulting
.faulting:
    mov fs, ax
.behind:
    VECTOR 13, CODE0, trap_stubs+13*16, 0x8E00
    PRINT '#GP through a task gate'
    LINE
    call show_seen
    VALUE '  error code', [SEEN+84]
    mov eax, [SEEN+88]
    sub eax, .faulting
    VALUE '  saved eip', eax
    VALUE '  saved eflags', [SEEN+92]
    VECTOR 0x51, DATA0, 0, 0xE500
    SHOW 'task gate to data', {int 0x51}
    VECTOR 0x51, TSS_SEL, 0, 0xE500
    SHOW 'task gate to the busy tss', {int 0x51}
    VECTOR 0x51, 4, 0, 0xE500
    SHOW 'task gate into the ldt', {int 0x51}
    VECTOR 0x51, 0x200, 0, 0xE500
    SHOW 'task gate beyond the gdt', {int 0x51}
    VECTOR 0x51, 0, 0, 0xE500
    SHOW 'task gate to null', {int 0x51}
    VECTOR 0x51, SEL_B, 0, 0x6500
    SHOW 'task gate not present', {int 0x51}
    FRESH .task
    mov byte [TABLE(SEL_B)+5], 0x09
    VECTOR 0x51, SEL_B, 0, 0x8500
    SHOW 'task gate to a tss not present', {int 0x51}
    ret
.task:
    NOTE
    pushfd
    or dword [esp], 0x4000
    popfd
    iretd
.with_error:
    pop dword [SEEN+84]
    NOTE
    mov eax, [TSS+0x20]
    mov [SEEN+88], eax
    mov eax, [TSS+0x24]
    mov [SEEN+92], eax
    mov dword [TSS+0x20], interrupts.behind
    pushfd
    or dword [esp], 0x4000
    popfd
    iretd

; 16-bit TSSs: the image has words, so EIP must lie below 64 KB.
LOW equ 0xC000
sixteen:
    FRESH 0
    mov edi, TSS_16
    mov word [edi+14], 0        ; IP: in the 16-bit code segment, which starts at CODE_BASE
    mov word [edi+14], .task-CODE_BASE
    mov word [edi+16], 2
    mov word [edi+18], 0x1601
    mov word [edi+20], 0x1602
    mov word [edi+22], 0x1603
    mov word [edi+24], 0x1604
    mov word [edi+26], STACK_B & 0xFFFF
    mov word [edi+28], 0x1606
    mov word [edi+30], 0x1607
    mov word [edi+32], 0x1608
    mov word [edi+34], DATA0
    mov word [edi+36], CODE16
    mov word [edi+38], DATA16   ; what the image does not hold of ESP is undefined, so SP must do
    mov word [edi+40], DATA0
    mov word [edi+42], 0
    mov eax, 0xA5A5A5A5
.from:
    call SEL_16:0
    PRINT '16-bit tss'
    LINE
    VALUE '  ax', [SEEN+28], 4
    VALUE '  di', [SEEN], 4
    VALUE '  sp', [SEEN+12], 4
    VALUE '  flags', [SEEN+60], 4
    VALUE '  tr', [SEEN+36], 4
    VALUE '  back link', [TSS_16], 4
    VALUE '  descriptor', [TABLE(SEL_16)+4]
    VALUE '  ax saved', [TSS_16+18], 4
    VALUE '  flags saved', [TSS_16+16], 4
    mov eax, [TSS+0x20]
    sub eax, .from
    VALUE '  eip saved in the first', eax
    VALUE '  eax saved in the first', [TSS+0x28]
    DESCRIPTOR SEL_16, TSS_16, 0x2A, 0x81, 0
    SHOW '16-bit tss too small', {call SEL_16:0}
    ret
bits 16
.task:
    pushfd
    pop dword [dword SEEN+60]
    push dword 2
    popfd
    pushad
    movzx esi, sp
    mov edi, SEEN
    mov ecx, 8
    a32 rep movsd
    str [dword SEEN+36]
    clts
    popad
    mov ax, 0x1699
    pushf
    pop bx
    or bh, 0x40
    push bx
    popf
    iret
bits 32

checks:                         ; before the switch: reported in the old task
    FRESH .task
    SHOW 'jmp to the own tss', {jmp TSS_SEL:0}
    mov byte [TABLE(SEL_B)+5], 0x8B
    SHOW 'jmp to a busy tss', {jmp SEL_B:0}
    SHOW 'call of a busy tss', {call SEL_B:0}
    mov byte [TABLE(SEL_B)+5], 0x09
    SHOW 'jmp to a tss not present', {jmp SEL_B:0}
    DESCRIPTOR SEL_B, TSS_B, 0x66, 0x89, 0
    SHOW 'jmp to a tss too small', {jmp SEL_B:0}
    mov byte [TABLE(SEL_G)+5], 0x05
    SHOW 'jmp to a task gate not present', {jmp SEL_G:0}
    mov dword [TABLE(SEL_G)+4], 0x0000E500
    mov dword [TABLE(SEL_G)], DATA0 << 16
    SHOW 'jmp to a task gate to data', {jmp SEL_G:0}
    FRESH .task
    RING 3, 'jmp to a tss with rpl 3 of dpl 0', {jmp SEL_A+3:0}
    ; IRET with NT.
    FRESH .task
    mov word [TSS], SEL_B       ; the back link to a task that is not busy
    SHOW 'iret to a task that is not busy', {push dword 0x4002}, {popfd}, {iretd}
    push dword 2
    popfd
    mov word [TSS], DATA0
    SHOW 'iret to data', {push dword 0x4002}, {popfd}, {iretd}
    mov word [TSS], 4
    SHOW 'iret into the ldt', {push dword 0x4002}, {popfd}, {iretd}
    mov word [TSS], 0x200
    SHOW 'iret beyond the gdt', {push dword 0x4002}, {popfd}, {iretd}
    mov word [TSS], 0
    SHOW 'iret to null', {push dword 0x4002}, {popfd}, {iretd}
    push dword 2
    popfd
    ret
.task:
    int 0x80

; What is found while the new task is loaded is reported in the new task, whose state may be anything. SDM vol. 3, 7.15, vector 10: the
; handler must be a task of its own. So vectors 10 to 13 have one each.
SEL_C  equ FREE+40              ; four TSSs
TSS_C  equ SCRATCH+0x400
fault_tasks:
    pushad
    mov edi, TSS_C
    mov ecx, 4*0x80/4
    xor eax, eax
    rep stosd
    xor ecx, ecx
.next:
    mov edi, ecx
    shl edi, 7
    add edi, TSS_C
    lea eax, [ecx*8+fault_entries]
    mov [edi+0x20], eax
    mov eax, cr3
    mov [edi+0x1C], eax
    mov dword [edi+0x24], 2
    mov dword [edi+0x38], STACK_B-0x400
    mov dword [edi+0x48], DATA0
    mov dword [edi+0x4C], CODE0
    mov dword [edi+0x50], DATA0
    mov dword [edi+0x54], DATA0
    mov dword [edi+0x64], 0x00680000
    mov eax, edi
    shl eax, 16
    or eax, 0x67
    mov [TABLE(SEL_C)+ecx*8], eax
    mov eax, edi
    shr eax, 16
    or eax, 0x8900
    mov [TABLE(SEL_C)+ecx*8+4], eax
    lea eax, [ecx*8+SEL_C]
    shl eax, 16
    mov [IDT+10*8+ecx*8], eax
    mov dword [IDT+10*8+ecx*8+4], 0x8500
    inc ecx
    cmp ecx, 4
    jb .next
    popad
    ret
fault_gates:                    ; back to the recorder
    VECTOR 10, CODE0, trap_stubs+10*16, 0x8E00
    VECTOR 11, CODE0, trap_stubs+11*16, 0x8E00
    VECTOR 12, CODE0, trap_stubs+12*16, 0x8E00
    VECTOR 13, CODE0, trap_stubs+13*16, 0x8E00
    ret

%macro FAULT_ENTRY 1
align 8
    push byte %1
    jmp near fault_task
align 8
%endmacro
align 8
fault_entries:
    FAULT_ENTRY 10
    FAULT_ENTRY 11
    FAULT_ENTRY 12
    FAULT_ENTRY 13
fault_task:                     ; vector and error code are on the stack, the rest is in the TSS of the task that failed
    pop dword [V_VECTOR]
    pop dword [V_ERROR]
    mov eax, [TSS_B+0x20]
    mov [V_EIP], eax
    mov eax, [TSS_B+0x4C]
    mov [V_CS], eax
    mov dword [V_EFLAGS], 2
    mov eax, [V_VECTOR]
    sub eax, 10
    shl eax, 7
    movzx eax, word [TSS_C+eax]
    mov [V_TEMP], eax           ; the back link
    push dword 2
    popfd
    clts
    mov byte [TABLE(TSS_SEL)+5], 0x89
    mov ax, TSS_SEL
    ltr ax
    jmp trap.recover

%macro NEW_STATE 3              ; name, offset in the TSS, value
    FRESH state_checks.task
    call fault_tasks
    mov dword [V_TEMP], 0
    mov dword [TSS_B+%2], %3
    TRY %%after
    mov dword [V_START], state_checks.task
    jmp SEL_B:0
%%after:
    call flat_data
    call fault_gates
    PRINT %1
    call report
    VALUE '  the task that failed', [V_TEMP], 4
%endmacro

state_checks:                   ; after the switch: reported in the new task
    NEW_STATE 'good', 0x28, 0
    NEW_STATE 'cs null', 0x4C, 0
    NEW_STATE 'cs data', 0x4C, DATA0
    NEW_STATE 'cs beyond the gdt', 0x4C, 0x200
    NEW_STATE 'cs dpl 3 with rpl 0', 0x4C, CODE3-3
    DESCRIPTOR SEL_X, 0, 0xFFFFF, 0x1A, 12
    NEW_STATE 'cs not present', 0x4C, SEL_X
    NEW_STATE 'ss null', 0x50, 0
    NEW_STATE 'ss code', 0x50, CODE0
    NEW_STATE 'ss of dpl 3', 0x50, DATA3
    NEW_STATE 'ss beyond the gdt', 0x50, 0x208
    NEW_STATE 'ds null', 0x54, 0
    NEW_STATE 'ds of a tss', 0x54, TSS_SEL
    NEW_STATE 'ds beyond the gdt', 0x54, 0x210
    NEW_STATE 'gs beyond the gdt', 0x5C, 0x218
    NEW_STATE 'ldt null', 0x60, 0
    NEW_STATE 'ldt of data', 0x60, DATA0
    NEW_STATE 'ldt beyond the gdt', 0x60, 0x220
    DESCRIPTOR SEL_X, 0, 0xFFFFF, 0x12, 12
    NEW_STATE 'ds not present', 0x54, SEL_X
    NEW_STATE 'ldt good', 0x60, LDT_SEL
    sldt eax
    VALUE '  ldtr', eax, 4
    DESCRIPTOR SEL_X, LDT, 0x7F, 0x02, 0
    NEW_STATE 'ldt not present', 0x60, SEL_X
    DESCRIPTOR SEL_X, 0, 0xFFF, 0x9A, 4
    NEW_STATE 'eip beyond the limit', 0x4C, SEL_X
    FRESH .task
    mov dword [TSS_B+0x4C], CODE3
    mov dword [TSS_B+0x50], DATA3
    mov dword [TSS_B+0x54], DATA3
    mov dword [TSS_B+0x48], DATA3
    TRY .ring3
    mov dword [V_START], .task
    jmp SEL_B:0
.ring3:
    call flat_data
    PRINT 'a task in ring 3'
    call report
    VALUE '  cs', [V_CS], 4
    VALUE '  ss', [V_SS], 4
    FRESH .task
    call fault_tasks
    mov dword [TSS_B+0x4C], CODE3
    mov dword [TSS_B+0x50], DATA3
    TRY .data0
    mov dword [V_START], .task
    jmp SEL_B:0
.data0:
    call flat_data
    call fault_gates
    PRINT 'a task in ring 3 with data of ring 0'
    call report
    FRESH 0
    ret
.task:
    int 0x80

trap_flag:                      ; the T flag of a TSS: #DB before the task's first instruction
    FRESH .task
    mov word [TSS_B+0x64], 1
    mov eax, 0
    mov dr6, eax
    mov dword [V_START], .task
    TRY .trapped
    jmp SEL_B:0
.trapped:
    PRINT 't flag'
    call report
    mov eax, [V_DR6]
    and eax, 0xE00F
    VALUE 'dr6', eax, 4
    FRESH 0
    ret
.task:
    int 0x80

; With paging, a 32-bit task brings its own CR3; a 16-bit one keeps the old.
DIRECTORY1 equ PAGES
DIRECTORY2 equ PAGES+0x1000
TABLE0     equ PAGES+0x2000
TABLE1     equ PAGES+0x3000
TABLE2     equ PAGES+0x4000
address_space:
    mov edi, PAGES
    mov ecx, 0x5000/4
    xor eax, eax
    rep stosd
    mov edi, TABLE0
    mov eax, 7
    mov ecx, 1024
.identity:
    stosd
    add eax, 0x1000
    loop .identity
    mov dword [DIRECTORY1], TABLE0+7
    mov dword [DIRECTORY2], TABLE0+7
    mov dword [DIRECTORY1+4], TABLE1+7
    mov dword [DIRECTORY2+4], TABLE2+7
    mov dword [TABLE1], 0x60007
    mov dword [TABLE2], 0x61007
    mov dword [0x60000], 0x11111111
    mov dword [0x61000], 0x22222222
    mov eax, DIRECTORY1
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    jmp .on
.on:
    FRESH .task
    mov dword [TSS_B+0x1C], DIRECTORY2
    mov dword [TSS+0x1C], DIRECTORY1
    mov ebx, [0x400000]
    call SEL_B:0
    VALUE 'own directory, before', ebx
    VALUE 'in the task', [SEEN+16]
    VALUE 'afterwards', [0x400000]
    mov eax, cr3
    VALUE 'cr3 afterwards', eax
    ; A TSS on a page that is not there: the fault comes before anything has changed.
    FRESH .task
    DESCRIPTOR SEL_B, 0x800000, 0x67, 0x89, 0
    SHOW 'tss not mapped', {jmp SEL_B:0}
    str eax
    VALUE '  tr', eax, 4
    VALUE '  descriptor', [TABLE(SEL_B)+4]
    mov eax, cr0
    and eax, 0x7FFFFFFF
    mov cr0, eax
    jmp .off
.off:
    ret
.task:
    mov ebx, [0x400000]
    NOTE
    pushfd
    or dword [esp], 0x4000
    popfd
    iretd
ROM_END

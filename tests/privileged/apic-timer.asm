; The local APIC: registers after reset, its timer once and again and again, masks, task priority, nesting and EOI, interrupts to itself, errors
; (SDM vol. 3, chapter 11). Interrupts are counted, never timed.
%include "common.inc"

APIC   equ 0xFEE00000
TURNS  equ 20000000             ; of a loop that waits for the timer
LOG    equ SCRATCH              ; vector, whether its ISR bit was set, PPR
COUNT  equ V_USER
ACTION equ V_USER+4

REG_TPR   equ APIC+0x80
REG_PPR   equ APIC+0xA0
REG_EOI   equ APIC+0xB0
REG_SVR   equ APIC+0xF0
REG_ESR   equ APIC+0x280
REG_ICR   equ APIC+0x300
REG_LVT   equ APIC+0x320
REG_INIT  equ APIC+0x380
REG_NOW   equ APIC+0x390
REG_DIV   equ APIC+0x3E0
ISR_2     equ APIC+0x120        ; vectors 40 to 5F
IRR_2     equ APIC+0x220
SELF      equ 0x40000           ; ICR: destination is this APIC

%macro WRITE 2
    mov dword [%1], %2
%endmacro

main:
    mov dword [V_HOOK], note
    mov dword [ACTION], eoi
    call reset_state
    WRITE REG_SVR, 0x1FF
    WRITE REG_DIV, 0xB
    call fields
    call once
    call periodic
    call masked
    call priority
    call nested
    call errors
    call disabled
    call finish

reset_state:
    mov ecx, 0x1B
    rdmsr
    VALUE 'base', eax
    VALUE 'id', [APIC+0x20]
    VALUE 'task priority', [REG_TPR]
    VALUE 'logical destination', [APIC+0xD0]
    VALUE 'destination format', [APIC+0xE0]
    VALUE 'spurious vector', [REG_SVR]
    VALUE 'timer', [REG_LVT]
    VALUE 'error', [APIC+0x370]
    VALUE 'initial count', [REG_INIT]
    VALUE 'current count', [REG_NOW]
    VALUE 'divider', [REG_DIV]
    VALUE 'irr', [IRR_2]
    VALUE 'isr', [ISR_2]
    ret

fields:                         ; which bits can be written
    WRITE REG_TPR, 0xFFFFFFFF
    VALUE 'task priority, all written', [REG_TPR]
    WRITE REG_TPR, 0
    WRITE REG_DIV, 0xFFFFFFFF
    VALUE 'divider, all written', [REG_DIV]
    WRITE REG_DIV, 0xB
    WRITE APIC+0xD0, 0xFFFFFFFF
    VALUE 'logical destination, all written', [APIC+0xD0]
    WRITE REG_LVT, 0x20040
    VALUE 'timer, periodic', [REG_LVT]
    WRITE REG_LVT, 0x10040
    VALUE 'timer, masked', [REG_LVT]
    WRITE REG_NOW, 5            ; nor the current count
    VALUE 'current count written', [REG_NOW]
    ret

note:
    mov edi, [COUNT]
    mov edx, [V_VECTOR]
    mov [LOG+edi*8], edx
    mov eax, [REG_PPR]
    mov [LOG+edi*8+4], eax
    inc dword [COUNT]
    call [ACTION]
    ret
eoi:
    WRITE REG_EOI, 0
    ret
none:
    ret

; Lets in what waits, and shows it.
%macro ADMIT 1-2 eoi
    mov dword [ACTION], %2
    mov dword [COUNT], 0
    sti
    times 4 nop
    cli
    PRINT %1
    call show_log
%endmacro
show_log:
    PRINT ':'
    xor ebx, ebx
.next:
    cmp ebx, [COUNT]
    jae .end
    PRINT ' int '
    HEX [LOG+ebx*8], 2
    PRINT ' ppr '
    HEX [LOG+ebx*8+4], 2
    inc ebx
    jmp .next
.end:
    LINE
    ret
; Until the timer has requested its vector (40), or its count is 0.
requested:
    mov ecx, TURNS
.wait:
    test dword [IRR_2], 1
    loopz .wait
    ret
run_out:
    mov ecx, TURNS
.wait:
    cmp dword [REG_NOW], 0
    loopnz .wait
    ret

once:
    WRITE REG_LVT, 0x40
    WRITE REG_INIT, 1000
    call requested
    VALUE 'once: irr', [IRR_2]
    VALUE 'current count', [REG_NOW]
    VALUE 'initial count', [REG_INIT]
    VALUE 'isr', [ISR_2]
    ADMIT 'taken', none
    VALUE 'irr', [IRR_2]
    VALUE 'isr', [ISR_2]
    VALUE 'processor priority', [REG_PPR]
    WRITE REG_EOI, 0
    VALUE 'isr after eoi', [ISR_2]
    mov ecx, 100000
    loop $
    ADMIT 'no other'
    WRITE REG_INIT, 1000        ; writing the count starts it again
    call requested
    ADMIT 'again'
    WRITE REG_INIT, 0xFFFFFFFF
    mov eax, [REG_NOW]
    mov ebx, [REG_NOW]
    mov ecx, 10000
    loop $
    mov edx, [REG_NOW]
    cmp edx, ebx
    setb cl
    movzx eax, cl
    VALUE 'counts down', eax, 1
    WRITE REG_INIT, 0           ; stops it
    VALUE 'stopped', [REG_NOW]
    mov ecx, 10000
    loop $
    VALUE 'no request', [IRR_2]
    ret

periodic:
    WRITE REG_LVT, 0x20040
    WRITE REG_DIV, 0            ; by 2
    WRITE REG_INIT, 20000
    mov dword [COUNT], 0
    mov dword [ACTION], eoi
    mov ecx, TURNS
    sti
.five:
    cmp dword [COUNT], 5
    jae .done
    loop .five
.done:
    cli
    mov eax, [REG_NOW]
    dec eax
    cmp eax, 20000
    setb al
    movzx eax, al
    WRITE REG_INIT, 0
    VALUE 'five came, the count is in its range', eax, 1
    VALUE 'vector', [LOG+4*8], 2
    WRITE REG_EOI, 0
    mov dword [COUNT], 0
    sti                         ; one may have been on its way
    times 4 nop
    cli
    mov ecx, 100000
    loop $
    ADMIT 'stopped'
    WRITE REG_DIV, 0xB
    WRITE REG_INIT, 1000        ; unserved requests collapse into one
    call requested
    mov ecx, 100000
    loop $
    WRITE REG_INIT, 0
    ADMIT 'collapsed'
    ret

masked:
    WRITE REG_LVT, 0x10040
    WRITE REG_INIT, 1000
    call run_out
    VALUE 'masked, run out: irr', [IRR_2]
    WRITE REG_LVT, 0x40
    ADMIT 'unmasked too late'
    WRITE REG_INIT, 1000
    call requested
    WRITE REG_LVT, 0x10040      ; a request that IRR holds stays
    ADMIT 'masked too late'
    ret

priority:
    WRITE REG_LVT, 0x40
    WRITE REG_TPR, 0x50
    WRITE REG_INIT, 1000
    call requested
    VALUE 'processor priority', [REG_PPR]
    ADMIT 'below the task priority'
    WRITE REG_TPR, 0x4F
    ADMIT 'in its class'
    WRITE REG_TPR, 0x3F
    ADMIT 'above'
    WRITE REG_TPR, 0
    WRITE REG_ICR, SELF+0x45
    WRITE REG_ICR, SELF+0x41
    WRITE REG_ICR, SELF+0x71
    VALUE 'to itself: irr 40 to 5F', [IRR_2]
    VALUE 'irr 60 to 7F', [APIC+0x230]
    ADMIT 'by priority'
    WRITE REG_ICR, SELF+0x45
    WRITE REG_ICR, SELF+0x45
    ADMIT 'twice is once'
    ret

nested:
    WRITE REG_ICR, SELF+0x45
    ADMIT 'in service', none
    WRITE REG_ICR, SELF+0x35
    WRITE REG_ICR, SELF+0x4F
    WRITE REG_ICR, SELF+0x45
    ADMIT 'neither lower nor its class', none
    WRITE REG_ICR, SELF+0x55
    ADMIT 'higher', none
    VALUE 'isr', [ISR_2]
    VALUE 'processor priority', [REG_PPR]
    WRITE REG_EOI, 0
    VALUE 'isr after one eoi', [ISR_2]
    ADMIT 'still none', none
    WRITE REG_EOI, 0
    ADMIT 'now all'
    VALUE 'isr', [ISR_2]
    WRITE REG_EOI, 0
    VALUE 'eoi of nothing: isr', [ISR_2]
    ret

errors:
    WRITE REG_ESR, 0
    VALUE 'errors', [REG_ESR]
    WRITE APIC+0x370, 0x50
    WRITE REG_ICR, SELF+5
    VALUE 'before it is written', [REG_ESR]
    WRITE REG_ESR, 0
    mov eax, [REG_ESR]
    and eax, 0x20
    VALUE 'illegal vector sent', eax
    ADMIT 'interrupt of the error'
    WRITE REG_ESR, 0
    VALUE 'and cleared', [REG_ESR]
    ret

disabled:                       ; off by software: the LVT is masked, what is pending stays
    WRITE REG_LVT, 0x40
    WRITE REG_ICR, SELF+0x45
    WRITE REG_SVR, 0xFF
    VALUE 'off: timer', [REG_LVT]
    WRITE REG_LVT, 0x40
    VALUE 'off, timer written', [REG_LVT]
    WRITE REG_SVR, 0x1FF
    VALUE 'on: timer', [REG_LVT]
    ADMIT 'held meanwhile'
    ret
ROM_END

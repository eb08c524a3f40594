; The master 8259A with two sources that code can raise at will: IRQ0 by the PIT in mode 0, IRQ4 by the UART's
; "transmitter empty" (datasheet 231468). Orders and register states, never times. Not here: the slave, poll, spurious IRQ7.
%include "common.inc"

SEEN equ V_USER                 ; vectors in the order of their delivery, a byte each
SEEN_COUNT equ V_TEMP

%macro OUT8 2
    mov al, %2
    out %1, al
%endmacro

main:
    call initialize
    call masks
    call requests
    call nesting
    call rotation
    call finish

initialize:
    OUT8 0x20, 0x11
    OUT8 0x21, 0x40
    OUT8 0x21, 4
    OUT8 0x21, 1
    OUT8 0xA0, 0x11
    OUT8 0xA1, 0x48
    OUT8 0xA1, 2
    OUT8 0xA1, 1
    OUT8 0x21, 0xFF
    OUT8 0xA1, 0xFF
    ret

masks:
    OUT8 0x21, 0xA5
    in al, 0x21
    movzx eax, al
    VALUE 'mask as written', eax, 2
    OUT8 0x20, 0x11             ; ICW1 clears the mask
    OUT8 0x21, 0x40
    OUT8 0x21, 4
    OUT8 0x21, 1
    in al, 0x21
    movzx eax, al
    VALUE 'mask after initialization', eax, 2
    OUT8 0x21, 0xFF
    ret

in_service:                     ; EAX: ISR of the master
    OUT8 0x20, 0x0B
    in al, 0x20
    movzx eax, al
    ret

requested:                      ; EAX: IRR of the master, of the two sources used here
    OUT8 0x20, 0x0A
    in al, 0x20
    and eax, 0x11
    ret

raise_timer:                    ; IRQ0: counter 0 in mode 0 ends, and stays high
    OUT8 0x43, 0x30
    OUT8 0x40, 2
    OUT8 0x40, 0
.wait:
    OUT8 0x43, 0xE2             ; status of counter 0: OUT
    in al, 0x40
    test al, 0x80
    jz .wait
    ret

raise_uart:                     ; IRQ4: OUT2, and the transmitter is empty
    mov edx, COM1+5
.drain:
    in al, dx
    test al, 0x40
    jz .drain
    mov edx, COM1+4
    OUT8 dx, 8
    mov edx, COM1+1
    OUT8 dx, 2
    ret

lower:                          ; both
    mov edx, COM1+1
    OUT8 dx, 0
    OUT8 0x43, 0x30
    ret

requests:
    call lower
    call requested
    VALUE 'nothing requested', eax, 2
    call raise_timer
    call requested
    VALUE 'timer', eax, 2
    call raise_uart
    call requested
    VALUE 'timer and uart', eax, 2
    call lower
    call requested
    VALUE 'both fell', eax, 2
    ret

; A hook for the recorder notes what came and returns: nothing is ended by itself.
note:
    push eax
    push ebx
    mov ebx, [SEEN_COUNT]
    mov al, [V_VECTOR]
    mov [SEEN+ebx], al
    inc dword [SEEN_COUNT]
    and dword [SEEN_COUNT], 15
    pop ebx
    pop eax
    ret

take:                           ; interrupts on for a moment; prints the vectors, ISR
    mov dword [SEEN_COUNT], 0
    mov dword [V_HOOK], note
    sti
    mov ecx, 50
.wait:
    nop
    loop .wait
    cli
    mov dword [V_HOOK], 0
    PRINT ':'
    xor ebx, ebx
.next:
    cmp ebx, [SEEN_COUNT]
    je .end
    PRINT ' '
    movzx eax, byte [SEEN+ebx]
    HEX eax, 2
    inc ebx
    jmp .next
.end:
    PRINT ', isr '
    call in_service
    HEX eax, 2
    LINE
    ret

both:
    call lower
    OUT8 0x21, 0xFF
    call raise_timer
    call raise_uart
    ret

nesting:
    call both
    OUT8 0x21, 0xEE
    PRINT 'both, timer first and it holds the uart back'
    call take
    OUT8 0x20, 0x20
    PRINT 'non-specific eoi lets the uart in'
    call take
    OUT8 0x20, 0x60
    PRINT 'specific eoi of a level not in service'
    call take
    OUT8 0x20, 0x64
    PRINT 'specific eoi of the uart'
    call take
    call both
    OUT8 0x21, 0xEF
    PRINT 'timer masked'
    call take
    OUT8 0x21, 0xEE
    PRINT 'timer unmasked nests'
    call take
    OUT8 0x20, 0x64
    PRINT 'specific eoi of the outer'
    call take
    OUT8 0x20, 0x20
    PRINT 'eoi of the inner'
    call take
    ret

rotation:
    call both
    OUT8 0x20, 0xC0             ; IR0 is lowest
    OUT8 0x21, 0xEE
    PRINT 'ir0 lowest: the uart, then the timer has to wait'
    call take
    OUT8 0x20, 0xA0             ; rotate on non-specific EOI: IR4 is lowest
    PRINT 'rotating eoi'
    call take
    OUT8 0x20, 0xE0             ; rotate on specific EOI: IR0 is lowest
    PRINT 'rotating specific eoi'
    call take
    OUT8 0x20, 0xC7             ; as after initialization
    call lower
    call requested
    VALUE 'nothing left', eax, 2
    OUT8 0x21, 0xFF
    ret
ROM_END

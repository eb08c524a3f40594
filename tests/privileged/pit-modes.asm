; The interval timer: what OUT does in each mode, gate and triggers, counting by two and in decimal, counter 0 (8254 data sheet).
%include "common.inc"
%include "pit.inc"

main:
    GATE2 0
    call outputs
    call triggers
    call halves
    call bcd
    call counter_0
    call finish

outputs:                        ; OUT against gate and count
    WORD2 0xB0
    OUT2 'mode 0: out'
    LOAD2 100, 0
    call loaded
    OUT2 'mode 0, loaded: out'
    GATE2 1
    mov cl, 1
    call out_is
    OUT2 'mode 0, counted: out'
    STATUS2 'mode 0, counted'
    LOAD2 100, 0                ; a new count starts over
    GATE2 0
    WORD2 0xB0
    OUT2 'mode 0 again: out'
    WORD2 0xB4
    LOAD2 100, 0
    OUT2 'mode 2: out'
    GATE2 1
    GATE2 0
    OUT2 'mode 2, gate low: out'
    WORD2 0xB6
    LOAD2 0, 0x10
    OUT2 'mode 3: out'
    GATE2 1
    mov cl, 0
    call out_is
    OUT2 'mode 3, second half: out'
    mov cl, 1
    call out_is
    OUT2 'mode 3, first half: out'
    mov cl, 0
    call out_is
    GATE2 0                     ; OUT rises at once
    OUT2 'mode 3, gate low: out'
    WORD2 0xB8
    LOAD2 100, 0
    call loaded
    OUT2 'mode 4: out'
    ret

triggers:                       ; modes 1 and 5 start at the gate's rise
    GATE2 0
    WORD2 0xB2
    LOAD2 0, 0x80
    OUT2 'mode 1: out'
    GATE2 1
    call loaded
    mov cl, 0
    call out_is
    OUT2 'mode 1, triggered: out'
    mov cl, 1
    call out_is
    OUT2 'mode 1, over: out'
    GATE2 0
    GATE2 1
    mov cl, 0
    call out_is
    OUT2 'mode 1, triggered again: out'
    GATE2 0
    OUT2 'mode 1, the gate falls: out'
    mov cl, 1
    call out_is
    OUT2 'mode 1, over again: out'
    ret

halves:                         ; mode 3 counts down by two
    GATE2 0
    WORD2 0xB6
    LOAD2 0, 0
    call loaded
    GATE2 1
    mov ecx, 1000
    xor edx, edx
.odd:
    WORD2 0x80
    in al, 0x42
    and eax, 1
    or edx, eax
    in al, 0x42
    loop .odd
    GATE2 0
    VALUE 'mode 3, odd counts', edx, 1
    ret

bcd:
    GATE2 0
    WORD2 0xB1
    LOAD2 0x99, 0x99
    call loaded
    COUNT2 'bcd, 9999'
    GATE2 1
    mov ecx, 1000
    xor edx, edx
.digits:
    WORD2 0x80
    in al, 0x42
    mov bl, al
    in al, 0x42
    mov bh, al
    mov eax, ebx                ; a digit above 9 has a carry from 6
    and eax, 0xFFFF
    lea esi, [eax+0x6666]
    xor esi, eax
    xor esi, 0x6666
    and esi, 0x11110
    or edx, esi
    loop .digits
    GATE2 0
    VALUE 'bcd, digits above 9', edx
    ret

counter_0:                      ; its gate is always high; IRQ0 is its OUT
    mov al, 0x30
    out 0x43, al
    mov al, 0xE2
    out 0x43, al
    in al, 0x40
    movzx eax, al
    VALUE 'counter 0, mode 0', eax, 2
    mov al, 100
    out 0x40, al
    mov al, 0
    out 0x40, al
    mov ecx, TURNS
.wait:
    mov al, 0xE2
    out 0x43, al
    in al, 0x40
    test al, 0x80
    loopz .wait
    movzx eax, al
    VALUE 'counter 0, counted', eax, 2
    mov al, 0x34
    out 0x43, al
    mov al, 0
    out 0x40, al
    out 0x40, al
    mov ecx, 1000               ; it goes down, or around
    xor edx, edx
    mov ebx, 0x10000
.down:
    mov al, 0
    out 0x43, al
    in al, 0x40
    mov ah, al
    in al, 0x40
    xchg al, ah
    movzx eax, ax
    test eax, eax
    jnz .count
    mov eax, 0x10000
.count:
    cmp eax, ebx
    setne dl
    or dh, dl
    mov ebx, eax
    loop .down
    shr edx, 8
    VALUE 'counter 0 counts', edx, 1
    ret
ROM_END

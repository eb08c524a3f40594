; The interval timer: control words, status and count by latch and read-back, access modes (8254 data sheet).
%include "common.inc"
%include "pit.inc"

main:
    call port_61
    call status
    call latches
    call access
    call finish

port_61:
    GATE2 0
    in al, 0x61
    and eax, 3
    VALUE 'gate and speaker', eax, 1
    GATE2 1
    in al, 0x61
    and eax, 3
    VALUE 'gate written', eax, 1
    GATE2 2
    in al, 0x61
    and eax, 3
    VALUE 'speaker written', eax, 1
    GATE2 0
    ret

status:                         ; OUT, null count, access, mode, BCD
    WORD2 0xB0
    STATUS2 'mode 0'
    LOAD2 0x34, 0x12
    call loaded
    STATUS2 'mode 0, loaded'
    COUNT2 'its count'
    WORD2 0xB2
    STATUS2 'mode 1'
    LOAD2 0x34, 0x12
    STATUS2 'mode 1, not triggered'
    WORD2 0xB4
    STATUS2 'mode 2'
    LOAD2 0x78, 0x56
    call loaded
    STATUS2 'mode 2, loaded'
    COUNT2 'mode 2, count'
    WORD2 0xB6
    STATUS2 'mode 3'
    LOAD2 0xBC, 0x9A
    call loaded
    STATUS2 'mode 3, loaded'
    COUNT2 'its count'
    WORD2 0xB8
    STATUS2 'mode 4'
    LOAD2 0xEF, 0xCD
    call loaded
    STATUS2 'mode 4, loaded'
    COUNT2 'its count'
    WORD2 0xBA
    STATUS2 'mode 5'
    WORD2 0x90
    STATUS2 'low byte only'
    WORD2 0xA0
    STATUS2 'high byte only'
    WORD2 0xB1
    STATUS2 'bcd'
    ret

latches:
    WORD2 0xB0
    LOAD2 0x11, 0x22
    call loaded
    WORD2 0x80                  ; latched at 2211
    LOAD2 0x33, 0x44
    call loaded
    WORD2 0x80                  ; the latch is taken: this one counts for nothing
    COUNT2 'latched'
    COUNT2 'behind the latch'
    WORD2 0xC8                  ; read-back of status and count
    LOAD2 0x55, 0x66
    in al, 0x42
    movzx eax, al
    and eax, 0xBF
    VALUE 'read-back: status', eax, 2
    COUNT2 'read-back: count'
    call loaded
    WORD2 0xD8                  ; count alone
    COUNT2 'read-back of the count'
    LOAD2 0x77, 0x88
    call loaded
    in al, 0x42                 ; half of a read, then a latch
    movzx eax, al
    VALUE 'first half', eax, 2
    in al, 0x42
    movzx eax, al
    VALUE 'second half', eax, 2
    ret

access:
    WORD2 0x90                  ; low byte only: the high one becomes 0
    mov al, 0x5A
    out 0x42, al
    call loaded
    in al, 0x42
    movzx eax, al
    VALUE 'low byte', eax, 2
    in al, 0x42
    movzx eax, al
    VALUE 'low byte again', eax, 2
    WORD2 0xA0
    mov al, 0xA5
    out 0x42, al
    call loaded
    in al, 0x42
    movzx eax, al
    VALUE 'high byte', eax, 2
    WORD2 0xB0
    LOAD2 0, 0
    call loaded
    COUNT2 'count 0'
    ret

ROM_END

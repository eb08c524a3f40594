; The A20 gate of port 92h: with it closed, address bit 20 is 0 on the bus, so the second megabyte is the first again; so is every odd one
; (PIIX3, 2.5.10). Seen by reads, by writes, by instruction fetches and through page tables, and by real mode at FFFF:0010.
%define REAL_MODE
%include "common.inc"

LOW     equ SCRATCH             ; a place, and where it is again with A20
HIGH_   equ 0x100000+SCRATCH
THIRD   equ 0x200000+SCRATCH
FOURTH  equ 0x300000+SCRATCH

%macro A20 1                    ; bit 1 on or off; bit 0 would reset
    in al, 0x92
    and al, 0xFC
    or al, (%1) << 1
    out 0x92, al
%endmacro

bits 16
; Real mode: FFFF:0010 is 100000. What was seen is kept for protected mode to print.
main16:
    xor ax, ax
    mov es, ax
    mov ax, 0xFFFF
    mov fs, ax
    A20 1
    mov word [es:0xF00], 0x1111
    mov word [fs:0xF10], 0x2222
    mov ax, [es:0xF00]
    mov [es:0xF80], ax
    mov ax, [fs:0xF10]
    mov [es:0xF82], ax
    A20 0
    mov ax, [fs:0xF10]
    mov [es:0xF84], ax
    mov word [fs:0xF12], 0x3333
    mov ax, [es:0xF02]
    mov [es:0xF86], ax
    A20 1
    mov ax, [fs:0xF10]
    mov [es:0xF88], ax
    jmp enter_protected

bits 32
main:
    call real
    call reading
    call writing
    call across
    call fetching
    call paging
    call finish

real:
    VALUE 'real, open: 00F00', [0xF80], 4
    VALUE 'real, open: 100F00', [0xF82], 4
    VALUE 'real, closed: 100F00', [0xF84], 4
    VALUE 'real, closed: 100F02 written, seen at 00F02', [0xF86], 4
    VALUE 'real, open again: 100F00', [0xF88], 4
    ret

fill:
    A20 1
    mov dword [LOW], 0x11111111
    mov dword [HIGH_], 0x22222222
    mov dword [THIRD], 0x33333333
    mov dword [FOURTH], 0x44444444
    ret

show:                           ; what the four places read as
    PRINT ': '
    HEX [LOW]
    PRINT ' '
    HEX [HIGH_]
    PRINT ' '
    HEX [THIRD]
    PRINT ' '
    HEX [FOURTH]
    LINE
    ret

reading:
    call fill
    in al, 0x92
    and eax, 2
    VALUE 'port 92 open', eax, 1
    PRINT 'open'
    call show
    A20 0
    in al, 0x92
    and eax, 2
    VALUE 'port 92 closed', eax, 1
    PRINT 'closed'
    call show
    A20 1
    PRINT 'open again'
    call show
    ret

writing:
    call fill
    A20 0
    mov dword [HIGH_], 0x55555555
    mov dword [FOURTH], 0x66666666
    PRINT 'written closed, seen closed'
    call show
    A20 1
    PRINT 'written closed, seen open'
    call show
    call fill
    A20 0
    mov esi, HIGH_
    mov edi, THIRD
    movsd
    lock add dword [FOURTH], 1
    A20 1
    PRINT 'strings and locked cycles'
    call show
    ret

; An access that crosses from the first into the second megabyte, and its parts.
across:
    A20 1
    mov byte [0x00000], 0xA0
    mov byte [0x00001], 0xA1
    mov byte [0x100000], 0xB0
    mov byte [0x100001], 0xB1
    mov eax, [0x100000]
    VALUE 'open: word at 100000', eax, 4
    A20 0
    mov eax, [0x100000]
    VALUE 'closed: word at 100000', eax, 4
    A20 1
    mov dword [0x1FFFFC], 0xC3C2C1C0
    mov dword [0x200000], 0xD3D2D1D0
    mov eax, [0x1FFFFE]
    VALUE 'open: across 200000', eax
    A20 0
    mov eax, [0x1FFFFE]
    shr eax, 16
    VALUE 'closed: across 200000, upper half', eax, 4
    A20 1
    ret

; Code that stands at both places, one after the other at the same address.
fetching:
    A20 1
    mov byte [LOW+1], 1
    mov byte [LOW], 0xB0
    mov byte [LOW+2], 0xC3
    mov byte [HIGH_], 0xB0
    mov byte [HIGH_+1], 2
    mov byte [HIGH_+2], 0xC3
    mov ecx, 3
.again:
    A20 1
    mov eax, HIGH_
    call eax
    movzx ebx, al
    A20 0
    mov eax, HIGH_
    call eax
    movzx edx, al
    PRINT 'fetched open, closed: '
    HEX ebx, 1
    PRINT ' '
    HEX edx, 1
    LINE
    dec ecx
    jnz .again
    ; Code that was changed under its other address.
    mov byte [LOW+1], 3
    mov eax, HIGH_
    call eax
    movzx eax, al
    VALUE 'changed below, fetched closed', eax, 1
    A20 1
    mov eax, HIGH_
    call eax
    movzx eax, al
    VALUE 'fetched open', eax, 1
    ret

; The gate is behind paging: it acts on the physical address.
paging:
    call fill
    mov edi, PAGES              ; the first 4 MB one to one, and 400000 and 401000 to the two places
    mov dword [edi], PAGES+0x1000+3
    mov dword [edi+4], PAGES+0x2000+3
    lea edi, [edi+0x1000]
    mov eax, 3
    mov ecx, 1024
.map:
    stosd
    add eax, 0x1000
    loop .map
    mov dword [PAGES+0x2000], LOW+3
    mov dword [PAGES+0x2004], HIGH_+3
    mov eax, PAGES
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    VALUE 'paged, open: low', [0x400000]
    VALUE 'paged, open: high', [0x401000]
    A20 0
    VALUE 'paged, closed: low', [0x400000]
    VALUE 'paged, closed: high', [0x401000]
    mov dword [0x401000], 0x77777777
    A20 1
    VALUE 'paged, open again: low', [0x400000]
    VALUE 'paged, open again: high', [0x401000]
    mov eax, cr0
    and eax, 0x7FFFFFFF
    mov cr0, eax
    ret
ROM_END

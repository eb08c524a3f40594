; Code and pages: the next page is changed from this one, instructions lie in two pages, code is changed under its other address, mappings
; change under code (SDM vol. 3, 5.10 and 13.6).
%include "common.inc"

PAGE1   equ 0x60000             ; pages that code is put into
PAGE2   equ 0x61000
PAGE3   equ 0x62000
ALIAS   equ 0x400000            ; linear addresses of pages under test
DIRECTORY equ PAGES
TABLE0  equ PAGES+0x1000
TABLE1  equ PAGES+0x2000

main:
    call pages
    call across
    call aliases
    call mappings
    call finish

; Copies code from label %2 to label %3 to the address %1.
%macro PUT 3
    mov esi, %2
    mov edi, %1
    mov ecx, %3-%2
    rep movsb
%endmacro

pages:                          ; code in the next page is changed from this one, at the border
    mov edi, PAGE1
    mov ecx, 0x2000
    mov al, 0x90
    rep stosb
    mov byte [PAGE2+8], 0xC3
    PUT PAGE1+0xFF0, .writer, .writer_end
    xor ebx, ebx
    mov edx, PAGE1+0xFF0
    call edx
    VALUE 'changed in the next page', ebx
    mov byte [PAGE2+1], 0x90
    mov byte [PAGE2+2], 0x90
    xor ebx, ebx
    mov byte [PAGE1+0xFF6], 0x4B ; DEC EBX instead of INC
    mov edx, PAGE1+0xFF0
    call edx
    VALUE 'again', ebx
    ret
.writer:
    mov word [PAGE2+1], 0x4343  ; 9 bytes: INC EBX, twice; the write ends at FF8
.writer_end:

; An instruction whose bytes lie in two pages.
across:
    mov edi, PAGE1
    mov ecx, 0x2000
    mov al, 0x90
    rep stosb
    mov byte [PAGE1+0xFFD], 0xB8 ; MOV EAX, imm32 with two bytes beyond
    mov dword [PAGE1+0xFFE], 0x44332211
    mov byte [PAGE2+2], 0xC3
    mov edx, PAGE1+0xFFD
    call edx
    VALUE 'across', eax
    mov byte [PAGE1+0xFFF], 0xAA
    call edx
    VALUE 'changed below the border', eax
    mov byte [PAGE2], 0xBB
    call edx
    VALUE 'changed above the border', eax
    mov word [PAGE1+0xFFF], 0xDDCC
    call edx
    VALUE 'changed across the border', eax
    mov ecx, 3
.loop:
    add byte [PAGE2+1], 1
    mov edx, PAGE1+0xFFD
    call edx
    VALUE 'in a loop', eax
    loop .loop
    mov byte [PAGE1+0xFFF], 0x74 ; JZ with its displacement beyond
    mov byte [PAGE2], 1
    mov byte [PAGE2+1], 0xC3
    mov byte [PAGE2+2], 0x40
    mov byte [PAGE2+3], 0xC3
    xor eax, eax                ; ZF: taken to INC EAX
    mov edx, PAGE1+0xFFF
    call edx
    VALUE 'a jump across', eax
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
    mov dword [TABLE1], PAGE1+7
    mov dword [TABLE1+4], PAGE2+7
    mov eax, DIRECTORY
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    ret

aliases:                        ; code is changed under its other address
    call paging_on
    mov dword [PAGE1], 0xC301B0  ; MOV AL, 1; RET
    xor eax, eax
    mov edx, PAGE1
    call edx
    VALUE 'code', eax
    mov byte [ALIAS+1], 2
    call edx
    VALUE 'changed through the alias', eax
    mov edx, ALIAS
    call edx
    VALUE 'the alias', eax
    mov byte [PAGE1+1], 3
    call edx
    VALUE 'changed through the first', eax
    ret

mappings:                       ; the same linear address, another frame
    mov dword [PAGE2], 0xC309B0
    xor eax, eax
    mov edx, ALIAS
    call edx
    VALUE 'frame 1', eax
    mov dword [TABLE1], PAGE2+7
    invlpg [ALIAS]
    call edx
    VALUE 'frame 2', eax
    mov dword [TABLE1], PAGE1+7
    mov eax, cr3
    mov cr3, eax
    xor eax, eax
    call edx
    VALUE 'frame 1 again', eax
    ; An instruction across ALIAS and the next page, whose second half is remapped.
    mov byte [PAGE1+0xFFD], 0xB8
    mov word [PAGE1+0xFFE], 0x2211
    mov dword [PAGE2], 0x00C34433
    mov dword [PAGE3], 0x00C36655
    mov edx, ALIAS+0xFFD
    call edx
    VALUE 'second half in frame 2', eax
    mov dword [TABLE1+4], PAGE3+7
    invlpg [ALIAS+0x1000]
    call edx
    VALUE 'second half in frame 3', eax
    mov dword [TABLE1+4], 0
    invlpg [ALIAS+0x1000]
    SHOW 'second half gone', {mov edx, ALIAS+0xFFD}, {call edx}
    mov dword [TABLE1+4], PAGE2+7
    ; Code that unmaps itself faults at its next instruction, unless the TLB holds it; after INVLPG it must.
    PUT PAGE1+0x100, .gone, .gone_end
    mov dword [V_START], ALIAS+0x100
    TRY .faulted
    mov edx, ALIAS+0x100
    jmp edx
.faulted:
    PRINT 'unmapped itself'
    call report
    ret
.gone:
    mov dword [TABLE1], 0
    invlpg [ALIAS]
    nop
.gone_end:

ROM_END

; Paging with 32-bit entries: translation, page faults with error code and CR2, R/W U/S WP, accessed and dirty bits, 4 MB pages, global
; pages, INVLPG, and what the TLB may keep (SDM vol. 3, 5.3, 5.6 to 5.10).
%include "common.inc"

DIRECTORY equ PAGES
TABLE0    equ PAGES+0x1000      ; the first 4 MB, mapped to themselves
TABLE1    equ PAGES+0x2000      ; 400000 to 7FFFFF: the pages under test
TABLE2    equ PAGES+0x3000
PAGE      equ 0x400000          ; linear address of the page under test
FRAME     equ 0x60000           ; the frame behind it
FRAME2    equ 0x61000

P  equ 1
RW equ 2
US equ 4

PS equ 0x80
G  equ 0x100

; PTE value: of the page under test; the TLB forgets it
%macro PTE 1
    mov dword [TABLE1], %1
    invlpg [PAGE]
%endmacro
%macro PDE 1
    mov dword [DIRECTORY+4], %1
    mov eax, cr3
    mov cr3, eax
%endmacro

main:
    mov edi, DIRECTORY
    mov ecx, 0x4000/4
    xor eax, eax
    rep stosd
    mov edi, TABLE0             ; identity, open to all rings
    mov eax, P+RW+US
    mov ecx, 1024
.identity:
    stosd
    add eax, 0x1000
    loop .identity
    mov dword [DIRECTORY], TABLE0+P+RW+US
    mov dword [DIRECTORY+4], TABLE1+P+RW+US
    mov eax, DIRECTORY
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    jmp .on
.on:
    VALUE 'cr0 with paging', eax
    call translation
    call faults
    call matrix
    call entry_bits
    call crossing
    call strings
    call large
    call global_pages
    call self_map
    call modes
    call finish

translation:
    mov dword [FRAME], 0x11111111
    mov dword [FRAME2], 0x22222222
    PTE FRAME+P+RW
    VALUE 'frame 1', [PAGE]
    PTE FRAME2+P+RW
    VALUE 'frame 2', [PAGE]
    mov dword [PAGE+0xFFC], 0x33333333
    VALUE 'written through', [FRAME2+0xFFC]
    ; The same frame under two addresses.
    mov dword [TABLE1+4], FRAME2+P+RW
    VALUE 'alias', [PAGE+0x1FFC]
    ret

faults:
    PTE 0
    SHOW 'not present: read', {mov eax, [PAGE+4]}
    SHOW 'not present: write', {mov [PAGE+8], eax}
    SHOW 'not present: add', {add [PAGE+12], eax}
    SHOW 'not present: cmp', {cmp [PAGE+12], eax}
    SHOW 'not present: push', {push dword [PAGE+16]}
    SHOW 'not present: pop', {push eax}, {pop dword [PAGE+16]}
    SHOW 'not present: xchg', {xchg [PAGE+20], eax}
    SHOW 'not present: fetch', {mov eax, PAGE+0x123}, {jmp eax}
    SHOW 'not present: call', {mov eax, PAGE+0x123}, {call eax}
    SHOW 'no table: read', {mov eax, [0x800004]}
    SHOW 'no table: write', {mov [0xFFFFFFFC], eax}
    RING 3, 'not present: read in ring 3', {mov eax, [PAGE+4]}
    RING 3, 'not present: write in ring 3', {mov [PAGE+4], eax}
    RING 3, 'not present: fetch in ring 3', {mov eax, PAGE+0x10}, {jmp eax}
    RING 1, 'not present: read in ring 1', {mov eax, [PAGE+4]}
    SHOW 'cmpxchg that does not write', {mov eax, 5}, {cmpxchg [PAGE], ecx}
    PTE FRAME+P
    mov eax, cr0
    or eax, 0x10000
    mov cr0, eax
    mov dword [FRAME], 7
    SHOW 'read-only, wp: cmpxchg that does not write', {mov eax, 5}, {cmpxchg [PAGE], ecx}
    SHOW 'read-only, wp: bt', {bt dword [PAGE], 3}
    SHOW 'read-only, wp: bts', {bts dword [PAGE], 0}
    SHOW 'read-only, wp: or with zero', {or dword [PAGE], 0}
    SHOW 'read-only, wp: shift by zero', {mov cl, 0}, {shl dword [PAGE], cl}
    SHOW 'read-only, wp: sgdt', {sgdt [PAGE]}
    SHOW 'read-only, wp: inc', {inc byte [PAGE]}
    mov eax, cr0
    and eax, ~0x10000
    mov cr0, eax
    ret

; Every combination of P, R/W and U/S in directory and table, for reads and writes in rings 0 and 3, with WP off and on.
matrix:
    mov dword [V_TEMP], 0
.wp:
    mov eax, cr0
    and eax, ~0x10000
    cmp dword [V_TEMP], 0
    je .set
    or eax, 0x10000
.set:
    mov cr0, eax
    mov dword [V_PDE], 0
.pde:
    mov dword [V_PTE], 0
.pte:
    mov eax, [V_PDE]
    or eax, TABLE1
    mov [DIRECTORY+4], eax
    mov eax, [V_PTE]
    or eax, FRAME
    mov [TABLE1], eax
    mov eax, cr3
    mov cr3, eax
    PRINT 'wp '
    HEX [V_TEMP], 1
    PRINT ' pde '
    HEX [V_PDE], 1
    PRINT ' pte '
    HEX [V_PTE], 1
    PRINT ':'
    TRY .read0
    mov eax, [PAGE]
.read0:
    call outcome
    TRY .write0
    mov [PAGE], eax
.write0:
    call outcome
    TRY .read3
    mov ecx, .do_read
    jmp to_ring3
.do_read:
    mov eax, [PAGE]
    int 0x81
.read3:
    call outcome
    TRY .write3
    mov ecx, .do_write
    jmp to_ring3
.do_write:
    mov [PAGE], eax
    int 0x81
.write3:
    call outcome
    LINE
    inc dword [V_PTE]
    cmp dword [V_PTE], 8
    jb .pte
    inc dword [V_PDE]
    cmp dword [V_PDE], 8
    jb .pde
    inc dword [V_TEMP]
    cmp dword [V_TEMP], 2
    jb .wp
    mov dword [DIRECTORY+4], TABLE1+P+RW+US
    mov eax, cr3
    mov cr3, eax
    mov eax, cr0
    and eax, ~0x10000
    mov cr0, eax
    ret
V_PDE equ V_USER
V_PTE equ V_USER+4

to_ring3:
    push dword DATA3
    push dword STACK3_TOP
    push dword 2
    push dword CODE3
    push ecx
    mov ax, DATA3
    mov ds, ax
    iretd

outcome:                        ; ' -' or the error code
    call flat_data
    cmp dword [V_VECTOR], 14
    je .fault
    PRINT ' -'
    ret
.fault:
    PRINT ' '
    HEX [V_ERROR], 1
    ret

%macro ENTRIES 1
    PRINT %1
    PRINT ': pde '
    HEX [DIRECTORY+4], 3
    PRINT ' pte '
    HEX [TABLE1], 3
    LINE
%endmacro

entry_bits:
    PDE TABLE1+P+RW+US
    PTE FRAME+P+RW+US
    ENTRIES 'fresh'
    mov eax, [PAGE]
    ENTRIES 'after a read'
    mov [PAGE], eax
    ENTRIES 'after a write'
    PTE FRAME+P+RW+US
    mov [PAGE], eax
    ENTRIES 'after a first write'
    PTE FRAME+P+US
    PDE TABLE1+P+US
    SHOW 'write in ring 0 without wp', {mov [PAGE], eax}
    ENTRIES 'after it'
    PTE FRAME+P+US
    RING 3, 'write in ring 3', {mov [PAGE], eax}
    ENTRIES 'after a failed write'
    PDE TABLE1+P+RW+US
    PTE FRAME+RW+US
    SHOW 'not present', {mov eax, [PAGE]}
    VALUE 'entry after a failed read', [TABLE1]
    PTE FRAME+P+RW+US
    mov byte [FRAME], 0xC3      ; RET
    mov eax, PAGE
    call eax
    ENTRIES 'after a fetch'
    PTE FRAME+P+RW+US
    cmp dword [PAGE], 0
    ENTRIES 'after cmp'
    mov eax, 0x12345678
    cmpxchg [PAGE], ecx
    ENTRIES 'after cmpxchg that does not write'
    PTE FRAME+P+RW+US
    SHOW 'x87 store', {fninit}, {fnstcw [PAGE]}
    ENTRIES 'after it'
    ret

crossing:                       ; accesses across two pages: the fault names the page that is missing, and nothing is written
    PTE FRAME+P+RW+US
    mov dword [TABLE1+4], 0
    invlpg [PAGE+0x1000]
    mov dword [FRAME+0xFFC], 0x55555555
    SHOW 'read across into a missing page', {mov eax, [PAGE+0xFFE]}
    SHOW 'write across into a missing page', {mov dword [PAGE+0xFFD], 0xAAAAAAAA}
    VALUE 'nothing written', [FRAME+0xFFC]
    SHOW 'qword across into a missing page', {fninit}, {fld1}, {fstp qword [PAGE+0xFFC]}
    VALUE 'nothing written', [FRAME+0xFFC]
    RING 3, 'pusha across into a missing page', {mov esp, PAGE+0x1010}, {pushad}
    VALUE 'its esp', [V_ESP]
    mov dword [TABLE1+4], FRAME2+P+RW+US
    mov dword [TABLE1], 0
    invlpg [PAGE]
    SHOW 'read across from a missing page', {mov eax, [PAGE+0xFFE]}
    SHOW 'write across from a missing page', {mov dword [PAGE+0xFFE], 0xAAAAAAAA}
    PTE FRAME+P+RW+US
    mov dword [PAGE+0xFFE], 0x87654321
    VALUE 'across: low', [FRAME+0xFFC]
    VALUE 'across: high', [FRAME2]
    ; An instruction across two pages, the second one missing.
    mov word [FRAME+0xFFE], 0x04B8 ; MOV EAX, imm32: three bytes of it beyond
    mov dword [TABLE1+4], 0
    invlpg [PAGE+0x1000]
    SHOW 'instruction across into a missing page', {mov ecx, PAGE+0xFFE}, {jmp ecx}
    mov eax, [V_EIP]
    VALUE 'its eip', eax
    mov word [FRAME+0xFFE], 0xC390 ; NOP, RET: the page's last bytes do not touch the next
    SHOW 'last instruction of a page', {mov ecx, PAGE+0xFFE}, {call ecx}
    ret

strings:                        ; a string instruction stops at the fault with its registers there, and goes on after it
    mov dword [TABLE1], FRAME+P+RW+US
    mov dword [TABLE1+4], 0
    mov eax, cr3
    mov cr3, eax
    SHOW 'rep stosd', {mov edi, PAGE+0xFF0}, {mov ecx, 16}, {mov eax, 0x77777777}, {rep stosd}
    VALUE 'edi', [V_REGISTERS]
    VALUE 'ecx', [V_REGISTERS+24]
    SHOW 'rep movsb', {mov edi, FRAME2}, {mov esi, PAGE+0xFFD}, {mov ecx, 8}, {rep movsb}
    VALUE 'esi', [V_REGISTERS+4]
    VALUE 'edi', [V_REGISTERS]
    VALUE 'ecx', [V_REGISTERS+24]
    SHOW 'rep movsd backwards', {std}, {mov edi, PAGE+0x1004}, {mov esi, FRAME2+0x100}, {mov ecx, 8}, {rep movsd}
    VALUE 'edi', [V_REGISTERS]
    cld
    SHOW 'repne scasb', {mov edi, PAGE+0xFFE}, {mov ecx, 8}, {mov al, 1}, {repne scasb}
    VALUE 'edi', [V_REGISTERS]
    VALUE 'ecx', [V_REGISTERS+24]
    SHOW 'rep movsd with ecx zero', {mov edi, PAGE+0x1000}, {xor ecx, ecx}, {rep movsd}
    ret

large:                          ; CR4.PSE: an entry of the directory may map 4 MB
    mov dword [DIRECTORY+8], 0x000000+PS+P+RW
    SHOW 'ps without pse: the entry points to a table', {mov eax, [0x800000]}
    mov eax, cr4
    or eax, 0x10
    mov cr4, eax
    mov dword [DIRECTORY+8], 0x400000+PS+P+RW
    mov dword [0x3FFFFC], 0
    mov eax, cr3
    mov cr3, eax
    mov dword [0x812344], 0x44444444
    VALUE '4 MB page: entry after a write', [DIRECTORY+8]
    mov dword [DIRECTORY+8], 0x000000+PS+P+RW
    mov eax, cr3
    mov cr3, eax
    mov dword [FRAME+0x20], 0x55555555
    VALUE '4 MB page onto frame 0', [0x800000+FRAME+0x20]
    VALUE 'entry after a read', [DIRECTORY+8]
    RING 3, '4 MB supervisor page in ring 3', {mov eax, [0x800000]}
    mov dword [DIRECTORY+8], 0x000000+PS+P+US
    mov eax, cr3
    mov cr3, eax
    RING 3, '4 MB read-only page: read in ring 3', {mov eax, [0x800000]}
    RING 3, '4 MB read-only page: write in ring 3', {mov [0x800000], eax}
    mov dword [DIRECTORY+8], 0x200000+PS+P+RW+US
    mov eax, cr3
    mov cr3, eax
    SHOW 'reserved bit 21', {mov eax, [0x800010]}
    RING 3, 'reserved bit 21: write in ring 3', {mov [0x800010], eax}
    mov dword [DIRECTORY+8], 0
    ret

global_pages:                         ; CR4.PGE: a global entry outlives MOV CR3, not INVLPG
    mov eax, cr4
    or eax, 0x80
    mov cr4, eax
    mov dword [FRAME], 0x11111111
    mov dword [FRAME2], 0x22222222
    PTE FRAME+P+RW+G
    VALUE 'global page', [PAGE]
    mov dword [TABLE1], FRAME2+P+RW+G
    invlpg [PAGE]
    VALUE 'after invlpg', [PAGE]
    mov dword [TABLE1], FRAME+P+RW+G
    mov eax, cr4
    and eax, ~0x80
    mov cr4, eax
    VALUE 'after changing cr4.pge', [PAGE]
    PTE FRAME2+P+RW
    mov eax, [PAGE]
    mov dword [TABLE1], FRAME+P+RW
    mov eax, cr3
    mov cr3, eax
    VALUE 'not global, after mov cr3', [PAGE]
    ; INVLPG of any byte of a page is of the page.
    PTE FRAME+P+RW
    mov eax, [PAGE]
    mov dword [TABLE1], FRAME2+P+RW
    invlpg [PAGE+0xFFF]
    VALUE 'invlpg of the last byte', [PAGE]
    ; An entry that was not present is not remembered.
    PTE 0
    SHOW 'not present', {mov eax, [PAGE]}
    mov dword [TABLE1], FRAME+P+RW
    VALUE 'present at once', [PAGE]
    ret

self_map:                      ; the tables seen through themselves, and a table that is its own directory
    mov dword [DIRECTORY+0xFFC], DIRECTORY+P+RW
    mov eax, cr3
    mov cr3, eax
    mov eax, [0xFFFFF000]
    and eax, 0xFFFFFF1F
    VALUE 'directory through itself', eax
    mov eax, [0xFFC00000+(PAGE >> 10)]
    and eax, 0xFFFFFF1F
    VALUE 'table entry through itself', eax
    mov dword [0xFFC00000+(PAGE >> 10)], FRAME2+P+RW
    invlpg [PAGE]
    VALUE 'changed through itself', [PAGE]
    ret

modes:                          ; what CR0 and CR4 accept
    SHOW 'pg without pe', {mov eax, cr0}, {and eax, ~1}, {mov cr0, eax}
    SHOW 'nw without cd', {mov eax, cr0}, {and eax, ~0x40000000}, {or eax, 0x20000000}, {mov cr0, eax}
    SHOW 'reserved bit of cr4', {mov eax, cr4}, {or eax, 0x80000000}, {mov cr4, eax}
    SHOW 'cr1', {db 0x0F, 0x20, 0xC8}
    SHOW 'cr5', {db 0x0F, 0x22, 0xE8}
    SHOW 'lmsw sets no pg', {smsw eax}, {lmsw ax}
    SHOW 'lmsw cannot clear pe', {xor eax, eax}, {lmsw ax}
    mov eax, cr0
    and eax, 0x80000001
    VALUE 'cr0 after lmsw', eax
    mov eax, cr2
    mov eax, 0x12345678
    mov cr2, eax
    mov eax, cr2
    VALUE 'cr2 is writable', eax
    ; Without paging addresses are physical again.
    mov dword [FRAME], 0x66666666
    mov eax, cr0
    and eax, 0x7FFFFFFF
    mov cr0, eax
    jmp .off
.off:
    mov dword [PAGE], 0x99999999
    VALUE 'paging off', [PAGE]
    VALUE 'the frame', [FRAME]
    ret
ROM_END

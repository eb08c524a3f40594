; Paging with 64-bit entries (CR4.PAE): the page-directory-pointer table, 2 MB pages, reserved bits, no-execute (SDM vol. 3, 5.4, 5.6, 5.7).
%include "common.inc"

POINTERS  equ PAGES             ; four entries
DIRECTORY equ PAGES+0x1000
TABLE0    equ PAGES+0x2000      ; the first 2 MB, mapped to themselves
TABLE1    equ PAGES+0x3000      ; 400000 to 5FFFFF
PAGE      equ 0x400000
FRAME     equ 0x60000
FRAME2    equ 0x61000
EFER      equ 0xC0000080

P  equ 1
RW equ 2
US equ 4
PS equ 0x80

; PTE low, high: the entry of the page under test
%macro PTE 2
    mov dword [TABLE1], %1
    mov dword [TABLE1+4], %2
    invlpg [PAGE]
%endmacro
%macro PDE 2
    mov dword [DIRECTORY+16], %1
    mov dword [DIRECTORY+20], %2
    mov eax, cr3
    mov cr3, eax
%endmacro

main:
    mov eax, 0x80000000
    cpuid
    mov ebp, 0
    cmp eax, 0x80000001
    jb .known
    mov eax, 0x80000001
    cpuid
    bt edx, 20
    rcl ebp, 1
.known:
    mov [V_NX], ebp
    VALUE 'nx', ebp, 1

    mov edi, POINTERS
    mov ecx, 0x4000/4
    xor eax, eax
    rep stosd
    mov edi, TABLE0
    mov eax, P+RW+US
    mov ecx, 512
.identity:
    mov [edi], eax
    add edi, 8
    add eax, 0x1000
    loop .identity
    mov dword [POINTERS], DIRECTORY+P
    mov dword [DIRECTORY], TABLE0+P+RW+US
    mov dword [DIRECTORY+16], TABLE1+P+RW+US
    mov eax, cr4
    or eax, 0x20                ; PAE
    mov cr4, eax
    mov eax, POINTERS
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    jmp .on
.on:
    call translation
    call pointers
    call large
    call reserved
    cmp dword [V_NX], 0
    je .without
    call no_execute
.without:
    call finish
V_NX equ V_USER

translation:
    mov dword [FRAME], 0x11111111
    mov dword [FRAME2], 0x22222222
    PTE FRAME+P+RW, 0
    VALUE 'frame 1', [PAGE]
    PTE FRAME2+P+RW, 0
    VALUE 'frame 2', [PAGE]
    mov [PAGE], eax
    VALUE 'entry after a write', [TABLE1]
    VALUE 'directory entry', [DIRECTORY+16]
    VALUE 'pointer entry', [POINTERS]
    PTE 0, 0
    SHOW 'not present: read', {mov eax, [PAGE+4]}
    SHOW 'not present: write', {mov [PAGE+4], eax}
    SHOW 'no table', {mov eax, [0x1200000]}
    SHOW 'no directory', {mov eax, [0x40000004]}
    SHOW 'no directory: write', {mov [0xC0000004], eax}
    PTE FRAME+P, 0
    RING 3, 'supervisor page: read in ring 3', {mov eax, [PAGE]}
    RING 3, 'supervisor page: write in ring 3', {mov [PAGE], eax}
    PTE FRAME+P+US, 0
    RING 3, 'read-only page: write in ring 3', {mov [PAGE], eax}
    PDE TABLE1+P+RW, 0
    RING 3, 'supervisor table: read in ring 3', {mov eax, [PAGE]}
    PDE TABLE1+P+RW+US, 0
    ret

pointers:                       ; the four entries are read when CR3 is loaded, and checked then
    mov dword [POINTERS+8], DIRECTORY+P
    SHOW 'pointer written, cr3 not loaded', {mov eax, [0x40000004]}
    mov eax, cr3
    mov cr3, eax
    PTE FRAME+P+RW, 0
    mov dword [FRAME], 0x44444444
    VALUE 'after loading cr3', [0x40400000]
    mov dword [POINTERS+8], 0
    VALUE 'pointer cleared, cr3 not loaded', [0x40400000]
    mov eax, cr3
    mov cr3, eax
    SHOW 'after loading cr3', {mov eax, [0x40400000]}
    mov dword [POINTERS+16], DIRECTORY+P+RW ; reserved in a pointer
    SHOW 'reserved bit 1 of a pointer', {mov eax, cr3}, {mov cr3, eax}
    mov dword [POINTERS+16], DIRECTORY+P+PS
    SHOW 'reserved bit 7 of a pointer', {mov eax, cr3}, {mov cr3, eax}
    mov dword [POINTERS+16], DIRECTORY+P
    mov dword [POINTERS+20], 0x80000000
    SHOW 'reserved bit 63 of a pointer', {mov eax, cr3}, {mov cr3, eax}
    mov dword [POINTERS+16], DIRECTORY+RW+PS ; not present: nothing is checked
    mov dword [POINTERS+20], 0
    SHOW 'reserved bits, not present', {mov eax, cr3}, {mov cr3, eax}
    mov dword [POINTERS+16], 0
    ; CR3's low five bits are not a part of the address.
    mov eax, POINTERS+0x18
    mov cr3, eax
    VALUE 'cr3 with pcd and pwt', [0x400000]
    mov eax, POINTERS
    mov cr3, eax
    ret

large:
    mov dword [DIRECTORY+24], 0x600000+PS+P+RW
    mov eax, cr3
    mov cr3, eax
    mov dword [0x712344], 0x55555555
    VALUE '2 MB page: entry after a write', [DIRECTORY+24]
    mov dword [DIRECTORY+24], 0x000000+PS+P+RW+US
    mov eax, cr3
    mov cr3, eax
    mov dword [FRAME+0x24], 0x77777777
    VALUE '2 MB page onto frame 0', [0x600000+FRAME+0x24]
    RING 3, '2 MB page in ring 3', {mov [0x600000+FRAME+0x28], eax}
    mov eax, cr4
    and eax, ~0x10
    mov cr4, eax
    VALUE 'without cr4.pse as well', [0x600000+FRAME+0x24]
    mov dword [DIRECTORY+24], 0x000000+PS+P
    mov eax, cr3
    mov cr3, eax
    RING 3, 'supervisor 2 MB page in ring 3', {mov eax, [0x600000]}
    ret

reserved:
    mov dword [DIRECTORY+24], 0x100000+PS+P+RW
    mov eax, cr3
    mov cr3, eax
    SHOW 'bit 20 of a 2 MB page', {mov eax, [0x600000]}
    mov dword [DIRECTORY+24], 0x002000+PS+P+RW
    mov eax, cr3
    mov cr3, eax
    SHOW 'bit 13 of a 2 MB page', {mov [0x600000], eax}
    PTE FRAME+P+RW, 0x40000000
    SHOW 'bit 62 of an entry', {mov eax, [PAGE]}
    PTE FRAME+P+RW, 0x00100000
    SHOW 'bit 52 of an entry', {mov eax, [PAGE]}
    PDE TABLE1+P+RW, 0x40000000
    SHOW 'bit 62 of a directory entry', {mov eax, [PAGE]}
    PDE TABLE1+P+RW+US, 0
    PTE FRAME+P+RW, 0x80000000
    SHOW 'bit 63 without nxe: read', {mov eax, [PAGE]}
    SHOW 'bit 63 without nxe: write', {mov [PAGE], eax}
    RING 3, 'bit 63 without nxe: read in ring 3', {mov eax, [PAGE]}
    PTE FRAME+RW, 0x80000000
    SHOW 'bit 63, not present', {mov eax, [PAGE]}
    ret

no_execute:
    mov ecx, EFER
    rdmsr
    or eax, 0x800
    wrmsr
    rdmsr
    and eax, 0x800
    VALUE 'nxe', eax
    mov dword [FRAME], 0xC3C3C3C3 ; RET
    PTE FRAME+P+RW+US, 0x80000000
    SHOW 'nx: read', {mov eax, [PAGE]}
    SHOW 'nx: write', {mov dword [PAGE+4], 0}
    SHOW 'nx: fetch', {mov eax, PAGE}, {call eax}
    RING 3, 'nx: fetch in ring 3', {mov eax, PAGE}, {call eax}
    PTE FRAME+P+RW+US, 0
    SHOW 'executable: fetch', {mov eax, PAGE}, {call eax}
    RING 3, 'executable: fetch in ring 3', {mov eax, PAGE}, {call eax}
    PDE TABLE1+P+RW+US, 0x80000000
    SHOW 'nx directory entry: fetch', {mov eax, PAGE}, {call eax}
    SHOW 'nx directory entry: read', {mov eax, [PAGE]}
    PDE TABLE1+P+RW+US, 0
    PTE 0, 0
    SHOW 'not present: fetch', {mov eax, PAGE}, {jmp eax}
    PTE FRAME+P, 0
    RING 3, 'supervisor page: fetch in ring 3', {mov eax, PAGE}, {jmp eax}
    mov dword [DIRECTORY+24], 0x000000+PS+P+RW
    mov dword [DIRECTORY+28], 0x80000000
    mov eax, cr3
    mov cr3, eax
    SHOW 'nx 2 MB page: fetch', {mov eax, 0x600000+FRAME}, {call eax}
    mov dword [DIRECTORY+28], 0
    mov eax, cr3
    mov cr3, eax
    SHOW 'executable 2 MB page: fetch', {mov eax, 0x600000+FRAME}, {call eax}
    ; An instruction that reaches from an executable page into one that is not.
    mov dword [TABLE1], FRAME+P+RW
    mov dword [TABLE1+4], 0
    mov dword [TABLE1+8], FRAME2+P+RW
    mov dword [TABLE1+12], 0x80000000
    mov eax, cr3
    mov cr3, eax
    mov word [FRAME+0xFFE], 0x04B8
    SHOW 'instruction across into an nx page', {mov eax, PAGE+0xFFE}, {jmp eax}
    VALUE 'its eip', [V_EIP]
    ret
ROM_END

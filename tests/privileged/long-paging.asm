; 4-level paging in 64-bit mode: every combination of U/S, R/W, NX, WP, SMEP, SMAP and EFLAGS.AC with reads, writes and fetches of rings 0
; and 3; reserved bits; 1 GB pages; CR3 with process-context identifiers, INVPCID (SDM vol. 3A 4.5 to 4.10).
%include "long.inc"

NX  equ 0x8000000000000000
V_N equ W_TEMP                  ; combination: bit 0 U/S, 1 R/W, 2 NX, 3 WP, 4 SMEP, 5 SMAP, 6 AC

; PTE value: of the page under test
%macro PTE64 1
    mov rax, %1
    mov [TABLE1], rax
    invlpg [PAGE]
%endmacro

main64:
    mov byte [FRAME], 0xC3      ; RET
    mov byte [FRAME+0x10], 0xCD ; INT 81h
    mov byte [FRAME+0x11], 0x81
    call matrix64
    call reserved
    call huge
    call cr3_bits
    call invpcid_cases
    jmp finish64

outcome64:                      ; ' -', ' ' and the error code, or the vector
    call flat64
    PRINT64 ' '
    mov rax, [W_VECTOR]
    cmp rax, -1
    je .none
    cmp rax, 0x81
    je .none
    cmp rax, 14
    jne .other
    HEX64 [W_ERROR], 2
    ret
.none:
    PRINT64 '-'
    ret
.other:
    PRINT64 '#'
    HEX64 rax, 2
    ret

matrix64:
    mov qword [V_N], 0
.next:
    mov rbx, [V_N]
    mov rax, FRAME+1            ; the page
    bt rbx, 0
    jnc .no_us
    or eax, 4
.no_us:
    bt rbx, 1
    jnc .no_rw
    or eax, 2
.no_rw:
    bt rbx, 2
    jnc .no_nx
    bts rax, 63
.no_nx:
    mov [TABLE1], rax
    mov rax, cr0                ; WP
    btr rax, 16
    bt rbx, 3
    jnc .no_wp
    bts rax, 16
.no_wp:
    mov cr0, rax
    mov rax, cr4                ; SMEP, SMAP
    btr rax, 20
    btr rax, 21
    bt rbx, 4
    jnc .no_smep
    bts rax, 20
.no_smep:
    bt rbx, 5
    jnc .no_smap
    bts rax, 21
.no_smap:
    mov cr4, rax
    mov rax, cr3
    mov cr3, rax
    PRINT64 'us '
    mov rax, [V_N]
    and eax, 1
    HEX64 rax, 1
    PRINT64 ' rw '
    mov rax, [V_N]
    shr eax, 1
    and eax, 1
    HEX64 rax, 1
    PRINT64 ' nx '
    mov rax, [V_N]
    shr eax, 2
    and eax, 1
    HEX64 rax, 1
    PRINT64 ' wp smep smap ac '
    mov rax, [V_N]
    shr eax, 3
    HEX64 rax, 1
    PRINT64 ':'
    TRY64 .read0
    call set_ac
    mov eax, [PAGE+4]
    mov eax, [PAGE+4]
.read0:
    call clear_ac
    call outcome64
    TRY64 .write0
    call set_ac
    mov [PAGE+8], eax
    mov [PAGE+8], eax
.write0:
    call clear_ac
    call outcome64
    TRY64 .fetch0
    call set_ac
    mov ebx, PAGE
    call rbx
.fetch0:
    call clear_ac
    call outcome64
    TRY64 .read3
    mov ecx, USER+.do_read
    jmp to_ring3_64
.do_read:
    mov eax, [PAGE+4]
    int 0x81
.read3:
    call outcome64
    TRY64 .write3
    mov ecx, USER+.do_write
    jmp to_ring3_64
.do_write:
    mov [PAGE+8], eax
    int 0x81
.write3:
    call outcome64
    TRY64 .fetch3
    mov ecx, PAGE+0x10
    jmp to_ring3_64
.fetch3:
    call outcome64
    LINE64
    inc qword [V_N]
    cmp qword [V_N], 128
    jb .next
    mov rax, cr4
    btr rax, 20
    btr rax, 21
    mov cr4, rax
    mov rax, cr0
    btr rax, 16
    mov cr0, rax
    ret

; EFLAGS.AC as the combination says; CR0.AM stays clear, so that nothing checks alignment.
set_ac:
    pushfq
    pop rax
    mov rbx, [V_N]
    btr rax, 18
    bt rbx, 6
    jnc .set
    bts rax, 18
.set:
    push rax
    popfq
    ret
clear_ac:
    push 2
    popfq
    ret

to_ring3_64:
    mov rax, [V_N]
    push DATA64_3
    push USER+STACK3_TOP
    shr eax, 6
    shl eax, 18
    or eax, 2
    push rax
    push CODE64_3
    push rcx
    iretq

; Reserved bits of each level: bit 51 lies beyond every MAXPHYADDR of today.
%macro RESERVED 3               ; name, entry, bit
    mov rbx, [%2]
    mov rax, rbx
    bts rax, %3
    mov [%2], rax
    mov rax, cr3
    mov cr3, rax
    SHOW64 %1, {mov eax, [PAGE]}
    mov [%2], rbx
    mov rax, cr3
    mov cr3, rax
%endmacro
reserved:
    PTE64 FRAME+3
    SHOW64 'present', {mov eax, [PAGE]}
    RESERVED 'pte bit 51', TABLE1, 51
    RESERVED 'pde bit 51', PD+16, 51
    mov rbx, [PD+16]
    mov qword [PD+16], 0x400083+0x2000
    mov rax, cr3
    mov cr3, rax
    SHOW64 '2 mb page, bit 13', {mov eax, [PAGE]}
    SHOW64 '2 mb page, bit 13, write', {mov [PAGE], eax}
    mov qword [PD+16], 0x200083
    mov rax, cr3
    mov cr3, rax
    SHOW64 '2 mb page', {mov eax, [PAGE]}
    mov [PD+16], rbx
    mov rax, cr3
    mov cr3, rax
    mov qword [PDPT+24], 0x83+0x2000
    SHOW64 '1 gb page, bit 13', {mov ebx, 0xC0000000}, {mov eax, [rbx]}
    mov qword [PDPT+24], 0x83
    SHOW64 'nx without nxe', {mov ecx, IA32_EFER}, {rdmsr}, {btr eax, 11}, {wrmsr}, {mov byte [TABLE1+7], 0x80}, {invlpg [PAGE]}, {mov eax, [PAGE]}
    mov byte [TABLE1+7], 0
    mov ecx, IA32_EFER
    rdmsr
    bts eax, 11
    wrmsr
    PTE64 0
    SHOW64 'not present: read', {mov eax, [PAGE+4]}
    SHOW64 'not present: write', {mov [PAGE+4], eax}
    SHOW64 'not present: fetch', {mov eax, PAGE+4}, {jmp rax}
    SHOW64 'no pml4 entry', {mov rax, 0x7FFFFFFFFFF8}, {mov rax, [rax]}
    SHOW64 'no pml4 entry, upper half', {mov rax, -8}, {mov [rax], rax}
    USER64 'ring 3: no pml4 entry', {mov rax, -8}, {mov rax, [rax]}
    USER64 'ring 3: supervisor page', {mov eax, [FRAME]}
    USER64 'ring 3: supervisor page, upper half', {mov rax, 0xFFFF800000000000}, {mov [rax], al}
    ret

huge:
    mov dword [FRAME], 0x12345678
    mov qword [PDPT+24], 0x83
    mov ebx, 0xC0000000+FRAME
    mov eax, [rbx]
    VALUE64 '1 gb page', rax, 8
    VALUE64 'its entry', [PDPT+24], 4
    mov [rbx+4], eax
    VALUE64 'written', [PDPT+24], 4
    mov qword [PDPT+24], 0
    invlpg [rbx+0x100000]
    SHOW64 'gone', {mov ebx, 0xC0000000+FRAME}, {mov eax, [rbx]}
    mov byte [FRAME], 0xC3
    ret

cr3_bits:
    SHOW64 'cr3 bit 63 without pcide', {mov rax, PML4}, {bts rax, 63}, {mov cr3, rax}
    SHOW64 'cr3 bit 51', {mov rax, PML4}, {bts rax, 51}, {mov cr3, rax}
    SHOW64 'cr3 bits 0 to 11', {mov rax, PML4+0xFFF}, {mov cr3, rax}
    mov rax, cr3
    VALUE64 'cr3', rax
    SHOW64 'pcide with pcid', {mov rax, cr4}, {bts rax, 17}, {mov cr4, rax}
    mov rax, PML4
    mov cr3, rax
    SHOW64 'pcide', {mov rax, cr4}, {bts rax, 17}, {mov cr4, rax}
    SHOW64 'cr3 bit 63 with pcide', {mov rax, PML4+5}, {bts rax, 63}, {mov cr3, rax}
    mov rax, cr3
    VALUE64 'cr3', rax
    SHOW64 'cr3 bit 62 with pcide', {mov rax, PML4}, {bts rax, 62}, {mov cr3, rax}
    SHOW64 'paging off in 64-bit mode', {mov rax, cr0}, {btr rax, 31}, {mov cr0, rax}
    SHOW64 'pae off', {mov rax, cr4}, {btr rax, 5}, {mov cr4, rax}
    SHOW64 'lme off', {mov ecx, IA32_EFER}, {rdmsr}, {btr eax, 8}, {wrmsr}
    SHOW64 'cr0 bit 32', {mov rax, cr0}, {bts rax, 32}, {mov cr0, rax}
    ; A translation that is not global goes with its PCID.
    PTE64 FRAME+3
    mov byte [FRAME+0x20], 0x55
    mov al, [PAGE+0x20]
    mov qword [TABLE1], 0
    mov rax, PML4+6
    mov cr3, rax
    SHOW64 'another pcid', {mov al, [PAGE+0x20]}
    mov rax, PML4
    mov cr3, rax
    SHOW64 'pcide off', {mov rax, cr4}, {btr rax, 17}, {mov cr4, rax}
    ret

%macro INVPCID64 4              ; name, type, low, high
    mov rax, %3
    mov [SCRATCH], rax
    mov rax, %4
    mov [SCRATCH+8], rax
    SHOW64 %1, {mov eax, %2}, {invpcid rax, [SCRATCH]}
%endmacro
invpcid_cases:
    INVPCID64 'invpcid 0', 0, 0, PAGE
    INVPCID64 'invpcid 0, pcid without pcide', 0, 1, PAGE
    INVPCID64 'invpcid 1, pcid without pcide', 1, 1, PAGE
    INVPCID64 'invpcid 2, pcid without pcide', 2, 1, PAGE
    INVPCID64 'invpcid 0, not canonical', 0, 0, 0x800000000000
    INVPCID64 'invpcid 1, not canonical', 1, 0, 0x800000000000
    INVPCID64 'invpcid 3, reserved', 3, 0x1000, 0
    INVPCID64 'invpcid 4', 4, 0, 0
    USER64 'invpcid in ring 3', {mov eax, 4}, {invpcid rax, [SCRATCH]}
    SHOW64 'invlpg, not canonical', {mov rax, 0x800000000000}, {invlpg [rax]}
    ret
ROM_END

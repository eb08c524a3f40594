; Descriptors: what may be loaded into which segment register from which ring, far jumps, the instructions that ask about descriptors, the
; descriptor table registers (SDM vol. 3, 6.4 to 6.8, and vol. 2 of each instruction).
%include "common.inc"

SEL     equ FREE
SEL_LDT equ 0x04+0x08

%macro LOAD_FS 1
    mov ax, %1
    mov fs, ax
%endmacro

main:
    call loading
    call asking
    call accessed
    call far_pointers
    call tables
    call finish

; MOV to a segment register: which checks come in which order, and with which vector and error code.
loading:
    DESCRIPTOR SEL, 0, 0xFFFFF, 0x12, 12
    SHOW 'not present: to fs', {LOAD_FS SEL}
    mov ax, SEL
    SHOW 'not present: to ss', {mov ss, ax}
    DESCRIPTOR SEL, 0, 0xFFFFF, 0x10, 12
    mov ax, SEL
    SHOW 'not present and read-only: to ss', {mov ss, ax}
    DESCRIPTOR SEL, 0, 0xFFFFF, 0x90, 12
    mov ax, SEL
    SHOW 'read-only: to ss', {mov ss, ax}
    mov ax, SEL+1
    SHOW 'rpl 1: to ss', {mov ss, ax}
    SHOW 'rpl 3 of dpl 0: to fs', {LOAD_FS SEL+3}
    DESCRIPTOR SEL, 0, 0xFFFFF, 0xF2, 12
    mov ax, SEL
    SHOW 'dpl 3: to ss', {mov ss, ax}
    SHOW 'dpl 3: to fs', {LOAD_FS SEL}
    mov ax, CODE0
    SHOW 'code: to ss', {mov ss, ax}
    SHOW 'code: to fs', {LOAD_FS CODE0}
    SHOW 'tss: to fs', {LOAD_FS TSS_SEL}
    SHOW 'ldt: to fs', {LOAD_FS LDT_SEL}
    SHOW 'unused: to fs', {LOAD_FS 0x1E8}
    SHOW 'beyond the gdt: to fs', {LOAD_FS 0x200}
    SHOW 'beyond the gdt, rpl 2: to fs', {LOAD_FS 0x202}
    SHOW 'beyond the ldt: to fs', {LOAD_FS 0x84}
    SHOW 'unused in the ldt: to fs', {LOAD_FS 0x7C}
    xor eax, eax
    SHOW 'null: to ss', {mov ss, ax}
    SHOW 'null: to ds', {mov ds, ax}
    DESCRIPTOR SEL_LDT, SCRATCH, 0xFFF, 0x92, 4
    SHOW 'data in the ldt: to fs', {LOAD_FS SEL_LDT}
    mov dword [SCRATCH+4], 0x12345678
    mov eax, [fs:4]
    VALUE 'its contents', eax
    xor eax, eax
    lldt ax
    SHOW 'no ldt: to fs', {LOAD_FS SEL_LDT}
    mov ax, LDT_SEL
    lldt ax
    DESCRIPTOR SEL, 0, 0xFFFFF, 0x9E, 12 ; conforming, readable
    RING 3, 'conforming code: to ds in ring 3', {mov eax, SEL}, {mov ds, ax}
    RING 3, 'dpl 0 data: to ds in ring 3', {mov eax, DATA0}, {mov ds, ax}
    RING 3, 'dpl 3 data: to ss in ring 3', {mov eax, DATA3}, {mov ss, ax}
    RING 3, 'null: to ss in ring 3', {xor eax, eax}, {mov ss, ax}
    RING 3, 'null: to es in ring 3', {xor eax, eax}, {mov es, ax}
    RING 1, 'dpl 1 data: to ds in ring 1', {mov eax, DATA1}, {mov ds, ax}
    RING 1, 'dpl 2 data: to ds in ring 1', {mov eax, DATA2}, {mov ds, ax}
    RING 2, 'dpl 1 data: to ds in ring 2', {mov eax, DATA1}, {mov ds, ax}
    RING 2, 'pop ds of dpl 0 in ring 2', {push dword DATA0}, {pop ds}
    ret

%macro ASK 2-3                    ; name, {instruction}: prints ZF and EAX; LAR leaves the limit's bits 16 to 19 undefined
    mov eax, 0xAAA0AAAA
    %2
    mov ebx, 0
    jnz %%no
    inc ebx
%%no:
    PRINT %1
    PRINT ': zf='
    HEX ebx, 1
    PRINT ' eax='
    %3
    HEX eax
    LINE
%endmacro

asking:
    DESCRIPTOR SEL, 0x12345678, 0xABCDE, 0x92, 13
    mov ecx, SEL
    ASK 'lar data', {lar eax, cx}, {and eax, 0xFFF0FFFF}
    ASK 'lsl data', {lsl eax, cx}
    ASK 'lar data, 16 bits', {lar ax, cx}
    ASK 'lsl data, 16 bits', {lsl ax, cx}
    ASK 'verr data', {verr cx}
    ASK 'verw data', {verw cx}
    mov ecx, CODE0
    ASK 'lar code', {lar eax, cx}, {and eax, 0xFFF0FFFF}
    ASK 'lsl code', {lsl eax, cx}
    ASK 'verr code', {verr cx}
    ASK 'verw code', {verw cx}
    mov ecx, 0
    ASK 'lar null', {lar eax, cx}, {and eax, 0xFFF0FFFF}
    ASK 'lsl null', {lsl eax, cx}
    ASK 'verr null', {verr cx}
    mov ecx, 0x200
    ASK 'lar beyond', {lar eax, cx}, {and eax, 0xFFF0FFFF}
    ASK 'verw beyond', {verw cx}
    mov ecx, CODE3-3
    ASK 'lar with rpl', {lar eax, cx}, {and eax, 0xFFF0FFFF}
    mov ecx, DATA0+3
    ASK 'lar dpl 0, rpl 3', {lar eax, cx}, {and eax, 0xFFF0FFFF}
    ASK 'lsl dpl 0, rpl 3', {lsl eax, cx}
    ASK 'verr dpl 0, rpl 3', {verr cx}
    mov ecx, TSS_SEL
    ASK 'lar tss', {lar eax, cx}, {and eax, 0xFFF0FFFF}
    ASK 'lsl tss', {lsl eax, cx}
    ASK 'verr tss', {verr cx}
    mov ecx, LDT_SEL
    ASK 'lar ldt', {lar eax, cx}, {and eax, 0xFFF0FFFF}
    ASK 'lsl ldt', {lsl eax, cx}
    mov ecx, FREE+8
    mov edi, 0x80               ; each type of a system segment
.types:
    mov eax, edi
    shl eax, 8
    or eax, 0x00A50000
    mov dword [TABLE(FREE+8)], 0x00004321
    mov [TABLE(FREE+8)+4], eax
    PRINT 'type '
    HEX edi, 2
    PRINT ':'
    LINE
    ASK '  lar', {lar eax, cx}, {and eax, 0xFFF0FFFF}
    ASK '  lsl', {lsl eax, cx}
    ASK '  verr', {verr cx}
    inc edi
    cmp edi, 0x90
    jb .types
    DESCRIPTOR SEL, 0, 0xFFFFF, 0x96, 12
    mov ecx, SEL
    ASK 'lsl expand-down', {lsl eax, cx}
    DESCRIPTOR SEL, 0, 0xFFFFF, 0x12, 12
    ASK 'lar not present', {lar eax, cx}, {and eax, 0xFFF0FFFF}
    ASK 'lsl not present', {lsl eax, cx}
    ASK 'verr not present', {verr cx}
    DESCRIPTOR SEL, 0, 0xFFFFF, 0x9C, 12
    mov ecx, SEL+3
    ASK 'lar conforming, rpl 3', {lar eax, cx}, {and eax, 0xFFF0FFFF}
    ASK 'verr conforming execute-only, rpl 3', {verr cx}
    mov eax, 0x12340
    mov ecx, 3
    ASK 'arpl raises', {arpl ax, cx}
    mov ecx, 0x12340
    ASK 'arpl leaves', {arpl ax, cx}
    ret

; The accessed bit is set by loading, in the GDT itself.
accessed:
    DESCRIPTOR SEL, 0, 0xFFFFF, 0x92, 12
    LOAD_FS SEL
    VALUE 'accessed after load', [TABLE(SEL)+4]
    DESCRIPTOR SEL, 0, 0xFFFFF, 0x92, 12
    mov ecx, SEL
    lar eax, cx
    verr cx
    VALUE 'after lar and verr', [TABLE(SEL)+4]
    SHOW 'load with rpl 3 fails', {LOAD_FS SEL+3}
    VALUE 'after a failed load', [TABLE(SEL)+4]
    DESCRIPTOR SEL, 0, 0xFFFFF, 0x9A, 12
    jmp SEL:.next
.next:
    VALUE 'code after a far jump', [TABLE(SEL)+4]
    jmp CODE0:.back
.back:
    ret

far_pointers:
    mov dword [SCRATCH], 0x11223344
    mov word [SCRATCH+4], DATA3
    les eax, [SCRATCH]
    VALUE 'les offset', eax
    mov ax, es
    VALUE 'les selector', eax, 4
    mov word [SCRATCH+4], CODE0
    mov ax, DATA0
    mov es, ax
    mov ecx, 0x55
    SHOW 'lss with code', {lss ecx, [SCRATCH]}
    VALUE 'register stays', [V_REGISTERS+24]
    mov word [SCRATCH+4], 0x200
    SHOW 'lfs beyond', {lfs ecx, [SCRATCH]}
    SHOW 'far jump to data', {jmp DATA0:0}
    SHOW 'far jump to null', {jmp 0:0}
    SHOW 'far jump beyond the gdt', {jmp 0x208:0}
    SHOW 'far jump to dpl 3', {jmp CODE3:0}
    DESCRIPTOR SEL, 0, 0xFFFFF, 0x1A, 12
    SHOW 'far jump to not present', {jmp SEL:0}
    DESCRIPTOR SEL, 0, 0xFF, 0x9A, 4
    SHOW 'far jump beyond the limit', {jmp SEL:0x100}
    DESCRIPTOR SEL, 0, 0xFFFFF, 0xFE, 12
    SHOW 'far jump to conforming dpl 3', {jmp SEL:0}
    DESCRIPTOR SEL, 0, 0xFFFFF, 0x9E, 12
    RING 3, 'far jump to conforming dpl 0 in ring 3', {jmp SEL:.here}, {.here_before: nop}, {.here: int 0x80}
    VALUE 'its cs', [V_CS], 4
    RING 3, 'far jump to dpl 0 in ring 3', {jmp CODE0:0}
    RING 3, 'far jump to dpl 3 in ring 3', {jmp CODE3:.there}, {.there: nop}
    ret

tables:
    sgdt [SCRATCH]
    VALUE 'sgdt limit', [SCRATCH], 4
    VALUE 'sgdt base', [SCRATCH+2]
    sidt [SCRATCH]
    VALUE 'sidt limit', [SCRATCH], 4
    VALUE 'sidt base', [SCRATCH+2]
    sldt eax
    VALUE 'sldt', eax
    str eax
    VALUE 'str', eax
    mov eax, -1
    sldt ax
    VALUE 'sldt ax', eax
    RING 3, 'lgdt in ring 3', {lgdt [SCRATCH]}
    RING 3, 'sgdt in ring 3', {sgdt [SCRATCH]}
    RING 3, 'lldt in ring 3', {lldt ax}
    RING 3, 'ltr in ring 3', {ltr ax}
    RING 3, 'lmsw in ring 3', {lmsw ax}
    RING 3, 'clts in ring 3', {clts}
    RING 3, 'hlt in ring 3', {hlt}
    RING 3, 'mov from cr0 in ring 3', {mov eax, cr0}
    RING 3, 'mov to dr7 in ring 3', {mov dr7, eax}
    RING 3, 'invlpg in ring 3', {invlpg [eax]}
    RING 3, 'rdmsr in ring 3', {rdmsr}
    RING 3, 'wbinvd in ring 3', {wbinvd}
    RING 3, 'smsw in ring 3', {smsw eax}
    RING 1, 'hlt in ring 1', {hlt}
    SHOW 'lldt with data', {mov ax, DATA0}, {lldt ax}
    SHOW 'lldt from the ldt', {mov ax, 4}, {lldt ax}
    SHOW 'lldt beyond', {mov ax, 0x200}, {lldt ax}
    DESCRIPTOR SEL, LDT, 0x7F, 0x02, 0
    SHOW 'lldt not present', {mov ax, SEL}, {lldt ax}
    SHOW 'ltr busy', {mov ax, TSS_SEL}, {ltr ax}
    SHOW 'ltr null', {xor eax, eax}, {ltr ax}
    SHOW 'ltr with data', {mov ax, DATA0}, {ltr ax}
    DESCRIPTOR SEL, TSS, 0x67, 0x09, 0
    SHOW 'ltr not present', {mov ax, SEL}, {ltr ax}
    DESCRIPTOR SEL, TSS, 0x67, 0x89, 0
    mov ax, SEL
    ltr ax
    VALUE 'busy after ltr', [TABLE(SEL)+4]
    SHOW 'mov to cs', {db 0x8E, 0xC8}
    SHOW 'mov from segment register 6', {db 0x8C, 0xF0}
    ret
ROM_END

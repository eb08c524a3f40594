; Virtual-8086 mode: entering and leaving it, IOPL-sensitive instructions, what does not exist there, its limits, interrupts and I/O; then
; the virtual-mode extensions: interrupt redirection and virtual interrupt flag (SDM vol. 3, chapter 22).
%include "common.inc"

FLAGS86 equ VARIABLES+0xA0      ; EFLAGS for V86
BITMAP  equ TSS+0x68            ; interrupt redirection, in front of the I/O map
IVT_SEG equ 0

; V86 'name', {instruction}, ...: executes them in V86 mode; INT3 behind them leads back, so '#BP' means that they went through.
%macro V86 2-*
    TRY %%after
    mov dword [V_START], %%start-CODE_BASE
    push dword 0x4444           ; GS FS DS ES
    push dword 0x3333
    push dword SCRATCH >> 4
    push dword 0x1111
    push dword 0x0900           ; SS
    push dword 0x1000           ; ESP
    push dword [FLAGS86]
    push dword CODE_BASE >> 4
    push dword %%start-CODE_BASE
    iretd
bits 16
%%start:
  %rep %0-1
    %rotate 1
    %1
  %endrep
    %rotate 1
    int3
bits 32
%%after:
    call flat_data
    PRINT %1
    call report
%endmacro

main:
    or byte [IDT+3*8+5], 0x60   ; INT3 from everywhere
    mov dword [FLAGS86], 0x20002
    call frame
    call sensitive
    call missing
    call limits
    call interrupts
    call io
    call paged
    mov eax, 1
    cpuid
    bt edx, 1
    jnc .without
    PRINT 'vme'
    LINE
    call redirection
    call virtual_flag
    call protected_virtual
.without:
    call finish

frame:
    V86 'entered', {nop}
    VALUE 'cs', [V_CS]
    VALUE 'eflags', [V_EFLAGS]
    VALUE 'esp', [V_ESP]
    VALUE 'ss', [V_SS]
    VALUE 'es on the stack', [V_SEGMENTS+8], 4
    VALUE 'ds on the stack', [V_SEGMENTS+10], 4
    VALUE 'fs on the stack', [V_SEGMENTS+12], 4
    VALUE 'gs on the stack', [V_SEGMENTS+14], 4
    VALUE 'ds in the handler', [V_SEGMENTS], 4
    VALUE 'es in the handler', [V_SEGMENTS+2], 4
    VALUE 'fs in the handler', [V_SEGMENTS+4], 4
    VALUE 'gs in the handler', [V_SEGMENTS+6], 4
    mov dword [SCRATCH+0x10], 0x12345678
    V86 'memory', {mov ax, [0x10]}
    VALUE 'ax', [V_REGISTERS+28], 4
    V86 'segment load', {mov ax, 0xABCD}, {mov es, ax}, {mov bx, es}
    VALUE 'bx', [V_REGISTERS+16], 4
    VALUE 'es on the stack', [V_SEGMENTS+8], 4
    V86 '32-bit address', {mov esi, 0x10}, {mov eax, [esi]}
    V86 'far jump', {jmp 0x2001:..@there1-CODE_BASE-16}, {..@there1: nop}
    VALUE 'cs', [V_CS], 4
    V86 'far call and return', {push cs}, {push word ..@there2-CODE_BASE}, {retf}, {..@there2: nop}
    V86 'ud2', {ud2}
    VALUE 'eflags', [V_EFLAGS]
    V86 'divide error', {xor cx, cx}, {div cx}
    ; IRET in ring 0 with VM but 16-bit operands, and in ring 3 with VM: neither enters V86 mode.
    RING 3, 'iretd with vm in ring 3', {push dword 0x20002}, {push dword CODE3}, {push dword ..@in_ring3}, {iretd}, {..@in_ring3: nop}
    VALUE 'eflags', [V_EFLAGS]
    SHOW 'popfd with vm in ring 0', {push dword 0x20002}, {popfd}, {int 0x80}
    VALUE 'eflags', [V_EFLAGS]
    ret

sensitive:
    V86 'iopl 0: cli', {cli}
    V86 'iopl 0: sti', {sti}
    V86 'iopl 0: pushf', {pushf}
    V86 'iopl 0: popf', {popf}
    V86 'iopl 0: pushfd', {pushfd}
    V86 'iopl 0: iret', {iret}
    V86 'iopl 0: int 80h', {int 0x80}
    V86 'iopl 0: int3', {int3}
    V86 'iopl 0: into', {mov al, 0x7F}, {add al, 1}, {into}
    V86 'iopl 0: lahf', {lahf}
    mov dword [FLAGS86], 0x23002
    V86 'iopl 3: cli', {cli}
    V86 'iopl 3: sti, cli', {sti}, {cli}
    V86 'iopl 3: pushf', {pushf}, {pop ax}
    VALUE 'ax', [V_REGISTERS+28], 4
    V86 'iopl 3: popf', {push word 0x0ED7}, {popf}, {pushf}, {pop ax}, {cli}
    VALUE 'ax', [V_REGISTERS+28], 4
    V86 'iopl 3: popf changes no iopl', {push word 0}, {popf}, {pushf}, {pop ax}
    VALUE 'ax', [V_REGISTERS+28], 4
    V86 'iopl 3: popfd changes no vm', {push dword 0x00040002}, {popfd}, {pushfd}, {pop eax}
    VALUE 'eax', [V_REGISTERS+28]
    V86 'iopl 3: iret', {push word 0x0202}, {push cs}, {push word ..@there3-CODE_BASE}, {iret}, {..@there3: cli}
    V86 'iopl 3: iretd', {push dword 2}, {push dword CODE_BASE >> 4}, {push dword ..@there4-CODE_BASE}, {iretd}, {..@there4: nop}
    VALUE 'eflags', [V_EFLAGS]
    V86 'iopl 3: int 80h', {int 0x80}
    V86 'iopl 3: int 40h, gate of dpl 0', {int 0x40}
    mov dword [FLAGS86], 0x20002
    ret

missing:                        ; protected-mode instructions do not exist, privileged ones fail
    V86 'lldt', {lldt ax}
    V86 'sldt', {sldt ax}
    V86 'ltr', {ltr ax}
    V86 'str', {str ax}
    V86 'verr', {verr ax}
    V86 'lar', {lar ax, cx}
    V86 'lsl', {lsl ax, cx}
    V86 'arpl', {arpl ax, cx}
    V86 'lgdt', {lgdt [0]}
    V86 'sgdt', {sgdt [0]}
    V86 'smsw', {smsw ax}
    V86 'lmsw', {lmsw ax}
    V86 'clts', {clts}
    V86 'hlt', {hlt}
    V86 'mov from cr0', {mov eax, cr0}
    V86 'mov to cr3', {mov cr3, eax}
    V86 'mov from dr7', {mov eax, dr7}
    V86 'rdmsr', {rdmsr}
    V86 'invlpg', {invlpg [0]}
    V86 'wbinvd', {wbinvd}
    V86 'sysenter', {sysenter}
    V86 'cpuid', {xor eax, eax}, {cpuid}
    V86 'bound', {mov ax, 5}, {bound ax, [0x800]}
    ret

limits:
    V86 'word at FFFF', {mov bx, 0xFFFF}, {mov ax, [bx]}
    V86 'byte at FFFF', {mov bx, 0xFFFF}, {mov al, [bx]}
    V86 'byte at 10000', {mov ebx, 0x10000}, {mov al, [ebx]}
    V86 'word at FFFF on the stack', {mov bp, 0xFFFF}, {mov ax, [bp]}
    V86 'push with sp 1', {mov sp, 1}, {push ax}
    V86 'push with sp 0', {mov sp, 0}, {push ax}
    V86 'jump beyond', {mov eax, 0x10000}, {jmp eax}
    V86 'write to the code segment', {mov [cs:0xFFF0], al}
    ret

interrupts:
    mov dword [FLAGS86], 0x23002
    VECTOR 0x41, CODE3, 0, 0xEE00
    V86 'int to a gate of ring 3', {int 0x41}
    DESCRIPTOR FREE, 0, 0xFFFFF, 0x9E, 12
    VECTOR 0x41, FREE, 0, 0xEE00
    V86 'int to conforming code', {int 0x41}
    VECTOR 0x41, CODE1, 0, 0xEE00
    V86 'int to a gate of ring 1', {int 0x41}
    VECTOR 0x41, CODE16, gate_16-CODE_BASE, 0xE600
    V86 'int to a 16-bit gate', {mov ax, 0x5678}, {int 0x41}
    mov eax, [SCRATCH]
    sub ax, [V_START]
    VALUE 'ip behind the int, and cs', eax
    VALUE 'flags and sp', [SCRATCH+4]
    VALUE 'ss and es', [SCRATCH+8]
    VALUE 'ds and fs', [SCRATCH+12]
    VECTOR 0x41, CODE0, trap_stubs+0x41*16, 0xEF00
    V86 'int to a trap gate', {int 0x41}
    mov dword [FLAGS86], 0x20002
    V86 'tf', {nop}
    ret
bits 16
gate_16:
    mov ax, DATA0
    mov ds, ax
    mov es, ax
    movzx esi, sp
    mov edi, SCRATCH
    mov ecx, 8
    ss a32 rep movsw
    int 0x81
bits 32

io:                             ; the I/O map decides alone, whatever IOPL
    mov dword [FLAGS86], 0x23002
    V86 'iopl 3: in without a map', {in al, 0x80}
    mov dword [FLAGS86], 0x20002
    ; A map for ports 0 to FF behind the redirection bitmap.
    DESCRIPTOR FREE, TSS, 0x88+32, 0x89, 0
    mov ax, FREE
    ltr ax
    mov dword [TSS+0x64], 0x00880000
    mov edi, TSS+0x68
    mov ecx, 32+33
    mov al, 0
    rep stosb
    mov byte [TSS+0x88+0x10], 0x20 ; 85h is refused
    mov byte [TSS+0x88+32], 0xFF
    V86 'in permitted', {in al, 0x80}
    V86 'in refused', {in al, 0x85}
    V86 'in word refused', {in ax, 0x84}
    V86 'insb refused', {mov dx, 0x85}, {mov di, 0}, {insb}
    mov edi, TSS+0x68
    mov ecx, 32
    mov al, 0xFF
    rep stosb
    ret

DIRECTORY equ PAGES
TABLE0    equ PAGES+0x1000
paged:                          ; V86 mode is ring 3 to paging
    mov edi, DIRECTORY
    mov ecx, 0x400
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
    mov dword [TABLE0+0x10*4], 0x10003 ; the page that DS points to is the supervisor's
    mov eax, DIRECTORY
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    jmp .on
.on:
    V86 'supervisor page: read', {mov al, [0x10]}
    V86 'supervisor page: write', {mov [0x10], al}
    V86 'user page', {mov al, [0x1010]}
    mov eax, cr0
    and eax, 0x7FFFFFFF
    mov cr0, eax
    jmp .off
.off:
    ret

; CR4.VME: INT n whose bit in the map is clear goes to the 8086 program's own vector.
redirection:
    mov eax, cr4
    or eax, 1
    mov cr4, eax
    mov dword [0x60*4], ((CODE_BASE >> 4) << 16) | (.service-CODE_BASE)
    and byte [BITMAP+0x60/8], 0xFE
    V86 'iopl 0: int 60h redirected', {mov ax, 0}, {int 0x60}
    VALUE 'ax', [V_REGISTERS+28], 4
    VALUE 'flags that it pushed', [V_REGISTERS+16], 4
    VALUE 'flags in the service', [V_REGISTERS+4], 4
    V86 'iopl 0: int 61h not redirected', {int 0x61}
    mov dword [FLAGS86], 0x23202
    V86 'iopl 3: int 60h redirected', {mov ax, 0}, {int 0x60}, {cli}
    VALUE 'ax', [V_REGISTERS+28], 4
    VALUE 'flags that it pushed', [V_REGISTERS+16], 4
    VALUE 'flags in the service', [V_REGISTERS+4], 4
    V86 'iopl 3: int 80h not redirected', {int 0x80}
    mov dword [FLAGS86], 0x20002
    mov dword [TSS+0x64], 0x00100000 ; no room for the map in front of an I/O map at 10h: it lies in the TSS all the same
    V86 'map over the tss', {int 0x60}
    mov dword [TSS+0x64], 0x00880000
    ret
bits 16
.service:
    push bp
    mov bp, sp
    mov bx, [bp+6]
    pushf
    pop si
    mov ax, 0x6060
    pop bp
    iret
bits 32

virtual_flag:                   ; with IOPL below 3 CLI and STI work on VIF, PUSHF and POPF on its image
    mov dword [FLAGS86], 0x20002
    V86 'sti', {sti}
    VALUE 'eflags', [V_EFLAGS]
    mov dword [FLAGS86], 0xA0002
    V86 'cli', {cli}
    VALUE 'eflags', [V_EFLAGS]
    V86 'pushf with vif', {pushf}, {pop ax}
    VALUE 'ax', [V_REGISTERS+28], 4
    mov dword [FLAGS86], 0x20202
    V86 'pushf with if without vif', {pushf}, {pop ax}, {cli}
    VALUE 'ax', [V_REGISTERS+28], 4
    VALUE 'eflags', [V_EFLAGS]
    mov dword [FLAGS86], 0x20002
    V86 'popf with if', {push word 0x0202}, {popf}
    VALUE 'eflags', [V_EFLAGS]
    V86 'popf with tf', {push word 0x0102}, {popf}
    V86 'pushfd', {pushfd}
    V86 'popfd', {popfd}
    V86 'iret with if', {push word 0x0202}, {push cs}, {push word ..@there5-CODE_BASE}, {iret}, {..@there5: nop}
    VALUE 'eflags', [V_EFLAGS]
    V86 'iretd', {iretd}
    mov dword [FLAGS86], 0x120002 ; VIP: an interrupt is waiting
    V86 'sti with vip', {sti}
    V86 'cli with vip', {cli}
    V86 'popf with if and vip', {push word 0x0202}, {popf}
    V86 'popf without if and vip', {push word 2}, {popf}
    V86 'iret with if and vip', {push word 0x0202}, {push cs}, {push word ..@there6-CODE_BASE}, {iret}, {..@there6: nop}
    mov dword [FLAGS86], 0x1A0002
    V86 'vip with vif', {nop}
    VALUE 'eflags', [V_EFLAGS]
    mov dword [FLAGS86], 0x20002
    mov eax, cr4
    and eax, ~1
    mov cr4, eax
    ret

protected_virtual:              ; CR4.PVI: the same for CLI and STI in ring 3
    mov eax, cr4
    or eax, 2
    mov cr4, eax
    RING 3, 'pvi: sti', {sti}, {int 0x80}
    VALUE 'eflags', [V_EFLAGS]
    mov dword [V_USER_FLAGS], 0x80002
    RING 3, 'pvi: cli', {cli}, {int 0x80}
    VALUE 'eflags', [V_EFLAGS]
    RING 3, 'pvi: pushfd', {pushfd}, {pop eax}, {int 0x80}
    VALUE 'eax', [V_REGISTERS+28]
    mov dword [V_USER_FLAGS], 0x100002
    RING 3, 'pvi: sti with vip', {sti}
    RING 3, 'pvi: cli with vip', {cli}
    mov dword [V_USER_FLAGS], 2
    RING 1, 'pvi: sti in ring 1', {sti}
    mov eax, cr4
    and eax, ~2
    mov cr4, eax
    ret
ROM_END

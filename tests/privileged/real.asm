; Real mode: limits of 64 KB, exceptions through the interrupt vector table and what they push, the IDTR there, stack wrap, what does not
; exist, and segment limits that protected mode has left behind (SDM vol. 3, 22.1, 10.9.2; vol. 2 for the exceptions by instruction).
%define REAL_MODE
%include "common.inc"
%include "real.inc"

main16:
    call set_up_real
    call limits
    call stacks
    call code_limits
    call raised
    call missing
    call vectors
    call unreal
    jmp enter_protected

limits:
    REAL 'byte at FFFF', {mov al, [0xFFFF]}
    REAL 'word at FFFF', {mov ax, [0xFFFF]}
    REAL 'word at FFFE', {mov ax, [0xFFFE]}
    REAL 'dword at FFFD', {mov eax, [0xFFFD]}
    REAL 'write at FFFF', {mov [0xFFFF], ax}
    REAL 'add at FFFF', {add word [0xFFFF], 1}
    REAL '32-bit address 10000', {mov esi, 0x10000}, {mov al, [esi]}
    REAL '32-bit address FFFF', {mov esi, 0xFFFF}, {mov al, [esi]}
    REAL '16-bit address wraps', {mov si, 0xFFFF}, {mov al, [si+2]}
    REAL '32-bit address above 4 GB', {mov esi, 0xFFFFFFFF}, {mov al, [esi+2]}
    REAL 'lodsw at FFFF', {mov si, 0xFFFF}, {lodsw}
    REAL 'movsw to FFFF', {mov si, 0}, {mov di, 0xFFFF}, {movsw}
    REAL 'rep movsb wraps', {mov si, 0xFFFC}, {mov di, 0x100}, {mov cx, 8}, {rep movsb}
    SHOW16 'its si', [fs:LEFT+2]
    REAL 'xlat wraps', {mov bx, 0xFFFF}, {mov al, 2}, {xlatb}
    REAL 'lgdt at FFFC', {lgdt [0xFFFC]}
    REAL 'fld qword at FFFC', {fninit}, {fld qword [0xFFFC]}
    REAL 'lds at FFFD', {lds si, [0xFFFD]}
    REAL 'cs: write', {mov [cs:0xF000], al}
    ret

stacks:
    REAL 'push with sp 5', {mov sp, 5}, {push ax}
    REAL 'push with sp 0', {mov sp, 0}, {push ax}
    SHOW16 'its sp', [fs:LEFT]
    REAL 'pop with sp FFFF', {mov sp, 0xFFFF}, {pop ax}
    REAL 'pop with sp FFFE', {mov sp, 0xFFFE}, {pop ax}
    SHOW16 'its sp', [fs:LEFT]
    REAL 'push dword with sp 2', {mov sp, 2}, {push eax}
    REAL 'bp at FFFF', {mov bp, 0xFFFF}, {mov ax, [bp]}
    REAL 'ss: at FFFF', {mov ax, [ss:0xFFFF]}
    REAL 'enter with sp 4', {mov sp, 4}, {enter 8, 0}
    REAL 'pusha with sp 16', {mov sp, 16}, {pusha}
    ret

code_limits:
    mov ax, 0x1000
    mov es, ax
    mov byte [es:0xFFFF], 0x90
    mov byte [es:0], 0xCC
    REAL 'a jump beyond', {mov eax, 0x10000}, {jmp eax}
    REAL 'a call beyond', {mov eax, 0x12345}, {call eax}
    REAL 'nop at FFFF, then beyond', {mov word [fs:FIRST], 0}, {jmp DATA16_:0xFFFF}
    mov ax, 0x1000
    mov es, ax
    mov byte [es:0xFFFF], 0xB0
    REAL 'an instruction across', {mov word [fs:FIRST], 0}, {jmp DATA16_:0xFFFF}
    SHOW16 'its cs', [fs:CATCH+4]
    REAL 'retf', {push word BASE}, {push word ..@back1-WHERE}, {retf}, {ud2}, {..@back1: nop}
    REAL 'o32 retf', {push dword BASE}, {push dword ..@back2-WHERE}, {o32 retf}, {ud2}, {..@back2: nop}
    REAL 'iretd beyond', {push dword 2}, {push dword BASE}, {push dword 0x10000}, {iretd}
    ret

raised:
    REAL 'div', {xor cx, cx}, {div cx}
    SHOW16 'its cs', [fs:CATCH+4]
    SHOW16 'its sp', [fs:CATCH+8]
    REAL 'aam 0', {aam 0}
    REAL 'int3', {int3}
    REAL 'into', {mov al, 0x7F}, {add al, 1}, {into}
    REAL 'bound', {mov word [0], 0}, {mov word [2], 5}, {mov ax, 6}, {bound ax, [0]}
    REAL 'bound, good', {mov word [0], 0}, {mov word [2], 5}, {mov ax, 5}, {bound ax, [0]}
    REAL 'ud2', {ud2}
    REAL 'lock nop', {db 0xF0, 0x90}
    REAL 'lock add, register', {db 0xF0, 0x01, 0xC0}
    REAL 'int 10', {int 10}
    REAL 'sixteen bytes', {times 15 db 0x66}, {nop}
    REAL 'fifteen bytes', {times 14 db 0x66}, {nop}
    REAL 'iret takes flags', {push word 0x7CD7}, {push cs}, {push word ..@back3-WHERE}, {iret}, {..@back3: pushf}, {pop cx}, {push word 2}, {popf}
    SHOW16 'them', [fs:LEFT+4]
    REAL 'single step', {push word 0x102}, {popf}, {nop}, {nop}
    SHOW16 'flags pushed', [fs:CATCH+6]
    ret

missing:
    REAL 'lldt', {lldt ax}
    REAL 'str', {str ax}
    REAL 'verr', {verr ax}
    REAL 'lar', {lar ax, cx}
    REAL 'arpl', {arpl ax, cx}
    REAL 'sysenter', {sysenter}
    REAL 'sysexit', {sysexit}
    REAL 'smsw', {smsw ax}
    REAL 'clts', {clts}
    REAL 'mov from cr0', {mov eax, cr0}
    REAL 'mov from dr0', {mov eax, dr0}
    REAL 'invlpg', {invlpg [0]}
    REAL 'rdmsr of the time stamp', {mov ecx, 0x10}, {rdmsr}
    REAL 'rdmsr of nothing', {mov ecx, 0x12345}, {rdmsr}
    REAL 'mov cs', {db 0x8E, 0xC8}
    REAL 'cr0.pg without pe', {mov eax, cr0}, {or eax, 0x80000000}, {mov cr0, eax}
    ret

vectors:                        ; LIDT works here too: another base, and a limit that ends the table
    mov ax, 0x1000
    mov es, ax
    xor di, di
    xor si, si
    mov cx, 64
.copy:
    mov ax, [fs:si]
    mov [es:si+0x400], ax
    add si, 2
    loop .copy
    mov word [es:0x400+3*4], stubs+5*4-WHERE
    lidt [moved-WHERE]
    REAL 'int3 by another table', {int3}
    lidt [short_table-WHERE]    ; it ends behind vector 13
    REAL 'int 13 with a short table', {int 13}
    REAL 'int 14 with a short table', {int 14}
    REAL 'int 200 with a short table', {int 200}
    lidt [cut-WHERE]            ; the entry of vector 14 is cut
    REAL 'int 14, cut', {int 14}
    lidt [normal-WHERE]
    ret
moved:       dw 0x3FF
             dd 0x10400
short_table: dw 14*4-1
             dd 0
cut:         dw 15*4-2
             dd 0
normal:      dw 0x3FF
             dd 0

unreal:                         ; limits that were loaded in protected mode stay
    o32 lgdt [gdt_16-WHERE]
    mov bx, 8
    mov eax, cr0
    or al, 1
    mov cr0, eax
    mov gs, bx
    and al, 0xFE
    mov cr0, eax
    REAL 'gs beyond 64 KB', {mov esi, 0x100010}, {mov eax, [gs:esi]}
    REAL 'ds beyond 64 KB', {mov esi, 0x100010}, {mov eax, [esi]}
    REAL 'gs loaded in real mode keeps its limit', {mov ax, 0x1000}, {mov gs, ax}, {mov esi, 0x10000}, {mov al, [gs:esi]}
    ret
align 8
flat_16: dq 0, 0x00CF92000000FFFF
gdt_16:  dw 15
         dd flat_16

bits 32
main:
    call finish
ROM_END

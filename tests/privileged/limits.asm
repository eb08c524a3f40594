; Segment limits and rights at each access: data, stack and code segments, expand-up and expand-down, byte and page granular (SDM vol. 3,
; 6.3 and 6.5).
%include "common.inc"

SEL     equ FREE

%macro LOAD_FS 1
    mov ax, %1
    mov fs, ax
%endmacro

main:
    call limits_up
    call limits_down
    call granularity
    call rights
    call stacks
    call fetches
    call finish

limits_up:
    DESCRIPTOR SEL, SCRATCH, 0xFFF, 0x92, 4
    LOAD_FS SEL
    SHOW 'byte at limit', {mov al, [fs:0xFFF]}
    SHOW 'byte beyond', {mov al, [fs:0x1000]}
    SHOW 'word across limit', {mov ax, [fs:0xFFF]}
    SHOW 'dword across limit', {mov eax, [fs:0xFFD]}
    SHOW 'dword at limit', {mov eax, [fs:0xFFC]}
    SHOW 'dword across 4 GB', {mov eax, [fs:0xFFFFFFFE]}
    SHOW 'write beyond', {mov [fs:0x1000], al}
    SHOW 'add to memory beyond', {add [fs:0xFFD], eax}
    SHOW 'push from beyond', {push dword [fs:0xFFE]}
    SHOW 'x87 load across limit', {fld qword [fs:0xFF9]}
    SHOW 'fxsave across limit', {fxsave [fs:0xF80]}
    SHOW 'bts beyond by bit offset', {bts dword [fs:0xFF0], ecx}
    mov ecx, 128
    SHOW 'bts beyond by bit offset 128', {bts [fs:0xFF0], ecx}
    SHOW 'bound from beyond', {bound ecx, [fs:0xFFC]}
    SHOW 'cmpxchg8b across limit', {cmpxchg8b [fs:0xFF9]}
    mov dword [SCRATCH+0xFFB], 64*8-1 | (GDT << 16) ; the right value, for machines that do load it
    mov word [SCRATCH+0xFFF], 0
    SHOW 'lgdt from beyond', {lgdt [fs:0xFFB]}
    SHOW 'invlpg beyond', {invlpg [fs:0x5000]}
    SHOW 'lea beyond', {lea eax, [fs:0x5000]}
    ; A string instruction stops where the limit is, with its registers there.
    mov esi, 0xFF0
    mov edi, SCRATCH+0x2000
    mov ecx, 16
    SHOW 'rep movsd runs into the limit', {fs rep movsd}
    VALUE 'its esi', [V_REGISTERS+4]
    VALUE 'its ecx', [V_REGISTERS+24]
    ret

limits_down:                    ; expand-down: addresses above the limit, up to FFFF or FFFFFFFF by the B flag
    DESCRIPTOR SEL, SCRATCH, 0xFFF, 0x96, 0
    LOAD_FS SEL
    SHOW 'down: byte at limit', {mov al, [fs:0xFFF]}
    SHOW 'down: byte above limit', {mov al, [fs:0x1000]}
    SHOW 'down: dword from limit', {mov eax, [fs:0xFFF]}
    SHOW 'down: byte at FFFF', {mov al, [fs:0xFFFF]}
    SHOW 'down: word at FFFF', {mov ax, [fs:0xFFFF]}
    SHOW 'down: byte at 10000', {mov al, [fs:0x10000]}
    DESCRIPTOR SEL, SCRATCH, 0xFFF, 0x96, 4
    LOAD_FS SEL
    SHOW 'down, big: byte at 10000', {mov al, [fs:0x10000]}
    SHOW 'down, big: byte at 0', {mov al, [fs:0]}
    SHOW 'down, big: dword across 4 GB', {mov eax, [fs:0xFFFFFFFE]}
    ret

granularity:
    DESCRIPTOR SEL, SCRATCH, 1, 0x92, 12
    LOAD_FS SEL
    SHOW 'pages: byte at 1FFF', {mov al, [fs:0x1FFF]}
    SHOW 'pages: byte at 2000', {mov al, [fs:0x2000]}
    DESCRIPTOR SEL, SCRATCH, 0, 0x92, 4
    LOAD_FS SEL
    SHOW 'one byte: byte', {mov al, [fs:0]}
    SHOW 'one byte: word', {mov ax, [fs:0]}
    ret

rights:
    DESCRIPTOR SEL, SCRATCH, 0xFFFF, 0x90, 4
    LOAD_FS SEL
    SHOW 'read-only: read', {mov al, [fs:0]}
    SHOW 'read-only: write', {mov [fs:0], al}
    SHOW 'read-only: add', {add byte [fs:0], 1}
    SHOW 'read-only: cmp', {cmp byte [fs:0], 1}
    SHOW 'read-only: write beyond limit', {mov [fs:0x10000], al}
    DESCRIPTOR SEL, SCRATCH, 0xFFFF, 0x9A, 4
    LOAD_FS SEL
    SHOW 'readable code: read', {mov al, [fs:0]}
    SHOW 'readable code: write', {mov [fs:0], al}
    SHOW 'cs: write', {mov [cs:SCRATCH], al}
    SHOW 'cs: read', {mov al, [cs:SCRATCH]}
    DESCRIPTOR SEL, SCRATCH, 0xFFFF, 0x98, 4
    SHOW 'execute-only code: load', {LOAD_FS SEL}
    xor eax, eax
    mov fs, ax
    SHOW 'null: read', {mov al, [fs:0]}
    SHOW 'null: write', {mov [fs:0], al}
    LOAD_FS 3
    SHOW 'null with rpl 3: read', {mov al, [fs:0]}
    ret

; Stack segments, in ring 3 so that the exception has a stack of its own.
stacks:
    DESCRIPTOR SEL, 0, STACK3_TOP-1, 0xF2, 4
    RING 3, 'stack with a limit: push', {mov ax, SEL+3}, {mov ss, ax}, {push eax}
    RING 3, 'stack with a limit: beyond', {mov ax, SEL+3}, {mov ss, ax}, {mov esp, STACK3_TOP+4}, {push eax}, {pop eax}, {pop eax}
    RING 3, 'ebp beyond the stack limit', {mov ax, SEL+3}, {mov ss, ax}, {mov ebp, STACK3_TOP}, {mov eax, [ebp]}
    RING 3, 'ds: with ebp', {mov ax, SEL+3}, {mov ss, ax}, {mov ebp, STACK3_TOP}, {mov eax, [ds:ebp]}
    RING 3, 'ss: with eax', {mov ax, SEL+3}, {mov ss, ax}, {mov eax, STACK3_TOP}, {mov eax, [ss:eax]}
    RING 3, 'enter beyond', {mov ax, SEL+3}, {mov ss, ax}, {mov esp, 2}, {enter 0, 0}
    RING 3, 'call beyond', {mov ax, SEL+3}, {mov ss, ax}, {mov esp, 2}, {call stacks}
    RING 3, 'pusha beyond', {mov ax, SEL+3}, {mov ss, ax}, {mov esp, 30}, {pushad}
    RING 3, 'ret from beyond', {mov ax, SEL+3}, {mov ss, ax}, {mov esp, STACK3_TOP}, {ret}
    RING 3, 'int beyond does not use the ring 3 stack', {mov ax, SEL+3}, {mov ss, ax}, {mov esp, 0xFFFFFF00}, {int 0x80}
    DESCRIPTOR SEL, 0, 0xFFFF, 0xF2, 0 ; a small stack: SP counts
    RING 3, 'small stack: upper half of esp ignored', {mov ax, SEL+3}, {mov ss, ax}, {mov esp, 0x1234AF00}, {push dword 0x5555}, {pop eax}, {mov [esp-0x12340000], eax}
    RING 3, 'small stack: sp wraps', {mov ax, SEL+3}, {mov ss, ax}, {mov esp, 0x12340000}, {push byte 1}, {nop}, {int 0x80}
    VALUE 'its esp', [V_ESP]
    DESCRIPTOR SEL, SCRATCH, 0xFFF, 0xF6, 4 ; expand-down
    RING 3, 'expand-down stack: above the limit', {mov ax, SEL+3}, {mov ss, ax}, {mov esp, 0x1004}, {push eax}
    RING 3, 'expand-down stack: at the limit', {mov ax, SEL+3}, {mov ss, ax}, {mov esp, 0x1002}, {push eax}
    ret

fetches:
    ; The limit holds for instruction fetches as well.
    DESCRIPTOR SEL, SCRATCH, 3, 0x9A, 4
    mov dword [SCRATCH], 0x90909090
    mov dword [SCRATCH+4], 0x90909090
    TRY .fetched
    mov dword [V_START], 0
    jmp SEL:2
.fetched:
    PRINT 'fetch beyond the limit'
    call report
    mov dword [SCRATCH], 0x12B89090 ; MOV EAX, whose immediate is beyond
    TRY .fetched_within
    jmp SEL:2
.fetched_within:
    PRINT 'fetch across the limit'
    call report
    ret
ROM_END

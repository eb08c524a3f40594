; Breakpoints of DR0 to DR3 on code, data and I/O, DR6 and DR7, RF (SDM vol. 3, 19.2 and 19.3). Data breakpoints trap behind their
; instruction, instruction breakpoints in front of it.
%include "common.inc"

DATA equ SCRATCH+0x1000         ; what the data breakpoints watch

main:
    call registers
    call code
    call data
    call ports
    call finish

; ARM dr7, address: DR0, with DR6 clear
%macro ARM 2
    mov eax, %2
    mov dr0, eax
    CONTROL %1
%endmacro
%macro CONTROL 1
    xor eax, eax
    mov dr6, eax
    mov [V_DR6], eax
    mov eax, %1
    mov dr7, eax
%endmacro
; The last trap's DR6, and RF of its image.
%macro DR6 0
    mov eax, [V_DR6]
    VALUE '  dr6', eax
    mov eax, [V_EFLAGS]
    shr eax, 16
    and eax, 1
    VALUE '  rf', eax, 1
    xor eax, eax
    mov dr7, eax
%endmacro

registers:
    mov eax, dr6
    VALUE 'dr6 after reset', eax
    mov eax, dr7
    VALUE 'dr7 after reset', eax
    mov eax, 0xFFFFFFFF
    mov dr6, eax
    mov eax, dr6
    or eax, 0x800               ; bit 11 is that of bus lock detection: 1 where there is none
    VALUE 'dr6, all written', eax
    mov eax, 0x0000D400         ; GD clear
    mov dr7, eax
    mov eax, dr7
    VALUE 'dr7, reserved bits written', eax
    mov eax, 0x12345678
    mov dr3, eax
    xor eax, eax
    mov eax, dr3
    VALUE 'dr3', eax
    mov eax, 0xFFFF0FF0
    mov dr6, eax
    mov eax, dr4
    or eax, 0x800
    VALUE 'dr4 is dr6', eax
    mov eax, 0x400
    mov dr7, eax
    mov eax, dr5
    VALUE 'dr5 is dr7', eax
    mov eax, cr4
    or eax, 8
    mov cr4, eax
    SHOW 'dr4 with de', {mov eax, dr4}
    SHOW 'dr5 with de', {mov dr5, eax}
    mov eax, cr4
    and eax, ~8
    mov cr4, eax
    RING 3, 'dr7 in ring 3', {mov eax, dr7}
    RING 3, 'dr0 in ring 3', {mov dr0, eax}
    ret

code:
    ARM 0x401, ..@code1         ; L0
    SHOW 'execution', {nop}, {..@code1: nop}, {nop}
    DR6
    ARM 0x402, ..@code2         ; G0
    SHOW 'global', {nop}, {..@code2: nop}
    DR6
    ARM 0x400, ..@code3
    SHOW 'not enabled', {..@code3: nop}
    ARM 0x401, ..@code4+1
    SHOW 'in the middle of an instruction', {..@code4: mov eax, 5}
    mov eax, ..@code5
    mov dr3, eax
    ARM 0x481, ..@code5         ; L0 and L3
    SHOW 'two at once', {..@code5: nop}
    DR6
    mov eax, ..@code6
    mov dr2, eax
    ARM 0x401, ..@code6         ; DR2 matches too, but is not enabled
    SHOW 'two, one enabled', {..@code6: nop}
    mov eax, [V_DR6]
    and eax, 1
    VALUE '  dr6.b0', eax, 1
    ARM 0x401, ..@code7
    SHOW 'in front of a fault', {..@code7: ud2}
    DR6
    ARM 0x401, ..@code8
    RING 3, 'in ring 3', {nop}, {..@code8: nop}
    DR6
    ; RF in the image of IRET lets the instruction pass once.
    ARM 0x401, ..@code9
    SHOW 'rf by iret', {push dword 0x10002}, {push cs}, {push dword ..@code9}, {iretd}, {..@code9: nop}, {nop}
    ARM 0x401, ..@code10
    SHOW 'rf by iret, for one instruction', {push dword 0x10002}, {push cs}, {push dword ..@to10}, {iretd}, {..@to10: nop}, {..@code10: nop}
    DR6
    ARM 0x401, ..@code11
    SHOW 'rf by iret, a loop', {mov ecx, 2}, {push dword 0x10002}, {push cs}, {push dword ..@code11}, {iretd}, {..@code11: loop ..@code11}
    VALUE '  ecx', [V_REGISTERS+24]
    DR6
    SHOW 'popf clears rf', {push dword 0x10002}, {popfd}, {pushfd}, {pop ebx}, {int 0x80}
    mov eax, [V_REGISTERS+16]
    and eax, 0x10000
    VALUE '  rf', eax
    xor eax, eax
    mov dr7, eax
    ; What an INT behind an IRET with RF pushes.
    SHOW 'int with rf', {push dword 0x10002}, {push cs}, {push dword ..@to12}, {iretd}, {..@to12: int 0x80}
    DR6
    SHOW 'iret with rf to iret with rf', {push dword 0x10002}, {push cs}, {push dword ..@to14}, {push dword 0x10002}, {push cs}, {push dword ..@to13}, {iretd}, {..@to13: iretd}, {..@to14: ud2}
    DR6
    ret

%macro DATA_TEST 4-5 nop        ; name, dr7, address, instructions
    ARM %2, %3
    SHOW %1, {%4}, {%5}, {nop}
    mov eax, [V_DR6]
    and eax, 0xE00F
    VALUE '  dr6', eax, 4
    xor eax, eax
    mov dr7, eax
%endmacro
W1 equ 0x00010401               ; DR0: write, 1 byte
W2 equ 0x00050401
W4 equ 0x000D0401
A1 equ 0x00030401               ; read and write
A4 equ 0x000F0401

data:
    mov dword [DATA], 0x11111111
    DATA_TEST 'write', W1, DATA, {mov [DATA], al}
    DATA_TEST 'read is no write', W1, DATA, {mov al, [DATA]}
    DATA_TEST 'access: read', A1, DATA, {mov al, [DATA]}
    DATA_TEST 'access: write', A1, DATA, {mov [DATA], al}
    DATA_TEST 'the byte behind', W1, DATA, {mov [DATA+1], al}
    DATA_TEST 'dword over the byte', W1, DATA+3, {mov [DATA], eax}
    DATA_TEST 'dword, last byte', W4, DATA, {mov [DATA+3], al}
    DATA_TEST 'dword, the next', W4, DATA, {mov [DATA+4], al}
    DATA_TEST 'dword, unaligned address', W4, DATA+2, {mov [DATA], al}
    DATA_TEST 'word, unaligned access', W2, DATA+2, {mov [DATA+3], ax}
    DATA_TEST 'across, from below', W2, DATA+4, {mov [DATA+1], eax}
    DATA_TEST 'add reads and writes', W4, DATA, {add dword [DATA], 1}
    DATA_TEST 'compare only reads', W4, DATA, {cmp dword [DATA], 1}
    DATA_TEST 'push', W4, STACK0_TOP-0x1FC, {mov esp, STACK0_TOP-0x1F8}, {push eax}
    DATA_TEST 'call', W4, STACK0_TOP-0x1FC, {mov esp, STACK0_TOP-0x1F8}, {call ..@called}
..@called:
    DATA_TEST 'a fetch is no read', A4, ..@fetched, {..@fetched: nop}
    DATA_TEST 'a write that faults', W4, DATA, {mov [cs:DATA], eax}
    mov esi, DATA+0x100
    mov edi, DATA-8
    mov ecx, 16
    ARM W1, DATA
    SHOW 'rep movsb', {rep movsb}, {nop}
    VALUE '  ecx', [V_REGISTERS+24]
    VALUE '  edi', [V_REGISTERS]
    mov eax, [V_EFLAGS]
    and eax, 0x10000
    VALUE '  rf between iterations', eax
    xor eax, eax
    mov dr7, eax
    mov eax, DATA
    mov dr1, eax
    mov dr2, eax
    mov eax, 0
    mov dr6, eax
    mov eax, 0x0F300414         ; DR1 access 1 byte, DR2 access 4 bytes, enabled locally
    mov dr7, eax
    SHOW 'two watch', {mov al, [DATA]}, {nop}
    DR6
    RING 3, 'ring 3', {mov eax, W4}, {mov [DATA], eax}
    ARM W4, DATA
    RING 3, 'ring 3, watched', {mov [DATA], eax}, {nop}
    DR6
    ret

ports:                          ; I/O breakpoints exist while CR4.DE is set
    ARM 0x00020401, 0x80
    SHOW 'port without de', {in al, 0x80}, {nop}
    mov eax, cr4
    or eax, 8
    mov cr4, eax
    ARM 0x00020401, 0x80
    SHOW 'port', {in al, 0x80}, {nop}
    DR6
    ARM 0x00020401, 0x80
    SHOW 'port, out', {out 0x80, al}, {nop}
    DR6
    ARM 0x00020401, 0x80
    SHOW 'next port', {in al, 0x81}, {nop}
    ARM 0x00020401, 0x81
    SHOW 'word over the port', {in ax, 0x80}, {nop}
    DR6
    ARM 0x00020401, DATA
    SHOW 'memory at a port number', {mov al, [DATA]}
    mov eax, cr4
    and eax, ~8
    mov cr4, eax
    xor eax, eax
    mov dr7, eax
    ret

ROM_END

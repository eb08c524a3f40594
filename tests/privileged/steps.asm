; Single steps, what MOV SS holds off, INT1 and general detect (SDM vol. 3, 19.2.4, 19.3.1).
%include "common.inc"

LOG      equ SCRATCH            ; the traps of a run: distance from its start, vector and DR6
DATA     equ SCRATCH+0x1000     ; what the data breakpoints watch
COUNT    equ V_USER
REPORTED equ V_USER+4           ; bits of DR6 that are shown
W4       equ 0x000D0401         ; DR0: write, 4 bytes
A4       equ 0x000F0401         ; read and write

main:
    mov dword [REPORTED], 0xE00F
    call steps
    call stack_switch
    call icebp
    call detect
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

; Notes each trap and goes on, until the INT 81h behind the run.
note:
    cmp dword [V_VECTOR], 0x81
    je trap.recover
    mov eax, [COUNT]
    mov edx, [V_EIP]
    sub edx, [V_START]
    mov [LOG+eax*8], edx
    mov edx, [V_DR6]
    mov ecx, [V_VECTOR]
    shl ecx, 16
    mov dx, [V_DR6]
    and edx, [REPORTED]
    or edx, ecx
    mov [LOG+eax*8+4], edx
    inc dword [COUNT]
    xor eax, eax
    mov dr6, eax
    cmp dword [V_VECTOR], 1     ; other exceptions end the run
    jne trap.recover
    test byte [V_DR6+1], 0x40
    jnz .step
    mov eax, [V_FRAME]          ; an instruction breakpoint alone: RF lets the instruction pass
    or byte [eax+18], 1
.step:
    ret

show_log:
    PRINT ':'
    xor ebx, ebx
.next:
    cmp ebx, [COUNT]
    jae .end
    PRINT ' +'
    HEX [LOG+ebx*8], 2
    PRINT ' '
    HEX [LOG+ebx*8+4], 6
    inc ebx
    jmp .next
.end:
    LINE
    ret

; STEPS 'name', ring-0 instructions...: with TF from the first on
%macro STEPS 2-*
    mov dword [COUNT], 0
    mov dword [V_HOOK], note
    TRY %%after
    mov dword [V_START], %%start
    xor eax, eax
    mov dr6, eax
    push dword 0x102
    popfd
%%start:
  %rep %0-1
    %rotate 1
    %1
  %endrep
    int 0x81
%%after:
    call flat_data
    mov dword [V_HOOK], 0
    %rotate 1
    PRINT %1
    call show_log
%endmacro

steps:
    STEPS 'steps', {nop}, {mov eax, 5}, {nop}
    STEPS 'jump', {jmp short ..@s1}, {nop}, {..@s1: nop}
    STEPS 'popf without tf', {push dword 2}, {popfd}, {nop}, {nop}
    STEPS 'pushf shows tf', {pushfd}, {pop ebx}, {nop}
    STEPS 'int', {int 0x81}
    STEPS 'int3', {int3}
    STEPS 'a fault', {nop}, {ud2}
    STEPS 'rep stosb', {mov ecx, 3}, {mov edi, DATA}, {rep stosb}, {nop}
    STEPS 'rep with ecx 0', {xor ecx, ecx}, {rep stosb}, {nop}
    STEPS 'cpuid', {cpuid}, {nop}
    STEPS 'sti', {sti}, {cli}, {nop}
    STEPS 'into', {xor eax, eax}, {into}, {nop}
    STEPS 'iret with tf', {push dword 0x102}, {push cs}, {push dword ..@s2}, {iretd}, {..@s2: nop}
    STEPS 'hlt is left', {push dword 2}, {popfd}, {nop}
    ARM W4, DATA
    STEPS 'with a data breakpoint', {mov [DATA], eax}, {nop}
    mov dword [REPORTED], 0xE000 ; whether the step in front of a breakpoint reports that as well is open
    ARM 0x401, ..@s3
    STEPS 'with an instruction breakpoint', {nop}, {..@s3: nop}, {nop}
    mov dword [REPORTED], 0xE00F
    xor eax, eax
    mov dr7, eax
    ret

stack_switch:                   ; MOV SS and POP SS hold debug traps off until the next instruction is done
    mov ecx, ss
    STEPS 'mov ss', {nop}, {mov ss, cx}, {nop}, {nop}
    STEPS 'pop ss', {push ss}, {pop ss}, {nop}, {nop}
    STEPS 'mov ds', {mov ds, cx}, {nop}
    STEPS 'lss', {push ss}, {push esp}, {lss esp, [esp]}, {nop}
    mov ecx, ss
    ARM 0x401, ..@m1
    SHOW 'breakpoint behind mov ss', {mov ss, cx}, {..@m1: nop}, {nop}
    mov eax, 0
    mov dr7, eax
    mov [DATA], ss
    ARM A4, DATA
    SHOW 'mov ss from watched memory', {mov ss, [DATA]}, {nop}, {nop}
    DR6
    ret

icebp:
    xor eax, eax
    mov dr6, eax
    SHOW 'int1', {int1}
    DR6
    RING 3, 'int1 in ring 3, gate of dpl 0', {int1}
    DR6
    RING 3, 'int 1 in ring 3, gate of dpl 0', {db 0xCD, 1}
    ret

detect:                         ; DR7.GD: no access to debug registers, but in the handler, which finds it clear
    mov eax, 0
    mov dr6, eax
    mov eax, 0x2400
    mov dr7, eax
    SHOW 'read with gd', {nop}, {mov eax, dr0}
    mov eax, [V_EFLAGS]
    shr eax, 16
    and eax, 1
    VALUE '  rf of general detect', eax, 1
    VALUE '  dr6', [V_DR6]
    mov eax, 0x2400
    mov dr7, eax
    SHOW 'write with gd', {mov dr7, eax}
    mov eax, dr7
    VALUE '  dr7', eax
    ret
ROM_END

; Code that changes: the next instruction, itself, in loops, by strings and by the stack (SDM vol. 3, 10.1.3 and 13.6).
%include "common.inc"

PAGE1 equ 0x60000               ; page that code is put into

main:
    call next_instruction
    call loops
    call strings
    call stack
    call own_bytes
    call data_in_code
    call finish

; Copies code from label %2 to label %3 to the address %1.
%macro PUT 3
    mov esi, %2
    mov edi, %1
    mov ecx, %3-%2
    rep movsb
%endmacro

next_instruction:
    mov byte [.one+1], 7
.one:
    mov al, 1
    movzx eax, al
    VALUE 'the next instruction', eax, 2
    mov ecx, 3
.again:
    mov [.two+1], cl
.two:
    mov al, 0
    movzx eax, al
    VALUE 'the next, again', eax, 2
    loop .again
    mov word [.three], 0x9090   ; JMP becomes two NOPs
.three:
    jmp short .skipped
    mov ebx, 0x11111111
    jmp .shown
.skipped:
    mov ebx, 0x22222222
.shown:
    VALUE 'a jump that is no more', ebx
    mov dword [.four+1], 0x87654321
    nop
    nop
.four:
    mov eax, 0x12345678
    VALUE 'an immediate further on', eax
    mov byte [.five], 0x48      ; INC EAX becomes DEC EAX
    xor eax, eax
.five:
    inc eax
    VALUE 'an opcode', eax
    ret

loops:                          ; a loop that changes its own body each time
    xor ebx, ebx
    mov ecx, 1000
.again:
    add dword [.add+2], 1       ; its own immediate
.add:
    add ebx, 0x00000100
    dec ecx
    jnz .again
    VALUE 'a thousand sums', ebx
    ; The body becomes a RET after ten times.
    PUT PAGE1, .body, .body_end
    xor eax, eax
    mov ecx, 10
.calls:
    call .through
    loop .calls
    mov byte [PAGE1], 0xC3
    call .through
    call .through
    VALUE 'ten, then none', eax
    ; Two versions in turn.
    xor eax, eax
    mov ecx, 500
.turns:
    mov byte [PAGE1], 0x40       ; INC EAX
    call .through
    mov byte [PAGE1], 0x4B       ; DEC EBX
    call .through
    loop .turns
    VALUE 'in turn: eax', eax
    VALUE 'in turn: ebx', ebx
    ret
.through:
    mov edx, PAGE1
    jmp edx
.body:
    inc eax
    ret
.body_end:

strings:                        ; string instructions that write code ahead of them and around them
    mov eax, 0x90909090
    mov edi, .ahead
    mov ecx, 8
    rep stosb
    xor ebx, ebx
.ahead:
    times 8 inc ebx
    VALUE 'eight that became nop', ebx
    mov esi, .source
    mov edi, .target
    mov ecx, 5
    rep movsb
.target:
    mov eax, 0x11111111
    VALUE 'moved over', eax
    jmp .end
.source:
    mov eax, 0x99999999
.end:
    ; MOVSD that ends in the middle of the next instruction.
    mov esi, .bytes
    mov edi, .middle-3
    mov al, 7
    movsd
    nop
    nop
    nop
.middle:
    mov al, 0
    movzx eax, al
    VALUE 'the first byte of it', eax, 2
    ret
.bytes: db 0x90, 0x90, 0x90, 0x04 ; MOV AL becomes ADD AL

stack:                          ; PUSH and CALL write code
    mov ebp, esp
    mov esp, .place+5
    mov eax, 0x55555555
    push eax                    ; the immediate
.place:
    mov eax, 0x11111111
    mov esp, ebp
    VALUE 'pushed', eax
    mov dword [PAGE1], 0x90909090
    mov byte [PAGE1+4], 0xC3
    mov ebp, esp
    mov esp, PAGE1+4
    call .there                 ; its return address becomes code, which is read back as data
.there:
    pop eax
    sub eax, .there
    mov esp, ebp
    VALUE 'a return address in code', eax
    ret

own_bytes:                      ; an instruction that overwrites itself finishes as it was
    mov eax, 0x90909090
    mov edi, .self
    mov ecx, 4
    mov edx, .self
.self:
    mov [edx], eax              ; two bytes, and two of what follows
    inc ebx
    inc ebx
    PRINT 'overwrote itself'
    LINE
    VALUE 'what stands there', [.self]
    PUT PAGE1, .repeat, .repeat_end
    mov edi, PAGE1
    mov ecx, 8
    mov eax, 0x90               ; over REP STOSB itself: the iterations go on or end, but the last is NOP
    mov edx, PAGE1
    mov ebx, 0
    call edx
    movzx eax, byte [PAGE1+1]
    VALUE 'rep stosb over itself', eax, 2
    ret
.repeat:
    rep stosb
    inc ebx
    ret
.repeat_end:

data_in_code:                   ; data between instructions, written often: the code around it stays
    mov ecx, 2000
    xor ebx, ebx
.again:
    inc dword [.counter]
    add ebx, [.counter]
    jmp .over
.counter: dd 0
.over:
    loop .again
    VALUE 'counter in code', [.counter]
    VALUE 'its sum', ebx
    ret
ROM_END

; Hello: a whole guest in one 64 KB ROM. It runs as -bios hello.rom in Vitrine, QEMU and Bochs alike.
;
; The processor wakes up at the last 16 bytes of the address space, in real mode. From there to a command line the ROM does what every
; operating system has to do: switch to protected mode, say who handles which interrupt, program the chips that raise interrupts,
; then sleep until one of them does. Read it from `reset` at the very end.

bits 16
org 0                           ; labels are offsets into the ROM; the ROM begins at physical address F0000

; ---------------------------------------------------------------------------------------------------------------------------------
; Where things are. Below: RAM that the ROM uses; above: the ROM itself, which it can read but not write.

ROM         equ 0xF0000
IDT         equ 0x1000          ; 256 gates of 8 bytes
TICKS       equ 0x2000          ; timer interrupts since the start
LINE_LENGTH equ 0x2004          ; characters typed so far
EXPECT_TICK equ 0x2008          ; the next tick count that the countdown waits for
HEAD        equ 0x200C          ; keys come in at HEAD ...
TAIL        equ 0x2010          ; ... and are taken out at TAIL
IS_READY    equ 0x2014          ; whether the prompt has been printed: before, keys are kept but not shown
KEYS        equ 0x2100          ; ring of 256 keys, so that an 8-bit index wraps around by itself
LINE        equ 0x2200          ; the line being typed
LINE_MAX    equ 78
STACK_TOP   equ 0x9000

CODE        equ 8               ; selectors: index into the GDT, times 8
DATA        equ 16

HZ          equ 100             ; timer interrupts a second
PIT_INPUT   equ 1193182         ; the PIT counts this many clocks a second

COM1        equ 0x3F8
PIC1        equ 0x20
PIC2        equ 0xA0
APIC_SPURIOUS equ 0xFEE000F0
APIC_LINT0  equ 0xFEE00350

; ---------------------------------------------------------------------------------------------------------------------------------
; Real mode: just enough to leave it.

start:
    cli
    mov ax, cs                  ; F000, so that DS finds the tables in the ROM
    mov ds, ax
    o32 lgdt [gdt_register]     ; with the 32-bit operand size all 32 bits of the base count
    mov eax, cr0
    or al, 1                    ; CR0.PE: protection enable
    mov cr0, eax
    jmp dword CODE:ROM+protected ; the far jump loads CS with a descriptor: from here on the code is 32-bit

align 8
gdt:
    dq 0                        ; the null descriptor
    dq 0x00CF9A000000FFFF       ; CODE: base 0, limit 4 GB, execute and read
    dq 0x00CF92000000FFFF       ; DATA: base 0, limit 4 GB, read and write
gdt_register:
    dw $-gdt-1
    dd ROM+gdt

; ---------------------------------------------------------------------------------------------------------------------------------
; Protected mode, without paging: an address is a place in memory.

bits 32
protected:
    mov ax, DATA
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, STACK_TOP
    cld

    mov edi, TICKS              ; variables start as zero
    mov ecx, (LINE-TICKS)/4
    xor eax, eax
    rep stosd

    call set_up_serial
    mov esi, ROM+text_greeting
    call print
    call set_up_interrupts
    call set_up_timer
    sti                         ; from here on the chips may interrupt

    ; Five seconds, counted by the timer. HLT stops the processor until an interrupt; between two ticks nothing is executed at all.
    mov dword [EXPECT_TICK], HZ
.countdown:
    hlt
    mov eax, [TICKS]
    cmp eax, [EXPECT_TICK]
    jb .countdown
    add dword [EXPECT_TICK], HZ
    call print_ticks
    cmp dword [EXPECT_TICK], 5*HZ
    jbe .countdown

    mov esi, ROM+text_help
    call print
    mov dword [IS_READY], 1

; The command line: take a key, show it, and at the end of the line look for a command of that name.
prompt:
    mov dword [LINE_LENGTH], 0
    mov esi, ROM+text_prompt
    call print
.next:
    call get_key
    cmp al, 13
    je .enter
    cmp al, 10
    je .enter
    cmp al, 8
    je .erase
    cmp al, 127
    je .erase
    cmp al, ' '
    jb .next
    mov ebx, [LINE_LENGTH]
    cmp ebx, LINE_MAX
    jae .next
    mov [LINE+ebx], al
    inc dword [LINE_LENGTH]
    call put_character
    jmp .next
.erase:
    cmp dword [LINE_LENGTH], 0
    je .next
    dec dword [LINE_LENGTH]
    mov esi, ROM+text_erase
    call print
    jmp .next
.enter:
    mov esi, ROM+text_newline
    call print
    mov ebx, [LINE_LENGTH]
    mov byte [LINE+ebx], 0
    test ebx, ebx
    jz prompt
    call run_command
    jmp prompt

; Compares LINE with each name of the table and calls what belongs to it.
run_command:
    mov ebx, ROM+commands
.try:
    mov esi, [ebx]
    test esi, esi
    jz .unknown
    mov edi, LINE
.compare:
    lodsb
    cmp al, [edi]
    jne .other
    inc edi
    test al, al
    jnz .compare
    jmp [ebx+4]                 ; its RET returns to our caller
.other:
    add ebx, 8
    jmp .try
.unknown:
    mov esi, ROM+text_unknown
    jmp print

align 4
commands:
    dd ROM+name_help, ROM+help
    dd ROM+name_ticks, ROM+print_ticks
    dd ROM+name_cpuid, ROM+cpuid_command
    dd ROM+name_fault, ROM+fault
    dd ROM+name_halt, ROM+halt
    dd 0

name_help:  db 'help', 0
name_ticks: db 'ticks', 0
name_cpuid: db 'cpuid', 0
name_fault: db 'fault', 0
name_halt:  db 'halt', 0

help:
    mov esi, ROM+text_help
    jmp print

; ---------------------------------------------------------------------------------------------------------------------------------
; Interrupts: the IDT says which code runs for which vector, the PIC which line of which chip has which vector.

set_up_interrupts:
    ; Every exception (vectors 0 to 31) gets a stub of its own, all of the same length.
    mov edi, IDT
    mov edx, ROM+exception_stubs
    mov ecx, 32
.exceptions:
    call set_gate
    add edx, STUB_LENGTH
    loop .exceptions
    ; IRQ 0 to 15 get vectors 32 to 47: below they would collide with the exceptions. Nobody uses the other vectors.
    mov edx, ROM+ignore_interrupt
    mov ecx, 256-32
.others:
    call set_gate
    loop .others
    mov edx, ROM+timer_interrupt
    mov edi, IDT+8*32
    call set_gate
    mov edx, ROM+serial_interrupt
    mov edi, IDT+8*36           ; COM1 is wired to IRQ 4
    call set_gate
    lidt [ROM+idt_register]

    ; The two PICs take four command words each: edge triggered and cascaded; first vector; who is cascaded where; 8086 mode.
    mov al, 0x11
    out PIC1, al
    out PIC2, al
    mov al, 32
    out PIC1+1, al
    mov al, 40
    out PIC2+1, al
    mov al, 4
    out PIC1+1, al
    mov al, 2
    out PIC2+1, al
    mov al, 1
    out PIC1+1, al
    out PIC2+1, al
    mov al, 0xEE                ; the mask: only IRQ 0 (timer) and IRQ 4 (COM1) may pass
    out PIC1+1, al
    mov al, 0xFF
    out PIC2+1, al

    ; Between the PICs and the processor stands the local APIC, if there is one, and after a reset it lets nothing through:
    ; its pin LINT0 must be told that a PIC is connected there ("virtual wire mode").
    mov eax, 1
    cpuid
    test edx, 1 << 9            ; is there a local APIC?
    jz .ready
    mov dword [APIC_SPURIOUS], 0x1FF ; switched on; vector 255 for interrupts that vanish before they are taken
    mov dword [APIC_LINT0], 0x700 ; not masked, ExtINT: ask the PIC for the vector
.ready:
    ret

; Writes an interrupt gate for the code at EDX to EDI and moves on to the next one.
set_gate:
    mov eax, edx
    and eax, 0xFFFF
    or eax, CODE << 16
    stosd                       ; selector and the low half of the offset
    mov eax, edx
    and eax, 0xFFFF0000
    or eax, 0x8E00              ; present, for the kernel only, 32-bit interrupt gate
    stosd
    ret

idt_register:
    dw 256*8-1
    dd IDT

; The interrupted code must not notice anything, so whatever a handler changes it puts back.
timer_interrupt:
    push eax
    inc dword [TICKS]
    mov al, 0x20                ; end of interrupt: without it the PIC lets nothing of this or lower priority pass any more
    out PIC1, al
    pop eax
    iretd

serial_interrupt:
    push eax
    push ebx
    push edx
.more:
    mov edx, COM1+5             ; line status: bit 0 says that a character has arrived
    in al, dx
    test al, 1
    jz .done
    mov edx, COM1
    in al, dx
    mov bl, [HEAD]
    movzx ebx, bl
    mov [KEYS+ebx], al
    inc byte [HEAD]
    jmp .more
.done:
    mov al, 0x20
    out PIC1, al
    pop edx
    pop ebx
    pop eax
    iretd

ignore_interrupt:
    iretd

; An exception here is a mistake, or the command `fault`: say which, and where, and stop.
; The processor pushes an error code for some vectors only; the stubs of the others push a zero, so that the stack looks alike.
%macro STUB 1
align 16
%%begin:
  %if %1 = 8 || (%1 >= 10 && %1 <= 14) || %1 = 17
    nop
  %else
    push dword 0
  %endif
    push dword %1
    jmp near exception
align 16
%endmacro

STUB_LENGTH equ 16
align 16
exception_stubs:
%assign vector 0
%rep 32
    STUB vector
  %assign vector vector+1
%endrep

exception:                      ; on the stack: vector, error code, EIP, CS, EFLAGS
    mov esi, ROM+text_exception
    call print
    pop eax
    call print_number
    mov esi, ROM+text_error_code
    call print
    pop eax
    call print_hex
    mov esi, ROM+text_at
    call print
    pop eax
    call print_hex
    mov esi, ROM+text_newline
    call print
    jmp halt

fault:
    ud2                         ; an instruction that is guaranteed not to exist: exception 6

; ---------------------------------------------------------------------------------------------------------------------------------
; The timer: channel 0 of the PIT divides its clock down to HZ.

set_up_timer:
    mov al, 0x34                ; channel 0, both bytes of the count, mode 2 (rate generator)
    out 0x43, al
    mov ax, PIT_INPUT/HZ
    out 0x40, al
    mov al, ah
    out 0x40, al
    ret

print_ticks:
    mov eax, [TICKS]
    call print_number
    mov esi, ROM+text_ticks
    call print
    mov eax, [TICKS]
    xor edx, edx
    mov ecx, HZ
    div ecx
    push edx
    call print_number
    mov al, '.'
    call put_character
    pop eax                     ; hundredths: two digits
    mov cl, 10
    div cl
    add ax, '00'
    push eax
    call put_character
    pop eax
    mov al, ah
    call put_character
    mov esi, ROM+text_seconds
    jmp print

; ---------------------------------------------------------------------------------------------------------------------------------
; The serial line: a 16550A at COM1.

set_up_serial:
    mov esi, ROM+serial_settings
.next:
    movzx edx, byte [esi]
    cmp dl, 0xFF
    je .done
    add edx, COM1
    mov al, [esi+1]
    out dx, al
    add esi, 2
    jmp .next
.done:
    ret

serial_settings:                ; register, value
    db 3, 0x80                  ; line control: registers 0 and 1 are the divisor now
    db 0, 1                     ; divisor 1: 115200 bits a second
    db 1, 0
    db 3, 0x03                  ; 8 data bits, no parity, 1 stop bit; registers 0 and 1 are data and interrupt enable again
    db 2, 0x07                  ; FIFO control: on, both emptied
    db 4, 0x0B                  ; modem control: ready, and OUT2, which connects the interrupt line in a PC
    db 1, 0x01                  ; interrupt when a character has arrived
    db 0xFF

; Waits for a key. The order matters: if the key came between the look and the HLT, the processor would sleep with work to do.
; STI takes effect only after the next instruction, so that nothing can come between STI and HLT.
get_key:
    cli
    mov al, [TAIL]
    cmp al, [HEAD]
    jne .there
    sti
    hlt
    jmp get_key
.there:
    movzx eax, al
    mov al, [KEYS+eax]
    inc byte [TAIL]
    sti
    ret

put_character:                  ; AL; all registers stay
    push edx
    push eax
    mov edx, COM1+5
.wait:
    in al, dx
    test al, 0x20               ; transmitter empty?
    jz .wait
    pop eax
    mov edx, COM1
    out dx, al
    pop edx
    ret

print:                          ; text at ESI up to a zero; a line feed becomes carriage return and line feed
    push eax
.next:
    lodsb
    test al, al
    jz .done
    cmp al, 10
    jne .plain
    mov al, 13
    call put_character
    mov al, 10
.plain:
    call put_character
    jmp .next
.done:
    pop eax
    ret

print_number:                   ; EAX in decimal
    mov ecx, 10
    xor ebx, ebx
.divide:
    xor edx, edx
    div ecx
    push edx                    ; the last digit comes first, so the stack turns them round
    inc ebx
    test eax, eax
    jnz .divide
.show:
    pop eax
    add al, '0'
    call put_character
    dec ebx
    jnz .show
    ret

print_hex:                      ; EAX, eight digits
    mov edx, eax
    mov ecx, 8
.next:
    rol edx, 4
    mov eax, edx
    and eax, 15
    mov al, [ROM+digits+eax]
    call put_character
    loop .next
    ret
digits: db '0123456789ABCDEF'

; ---------------------------------------------------------------------------------------------------------------------------------
; What the processor says about itself.

cpuid_command:
    xor eax, eax
    cpuid
    push eax
    mov [LINE], ebx             ; the vendor's name comes in EBX, EDX, ECX
    mov [LINE+4], edx
    mov [LINE+8], ecx
    mov byte [LINE+12], 0
    mov esi, ROM+text_vendor
    call print
    mov esi, LINE
    call print
    mov esi, ROM+text_highest
    call print
    pop eax
    call print_number

    mov eax, 1
    cpuid
    push edx
    push eax
    mov esi, ROM+text_signature
    call print
    pop eax
    call print_hex
    mov esi, ROM+text_features
    call print
    pop edx
    ; EDX has a bit for each feature; the names stand in the same order, a bit without one is empty.
    mov esi, ROM+feature_names
    mov ecx, 32
.next:
    shr edx, 1
    jnc .skip
    cmp byte [esi], 0
    je .skip
    mov al, ' '
    call put_character
    push esi
    call print
    pop esi
.skip:
    lodsb                       ; on to the next name
    test al, al
    jnz .skip
    loop .next
    mov esi, ROM+text_newline
    jmp print

feature_names:
    db 'fpu',0,'vme',0,'de',0,'pse',0,'tsc',0,'msr',0,'pae',0,'mce',0,'cx8',0,'apic',0,0,'sep',0,'mtrr',0,'pge',0,'mca',0,'cmov',0
    db 'pat',0,'pse36',0,'psn',0,'clfsh',0,0,'ds',0,'acpi',0,'mmx',0,'fxsr',0,'sse',0,'sse2',0,'ss',0,'htt',0,'tm',0,0,'pbe',0

; ---------------------------------------------------------------------------------------------------------------------------------
; The end. A PC switches itself off through ACPI: the power management function of the PIIX4 chip. Firmware would have given its
; registers an address; this ROM is the firmware, so it does that itself.

PM          equ 0x600

halt:
    cli
    mov esi, ROM+text_goodbye
    call print
    mov eax, 0x80000B40         ; PCI configuration: bus 0, device 1, function 3, register 40h (PMBA)
    mov ebx, PM+1
    call write_pci
    mov eax, 0x80000B80         ; register 80h (PMREGMISC): bit 0 switches the block on
    mov ebx, 1
    call write_pci
    mov edx, PM+4               ; PM1 control: sleep type 0 is "soft off", bit 13 goes there
    mov ax, 0x2000
    out dx, ax
    ; Bochs has no such chip in this place, but listens for a word at port 8900.
    mov edx, 0x8900
    mov esi, ROM+text_shutdown
    mov ecx, 8
    rep outsb
.stop:
    hlt                         ; with interrupts off, for ever
    jmp .stop

write_pci:                      ; EBX to the register that EAX selects
    mov edx, 0xCF8
    out dx, eax
    mov edx, 0xCFC
    mov eax, ebx
    out dx, eax
    ret

; ---------------------------------------------------------------------------------------------------------------------------------

text_greeting:
    db 10, 'Hello from a 64 KB ROM in a PC in a glass case.', 10
    db 'It has switched to protected mode and starts the timer, a hundred ticks a second.', 10, 10, 0
text_help:
    db 10, 'Commands:', 10
    db '  ticks   how often the timer has interrupted, and how long that is', 10
    db '  cpuid   what the processor says about itself', 10
    db '  fault   execute an undefined instruction', 10
    db '  halt    switch the machine off', 10
    db '  help    this list', 10, 10, 0
text_prompt:     db 'hello> ', 0
text_unknown:    db 'There is no such command; try help.', 10, 0
text_erase:      db 8, ' ', 8, 0
text_newline:    db 10, 0
text_ticks:      db ' ticks, ', 0
text_seconds:    db ' seconds', 10, 0
text_vendor:     db 'vendor     ', 0
text_highest:    db 10, 'functions  0 to ', 0
text_signature:  db 10, 'signature  ', 0
text_features:   db 10, 'features  ', 0
text_exception:  db 10, 'Exception ', 0
text_error_code: db ', error code ', 0
text_at:         db ', at ', 0
text_goodbye:    db 'Goodbye.', 10, 0
text_shutdown:   db 'Shutdown'

; ---------------------------------------------------------------------------------------------------------------------------------
; The first instruction of all: the processor starts 16 bytes below the end of the address space, and the ROM ends there.

    times 0xFFF0-($-$$) db 0xFF
bits 16
reset:
    jmp 0xF000:start
    times 0x10000-($-$$) db 0xFF

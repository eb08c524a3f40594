; The pair of interrupt controllers: initialization, masks, IRR and ISR, priorities and nesting, kinds of EOI, rotation, automatic EOI, special
; mask, polling, the slave (8259A data sheet; SDM vol. 3, 11.5.1 for LINT0, which no firmware has unmasked here).
%include "common.inc"
%include "pic.inc"

APIC   equ 0xFEE00000

main:
    mov dword [APIC+0xF0], 0x10F ; the APIC must be on for LINT0 to be unmasked: ExtINT
    mov dword [APIC+0x350], 0x700
    mov dword [V_HOOK], note
    mov dx, COM1+4
    mov al, 8                   ; OUT2
    out dx, al
    call masks
    call one
    call both
    call nested
    call kinds_of_eoi
    call rotation
    call automatic
    call special_mask
    call polling
    call slave
    call finish

masks:
    INITIALIZE 1
    in al, 0x21
    VALUE 'mask of the master', eax, 2
    in al, 0xA1
    VALUE 'mask of the slave', eax, 2
    MASK 0x5A
    in al, 0x21
    VALUE 'mask written', eax, 2
    REGISTERS 'nothing'
    MASK 0xFF
    call fire0
    REGISTERS 'masked, requested'
    ADMIT 'masked'
    REGISTERS 'still requested'
    mov al, 0x11                ; ICW1 clears mask and requests
    out 0x20, al
    mov al, 0x20
    out 0x21, al
    mov al, 4
    out 0x21, al
    mov al, 1
    out 0x21, al
    in al, 0x21
    VALUE 'mask after icw1', eax, 2
    REGISTERS 'after icw1'
    ret

one:
    INITIALIZE 1
    MASK 0xFE
    call fire0
    ADMIT 'irq 0', 0
    REGISTERS 'in service'
    call fire0
    REGISTERS 'again'
    ADMIT 'not while in service'
    COMMAND 0x20
    ADMIT 'after eoi'
    REGISTERS 'idle'
    COMMAND 0x20
    REGISTERS 'eoi of nothing'
    ret

both:
    INITIALIZE 1
    MASK 0xEE
    call fire0
    call fire4
    call registers
    mov esi, eax
    ADMIT 'irq 0 and irq 4'
    mov eax, esi
    PRINT 'before'
    call show_registers
    call fire4
    ADMIT 'irq 4'
    MASK 0xEF
    call fire0
    call fire4
    ADMIT 'irq 4, irq 0 masked'
    MASK 0xEE
    ADMIT 'irq 0, unmasked'
    ret

nested:
    INITIALIZE 1
    MASK 0xEE
    call fire4
    ADMIT 'irq 0 in irq 4', fire0_enabled
    REGISTERS 'idle'
    call fire0
    ADMIT 'irq 4 in irq 0', fire4_enabled
    REGISTERS 'idle'
    ret

kinds_of_eoi:
    INITIALIZE 1
    MASK 0xEE
    call fire4
    ADMIT 'irq 4', 0
    call fire0
    ADMIT 'irq 0 on top', 0
    REGISTERS 'both in service'
    COMMAND 0x64                ; specific, of IRQ4
    REGISTERS 'specific eoi of 4'
    COMMAND 0x20
    REGISTERS 'eoi'
    ret

rotation:
    INITIALIZE 1
    MASK 0xEE
    COMMAND 0xC3                ; IRQ3 is the lowest, so IRQ4 the highest
    call fire0
    call fire4
    ADMIT 'irq 3 lowest'
    COMMAND 0xC7
    call fire0
    ADMIT 'irq 0', 0
    COMMAND 0xA0                ; EOI, and IRQ0 becomes the lowest
    call fire0
    call fire4
    ADMIT 'rotated by eoi'
    call fire4
    ADMIT 'irq 4', 0
    COMMAND 0xE4                ; specific, and IRQ4 becomes the lowest
    call fire0
    call fire4
    ADMIT 'rotated by specific eoi'
    ret

automatic:
    INITIALIZE 3
    MASK 0xEE
    call fire0
    ADMIT 'automatic eoi', 0
    REGISTERS 'none in service'
    INITIALIZE 1
    ret

special_mask:
    INITIALIZE 1
    MASK 0xEE
    call fire0
    ADMIT 'irq 0', 0
    call fire4
    ADMIT 'irq 4 waits', 0
    MASK 0xEF
    COMMAND 0x68                ; what is masked does not hold off what is below
    call fire4
    ADMIT 'special mask', 0
    REGISTERS 'both in service'
    COMMAND 0x48
    COMMAND 0x64
    COMMAND 0x60
    ret

polling:
    INITIALIZE 1
    MASK 0xEE
    COMMAND 0x0C
    in al, 0x20
    and eax, 0x80               ; the rest means nothing
    VALUE 'poll, nothing', eax, 2
    call fire0
    COMMAND 0x0C
    in al, 0x20
    VALUE 'poll, irq 0', eax, 2
    REGISTERS 'in service by the poll'
    COMMAND 0x20
    ret

slave:                          ; IRQ8: the clock's periodic interrupt
    INITIALIZE 1
    MASK 0xFB
    mov al, 0xFE
    out 0xA1, al
    mov al, 0x0A
    out 0x70, al
    mov al, 0x26                ; 1024 Hz
    out 0x71, al
    mov al, 0x0C
    out 0x70, al
    in al, 0x71
    mov al, 0x0B
    out 0x70, al
    mov al, 0x42
    out 0x71, al
    mov al, 0x0A
    out 0xA0, al
    mov ecx, TURNS
.wait:
    in al, 0xA0
    test al, 1
    loopz .wait
    REGISTERS 'master, requested'
    ADMIT 'irq 8', 0
    REGISTERS 'master, in service'
    mov al, 0x0B
    out 0xA0, al
    in al, 0xA0
    VALUE 'slave, in service', eax, 2
    mov al, 0x0B
    out 0x70, al
    mov al, 0x02
    out 0x71, al
    mov al, 0x20
    out 0xA0, al
    in al, 0xA0
    VALUE 'slave, after its eoi', eax, 2
    REGISTERS 'master, after that'
    COMMAND 0x20
    REGISTERS 'master, after its eoi'
    ret
ROM_END

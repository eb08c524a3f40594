// The entry point and the two system calls of a program without a C library, for both architectures.
    .globl _start
    .globl write_out
    .globl end
    .section .note.GNU-stack, "", @progbits
    .text
#ifdef __x86_64__
_start:
    xor %ebp, %ebp
    and $-64, %rsp
    call run_all
    ud2
write_out: // (const void *bytes, unsigned length)
    mov %esi, %edx
    mov %rdi, %rsi
    mov $1, %edi
    mov $1, %eax
    syscall
    ret
end: // (int status)
    mov $60, %eax
    syscall
    ud2
#else
_start:
    xor %ebp, %ebp
    and $-64, %esp
    call run_all
    ud2
write_out:
    push %ebx
    mov 8(%esp), %ecx
    mov 12(%esp), %edx
    mov $1, %ebx
    mov $4, %eax
    int $0x80
    pop %ebx
    ret
end:
    mov 4(%esp), %ebx
    mov $1, %eax
    int $0x80
    ud2
#endif

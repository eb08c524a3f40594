// The entry point: the kernel leaves argc and argv on the stack.
    .section .note.GNU-stack, "", @progbits
    .text
    .globl _start
#ifdef __x86_64__
_start:
    xor %ebp, %ebp
    mov %rsp, %rdi
    and $-64, %rsp
    call run
    ud2
#else
_start:
    xor %ebp, %ebp
    mov %esp, %eax
    and $-64, %esp
    sub $12, %esp
    push %eax
    call run
    ud2
#endif

/* Fails one call of the system: the FAULT_AT-th of the kind FAULT_KIND, counted over all threads, or with FAULT_ON=1 that one and all
 * after it. At the end of the process the counts are appended to FAULT_COUNTS. Preloaded by faults.py; standard streams are left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { WRITE, READ, RENAME, SYNC, OPEN, REMOVE, MAKE, ALLOCATE, KINDS };
static const char *const names[KINDS] = {"write", "read", "rename", "sync", "open", "remove", "make", "allocate"};
static const int errors[KINDS] = {ENOSPC, EIO, EIO, EIO, EACCES, EBUSY, ENOSPC, ENOMEM};
static atomic_long counts[KINDS];
static int wanted = -1, goes_on, is_ready;
static long at;

/* Environment and program start are over before anything is counted. */
__attribute__((constructor)) static void begin(void) {
    const char *kind = getenv("FAULT_KIND"), *place = getenv("FAULT_AT"), *on = getenv("FAULT_ON");
    for (int i = 0; kind && i < KINDS; i++)
        if (!strcmp(kind, names[i])) wanted = i;
    at = place ? atol(place) : -1;
    goes_on = on && *on == '1';
    is_ready = 1;
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("FAULT_COUNTS");
    is_ready = 0;
    if (!path) return;
    FILE *file = fopen(path, "a");
    if (!file) return;
    for (int i = 0; i < KINDS; i++) fprintf(file, "%s %ld\n", names[i], atomic_load(&counts[i]));
    fclose(file);
}

static int fails(enum kind kind) {
    if (!is_ready) return 0;
    long own = atomic_fetch_add(&counts[kind], 1) + 1;
    if ((int)kind != wanted || !(goes_on ? own >= at : own == at)) return 0;
    errno = errors[kind];
    return 1;
}

#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *b, size_t n) { REAL(ssize_t, "write", int, const void *, size_t); return fd > 2 && fails(WRITE) ? -1 : real(fd, b, n); }
ssize_t writev(int fd, const struct iovec *v, int n) { REAL(ssize_t, "writev", int, const struct iovec *, int); return fd > 2 && fails(WRITE) ? -1 : real(fd, v, n); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t); return fails(WRITE) ? -1 : real(fd, b, n, o); }
int ftruncate64(int fd, off64_t n) { REAL(int, "ftruncate64", int, off64_t); return fails(WRITE) ? -1 : real(fd, n); }
ssize_t copy_file_range(int a, off64_t *x, int b, off64_t *y, size_t n, unsigned f) { REAL(ssize_t, "copy_file_range", int, off64_t *, int, off64_t *, size_t, unsigned); return fails(WRITE) ? -1 : real(a, x, b, y, n, f); }
ssize_t read(int fd, void *b, size_t n) { REAL(ssize_t, "read", int, void *, size_t); return fd > 2 && fails(READ) ? -1 : real(fd, b, n); }
ssize_t pread64(int fd, void *b, size_t n, off64_t o) { REAL(ssize_t, "pread64", int, void *, size_t, off64_t); return fails(READ) ? -1 : real(fd, b, n, o); }
int rename(const char *a, const char *b) { REAL(int, "rename", const char *, const char *); return fails(RENAME) ? -1 : real(a, b); }
int linkat(int d, const char *a, int e, const char *b, int f) { REAL(int, "linkat", int, const char *, int, const char *, int); return fails(RENAME) ? -1 : real(d, a, e, b, f); }
int fsync(int fd) { REAL(int, "fsync", int); return fails(SYNC) ? -1 : real(fd); }
int fdatasync(int fd) { REAL(int, "fdatasync", int); return fails(SYNC) ? -1 : real(fd); }
int unlink(const char *a) { REAL(int, "unlink", const char *); return fails(REMOVE) ? -1 : real(a); }
int unlinkat(int d, const char *a, int f) { REAL(int, "unlinkat", int, const char *, int); return fails(REMOVE) ? -1 : real(d, a, f); }
int rmdir(const char *a) { REAL(int, "rmdir", const char *); return fails(REMOVE) ? -1 : real(a); }
int mkdir(const char *a, mode_t m) { REAL(int, "mkdir", const char *, mode_t); return fails(MAKE) ? -1 : real(a, m); }

int open64(const char *path, int flags, ...) {
    REAL(int, "open64", const char *, int, ...);
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return fails(OPEN) ? -1 : real(path, flags, mode);
}

/* The allocator's own names, as looking others up allocates. */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
/* A process that must tell why it ends needs a little memory: large requests fail. */
#define LARGE 4096
void *malloc(size_t n) { return n >= LARGE && fails(ALLOCATE) ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t m) { return n * m >= LARGE && fails(ALLOCATE) ? NULL : __libc_calloc(n, m); }
void *realloc(void *p, size_t n) { return n >= LARGE && fails(ALLOCATE) ? NULL : __libc_realloc(p, n); }
int posix_memalign(void **p, size_t a, size_t n) {
    if (n >= LARGE && fails(ALLOCATE)) return ENOMEM;
    *p = __libc_memalign(a, n);
    return *p ? 0 : ENOMEM;
}

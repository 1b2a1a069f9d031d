/* System calls that fail, or do half of their work, when a test says so.

   A program that is started with LD_PRELOAD and this library calls these functions in place of
   those of the C library: `open`, `pwrite` and so on, also from C code such as Python's own file
   objects. Only calls on files in one folder count. `fault_begin` says which of them go wrong.
   `fsync` and `fdatasync` do nothing here: these tests survive no loss of power, and run faster. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* Results of a faulty call, besides the error numbers, which are above 0. */
enum { SHORT = 0, NOTHING = -1 };

static char folder[PATH_MAX], faulty[32];
static int result;
static long first, step;
static atomic_long count;
static atomic_int active;

/* Begin: of the calls with this name, the number `begin` (from 1) goes wrong. So do those that
   come `every` calls later; none do if it is 0. */
void fault_begin(const char *where, const char *name, int what, long begin, long every) {
    snprintf(folder, sizeof folder, "%s", where);
    snprintf(faulty, sizeof faulty, "%s", name);
    result = what;
    first = begin;
    step = every;
    atomic_store(&count, 0);
    atomic_store(&active, 1);
}

/* End, and return how many calls with this name there were. */
long fault_end(void) {
    atomic_store(&active, 0);
    return atomic_load(&count);
}

static int is_inside(const char *path) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* Write the path of an open file; return whether it is in the folder. */
static int path_of(int descriptor, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return length > 0 && is_inside(path);
}

static int is_file_inside(int descriptor) {
    char path[PATH_MAX];
    return path_of(descriptor, path);
}

static int is_path_inside(int at, const char *path) {
    char whole[PATH_MAX];
    if (strncmp(path, "/proc/self/fd/", 14) == 0) { /* a file that is opened again */
        ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, path, whole, PATH_MAX - 1);
        whole[length < 0 ? 0 : length] = 0;
        return is_inside(whole);
    }
    if (path[0] == '/') return is_inside(path);
    if (at != AT_FDCWD) return is_file_inside(at);
    return syscall(SYS_getcwd, whole, sizeof whole) > 0 && is_inside(whole);
}

/* Return whether this call goes wrong. */
static int goes_wrong(const char *name) {
    if (strcmp(name, faulty) != 0) return 0;
    long number = atomic_fetch_add(&count, 1) + 1;
    return number == first || (step > 0 && number > first && (number - first) % step == 0);
}

static int fails(const char *name, int inside) {
    if (!inside || !goes_wrong(name)) return 0;
    errno = result;
    return 1;
}

#define FAIL_AT(name, at, path) \
    if (atomic_load(&active) && fails(name, is_path_inside(at, path))) return -1
/* All calls that change the names in a directory have the second name "change". */
#define FAIL_CHANGE(name, at, path) \
    FAIL_AT(name, at, path); \
    FAIL_AT("change", at, path)
#define FAIL_ON(name, descriptor) \
    if (atomic_load(&active) && fails(name, is_file_inside(descriptor))) return -1

/* Set `size` to what a faulty call transfers; return -1 after an error, 1 if nothing is to be
   called, else 0. */
static int shortened(const char *name, int descriptor, size_t *size) {
    if (!atomic_load(&active) || !is_file_inside(descriptor) || !goes_wrong(name)) return 0;
    if (result > 0) {
        errno = result;
        return -1;
    }
    if (result == NOTHING) return 1;
    /* Direct output takes only multiples of a sector. */
    int direct = (int)syscall(SYS_fcntl, descriptor, F_GETFL) & O_DIRECT;
    size_t unit = direct ? 512 : 1, half = *size / 2 / unit * unit;
    if (half > 0) *size = half;
    return 0;
}

#define TRANSFER(name, descriptor, size) \
    switch (shortened(name, descriptor, &(size))) { \
    case -1: \
        return -1; \
    case 1: \
        return 0; \
    }

/* Open files. Those that bypass the page cache have a name of their own. */

static int open_at(int at, const char *path, int flags, mode_t mode) {
    FAIL_AT(flags & O_DIRECT ? "open directly" : "open", at, path);
    if (flags & O_CREAT) FAIL_AT("change", at, path);
    return (int)syscall(SYS_openat, at, path, flags, mode);
}

#define MODE(last) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list arguments; \
        va_start(arguments, last); \
        mode = va_arg(arguments, mode_t); \
        va_end(arguments); \
    }

int open(const char *path, int flags, ...) {
    MODE(flags)
    return open_at(AT_FDCWD, path, flags, mode);
}

int openat(int at, const char *path, int flags, ...) {
    MODE(flags)
    return open_at(at, path, flags, mode);
}

int close(int descriptor) {
    int wrong = atomic_load(&active) && fails("close", is_file_inside(descriptor));
    int number = errno;
    int status = (int)syscall(SYS_close, descriptor);
    if (!wrong) return status;
    errno = number;
    return -1;
}

/* Read and write. All ways to read are one call here, and all ways to write. */

ssize_t read(int descriptor, void *memory, size_t size) {
    TRANSFER("read", descriptor, size)
    return syscall(SYS_read, descriptor, memory, size);
}

ssize_t write(int descriptor, const void *memory, size_t size) {
    TRANSFER("write", descriptor, size)
    return syscall(SYS_write, descriptor, memory, size);
}

ssize_t pread(int descriptor, void *memory, size_t size, off_t position) {
    TRANSFER("read", descriptor, size)
    return syscall(SYS_pread64, descriptor, memory, size, position);
}

ssize_t pwrite(int descriptor, const void *memory, size_t size, off_t position) {
    TRANSFER("write", descriptor, size)
    return syscall(SYS_pwrite64, descriptor, memory, size, position);
}

/* This package passes one vector. */
ssize_t preadv(int descriptor, const struct iovec *vectors, int number, off_t position) {
    struct iovec given = vectors[0];
    if (number != 1) return syscall(SYS_preadv, descriptor, vectors, number, position, 0);
    TRANSFER("read", descriptor, given.iov_len)
    return syscall(SYS_preadv, descriptor, &given, 1, position, 0);
}

ssize_t preadv2(int descriptor, const struct iovec *vectors, int number, off_t position, int flags) {
    (void)flags;
    return preadv(descriptor, vectors, number, position);
}

/* Synchronise and reserve. A directory has a name of its own. */

static int synchronise(int descriptor) {
    struct stat status;
    int is_directory = fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
    FAIL_ON(is_directory ? "fsync of a directory" : "fsync", descriptor);
    return 0;
}

int fsync(int descriptor) { return synchronise(descriptor); }

int fdatasync(int descriptor) { return synchronise(descriptor); }

int ftruncate(int descriptor, off_t size) {
    FAIL_ON("ftruncate", descriptor);
    return (int)syscall(SYS_ftruncate, descriptor, size);
}

int fallocate(int descriptor, int mode, off_t begin, off_t size) {
    FAIL_ON("fallocate", descriptor);
    return (int)syscall(SYS_fallocate, descriptor, mode, begin, size);
}

int flock(int descriptor, int operation) {
    FAIL_ON("flock", descriptor);
    return (int)syscall(SYS_flock, descriptor, operation);
}

int fchmod(int descriptor, mode_t mode) {
    FAIL_ON("fchmod", descriptor);
    return (int)syscall(SYS_fchmod, descriptor, mode);
}

int fchown(int descriptor, uid_t user, gid_t group) {
    FAIL_ON("fchown", descriptor);
    return (int)syscall(SYS_fchown, descriptor, user, group);
}

/* Names. */

int chmod(const char *path, mode_t mode) {
    FAIL_AT("chmod", AT_FDCWD, path);
    return (int)syscall(SYS_fchmodat, AT_FDCWD, path, mode);
}

int linkat(int from, const char *old, int to, const char *new, int flags) {
    FAIL_CHANGE("link", to, new);
    return (int)syscall(SYS_linkat, from, old, to, new, flags);
}

int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }

int renameat(int from, const char *old, int to, const char *new) {
    FAIL_CHANGE("rename", to, new);
    return (int)syscall(SYS_renameat2, from, old, to, new, 0);
}

int rename(const char *old, const char *new) { return renameat(AT_FDCWD, old, AT_FDCWD, new); }

int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
    FAIL_CHANGE("renameat2", to, new);
    return (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

int unlinkat(int at, const char *path, int flags) {
    FAIL_CHANGE(flags & AT_REMOVEDIR ? "rmdir" : "unlink", at, path);
    return (int)syscall(SYS_unlinkat, at, path, flags);
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int at, const char *path, mode_t mode) {
    FAIL_CHANGE("mkdir", at, path);
    return (int)syscall(SYS_mkdirat, at, path, mode);
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

/* glibc has a second name for each function with a position or a size. */
#ifdef __GLIBC__
#define ALIAS(type, name, of, ...) type name(__VA_ARGS__) __attribute__((alias(#of)))
ALIAS(int, open64, open, const char *, int, ...);
ALIAS(int, openat64, openat, int, const char *, int, ...);
ALIAS(ssize_t, pread64, pread, int, void *, size_t, off64_t);
ALIAS(ssize_t, pwrite64, pwrite, int, const void *, size_t, off64_t);
ALIAS(ssize_t, preadv64, preadv, int, const struct iovec *, int, off64_t);
ALIAS(ssize_t, preadv64v2, preadv2, int, const struct iovec *, int, off64_t, int);
ALIAS(int, ftruncate64, ftruncate, int, off64_t);
ALIAS(int, fallocate64, fallocate, int, int, off64_t, off64_t);
#endif

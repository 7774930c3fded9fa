#include "os/unix_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/socket_parts.h"

enum { LOCK_TRIES = 8, LOCK_TEXT = sizeof((struct sockaddr_un *)NULL)->sun_path + 8 };

struct wws_unix_place {
    struct sockaddr_un address;
    char lock_path[LOCK_TEXT];
    int lock;       /* held as long as the place is */
    bool lock_made; /* by us now: nobody of ours was here before */
    pid_t owner;    /* a fork's child must not remove what its parent listens on */
    bool bound;
    dev_t device;
    ino_t inode;
};

bool wws_unix_address(const char *path, struct sockaddr_un *out)
{
    const size_t len = strlen(path);
    memset(out, 0, sizeof *out);
    if (len == 0 || len >= sizeof out->sun_path) {
        return false;
    }
    out->sun_family = AF_UNIX;
    memcpy(out->sun_path, path, len);
    return true;
}

static wws_io refuse(const char **why, const char *text)
{
    *why = text;
    return WWS_IO_FAILED;
}

static wws_io check_directory(const char *path, const char **why)
{
    char directory[sizeof((struct sockaddr_un *)NULL)->sun_path];
    struct stat found;
    const char *slash = strrchr(path, '/');
    if (path[0] != '/') {
        return refuse(why, "the path of the socket is not absolute");
    }
    (void)snprintf(directory, sizeof directory, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    if (stat(directory, &found) != 0) {
        return wws_socket_fail(why, errno);
    }
    const bool ours = found.st_uid == geteuid() || found.st_uid == 0;
    const bool closed = (found.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (found.st_mode & S_ISVTX) != 0;
    return S_ISDIR(found.st_mode) && ours && closed ? WWS_IO_OK
                                                    : refuse(why, "other users may change the socket's directory");
}

/* Is the lock file that we have open still the one that has the name? */
static bool is_current(const wws_unix_place *place)
{
    struct stat open_file;
    struct stat named;
    return fstat(place->lock, &open_file) == 0 && lstat(place->lock_path, &named) == 0 &&
           open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

static wws_io open_lock(wws_unix_place *place, const char **why)
{
    const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
    struct stat found;
    place->lock = open(place->lock_path, flags | O_EXCL, 0600);
    place->lock_made = place->lock >= 0;
    if (place->lock < 0 && errno == EEXIST) {
        place->lock = open(place->lock_path, flags, 0600);
    }
    if (place->lock < 0) {
        return wws_socket_fail(why, errno);
    }
    if (fstat(place->lock, &found) != 0 || found.st_uid != geteuid() || !S_ISREG(found.st_mode)) {
        return refuse(why, "address in use");
    }
    return WWS_IO_OK;
}

/* Who removes a lock file holds it: one that was removed under us is opened anew. */
static wws_io take_lock(wws_unix_place *place, const char **why)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (open_lock(place, why) != WWS_IO_OK) {
            return WWS_IO_FAILED;
        }
        if (flock(place->lock, LOCK_EX | LOCK_NB) != 0) {
            return refuse(why, "address in use");
        }
        if (is_current(place)) {
            return WWS_IO_OK;
        }
        (void)close(place->lock);
        place->lock = -1;
    }
    return refuse(why, "address in use");
}

/* The kernel says so: the socket is there, and no listener behind it. */
static bool is_dead(const wws_unix_place *place)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    const bool refused =
        connect(fd, (const struct sockaddr *)&place->address, sizeof place->address) != 0 && errno == ECONNREFUSED;
    (void)close(fd);
    return refused;
}

/* Nobody holds the lock that a listener of ours would: a socket of this user beside an old lock is a dead one's. */
static wws_io clean(const wws_unix_place *place, const char **why)
{
    struct stat found;
    if (lstat(place->address.sun_path, &found) != 0) {
        return errno == ENOENT ? WWS_IO_OK : wws_socket_fail(why, errno);
    }
    if (place->lock_made || !S_ISSOCK(found.st_mode) || found.st_uid != geteuid() || !is_dead(place)) {
        return refuse(why, "address in use");
    }
    return unlink(place->address.sun_path) == 0 ? WWS_IO_OK : wws_socket_fail(why, errno);
}

static void leave_lock(wws_unix_place *place, bool remove)
{
    if (place->lock >= 0) {
        if (remove) {
            (void)unlink(place->lock_path);
        }
        (void)close(place->lock);
        place->lock = -1;
    }
}

wws_io wws_unix_place_take(const char *path, wws_unix_place **out, const char **why)
{
    wws_unix_place *place = calloc(1, sizeof *place);
    if (place == NULL) {
        return wws_socket_fail(why, ENOMEM);
    }
    place->lock = -1;
    place->owner = getpid();
    wws_io how = wws_unix_address(path, &place->address) ? check_directory(path, why)
                                                         : refuse(why, "the path of the socket is too long");
    (void)snprintf(place->lock_path, sizeof place->lock_path, "%s.lock", place->address.sun_path);
    if (how == WWS_IO_OK) {
        how = take_lock(place, why);
    }
    if (how == WWS_IO_OK) {
        how = clean(place, why);
        if (how != WWS_IO_OK) {
            leave_lock(place, place->lock_made);
        }
    }
    if (how != WWS_IO_OK) {
        leave_lock(place, false);
        free(place);
        return how;
    }
    *out = place;
    return WWS_IO_OK;
}

wws_io wws_unix_place_bind(wws_unix_place *place, int fd, bool wide, const char **why)
{
    struct stat made;
    const mode_t mode = wide ? 0666 : 0600;
    /* the file gets the socket's mode: at no moment more than this */
    if (fchmod(fd, mode) != 0 || bind(fd, (const struct sockaddr *)&place->address, sizeof place->address) != 0 ||
        lstat(place->address.sun_path, &made) != 0) {
        return wws_socket_fail(why, errno);
    }
    place->bound = true;
    place->device = made.st_dev;
    place->inode = made.st_ino;
    if (wide && chmod(place->address.sun_path, mode) != 0) { /* whatever the process' mask took from it */
        return wws_socket_fail(why, errno);
    }
    return WWS_IO_OK;
}

void wws_unix_place_free(wws_unix_place *place)
{
    struct stat found;
    if (place == NULL) {
        return;
    }
    const bool ours = place->owner == getpid();
    if (ours && place->bound && lstat(place->address.sun_path, &found) == 0 && found.st_dev == place->device &&
        found.st_ino == place->inode) {
        (void)unlink(place->address.sun_path);
    }
    leave_lock(place, ours);
    free(place);
}

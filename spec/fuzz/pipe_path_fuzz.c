/* Any URL: the file that a pipe's URL means is a name without a slash, or an absolute path without dots. */
#include <stdlib.h>

#include "framing/pipe_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_name(const char *name)
{
    const size_t len = strlen(name);
    must(len > 5 && len <= WWS_PIPE_NAME_MAX + 5 && strcmp(name + len - 5, ".pipe") == 0);
    must(strchr(name, '/') == NULL && strcmp(name, "..") != 0);
}

static void check_socket(const char *path)
{
    const size_t len = strlen(path);
    must(len > 1 && len < WWS_PIPE_PATH_TEXT && path[0] == '/' && path[len - 1] != '/');
    must(strstr(path, "/../") == NULL && strstr(path, "/./") == NULL);
    must(strcmp(path + len - 2, "/.") != 0 && (len < 3 || strcmp(path + len - 3, "/..") != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[WWS_PIPE_PATH_TEXT];
    char again[WWS_PIPE_PATH_TEXT];
    wws_url url;
    wws_error err;
    if (wws_url_read((wws_span){data, size}, &url, &err) != WWS_OK) {
        return 0;
    }
    if (wws_pipe_path(&url, path, &err) != WWS_OK) {
        must(err.own.code == WWS_E_INVALID_ENDPOINT_URL || err.own.code == WWS_E_INVALIDARG);
        return 0;
    }
    if (url.scheme == WWS_NET_PIPE) {
        check_name(path);
    } else {
        check_socket(path);
    }
    must(wws_pipe_path(&url, again, &err) == WWS_OK && strcmp(path, again) == 0);
    return 0;
}

# wws: the Windows Web Services security family for Lua 5.4 and LuaJIT.
# make demo       the main job, on this machine      make test     all specs on both interpreters
# make            builds for Lua 5.4                 make help     every target
CC       ?= gcc
LUA      ?= lua5.4
LUA_PC   ?= $(if $(findstring jit,$(LUA)),luajit,lua5.4)
OUT      := build/$(LUA)$(VARIANT)
SOURCES  := $(wildcard csrc/*/*.c csrc/*/*/*.c)
HEADERS  := $(wildcard csrc/*/*.h csrc/*/*/*.h)
PROBES   := $(wildcard csrc/lua/probe*.c)
ROOMS    := $(filter-out csrc/lua/%,$(SOURCES))
objects   = $(patsubst csrc/%.c,$(OUT)/%.o,$(1))
CORE     := $(OUT)/wws/core.so
PROBE    := $(OUT)/wws/probe.so
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wswitch-enum -Wundef -Wvla -Wformat=2 -Wnull-dereference -Werror
HARDEN   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
PACKAGES := libssl libcrypto libxml-2.0
FOREIGN  := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(LUA_PC) $(PACKAGES) 2>/dev/null))
LIBRARIES := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -pthread
STRICT   := -std=c11 -D_GNU_SOURCE -fPIC -fvisibility=hidden -Icsrc $(WARNINGS)
CFLAGS   ?= -O2 -g $(HARDEN)
SPECS    ?=
PATHS     = LUA_PATH="./lua/?.lua;./lua/?/init.lua;./?.lua;;" LUA_CPATH="$(OUT)/?.so;;"
BUSTED    = $(PATHS) $(RUN) $(LUA) $(BEFORE) /usr/bin/busted
ASAN     := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

.DELETE_ON_ERROR:
.PHONY: all

all: $(CORE) $(PROBE) ## builds the modules for $(LUA)
$(CORE): $(call objects,$(filter-out $(PROBES),$(SOURCES)))
	@mkdir -p $(@D) && $(CC) -shared $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARIES)
$(PROBE): $(call objects,$(SOURCES))
	@mkdir -p $(@D) && $(CC) -shared $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARIES)
$(OUT)/%.o: csrc/%.c
	@mkdir -p $(@D) && $(CC) $(STRICT) $(FOREIGN) $(CFLAGS) -MMD -MP -c -o $@ $<
-include $(patsubst csrc/%.c,$(OUT)/%.d,$(SOURCES))

spec: all ## specs for $(LUA); SPECS=path for some
	@$(BUSTED) $(SPECS)

# make demo: the main job, shown on this machine; make test: all specs; make: a build for Lua 5.4; make help: every target
CC       ?= gcc
LUA      ?= lua5.4
LUA_PC   ?= $(if $(findstring jit,$(LUA)),luajit,lua5.4)
OUT      := build/$(LUA)$(VARIANT)
SOURCES  := $(wildcard csrc/*/*.c csrc/*/*/*.c)
HEADERS  := $(wildcard csrc/*/*.h csrc/*/*/*.h)
PROBES   := $(wildcard csrc/lua/probe*.c)
ROOMS    := $(filter-out csrc/lua/%,$(SOURCES))
FUZZERS  := $(wildcard spec/fuzz/*_fuzz.c)
objects   = $(patsubst csrc/%.c,$(OUT)/%.o,$(1))
CORE     := $(OUT)/wws/core.so
PROBE    := $(OUT)/wws/probe.so
WERROR   ?= -Werror
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wswitch-enum -Wundef -Wvla -Wformat=2 -Wnull-dereference $(WERROR)
HARDEN   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
PACKAGES := libssl libcrypto libxml-2.0 krb5-gssapi
FOREIGN  := $(patsubst -I%,-isystem %,$(or $(LUA_CFLAGS),$(shell pkg-config --cflags $(LUA_PC) 2>/dev/null)) \
            $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null))
LIBRARIES := $(or $(shell pkg-config --libs $(PACKAGES) 2>/dev/null),-lssl -lcrypto -lxml2 -lgssapi_krb5) -pthread -ldl
STRICT   := -std=c11 -D_GNU_SOURCE -fPIC -fvisibility=hidden -Icsrc $(WARNINGS)
CFLAGS   ?= -O2 -g $(HARDEN)
OURS      = $(or $(SPECS),$(filter-out spec/interop/ spec/fuzz/ spec/bench/ spec/lint/ spec/support/ spec/torture/ spec/vectors/,$(wildcard spec/*/)) $(wildcard spec/*_spec.lua))
PATHS     = LUA_PATH="./lua/?.lua;./lua/?/init.lua;./?.lua;;" LUA_CPATH="$(OUT)/?.so;;"
BUSTED    = $(PATHS) $(RUN) $(LUA) $(BEFORE) /usr/bin/busted
ASAN     := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
PRELOAD   = LD_PRELOAD="$(shell $(CC) -print-file-name=libasan.so) $(shell $(CC) -print-file-name=libubsan.so)"
STRESS    = BEFORE='-e "dofile[[spec/support/gcstress.lua]]"'
SETUP    := sh spec/support/setup.sh
QUIET    := @$(MAKE) --no-print-directory

.DELETE_ON_ERROR:
.PHONY: all demo test spec setup check lint format format-check layers sizes rockspec luacheck cppcheck tidy asan gcstress \
        valgrind torture fuzz cover bench examples doc tables rock interop soak clean help install rock-core

all: $(CORE) $(PROBE) ## builds the modules for $(LUA)
$(CORE): $(call objects,$(filter-out $(PROBES),$(SOURCES)))
$(PROBE): $(call objects,$(SOURCES))
$(CORE) $(PROBE):
	@mkdir -p $(@D) && $(CC) -shared $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARIES)
$(OUT)/%.o: csrc/%.c
	@mkdir -p $(@D) && $(CC) $(STRICT) $(FOREIGN) $(CFLAGS) -MMD -MP -c -o $@ $<
-include $(patsubst csrc/%.c,$(OUT)/%.d,$(SOURCES))

demo: ## the main job: a security context established, renewed, revoked, cancelled; installs what is missing
	@$(SETUP) demo
	$(QUIET) -j2 $(CORE)
	@$(PATHS) $(LUA) examples/01_security_context.lua
test: ## all specs on Lua 5.4 and LuaJIT; installs what is missing
	@$(SETUP) test
	@$(LUA) spec/support/tally.lua "$(MAKE) --no-print-directory -j2 spec LUA=lua5.4" "$(MAKE) --no-print-directory -j2 spec LUA=luajit"
setup: ## installs all that the checks need
	@$(SETUP) check
spec: all ## specs for $(LUA); SPECS=path for some of them
	@$(BUSTED) $(SPECS)
check: lint test asan gcstress torture examples doc rock interop valgrind fuzz cover ## all that CI runs, cheapest first
lint: format-check layers sizes rockspec luacheck cppcheck tidy ## everything that reads and runs nothing
format: ## rewrites the C in the house format
	@clang-format -i $(SOURCES) $(HEADERS) $(FUZZERS) $(wildcard spec/bench/*/*.c)
format-check:
	@clang-format --dry-run --Werror $(SOURCES) $(HEADERS) $(FUZZERS) $(wildcard spec/bench/*/*.c)
layers: ## no room looks up (csrc/LAYERS)
	@$(LUA) spec/lint/layers.lua csrc $(SOURCES) $(HEADERS)
sizes: ## files, functions and branches stay small
	@$(LUA) spec/lint/sizes.lua $(SOURCES) $(HEADERS) -- $(wildcard lua/*/*.lua lua/*/*/*.lua)
rockspec: ## the rockspec is sound and installs every Lua file
	@$(LUA) spec/lint/rockspec.lua rockspec/wws-scm-1.rockspec
luacheck:
	@luacheck -q lua spec examples
cppcheck:
	@cppcheck --quiet --std=c11 -j2 --enable=warning,style,performance,portability --inline-suppr --error-exitcode=1 \
	  --suppress=missingIncludeSystem --suppress=unusedStructMember --suppress=internalAstError -Icsrc $(SOURCES)
tidy:
	@printf '%s\n' $(SOURCES) | xargs -P2 -n8 sh -c 'clang-tidy --quiet "$$@" -- $(STRICT) $(FOREIGN) 2>/dev/null' tidy
asan: ## specs under AddressSanitizer and UBSan
	$(QUIET) -j2 spec VARIANT=-asan CFLAGS="$(ASAN)" RUN='$(PRELOAD)' SPECS="$(OURS)"
gcstress: ## specs under ASan with a full collection every few hundred instructions, on both interpreters; a process each
	$(QUIET) -j2 all VARIANT=-asan CFLAGS="$(ASAN)"
	@sh spec/support/each.sh $(OURS) -- $(MAKE) --no-print-directory spec VARIANT=-asan CFLAGS="$(ASAN)" RUN='WWS_STRESS=1 $(PRELOAD)' $(STRESS)
	$(QUIET) -j2 all LUA=luajit
	@sh spec/support/each.sh $(OURS) -- $(MAKE) --no-print-directory spec LUA=luajit RUN='WWS_STRESS=1' $(STRESS)
valgrind: all ## specs under valgrind
	@sh spec/support/each.sh $(or $(SPECS),spec/base spec/crypto spec/framing spec/encoding spec/soap spec/security spec/channel) -- \
	  $(MAKE) --no-print-directory spec RUN='WWS_SLOW=1 valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite \
	  --error-exitcode=9'
torture: ## every allocation of a conversation failing once
	$(QUIET) -j2 spec VARIANT=-asan CFLAGS="$(ASAN)" RUN='$(PRELOAD)' SPECS="-p _torture spec/torture"
FUZZ_SECONDS ?= 5
build/fuzz/rooms.a: $(ROOMS) $(HEADERS)
	@mkdir -p build/fuzz/o && cd build/fuzz/o && printf '%s\n' $(ROOMS) | xargs -P2 -n6 sh -c 'for f; do \
	  clang -std=c11 -D_GNU_SOURCE -I../../../csrc $(FOREIGN) -g -O1 -fsanitize=fuzzer-no-link,address,undefined \
	  -fno-sanitize-recover=all -c -o $$(echo $$f | tr / _).o ../../../$$f || exit 255; done' cc && rm -f ../rooms.a && ar rcs ../rooms.a *.o
build/fuzz/%: spec/fuzz/%_fuzz.c build/fuzz/rooms.a
	@clang -std=c11 -D_GNU_SOURCE -Icsrc $(FOREIGN) -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $^ $(LIBRARIES)
fuzz: $(patsubst spec/fuzz/%_fuzz.c,build/fuzz/%,$(FUZZERS)) ## each harness for FUZZ_SECONDS, two at a time
	@printf '%s\n' $(notdir $(filter-out %.a,$^)) | xargs -P2 -I{} sh -c 'mkdir -p build/corpus/{} && echo "fuzz {}" && \
	  build/fuzz/{} -max_total_time=$(FUZZ_SECONDS) -verbosity=0 -rss_limit_mb=1024 -artifact_prefix=build/ build/corpus/{} \
	  spec/fuzz/corpus/{}'
cover: ## line and branch coverage of csrc
	@rm -rf build/$(LUA)-cover
	$(QUIET) -j2 spec VARIANT=-cover CFLAGS="-O0 -g --coverage" SPECS="$(OURS)" >/dev/null
	@gcovr -r . --filter csrc/ --object-directory build/$(LUA)-cover --print-summary --fail-under-line $(or $(FLOOR),85) | tail -n 3
bench: all ## numbers, not judgements
	$(QUIET) -j2 build/luajit/wws/core.so LUA=luajit
	@for b in spec/bench/*_bench.lua; do $(PATHS) $(LUA) $$b || exit 1; done
examples: all ## every example must run
	$(QUIET) -j2 build/luajit/wws/core.so LUA=luajit
	@for e in examples/*.lua; do $(PATHS) $(LUA) $$e >build/example.log 2>&1 || { cat build/example.log; exit 1; }; echo "ok $$e"; done
doc: all ## reference into build/doc
	@mkdir -p build/doc && $(PATHS) $(LUA) -e 'io.open("build/doc/bindings.md", "w"):write(require("wws.doc").markdown())'
	@ldoc --quiet --fatalwarnings --config .ldoc . >/dev/null
tables: all ## prints the C tables into README.md and lua/wws/meta
	@$(PATHS) $(LUA) spec/support/tables.lua
rock: ## builds, installs and runs as LuaRocks would, offline, for both interpreters
	@sh spec/support/rock.sh
soak: all ## two nginx under load that reload, with peers that die and clients that leave; SECONDS=300
	$(QUIET) -j2 build/luajit/wws/core.so LUA=luajit
	@$(PATHS) $(LUA) spec/interop/openresty/soak.lua $(or $(SECONDS),300)
interop: all ## programs that others made: .NET, Mono, WSS4J, MIT Kerberos, nginx, curl, tshark …
	@$(BUSTED) spec/interop
rock-core: $(CORE)
install: $(CORE) ## into LUADIR and LIBDIR (LuaRocks calls this)
	@mkdir -p $(LUADIR)/wws $(LIBDIR)/wws && cp -r lua/wws/. $(LUADIR)/wws && cp $(CORE) $(LIBDIR)/wws/
clean: ## forgets everything built
	@rm -rf build
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14
	@echo "LUA=luajit does any of it for LuaJIT."

# "make help" lists the targets.  All that is built is in build/.

MODULE = build/ngx_http_jwt_module.so
CORE = $(wildcard ngx_http_jwt_module/jose/*.c ngx_http_jwt_module/http/*.c)

# t/unit/NAME.c is a program; if it has a header it belongs to all programs

UNIT = build/unit
UNIT_SOURCES = $(wildcard t/unit/*.c)
UNIT_COMMON = $(filter $(UNIT_SOURCES), \
    $(patsubst %.h,%.c,$(wildcard t/unit/*.h)))
UNIT_OBJECTS = $(CORE:ngx_http_jwt_module/%.c=$(UNIT)/%.o) \
    $(UNIT_COMMON:t/unit/%.c=$(UNIT)/common/%.o)

UNITS = $(patsubst t/unit/%.c,$(UNIT)/%, \
    $(filter-out $(UNIT_COMMON),$(UNIT_SOURCES)))

# t/fuzz/NAME.c is a target of libFuzzer; t/fuzz/corpus.c gives it its corpus

FUZZERS = $(filter-out corpus,$(patsubst t/fuzz/%.c,%,$(wildcard t/fuzz/*.c)))
FUZZ_OBJECTS = $(CORE:ngx_http_jwt_module/%.c=build/fuzz/core/%.o) \
    $(UNIT_COMMON:t/unit/%.c=build/fuzz/common/%.o)

# these are compiled with nginx's headers

NGINX_FUZZERS = token
NGINX_UNITS = $(NGINX_FUZZERS:%=$(UNIT)/fuzz/%)

UNITS += $(filter-out $(NGINX_UNITS),$(FUZZERS:%=$(UNIT)/fuzz/%))
TESTS = $(shell find t -name '*.t' | sort)

# packages of Debian

UNIT_PACKAGES = gcc libc6-dev libjansson-dev libssl-dev perl
BUILD_PACKAGES = $(UNIT_PACKAGES) nginx nginx-dev
DEMO_PACKAGES = $(BUILD_PACKAGES) libcrypt-jwt-perl
RUN_PACKAGES = $(DEMO_PACKAGES) curl
TEST_PACKAGES = $(DEMO_PACKAGES) binutils libio-socket-ssl-perl node-jose \
    nodejs openssl python3-cryptography python3-jwt
BENCH_PACKAGES = $(DEMO_PACKAGES) strace util-linux valgrind wrk
FUZZ_PACKAGES = $(BUILD_PACKAGES) clang libclang-rt-14-dev llvm
CHECK_PACKAGES = $(BUILD_PACKAGES) binutils clang clang-tidy cppcheck
MATRIX_PACKAGES = $(TEST_PACKAGES) clang dpkg-dev mmdebstrap

UNIT_WATCH = -O1 -fsanitize=address,undefined \
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer
UNIT_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -g $(UNIT_WATCH) \
    -Wall -Wextra -Wundef -Werror \
    -Ingx_http_jwt_module/jose -Ingx_http_jwt_module/http \
    -MMD -MP -MT $@ -MF $@.d

COVER = --coverage -fprofile-abs-path -fprofile-update=atomic

FUZZ_CFLAGS = $(UNIT_CFLAGS) -fsanitize=fuzzer-no-link \
    -fprofile-instr-generate -fcoverage-mapping
FUZZ_CC = clang

NGINX_CFLAGS = -std=gnu11 -Wno-undef -Wno-unused-parameter -Ibuild/module \
    -Ingx_http_jwt_module $(patsubst %,-isystem /usr/share/nginx/src/src/%, \
    core event os/unix http http/modules http/v2)

# nginx's headers as headers of the system, so that they cause no warnings

STRICT = -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
    -Wvla -Wnull-dereference \
    $(patsubst %,-isystem src/%,core event os/unix http http/modules http/v2)

.PHONY: help deps build demo run test unit check check-gcc check-clang \
    check-tidy check-cppcheck check-conventions check-docs asan valgrind \
    fuzz cover matrix interop bench instructions load soak timing clean units

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 15

deps: ## install those Debian packages that are missing for the tests
	@sh tools/install-packages $(TEST_PACKAGES)

build: ## build build/ngx_http_jwt_module.so for Debian's nginx
	@sh tools/install-packages $(BUILD_PACKAGES)
	@CC="$(CC)" tools/build-module build/module
	@ln -sf module/ngx_http_jwt_module.so $(MODULE)

demo: ## show a gateway: which tokens it refuses, which pass
	@sh tools/install-packages $(DEMO_PACKAGES)
	@$(MAKE) -s build
	@tools/demo

run: ## keep that gateway up for curl, until Ctrl-C
	@sh tools/install-packages $(RUN_PACKAGES)
	@$(MAKE) -s build
	@tools/demo --run

test: ## run all tests, or some: make test TESTS=t/access.t
	@sh tools/install-packages $(TEST_PACKAGES)
	@! command -v npm > /dev/null || tools/install-interop build/interop || true
	@$(MAKE) -s build units
	@$(MAKE) -s $(NGINX_UNITS)
	@tools/test $(UNITS) $(NGINX_UNITS) $(TESTS)

interop: ## run the tests with oidc-provider, an identity provider of npm
	@sh tools/install-packages $(TEST_PACKAGES)
	@tools/install-interop build/interop
	@$(MAKE) -s build
	@tools/test $(wildcard t/interop/*.t)

bench: ## measure what protection costs, beside bare nginx
	@sh tools/install-packages $(BENCH_PACKAGES)
	@$(MAKE) -s build
	@t/bench/bench.pl

instructions: ## count the instructions of a request (COUNT="hit": some)
	@sh tools/install-packages $(BENCH_PACKAGES)
	@$(MAKE) -s build
	@t/bench/instructions.pl $(COUNT)

load: ## rotate keys, stop the provider, reload: for a minute under load
	@sh tools/install-packages $(TEST_PACKAGES)
	@$(MAKE) -s build
	@t/load/providers.pl

soak: ## send 10 million requests, reload and kill (REQUESTS=100000: fewer)
	@sh tools/install-packages $(TEST_PACKAGES)
	@$(MAKE) -s build
	@t/soak/soak.pl

timing: ## measure whether what is refused takes the same time (TRIES=100000)
	@sh tools/install-packages $(UNIT_PACKAGES)
	@mkdir -p build
	@$(CC) $(filter -std% -D% -W% -I%,$(UNIT_CFLAGS)) -O2 -It/unit -o build/timing \
	    t/bench/timing.c t/unit/sign.c t/unit/encrypt.c $(CORE) \
	    -ljansson -lcrypto -lm
	@build/timing $(TRIES)

unit: ## run the tests of jose/ and http/ only, which need no nginx
	@sh tools/install-packages $(UNIT_PACKAGES)
	@$(MAKE) -s units
	@tools/test $(UNITS)

check: ## strict warnings, analyzers, conventions, docs against code
check: check-gcc check-clang check-tidy check-cppcheck check-conventions \
    check-docs

check-gcc:
	@sh tools/install-packages $(CHECK_PACKAGES)
	@CC=gcc tools/build-module build/check-gcc $(STRICT) \
	    -Wcast-qual -Wduplicated-cond -Wlogical-op -fanalyzer \
	    -include $(CURDIR)/tools/owners.h

check-clang:
	@sh tools/install-packages $(CHECK_PACKAGES)
	@CC=clang tools/build-module build/check-clang $(STRICT)

check-tidy: build
	@sh tools/install-packages $(CHECK_PACKAGES)
	@tools/check-tidy

check-cppcheck:
	@sh tools/install-packages $(CHECK_PACKAGES)
	@tools/check-cppcheck

check-conventions:
	@sh tools/install-packages $(CHECK_PACKAGES)
	@tools/check-conventions

# the two files of tests that need no nginx: documents, exported symbols

check-docs: build
	@sh tools/install-packages $(CHECK_PACKAGES)
	@tools/test t/docs.t t/symbols.t

valgrind: ## run all *.t under valgrind, or some: TESTS=t/access.t
	@sh tools/install-packages $(TEST_PACKAGES) valgrind
	@tools/build-module build/valgrind -Wl,-z,nodelete \
	    -include $(CURDIR)/tools/pools.h
	@tools/test-valgrind build/valgrind/ngx_http_jwt_module.so $(TESTS)

cover: ## run all tests and count the lines of the module that they reach
	@sh tools/install-packages $(TEST_PACKAGES)
	@$(MAKE) -s units UNIT=build/cover/unit UNIT_WATCH="-O0 $(COVER)"
	@OPTIMIZE=-O0 tools/build-module build/cover/module $(COVER)
	@tools/cover build/cover $(UNITS:build/%=build/cover/%) $(TESTS)

# unit tests are programs under AddressSanitizer in any case

asan: ## run all *.t with nginx and the module under AddressSanitizer
	@sh tools/install-packages $(TEST_PACKAGES)
	@tools/build-asan build/asan
	@tools/test-asan build/asan $(TESTS)

fuzz: ## fuzz what reads foreign bytes: make fuzz TIME=600 [NAME=json]
	@sh tools/install-packages $(FUZZ_PACKAGES)
	@$(MAKE) -s build
	@$(MAKE) -s $(or $(NAME:%=build/fuzz/bin/%),$(FUZZERS:%=build/fuzz/bin/%))
	@tools/fuzz $(or $(TIME),600) $(or $(NAME),$(FUZZERS))

matrix: ## run all tests with other releases of nginx and OpenSSL
	@sh tools/install-packages $(MATRIX_PACKAGES)
	@! command -v npm > /dev/null || tools/install-interop build/interop || true
	@MATRIX_DIR="$(MATRIX_DIR)" NGINX_SRC="$(NGINX_SRC)" TESTS="$(TESTS)" \
	    STRICT="$(STRICT)" tools/matrix $(CELLS)

clean: ## remove all that was built
	rm -rf build

units: $(UNITS)

$(UNIT)/jose/%.o: ngx_http_jwt_module/jose/%.c
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -c -o $@ $<

$(UNIT)/http/%.o: ngx_http_jwt_module/http/%.c
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -c -o $@ $<

$(UNIT)/common/%.o: t/unit/%.c
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -c -o $@ $<

$(UNIT)/%: t/unit/%.c $(UNIT_OBJECTS)
	$(CC) $(UNIT_CFLAGS) $(UNIT_LDFLAGS) -o $@ $(filter %.c %.o,$^) \
	    -ljansson -lcrypto

# it decides which allocations fail: t/unit/scarce.h

$(UNIT)/memory: UNIT_LDFLAGS = \
    $(patsubst %,-Wl$(comma)--wrap=%,malloc calloc realloc free)
comma = ,

$(UNIT)/fuzz/%: t/fuzz/%.c t/fuzz/corpus.c $(UNIT_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -D_DEFAULT_SOURCE -DFUZZ_NAME='"$*"' -o $@ \
	    $(filter %.c %.o,$^) -ljansson -lcrypto

build/fuzz/core/%.o: ngx_http_jwt_module/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -c -o $@ $<

build/fuzz/common/%.o: t/unit/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -c -o $@ $<

build/fuzz/bin/%: t/fuzz/%.c $(FUZZ_OBJECTS)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ \
	    $(filter %.c %.o,$^) -ljansson -lcrypto

NGINX_FUZZ = $(UNIT)/fuzz/token build/fuzz/bin/token

$(NGINX_FUZZ): private UNIT_CFLAGS += $(NGINX_CFLAGS)
$(NGINX_FUZZ): ngx_http_jwt_module/ngx_http_jwt_token.c

.SECONDARY: $(UNIT_OBJECTS) $(FUZZ_OBJECTS)

-include $(wildcard $(UNIT)/*.d $(UNIT)/*/*.d build/fuzz/*/*.d \
    build/fuzz/core/*/*.d)

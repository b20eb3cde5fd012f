# nginx loads modules with RTLD_GLOBAL: what a module exports is seen by all.

use strict;
use warnings;

use FindBin;
use Test::More;

my $module = $ENV{TEST_NGINX_MODULE}
             // "$FindBin::Bin/../build/ngx_http_jwt_module.so";

plan skip_all => 'the module is a part of nginx' if $module eq '';

# AddressSanitizer has names beside them, and so has what counts lines

my @names = grep { !/^(?:__odr_asan\.|__gcov_|mangle_path$)/ }
            map { (split)[-1] } qx(nm -D --defined-only '$module');

is_deeply([sort @names],
          [qw(ngx_module_names ngx_module_order ngx_modules)],
          'only the three names of nginx are exported');

done_testing;

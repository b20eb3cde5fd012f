# ML-DSA where nginx's OpenSSL lacks it: its keys are left out, with a line that
# says why, and its tokens are refused.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use MIME::Base64 qw(encode_base64);
use Mldsa;
use Nginx;
use Release;
use Token;

plan skip_all => 'OpenSSL of nginx has ML-DSA' if Release::has_mldsa();

my @sets = (44, 65, 87);
my $lacks = 'the linked OpenSSL lacks its algorithm';

# a SubjectPublicKeyInfo of ML-DSA-44 (RFC 9881, 4)

my $info = pack('H*', '30820532300b0609608648016503040311038205210007')
           . "\7" x 1311;
my $pem = "-----BEGIN PUBLIC KEY-----\n" . encode_base64($info)
          . "-----END PUBLIC KEY-----\n";

my %files = (
    mixed => json({ keys => [(map { made_up("ML-DSA-$_", kid => "pq $_") }
                                  @sets),
                             jwk('rsa'),
                             made_up('ML-DSA-44', pub => 'AAAA'),
                             made_up('ML-DSA-44', alg => 'EdDSA')] }),
    pem   => $pem . pem('rsa'),
    only  => json(made_up('ML-DSA-44')),
);

my $nginx = Nginx->start(
    files  => \%files,
    server => q{
        auth_jwt "api";
        add_header X-Status $jwt_status always;

        location / { auth_jwt_key_file mixed; proxy_pass http://%UPSTREAM%; }
        location /pem { auth_jwt_key_file pem; proxy_pass http://%UPSTREAM%; }
        location /only { auth_jwt_key_file only; proxy_pass http://%UPSTREAM%; }

        location /narrow {
            auth_jwt_key_file mixed;
            auth_jwt_algorithms ML-DSA-44 ML-DSA-65 ML-DSA-87;
            proxy_pass http://%UPSTREAM%;
        }
    });


sub verdict {
    my ($path, $token) = @_;

    return $nginx->get($path, bearer($token))->verdict;
}


is(verdict('/', token('RS256')), '200 ok', 'other keys of the set work');
is(verdict('/pem', token('RS256')), '200 ok', 'other keys in PEM work');
is(verdict('/narrow', token('RS256')), '401 algorithm_not_allowed',
   'name of it narrows');

for my $set (@sets) {
    my $token = raw_token(qq({"alg":"ML-DSA-$set"}), '{"sub":"eve"}',
                          "\1" x 2420);

    is(verdict($_, $token), '401 unsupported_algorithm',
       "ML-DSA-$set is refused: $_") for '/', '/pem', '/narrow';

    is(scalar $nginx->log_lines("key \\d with kid \"pq $set\" of key file "
                                . "\"\\S+/mixed\" is not used: $lacks\$"),
       1, "reason is logged: ML-DSA-$set");
}

is(verdict('/only', token('RS256')), '500 keys_unavailable',
   'nothing passes without a key');

is(scalar $nginx->log_lines("key 0 of key file \"\\S+/pem\" is not used: "
                            . "$lacks\$"),
   1, 'reason is logged: PEM');

# what is wrong with a key comes before that

is(scalar $nginx->log_lines(qr{/mixed" is not used: its length is not that}),
   1, 'wrong length is told');
is(scalar $nginx->log_lines(qr{/mixed" is not used: its algorithm does not}),
   1, 'wrong algorithm is told');

is($nginx->upstream_requests, 2, 'refused requests stay here');

my $complaints = Nginx->complaints(files => \%files, server => q{
    location / {
        auth_jwt "api";
        auth_jwt_key_file mixed;
        auth_jwt_algorithms ML-DSA-44 RS256;
    }
});

like($complaints, qr/^0\n/, 'nginx -t knows the name');
like($complaints,
     qr/^\[warn\] the linked OpenSSL lacks the algorithm "ML-DSA-44" in/m,
     'nginx -t warns of the name');
unlike($complaints, qr/algorithm "RS256"/, 'and of no other');

done_testing;

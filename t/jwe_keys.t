# Private keys in all the ways that a configuration can give them, and what
# else may stand beside them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Jwe;
use Nginx;
use Token;

# name => [keys, format], in a file of its own each

my $rsa = private_jwk('rsa');
my %only_d = map { $_ => $rsa->{$_} } qw(kty n e d);

my %keys = (
    pem     => [private_pem('rsa')],
    pems    => [private_pem('rsa2') . private_pem('rsa') . pem('rsa2'), 'pem'],
    jwk     => [json($rsa)],
    jwk_d   => [json(\%only_d), 'jwk'],
    jwks    => [private_jwks('rsa2', 'rsa'), 'jwks'],
    keyval  => [json({ one => private_pem('rsa') }), 'keyval'],
    ec      => [private_pem('ec256')],
    x25519  => [private_pem('x25519')],
    x448    => [private_pem('x448')],
    ec_jwk  => [json(private_jwk('ec521'))],
    x_jwk   => [json(private_jwk('x448'))],
    public  => [pem('rsa')],
    k16     => [secret(16), 'secret'],
    k32     => [secret(32), 'secret'],
    k15     => [secret(15), 'secret'],
    oct     => [json(private_jwk(secret(16)))],
    mixed   => [private_jwks('rsa', 'x25519', secret(16))
                =~ s/\]\}\z//r . ',' . json(jwk('ec256')) . ']}'],
    edwards => [private_pem('ed25519') . private_pem('rsa')],

    # narrowed by their own members

    map {
        my ($name, $key, @member) = @$_;
        ($name => [json({ keys => [private_jwk($key, @member),
                                   jwk('ec256')] })])
    } ['use_enc', 'rsa', use => 'enc'], ['use_sig', 'rsa', use => 'sig'],
      ['ops_unwrap', 'rsa', key_ops => ['unwrapKey']],
      ['ops_decrypt', secret(16), key_ops => ['encrypt', 'decrypt']],
      ['ops_derive', 'x25519', key_ops => ['deriveBits']],
      ['ops_wrap', 'rsa', key_ops => ['wrapKey', 'verify']],
      ['alg_same', 'rsa', alg => 'RSA-OAEP'],
      ['alg_other', 'rsa', alg => 'RSA-OAEP-256'],
      ['alg_sign', 'rsa', alg => 'RS256'],
      ['alg_enc', secret(32), alg => 'A256GCM'],
      ['alg_dir', secret(32), alg => 'dir'],
      ['alg_hmac', secret(32), alg => 'HS256'],
);

my %broken = (
    not_pair  => json({ %{private_jwk('ec256')},
                        d => private_jwk('ec256b')->{d} }),
    x_pair    => json({ %{private_jwk('x25519')}, d => b64u('a' x 32) }),
    short_d   => json({ %{private_jwk('ec256')}, d => b64u('a' x 31) }),
    two_more  => json({ %$rsa, oth => [] }),
    cut_pem   => substr(private_pem('rsa'), 0, 800),
    ed        => private_pem('ed25519'),
    k256      => private_pem('ec256k'),
);

my $locations = join '', map {
    my $format = $keys{$_} ? $keys{$_}[1] // '' : '';

    "location = /$_ {
         auth_jwt_key_file $_ $format;
         proxy_pass http://%UPSTREAM%;
     }\n"
} keys %keys, keys %broken;

# in the configuration itself

my $hex = unpack 'H*', secret(16);
my $jwk = json($rsa);
my $pem = private_pem('rsa');

my $nginx = Nginx->start(
    files  => { (map { $_ => $keys{$_}[0] } keys %keys), %broken },
    server => "
        large_client_header_buffers 4 16k;

        auth_jwt api;
        auth_jwt_type encrypted;
        add_header X-Status \$jwt_status always;

        $locations

        location = /two_files {
            auth_jwt_key_file k32 secret;
            auth_jwt_key_file pem;
            proxy_pass http://%UPSTREAM%;
        }

        location = /signed {
            auth_jwt_type signed;
            auth_jwt_key_file mixed;
            auth_jwt_key_file pem;
            proxy_pass http://%UPSTREAM%;
        }

        location = /value_hex {
            auth_jwt_key $hex hex;
            proxy_pass http://%UPSTREAM%;
        }

        location = /value_jwk {
            auth_jwt_key '$jwk' jwk;
            proxy_pass http://%UPSTREAM%;
        }

        location = /value_pem {
            auth_jwt_key '$pem' pem;
            proxy_pass http://%UPSTREAM%;
        }
    ");

my $passed = 0;


sub verdict {
    my ($name, $token) = @_;

    my $answer = $nginx->get("/$name", bearer($token));

    $passed++ if $answer->status == 200;

    return $answer->status . ' ' . $answer->header('X-Status');
}


my %token = (
    rsa => encrypted('RSA-OAEP', 'A128GCM'),
    kw  => encrypted('A128KW', 'A128GCM'),
    dir => encrypted('dir', 'A256GCM'),
    cbc => encrypted('dir', 'A128CBC-HS256'),
);

@token{qw(ec256 x25519 ec521 x448)} = jose_encrypted(
    map { ['ECDH-ES', 'A128GCM', undef, key => $_] }
    qw(ec256 x25519 ec521 x448));

for (['rsa', qw(pem pems jwk jwk_d jwks keyval edwards two_files mixed
                value_jwk value_pem use_enc ops_unwrap alg_same)],
     ['kw', qw(k16 oct mixed value_hex ops_decrypt)],
     ['dir', qw(k32 two_files alg_enc alg_dir)],
     ['cbc', qw(k32 two_files alg_dir)],
     ['ec256', qw(ec)], ['x25519', qw(x25519 mixed ops_derive)],
     ['ec521', qw(ec_jwk)], ['x448', qw(x448 x_jwk)])
{
    my ($what, @names) = @$_;

    is(verdict($_, $token{$what}), '200 ok', "$what with $_") for @names;
}

for (['rsa', qw(public ec k16 use_sig ops_wrap alg_other alg_sign)],
     ['kw', qw(k15 k32 public alg_hmac)],
     ['dir', qw(k16 alg_hmac)], ['cbc', qw(alg_enc)],
     ['ec256', qw(pem public)], ['ec521', qw(k32)])
{
    my ($what, @names) = @$_;

    is(verdict($_, $token{$what}), '401 unknown_key', "$what not with $_")
        for @names;
}

is(verdict('ec', $token{x25519}), '401 decryption_failed', 'another curve');
is(verdict('mixed', $token{ec256}), '401 decryption_failed',
   'public key does not decrypt');

is(verdict($_, $token{rsa}), '500 keys_unavailable', "$_ has no key")
    for sort keys %broken;

# RFC 7517, 4.1: the key of the other kind is not tried with kid

is(verdict('keyval', encrypted('RSA-OAEP', 'A128GCM', undef, kid => 'one')),
   '200 ok', 'kid of keyval');
is(verdict('keyval', encrypted('RSA-OAEP', 'A128GCM', undef, kid => 'two')),
   '401 unknown_key', 'another kid than of keyval');

# where tokens are signed

is(verdict('signed', token('ES256')), '200 ok', 'public key of a mixed file');
is(verdict('signed', token('RS256')), '200 ok', 'public part of a JWK');
is(verdict('pem', $token{rsa}) . verdict('signed', token('HS256')),
   '200 ok401 bad_signature', 'short secret is another key');

# a replaced file

$nginx->write_file('pem', private_pem('rsa2'));

ok(wait_for { verdict('pem', encrypted('RSA-OAEP', 'A128GCM', undef,
                                       key => 'rsa2')) eq '200 ok' },
   'replaced private key is used');
is(verdict('pem', $token{rsa}), '401 decryption_failed',
   'old private key is gone');

is($nginx->upstream_requests, $passed, 'no refused token reaches upstream');

# RFC 7517, 9.2: nothing of a private key is in the log

my $secrets = join '|', map { quotemeta substr $_, 0, 20 }
              @$rsa{qw(d p q dp dq qi)}, secret(32), $hex;

is(scalar $nginx->log_lines(qr/$secrets/), 0, 'no private key is logged');

done_testing;

// An identity provider on loopback, of npm's oidc-provider, for t/interop.
//
//     node provider.mjs DIR [CERTIFICATE-AND-KEY]
//
// DIR is where tools/install-interop has put the package; with a certificate
// it is https.  It prints "ready ISSUER", then it takes lines from stdin:
//
//     rotate    signs with new keys from now on, publishes the old ones too
//     retire    publishes the newest keys only
//
// and answers each with "done" and the names of the published keys.  It ends
// with stdin.
//
// The client "client" with the password "secret" gets access tokens of one
// hour; the last part of a resource's name is the algorithm of its tokens:
//
//     grant_type=client_credentials&resource=https://api.example.com/ES256

import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [dir, pem] = process.argv.slice(2);

// what the package notices is not for the test

console.info = console.error;

const { default: Provider } = await import(
    pathToFileURL(`${dir}/node_modules/oidc-provider/lib/index.js`));

const types = {
    RS256: ['rsa', { modulusLength: 2048 }],
    PS256: ['rsa', { modulusLength: 2048 }],
    ES256: ['ec', { namedCurve: 'P-256' }],
    EdDSA: ['ed25519'],
};

// the newest first: one set of keys for each rotation

const sets = [];
let handle;


function newKeys() {
    const number = sets.length + 1;

    sets.unshift(Object.entries(types).map(([alg, type]) => ({
        ...generateKeyPairSync(...type).privateKey.export({ format: 'jwk' }),
        alg, use: 'sig', kid: `${alg}-${number}`,
    })));
}


function resourceInfo(ctx, resource) {
    const alg = resource.split('/').pop();

    return {
        scope: 'api:read',
        audience: resource,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg, kid: `${alg}-${sets.length}` } },
    };
}


// Requests that have begun are finished by the one that they began with.

function newProvider(published) {
    const provider = new Provider(issuer, {
        jwks: { keys: published.flat() },
        clients: [{
            client_id: 'client', client_secret: 'secret',
            grant_types: ['client_credentials'],
            response_types: [], redirect_uris: [],
        }],
        scopes: ['api:read'],
        features: {
            devInteractions: { enabled: false },
            clientCredentials: { enabled: true },
            resourceIndicators: {
                enabled: true,
                getResourceServerInfo: resourceInfo,
            },
        },
    });

    provider.on('server_error', (ctx, error) => console.error(error));
    handle = provider.callback();

    return published.flat().map((key) => key.kid).join(' ');
}


const answer = (request, response) => handle(request, response);
const secrets = pem && readFileSync(pem);
const server = pem
    ? https.createServer({ cert: secrets, key: secrets }, answer)
    : http.createServer(answer);

await new Promise((done) => server.listen(0, '127.0.0.1', done));

const { port } = server.address();
const issuer = `${pem ? 'https' : 'http'}://127.0.0.1:${port}`;

newKeys();
newProvider(sets);
console.log(`ready ${issuer}`);

for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'rotate') {
        newKeys();
    }

    console.log(`done ${newProvider(line === 'retire' ? [sets[0]] : sets)}`);
}

process.exit(0);

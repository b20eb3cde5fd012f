// Encrypted tokens of the npm package jose, as Debian's node-jose has it.
//
// Reads from standard input a JSON object with
//     jobs    [{"header": {...}, "text": ..., "key": base64 of a secret}, ...]
//             or, instead of "key", "pem": the name of a file
//     pems    names of files with private keys
// and writes {"tokens": [...], "keys": the same as private keys in JWK}.

const crypto = require('crypto');
const fs = require('fs');
const jose = require('/usr/share/nodejs/jose');


function token(job) {
    const key = 'pem' in job
        ? crypto.createPublicKey(fs.readFileSync(job.pem))
        : new Uint8Array(Buffer.from(job.key, 'base64'));

    return new jose.CompactEncrypt(Buffer.from(job.text, 'utf8'))
        .setProtectedHeader(job.header)
        .encrypt(key);
}


function privateKey(path) {
    return jose.exportJWK(crypto.createPrivateKey(fs.readFileSync(path)));
}


async function main() {
    const { jobs, pems } = JSON.parse(fs.readFileSync(0));

    process.stdout.write(JSON.stringify({
        tokens: await Promise.all(jobs.map(token)),
        keys: await Promise.all(pems.map(privateKey)),
    }));
}


main().catch(error => {
    console.error(error);
    process.exit(1);
});

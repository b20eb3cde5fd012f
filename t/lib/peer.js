// Tokens of the npm package jose, as Debian's node-jose has it.
//
// Takes and gives what peer.py does; "keys" is the text of a key set.

const crypto = require('crypto');
const fs = require('fs');
const jose = require('/usr/share/nodejs/jose');


function token(job) {
    const key = 'pem' in job
        ? crypto.createPrivateKey(fs.readFileSync(job.pem))
        : new TextEncoder().encode(job.key);

    return new jose.SignJWT(job.claims)
        .setProtectedHeader({ ...job.header, alg: job.alg })
        .sign(key);
}


function publicKey(path) {
    return jose.exportJWK(crypto.createPublicKey(fs.readFileSync(path)));
}


async function main() {
    const jobs = JSON.parse(fs.readFileSync(0));
    const pems = jobs.filter(job => 'pem' in job).map(job => job.pem);
    const keys = await Promise.all([...new Set(pems)].map(publicKey));

    process.stdout.write(JSON.stringify({
        tokens: await Promise.all(jobs.map(token)),
        keys: JSON.stringify({ keys }),
    }));
}


main().catch(error => {
    console.error(error);
    process.exit(1);
});
